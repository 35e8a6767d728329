"""What goes with what, solved in one step: EASE, and companions for somebody's whole taste.

Dense matrices over the items that are met most, in NumPy and LAPACK.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse

from ml.snapshot import Rows, Snapshot, SnapshotError

EASE_ITEMS = 10_000  # the most that are solved for
EASE_STRENGTH = 30.0
BLOCK = 1024  # rows of its matrix that are copied at a time
WINDOWS = {10: 1 / 3, 30: 2 / 3, 100: 2 / 3}
"""Of so many events in a row, and what having met in one counts beside having met at all."""
HEAVY_POWER = 0.3
"""How much less each event of somebody with many of them counts there."""
COMPANIONS_STRENGTH, COMPANIONS_DROPOUT = 0.6, 0.5


def ease_weights(
    snapshot: Snapshot, *, strength: float | None = None
) -> tuple[Rows, NDArray[np.float32]]:
    """EASE (Steck 2019, arXiv 1905.03375): the rows (n,) it covers, and weights (n, n).

    It covers the EASE_ITEMS most popular items; a person counts once for each item.
    """
    kept = covered(snapshot)
    if not len(kept):
        return kept, np.zeros((0, 0), dtype=np.float32)
    events = snapshot.events
    seen = _met(events.user, events.item, len(snapshot.users), len(snapshot.items))[:, kept]
    gram = (seen.T @ seen).toarray()
    strength = ease_strength(seen) if strength is None else strength
    gram[np.diag_indices_from(gram)] += strength
    return kept, _least_squares(gram)


def companion_weights(snapshot: Snapshot) -> tuple[Rows, NDArray[np.float32]]:
    """What goes with what, for somebody's whole taste: the rows (n,) it covers, weights (n, n).

    EASE with the strength that stands for hiding half the events at random (EDLAE, Steck 2020),
    where items that were met close in time count as met more often, and somebody who met a great
    many counts less for each.
    """
    kept = covered(snapshot)
    if not len(kept):
        return kept, np.zeros((0, 0), dtype=np.float32)
    events, size = snapshot.events, len(snapshot.items)
    seen = _met(events.user, events.item, len(snapshot.users), size)[:, kept]
    strength = COMPANIONS_STRENGTH * ease_strength(seen)
    per_person = np.maximum(np.diff(seen.indptr), 1)
    gram = (seen.T @ sparse.diags_array(per_person**-HEAVY_POWER) @ seen).toarray()
    gram *= seen.nnz / np.trace(gram)
    gram = gram.astype(np.float32, copy=False)
    for length, share in WINDOWS.items() if snapshot.has_times else ():
        part = (np.arange(len(events)) - snapshot.offsets[events.user]) // length
        _, window = np.unique(np.stack([events.user, part]), axis=1, return_inverse=True)
        met = _met(window, events.item, int(window.max()) + 1, size)[:, kept]
        gram += np.float32(share) * (met.T @ met).toarray()
    hidden = COMPANIONS_DROPOUT / (1 - COMPANIONS_DROPOUT) * np.diag(gram)
    gram[np.diag_indices_from(gram)] += strength + hidden
    return kept, _least_squares(gram)


def covered(snapshot: Snapshot) -> Rows:
    """The EASE_ITEMS items that are met most."""
    counts = np.bincount(snapshot.events.item, minlength=len(snapshot.items))
    order = np.argsort(-counts, kind="stable")[:EASE_ITEMS]
    return np.sort(order[counts[order] > 0]).astype(np.int32)


def _met(row: NDArray[np.integer], item: Rows, rows: int, items: int) -> sparse.csr_array:
    """(rows, I): 1 where an item was met, however often."""
    cells = (np.ones(len(item), dtype=np.float32), (row, item))
    seen = sparse.csr_array(cells, shape=(rows, items))
    seen.sum_duplicates()
    seen.data[:] = 1
    return seen


def _least_squares(gram: NDArray[np.float32]) -> NDArray[np.float32]:
    """Weights that foretell each item from all others, from their regularised Gram matrix."""
    weights = _inverse(gram)
    weights /= -np.diag(weights).copy()
    np.fill_diagonal(weights, 0)
    return weights


def ease_strength(seen: sparse.csr_array) -> float:
    """The regularisation for this much data: more events an item, more of it."""
    people, items = seen.shape
    return float(np.clip(EASE_STRENGTH * np.sqrt(seen.nnz / max(items, 1)), 5, 1000))


def _inverse(gram: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of a symmetric, positive definite matrix, which is overwritten; by Cholesky."""
    factor, failed = linalg.lapack.spotrf(gram.T, lower=0, overwrite_a=1)
    if failed:
        raise SnapshotError(
            f"EASE's matrix of {len(gram)} items is singular ({failed}); use markov"
        )
    inverse: NDArray[np.float32]
    inverse, _ = linalg.lapack.spotri(factor, lower=0, overwrite_c=1)
    for at in range(0, len(inverse), BLOCK):  # the lower triangle from the upper one, in place
        end = at + BLOCK
        corner = np.triu(inverse[at:end, at:end])
        inverse[at:end, at:end] = corner + np.triu(corner, 1).T
        inverse[end:, at:end] = inverse[at:end, end:].T
    return inverse
