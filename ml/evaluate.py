"""Judges a recommender the way it is used: through its own lists, over the whole catalogue.

`recommendations.candidates` and `ml.protocols` call this; benchmarks judge other models by it, as
Answers. Given items are masked, nobody is left out, no negative is sampled. Figures come with
their standard errors over people.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ml import metrics
from ml.metrics import Values
from ml.ranking import best, mask
from ml.serving import Recommender, batch_size
from ml.snapshot import Floats, Rows, Snapshot
from ml.split import Targets

LISTED = 10
"""Coverage, popularity and novelty are of the first so many of a list."""
INTERVAL_SHARE = 0.8
LEVELS = 5
THIRDS = ("few", "some", "many")  # of the people, by how many events they have


class Answers(Protocol):
    """What is judged: a model that knows what was given of each person, by the person's row."""

    def scores(self, users: NDArray[np.integer]) -> Floats:
        """(B, I): a score of every item for each of some people."""
        ...

    def ratings(self, user: int, rows: Rows) -> tuple[Floats, Floats, Floats]:
        """(stars, low, high), each (P,), of some items; the interval is to hold 80 %."""
        ...


@dataclass(frozen=True)
class Served:
    """The answers of a recommender to the histories in `given`."""

    recommender: Recommender
    given: Snapshot

    def scores(self, users: NDArray[np.integer]) -> Floats:
        return self.recommender.scores_many([self.given.history(int(user)) for user in users])

    def ratings(self, user: int, rows: Rows) -> tuple[Floats, Floats, Floats]:
        return self.recommender.predict_rating(self.given.history(user), rows)


@dataclass(frozen=True)
class Figures:
    """What judging found: for each measure such as "ndcg@10" one value a person."""

    users: NDArray[np.int32]  # (N,) the rows of the people judged
    per_user: dict[str, Values]  # (N,) each
    coverage: float  # share of the catalogue in anyone's first ten
    gini: float = 0.0  # how unequally the catalogue appears there; 0 is equally

    def mean(self, name: str) -> float:
        values = self.per_user[name]
        return float(values.mean()) if len(values) else 0.0

    def with_people_of(self, other: Figures) -> Figures:
        """The values of both, who are different people; coverage and Gini stay those of `self`."""
        values = {
            name: np.concatenate([own, other.per_user[name]]) for name, own in self.per_user.items()
        }
        users = np.concatenate([self.users, other.users])
        return Figures(users, values, self.coverage, self.gini)

    def by_person(self, whose: Rows | None) -> Figures:
        """The mean of each person's values, where several of those judged are one: (U,) `whose`."""
        if whose is None:
            return self
        people, place, counts = np.unique(
            whose[self.users], return_inverse=True, return_counts=True
        )
        values = {name: np.bincount(place, own) / counts for name, own in self.per_user.items()}
        return Figures(people.astype(np.int32), values, self.coverage, self.gini)

    def to_json(self) -> dict[str, float]:
        """Means, standard errors ("ndcg@10_se"), coverage, Gini and the number of people."""
        figures: dict[str, float] = {"people": len(self.users)}
        for name, values in self.per_user.items():
            figures[name] = round(self.mean(name), 5)
            figures[f"{name}_se"] = round(metrics.standard_error(values), 5)
        return figures | {"coverage": round(self.coverage, 5), "gini": round(self.gini, 5)}


def judge(
    recommender: Recommender,
    given: Snapshot,
    targets: Targets,
    *,
    at: tuple[int, ...] = (10,),
    among: NDArray[np.bool_] | None = None,
    known: Snapshot | None = None,
) -> Figures:
    """The figures of a recommender's lists; see `judge_answers`."""
    return judge_answers(
        Served(recommender, given), given, targets, at=at, among=among, known=known
    )


def judge_answers(
    answers: Answers,
    given: Snapshot,
    targets: Targets,
    *,
    at: tuple[int, ...] = (10,),
    among: NDArray[np.bool_] | None = None,
    known: Snapshot | None = None,
) -> Figures:
    """NDCG and recall at each cut-off, for everyone who has a target, and what lists are like.

    `among` restricts what may be listed to a mask (I,). A target that was given too is not found.
    "popularity" is the mean percentile of the first ten, "novelty" their mean self-information in
    bits, by how often each item stands in `known`, which is `given` unless told.
    """
    users, starts = np.unique(targets.user, return_index=True)
    wanted = np.split(targets.item, starts[1:]) if len(users) else []
    measures: dict[str, list[float]] = {
        f"{name}@{cut}": [] for cut in at for name in ("ndcg", "recall")
    }
    kind_of_items = _kinds_of_items(known or given)
    measures |= {name: [] for name in kind_of_items}
    listed = np.zeros(len(given.items), dtype=np.int64)
    lists = _lists(answers, given, users, n=max(*at, LISTED), among=among)
    for ranked, items in zip(lists, wanted, strict=True):
        items = np.unique(items)
        found = metrics.hits(ranked, items)
        first = ranked[:LISTED]
        listed[first] += 1
        for cut in at:
            measures[f"ndcg@{cut}"].append(metrics.ndcg(found, targets=len(items), at=cut))
            measures[f"recall@{cut}"].append(metrics.recall(found, targets=len(items), at=cut))
        for name, values in kind_of_items.items():
            measures[name].append(float(values[first].mean()) if len(first) else 0.0)
    per_user = {name: np.asarray(values, dtype=np.float64) for name, values in measures.items()}
    coverage = float(np.mean(listed > 0)) if len(listed) else 0.0
    return Figures(users.astype(np.int32), per_user, coverage, metrics.gini(listed))


def judge_ratings(recommender: Recommender, given: Snapshot, targets: Targets) -> dict[str, float]:
    """The figures of a recommender's predicted ratings; see `judge_stars`."""
    return judge_stars(Served(recommender, given), targets)


def judge_stars(
    answers: Answers, targets: Targets, *, activity: NDArray[np.integer] | None = None
) -> dict[str, float]:
    """RMSE, with its standard error, and how well the 80 % intervals are calibrated.

    `interval_held` is the share that hold the rating, `_least` and `_most` the same in the worst
    and best fifth by predicted rating, `_below` and `_above` the shares of ratings outside, and
    `interval_score` what the intervals cost (`metrics.interval_score`). With `activity` (U,), how
    many events each user has, also the share in each third of the people: those with the fewest
    events (`_few`), `_some` and `_many`.
    """
    users, starts = np.unique(targets.user, return_index=True)
    parts = np.split(np.arange(len(targets)), starts[1:]) if len(users) else []
    predicted, low, high = (np.empty(len(targets), dtype=np.float64) for _ in range(3))
    for user, part in zip(users, parts, strict=True):
        predicted[part], low[part], high[part] = answers.ratings(int(user), targets.item[part])
    true = targets.stars.astype(np.float64)
    rmse = metrics.rmse(predicted, true)
    error = metrics.standard_error((predicted - true) ** 2) / (2 * rmse) if rmse else 0.0
    figures = {"rmse": rmse, "rmse_se": error, "bias": _mean(predicted - true)}
    figures |= _calibration(low, high, true, predicted)
    if activity is not None:
        inside = (low <= true) & (true <= high)
        thirds = np.array_split(users[np.argsort(activity[users], kind="stable")], len(THIRDS))
        for name, third in zip(THIRDS, thirds, strict=True):
            figures[f"interval_held_{name}"] = _mean(inside[np.isin(targets.user, third)])
    return {"ratings": len(targets)} | {name: round(value, 5) for name, value in figures.items()}


def _calibration(low: Values, high: Values, true: Values, predicted: Values) -> dict[str, float]:
    by_level = metrics.held_by_level(low, high, true, predicted, parts=LEVELS)
    inside = (low <= true) & (true <= high)
    score = metrics.interval_score(low, high, true, share=INTERVAL_SHARE)
    return {
        "interval_held": metrics.held(low, high, true),
        "interval_held_se": metrics.standard_error(inside.astype(np.float64)),
        "interval_held_least": float(by_level.min()),
        "interval_held_most": float(by_level.max()),
        "interval_below": _mean(true < low),
        "interval_above": _mean(true > high),
        "interval_width": _mean(high - low),
        "interval_score": _mean(score),
        "interval_score_se": metrics.standard_error(score),
    }


def _mean(values: NDArray[Any]) -> float:
    return float(np.mean(values)) if len(values) else 0.0


def _kinds_of_items(known: Snapshot) -> dict[str, Values]:
    """What a list's items are like: for each name one value an item, (I,)."""
    counts = np.bincount(known.events.item, minlength=len(known.items))
    people = int(np.count_nonzero(np.diff(known.offsets)))
    return {
        "popularity": metrics.popularity_percentiles(counts),
        "novelty": metrics.self_information(counts, people=people),
    }


def _lists(
    answers: Answers,
    given: Snapshot,
    users: NDArray[np.integer],
    *,
    n: int,
    among: NDArray[np.bool_] | None,
) -> Iterator[NDArray[np.int32]]:
    size = batch_size(len(given.items))
    for start in range(0, len(users), size):
        asked = users[start : start + size]
        for row, user in zip(answers.scores(asked), asked, strict=True):
            exclude = given.history(int(user)).item
            yield best(mask(row, exclude=exclude, among=among), n=n).rows
