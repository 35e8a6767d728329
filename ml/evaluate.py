"""Judges a recommender the way it is used: through its own lists, over the whole catalogue.

`recommendations.pipeline` and `ml.protocols` call this. Given items are masked, nobody is left
out, no negative is sampled. Every figure comes with its standard error over people.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml import metrics
from ml.metrics import Values
from ml.ranking import best, mask
from ml.serving import Recommender, batch_size
from ml.snapshot import History, Snapshot
from ml.split import Targets


@dataclass(frozen=True)
class Figures:
    """What judging found: for each measure such as "ndcg@10" one value a person."""

    users: NDArray[np.int32]  # (N,) the rows of the people judged
    per_user: dict[str, Values]  # (N,) each
    coverage: float  # share of the catalogue in anyone's first ten

    def mean(self, name: str) -> float:
        values = self.per_user[name]
        return float(values.mean()) if len(values) else 0.0

    def to_json(self) -> dict[str, float]:
        """Means, standard errors ("ndcg@10_se"), coverage and the number of people."""
        figures: dict[str, float] = {"people": len(self.users)}
        for name, values in self.per_user.items():
            figures[name] = round(self.mean(name), 5)
            figures[f"{name}_se"] = round(metrics.standard_error(values), 5)
        return figures | {"coverage": round(self.coverage, 5)}


def judge(
    recommender: Recommender,
    given: Snapshot,
    targets: Targets,
    *,
    at: tuple[int, ...] = (10,),
    among: NDArray[np.bool_] | None = None,
) -> Figures:
    """NDCG and recall at each cut-off, for everyone who has a target.

    `among` restricts what may be listed to a mask (I,). A target that was given too is not found.
    """
    users, starts = np.unique(targets.user, return_index=True)
    wanted = np.split(targets.item, starts[1:]) if len(users) else []
    measures: dict[str, list[float]] = {
        f"{name}@{cut}": [] for cut in at for name in ("ndcg", "recall")
    }
    listed = np.zeros(len(given.items), dtype=bool)
    lists = _lists(recommender, given, users, n=max(at), among=among)
    for ranked, items in zip(lists, wanted, strict=True):
        items = np.unique(items)
        found = metrics.hits(ranked, items)
        listed[ranked[:10]] = True
        for cut in at:
            measures[f"ndcg@{cut}"].append(metrics.ndcg(found, targets=len(items), at=cut))
            measures[f"recall@{cut}"].append(metrics.recall(found, targets=len(items), at=cut))
    per_user = {name: np.asarray(values, dtype=np.float64) for name, values in measures.items()}
    coverage = float(listed.mean()) if len(listed) else 0.0
    return Figures(users.astype(np.int32), per_user, coverage)


def judge_ratings(recommender: Recommender, given: Snapshot, targets: Targets) -> dict[str, float]:
    """RMSE, with its standard error, and the share of 80 % intervals that hold the rating."""
    users, starts = np.unique(targets.user, return_index=True)
    parts = np.split(np.arange(len(targets)), starts[1:]) if len(users) else []
    predicted, low, high = (np.empty(len(targets), dtype=np.float64) for _ in range(3))
    for user, part in zip(users, parts, strict=True):
        rows = targets.item[part]
        predicted[part], low[part], high[part] = recommender.predict_rating(
            given.history(int(user)), rows
        )
    true = targets.stars.astype(np.float64)
    rmse = metrics.rmse(predicted, true)
    error = metrics.standard_error((predicted - true) ** 2) / (2 * rmse) if rmse else 0.0
    return {
        "ratings": len(targets),
        "rmse": round(rmse, 5),
        "rmse_se": round(error, 5),
        "interval_held": round(metrics.held(low, high, true), 5),
        "interval_width": round(float(np.mean(high - low)), 5) if len(targets) else 0.0,
    }


def _lists(
    recommender: Recommender,
    given: Snapshot,
    users: NDArray[np.integer],
    *,
    n: int,
    among: NDArray[np.bool_] | None,
) -> Iterator[NDArray[np.int32]]:
    size = batch_size(len(given.items))
    for start in range(0, len(users), size):
        histories: list[History] = [given.history(int(u)) for u in users[start : start + size]]
        scores = recommender.scores_many(histories)
        for row, history in zip(scores, histories, strict=True):
            yield best(mask(row, exclude=history.item, among=among), n=n).rows
