"""Which of a person's own events an item owes its place in their list to.

An event is named for an item only after its removal was tried and the score fell; first of all one
without which it falls behind some of the items that compete for the same places. Pure arithmetic
on scores; `ml.serving` computes those.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml.snapshot import Floats

Cause = tuple[int, float]
"""An event's place in the history, and how much the item's score would fall without it."""


def named(
    events: NDArray[np.integer], effects: Floats, scores: Floats, *, rows: int, n: int
) -> list[list[Cause]]:
    """For each of the first `rows` columns, its at most n causes, the strongest first.

    `events` (C,) were tried; `effects` (C, R) is how much lower the score of each item would be
    without them and `scores` (R,) are now. The other columns are the competitors. Where no event
    costs an item a place, the fewest are named that do so together, if their effects add up; and
    where these do not either, because it is far ahead, those that moved it most.
    """
    places = _ahead(scores[None], rows)  # (1, P)
    lost = _ahead(scores - effects, rows) - places  # (C, P)
    beyond = effects[:, :rows] - effects.mean(axis=1, keepdims=True)
    order = np.lexsort((-beyond, -lost), axis=0)  # (C, P)
    causes = []
    for row in range(rows):
        ranked = order[effects[order[:, row], row] > 0, row]
        found = ranked[lost[ranked, row] > 0]
        if not len(found):
            without = scores - np.cumsum(effects[ranked[:n]], axis=0)
            cost = _ahead(without, rows)[:, row] > places[0, row]
            found = ranked[: np.argmax(cost) + 1] if np.any(cost) else ranked
        causes.append([(int(events[at]), float(effects[at, row])) for at in found[:n]])
    return causes


def _ahead(scores: Floats, rows: int) -> NDArray[np.int64]:
    """(C, R) -> (C, P): how many competitors each of the first items has before it."""
    return np.asarray(np.count_nonzero(scores[:, None, :] > scores[:, :rows, None], axis=2))
