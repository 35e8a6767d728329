"""One list out of two: team-draft interleaving (Radlinski, Kurup and Joachims, CIKM 2008). Pure.

Both sides pick by turns, each time the best of their own list that is not taken yet; who picks
first in a round is drawn by lot. What somebody opens counts for the side that picked it. Both sides
get as good places, so that a side that is opened more is the better one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

Thing = TypeVar("Thing", bound=Hashable)
FIRST, SECOND = 0, 1
EXACT = 12
"""The chance of a place is told for so many first places: at most 2 ** (EXACT / 2) ways there."""


def team_draft(
    first: Sequence[Thing], second: Sequence[Thing], *, n: int, flip: Callable[[], bool]
) -> list[tuple[Thing, int]]:
    """At most n things, none twice, each with the side that picked it.

    `flip` is asked once a round, and True where the first side begins.
    """
    drafted: list[tuple[Thing, int]] = []
    taken: set[Thing] = set()
    while len(drafted) < n:
        before = len(drafted)
        for side in (FIRST, SECOND) if flip() else (SECOND, FIRST):
            picked = _next((first, second)[side], taken)
            if picked is not None and len(drafted) < n:
                taken.add(picked)
                drafted.append((picked, side))
        if len(drafted) == before:
            break
    return drafted


def chances(
    first: Sequence[Thing], second: Sequence[Thing], *, n: int = EXACT
) -> list[dict[Thing, float]]:
    """For each of the first n places: how likely each thing stands there, over all draws.

    n is EXACT at most. The propensities of Horvitz and Thompson, for `off_policy`.
    """
    n = min(n, EXACT)
    places: list[dict[Thing, float]] = [defaultdict(float) for _ in range(n)]
    states: dict[frozenset[Thing], float] = {frozenset(): 1.0}
    while states:
        after: dict[frozenset[Thing], float] = defaultdict(float)
        for taken, chance in states.items():
            for order in ((first, second), (second, first)):
                now = set(taken)
                for own in order:
                    picked = _next(own, now)
                    if picked is None:
                        continue
                    if len(now) < n:
                        places[len(now)][picked] += chance / 2
                    now.add(picked)
                if len(taken) < len(now) < n:
                    after[frozenset(now)] += chance / 2
        states = dict(after)
    return [dict(place) for place in places]


def _next(own: Sequence[Thing], taken: set[Thing]) -> Thing | None:
    return next((thing for thing in own if thing not in taken), None)
