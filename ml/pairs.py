"""How often, and how soon, items follow each other in people's histories. NumPy and SciPy only.

Made of a few items at a time, of each only the strongest links where there are very many, so that
memory stays within bounds whatever the number of events.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ml.snapshot import Floats, Snapshot

WINDOW, DISTANCE_DECAY = 10, 0.8
"""Pairs up to so many events apart count, each step further so much less."""
EVENTS_AT_ONCE = 200_000
MOST_LINKS = 50_000_000  # in the whole table


def followers(
    snapshot: Snapshot,
    *,
    decay: float = DISTANCE_DECAY,
    reverse: float = 1.0,
    by_column: Floats | None = None,
    most_links: int = MOST_LINKS,
) -> sparse.csr_array:
    """(I, I): how often each item (column) comes soon after another (row), or before it.

    The first after counts 1, the next `decay`, and so on; before, `reverse` of that. Columns are
    multiplied with `by_column` (I,). Of each row the strongest links are kept, as many as
    `most_links` allow all rows.
    """
    events, size = snapshot.events, len(snapshot.items)
    counts = np.bincount(events.item, minlength=size)
    order = np.argsort(events.item, kind="stable")
    ends = np.cumsum(counts)
    kept = max(1, most_links // max(size, 1))
    parts = [sparse.csr_array((0, size), dtype=np.float32)]
    first = 0
    while first < size:
        start = ends[first] - counts[first]
        last = max(first + 1, int(np.searchsorted(ends, start + EVENTS_AT_ONCE, side="right")))
        at = order[start : ends[last - 1]]
        part = _of(snapshot, at, decay, reverse, first, (last - first, size))
        if by_column is not None:
            part.data *= by_column[part.indices]
        parts.append(strongest(part, kept))
        first = last
    return sparse.csr_array(sparse.vstack(parts, format="csr"))


def _of(
    snapshot: Snapshot,
    at: NDArray[np.integer],
    decay: float,
    reverse: float,
    first: int,
    shape: tuple[int, int],
) -> sparse.csr_array:
    """The rows from `first` on, of which `at` are all events."""
    events = snapshot.events
    rows, columns, weights = [], [], []
    for distance in range(1, WINDOW + 1):
        for step, share in ((distance, 1.0), (-distance, reverse)):
            other = at + step
            near = (other >= 0) & (other < len(events))
            near[near] = events.user[other[near]] == events.user[at[near]]
            near[near] = events.item[other[near]] != events.item[at[near]]
            rows.append(events.item[at[near]] - first)
            columns.append(events.item[other[near]])
            weights.append(np.full(len(rows[-1]), share * decay ** (distance - 1), np.float32))
    cells = (np.concatenate(rows), np.concatenate(columns))
    table = sparse.csr_array((np.concatenate(weights), cells), shape=shape, dtype=np.float32)
    table.sum_duplicates()
    return table


def strongest(table: sparse.csr_array, most: int) -> sparse.csr_array:
    """At most so many of the largest values of each row; of equal ones the first."""
    lengths = np.diff(table.indptr)
    if not np.any(lengths > most):
        return table
    keep = np.ones(table.nnz, dtype=bool)
    for row in np.flatnonzero(lengths > most):
        begin, end = table.indptr[row], table.indptr[row + 1]
        keep[begin + np.argsort(-table.data[begin:end], kind="stable")[most:]] = False
    starts = np.concatenate([[0], np.cumsum(keep)])[table.indptr]
    return sparse.csr_array((table.data[keep], table.indices[keep], starts), shape=table.shape)
