"""Diverse lists: fewer items that are alike, for as little relevance as that can cost.

`ml.serving` and `ml.taste` call `diversify` with the best candidates and how alike they are. Pure
functions; nothing is added to the candidates. `benchmarks/reranking.py` measures what the two
methods cost, and docs/ranking.md says why `determinantal` is the one that is used.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ml.ranking import Picks
from ml.snapshot import Floats

POOL = 5
"""A diverse list of n is chosen from this many times n candidates."""
SHRINKAGE = 0.95
"""Keeps a matrix of likeness that is nearly singular, or not quite a kernel, well-behaved."""
LEAST = 1e-3
"""What is new in an item that says nothing new: the logarithm needs something."""

QUARTERS = (0.25, 0.5, 0.75)
"""What a diverse list is compared with, beside the plain one: less of the same must not be more
distant."""

Wide = NDArray[np.float64]
Choose = Callable[[Wide, Wide, int, float], list[int]]
"""(relevance (P,), likeness (P, P), n, diversity 0 to 1) -> places among the candidates."""


def standardised(values: NDArray[np.floating]) -> Wide:
    """(P,) with mean 0 and standard deviation 1; the unknown (NaN) are 0, and so are equal ones."""
    wide = values.astype(np.float64)
    known = ~np.isnan(wide)
    if not np.any(known):
        return np.zeros(len(wide))
    wide = np.where(known, wide - wide[known].mean(), 0.0)
    spread = np.sqrt(np.mean(wide[known] ** 2))
    rounding = 1e-6 * np.abs(values[known]).max()
    return wide / spread if spread > rounding else np.zeros(len(wide))


def determinantal(relevance: Wide, likeness: Wide, n: int, diversity: float) -> list[int]:
    """The greedy most likely set of a determinantal point process.

    Chen, Zhang and Zhou 2018 (arXiv 1709.05135): each step adds the candidate with the most
    (1 - diversity) * relevance + diversity * log(what is new in it), where what is new is 1 less
    what those before explain, kept up by one row of a Cholesky factor a step: O(P n^2) in all.
    """
    kernel = SHRINKAGE * likeness
    np.fill_diagonal(kernel, 1.0)
    factor = np.zeros((n, len(relevance)))
    new = np.ones(len(relevance))  # (P,) the squared diagonal of the factor
    chosen = [0]
    for step in range(n - 1):
        last = chosen[-1]
        row = (kernel[last] - factor[:step, last] @ factor[:step]) / np.sqrt(new[last])
        most = np.sqrt(new - LEAST)
        factor[step] = np.clip(row, -most, most)
        new -= factor[step] ** 2
        new = np.maximum(new, LEAST)
        value = (1 - diversity) * relevance + diversity * np.log(new)
        value[chosen] = -np.inf
        chosen.append(int(np.argmax(value)))
    return chosen


def marginal(relevance: Wide, likeness: Wide, n: int, diversity: float) -> list[int]:
    """Maximal marginal relevance (Carbonell and Goldstein 1998).

    Each step adds the candidate with the most (1 - diversity) * relevance - diversity * likeness
    to the nearest one before.
    """
    chosen = [0]
    nearest = likeness[0].copy()
    for _ in range(n - 1):
        value = (1 - diversity) * relevance - diversity * nearest
        value[chosen] = -np.inf
        chosen.append(int(np.argmax(value)))
        nearest = np.maximum(nearest, likeness[chosen[-1]])
    return chosen


def diversify(
    candidates: Picks,
    likeness: Floats,
    *,
    n: int,
    diversity: float,
    choose: Choose = determinantal,
) -> Picks:
    """The at most n of some candidates, best first, that are relevant and unlike each other.

    `likeness` (P, P) says how alike candidates are, from 0 to 1; `diversity` 0 keeps the order, 1
    only avoids likeness. The first stays first. Greedy steps may lead to a list that is more alike
    than the one for a lower setting, which is more relevant, too; then that one is taken. So from
    quarter to quarter, the mean distance never falls.
    """
    size = min(n, len(candidates))
    if size <= 1 or diversity <= 0:
        return Picks(candidates.rows[:size], candidates.scores[:size])
    relevance = standardised(candidates.scores)
    alike = np.clip((likeness + likeness.T) / 2, 0, 1).astype(np.float64)
    np.fill_diagonal(alike, 0.0)
    settings = [*(quarter for quarter in QUARTERS if quarter < diversity), diversity]
    lists = [list(range(size)), *(choose(relevance, alike, size, one) for one in settings)]
    places = min(lists, key=lambda own: round(float(alike[np.ix_(own, own)].sum()), 9))
    return Picks(candidates.rows[places], candidates.scores[places])
