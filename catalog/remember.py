"""What a process may remember for a while: counts that pages show and nobody needs exactly."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from catalog.local import local

T = TypeVar("T")
SECONDS = 60


def remembered(name: str, make: Callable[[], T], *, seconds: int = SECONDS) -> T:
    """What `make` gave within the last minute, or so many seconds; made now if it is older."""
    known: T | None = local().get(name)
    if known is None:
        known = make()
        local().set(name, known, seconds)
    return known
