"""Events as the network reads them: codes, windows and batches. NumPy only.

`ml.train` calls this and keeps TensorFlow to the network itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import svds

from ml.encoding import Codes, event_gaps, level_codes
from ml.pairs import DISTANCE_DECAY, followers
from ml.snapshot import Floats, Snapshot

Index = NDArray[np.int64]
BUCKETS = (8, 16, 32, 64, 100, 150, 200)
"""Lengths to which windows are padded, so that those of a batch are equal."""
DENSE = 500  # rows or columns, up to which all singular values are computed ...
EXACT = 30_000  # ... and up to which the largest are computed exactly
SPARE, POWERS = 10, 3  # past these: how many more than asked for are followed, and how far
MOST_COUNTED = 2_500_000  # events, of random people, whose meetings are counted
COUNT_POWER = 0.75  # of an item's count, in how surprising it is that two items meet


@dataclass(frozen=True)
class Inputs:
    """Per event: the codes that the network reads. All (N,)."""

    item: Codes
    kind: Codes
    level: Codes
    gap: Codes


def make_inputs(snapshot: Snapshot, *, ordered: bool) -> Inputs:
    """`ordered` False: times between events mean nothing."""
    events = snapshot.events
    gap = event_gaps(events) if ordered else np.zeros(len(events), dtype=np.int32)
    level = level_codes(events.stars, snapshot.scale)
    return Inputs(events.item, events.kind.astype(np.int32), level, gap)


def windows(lengths: Index, limit: int, rng: np.random.Generator) -> Index:
    """(W, 3) user, first, end: each history in parts of at most `limit`, cut anew each time."""
    rows: list[tuple[int, int, int]] = []
    for user, length in enumerate(lengths.tolist()):
        first = length if length <= limit else int(rng.integers(1, limit + 1))
        cuts = [0, *range(first, length, limit), length]
        rows += [(user, a, b) for a, b in zip(cuts, cuts[1:], strict=False) if a < b]
    return np.array(rows, dtype=np.int64).reshape(-1, 3)


def batches(
    snapshot: Snapshot,
    *,
    history: int,
    positions: int,
    rng: np.random.Generator,
    ordered: bool = True,
) -> Iterator[tuple[Index, Index]]:
    """One pass: pairs (B, T) of event rows, what is read and what it is to predict.

    -1 in the first is the start, before anyone's first event; -1 in the second is a filler. Where
    the order means nothing, events get a new one in each pass.
    """
    offsets = snapshot.offsets
    parts = windows(np.diff(offsets), history, rng)
    order = None if ordered else shuffled_within(offsets, rng)
    edges = np.array([*(bucket for bucket in BUCKETS if bucket < history), history])
    lengths = edges[np.searchsorted(edges, parts[:, 2] - parts[:, 1])]
    groups: list[tuple[int, Index]] = []
    for length in np.unique(lengths).tolist():
        rows = rng.permutation(np.flatnonzero(lengths == length))
        size = max(1, positions // length)
        groups += [(length, rows[at : at + size]) for at in range(0, len(rows), size)]
    for number in rng.permutation(len(groups)):
        length, rows = groups[number]
        user, first, end = parts[rows].T[:, :, None]
        target = offsets[user] + first + np.arange(length)
        is_filler = target >= offsets[user] + end
        before = np.where(is_filler | (target == offsets[user]), -1, target - 1)
        target = np.where(is_filler, -1, target)
        if order is not None:
            before = np.where(before < 0, -1, order[before])
            target = np.where(target < 0, -1, order[target])
        yield before, target


def batch_count(snapshot: Snapshot, *, history: int, positions: int) -> int:
    """About how many batches a pass has."""
    rng = np.random.default_rng(0)
    return sum(1 for _ in batches(snapshot, history=history, positions=positions, rng=rng))


def shuffled_within(offsets: Index, rng: np.random.Generator) -> Index:
    """(N,): each person's events in random order."""
    user = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    return np.lexsort((rng.random(int(offsets[-1])), user))


def factors(matrix: sparse.csr_array, width: int) -> Floats:
    """(I, width): a matrix in as few numbers a row, U sqrt(S) of its largest singular values.

    Rows that are all zero stay zero; where the matrix has fewer dimensions the rest is zero.
    """
    rows, columns = matrix.shape
    result = np.zeros((rows, width), dtype=np.float32)
    rank = min(width, rows - 1, columns - 1)
    if rank < 1 or matrix.nnz == 0:
        return result
    rng = np.random.default_rng(0)  # so that a matrix always has the same factors
    if min(rows, columns) <= DENSE:
        left, values, _ = np.linalg.svd(matrix.toarray().astype(np.float64), full_matrices=False)
    elif min(rows, columns) <= EXACT:
        start = rng.normal(size=min(rows, columns))
        left, values, _ = svds(matrix.astype(np.float64), k=rank, v0=start)
    else:
        left, values = sketched(matrix.astype(np.float32), rank, rng)
    order = np.argsort(-values, kind="stable")[:rank]
    result[:, :rank] = left[:, order] * np.sqrt(np.maximum(values[order], 0))
    return result


def sketched(
    matrix: sparse.csr_array, rank: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Left singular vectors (I, rank) and values (rank,), about: by subspace iteration from a
    random start (Halko, Martinsson and Tropp 2011)."""
    wide = rng.standard_normal((matrix.shape[1], rank + SPARE), dtype=np.float32)
    for _ in range(POWERS):
        tall, _ = np.linalg.qr(matrix @ wide)
        wide, _ = np.linalg.qr(matrix.T @ tall)
    left, values, _ = np.linalg.svd(matrix @ wide, full_matrices=False)
    return left[:, :rank], values[:rank]


def meeting_factors(snapshot: Snapshot, width: int) -> Floats:
    """(I, width) items that meet in histories more often than by chance lie close.

    Factors of the positive pointwise mutual information of items that are few events apart,
    nearer ones counting more: what a network would otherwise need its first passes to find.
    """
    some = snapshot.of_some_people(MOST_COUNTED, seed=0)
    met = followers(some, decay=DISTANCE_DECAY if snapshot.has_times else 1.0).tocoo()
    counts = np.asarray(met.sum(axis=1)).ravel() + 1e-9
    flat = counts**COUNT_POWER
    chance = counts[met.coords[0]] * flat[met.coords[1]] / flat.sum()
    surprise = np.maximum(np.log(np.maximum(met.data, 1e-12) / chance), 0)
    table = sparse.csr_array((surprise, met.coords), shape=met.shape)
    table.eliminate_zeros()
    return factors(table, width)
