"""What lists of items and of attributes can be narrowed down to through the API."""

from __future__ import annotations

from typing import Any

import django_filters
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from catalog.browsing import MAX_FILTERS, MAX_QUERY_LENGTH
from catalog.models import Attribute, Item, ItemAttribute, ItemQuerySet
from catalog.search import search

ORDERS = {
    "popular": ["-rating_count", "-view_count", "pk"],
    "newest": ["-added_at", "-pk"],
    "title": ["title", "pk"],
    "year": ["year", "pk"],
    "-year": ["-year", "pk"],
}


def pairs_of(value: str) -> list[tuple[str, str]]:
    """`kind:name|kind:name` taken apart."""
    pairs = [text.partition(":") for text in value.split("|")]
    if len(pairs) > MAX_FILTERS or any(not colon or not name for _kind, colon, name in pairs):
        raise ValidationError(
            _("Write up to %(most)d attributes as kind:name, joined by |.") % {"most": MAX_FILTERS}
        )
    return [(kind, name) for kind, _colon, name in pairs]


class ItemFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(
        method="filter_words",
        max_length=MAX_QUERY_LENGTH,
        label=(
            "Words of title, creators, year or text; best matches come first, "
            "near ones if none has all."
        ),
    )
    genre = django_filters.CharFilter(
        method="filter_genre", max_length=200, label="A genre, spelled as in the item."
    )
    attribute = django_filters.CharFilter(
        method="filter_attributes",
        max_length=1000,
        validators=[pairs_of],
        label="Attributes as `kind:name`, several separated by `|`; items have all of them.",
    )
    outside_id = django_filters.CharFilter(
        method="filter_outside_id", max_length=260, label="`source:value`, as in `imdb:tt0114709`."
    )
    key = django_filters.CharFilter(max_length=200, label="The id by which data sets know it.")
    year_min = django_filters.NumberFilter(
        field_name="year", lookup_expr="gte", min_value=-9999, max_value=9999
    )
    year_max = django_filters.NumberFilter(
        field_name="year", lookup_expr="lte", min_value=-9999, max_value=9999
    )
    personal = django_filters.TypedChoiceFilter(
        method="filter_nothing",
        choices=[(word, word) for word in ("0", "1", "false", "true")],
        coerce=lambda word: word in ("1", "true"),
        empty_value=False,
        label="1: in your own order, as far as anything is known of you; 0 by default.",
    )
    ordering = django_filters.ChoiceFilter(
        method="filter_order",
        choices=[(name, name) for name in ORDERS],
        label="The order; `popular` by default, and best matches first with `q`.",
    )

    class Meta:
        model = Item
        fields: list[str] = []

    def filter_queryset(self, queryset: Any) -> Any:
        self.form.cleaned_data["ordering"] = self.form.cleaned_data.get("ordering") or (
            "" if self.form.cleaned_data.get("q") else "popular"
        )
        return super().filter_queryset(queryset)

    @property
    def narrows(self) -> bool:
        """Whether any filter but words and order is set."""
        said = self.form.cleaned_data
        return any(said[name] not in (None, "") for name in self._narrowing)

    def narrowed(self, items: ItemQuerySet) -> ItemQuerySet:
        """The items that pass all filters but words and order."""
        for name in self._narrowing:
            items = self.filters[name].filter(items, self.form.cleaned_data[name])
        return items

    @property
    def _narrowing(self) -> list[str]:
        return [name for name in self.filters if name not in ("q", "ordering", "personal")]

    def filter_nothing(self, items: ItemQuerySet, name: str, value: bool) -> ItemQuerySet:
        return items

    def filter_words(self, items: ItemQuerySet, name: str, value: str) -> ItemQuerySet:
        return search(items, value).order_by("match", *ORDERS["popular"])  # type: ignore[misc]

    def filter_genre(self, items: ItemQuerySet, name: str, value: str) -> ItemQuerySet:
        return _having(items, settings.GENRE_KINDS, value)

    def filter_attributes(self, items: ItemQuerySet, name: str, value: str) -> ItemQuerySet:
        for pair in pairs_of(value):
            items = _having(items, [pair[0]], pair[1])
        return items

    def filter_outside_id(self, items: ItemQuerySet, name: str, value: str) -> ItemQuerySet:
        source, _colon, outside = value.partition(":")
        return items.filter(outside_ids__source=source, outside_ids__value=outside)

    def filter_order(self, items: ItemQuerySet, name: str, value: str) -> ItemQuerySet:
        return items.order_by(*ORDERS[value])


class AttributeFilter(django_filters.FilterSet):
    kind = django_filters.CharFilter(max_length=50, label="Only of this kind, such as `genres`.")
    q = django_filters.CharFilter(
        field_name="name", lookup_expr="icontains", max_length=200, label="A part of its name."
    )
    item = django_filters.NumberFilter(
        field_name="item_attributes__item",
        min_value=1,
        max_value=2**63 - 1,
        label="Only those of the item of this id.",
    )

    class Meta:
        model = Attribute
        fields: list[str] = []


def _having(items: ItemQuerySet, kinds: list[str], name: str) -> ItemQuerySet:
    links = ItemAttribute.objects.filter(attribute__kind__in=kinds, attribute__name=name)
    return items.filter(pk__in=links.values("item"))
