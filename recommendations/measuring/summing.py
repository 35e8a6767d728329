"""Impressions become daily counts, which know nobody, and go after 30 days.

A day is counted anew each time, from the rows there are, and what was counted before is replaced:
counting twice changes nothing, and whoever asked to be left out meanwhile is left out. A rating or
a shelf entry within 24 hours after its item was seen belongs to the latest impression of it,
whatever the surface. Days whose rows are gone stay as they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Subquery
from django.utils import timezone

from catalog.models import Rating, ShelfEntry
from recommendations.measuring.counted import counted
from recommendations.models import DailyImpressions, Impression, ShownPrediction

KEEP_DAYS = 30
KEEP_COUNTS_DAYS = 400
RECENT_DAYS = 3
"""Days to which something may still be added: today, and those whose 24 hours are not over."""
CREDIT = timedelta(hours=24)
KEY = ("surface", "position", "run", "arm", "rung", "item_id")
Key = tuple[Any, ...]


def sum_up(*, now: datetime, days: int = KEEP_DAYS + 1) -> int:
    """Count these days anew, today being the last one; gives how many impressions there were."""
    today = timezone.localdate(now)
    return sum(_sum_day(today - timedelta(days=back)) for back in range(days))


def sum_up_all(*, now: datetime) -> int:
    """All days, those that were never counted among them; then let go what is old."""
    today = timezone.localdate(now)
    first = today - timedelta(days=KEEP_DAYS)
    oldest = Impression.objects.order_by("seen_at").values_list("seen_at", flat=True).first()
    late = 0 if oldest is None else max((first - timezone.localdate(oldest)).days, 0)
    total = sum_up(now=now, days=KEEP_DAYS + 1)
    for back in range(1, late + 1):
        day = first - timedelta(days=back)
        if _of_day(day).exists():
            total += _sum_day(day)
    Impression.objects.filter(seen_at__lt=_midnight(first)).delete()
    last = today - timedelta(days=KEEP_COUNTS_DAYS)
    DailyImpressions.objects.filter(day__lt=last).delete()
    forget_unrated(now=now)
    return total


def forget_unrated(*, now: datetime) -> int:
    """Predictions that no rating came of in all that time."""
    rating = Rating.objects.filter(person=OuterRef("person"), item=OuterRef("item"))
    old = ShownPrediction.objects.filter(shown_at__lt=now - timedelta(days=KEEP_DAYS))
    deleted, _models = old.exclude(Exists(rating)).delete()
    return deleted


@transaction.atomic
def _sum_day(day: date) -> int:
    rows = counted(_of_day(day))
    seen: Counter[Key] = Counter()
    opened: Counter[Key] = Counter()
    for *key, opened_at in rows.values_list(*KEY, "opened_at").iterator(chunk_size=5000):
        seen[tuple(key)] += 1
        opened[tuple(key)] += opened_at is not None
    rated = _credited(day, Rating.objects.counted(), "rated_at") if seen else Counter()
    shelved = _credited(day, ShelfEntry.objects.counted(), "shelved_at") if seen else Counter()
    DailyImpressions.objects.filter(day=day).delete()
    DailyImpressions.objects.bulk_create(
        (
            DailyImpressions(
                day=day,
                **dict(zip(KEY, key, strict=True)),
                seen=count,
                opened=opened[key],
                rated=rated[key],
                shelved=shelved[key],
            )
            for key, count in seen.items()
        ),
        batch_size=500,
        ignore_conflicts=True,  # another process counts the same at the same moment
    )
    return sum(seen.values())


def _credited(day: date, events: Any, at: str) -> Counter[Key]:
    """How many impressions of this day had such an event within a day, as the latest before it."""
    before = Impression.objects.filter(
        person=OuterRef("person"), item=OuterRef("item"), seen_at__lte=OuterRef(at)
    ).order_by("-seen_at", "-pk")
    start, end = _midnight(day), _midnight(day + timedelta(days=1))
    told = (
        events.filter(**{f"{at}__gte": start, f"{at}__lt": end + CREDIT})
        .annotate(impression=Subquery(before.values("pk")[:1]))
        .exclude(impression=None)
        .values_list("impression", at)
    )
    when = dict(told.iterator(chunk_size=5000))
    credit: Counter[Key] = Counter()
    for pks in _batches(when):
        rows = counted(_of_day(day)).filter(pk__in=pks).values_list("pk", "seen_at", *KEY)
        for pk, seen_at, *key in rows:
            credit[tuple(key)] += when[pk] < seen_at + CREDIT
    return credit


def _of_day(day: date) -> Any:
    start, end = _midnight(day), _midnight(day + timedelta(days=1))
    return Impression.objects.filter(seen_at__gte=start, seen_at__lt=end)


def _batches(pks: Iterable[int], size: int = 500) -> Iterable[list[int]]:
    pks = list(pks)
    return (pks[at : at + size] for at in range(0, len(pks), size))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
