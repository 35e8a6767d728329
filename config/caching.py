"""The shared cache, which is never worth an error page.

Throttles, sign-in limits and whatever is the same for everybody are kept in Redis where there is
one. While it cannot be reached, nothing is found in it and nothing is kept: pages get slower, not
wrong. A failed try costs its timeout once; then nothing is tried for RETRY_SECONDS.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

logger = logging.getLogger(__name__)
RETRY_SECONDS = 30.0
Answer = TypeVar("Answer")


class OptionalRedisCacheClient(RedisCacheClient):
    """Asks Redis once, without retries, and knows what to say while it is away."""

    _retry_at: ClassVar[dict[str, float]] = {}
    """By server, for the whole process: every thread has a client of its own."""

    def __init__(self, servers: list[str], **options: Any) -> None:
        super().__init__(servers, **{"retry": Retry(NoBackoff(), 0), **options})
        self._name = " ".join(servers)

    def _ask(self, question: Callable[..., Answer], *args: Any, otherwise: Answer) -> Answer:
        if time.monotonic() < self._retry_at.get(self._name, 0.0):
            return otherwise
        try:
            return question(*args)
        except (RedisError, OSError) as error:
            self._retry_at[self._name] = time.monotonic() + RETRY_SECONDS
            logger.warning("the cache is away (%s); next try in %d s", error, RETRY_SECONDS)
            return otherwise

    def get(self, key: Any, default: Any) -> Any:
        return self._ask(super().get, key, default, otherwise=default)

    def get_many(self, keys: Any) -> dict[Any, Any]:
        return self._ask(super().get_many, keys, otherwise={})

    def has_key(self, key: Any) -> bool:
        return self._ask(super().has_key, key, otherwise=False)

    def add(self, key: Any, value: Any, timeout: Any) -> bool:
        return self._ask(super().add, key, value, timeout, otherwise=True)

    def set(self, key: Any, value: Any, timeout: Any) -> None:
        self._ask(super().set, key, value, timeout, otherwise=None)

    def set_many(self, data: Any, timeout: Any) -> None:
        self._ask(super().set_many, data, timeout, otherwise=None)

    def touch(self, key: Any, timeout: Any) -> bool:
        return self._ask(super().touch, key, timeout, otherwise=False)

    def delete(self, key: Any) -> bool:
        return self._ask(super().delete, key, otherwise=False)

    def delete_many(self, keys: Any) -> None:
        self._ask(super().delete_many, keys, otherwise=None)

    def incr(self, key: Any, delta: Any) -> Any:
        return self._ask(super().incr, key, delta, otherwise=delta)

    def clear(self) -> bool:
        return self._ask(super().clear, otherwise=False)


class OptionalRedisCache(RedisCache):
    """Django's Redis cache, but one that may be away."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = OptionalRedisCacheClient
