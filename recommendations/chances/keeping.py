"""The ledger of new items, kept from the daily counts of what was really seen.

Called after each counting (`recommendations.tasks`). Keeping it twice changes nothing. What is new
enters, the newest first; what is tried is counted and, by `stopping`, decided; free places go to
what waits. An item that people found by themselves while it waited needs no trial. A fixed number
of queries, but for what changes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet, Sum
from django.utils import timezone

from catalog.models import Item
from ml.exploration import FEW_EVENTS
from recommendations.chance import ItemChance
from recommendations.chances import memory, stopping
from recommendations.ladder import Rung
from recommendations.models import DailyImpressions

State = ItemChance.State
TOO_LITTLE = FEW_EVENTS
"""With fewer ratings and views, too little is known of an item."""
QUOTA = 40
"""Impressions that each new item is promised."""
MOST_TRIED = 100
"""So many at a time: each gets enough impressions to be judged, and a page looks at few."""
NEW_DAYS = 90
"""What was added longer ago is not new, however little is known of it."""
USUAL_DAYS = 28
FAITH = 50.0
"""So many impressions a place needs before its own rate counts as much as that of all places."""
Place = tuple[str, int]  # surface, position
FIELDS = ("state", "tried_from", "quota_at", "decided_at", "seen", "opened", "rated", "usual")


@dataclass(frozen=True)
class Kept:
    """How many entered, are tried, and were decided."""

    entered: int
    tried: int
    decided: int

    def __str__(self) -> str:
        return f"{self.entered} new items entered, {self.tried} are tried, {self.decided} decided"


@transaction.atomic
def keep(*, now: datetime, quota: int = QUOTA, most: int = MOST_TRIED) -> Kept:
    """Bring the ledger up to date."""
    entered = _enter(now=now, quota=quota)
    rows = list(_open().select_for_update().order_by("pk"))
    counts = _counts(rows, now=now)
    known = dict(
        Item.objects.filter(pk__in=[row.item_id for row in rows])
        .annotate(events=F("rating_count") + F("view_count"))
        .values_list("pk", "events")
    )
    for row in rows:
        if row.state == State.TRIED:
            _judge(row, counts[row.item_id], now=now)
        elif known.get(row.item_id, 0) >= TOO_LITTLE:
            row.state, row.decided_at = State.FOUND, now
    _admit(rows, now=now, most=most)
    ItemChance.objects.bulk_update(rows, FIELDS, batch_size=500)
    memory.forget()
    decided = sum(row.decided_at == now for row in rows)
    return Kept(entered, sum(row.state == State.TRIED for row in rows), decided)


def _open() -> QuerySet[ItemChance]:
    return ItemChance.objects.filter(state__in=[State.WAITING, State.TRIED])


def _enter(*, now: datetime, quota: int) -> int:
    """New listed items with too little data; those that waited until they were not new leave."""
    first = now - timedelta(days=NEW_DAYS)
    ItemChance.objects.filter(state=State.WAITING, item__added_at__lt=first).delete()
    new = Item.objects.listed().filter(
        added_at__gte=first,
        added_at__lte=now,
        chance=None,
        rating_count__lt=TOO_LITTLE - F("view_count"),
    )
    rows = [
        ItemChance(item_id=pk, quota=quota, waits_since=now)
        for pk in new.order_by("added_at", "pk").values_list("pk", flat=True)
    ]
    ItemChance.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)
    return len(rows)


def _judge(row: ItemChance, counted: _Counts, *, now: datetime) -> None:
    row.seen, row.opened, row.rated = counted.seen, counted.opened, counted.rated
    row.usual = counted.usual
    if row.seen >= row.quota and row.quota_at is None:
        row.quota_at = now
    found = stopping.Counted(row.seen, row.opened, row.usual)
    row.state = stopping.verdict(found, quota=row.quota)
    if row.state != State.TRIED:
        row.decided_at = now


def _admit(rows: Iterable[ItemChance], *, now: datetime, most: int) -> None:
    """Free places go to the items that came last: whoever adds one sees it tried at once."""
    rows = list(rows)
    free = max(most - sum(row.state == State.TRIED for row in rows), 0)
    waiting = [row for row in rows if row.state == State.WAITING]
    for row in sorted(waiting, key=lambda row: -row.item_id)[:free]:
        row.state, row.tried_from = State.TRIED, now


@dataclass
class _Counts:
    seen: int = 0
    opened: int = 0
    rated: int = 0
    usual: float = 0.0


def _counts(rows: Iterable[ItemChance], *, now: datetime) -> Mapping[int, _Counts]:
    """By item: what it was given as a new one. Two queries."""
    own = DailyImpressions.objects.filter(
        rung=Rung.TRIED, item__in=[row.item_id for row in rows if row.state == State.TRIED]
    )
    sums = own.values("item", "surface", "position").annotate(
        n=Sum("seen"), o=Sum("opened"), r=Sum("rated")
    )
    found: defaultdict[int, _Counts] = defaultdict(_Counts)
    usual = _Usual(now=now)
    for row in sums.order_by():
        counts = found[row["item"]]
        counts.seen += row["n"]
        counts.opened += row["o"]
        counts.rated += row["r"]
        counts.usual += row["n"] * usual.rate((row["surface"], row["position"]))
    return found


class _Usual:
    """How often what is not new is opened at each place; those of few leaning on all."""

    def __init__(self, *, now: datetime) -> None:
        first = timezone.localdate(now) - timedelta(days=USUAL_DAYS)
        others = DailyImpressions.objects.filter(day__gte=first).exclude(rung=Rung.TRIED)
        sums = others.values("surface", "position").annotate(n=Sum("seen"), o=Sum("opened"))
        self._places: dict[Place, tuple[int, int]] = {
            (row["surface"], row["position"]): (row["n"], row["o"]) for row in sums.order_by()
        }
        seen = sum(n for n, _opened in self._places.values())
        self._all = sum(opened for _n, opened in self._places.values()) / max(seen, 1)

    def rate(self, place: Place) -> float:
        seen, opened = self._places.get(place, (0, 0))
        return (opened + FAITH * self._all) / (seen + FAITH)
