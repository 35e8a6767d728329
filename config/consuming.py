"""A part of each Celery worker that tells Redis which queues it consumes, every few seconds.

It runs in the worker's main process, beside the pool, so that a worker whose pool trains for an
hour still says that it is there. `config.probes` and /metrics read it; Celery's own `inspect` would
take a second and a broadcast each time.
"""

from __future__ import annotations

import logging
from typing import Any

from celery import bootsteps
from celery.worker.consumer import Tasks
from redis.exceptions import RedisError

from recommendations import consumers

logger = logging.getLogger(__name__)


class SayAlive(bootsteps.StartStopStep):
    """Starts and stops with the consumer: also when the connection to the broker was lost."""

    requires = (Tasks,)

    def __init__(self, consumer: Any, **options: Any) -> None:
        super().__init__(consumer, **options)
        self._timer: Any = None
        self._failed = False

    def start(self, consumer: Any) -> None:
        self._say(consumer)
        self._timer = consumer.timer.call_repeatedly(
            consumers.SAID_EVERY, self._say, (consumer,), priority=10
        )

    def stop(self, consumer: Any) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def shutdown(self, consumer: Any) -> None:
        self.stop(consumer)
        try:
            consumers.say_gone(consumer.hostname, consuming=_queues_of(consumer))
        except (RedisError, OSError) as error:
            logger.info("could not say that this worker stops: %s", error)

    def _say(self, consumer: Any) -> None:
        """Nothing may go wrong here for the worker; what does is said once."""
        try:
            consumers.say_alive(consumer.hostname, consuming=_queues_of(consumer))
        except (RedisError, OSError) as error:
            if not self._failed:
                logger.warning("could not say that this worker is there: %s", error)
            self._failed = True
        else:
            self._failed = False


def _queues_of(consumer: Any) -> list[str]:
    return [queue.name for queue in consumer.task_consumer.queues]
