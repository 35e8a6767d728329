"""What this process remembers by itself (`CACHES["local"]`), with no look for it in each thread."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.core.cache import caches


@cache
def local() -> Any:
    """The same for all threads: its content is guarded by a lock, and there is no connection."""
    return caches["local"]
