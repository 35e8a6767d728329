"""What the past of lists changes in the next: what was ignored steps back, what is new gets a try.

`weariness` says how tired somebody is of an item that was shown and not opened. `explore` gives a
bounded share of a list to items of which little is known, so that something gets known. Time and
randomness come in as arguments; `ml.taste` puts both together with the dials.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.ranking import Picks
from ml.rerank import Wide
from ml.snapshot import Rows, SnapshotError

TIRING = 3.0
"""After so many times shown and ignored, half of the most that can be."""
RECOVERY_DAYS = 7.0
"""A time that it was shown counts half as much so many days later."""
FEW_EVENTS = 10
"""An item with fewer events is new: its score is a guess."""
DOUBT = 1.0
"""How far the score of an item without events may be off, in standard deviations of scores."""

STEADY = 211
"""Ids that far apart get the same noise."""


@dataclass(frozen=True)
class Shown:
    """What somebody was shown and did not open, all (S,): rows, how often, how many days ago.

    A row may stand here several times, once for each day it was shown. Times need not be whole: a
    place that few people look at counts less. A row of -1, an unknown item, changes nothing.
    """

    rows: Rows
    times: NDArray[np.floating]
    days: NDArray[np.floating]

    def __post_init__(self) -> None:
        if not len(self.rows) == len(self.times) == len(self.days):
            raise SnapshotError("the arrays of what was shown differ in length")

    @classmethod
    def nothing(cls) -> Shown:
        return cls(np.empty(0, dtype=np.int32), np.empty(0), np.empty(0))


def weariness(shown: Shown, rows: Rows) -> Wide:
    """(P,) for rows (P,): 0 for what was not shown, towards 1 with each time, back with time."""
    fresh = shown.times * 0.5 ** (np.maximum(shown.days, 0) / RECOVERY_DAYS)  # (S,)
    seen = (rows[:, None] == shown.rows) @ fresh  # (P, S) @ (S,) -> (P,)
    return np.asarray(1 - 0.5 ** (seen / TIRING), dtype=np.float64)


def explore(
    listed: Picks,
    newcomers: Picks,
    events: NDArray[np.number],
    *,
    n: int,
    share: float,
    rng: np.random.Generator,
) -> Picks:
    """The first n of `listed`, at most `share` of the places given to newcomers.

    `events` (P,) says how many events each newcomer has: the fewer, the more its score, which is
    in standard deviations (`ml.rerank.standardised`), is doubted. A draw around it decides
    (Thompson 1933). Newcomers that are listed anyway count towards the share and stay. The first
    place stays, those given away are spread out. The same rng in the same state gives the same.
    """
    listed = Picks(listed.rows[:n], listed.scores[:n])
    is_listed = np.isin(newcomers.rows, listed.rows)
    free = np.flatnonzero(~is_listed)
    count = _places(len(listed), len(free), n=n, share=share, taken=int(is_listed.sum()))
    if not count:
        return listed
    drawn = doubted(newcomers.scores, events, rng.standard_normal(len(newcomers)))
    tried = free[np.argsort(-drawn[free], kind="stable")[:count]]
    size = min(n, len(listed) + count)
    is_tried = np.zeros(size, dtype=bool)
    is_tried[spread(size, count)] = True
    rows, scores = np.empty(size, dtype=np.int32), np.empty(size, dtype=np.float32)
    rows[is_tried], scores[is_tried] = newcomers.rows[tried], newcomers.scores[tried]
    kept = size - count
    rows[~is_tried], scores[~is_tried] = listed.rows[:kept], listed.scores[:kept]
    return Picks(rows, scores)


def doubted(scores: NDArray[np.floating], events: NDArray[np.number], noise: Wide) -> Wide:
    """(P,) draws around the scores: the fewer events say something, the further they may lie."""
    return np.asarray(scores + DOUBT / np.sqrt(1 + events.astype(np.float64)) * noise)


def steady_noise(seed: int, ids: NDArray[np.integer]) -> Wide:
    """(P,) of a standard normal distribution: the same for the same seed and id, whatever else."""
    table = np.random.default_rng(seed).standard_normal(STEADY)
    return np.asarray(table[ids % STEADY])


def spread(size: int, count: int) -> NDArray[np.int64]:
    """Places (count,) in a list of `size`, at even distances; never the first one."""
    return 1 + ((np.arange(count) + 0.5) * (size - 1) / count).astype(np.int64)


def _places(listed: int, free: int, *, n: int, share: float, taken: int) -> int:
    """How many newcomers may come in: never more than the share, nor the first place."""
    for count in range(min(free, int(share * n + 1e-9) - taken), 0, -1):
        size = min(n, listed + count)
        if count + taken <= share * size + 1e-9 and count < size:
            return count
    return 0
