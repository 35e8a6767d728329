"""A data set, a model of it, and some of its people, for `benchmarks/reranking.py`.

Likeness of all items is kept, I * I * 4 bytes, so that each person is asked about in no time.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from ml import metrics
from ml.baselines import fit_baseline
from ml.exploration import Shown
from ml.features import content_matrix
from ml.ranking import MASKED, mask
from ml.serving import Recommender, batch_size
from ml.snapshot import History, Snapshot
from ml.split import Split, leave_last_out
from ml.taste import Known, Taste, arrange

N = 10
COMMON = 20
"""Everyone is asked about one of so many of the commonest attributes."""


@dataclass(frozen=True)
class Case:
    """One person: masked scores (I,), what they did, what is to be found, and an attribute."""

    scores: np.ndarray
    history: np.ndarray
    target: int
    attribute: str
    seed: int


class World:
    """A data set, a model of it, and some of its people."""

    def __init__(self, snapshot: Snapshot, model: str, people: int) -> None:
        split = leave_last_out(snapshot)
        recommender = Recommender(fit_baseline(split.train, model))
        items, size = snapshot.items, len(snapshot.items)
        self.near = np.empty((size, size), dtype=np.float32)
        for start in range(0, size, batch_size(size)):
            rows = np.arange(start, min(start + batch_size(size), size), dtype=np.int32)
            self.near[rows] = recommender.likeness(rows)
        self.content = content_matrix(items)
        common = np.argsort(-np.bincount(items.attributes), kind="stable")[:COMMON]
        self.known = Known(
            events=np.bincount(split.train.events.item, minlength=size),
            moment=items.years,
            attributes={items.attribute_names[a]: has(snapshot, int(a)) for a in common},
        )
        self.cases = list(cases(split, recommender, people, sorted(self.known.attributes)))

    def alike(self, rows: np.ndarray, others: np.ndarray) -> np.ndarray:
        return self.near[rows[:, None], others]

    def arranged(
        self, taste: Callable[[Case], Taste], shown: list[Shown] | None = None
    ) -> list[np.ndarray]:
        """The rows of everyone's list."""
        return [
            arrange(
                case.scores,
                n=N,
                taste=taste(case),
                known=self.known,
                alike=self.alike,
                history=case.history,
                shown=shown[at] if shown else Shown.nothing(),
                rng=np.random.default_rng(case.seed),
            ).rows
            for at, case in enumerate(self.cases)
        ]

    def ndcg(self, lists: list[np.ndarray]) -> np.ndarray:
        """(people,)"""
        found = zip(lists, self.cases, strict=True)
        return np.array(
            [metrics.ndcg(rows == case.target, targets=1, at=N) for rows, case in found]
        )

    def distance(self, rows: np.ndarray, *, content: bool) -> float:
        """The mean over the pairs of a list of 1 - how alike they are."""
        if content:
            near = (self.content[rows] @ self.content[rows].T).toarray()
        else:
            near = self.alike(rows, rows)
            near = np.clip((near + near.T) / 2, 0, 1)
        pairs = np.triu_indices(len(rows), 1)
        return float(1 - near[pairs].mean()) if len(rows) > 1 else 0.0


def has(snapshot: Snapshot, attribute: int) -> np.ndarray:
    """(I,): the items with an attribute."""
    items = snapshot.items
    owner = np.repeat(np.arange(len(items)), np.diff(items.attribute_starts))
    found = np.zeros(len(items), dtype=bool)
    found[owner[items.attributes == attribute]] = True
    return found


def cases(
    split: Split, recommender: Recommender, people: int, attributes: list[str]
) -> Iterable[Case]:
    rng = np.random.default_rng(7)
    able = split.targets.user
    for at in np.sort(rng.choice(len(able), size=min(people, len(able)), replace=False)):
        history: History = split.given.history(int(able[at]))
        scores = mask(recommender.scores(history), exclude=history.item)
        if np.count_nonzero(scores > MASKED) < 2 * N:
            continue  # there is nothing to choose from
        attribute = attributes[rng.integers(len(attributes))] if attributes else ""
        yield Case(scores, history.item, int(split.targets.item[at]), attribute, int(at))
