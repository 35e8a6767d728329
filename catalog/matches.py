"""The items of one browse page, narrowed down, and what they could be narrowed down to.

A query's hits, where they are few enough to be put in order one by one, are held as rows: counting
them needs no database. What is more stays a queryset.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from django.conf import settings
from django.db.models import Count, F, Q, QuerySet

from catalog.models import Item, ItemAttribute, ItemQuerySet
from catalog.search import Found, Hit, find, search

GENRES_SHOWN, CREATORS_SHOWN = 40, 40
RATING_STEPS = (9, 8, 7, 6)
"""Mean ratings, in half stars, from which on a list can be asked for."""
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Narrowing:
    """What a list is narrowed down by; all of it together."""

    query: str = ""
    genres: tuple[str, ...] = ()
    attributes: Pairs = ()
    decade: int | None = None
    half_stars: int | None = None

    def __bool__(self) -> bool:
        return bool(self.query) or self.has_filters

    @property
    def has_filters(self) -> bool:
        some = self.genres or self.attributes
        return bool(some) or self.decade is not None or self.half_stars is not None

    def apply(self, items: ItemQuerySet) -> ItemQuerySet:
        """The items that pass, whatever the query."""
        links = ItemAttribute.objects.order_by()
        for genre in self.genres:
            kinds = settings.GENRE_KINDS
            having = links.filter(attribute__kind__in=kinds, attribute__name=genre)
            items = items.filter(pk__in=having.values("item"))
        for kind, name in self.attributes:
            having = links.filter(attribute__kind=kind, attribute__name=name)
            items = items.filter(pk__in=having.values("item"))
        if self.decade is not None:
            items = items.filter(year__gte=self.decade, year__lt=self.decade + 10)
        if self.half_stars is not None:
            items = items.filter(rated_from(self.half_stars))
        return items


class Row(NamedTuple):
    pk: int
    year: int | None
    ratings: int
    half_stars: int


@dataclass(frozen=True)
class Counts:
    """How many items would be left after choosing each; the largest first, decades by time."""

    genres: list[tuple[str, int]]
    creators: list[tuple[tuple[str, str], int]]
    decades: list[tuple[int, int]]
    ratings: list[tuple[int, int]]


class Matches:
    """What a narrowing leaves of the listed items."""

    def __init__(self, narrowing: Narrowing) -> None:
        self.narrowing = narrowing

    @cached_property
    def found(self) -> Found | None:
        """What the query finds, before any filter; None without a query."""
        if not self.narrowing.query:
            return None
        return find(Item.objects.listed(), self.narrowing.query)

    @cached_property
    def rows(self) -> list[Row] | None:
        """The matching items in the order of the query's hits; None where they are too many."""
        if self.found is None or not self.found.is_all:
            return None
        items = self.narrowing.apply(
            Item.objects.filter(pk__in=[hit.pk for hit in self.found.hits])
        )
        names = ("pk", "year", "rating_count", "half_star_sum")
        rows = {values[0]: Row(*values) for values in items.values_list(*names)}
        return [rows[hit.pk] for hit in self.found.hits if hit.pk in rows]

    @cached_property
    def items(self) -> ItemQuerySet:
        """The matching items in no order, annotated with `match` where there is a query."""
        if self.rows is not None:
            return Item.objects.filter(pk__in=[row.pk for row in self.rows])
        listed = Item.objects.listed()
        query = self.narrowing.query
        return self.narrowing.apply(search(listed, query) if query else listed)

    @cached_property
    def hits(self) -> list[Hit]:
        """The matching ones among the query's best hits."""
        if self.found is None or self.rows is None:
            return []
        left = {row.pk for row in self.rows}
        return [hit for hit in self.found.hits if hit.pk in left]

    @cached_property
    def count(self) -> int:
        return len(self.rows) if self.rows is not None else self.items.count()

    def counts(self) -> Counts:
        if self.rows is None:
            return Counts(
                self.genres(), self._creators(), self._decades_by_sql(), self._ratings_by_sql()
            )
        return Counts(self.genres(), self._creators(), decades_of(self.rows), ratings_of(self.rows))

    def genres(self) -> list[tuple[str, int]]:
        counts = self._links(settings.GENRE_KINDS).values_list("attribute__name")
        found = counts.annotate(count=Count("item")).order_by("-count", "attribute__name")
        chosen = self.narrowing.genres
        return [pair for pair in found[: GENRES_SHOWN + len(chosen)] if pair[0] not in chosen]

    def _creators(self) -> list[tuple[tuple[str, str], int]]:
        names = ("attribute__kind", "attribute__name")
        counts = self._links(settings.CREATOR_KINDS).values_list(*names)
        found = counts.annotate(count=Count("item")).order_by("-count", "attribute__name")
        chosen = self.narrowing.attributes
        pairs = (((kind, name), count) for kind, name, count in found[:CREATORS_SHOWN])
        return [pair for pair in pairs if pair[0] not in chosen]

    def _links(self, kinds: Iterable[str]) -> QuerySet[ItemAttribute]:
        links = ItemAttribute.objects.filter(attribute__kind__in=kinds)
        if not self.narrowing:
            return links.filter(item__is_listed=True)
        return links.filter(item__in=self.items.order_by().values("pk"))

    def _decades_by_sql(self) -> list[tuple[int, int]]:
        years = self.items.filter(year__isnull=False).order_by().values_list("year")
        return _decades(years.annotate(count=Count("pk")))

    def _ratings_by_sql(self) -> list[tuple[int, int]]:
        counted = {f"from_{step}": Count("pk", filter=rated_from(step)) for step in RATING_STEPS}
        found = self.items.order_by().aggregate(**counted)
        return [(step, found[f"from_{step}"]) for step in RATING_STEPS]


def rated_from(half_stars: int) -> Q:
    """Items whose mean rating is so many half stars, or more."""
    return Q(rating_count__gt=0, half_star_sum__gte=F("rating_count") * half_stars)


def decades_of(rows: Iterable[Row]) -> list[tuple[int, int]]:
    return _decades(Counter(row.year for row in rows if row.year is not None).items())


def ratings_of(rows: list[Row]) -> list[tuple[int, int]]:
    return [
        (step, sum(row.ratings > 0 and row.half_stars >= row.ratings * step for row in rows))
        for step in RATING_STEPS
    ]


def _decades(years: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The latest first."""
    counts: Counter[int] = Counter()
    for year, count in years:
        counts[year // 10 * 10] += count
    return sorted(((at, count) for at, count in counts.items() if at >= 0), reverse=True)
