"""Old views become daily counts, so that the table of views does not grow for ever.

A batch is one transaction: its rows are locked, added to DailyViews by item and day, and deleted.
So a run may be stopped anywhere and begun again, and two may run at once, without a view being
counted twice or lost. `Item.view_count` stays as it is: it counts both. Views of imported readers
are kept: they are a data set, which does not grow by itself, and whose times may be long past.
Those of private and paused people are in no count, and become none: they only go.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from catalog.models import DailyViews, ItemView

BATCH = 5000
BEFORE_ALL = (datetime(1, 1, 2, tzinfo=UTC), 0)


def thin_out(
    *,
    keep_days: int,
    now: datetime | None = None,
    batch: int = BATCH,
    tell: Callable[[int], None] = lambda count: None,
) -> int:
    """Turns views older than so many whole days into daily counts; how many. 0 keeps all."""
    if keep_days <= 0:
        return 0
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    end, thinned, after = today - timedelta(days=keep_days), 0, BEFORE_ALL
    while True:
        count, last = _thin_batch(end, after=after, batch=batch)
        thinned += count
        if last is None:
            return thinned
        after = last
        tell(thinned)


@transaction.atomic
def _thin_batch(
    end: datetime, *, after: tuple[datetime, int], batch: int
) -> tuple[int, tuple[datetime, int] | None]:
    """Thins the next views after this place; how many, and the place of the last."""
    later = Q(viewed_at__gt=after[0]) | Q(viewed_at=after[0], pk__gt=after[1])
    old = (
        ItemView.objects.select_for_update(
            of=("self",), skip_locked=connection.features.has_select_for_update_skip_locked
        )
        .filter(later, viewed_at__gte=after[0], viewed_at__lt=end, person__key=None)
        .filter(person__is_quarantined=False)  # theirs wait, as they may count again
        .order_by("viewed_at", "pk")
    )
    private, paused = F("person__is_private"), F("person__is_paused")
    rows = list(old.values_list("pk", "item_id", "viewed_at", private, paused)[:batch])
    if not rows:
        return 0, None
    counted = [row for row in rows if not (row[3] or row[4])]
    _add(Counter((item, timezone.localtime(at).date()) for _pk, item, at, *_flags in counted))
    ItemView.objects.filter(pk__in=[row[0] for row in rows]).delete()
    return len(rows), (rows[-1][2], rows[-1][0])


def _add(counts: Counter[tuple[int, date]]) -> None:
    """Adds to the daily counts; one query for each number of views."""
    pairs = sorted(counts)
    DailyViews.objects.bulk_create(
        [DailyViews(item_id=item, day=day) for item, day in pairs], ignore_conflicts=True
    )
    rows = DailyViews.objects.select_for_update().filter(
        item__in={item for item, _day in pairs}, day__in={day for _item, day in pairs}
    )
    changed = []
    for row in rows.order_by("pk"):
        if more := counts.get((row.item_id, row.day), 0):
            row.count = F("count") + more
            changed.append(row)
    DailyViews.objects.bulk_update(changed, ["count"])
