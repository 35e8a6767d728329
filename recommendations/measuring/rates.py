"""Rates with how sure they are, and how much a position alone does. Pure arithmetic.

Whether somebody opens an item is taken for two things in a row: they examine its position, and they
like the item (the position-based model). The same item at several positions tells the two apart.
`examination` finds both by turns, each as the most likely given the other: the fit of a Poisson
model with one factor for each item and one for each position, where positions with little data
lean towards the one before.

Its limits: what is judged are positions that were really seen, so that it says what attention does
beyond that; an item must have been opened, and have stood at two positions at least, to tell
anything; and who was shown an item further up may have liked it better, which it takes for the
position's doing, so that corrected rates rather say too much than too little for low positions.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

Z = 1.959964
"""Between minus and plus this many deviations lie 95 % of a normal distribution."""
ROUNDS = 200
LEAN = 5.0
"""So many items weigh in as if a position were examined as the one before it is."""
LEAST_OPENED = 30
Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Rate:
    """So many of so many, and between which shares it truly lies, at 95 %."""

    count: int
    of: int

    @property
    def value(self) -> float | None:
        return self.count / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        return wilson(self.count, self.of) if self.of else None

    @property
    def percent(self) -> float | None:
        return None if self.value is None else 100 * self.value

    @property
    def low(self) -> float | None:
        return 100 * self.interval[0] if self.interval else None

    @property
    def high(self) -> float | None:
        return 100 * self.interval[1] if self.interval else None


def wilson(count: int, of: int, z: float = Z) -> tuple[float, float]:
    """Wilson's score interval (1927) of a share; it stays between 0 and 1, with few cases too."""
    share = count / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return max(0.0, middle - half), min(1.0, middle + half)


def examination(seen: Matrix, opened: Matrix) -> Matrix | None:
    """(K,): how much each position is examined, the first one being 1; None of too little data.

    Both are (I, K): how often each item was seen and opened at each position.
    """
    told = (opened.sum(axis=1) > 0) & ((seen > 0).sum(axis=1) > 1)
    seen, opened = seen[told], opened[told]
    if opened.sum() < LEAST_OPENED or (opened.sum(axis=0) > 0).sum() < 2:
        return None
    factors = np.ones(seen.shape[1])
    at_position, of_item = opened.sum(axis=0), opened.sum(axis=1)
    for _ in range(ROUNDS):
        liked = of_item / (seen @ factors)  # (I, K) @ (K,) -> (I,)
        expected = liked @ seen  # (I,) @ (I, K) -> (K,)
        before = np.concatenate(([1.0], factors[:-1]))
        new = (at_position + LEAN * before) / (expected + LEAN)
        new /= new[0]
        if np.abs(new - factors).max() < 1e-9:
            break
        factors = new
    return factors
