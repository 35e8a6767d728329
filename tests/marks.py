"""A shared cache in Redis for tests: only there does a request learn the catalogue's mark."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.cache import cache, caches
from django.test import override_settings

from catalog import changes


@contextmanager
def shared_cache(server: str) -> Iterator[None]:
    with _cached({"BACKEND": "config.caching.OptionalRedisCache", "LOCATION": f"{server}/2"}):
        yield
        caches["default"]._cache._get_connection_pool(write=True).disconnect()


@contextmanager
def no_shared_cache() -> Iterator[None]:
    """As on a site without Redis: no request knows the mark."""
    with _cached({"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}):
        yield


@contextmanager
def _cached(default: dict[str, str]) -> Iterator[None]:
    with override_settings(CACHES={**settings.CACHES, "default": default}):
        cache.clear()
        caches["local"].clear()
        caches["questions"].clear()
        yield
        caches["local"].clear()


def mark() -> int | None:
    return cache.get(changes.KEY)
