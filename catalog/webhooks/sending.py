"""What happened is written down, sent, sent again where it failed, and given up after a day.

Rows are the outbox: a broker that is away loses nothing, as the schedule looks for what is due each
minute. A delivery is claimed by moving its next try, so that two workers never send it at once, and
one that died is replaced. A webhook that fails keeps no other waiting: the rest of its deliveries
stay for the next round.
"""

from __future__ import annotations

import json
import logging
import random
import time
from datetime import datetime, timedelta
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from catalog.webhooks import outgoing, signing
from catalog.webhooks.models import (
    MAX_WORDS,
    TEST,
    Webhook,
    WebhookDelivery,
    WebhookMessage,
    new_seed,
)

logger = logging.getLogger(__name__)
TASK = "catalog.send_webhooks"
PATIENCE = 2.0
FIRST_WAIT, GROWTH, LONGEST_WAIT = timedelta(seconds=30), 3.0, timedelta(hours=4)
JITTER = 0.2
GIVE_UP_AFTER = timedelta(days=1)
CLAIMED_FOR = timedelta(minutes=2)
BOTH_SECRETS = timedelta(days=1)
KEEP = timedelta(days=30)
ROUND, MOST_A_ROUND = 45.0, 500
"""Seconds and deliveries after which the rest is left to the next round."""
GONE = 410
Status = WebhookDelivery.Status


def announce(event: str, data: dict[str, Any]) -> None:
    """To be called in the transaction of what happened: whoever listens to it will be told."""
    listening = [one for one in Webhook.objects.filter(is_active=True) if event in one.events]
    if listening:
        _write(event, data, listening)


def send_test(webhook: Webhook) -> WebhookDelivery:
    """A message that means nothing, to see whether it arrives."""
    return _write(TEST, {"webhook": webhook.name}, [webhook])[0]


def _write(event: str, data: dict[str, Any], to: list[Webhook]) -> list[WebhookDelivery]:
    now = timezone.now()
    told = {"type": event, "timestamp": now.isoformat(), "data": data}
    body = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    with transaction.atomic():
        message = WebhookMessage.objects.create(event=event, body=body, made_at=now)
        made = WebhookDelivery.objects.bulk_create(
            WebhookDelivery(webhook=one, message=message, since=now, next_at=now) for one in to
        )
        transaction.on_commit(knock, robust=True)
    return made


def knock() -> None:
    """Tells a worker that something waits; the schedule looks by itself, where nobody answers."""
    if not settings.CELERY_BROKER_URL:
        return
    patience = {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE}
    try:
        with current_app.connection_for_write(transport_options=patience) as connection:
            current_app.send_task(TASK, connection=connection, retry=False, expires=60)
    except (OperationalError, RedisError, OSError) as error:
        logger.warning("webhooks wait, as the task queue does not answer: %s", error)


def send_due(*, now: datetime | None = None) -> tuple[int, int]:
    """Sends what is due, as long as a round lasts; how many arrived, and how many did not."""
    until, arrived, failing = time.monotonic() + ROUND, 0, set()
    due = WebhookDelivery.objects.due(now or timezone.now()).select_related("webhook", "message")
    for delivery in due[:MOST_A_ROUND]:
        if time.monotonic() > until:
            break
        if delivery.webhook_id in failing or not _claim(delivery, now or timezone.now()):
            continue
        if _send(delivery, now or timezone.now()):
            arrived += 1
        else:
            failing.add(delivery.webhook_id)
    return arrived, len(failing)


def _claim(delivery: WebhookDelivery, now: datetime) -> bool:
    return bool(
        WebhookDelivery.objects.filter(
            pk=delivery.pk, status=Status.WAITING, next_at=delivery.next_at
        ).update(next_at=now + CLAIMED_FOR)
    )


def _send(delivery: WebhookDelivery, now: datetime) -> bool:
    webhook, body = delivery.webhook, delivery.message.body.encode()
    signed = signing.headers(webhook, message_id=str(delivery.message_id), body=body, now=now)
    named = {"Content-Type": "application/json", "User-Agent": "catalogue-webhooks/1"}
    answer = outgoing.post(webhook.url, body=body, headers={**named, **signed})
    _note(delivery, answer, now)
    return answer.is_good


def _note(delivery: WebhookDelivery, answer: outgoing.Answer, now: datetime) -> None:
    attempts = delivery.attempts + 1
    next_at, status = now + wait_after(attempts), Status.WAITING
    if answer.is_good:
        status = Status.DELIVERED
    elif answer.status == GONE or next_at > delivery.since + GIVE_UP_AFTER:
        status = Status.GIVEN_UP
    result = answer.error or _("It answered %(status)d.") % {"status": answer.status}
    WebhookDelivery.objects.filter(pk=delivery.pk).update(
        status=status,
        attempts=attempts,
        next_at=next_at,
        last_at=now,
        last_status=answer.status,
        last_error=answer.error[:MAX_WORDS],
        seconds=round(answer.seconds, 3),
    )
    hook: dict[str, Any] = {"last_at": now, "last_result": result[:MAX_WORDS]}
    if answer.status == GONE:
        hook |= {"is_active": False, "last_result": _("It answered 410, and was switched off.")}
    Webhook.objects.filter(pk=delivery.webhook_id).update(**hook)


def wait_after(attempts: int) -> timedelta:
    """How long to wait after so many tries: three times as long each time, up to four hours."""
    wait = min(FIRST_WAIT * GROWTH ** min(attempts - 1, 10), LONGEST_WAIT)
    return wait * random.uniform(1 - JITTER, 1 + JITTER)


def send_again(delivery: WebhookDelivery) -> None:
    """From the beginning, with the same id, as if it had just happened."""
    now = timezone.now()
    WebhookDelivery.objects.filter(pk=delivery.pk).update(
        status=Status.WAITING, since=now, next_at=now, attempts=0
    )
    transaction.on_commit(knock, robust=True)


def rotate(webhook: Webhook) -> None:
    """A new secret; for a day messages are signed with the old one, too."""
    webhook.old_seed, webhook.seed = webhook.seed, new_seed()
    webhook.old_until = timezone.now() + BOTH_SECRETS
    webhook.save(update_fields=["seed", "old_seed", "old_until"])


def forget_old(*, now: datetime) -> int:
    """Deletes messages that are older than 30 days, with their deliveries; how many messages."""
    _all, by_model = WebhookMessage.objects.filter(made_at__lt=now - KEEP).delete()
    return by_model.get(WebhookMessage._meta.label, 0)
