"""How good a ranked list or a predicted rating is: pure functions on arrays.

`ml.evaluate` calls them with lists that the shipped recommender made from the whole catalogue.
`counts` are how many events each item had in training (I,).
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


def popularity_percentiles(counts: NDArray[np.integer]) -> Values:
    """(I,): the share of the other items that an item beats by its count; ties count half.

    0 for the least popular item, 1 for the most popular one, and half on average, whatever the
    catalogue: so lists of random items have .5, and lists of hits have nearly 1.
    """
    ordered = np.sort(counts)
    below = np.searchsorted(ordered, counts, side="left")
    tied = np.searchsorted(ordered, counts, side="right") - below - 1
    return np.asarray((below + tied / 2) / max(len(counts) - 1, 1), dtype=np.float64)


def self_information(counts: NDArray[np.integer], *, people: int) -> Values:
    """(I,) bits: -log2 of the share of people who met an item, as if one more had met each.

    Novelty is its mean over a list (Castells, Hurley and Vargas 2015).
    """
    share = np.minimum((counts + 1) / (people + 1), 1)
    return np.asarray(-np.log2(share), dtype=np.float64)


def gini(counts: NDArray[np.integer]) -> float:
    """How unequal counts are: 0 where all are the same, nearly 1 where one has everything."""
    total, size = float(counts.sum()), len(counts)
    if not total:
        return 0.0
    ranks = 2 * np.arange(1, size + 1) - size - 1
    return float(np.sum(ranks * np.sort(counts)) / (size * total))


def rmse(predicted: Values, true: Values) -> float:
    return float(np.sqrt(np.mean((predicted - true) ** 2))) if len(true) else 0.0


def held(low: Values, high: Values, true: Values) -> float:
    """The share of intervals that hold the truth."""
    return float(np.mean((low <= true) & (true <= high))) if len(true) else 0.0


def held_by_level(low: Values, high: Values, true: Values, level: Values, *, parts: int) -> Values:
    """`held` in each of `parts` equally large groups, by rising `level`: alike if calibrated."""
    groups = np.array_split(np.argsort(level, kind="stable"), max(min(parts, len(true)), 1))
    return np.array([held(low[part], high[part], true[part]) for part in groups])


def interval_score(low: Values, high: Values, true: Values, *, share: float) -> Values:
    """What intervals that shall hold `share` of the truth cost: width, and a fine for each miss.

    The lower, the better; the right quantiles have the lowest (Gneiting and Raftery 2007).
    """
    missed = np.maximum(low - true, 0) + np.maximum(true - high, 0)
    return np.asarray(high - low + 2 / (1 - share) * missed, dtype=np.float64)


def standard_error(values: Values) -> float:
    """Of the mean of independent values; 0 for fewer than two."""
    return float(np.std(values, ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0
