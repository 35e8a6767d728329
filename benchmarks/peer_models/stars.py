"""Peers that predict ratings: biases, and scikit-surprise's SVD and kNN-baseline.

None says how sure it is, so each gets the interval that held 80 % of its errors on validation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ml.snapshot import Floats, Rows
from ml.split import Split, Targets
from peer_models.base import Peer

SEED = 1


@dataclass(frozen=True)
class Stars:
    """Answers of a model that predicts ratings and ranks nothing."""

    predict: Callable[[int, Rows], Floats]
    scale: tuple[float, float]
    errors: tuple[float, float] = (0.0, 0.0)  # what the true rating is above the predicted one

    def scores(self, users: Any) -> Floats:
        raise NotImplementedError("this model ranks no items")

    def ratings(self, user: int, rows: Rows) -> tuple[Floats, Floats, Floats]:
        stars = self.predict(user, rows)
        shown = (np.clip(stars + error, *self.scale) for error in (0.0, *self.errors))
        stars, low, high = (np.asarray(x, dtype=np.float32) for x in shown)
        return stars, low, high

    def errors_on(self, targets: Targets) -> tuple[float, float]:
        """The first and the last tenth of what true ratings are above the predicted ones."""
        errors = [
            float(targets.stars[at] - self.predict(int(user), targets.item[at : at + 1])[0])
            for at, user in enumerate(targets.user)
        ]
        low, high = np.quantile(errors, (0.1, 0.9)) if errors else (0.0, 0.0)
        return float(low), float(high)

    def with_errors(self, errors: tuple[float, float]) -> Stars:
        return replace(self, errors=errors)


def biases(split: Split, *, item: float, person: float) -> Stars:
    """Mean plus offsets of item and person, alternating ridge regressions."""
    events = split.train.events.take(~np.isnan(split.train.events.stars))
    stars = events.stars.astype(np.float64)
    mean = float(stars.mean())
    items, people = np.zeros(len(split.train.items)), np.zeros(len(split.train.users))
    for _ in range(15):
        items = _offsets(events.item, stars - mean - people[events.user], len(items), item)
        people = _offsets(events.user, stars - mean - items[events.item], len(people), person)
    return Stars(lambda user, rows: mean + people[user] + items[rows], split.train.scale)


def _offsets(rows: Rows, left: Any, size: int, strength: float) -> Any:
    sums, counts = np.bincount(rows, left, minlength=size), np.bincount(rows, minlength=size)
    return sums / (counts + strength)


def svd(split: Split, *, width: int, epochs: int, rate: float, strength: float) -> Stars:
    from surprise import SVD

    algorithm = SVD(
        n_factors=width, n_epochs=epochs, lr_all=rate, reg_all=strength, random_state=SEED
    )
    return _surprise(split, algorithm)


def knn_baseline(split: Split, *, k: int, shrinkage: float) -> Stars:
    from surprise import KNNBaseline

    options = {"name": "pearson_baseline", "user_based": False, "shrinkage": shrinkage}
    baseline = {"method": "als", "n_epochs": 20, "reg_i": 3, "reg_u": 5}
    return _surprise(
        split, KNNBaseline(k=k, sim_options=options, bsl_options=baseline, verbose=False)
    )


def _surprise(split: Split, algorithm: Any) -> Stars:
    """Fits one of scikit-surprise's algorithms; ids are rows."""
    from surprise import Dataset, Reader

    events = split.train.events.take(~np.isnan(split.train.events.stars))
    columns = (events.user.tolist(), events.item.tolist(), events.stars.tolist())
    rated = [(user, item, stars, None) for user, item, stars in zip(*columns, strict=True)]
    algorithm.fit(Dataset(Reader(rating_scale=split.train.scale)).construct_trainset(rated))

    def predict(user: int, rows: Rows) -> Floats:
        found = [algorithm.predict(user, int(row), clip=True).est for row in rows]
        return np.array(found, dtype=np.float32)

    return Stars(predict, split.train.scale)


SVD_GRID = [
    {"width": width, "epochs": epochs, "rate": rate, "strength": strength}
    for width, epochs, rate, strength in (
        (20, 20, 0.005, 0.02),
        (50, 40, 0.01, 0.07),
        (100, 80, 0.005, 0.06),
        (200, 80, 0.005, 0.06),
    )
]

PEERS = [
    Peer("biases", biases, {"": [{"item": i, "person": p} for i in (1, 3) for p in (1, 3, 8)]}),
    Peer("SVD (scikit-surprise)", svd, {"": SVD_GRID}, packages=("scikit-surprise",)),
    Peer(
        "kNN-baseline (scikit-surprise)",
        knn_baseline,
        {"": [{"k": k, "shrinkage": s} for k, s in ((30, 100), (60, 100), (60, 300))]},
        packages=("scikit-surprise",),
    ),
]
