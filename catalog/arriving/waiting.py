"""Rows whose item was not here: they wait, and are taken in when such an item is added.

Also where work begins that a broker may do: a small import is written at once, a large one by a
worker, and by the request itself where no broker answers.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from celery import current_app
from django.conf import settings
from django.db.models import Max
from django.dispatch import receiver
from django.utils import timezone
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from catalog.arriving.matching import match
from catalog.arriving.models import Arrival, ArrivalRow
from catalog.arriving.receiving import take_match
from catalog.arriving.taking import take_chunk, take_in, update
from catalog.models import Item, Person
from catalog.signals import visitor_adopted

logger = logging.getLogger(__name__)
TASK, LOOK_AFTER = "catalog.take_in_arrival", "catalog.look_after_arrivals"
AT_ONCE = 3_000
"""Up to so many rows are taken in while the person waits for the page."""
LATE = timedelta(minutes=10)


def start(arrival: Arrival) -> None:
    """Takes in an arrival that has begun, here or in a worker."""
    if settings.CELERY_BROKER_URL and arrival.rows_read > AT_ONCE:
        try:
            current_app.send_task(TASK, (arrival.pk,), retry=False)
        except (OperationalError, RedisError, OSError):
            take_in(arrival)
    else:
        take_in(arrival)


def items_were_added() -> None:
    """To be told of by whoever adds items: what waits for them is matched soon."""
    if not settings.CELERY_BROKER_URL:
        match_waiting()
        return
    try:
        current_app.send_task(LOOK_AFTER, retry=False)
    except (OperationalError, RedisError, OSError) as error:
        logger.warning("the task queue does not answer, so the schedule will look: %s", error)


def end_what_is_late() -> int:
    """Takes in the rest of what was begun and cut off; how many imports that were."""
    late = list(
        Arrival.objects.filter(status=Arrival.Status.WAITING, taken_at__lt=timezone.now() - LATE)
    )
    for arrival in late:
        take_in(arrival)
    return len(late)


@receiver(visitor_adopted, dispatch_uid="catalog.adopt_arrivals")
def adopt(sender: Any, *, visitor: Person, member: Person, **_kwargs: Any) -> None:
    """What a visitor brought is the member's; what was under way may be taken in again."""
    visitor.arrivals.filter(status=Arrival.Status.WAITING).update(status=Arrival.Status.PREVIEW)
    visitor.arrivals.update(person=member)


def match_waiting() -> int:
    """Rows that found an item among those added since they were last matched; how many."""
    newest = Item.objects.aggregate(last=Max("pk"))["last"] or 0
    waiting = Arrival.objects.filter(
        status=Arrival.Status.TAKEN,
        last_item__lt=newest,
        rows__outcome=ArrivalRow.Outcome.UNMATCHED,
    ).distinct()
    return sum(_match_again(arrival, newest=newest) for arrival in waiting)


def _match_again(arrival: Arrival, *, newest: int) -> int:
    rows = list(arrival.rows.filter(outcome=ArrivalRow.Outcome.UNMATCHED))
    matched = []
    for row, found in zip(rows, match(rows, after=arrival.last_item), strict=True):
        if found is not None:
            take_match(row, found)
            matched.append(row)
    update(ArrivalRow, matched, ["item", "how", "likeness"])
    while take_chunk(arrival):
        pass
    Arrival.objects.filter(pk=arrival.pk).update(last_item=newest)
    return len(matched)
