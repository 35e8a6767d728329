"""Addresses of items and covers, of which a page has a hundred: each is asked of Django once.

What stays the same in all of them is kept for each URL configuration and script prefix.
"""

from __future__ import annotations

import re
from functools import lru_cache

from django.urls import get_script_prefix, get_urlconf, reverse

STAND_INS = ("1000000007", "1000000009")
"""Stand in an address where a key and a version will stand; nothing else in it looks like this."""


def item_address(pk: int) -> str:
    before, after = _frame("catalog:item", 1, get_urlconf(), get_script_prefix())
    return f"{before}{pk}{after}"


def cover_address(pk: int, version: str) -> str:
    before, between, after = _frame("catalog:cover", 2, get_urlconf(), get_script_prefix())
    return f"{before}{pk}{between}{version}{after}"


@lru_cache(maxsize=64)
def _frame(name: str, holes: int, urlconf: str | None, prefix: str) -> list[str]:
    """An address in pieces, with a hole between each two; `prefix` is what `reverse` reads, too."""
    address = reverse(name, urlconf=urlconf, args=STAND_INS[:holes])
    return re.split("|".join(STAND_INS), address)
