"""Peers that know what items are like: TF-IDF profiles, LightFM's hybrid, ALS with attributes.

These can rank items that nobody has met.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import solve

from ml.features import content_matrix
from ml.snapshot import Floats, ItemTable, Snapshot
from ml.split import Split
from peer_models.base import Peer, Scores, factors, met, read_histories, to_learn_from
from peer_models.people import ALS_GRID, SEED, THREADS, als_factors

LEAST_COUNT = 3
"""Attributes of fewer items teach nothing about others."""
MOST_WORDS = 2_000
SPAN_OF_YEARS = 5


@dataclass(frozen=True)
class Profiles:
    """A person is the mean content of what they met; items are as near as their content is."""

    content: sparse.csr_array  # (I, F), rows of length 1
    given: Snapshot

    def read(self, *, half_life: float | None) -> Scores:
        inputs = read_histories(self.given, half_life)
        turned = sparse.csr_array(self.content.T)

        def score(users: NDArray[np.integer]) -> Floats:
            people = inputs[users] @ self.content  # (B, I) @ (I, F) -> (B, F)
            found: Floats = (people @ turned).toarray()
            return found

        return Scores(score)


def tf_idf(split: Split) -> Profiles:
    return Profiles(content_matrix(split.train.items), split.given)


def lightfm_hybrid(
    split: Split, *, width: int, epochs: int, alpha: float, ids: float, words: bool
) -> Scores:
    """LightFM with WARP loss on ids and attributes; an item nobody met has its attributes only."""
    from lightfm import LightFM

    seen = met(to_learn_from(split))
    features = _with_ids(item_features(split.train.items, words=words), seen, weight=ids)
    model = LightFM(
        no_components=width,
        loss="warp",
        learning_rate=0.05,
        item_alpha=alpha,
        user_alpha=alpha,
        random_state=SEED,
    )
    model.fit(
        sparse.coo_matrix(seen),
        item_features=sparse.csr_matrix(features),
        epochs=epochs,
        num_threads=THREADS,
    )
    items = np.asarray(features @ model.item_embeddings)
    return factors(model.user_embeddings, items, np.asarray(features @ model.item_biases))


def als_with_attributes(
    split: Split, *, width: int, strength: float, alpha: float, ridge: float
) -> Scores:
    """ALS; the vectors of items that nobody met are foretold from content by ridge regression."""
    people, items = als_factors(split, width=width, strength=strength, alpha=alpha)
    counts = np.bincount(to_learn_from(split).events.item, minlength=len(items))
    warm = counts > 0
    content = item_features(split.train.items, words=True)
    known = content[warm]
    gram = (known.T @ known).toarray() + ridge * np.eye(content.shape[1])
    mean = items[warm].mean(axis=0)
    weights = solve(gram, known.T @ (items[warm] - mean), assume_a="pos")  # (F, D)
    items = items.copy()
    items[~warm] = mean + content[~warm] @ weights
    return factors(people, items.astype(np.float32))


def item_features(items: ItemTable, *, words: bool) -> sparse.csr_array:
    """(I, F): attributes that several items share and the years, or TF-IDF of words, too.

    Without any attribute, words are all there is. Rows add up to 1, or have a length of about 1
    with words.
    """
    size, names = len(items), len(items.attribute_names)
    shape = (size, names)
    ones = np.ones(len(items.attributes), dtype=np.float32)
    own = sparse.csr_array((ones, items.attributes, items.attribute_starts), shape=shape)
    own = own[:, np.flatnonzero(np.bincount(items.attributes, minlength=names) >= LEAST_COUNT)]
    if words or not own.nnz:
        content = content_matrix(items, max_words=MOST_WORDS)
        shared = np.bincount(content.indices, minlength=content.shape[1]) >= LEAST_COUNT
        return sparse.csr_array(content[:, np.flatnonzero(shared)], dtype=np.float32)
    spans = np.nan_to_num(items.years // SPAN_OF_YEARS, nan=0)
    _, span = np.unique(spans, return_inverse=True)
    years = sparse.csr_array((np.ones(size, dtype=np.float32), (np.arange(size), span)))
    both = sparse.hstack([own, years], format="csr")
    scale = 1 / np.maximum(np.asarray(both.sum(axis=1)).ravel(), 1)
    return sparse.csr_array(sparse.diags_array(scale) @ both, dtype=np.float32)


def _with_ids(
    features: sparse.csr_array, seen: sparse.csr_array, *, weight: float
) -> sparse.csr_array:
    """(I, I + F): an id of its own beside the attributes, for items that someone met."""
    counts = np.asarray(seen.sum(axis=0)).ravel()
    ids = sparse.diags_array((counts > 0).astype(np.float32) * np.float32(weight))
    both = sparse.csr_array(sparse.hstack([ids, features], format="csr"), dtype=np.float32)
    both.indices, both.indptr = both.indices.astype(np.int32), both.indptr.astype(np.int32)
    return both  # LightFM reads 32-bit places only


LIGHTFM_GRID = [
    {"width": width, "epochs": epochs, "alpha": alpha, "ids": 1.0, "words": False}
    for width, epochs, alpha in ((32, 10, 0.0), (64, 10, 1e-5), (64, 25, 0.0))
]
LIGHTFM_COLD_GRID = [
    {"width": 32, "epochs": 10, "alpha": 1e-5, "ids": ids, "words": words}
    for ids, words in ((1.0, False), (0.0, False), (1.0, True))
]
RIDGES = (1.0, 5.0, 30.0)
READS = [{"half_life": life} for life in (None, 3, 10, 30, 100)]

PEERS = [
    Peer("TF-IDF content", tf_idf, reads={"": READS}),
    Peer(
        "LightFM hybrid",
        lightfm_hybrid,
        {"": LIGHTFM_GRID, "cold": LIGHTFM_COLD_GRID},
        packages=("rectools-lightfm",),
    ),
]
COLD_PEERS = [
    Peer(
        "ALS with attributes",
        als_with_attributes,
        {"": [ALS_GRID[at] | {"ridge": ridge} for at in (1, 3) for ridge in RIDGES]},
        packages=("implicit",),
    )
]
