"""Made-up people who click as positions and their taste let them, and rankers of known quality.

A session is one list that a person is shown. They examine position k with chance k ** -BIAS, and
open what they examine with a chance that grows with how much they like it (the position-based
model); some people open ten times as much as others. A ranker orders items by what the person
likes, seen through noise: the less noise, the better the ranker, by construction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ITEMS, SHOWN, BIAS = 60, 12, 0.7
Floats = NDArray[np.float64]
EXAMINED: Floats = np.arange(1, SHOWN + 1) ** -BIAS


@dataclass(frozen=True)
class Sessions:
    """S sessions: how much each item is liked, and each ranker's best items."""

    liked: Floats  # (S, I), chance to open what is examined
    lists: NDArray[np.int64]  # (R, S, SHOWN)

    @classmethod
    def made_up(
        cls,
        rng: np.random.Generator,
        noises: Sequence[float],
        *,
        people: int,
        each: int = 1,
        items: int = ITEMS,
    ) -> Sessions:
        """`each` sessions of every person, one after another; a noise for each ranker."""
        size = (people * each, items)
        taste = np.repeat(rng.normal(size=(people, items)), each, axis=0)
        eagerness = np.repeat(np.clip(rng.gamma(0.7, 1.4, (people, 1)), 0.05, 4.0), each, axis=0)
        liked = np.clip(eagerness / (1 + np.exp(2.2 - 1.5 * taste)), 0.0, 0.95)
        lists = np.stack(
            [
                np.argsort(-(taste + noise * rng.normal(size=size)), axis=1)[:, :SHOWN]
                for noise in noises
            ]
        )
        return cls(liked, lists)

    def expected(self, ranker: int) -> Floats:
        """(S,): how many items are opened, on average."""
        rows = np.arange(len(self.liked))[:, None]
        return np.asarray((self.liked[rows, self.lists[ranker]] * EXAMINED).sum(axis=1))

    def opened(self, rng: np.random.Generator, shown: NDArray[np.int64]) -> NDArray[np.bool_]:
        """(S, K): what people open of lists (S, K)."""
        rows = np.arange(len(self.liked))[:, None]
        chance = self.liked[rows, shown] * EXAMINED[: shown.shape[1]]
        return np.asarray(rng.random(chance.shape) < chance)
