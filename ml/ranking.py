"""Scores to lists: the best rows first, masked ones never, equal scores in the order of rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.snapshot import Floats, Rows

MASKED = np.float32(-np.inf)


@dataclass(frozen=True)
class Picks:
    """A list: rows, best first, and their scores. Both have shape (P,)."""

    rows: Rows
    scores: Floats

    def __len__(self) -> int:
        return len(self.rows)


def mask(
    scores: Floats,
    *,
    exclude: NDArray[np.integer] | None = None,
    among: NDArray[np.bool_] | None = None,
) -> Floats:
    """A copy of scores (I,) in which excluded rows, and those not among, cannot be picked.

    An excluded row of -1, an item that the model does not know, excludes nothing.
    """
    masked = np.array(scores, dtype=np.float32)
    if exclude is not None and len(exclude):
        masked[exclude[exclude >= 0]] = MASKED
    if among is not None:
        masked[~among] = MASKED
    return masked


def best(scores: Floats, *, n: int) -> Picks:
    """The at most n best rows of masked scores (I,)."""
    n = min(max(n, 0), len(scores))
    if n == 0:
        return Picks(np.empty(0, dtype=np.int32), np.empty(0, dtype=np.float32))
    if n < len(scores):
        last = np.partition(scores, len(scores) - n)[len(scores) - n]
        above = np.flatnonzero(scores > last)
        ties = np.flatnonzero(scores == last)[: n - len(above)]
        rows = np.concatenate([above, ties])
    else:
        rows = np.arange(n)
    rows = rows[scores[rows] > MASKED]
    order = np.lexsort((rows, -scores[rows]))
    rows = rows[order].astype(np.int32)
    return Picks(rows, scores[rows])
