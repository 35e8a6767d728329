"""What the daily counts of the last 28 days say: by surface, by run, and about the catalogue.

Read by the admin's page. A fixed number of queries, over sums that know nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from django.conf import settings
from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from catalog.models import Item, ItemAttribute
from recommendations.measuring import rates
from recommendations.measuring.rates import Rate
from recommendations.models import DailyImpressions, ModelRun

DAYS = 28
MOST_SHOWN = 10
MOST_GENRES = 12
SUMS = ("seen", "opened", "rated", "shelved")


@dataclass
class Totals:
    """How often something was seen, and what came of it."""

    seen: int = 0
    opened: int = 0
    rated: int = 0
    shelved: int = 0
    examined: float = 0.0
    """Seen, each time for as much as its position is examined."""

    def add(self, row: Mapping[str, int], factor: float | None) -> None:
        self.seen += row["seen"]
        self.opened += row["opened"]
        self.rated += row["rated"]
        self.shelved += row["shelved"]
        self.examined += row["seen"] * (float("nan") if factor is None else factor)

    @property
    def rates(self) -> list[Rate]:
        return [Rate(count, self.seen) for count in (self.opened, self.rated, self.shelved)]

    @property
    def corrected(self) -> float | None:
        """In per cent: as if each had stood at the first position; None where that is unknown."""
        if not np.isfinite(self.examined) or self.examined <= 0:
            return None
        return 100 * self.opened / self.examined


@dataclass(frozen=True)
class Line:
    """A row of a table: a surface or a run, by name, and its totals."""

    name: str
    totals: Totals


@dataclass(frozen=True)
class Reach:
    """How much of the catalogue is seen, and whether that is only what everybody knows."""

    listed: int
    seen_items: int
    shown_popularity: float
    """Ratings of an item that was seen, on average over all impressions."""
    popularity: float
    """Ratings of a listed item."""
    genres: list[tuple[str, float, float]]  # name, share of impressions, share of the catalogue
    most_shown: list[tuple[int, str, int, int]]  # item id, title, seen, opened

    @property
    def coverage(self) -> float:
        return 100 * self.seen_items / self.listed if self.listed else 0.0


@dataclass
class Figures:
    first: date
    last: date
    total: Totals
    surfaces: list[Line] = field(default_factory=list)
    runs: list[Line] = field(default_factory=list)
    positions: dict[str, list[Totals]] = field(default_factory=dict)
    """By surface, from position 0 on."""
    factors: dict[str, list[float]] = field(default_factory=dict)
    """How much each position is examined; only surfaces where that can be told."""
    days: list[tuple[date, int, int]] = field(default_factory=list)  # day, seen, opened


def figures(*, now: datetime) -> Figures:
    """Four queries at most."""
    rows = _within(now)
    last = timezone.localdate(now)
    found = Figures(last - timedelta(days=DAYS - 1), last, Totals())
    found.factors = _factors(rows)
    surfaces: defaultdict[str, Totals] = defaultdict(Totals)
    runs: defaultdict[int, Totals] = defaultdict(Totals)
    for row in by_place(rows):
        surface, position = row["surface"], row["position"]
        factor = factor_at(found.factors, surface, position)
        places = found.positions.setdefault(surface, [])
        places += [Totals() for _ in range(position + 1 - len(places))]
        for totals in (found.total, surfaces[surface], runs[row["run"]], places[position]):
            totals.add(row, factor)
    found.surfaces = _lines(surfaces)
    labels = dict(ModelRun.objects.filter(pk__in=runs).values_list("pk", "label"))
    named = {run: f"{run}" + (f" · {labels[run]}" if labels.get(run) else "") for run in runs}
    found.runs = [Line(named[run] if run else "", runs[run]) for run in sorted(runs, reverse=True)]
    found.days = _days(rows, found)
    return found


def by_place(rows: QuerySet[DailyImpressions]) -> Iterable[Mapping[str, Any]]:
    """Sums for each surface, run, rung and position."""
    place = ("surface", "run", "rung", "position")
    return list(rows.values(*place).annotate(**_sums()).order_by(*place))


def within(*, now: datetime) -> QuerySet[DailyImpressions]:
    return _within(now)


def factor_at(factors: Mapping[str, list[float]], surface: str, position: int) -> float | None:
    known = factors.get(surface)
    return known[min(position, len(known) - 1)] if known else None


def reach(*, now: datetime) -> Reach:
    """About the items: five queries."""
    rows = _within(now)
    seen = {
        row["item"]: (row["n"], row["o"])
        for row in rows.filter(item__is_listed=True)
        .values("item")
        .annotate(n=Sum("seen"), o=Sum("opened"))
        .order_by()
    }
    ratings = dict(Item.objects.listed().order_by().values_list("pk", "rating_count"))
    all_seen = sum(count for count, _opened in seen.values())
    known = sum(count * ratings.get(pk, 0) for pk, (count, _opened) in seen.items())
    most = sorted(seen, key=lambda pk: (-seen[pk][0], pk))[:MOST_SHOWN]
    titles = dict(Item.objects.filter(pk__in=most).values_list("pk", "title"))
    return Reach(
        listed=len(ratings),
        seen_items=len(seen),
        shown_popularity=known / max(all_seen, 1),
        popularity=sum(ratings.values()) / max(len(ratings), 1),
        genres=_genres(seen, ratings),
        most_shown=[(pk, titles[pk], *seen[pk]) for pk in most if pk in titles],
    )


def _genres(
    seen: Mapping[int, tuple[int, int]], listed: Mapping[int, int]
) -> list[tuple[str, float, float]]:
    """An item of several genres counts for each of them in equal parts."""
    of_item: defaultdict[int, list[str]] = defaultdict(list)
    links = ItemAttribute.objects.filter(
        attribute__kind__in=settings.GENRE_KINDS, item__is_listed=True
    ).order_by()
    for pk, name in links.values_list("item_id", "attribute__name"):
        of_item[pk].append(name)
    shown: defaultdict[str, float] = defaultdict(float)
    there: defaultdict[str, float] = defaultdict(float)
    for pk in listed:
        for name in of_item.get(pk, ()):
            part = 1 / len(of_item[pk])
            there[name] += part
            shown[name] += part * seen.get(pk, (0, 0))[0]
    all_shown, all_there = sum(shown.values()) or 1, sum(there.values()) or 1
    names = sorted(there, key=lambda name: (-shown[name], -there[name], name))[:MOST_GENRES]
    return [(n, 100 * shown[n] / all_shown, 100 * there[n] / all_there) for n in names]


def _factors(rows: QuerySet[DailyImpressions]) -> dict[str, list[float]]:
    """Only items that were opened tell anything; one query for all surfaces."""
    opened = rows.filter(opened__gt=0).values("surface", "item").distinct()
    cells: defaultdict[str, dict[tuple[int, int], tuple[int, int]]] = defaultdict(dict)
    pairs = {(row["surface"], row["item"]) for row in opened}
    items = {item for _surface, item in pairs}
    if not items:
        return {}
    sums = rows.filter(Q(item__in=opened.values("item"))).values("surface", "item", "position")
    for row in sums.annotate(n=Sum("seen"), o=Sum("opened")).order_by():
        if (row["surface"], row["item"]) in pairs:
            cells[row["surface"]][row["item"], row["position"]] = row["n"], row["o"]
    found = {}
    for surface, known in cells.items():
        places = {item: at for at, item in enumerate(dict.fromkeys(pk for pk, _at in known))}
        shape = len(places), 1 + max(position for _item, position in known)
        seen, opened_at = np.zeros(shape), np.zeros(shape)
        for (item, position), (n, o) in known.items():
            seen[places[item], position], opened_at[places[item], position] = n, o
        factors = rates.examination(seen, opened_at)
        if factors is not None:
            found[surface] = factors.tolist()
    return found


def _days(rows: QuerySet[DailyImpressions], found: Figures) -> list[tuple[date, int, int]]:
    sums = {row["day"]: row for row in rows.values("day").annotate(n=Sum("seen"), o=Sum("opened"))}
    dates = [found.first + timedelta(days=at) for at in range(DAYS)]
    none = {"n": 0, "o": 0}
    return [(day, sums.get(day, none)["n"], sums.get(day, none)["o"]) for day in dates]


def _lines(totals: Mapping[str, Totals]) -> list[Line]:
    names = sorted(totals, key=lambda name: (-totals[name].seen, name))
    return [Line(name, totals[name]) for name in names]


def _within(now: datetime) -> QuerySet[DailyImpressions]:
    first = timezone.localdate(now) - timedelta(days=DAYS - 1)
    return DailyImpressions.objects.filter(day__gte=first).order_by()


def _sums() -> dict[str, Sum]:
    return {name: Sum(name) for name in SUMS}
