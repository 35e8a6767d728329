"""Which of a person's own events an item owes its place in their list to.

An event is named for an item only after its removal was tried: the score falls, and on the scale
of the items that compete for the same places it falls behind some of them. Pure arithmetic on
scores; `ml.serving` computes those.
"""

from __future__ import annotations

import numpy as np

from ml.snapshot import Floats

Cause = tuple[int, float]
"""An event's place in the history, and how much the item's score would fall without it."""


def named(
    events: np.ndarray, effects: Floats, scores: Floats, *, rows: int, n: int
) -> list[list[Cause]]:
    """For each of the first `rows` columns, its at most n causes, the strongest first.

    `events` (C,) were tried; `effects` (C, R) is how much lower the score of each item would be
    without them and `scores` (R,) are now. The other columns are the competitors.
    """
    without = scores - effects
    lost = _ahead(without, rows) - _ahead(scores[None], rows)  # (C, P) places
    beyond = effects[:, :rows] - effects.mean(axis=1, keepdims=True)
    order = np.lexsort((-beyond, -lost), axis=0)  # (C, P)
    return [
        [
            (int(events[at]), float(effects[at, row]))
            for at in order[:, row]
            if _counts(effects[at, row], lost[at, row])
        ][:n]
        for row in range(rows)
    ]


def _ahead(scores: Floats, rows: int) -> np.ndarray:
    """(C, R) -> (C, P): how many competitors each of the first items has before it."""
    return (scores[:, None, :] > scores[:, :rows, None]).sum(axis=2)


def _counts(effect: float, lost: int) -> bool:
    return effect > 0 and lost > 0
