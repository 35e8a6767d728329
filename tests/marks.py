"""A shared cache in Redis for tests: only there does a request learn the catalogue's mark."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.cache import cache, caches
from django.test import override_settings

from catalog import changes


@contextmanager
def shared_cache(server: str) -> Iterator[None]:
    shared = {"BACKEND": "config.caching.OptionalRedisCache", "LOCATION": f"{server}/2"}
    with override_settings(CACHES={**settings.CACHES, "default": shared}):
        cache.clear()
        caches["local"].clear()
        yield
        caches["local"].clear()
        caches["default"]._cache._get_connection_pool(write=True).disconnect()


def mark() -> int | None:
    return cache.get(changes.KEY)
