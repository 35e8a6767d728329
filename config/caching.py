"""The shared cache, which is never worth an error page, and what a process remembers by itself.

Throttles, sign-in limits and whatever is the same for everybody are kept in Redis where there is
one. While it cannot be reached, nothing is found in it and nothing is kept: pages get slower, not
wrong. A failed try costs its timeout once; then nothing is tried for RETRY_SECONDS.
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha1
from itertools import count, islice
from threading import Lock
from typing import Any, ClassVar, NamedTuple, TypeVar

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError
from redis.retry import Retry

logger = logging.getLogger(__name__)
RETRY_SECONDS = 30.0
PATIENCE, TELL_AGAIN_SECONDS = 0.15, 5.0
"""Seconds that somebody who writes waits for Redis to be told, and until it is tried again."""
AT_ONCE, MOST_UNTOLD = 10_000, 200_000
"""So many keys are taken away in one step, and wait for one at most."""
COUNT = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
local said = {count, tonumber(redis.call('GET', KEYS[2]) or 0)}
for at = 3, #KEYS do
  local mark = redis.call('GET', KEYS[at])
  if not mark then mark = ARGV[2]; redis.call('SET', KEYS[at], mark, 'EX', ARGV[3]) end
  said[at] = mark
end
return said
"""
MARK_SECONDS = 86_400
"""A mark that nobody changed is another one after so long."""
COUNT_NAME = sha1(COUNT.encode(), usedforsecurity=False).hexdigest()
"""By which Redis knows a script that it has seen."""
Answer = TypeVar("Answer")


class Counted(NamedTuple):
    """What a request learns that is counted; `marks` is None while the cache is away."""

    so_far: int
    before: int
    marks: tuple[int, ...] | None


class OptionalRedisCacheClient(RedisCacheClient):
    """Asks Redis once, without retries, and knows what to say while it is away."""

    _retry_at: ClassVar[dict[str, float]] = {}
    """By server, for the whole process: every thread has a client of its own."""
    _client: Any
    _get_connection_pool: Any

    @property
    def retry_seconds(self) -> float:
        return RETRY_SECONDS

    def __init__(self, servers: list[str], **options: Any) -> None:
        super().__init__(servers, **{"retry": Retry(NoBackoff(), 0), **options})
        self._name = " ".join(servers)
        self._clients: dict[int, Any] = {}  # by their pool: making one takes longer than asking it

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        pool = self._get_connection_pool(write)
        if id(pool) not in self._clients:
            self._clients[id(pool)] = self._client(connection_pool=pool)
        return self._clients[id(pool)]

    def _ask(self, question: Callable[..., Answer], *args: Any, otherwise: Answer) -> Answer:
        if time.monotonic() < self._retry_at.get(self._name, 0.0):
            return otherwise
        try:
            return question(*args)
        except (RedisError, OSError) as error:
            self._retry_at[self._name] = time.monotonic() + self.retry_seconds
            logger.warning("the cache is away (%s); next try in %d s", error, self.retry_seconds)
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

    def count(self, keys: Sequence[str], seconds: int, new: int) -> Counted:
        said = (len(keys), *keys, seconds, new, MARK_SECONDS)

        def question() -> Counted:
            client = self.get_client(keys[0], write=True)
            try:
                found = client.evalsha(COUNT_NAME, *said)
            except NoScriptError:
                found = client.eval(COUNT, *said)
            so_far, before, *marks = map(int, found)
            return Counted(so_far, before, tuple(marks))

        return self._ask(question, otherwise=Counted(1, 0, None))


class TellingRedisCacheClient(OptionalRedisCacheClient):
    """Takes keys away: quickly or later, and knows by itself when Redis was away."""

    _untold: ClassVar[dict[str, dict[str, int]]] = defaultdict(dict)
    """By server, for the whole process: keys that are still to be taken away, the oldest first,
    with the number of the last wish."""
    _wishes: ClassVar[Iterator[int]] = count(1)
    _lock: ClassVar[Any] = Lock()

    @property
    def retry_seconds(self) -> float:
        return TELL_AGAIN_SECONDS

    def __init__(self, servers: list[str], **options: Any) -> None:
        patience = {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE}
        super().__init__(servers, **{**options, **patience})
        self._name = f"telling {self._name}"

    def delete_many(self, keys: Any) -> None:
        """These, and those that Redis could not be told before."""
        untold = self._untold[self._name]
        with self._lock:
            wish = next(self._wishes)
            untold.update(dict.fromkeys(keys, wish) if len(untold) < MOST_UNTOLD else {})
            wished = dict(islice(untold.items(), AT_ONCE))
        if not wished:
            return

        def told() -> bool:
            RedisCacheClient.delete_many(self, wished)
            return True

        if self._ask(told, otherwise=False):
            with self._lock:
                for key, wish in wished.items():
                    if untold.get(key) == wish:  # nobody wished it again meanwhile
                        del untold[key]

    def catch_up(self) -> None:
        if self._untold[self._name]:
            self.delete_many(())


class OptionalRedisCache(RedisCache):
    """Django's Redis cache, but one that may be away."""

    _servers: list[str]
    _options: dict[str, Any]

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = OptionalRedisCacheClient
        self._telling = TellingRedisCacheClient(self._servers, **self._options)

    def make_and_validate_key(self, key: str, version: int | None = None) -> str:
        """Any text will do, as no memcached is going to hold it."""
        return self.make_key(key, version=version)

    def count(
        self, key: str, beside: str, *, seconds: int, marks: Sequence[str], new: int
    ) -> Counted:
        """One more of `key`, which is kept so long from the first on; the number of `beside`; and
        what stands under `marks`: `new` where nothing did.

        One step for Redis, and one way there.
        """
        client: Any = self._cache
        self._telling.catch_up()
        keys = [self.make_and_validate_key(one) for one in (key, beside, *marks)]
        found: Counted = client.count(keys, seconds, new)
        return found

    def delete_quickly(self, keys: Iterable[str]) -> None:
        """These keys, for whoever has to answer somebody: no longer than PATIENCE. Where Redis does
        not answer by then, they go along with the next ones, or with what is counted next."""
        self._telling.delete_many([self.make_and_validate_key(key) for key in keys])


class ProcessMemory(LocMemCache):
    """Django's cache in a process's memory, but without copies: what is kept must not be changed.

    Copying a list of some thousand ids takes longer than most pages ask of the database.
    """

    _lock: Any
    _cache: Any
    _has_expired: Any
    _set: Any
    _delete: Any

    def make_and_validate_key(self, key: str, version: int | None = None) -> str:
        """Any text will do, as nothing else holds what is kept here."""
        return key if version is None else f"{version}:{key}"

    def add(
        self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        key = self.make_and_validate_key(key, version=version)
        with self._lock:
            if not self._has_expired(key):
                return False
            self._set(key, value, timeout)
            return True

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        key = self.make_and_validate_key(key, version=version)
        with self._lock:
            if self._has_expired(key):
                self._delete(key)
                return default
            self._cache.move_to_end(key, last=False)
            return self._cache[key]

    def set(
        self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:
        key = self.make_and_validate_key(key, version=version)
        with self._lock:
            self._set(key, value, timeout)

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        key = self.make_and_validate_key(key, version=version)
        with self._lock:
            if self._has_expired(key):
                self._delete(key)
                raise ValueError(f"Key {key!r} not found")
            value: int = self._cache[key] + delta
            self._cache[key] = value
            self._cache.move_to_end(key, last=False)
            return value
