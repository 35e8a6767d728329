"""What lists of items, of attributes and of reports can be narrowed down to through the API."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field

from catalog.browsing import MAX_FILTERS, MAX_QUERY_LENGTH
from catalog.models import Attribute, Item, ItemAttribute, ItemQuerySet
from catalog.popularity import POPULAR
from catalog.reports import Report
from catalog.search import search

MOST_YEAR = 9999
YES_OR_NO = ("0", "1", "false", "true")
PAIRS = rf"^([^|:]*:[^|]+(\|[^|:]*:[^|]+){{0,{MAX_FILTERS - 1}}})?$"
ORDERS = {
    "popular": [*POPULAR],
    "newest": ["-added_at", "-pk"],
    "title": ["title", "pk"],
    "year": ["year", "pk"],
    "-year": ["-year", "pk"],
    "id": ["pk"],
}


def pairs_of(value: str) -> list[tuple[str, str]]:
    """`kind:name|kind:name` taken apart."""
    pairs = [text.partition(":") for text in value.split("|")]
    if len(pairs) > MAX_FILTERS or any(not colon or not name for _kind, colon, name in pairs):
        raise ValidationError(
            _("Write up to %(most)d attributes as kind:name, joined by |.") % {"most": MAX_FILTERS}
        )
    return [(kind, name) for kind, _colon, name in pairs]


def text_filter(label: str, *, most: int, pattern: str = "", **more: Any) -> Any:
    """A filter by text, with its bounds in the schema too."""
    schema = {"type": "string", "maxLength": most, "description": label}
    schema |= {"pattern": pattern} if pattern else {}
    return extend_schema_field(schema)(
        django_filters.CharFilter(label=label, max_length=most, **more)
    )


class _NumberFilter(django_filters.Filter):
    field_class = forms.IntegerField


def number_filter(label: str, *, least: int, most: int, **more: Any) -> Any:
    """A filter by a whole number."""
    schema = {"type": "integer", "minimum": least, "maximum": most, "description": label}
    bounds = {"min_value": least, "max_value": most}
    return extend_schema_field(schema)(_NumberFilter(label=label, **bounds, **more))


def _year(label: str, **more: Any) -> Any:
    """A filter by year."""
    return number_filter(label, least=-MOST_YEAR, most=MOST_YEAR, field_name="year", **more)


class ItemFilter(django_filters.FilterSet):
    q = text_filter(
        "Words of title, creators, year or text; best matches come first, near ones if none has "
        "all.",
        most=MAX_QUERY_LENGTH,
        method="filter_words",
    )
    genre = text_filter("A genre, spelled as in the item.", most=200, method="filter_genre")
    attribute = text_filter(
        "Attributes as `kind:name`, several separated by `|`; items have all of them.",
        most=1000,
        pattern=PAIRS,
        method="filter_attributes",
        validators=[pairs_of],
    )
    outside_id = text_filter(
        "`source:value`, as in `imdb:tt0114709`.", most=260, method="filter_outside_id"
    )
    key = text_filter("The id by which data sets know it.", most=200)
    year_min = _year("From this year on.", lookup_expr="gte")
    year_max = _year("Up to this year.", lookup_expr="lte")
    personal = extend_schema_field({"type": "string", "enum": [*YES_OR_NO], "default": "0"})(
        django_filters.TypedChoiceFilter(
            method="filter_nothing",
            choices=[(word, word) for word in YES_OR_NO],
            coerce=lambda word: word in ("1", "true"),
            empty_value=False,
            label="1: in your own order, as far as anything is known of you; 0 by default.",
        )
    )
    ordering = django_filters.ChoiceFilter(
        method="filter_order",
        choices=[(name, name) for name in ORDERS],
        label=(
            "The order; `popular` by default, and best matches first with `q`. By `id`, nothing "
            "comes twice and nothing is left out, whatever changes meanwhile."
        ),
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


class ItemNarrowing(ItemFilter):
    """The same without an order."""

    personal = None
    ordering = None


class AttributeFilter(django_filters.FilterSet):
    kind = text_filter("Only of this kind, such as `genres`.", most=50)
    q = text_filter("A part of its name.", most=200, field_name="name", lookup_expr="icontains")
    item = number_filter(
        "Only those of the item of this id.",
        least=1,
        most=2**63 - 1,
        field_name="item_attributes__item",
    )

    class Meta:
        model = Attribute
        fields: list[str] = []


class ReportFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(
        choices=[(name, name) for name in (*Report.Status.values, "all")],
        method="filter_status",
        label="Open ones, unless others are asked for.",
    )
    kind = django_filters.ChoiceFilter(
        choices=[(name, name) for name in Report.Kind.values], label="Only of this kind."
    )
    reason = django_filters.ChoiceFilter(
        choices=[(name, name) for name in Report.Reason.values], label="Only for this reason."
    )

    class Meta:
        model = Report
        fields: list[str] = []

    def filter_queryset(self, queryset: Any) -> Any:
        said = self.form.cleaned_data
        said["status"] = said.get("status") or Report.Status.OPEN
        return super().filter_queryset(queryset)

    def filter_status(self, reports: Any, name: str, value: str) -> Any:
        return reports if value == "all" else reports.filter(status=value)


def _having(items: ItemQuerySet, kinds: list[str], name: str) -> ItemQuerySet:
    links = ItemAttribute.objects.filter(attribute__kind__in=kinds, attribute__name=name)
    return items.filter(pk__in=links.values("item"))
