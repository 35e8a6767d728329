"""The placements as a process remembers them, at most FRESH_SECONDS old.

`recommendations.placements.reading` reads them; whoever changes one makes this process forget. The
query for the live model says, by the way, how often any was changed: every other process sees a
change at its next page, and asks nothing more meanwhile. Where none was ever changed, the defaults
hold, and nothing is asked at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from catalog.local import local
from recommendations import remembered
from recommendations.placements.defaults import DEFAULTS

FRESH_SECONDS = 60
FRESH_SECONDS_UNSEEN = 5
"""Before there is a model, whose query says whether anything has changed."""
KEY = "recommendations:placements"


def recall() -> dict[str, Any] | None:
    """By name, what is placed how; None where it has to be read."""
    known: tuple[int, dict[str, Any]] | None = local().get(KEY)
    return known[1] if known else None


def keep(placed: Mapping[str, Any], *, revision: int, is_watched: bool) -> None:
    """`revision` is the sum of all rows'; `is_watched` where `note` will be told of changes."""
    seconds = FRESH_SECONDS if is_watched else FRESH_SECONDS_UNSEEN
    local().set(KEY, (revision, dict(placed)), seconds)


def forget() -> None:
    local().delete(KEY)
    remembered.note_change()


def note(*, revision: int) -> None:
    """What was just seen of the database: how often placements were changed, all together."""
    known: tuple[int, dict[str, Any]] | None = local().get(KEY)
    if known is not None and known[0] == revision:
        return
    if revision:
        forget()
    else:
        keep(DEFAULTS, revision=0, is_watched=True)
