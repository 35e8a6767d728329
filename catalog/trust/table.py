"""Ratings as columns, checked when made."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalog.trust import thresholds as t

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class RatingTable:
    """N ratings by R people; raters and items are rows, counted from 0.

    `judged` are people who act here; simulated readers and those of an imported data set only say
    what is usual. `brought` ratings came with an archive of another site, all at once.
    """

    rater: NDArray[np.int64]  # (N,)
    item: NDArray[np.int64]  # (N,)
    stars: NDArray[np.float64]  # (N,)
    time: NDArray[np.float64]  # (N,) seconds; never before the rater came
    came: NDArray[np.float64]  # (R,) seconds
    judged: Flags  # (R,)
    brought: Flags  # (N,)

    def __post_init__(self) -> None:
        lengths = {len(c) for c in (self.rater, self.item, self.stars, self.time, self.brought)}
        if len(lengths) != 1 or len(self.came) != len(self.judged):
            raise ValueError(f"columns differ in length: {sorted(lengths)}")

    @classmethod
    def of(
        cls,
        rater: Any,
        item: Any,
        stars: Any,
        time: Any,
        *,
        came: Any,
        judged: Any = True,
        brought: Any = False,
    ) -> RatingTable:
        """Whoever says that they rated before they came is taken to have rated then."""
        raters, arrivals = np.asarray(rater, dtype=np.int64), np.asarray(came, dtype=np.float64)
        return cls(
            raters,
            np.asarray(item, dtype=np.int64),
            np.asarray(stars, dtype=np.float64),
            np.maximum(np.asarray(time, dtype=np.float64), arrivals[raters]),
            arrivals,
            np.broadcast_to(np.asarray(judged, dtype=bool), arrivals.shape),
            np.broadcast_to(np.asarray(brought, dtype=bool), raters.shape),
        )

    @cached_property
    def is_new(self) -> Flags:
        """(N,): whether the account was new when it rated."""
        made: Flags = self.time - self.came[self.rater] <= t.NEW_FOR
        return made

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """(R,)"""
        return np.bincount(self.rater, minlength=len(self.came))
