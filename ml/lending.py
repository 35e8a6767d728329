"""What is said of items that nobody met: what is said of the known items most like them.

Rules and the network's item vectors learn from events, so a new item has nothing of its own. Here
it borrows from its closest neighbours by content, in proportion to their closeness. SciPy only.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ml.pairs import MOST_LINKS, strongest
from ml.snapshot import Floats, Snapshot
from ml.sparse import from_arrays, to_arrays

Arrays = dict[str, NDArray[Any]]
LENDERS = 60  # known items that one new item borrows from
MOST_LENDERS = 20_000  # the most known ones, where there are so many
ROWS_AT_ONCE = 20_000_000  # cells of likeness held at a time
BLOCK = 2_000  # items whose links are lent at a time


def lending(
    snapshot: Snapshot, content: sparse.csr_array, *, without: NDArray[np.bool_] | None = None
) -> sparse.csr_array | None:
    """`lenders` to all items that nobody met, and to those of `without` (I,) as if nobody had.

    None where there are none, or where nothing is known of any item.
    """
    counts = np.bincount(snapshot.events.item, minlength=len(snapshot.items))
    if without is not None:
        counts[without] = 0
    return None if counts.all() or not counts.any() else lenders(content, counts)


def lenders(content: sparse.csr_array, counts: NDArray[np.integer]) -> sparse.csr_array:
    """(I, I): an item with events, `counts` (I,), stands for itself; a new one is a mean of those
    most like it by `content` (I, F), or nothing where it does not say which these are."""
    size = len(counts)
    fresh, known = np.flatnonzero(counts == 0), np.flatnonzero(counts)
    rows, columns, shares = [known], [known], [np.ones(len(known), dtype=np.float32)]
    known = np.sort(known[np.argsort(-counts[known], kind="stable")[:MOST_LENDERS]])
    step = max(1, ROWS_AT_ONCE // max(len(known), 1))
    for at in range(0, len(fresh) if len(known) else 0, step):
        part = fresh[at : at + step]
        near = (content[part] @ content[known].T).toarray()  # (n, F) @ (F, K) -> (n, K)
        best, share = strongest_lenders(near, most=LENDERS)
        rows.append(np.repeat(part, best.shape[1]))
        columns.append(known[best].ravel())
        shares.append(share.ravel())
    cells = (np.concatenate(rows), np.concatenate(columns))
    table = sparse.csr_array((np.concatenate(shares), cells), shape=(size, size))
    table.eliminate_zeros()
    return table


def strongest_lenders(near: Floats, *, most: int) -> tuple[NDArray[np.int64], Floats]:
    """Of likenesses (n, K) the at most `most` largest of each row: columns and shares (n, most).

    Shares are in proportion to likeness and add up to 1, or are all 0 where nothing is alike.
    """
    best = np.argpartition(-near, min(most, near.shape[1]) - 1, axis=1)[:, :most]
    share = np.take_along_axis(near, best, axis=1)
    share /= np.maximum(share.sum(axis=1, keepdims=True), 1e-12)
    return best, share


def borrowed(near: Floats, *, most: int) -> sparse.csr_array:
    """(n, K): each new item as a mean of the known ones most like it, by likeness (n, K)."""
    best, share = strongest_lenders(near, most=most)
    cells = (np.repeat(np.arange(len(near)), best.shape[1]), best.ravel())
    table = sparse.csr_array((share.ravel(), cells), shape=near.shape)
    table.eliminate_zeros()
    return table


def lent(arrays: Arrays, table: sparse.csr_array) -> Arrays:
    """An item-item rule's arrays, of which new items got their share (and lost what they had)."""
    if "dense" in arrays:
        return _lent_dense(arrays, table)
    size = table.shape[0]
    links = from_arrays(arrays, columns=size)
    parts = []
    for at in range(0, size, BLOCK):
        part = sparse.csr_array(table[at : at + BLOCK] @ links @ table.T)
        rows = np.repeat(np.arange(at, at + part.shape[0]), np.diff(part.indptr))
        part.data[part.indices == rows] = 0  # nothing follows itself
        part.eliminate_zeros()
        parts.append(strongest(part, max(1, MOST_LINKS // size)))
    return {**arrays, **to_arrays(sparse.csr_array(sparse.vstack(parts, format="csr")))}


def _lent_dense(arrays: Arrays, table: sparse.csr_array) -> Arrays:
    own = table.diagonal()[arrays["rows"]] > 0
    rows: NDArray[np.int32] = arrays["rows"][own]
    borrowed = table[:, rows]  # (I, n)
    fresh = np.setdiff1d(np.flatnonzero(np.diff(borrowed.indptr)), rows)
    weights: Floats = arrays["dense"] if own.all() else arrays["dense"][np.ix_(own, own)]
    share = borrowed[fresh]  # (f, n)
    right = np.ascontiguousarray((share @ weights.T).T)  # (n, f): what is said of new items
    both = np.sort(np.concatenate([rows, fresh]))
    old, new = np.searchsorted(both, rows), np.searchsorted(both, fresh)
    dense = np.empty((len(both), len(both)), dtype=np.float32)
    dense[np.ix_(old, old)] = weights
    dense[np.ix_(old, new)] = right
    dense[np.ix_(new, old)] = share @ weights  # what they say
    dense[np.ix_(new, new)] = share @ right
    np.fill_diagonal(dense, 0)
    return {**arrays, "rows": both.astype(np.int32), "dense": dense}
