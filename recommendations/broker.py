"""Knocking at a trainer's door: the one place where a request meets the task queue.

Nothing here hangs, and nothing raises: whoever pressed a button gets a sentence. A run that nobody
could be told of stays waiting; the schedule knocks again, and `manage.py retrain` takes it over.
"""

from __future__ import annotations

import logging

from celery import current_app
from django.conf import settings
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from catalog.models import User
from recommendations import services
from recommendations.models import ModelRun

logger = logging.getLogger(__name__)
RETRAIN_TASK = "recommendations.retrain"
PATIENCE = 2.0  # seconds
MESSAGE_EXPIRES = 3600  # seconds


def enqueue_retrain(
    *, trigger: ModelRun.Trigger = ModelRun.Trigger.ADMIN, by: User | None = None
) -> str:
    """Ask for a training; says in a sentence what came of it."""
    try:
        return enqueue(services.ask(trigger=trigger, by=by))
    except services.Busy as busy:
        return str(busy)


def enqueue(run: ModelRun) -> str:
    """Tell a worker of a waiting run; says in a sentence what came of it."""
    if not settings.REDIS_URL:
        return _(
            "Run %(number)s waits, but no task queue is set up: manage.py retrain starts it."
        ) % {"number": run.pk}
    try:
        _be_sure_it_answers()
        _send(run)
    except (OperationalError, RedisError, OSError) as error:
        logger.warning("the task queue does not answer: %s", error)
        return _(
            "The task queue does not answer. Run %(number)s begins when it does, "
            "or at once with manage.py retrain."
        ) % {"number": run.pk}
    return _("Run %(number)s begins as soon as a trainer is free.") % {"number": run.pk}


def _be_sure_it_answers() -> None:
    """Raises soon where the broker is gone; Celery's own client would try again and again."""
    with Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=PATIENCE,
        socket_connect_timeout=PATIENCE,
        retry=Retry(NoBackoff(), 0),
    ) as broker:
        broker.ping()


def _send(run: ModelRun) -> None:
    patience = {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE}
    with current_app.connection_for_write(transport_options=patience) as connection:
        current_app.send_task(
            RETRAIN_TASK,
            args=[run.pk],
            connection=connection,
            retry=False,
            expires=MESSAGE_EXPIRES,
        )
