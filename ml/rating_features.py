"""What is known of people and items before their ratings: what was met by whom, and content.

Which items somebody met says something of their taste, rated or not (the idea of SVD++, Koren
2008), and who met an item something of the item. Both come from one truncated SVD of the table of
events. `ml.ratings` calls this.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ml.rating_factors import Matrix
from ml.snapshot import ItemTable

MOST_TASTES = 50
ROWS_PER_TASTE = 15
"""People and items that each taste needs at least, since its weight is learned from them."""
MOST_NUMBERS = 6_000_000
"""Held for all people and items together, in features."""
POWER_STEPS = 6
HALF_KNOWN = 10.0
"""With as many events, half of what they say is believed."""
MOST_ATTRIBUTES = 1_000
LEAST_SHARED = 3
"""An attribute of fewer rated items is left out."""
CONTENT_RIDGE = 30.0


@dataclass(frozen=True)
class Features:
    people: Matrix  # (U, F): 1, tastes, count
    items: Matrix  # (I, F): 1, tastes, count
    tastes: Matrix  # (I, T) what an event with the item adds to a person's tastes
    shift: Matrix  # (T + 1,) mean of a person's tastes and log count
    scale: Matrix  # (T + 1,) and their standard deviation


def met_features(
    user: NDArray[np.integer], item: NDArray[np.integer], shape: tuple[int, int]
) -> Features:
    """From all events, whatever their kind."""
    starts = np.searchsorted(user, np.arange(shape[0] + 1))
    ones = np.ones(len(item))
    met = sparse.csr_array((ones, item.astype(np.int32), starts), shape=shape)
    each = np.maximum(np.diff(starts), 1).astype(np.float64)
    every = np.maximum(np.bincount(item, minlength=shape[1]), 1).astype(np.float64)
    table = sparse.csr_array(sparse.diags_array(each**-0.5) @ met @ sparse.diags_array(every**-0.5))
    active = min(len(np.unique(user)), len(np.unique(item)))
    most = min(MOST_TASTES, active // ROWS_PER_TASTE, MOST_NUMBERS // max(sum(shape), 1))
    left, right = _leading(table, most)
    tastes = every[:, None] ** -0.5 * right  # (I, T)
    raw = np.column_stack([(met @ tastes) * each[:, None] ** -0.5, np.log(each)])
    people, shift, scale = _standard(raw, np.diff(starts))
    weighed = met.T @ (each[:, None] ** -0.5 * left)  # (I, U) @ (U, T) -> (I, T)
    raw = np.column_stack([weighed * every[:, None] ** -0.5, np.log(every)])
    items, _, _ = _standard(raw, np.bincount(item, minlength=shape[1]))
    return Features(people, items, tastes, shift, scale)


def known_share(count: NDArray[np.integer] | int) -> NDArray[np.float64]:
    """How far the features of somebody with so many events are believed."""
    share: NDArray[np.float64] = np.asarray(count / (count + HALF_KNOWN))
    return share


def _standard(raw: Matrix, count: NDArray[np.integer]) -> tuple[Matrix, Matrix, Matrix]:
    """A constant 1, and `raw` with spread 1 in proportion to how many events tell of a row."""
    real = raw[count > 0]
    if not len(real):
        real = np.zeros((1, raw.shape[1]))
    shift, scale = real.mean(axis=0), real.std(axis=0)
    scale[scale < 1e-9] = np.inf
    own = (raw - shift) / scale * known_share(count)[:, None]
    return np.column_stack([np.ones(len(raw)), own]), shift, scale


def _leading(table: sparse.csr_array, rank: int) -> tuple[Matrix, Matrix]:
    """(U, at most rank) and (I, as many): leading singular vectors, by subspace iteration."""
    if rank < 1:
        return np.zeros((table.shape[0], 0)), np.zeros((table.shape[1], 0))
    rng = np.random.default_rng(0)
    right = _orthogonal(rng.normal(size=(table.shape[1], min(rank + 10, min(table.shape)))))
    for _ in range(POWER_STEPS):
        right = _orthogonal(table.T @ _orthogonal(table @ right))
    left = table @ right
    _, turn = np.linalg.eigh(left.T @ left)
    right = right @ turn[:, ::-1][:, :rank]
    left = table @ right
    return left / np.maximum(np.linalg.norm(left, axis=0), 1e-12), right


def _orthogonal(columns: Matrix) -> Matrix:
    """An orthonormal basis of what the columns span."""
    values, turn = np.linalg.eigh(columns.T @ columns)
    kept = values > 1e-9 * max(float(values[-1]), 1e-12)
    basis: Matrix = columns @ (turn[:, kept] / np.sqrt(values[kept]))
    return basis


def from_content(
    items: ItemTable, wanted: Matrix, rated: NDArray[np.integer]
) -> tuple[Matrix, Matrix]:
    """What attributes say of each item, (I, D), and the variance (D,) they leave.

    `wanted` (I, D) is what is believed of items with `rated` (I,) ratings.
    """
    content = _content(items, rated > 0)
    weight = known_share(rated)
    weighed = content.T @ sparse.diags_array(weight)  # (A, I)
    gram = (weighed @ content).toarray() + CONTENT_RIDGE * np.eye(content.shape[1])
    gram[0, 0] += 1e-6 - CONTENT_RIDGE
    expected: Matrix = content @ np.linalg.solve(gram, weighed @ wanted)
    left = (wanted - expected) ** 2
    return expected, weight @ left / max(float(weight.sum()), 1e-9)


def _content(items: ItemTable, rated: NDArray[np.bool_]) -> sparse.csr_array:
    """(I, A): 1, and the shared attributes, each item's of one length together."""
    size = len(items)
    flat = np.ones(len(items.attributes))
    shape = (size, len(items.attribute_names))
    table = sparse.csr_array((flat, items.attributes, items.attribute_starts), shape=shape)
    shared = np.asarray(rated @ table) if shape[1] else np.zeros(0)
    order = np.argsort(-shared, kind="stable")[:MOST_ATTRIBUTES]
    kept = table[:, np.sort(order[shared[order] >= LEAST_SHARED])]
    lengths = np.maximum(np.diff(kept.indptr), 1) ** -0.5
    constant = sparse.csr_array(np.ones((size, 1)))
    return sparse.csr_array(sparse.hstack([constant, sparse.diags_array(lengths) @ kept]))
