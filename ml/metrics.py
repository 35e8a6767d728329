"""How good a ranked list or a predicted rating is: pure functions on arrays.

`ml.evaluate` calls them with lists that the shipped recommender made from the whole catalogue.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


def hits(ranked: NDArray[np.integer], targets: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Which places of a ranked list (P,) hold a target."""
    return np.isin(ranked, targets)


def ndcg(found: NDArray[np.bool_], *, targets: int, at: int) -> float:
    """Normalised discounted cumulative gain of a list, 1 where all targets stand first."""
    places = np.flatnonzero(found[:at])
    best = np.arange(min(targets, at))
    if not len(best):
        return 0.0
    return float(np.sum(1 / np.log2(places + 2)) / np.sum(1 / np.log2(best + 2)))


def recall(found: NDArray[np.bool_], *, targets: int, at: int) -> float:
    """The share of targets in the first `at` places, of those that fit there."""
    return float(np.count_nonzero(found[:at]) / min(targets, at)) if targets and at else 0.0


def coverage(recommended: NDArray[np.integer], *, items: int) -> float:
    """The share of the catalogue that appears in anyone's list."""
    return len(np.unique(recommended)) / items if items else 0.0


def rmse(predicted: Values, true: Values) -> float:
    return float(np.sqrt(np.mean((predicted - true) ** 2))) if len(true) else 0.0


def held(low: Values, high: Values, true: Values) -> float:
    """The share of intervals that hold the truth."""
    return float(np.mean((low <= true) & (true <= high))) if len(true) else 0.0


def standard_error(values: Values) -> float:
    """Of the mean of independent values; 0 for fewer than two."""
    return float(np.std(values, ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0
