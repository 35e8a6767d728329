"""Peers with a vector for each person and item: ALS, BPR, LightFM; and item2vec."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ml.snapshot import Floats, Snapshot
from ml.split import Split
from peer_models.base import (
    HISTORY_HALF_LIVES,
    Peer,
    Scores,
    factors,
    met,
    read_histories,
    to_learn_from,
)

THREADS = 2
SEED = 1


def als(split: Split, *, width: int, strength: float, alpha: float, iterations: int = 15) -> Scores:
    """Alternating least squares (Hu, Koren and Volinsky 2008), by implicit."""
    people, items = als_factors(
        split, width=width, strength=strength, alpha=alpha, iterations=iterations
    )
    return factors(people, items)


def als_factors(
    split: Split, *, width: int, strength: float, alpha: float, iterations: int = 15
) -> tuple[Floats, Floats]:
    from implicit.als import AlternatingLeastSquares
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, "blas"), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="OpenBLAS is configured")  # by its variable only
        model = AlternatingLeastSquares(
            factors=width,
            regularization=strength,
            alpha=alpha,
            iterations=iterations,
            num_threads=THREADS,
            random_state=SEED,
        )
        model.fit(sparse.csr_matrix(met(to_learn_from(split))), show_progress=False)
    return np.asarray(model.user_factors), np.asarray(model.item_factors)


def bpr(split: Split, *, width: int, rate: float, strength: float, iterations: int) -> Scores:
    """Bayesian personalised ranking (Rendle and others 2009), by implicit."""
    from implicit.bpr import BayesianPersonalizedRanking

    model = BayesianPersonalizedRanking(
        factors=width,
        learning_rate=rate,
        regularization=strength,
        iterations=iterations,
        num_threads=THREADS,
        random_state=SEED,
    )
    model.fit(sparse.csr_matrix(met(to_learn_from(split))), show_progress=False)
    return factors(np.asarray(model.user_factors), np.asarray(model.item_factors))


def warp(split: Split, *, width: int, epochs: int, rate: float) -> Scores:
    """LightFM (Kula 2015) with its WARP loss, no attributes."""
    from lightfm import LightFM

    model = LightFM(no_components=width, loss="warp", learning_rate=rate, random_state=SEED)
    seen = sparse.coo_matrix(met(to_learn_from(split)))
    model.fit(seen, epochs=epochs, num_threads=THREADS)
    return factors(model.user_embeddings, model.item_embeddings, model.item_biases)


@dataclass(frozen=True)
class ItemVectors:
    """item2vec: the mean of what a person met, against what stands near it."""

    words: Floats  # (I, D)
    contexts: Floats  # (I, D)
    given: Snapshot

    def read(self, *, half_life: float | None, by: str) -> Scores:
        inputs = read_histories(self.given, half_life)
        likes = {"contexts": self.contexts, "words": _unit(self.words)}[by]
        words = _unit(self.words) if by == "words" else self.words
        weight = np.maximum(np.asarray(inputs.sum(axis=1)), 1e-9)

        def score(users: NDArray[np.integer]) -> Floats:
            people = (inputs[users] @ words) / weight[users, None]  # (B, I) @ (I, D) -> (B, D)
            found: Floats = people @ likes.T
            return found

        return Scores(score)


def item2vec(split: Split, *, width: int, window: int, epochs: int, power: float) -> ItemVectors:
    """Skip-grams of histories with negative sampling (Barkan and Koenigstein 2016), by gensim."""
    from gensim.models import Word2Vec

    train = split.train
    histories = [
        [str(item) for item in train.history(user).item]
        for user in np.flatnonzero(np.diff(train.offsets) > 1)
    ]
    model = Word2Vec(
        histories,
        vector_size=width,
        window=window,
        epochs=epochs,
        sg=1,
        negative=10,
        ns_exponent=power,
        sample=0,
        min_count=1,
        workers=THREADS,
        seed=SEED,
    )
    words = np.zeros((len(train.items), width), dtype=np.float32)
    contexts = np.zeros_like(words)
    rows = np.array([int(word) for word in model.wv.index_to_key])
    words[rows], contexts[rows] = model.wv.vectors, model.syn1neg
    return ItemVectors(words, contexts, split.given)


def _unit(vectors: Floats) -> Floats:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9), dtype=np.float32)


ALS_GRID = [
    {"width": width, "strength": strength, "alpha": alpha}
    for width, strength, alpha in (
        (32, 0.1, 1.0),
        (64, 10.0, 2.0),
        (64, 0.1, 10.0),
        (128, 10.0, 5.0),
        (128, 30.0, 10.0),
        (128, 30.0, 2.0),
    )
]
BPR_GRID = [
    {"width": 64, "rate": rate, "strength": strength, "iterations": iterations}
    for rate, strength, iterations in (
        (0.02, 0.01, 50),
        (0.05, 0.002, 100),
        (0.05, 0.02, 100),
        (0.1, 0.01, 60),
    )
]
WARP_GRID = [
    {"width": width, "epochs": epochs, "rate": rate}
    for width, epochs, rate in ((32, 15, 0.05), (64, 15, 0.05), (64, 40, 0.03), (128, 20, 0.03))
]
ITEM2VEC_GRID = [
    {"width": 64, "window": window, "epochs": epochs, "power": power}
    for window, epochs, power in ((3, 15, 0.75), (5, 15, 0.0), (10, 10, 0.75))
]
ITEM2VEC_READS = [life | {"by": by} for life in HISTORY_HALF_LIVES for by in ("contexts", "words")]

PEERS = [
    Peer("implicit ALS", als, {"": ALS_GRID}, packages=("implicit",)),
    Peer("implicit BPR", bpr, {"": BPR_GRID}, packages=("implicit",)),
    Peer("LightFM WARP", warp, {"": WARP_GRID}, packages=("rectools-lightfm",)),
    Peer("item2vec", item2vec, {"": ITEM2VEC_GRID}, {"": ITEM2VEC_READS}, ("gensim",)),
]
