"""Pure functions that reorder a list after it was scored; nothing is added to it."""

from __future__ import annotations

import numpy as np

from ml.ranking import Picks
from ml.snapshot import Floats

POOL = 5
"""A diverse list of n is chosen from this many times n candidates."""


def diversify(candidates: Picks, likeness: Floats, *, n: int, diversity: float) -> Picks:
    """The at most n picks of maximal marginal relevance (Carbonell and Goldstein 1998).

    `likeness` (P, P) says how alike candidates are, 0 to 1; `diversity` 0 keeps the order, 1 only
    avoids likeness. The first stays first.
    """
    size = min(n, len(candidates))
    if size <= 1 or diversity <= 0:
        return Picks(candidates.rows[:size], candidates.scores[:size])
    low, high = float(candidates.scores.min()), float(candidates.scores.max())
    relevance = (candidates.scores - low) / max(high - low, 1e-12)
    chosen = [0]
    nearest = likeness[0].astype(np.float32)
    for _ in range(size - 1):
        value = (1 - diversity) * relevance - diversity * nearest
        value[chosen] = -np.inf
        chosen.append(int(np.argmax(value)))
        nearest = np.maximum(nearest, likeness[chosen[-1]])
    return Picks(candidates.rows[chosen], candidates.scores[chosen])
