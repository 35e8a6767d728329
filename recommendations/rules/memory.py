"""The rules in force as a process remembers them, at most FRESH_SECONDS old.

`recommendations.rules.force` finds them out; whoever changes one makes this process forget. The
query for the live model says, by the way, whether there is any rule at all: a site without rules
asks nothing more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.cache import caches

FRESH_SECONDS = 60
KEY = "recommendations:rules"


def recall() -> Sequence[Any] | None:
    """The compiled rules; None where they have to be found out."""
    known: Sequence[Any] | None = caches["local"].get(KEY)
    return known


def keep(rules: Sequence[Any]) -> None:
    caches["local"].set(KEY, list(rules), FRESH_SECONDS)


def forget() -> None:
    caches["local"].delete(KEY)


def note(*, are_there: bool) -> None:
    """What was just seen of the database: whether any rule holds or will."""
    if not are_there:
        keep(())
    elif not recall():
        forget()
