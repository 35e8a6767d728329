"""Who works off which queue, and how much waits in each: asked of Redis, within a second.

A worker's main process says every few seconds which queues it consumes (`config.celery` has it call
`say_alive`), also while its pool is busy with a task for an hour. Whoever asks reads what was said
lately; times are the Redis server's own, so that clocks of hosts need not agree. After a flush it
takes one such interval until all are known again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

SAID_EVERY = 5.0
"""Seconds between two signs of life of a consumer."""
GONE_AFTER = 16
"""Seconds without one after which it is not counted any more."""
PATIENCE = 1.0


def queues() -> list[str]:
    """Every queue that a task of this site may be sent to."""
    routed = {str(route["queue"]) for route in settings.CELERY_TASK_ROUTES.values()}
    return sorted(routed | {str(settings.CELERY_TASK_DEFAULT_QUEUE)})


def say_alive(name: str, *, consuming: Collection[str]) -> None:
    """The worker of this name consumes these queues now. Raises where Redis does not answer."""
    with _broker() as redis:
        now = _seconds(redis)
        with redis.pipeline(transaction=False) as pipe:
            for queue in consuming:
                pipe.zadd(_key(queue), {name: now})
                pipe.zremrangebyscore(_key(queue), "-inf", now - GONE_AFTER)
                pipe.expire(_key(queue), 10 * GONE_AFTER)
            pipe.execute()


def say_gone(name: str, *, consuming: Collection[str]) -> None:
    with _broker() as redis:
        for queue in consuming:
            redis.zrem(_key(queue), name)


def consumers() -> dict[str, list[str]]:
    """The names of the workers that consume each queue. Raises where Redis does not answer."""
    with _broker() as redis:
        since = _seconds(redis) - GONE_AFTER
        return {queue: _names(redis, queue, since=since) for queue in queues()}


def lengths() -> dict[str, int]:
    """How many messages wait in each queue. Raises where Redis does not answer."""
    with _broker() as redis:
        return {queue: int(redis.llen(queue)) for queue in queues()}


def ping() -> None:
    """Raises where Redis does not answer."""
    with _broker() as redis:
        redis.ping()


@contextmanager
def _broker() -> Iterator[Redis]:
    with Redis.from_url(
        settings.REDIS_URL,
        db=settings.REDIS_FIRST_DATABASE,
        socket_timeout=PATIENCE,
        socket_connect_timeout=PATIENCE,
        retry=Retry(NoBackoff(), 0),
    ) as redis:
        yield redis


def _names(redis: Redis, queue: str, *, since: int) -> list[str]:
    found: Any = redis.zrangebyscore(_key(queue), since, "+inf")
    return [name.decode() for name in found]


def _seconds(redis: Redis) -> int:
    return int(redis.time()[0])


def _key(queue: str) -> str:
    return f"catalogue:consumers:{queue}"
