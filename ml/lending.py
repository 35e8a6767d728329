"""What rules say of items that nobody met: what they say of the known items most like them.

A rule learns from events, so a new item has none of its links. Here it borrows those of its
closest neighbours by content, in proportion to their closeness. SciPy only.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ml.features import content_matrix
from ml.snapshot import Floats, ItemTable
from ml.sparse import from_arrays, to_arrays

Arrays = dict[str, NDArray[Any]]
LENDERS = 20  # known items that one new item borrows from
ROWS_AT_ONCE = 20_000_000  # cells of likeness held at a time


def lenders(items: ItemTable, met: NDArray[np.bool_]) -> sparse.csr_array:
    """(I, I): a met item stands for itself; a new one is a mean of the met ones most like it,
    or nothing where no content says which these are."""
    size = len(items)
    fresh = np.flatnonzero(~met)
    content = content_matrix(items)
    known = np.flatnonzero(met)
    rows, columns, shares = [known], [known], [np.ones(len(known), dtype=np.float32)]
    step = max(1, ROWS_AT_ONCE // max(len(known), 1))
    for at in range(0, len(fresh) if len(known) else 0, step):
        part = fresh[at : at + step]
        near = (content[part] @ content[known].T).toarray()  # (n, F) @ (F, K) -> (n, K)
        best = np.argsort(-near, axis=1, kind="stable")[:, :LENDERS]
        share = np.take_along_axis(near, best, axis=1)
        share /= np.maximum(share.sum(axis=1, keepdims=True), 1e-12)
        rows.append(np.repeat(part, best.shape[1]))
        columns.append(known[best].ravel())
        shares.append(share.ravel())
    cells = (np.concatenate(rows), np.concatenate(columns))
    table = sparse.csr_array((np.concatenate(shares), cells), shape=(size, size))
    table.eliminate_zeros()
    return table


def lent(arrays: Arrays, table: sparse.csr_array) -> Arrays:
    """An item-item rule's arrays, of which new items got their share."""
    if "dense" in arrays:
        return _lent_dense(arrays, table)
    links = from_arrays(arrays, columns=table.shape[0])
    links = sparse.csr_array(table @ links @ table.T)
    links.setdiag(0)
    links.eliminate_zeros()
    return {**arrays, **to_arrays(links)}


def _lent_dense(arrays: Arrays, table: sparse.csr_array) -> Arrays:
    rows: NDArray[np.int32] = arrays["rows"]
    borrowed = table[:, rows]  # (I, n)
    fresh = np.setdiff1d(np.flatnonzero(np.diff(borrowed.indptr)), rows)
    weights: Floats = arrays["dense"]
    share = borrowed[fresh]  # (f, n)
    right = (share @ weights.T).T  # (n, f): what is said of new items
    below = share @ np.concatenate([weights, right], axis=1)  # (f, n + f): what they say
    dense = np.concatenate([np.concatenate([weights, right], axis=1), below], axis=0)
    np.fill_diagonal(dense, 0)
    order = np.argsort(np.concatenate([rows, fresh]), kind="stable")
    return {
        **arrays,
        "rows": np.concatenate([rows, fresh])[order].astype(np.int32),
        "dense": np.ascontiguousarray(dense[np.ix_(order, order)], dtype=np.float32),
    }
