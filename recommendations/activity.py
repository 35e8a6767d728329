"""What happens on the site, counted within bounds: events by day, cold items, quiet people.

Read by the admin's page and by `recommendations.health`. Nothing here walks a whole table of
events: days are counted along the index of times, and people are a sample.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, QuerySet
from django.utils import timezone

from catalog.models import Item, Person, ShelfEntry
from recommendations.dataset import SOURCES, Source

DAYS = 60
SAMPLE = 1000
FEW = 3
"""Someone with fewer events than this is hardly known."""
MOST_COLD = 200


@dataclass(frozen=True)
class Days:
    """Events of the last days, oldest first; the last day is today, and not over."""

    dates: Sequence[date]
    counts: dict[str, list[int]]  # by the name of an event table

    @property
    def totals(self) -> list[int]:
        return [sum(day) for day in zip(*self.counts.values(), strict=True)]


def events_by_day(*, now: datetime, days: int = DAYS) -> Days:
    """One query a table; a day is the site's, also where clocks change."""
    today = timezone.localdate(now)
    dates = [today - timedelta(days=back) for back in reversed(range(days))]
    edges = [_midnight(day) for day in [*dates, today + timedelta(days=1)]]
    spans = list(zip(edges, edges[1:], strict=False))
    return Days(dates, {source.name: count_spans(source, spans) for source in SOURCES})


def count_spans(source: Source, spans: Sequence[tuple[datetime, datetime]]) -> list[int]:
    """How many events each span of time has, its end left out. One query.

    A sum of plain counts: each walks its part of the index, where a GROUP BY would sort all rows.
    """
    table = connection.ops.quote_name(source.model._meta.db_table)
    at = connection.ops.quote_name(source.at)
    one = f"SELECT %s, COUNT(*) FROM {table} WHERE {at} >= %s AND {at} < %s"
    values: list[Any] = []
    for place, ends in enumerate(spans):
        values += [place, *map(connection.ops.adapt_datetimefield_value, ends)]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join([one] * len(spans)), values)
        found = dict(cursor.fetchall())
    return [found[place] for place in range(len(spans))]


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


@dataclass(frozen=True)
class Cold:
    """Listed items that nobody ever rated, viewed or shelved."""

    items: int
    count: int
    newest: Sequence[tuple[int, str]]  # id and title, at most MOST_COLD


def cold_items() -> Cold:
    listed = Item.objects.listed()
    cold = listed.filter(rating_count=0, view_count=0).exclude(
        Exists(ShelfEntry.objects.counted().filter(item=OuterRef("pk")))
    )
    newest = cold.newest().values_list("pk", "title")[: MOST_COLD + 1]
    rows = list(newest)
    count = len(rows) if len(rows) <= MOST_COLD else cold.count()
    return Cold(listed.count(), count, rows[:MOST_COLD])


@dataclass(frozen=True)
class Quiet:
    """How many people of a sample have no event, or only a few."""

    people: int
    sample: int
    silent: int
    few: int


def quiet_people() -> Quiet:
    """Everybody, or about SAMPLE of them, evenly spread over the time that they came."""
    total = Person.objects.count()
    sample: QuerySet[Any] = Person.objects.all()
    if total > SAMPLE:
        every = -(-total // SAMPLE)
        sample = sample.alias(turn=F("pk") % every).filter(turn=0)
    events: Counter[int] = Counter()
    for source in SOURCES:
        rows = source.table.filter(person__in=sample.values("pk")).order_by()
        events.update(dict(rows.values_list("person").annotate(count=Count("*"))))
    size = sample.count() if total > SAMPLE else total
    few = sum(count < FEW for count in events.values())
    return Quiet(people=total, sample=size, silent=max(size - len(events), 0), few=few)
