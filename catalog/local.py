"""What this process remembers by itself, with no look for it in each thread."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.core.cache import caches


@cache
def local(name: str = "local") -> Any:
    """The same for all threads: its content is guarded by a lock, and there is no connection."""
    return caches[name]
