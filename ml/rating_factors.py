"""Factors of people and items behind ratings: variational Bayes, each side given the other.

A rating is an item's offset + a person's offset + the product of their factors + noise. Both sides
are normal, with a mean that is linear in what is known of the row before any rating (its features)
and a covariance that all rows of a side share; both, and the noise, are learned too, so nothing
has to be tuned. The equations are those of Lim and Teh, "Variational Bayesian approach to movie
rating prediction" (KDD Cup 2007), with regression on features as in Agarwal and Chen (KDD 2009).
`ml.ratings` calls this; people's factors are thrown away once the items' are known.

A row is [item's offset, person's offset, factors], (D,): the first is 1 for every person, the
second for every item.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Matrix = NDArray[np.float64]
ITERATIONS, MORE_ITERATIONS = 14, 5
"""At most, from nothing and from factors of nearly the same ratings."""
SETTLED = 2e-4
"""A smaller change of the noise, as a share of it, ends the iterations."""
RIDGE = 10.0
"""Of the regression on features, as imagined rows of weight 0."""
BLOCK = 20_000
"""Rows whose covariances are held at once."""
IMAGINED, IMAGINED_SPREAD = 10.0, 0.1
"""As many imagined rows with that variance stand beside the real ones of a side."""
IMAGINED_NOISE = 0.5
"""Variance of as many imagined ratings."""


@dataclass(frozen=True)
class Ratings:
    """Known ratings, in units of their standard deviation, from their mean."""

    by_person: sparse.csr_array  # (U, I)
    by_item: sparse.csr_array  # (I, U)

    @classmethod
    def of(
        cls, user: NDArray[np.integer], item: NDArray[np.integer], value: Matrix, shape: Any
    ) -> Ratings:
        """A pair that occurs twice counts twice; `user` is sorted."""
        starts = np.searchsorted(user, np.arange(shape[0] + 1))
        table = sparse.csr_array((value, item.astype(np.int32), starts), shape=shape)
        return cls(table, sparse.csr_array(table.T.tocsr()))


@dataclass(frozen=True)
class Side:
    """What is believed of all people, or of all items."""

    free: int  # the column that is learned of the two offsets
    fixed: int  # the one that is always 1
    mean: Matrix  # (n, D)
    variance: Matrix  # (n, D)
    moments: NDArray[np.float32]  # (n, D (D + 1) / 2) expected products of each two columns
    prior_mean: Matrix  # (n, D - 1) without the fixed column
    prior_precision: Matrix  # (D - 1, D - 1)
    weights: Matrix  # (F, D - 1) of the features


@dataclass(frozen=True)
class Factors:
    people: Side
    items: Side
    noise: float


def fit_factors(
    ratings: Ratings, people: Matrix, items: Matrix, *, rank: int, start: Factors | None = None
) -> Factors:
    """`people` (U, F) and `items` (I, F) are features; their first column is 1.

    People of `start` whose moments are all 0 are known only after the first step.
    """
    first = start or _start(people, items, rank)
    theirs, its, noise = first.people, first.items, first.noise
    is_known = start is not None and bool(np.any(theirs.moments))
    for step in range(MORE_ITERATIONS if start else ITERATIONS):
        learn = step > 0 or is_known
        products = _mask(ratings.by_person) @ its.moments
        before, noise = noise, _noise(ratings.by_person, products, theirs, its) if learn else noise
        theirs = _update(theirs, ratings.by_person, products, its, noise, people, learn=learn)
        products = _mask(ratings.by_item) @ theirs.moments
        its = _update(its, ratings.by_item, products, theirs, noise, items, learn=learn)
        if learn and abs(before - noise) < SETTLED * noise:
            break
    return Factors(theirs, its, noise)


def known_items(
    mean: Matrix, variance: Matrix, noise: float, *, people: Matrix, items: Matrix
) -> Factors:
    """A start from what is believed of items alone: mean and variance (I, D - 1), without the fixed
    column; features as in `fit_factors`."""
    width = mean.shape[1] + 1
    nobody = _start_side(people, width, fixed=0, rng=np.random.default_rng(0))
    side = _start_side(items, width, fixed=1, rng=np.random.default_rng(0))
    whole, spread = np.insert(mean, 1, 1.0, axis=1), np.insert(variance, 1, 0.0, axis=1)
    moments = _packed(whole, spread[:, :, None] * np.eye(width))
    return Factors(
        replace(nobody, moments=np.zeros_like(nobody.moments)),
        replace(side, mean=whole, variance=spread, moments=moments),
        noise,
    )


def _start(people: Matrix, items: Matrix, rank: int) -> Factors:
    rng = np.random.default_rng(rank)
    return Factors(
        _start_side(people, rank + 2, fixed=0, rng=rng),
        _start_side(items, rank + 2, fixed=1, rng=rng),
        noise=1.0,
    )


def _start_side(features: Matrix, width: int, *, fixed: int, rng: np.random.Generator) -> Side:
    count = len(features)
    mean = rng.normal(0, 0.1, size=(count, width))
    mean[:, 1 - fixed] = 0
    mean[:, fixed] = 1
    nothing = np.zeros((count, width))
    return Side(
        free=1 - fixed,
        fixed=fixed,
        mean=mean,
        variance=nothing,
        moments=_packed(mean, None),
        prior_mean=np.zeros((count, width - 1)),
        prior_precision=np.eye(width - 1) / IMAGINED_SPREAD,
        weights=np.zeros((features.shape[1], width - 1)),
    )


def _update(
    side: Side,
    table: sparse.csr_array,
    products: NDArray[np.float32],
    other: Side,
    noise: float,
    features: Matrix,
    *,
    learn: bool,
) -> Side:
    """One side from its ratings and what is believed of the other; then what all rows share."""
    count, width = side.mean.shape
    free = np.delete(np.arange(width), side.fixed)
    mean, variance = side.mean.copy(), np.zeros((count, width))
    moments = np.empty_like(side.moments)
    rated = np.diff(table.indptr) > 0
    spread = np.zeros((width - 1, width - 1))
    sums = table @ other.mean  # (n, N) @ (N, D) -> (n, D)
    for start in range(0, count, BLOCK):
        rows = slice(start, min(start + BLOCK, count))
        weight = _unpacked(products[rows], width)
        target = (sums[rows] - weight[:, side.fixed])[:, free] / noise
        target += side.prior_mean[rows] @ side.prior_precision
        precision = weight[:, free[:, None], free] / noise + side.prior_precision
        covariance = inverse(precision)
        mean[rows, free[0]] = 0
        mean[rows.start : rows.stop, free] = (covariance @ target[:, :, None])[:, :, 0]
        variance[rows.start : rows.stop, free] = np.einsum("nkk->nk", covariance)
        whole = np.zeros((len(covariance), width, width))
        whole[:, free[:, None], free] = covariance
        moments[rows] = _packed(mean[rows], whole)
        spread += covariance[rated[rows]].sum(axis=0)
    shared = (side.prior_mean, side.prior_precision, side.weights)
    if learn:
        shared = _prior(mean[:, free], spread, features, rated)
    return Side(side.free, side.fixed, mean, variance, moments, *shared)


def _prior(
    mean: Matrix, spread: Matrix, features: Matrix, rated: NDArray[np.bool_]
) -> tuple[Matrix, Matrix, Matrix]:
    """Means (n, D - 1), precision and weights of features that fit the rated rows best."""
    weights = ridge(features[rated], mean[rated])
    expected = features @ weights
    left = (mean - expected)[rated]
    imagined = IMAGINED * IMAGINED_SPREAD * np.eye(mean.shape[1])
    covariance = (left.T @ left + spread + imagined) / (len(left) + IMAGINED)
    return expected, inverse(covariance), weights


def inverse(matrix: Matrix) -> Matrix:
    return np.asarray(np.linalg.inv(matrix), dtype=np.float64)


def ridge(features: Matrix, wanted: Matrix, strength: float = RIDGE) -> Matrix:
    """(F, D): weights of features (n, F), whose first column, the constant, is hardly held."""
    held = np.full(features.shape[1], strength)
    held[0] = 1e-6
    return np.asarray(
        np.linalg.solve(features.T @ features + np.diag(held), features.T @ wanted),
        dtype=np.float64,
    )


def _noise(
    table: sparse.csr_array, products: NDArray[np.float32], people: Side, items: Side
) -> float:
    """The expected squared error of one rating."""
    twice = np.where(np.equal(*np.triu_indices(people.mean.shape[1])), 1.0, 2.0)
    square = float(np.einsum("np,np->p", products, people.moments, dtype=np.float64) @ twice)
    cross = float(np.sum(people.mean * (table @ items.mean)))
    own = float(table.data @ table.data)
    imagined = IMAGINED * IMAGINED_NOISE
    error = max(own - 2 * cross + square, 0.0) + imagined
    return float(error / (table.nnz + IMAGINED))


def _mask(table: sparse.csr_array) -> sparse.csr_array:
    ones = np.ones(table.nnz, dtype=np.float32)
    return sparse.csr_array((ones, table.indices, table.indptr), shape=table.shape)


def _packed(mean: Matrix, covariance: Matrix | None) -> NDArray[np.float32]:
    """The upper triangles of mean mean' + covariance."""
    first, second = np.triu_indices(mean.shape[1])
    products = mean[:, first] * mean[:, second]
    if covariance is not None:
        products += covariance[:, first, second]
    return products.astype(np.float32)


def _unpacked(products: NDArray[np.float32], width: int) -> Matrix:
    whole = np.empty((len(products), width, width))
    first, second = np.triu_indices(width)
    whole[:, first, second] = products
    whole[:, second, first] = products
    return whole
