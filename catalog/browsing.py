"""What a browse page shows: its address read, the items in order, and facets with counts.

Everything about a browse page is in its address, so that it can be shared. Several genres narrow
the list down together; the count beside a genre is how many items would be left after choosing it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from random import Random
from typing import TypeVar
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Count, F, FloatField
from django.db.models.functions import Cast
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import Item, ItemAttribute, ItemQuerySet
from catalog.remember import remembered
from catalog.search import search

T = TypeVar("T")
MAX_QUERY_LENGTH = 200
MAX_FILTERS = 6
GENRES_SHOWN = 40
WINDOW_ITEMS, WINDOW_CHOICE = 5, 60
FEW_FOUND = 1000
"""So many items that a query found are remembered for the rest of the page."""
ORDERS = {
    "popular": gettext_lazy("Popular"),
    "rating": gettext_lazy("Best rated"),
    "newest": gettext_lazy("New here"),
    "title": gettext_lazy("Title"),
}
DOUBTED_RATINGS, DOUBTED_HALF_STARS = 5, 35
"""Sorting by rating counts this many ratings more, of 3.5 stars: one lone 5 is not the best."""


@dataclass(frozen=True)
class Choice:
    """One link of a facet."""

    label: str
    address: str
    count: int | None = None
    is_chosen: bool = False


def attribute_address(kind: str, name: str) -> str:
    """The browse page of all items that share an attribute."""
    if kind in settings.GENRE_KINDS:
        return Browse(genres=(name,)).address
    return Browse(attributes=((kind, name),)).address


def genres() -> list[Choice]:
    """All genres of listed items with their counts, largest first; remembered for a minute."""
    return remembered(
        "genres",
        lambda: [
            Choice(name, Browse(genres=(name,)).address, count)
            for name, count in _count_genres(Item.objects.listed())
        ],
    )


def shop_window() -> list[Item]:
    """A few well-known items for the top of the home page, others every day."""
    day = timezone.localdate()
    return remembered(f"shop-window-{day}", lambda: _dress_window(day.toordinal()))


@dataclass(frozen=True)
class Browse:
    """One browse page, as its address says it."""

    query: str = ""
    genres: tuple[str, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    decade: int | None = None
    sort: str = ""
    path: str = field(default_factory=lambda: reverse("catalog:browse"))

    @classmethod
    def read(cls, address: QueryDict) -> Browse:
        """The page that an address asks for; what makes no sense in it is left out."""
        pairs = (text.partition(":") for text in _distinct(address.getlist("with")))
        decade = address.get("decade", "")
        return cls(
            query=address.get("q", "").replace("\0", "").strip()[:MAX_QUERY_LENGTH],
            genres=_distinct(address.getlist("genre")),
            attributes=tuple((kind, name) for kind, _colon, name in pairs if name),
            decade=int(decade)
            if decade.isascii() and decade.isdigit() and len(decade) < 5
            else None,
            sort=address.get("sort", ""),
        )

    @property
    def address(self) -> str:
        """The address without a page number; adding `page_mark` and a number makes it whole."""
        pairs: list[tuple[str, str | int]] = [("q", self.query)] if self.query else []
        pairs += [("genre", genre) for genre in self.genres]
        pairs += [("with", f"{kind}:{name}") for kind, name in self.attributes]
        pairs += [("decade", self.decade)] if self.decade is not None else []
        pairs += [("sort", self.sort)] if self.is_sorted else []
        return f"{self.path}?{urlencode(pairs)}" if pairs else self.path

    @property
    def page_mark(self) -> str:
        return "&page=" if "?" in self.address else "?page="

    @property
    def is_sorted(self) -> bool:
        """Whether the address names an order that there is; only a query has a best match."""
        return self.sort in ORDERS or (self.sort == "match" and bool(self.query))

    @property
    def orders(self) -> dict[str, str]:
        """The sort orders there are, by name, with what to call them."""
        best_match = {"match": _("Best match")} if self.query else {}
        return best_match | {name: str(label) for name, label in ORDERS.items()}

    @property
    def order(self) -> str:
        if self.is_sorted:
            return self.sort
        return "match" if self.query else "popular"

    @property
    def heading(self) -> str:
        """What the one filter is called, where there is just one; else nothing."""
        names = [*self.genres, *(name for _kind, name in self.attributes)]
        alone = len(names) == 1 and self.decade is None
        return names[0] if alone else ""

    @property
    def is_narrowed(self) -> bool:
        return bool(self.query or self.genres or self.attributes or self.decade is not None)

    def items(self) -> ItemQuerySet:
        """The matching items in order."""
        items = self._matching()
        if self.order == "match":
            return items.order_by(F("match"), "-rating_count", "-view_count", "pk")
        if self.order == "rating":
            mean = Cast(F("half_star_sum") + DOUBTED_HALF_STARS, FloatField()) / (
                F("rating_count") + DOUBTED_RATINGS
            )
            return items.order_by(mean.desc(), "-rating_count", "pk")
        if self.order == "newest":
            return items.newest()
        if self.order == "title":
            return items.order_by("title", "pk")
        return items.popular()

    @cached_property
    def _found(self) -> list[int]:
        """The first items that the query finds. Looking through all texts is done once a page."""
        found = search(Item.objects.listed(), self.query).order_by()
        return list(found.values_list("pk", flat=True)[: FEW_FOUND + 1])

    def _matching(self) -> ItemQuerySet:
        items = Item.objects.listed()
        if self.query and len(self._found) <= FEW_FOUND:
            items = items.filter(pk__in=self._found)
        items = search(items, self.query)
        for genre in self.genres:
            items = items.filter(
                pk__in=ItemAttribute.objects.filter(
                    attribute__kind__in=settings.GENRE_KINDS, attribute__name=genre
                ).values("item")
            )
        for kind, name in self.attributes:
            items = items.filter(
                pk__in=ItemAttribute.objects.filter(
                    attribute__kind=kind, attribute__name=name
                ).values("item")
            )
        if self.decade is not None:
            items = items.filter(year__gte=self.decade, year__lt=self.decade + 10)
        return items

    def sort_choices(self) -> list[Choice]:
        return [
            Choice(label, replace(self, sort=name).address, is_chosen=name == self.order)
            for name, label in self.orders.items()
        ]

    def chosen(self) -> list[Choice]:
        """What narrows the list, each with the address that lets go of it."""
        choices = [
            Choice(name, replace(self, genres=_without(self.genres, name)).address)
            for name in self.genres
        ]
        choices += [
            Choice(pair[1], replace(self, attributes=_without(self.attributes, pair)).address)
            for pair in self.attributes
        ]
        if self.decade is not None:
            choices.append(Choice(decade_label(self.decade), replace(self, decade=None).address))
        if self.query:
            choices.append(Choice(f"“{self.query}”", replace(self, query="", sort="").address))
        return choices

    def genre_choices(self) -> list[Choice]:
        counts = (
            _count_genres(self._matching())
            if self.is_narrowed
            else [(genre.label, genre.count) for genre in genres()]
        )
        return [
            Choice(name, replace(self, genres=(*self.genres, name)).address, count)
            for name, count in counts
            if name not in self.genres
        ][:GENRES_SHOWN]

    def decade_choices(self) -> list[Choice]:
        if self.decade is not None:
            return []
        if self.is_narrowed:
            counts = _count_decades(self._matching())
        else:
            counts = remembered("decades", lambda: _count_decades(Item.objects.listed()))
        return [
            Choice(decade_label(decade), replace(self, decade=decade).address, counts[decade])
            for decade in sorted(counts, reverse=True)
            if decade >= 0
        ]


def _dress_window(day: int) -> list[Item]:
    known = list(Item.objects.listed().popular().cards()[:WINDOW_CHOICE])
    return Random(day).sample(known, WINDOW_ITEMS) if len(known) >= WINDOW_ITEMS else []


def decade_label(decade: int) -> str:
    return _("%(decade)ds") % {"decade": decade}


def _count_genres(items: ItemQuerySet) -> list[tuple[str, int]]:
    links = ItemAttribute.objects.filter(attribute__kind__in=settings.GENRE_KINDS).order_by()
    links = links.filter(item__in=items.order_by().values("pk"))
    counts = links.values_list("attribute__name").annotate(count=Count("item"))
    return sorted(counts, key=lambda pair: (-pair[1], pair[0]))


def _count_decades(items: ItemQuerySet) -> dict[int, int]:
    years = items.filter(year__isnull=False).order_by().values_list("year")
    counts: dict[int, int] = {}
    for year, count in years.annotate(count=Count("pk")):
        counts[year // 10 * 10] = counts.get(year // 10 * 10, 0) + count
    return counts


def _distinct(names: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name and "\0" not in name))[:MAX_FILTERS]


def _without(parts: tuple[T, ...], part: T) -> tuple[T, ...]:
    return tuple(other for other in parts if other != part)
