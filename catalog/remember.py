"""What a process may remember for a while: counts that pages show and nobody needs exactly."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.core.cache import caches

T = TypeVar("T")
SECONDS = 60


def remembered(name: str, make: Callable[[], T], *, seconds: int = SECONDS) -> T:
    """What `make` gave within the last minute, or so many seconds; made now if it is older."""
    known: T | None = caches["local"].get(name)
    if known is None:
        known = make()
        caches["local"].set(name, known, seconds)
    return known
