"""What every test may rely on: empty caches, and nothing of the shell's in the settings."""

from collections.abc import Iterator

import pytest
from django.core.cache import caches
from django.utils import translation


@pytest.fixture(autouse=True)
def _empty_caches() -> Iterator[None]:
    yield
    for cache in caches.all():
        cache.clear()


@pytest.fixture(autouse=True)
def _no_language() -> Iterator[None]:
    """A page that a test asked for in another language leaves that language behind."""
    yield
    translation.deactivate()
