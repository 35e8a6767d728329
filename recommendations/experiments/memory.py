"""The experiments that run, as a process remembers them, at most FRESH_SECONDS old.

The query for the live model says, by the way, whether any runs at all (`note`): a site without
experiments asks nothing more. `recommendations.experiments.assignment` finds them out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.cache import caches

FRESH_SECONDS = 60
KEY = "recommendations:experiments"


def recall() -> Sequence[Any] | None:
    """The plans; None where they have to be found out."""
    known: Sequence[Any] | None = caches["local"].get(KEY)
    return known


def keep(plans: Sequence[Any]) -> None:
    caches["local"].set(KEY, tuple(plans), FRESH_SECONDS)


def forget() -> None:
    caches["local"].delete(KEY)


def note(*, are_there: bool) -> None:
    """What was just seen of the database: whether any experiment runs."""
    if not are_there:
        keep(())
    elif not recall():
        forget()
