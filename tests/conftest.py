"""What every test may rely on: empty caches, addresses, and nothing of the shell's in settings."""

from collections.abc import Iterator

import hypothesis
import pytest
from django.core.cache import caches
from django.urls import get_resolver
from django.utils import translation

from config.caching import OptionalRedisCacheClient
from tests.marks import no_shared_cache, shared_cache
from tests.servers import redis

# an example that a busy machine held up is no failure
hypothesis.settings.register_profile("tests", hypothesis.settings.default, deadline=None)
hypothesis.settings.load_profile("tests")


@pytest.fixture(scope="session", autouse=True)
def _patience() -> Iterator[None]:
    """A Redis that waits for a machine busy with other tests is not away."""
    with pytest.MonkeyPatch.context() as change:
        change.setattr("config.caching.PATIENCE", 20.0)
        change.setattr("catalog.view_buffer.PATIENCE", 20.0)
        yield


@pytest.fixture(scope="session", autouse=True)
def _addresses() -> None:
    """Made once, before a test changes settings that say which addresses there are."""
    assert get_resolver().url_patterns


@pytest.fixture(autouse=True)
def _empty_caches() -> Iterator[None]:
    yield
    OptionalRedisCacheClient._retry_at.clear()
    for cache in caches.all():
        cache.clear()


@pytest.fixture(scope="module")
def redis_server() -> Iterator[str]:
    with redis() as address:
        yield address


@pytest.fixture
def with_redis(redis_server: str) -> Iterator[None]:
    """Each request of the API knows the marks of the catalogue and of whoever asks."""
    with shared_cache(redis_server):
        yield


@pytest.fixture
def without_redis() -> Iterator[None]:
    """No request knows the catalogue's mark, so that each asks the database as often."""
    with no_shared_cache():
        yield


@pytest.fixture(autouse=True)
def _no_language() -> Iterator[None]:
    """A page that a test asked for in another language leaves that language behind."""
    yield
    translation.deactivate()
