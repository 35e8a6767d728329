"""At what level items that nobody has met yet enter the lists.

What content says of a new item tells it less well from others than what people did tells known ones
apart, so its scores keep to the middle and none would ever be listed. How much is added to them is
chosen on known items that stand in for new ones: content learns nothing of them in training
(`ml.model`), and for the choice they have no id and no link but those that they borrow.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml.held_back import HeldBack
from ml.snapshot import Floats

MOST_STAND_INS = 0.2  # of the known items; otherwise as large a part as the new ones are of all
ENOUGH_TO_TELL = 20  # held-back events of stand-ins; fewer do not choose
LEVELS = np.linspace(-1, 3, 41)  # in units of how much a person's scores differ between items
ALMOST = 0.998
"""New items get the highest level at which lists are almost as good as at the best one: being met
is how they come to be known."""


def stand_ins(met: NDArray[np.bool_], *, seed: int) -> NDArray[np.bool_]:
    """(I,): some of the items that were met, where there are others that nobody met."""
    chosen = np.zeros(len(met), dtype=bool)
    known = np.flatnonzero(met)
    share = min(1 - len(known) / max(len(met), 1), MOST_STAND_INS)
    rng = np.random.default_rng(seed)
    chosen[rng.choice(known, round(share * len(known)), replace=False)] = True
    return chosen


def level_of_new(
    scores: Floats, back: HeldBack, *, stand_in: NDArray[np.bool_], met: NDArray[np.bool_]
) -> float:
    """What to add to the scores of new items: chosen on scores (B, I) in which stand-ins are new.

    0 where too few of the events to be found are of stand-ins.
    """
    sought = sum(int(np.count_nonzero(stand_in[items])) for items in back.wanted)
    if sought < ENOUGH_TO_TELL:
        return 0.0
    scores = np.where(met, scores, np.float32(-1e9))  # nobody can tell how good the new ones are
    spread = float(scores[:, met].std(axis=1).mean())
    levels = [float(level) * spread for level in LEVELS]
    shift = stand_in.astype(np.float32)
    found = [back.ndcg(scores + np.float32(level) * shift) for level in levels]
    return max(
        level for level, ndcg in zip(levels, found, strict=True) if ndcg >= ALMOST * max(found)
    )
