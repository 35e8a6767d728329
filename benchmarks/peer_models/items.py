"""Peers that know items and no people: popularity, what follows what, linear models, neighbours.

A person's scores are their history times an item-to-item matrix.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse

from ml import baselines
from ml.snapshot import Floats, Rows, Snapshot
from ml.split import Split
from peer_models.base import (
    FLAT,
    HISTORY_HALF_LIVES,
    Peer,
    Scores,
    met,
    popularity_of,
    read_histories,
)

MOST_ITEMS = 12_000
"""A dense item-to-item matrix covers only so many of the most popular items."""
TIE_BREAK = 1e-6


@dataclass(frozen=True)
class ItemItem:
    """score(i) = sum over what a person met, by its weight, of W[item, i]."""

    weights: Any  # (n, n) dense or sparse, over `rows`
    rows: Rows  # (n,)
    ties: Floats  # (I,)
    given: Snapshot

    def read(self, *, half_life: float | None) -> Scores:
        inputs = sparse.csr_array(read_histories(self.given, half_life)[:, self.rows])

        def score(users: NDArray[np.integer]) -> Floats:
            found = np.tile(self.ties * np.float32(TIE_BREAK), (len(users), 1))
            near = inputs[users] @ self.weights  # (B, n) @ (n, n) -> (B, n)
            found[:, self.rows] += near.toarray() if sparse.issparse(near) else near
            return found

        return Scores(score)


def popular(split: Split) -> Scores:
    return _same_for_all(popularity_of(split.train))


def recently_popular(split: Split, *, days: float) -> Scores:
    recent = baselines.popularity(split.train, half_life=days)
    return _same_for_all(recent + TIE_BREAK * popularity_of(split.train))


def _same_for_all(scores: Floats) -> Scores:
    return Scores(lambda users: np.broadcast_to(scores, (len(users), len(scores))))


def markov(split: Split, *, ordered: bool) -> ItemItem:
    rows = np.arange(len(split.train.items), dtype=np.int32)
    weights = baselines.transitions(split.train, ordered=ordered)
    return ItemItem(weights, rows, popularity_of(split.train), split.given)


def edlae(split: Split, *, strength: float, dropout: float = 0.0) -> ItemItem:
    """EDLAE (Steck 2020, arXiv 2011.04007) in closed form; without dropout, EASE.

    B = I - C / diag(C), C the inverse of X'X + strength + dropout / (1 - dropout) diag(X'X).
    """
    counts = np.bincount(split.train.events.item, minlength=len(split.train.items))
    rows = np.sort(np.argsort(-counts, kind="stable")[: min(MOST_ITEMS, np.count_nonzero(counts))])
    seen = met(split.train)[:, rows]
    gram = (seen.T @ seen).toarray()
    own = np.diag(gram).copy()
    gram[np.diag_indices_from(gram)] += strength + dropout / (1 - dropout) * own
    factor = linalg.cho_factor(gram, lower=True, overwrite_a=True, check_finite=False)[0]
    half, failed = linalg.lapack.spotri(factor, lower=1, overwrite_c=1)
    if failed:
        raise ValueError(f"the matrix of {len(rows)} items is singular; try more strength")
    weights = np.tril(half) + np.tril(half, -1).T
    weights /= -np.diag(weights).copy()
    np.fill_diagonal(weights, 0)
    return ItemItem(weights, rows.astype(np.int32), popularity_of(split.train), split.given)


def neighbours(split: Split, *, k: int, b: float) -> ItemItem:
    """implicit's item-kNN on BM25 weights."""
    from implicit.nearest_neighbours import BM25Recommender

    model = BM25Recommender(K=k, K1=1.2, B=b)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Method expects CSR")  # of its own weights
        model.fit(sparse.csr_matrix(met(split.train)), show_progress=False)
    rows = np.arange(len(split.train.items), dtype=np.int32)
    weights = sparse.csr_array(model.similarity, dtype=np.float32)
    return ItemItem(weights, rows, popularity_of(split.train), split.given)


EASE_GRID = {"": [{"strength": strength} for strength in (100.0, 300.0, 1000.0, 2500.0)]}
EDLAE_GRID = {
    "": [{"strength": s, "dropout": p} for s in (100.0, 300.0, 1000.0) for p in (0.25, 0.5)]
}
BM25_GRID = {"": [{"k": k, "b": b} for k in (30, 60, 200) for b in (0.3, 0.7)]}
MARKOV_READS = [*HISTORY_HALF_LIVES, {"half_life": 1.5}]

PEERS = [
    Peer("popularity", popular),
    Peer("recent popularity", recently_popular, {"": [{"days": d} for d in (1, 3, 10, 30, 90)]}),
    Peer("Markov", markov, {"": [{"ordered": True}, {"ordered": False}]}, {"": MARKOV_READS}),
    Peer("EASE", edlae, EASE_GRID, {"": FLAT}),
    Peer("EASE, recent events", edlae, EASE_GRID, {"": HISTORY_HALF_LIVES}),
    Peer("EDLAE", edlae, EDLAE_GRID, {"": FLAT}),
    Peer("EDLAE, recent events", edlae, EDLAE_GRID, {"": HISTORY_HALF_LIVES}),
    Peer("item-kNN BM25", neighbours, BM25_GRID, {"": FLAT}, ("implicit",)),
    Peer(
        "item-kNN BM25, recent events",
        neighbours,
        BM25_GRID,
        {"": HISTORY_HALF_LIVES},
        ("implicit",),
    ),
]
