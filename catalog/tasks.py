"""Doors for Celery: what they lead to is in view_writer, thinning, partitions, own.writing and
webhooks.sending.

Each is safe to be delivered twice, late or not at all: the database keeps up to where was written,
and what was thinned is gone in the same transaction in which it was counted.
"""

from __future__ import annotations

import logging

from celery import shared_task
from django.conf import settings
from django.utils import timezone
from redis.exceptions import RedisError

from catalog import partitions, statistics, thinning, view_writer
from catalog.arriving import taking, waiting
from catalog.arriving.models import Arrival
from catalog.moderation import acts
from catalog.own import writing
from catalog.tokens.models import forget_old_tokens
from catalog.trust import acts as trust_acts
from catalog.trust import checking
from catalog.webhooks import sending

logger = logging.getLogger(__name__)


@shared_task(name="catalog.write_views")
def write_views() -> str:
    """Write the views that wait in Redis."""
    try:
        return f"{view_writer.write_views()} views were written"
    except RedisError as error:
        logger.warning("views wait in Redis, which does not answer: %s", error)
        return "Redis does not answer"


@shared_task(name="catalog.keep_tables_small")
def keep_tables_small() -> str:
    """Make old views daily counts, and coming months' partitions; drop what is old."""
    made = partitions.make_ahead()
    thinned = thinning.thin_out(keep_days=settings.VIEWS_KEEP_DAYS)
    acts.forget_old_reports()
    sending.forget_old(now=timezone.now())
    statistics.keep()
    forget_old_tokens()
    return f"{thinned} views became daily counts; {len(made)} partitions were made"


@shared_task(name="catalog.forget_removed")
def forget_removed() -> str:
    """Delete the lists and reviews whose removal can no longer be undone."""
    return f"{writing.forget_removed()} removed lists and reviews were deleted"


@shared_task(name="catalog.take_in_arrival")
def take_in_arrival(pk: int) -> str:
    """Take in what somebody brought and agreed to."""
    arrival = Arrival.objects.filter(pk=pk, status=Arrival.Status.WAITING).first()
    if arrival is None:
        return "there is nothing to take in"
    taking.take_in(arrival)
    return f"{arrival.rows_read} rows were taken in"


@shared_task(name="catalog.look_after_arrivals")
def look_after_arrivals() -> str:
    """End imports that were cut off, and take in rows whose items were added since."""
    ended = waiting.end_what_is_late()
    return f"{ended} imports were ended, {waiting.match_waiting()} rows found their items"


@shared_task(name="catalog.check_trust")
def check_trust() -> str:
    """Look for attacks on ratings: clear cases are quarantined, others proposed."""
    return checking.check().words


@shared_task(name="catalog.end_freezes")
def end_freezes() -> str:
    """Count the ratings whose item is frozen no longer."""
    return f"{trust_acts.count_released()} ratings that were held back count"


@shared_task(name=sending.TASK)
def send_webhooks() -> str:
    """Send what is due for webhooks."""
    arrived, failed = sending.send_due()
    return f"{arrived} messages arrived; {failed} webhooks failed"
