"""People who answer the welcome page's questions, for `benchmarks/onboarding.py`."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from ml.onboarding import Interview, with_model
from ml.serving import Recommender
from ml.snapshot import KINDS, History

RATING = KINDS.index("rating")
CRITERIA = ("ratings alone", "acquaintance alone", "known alone")
"""What else a question may be worth: a part of the measure, or only that the item is known."""


@dataclass(frozen=True)
class Person:
    """What they can answer, and what is to be foretold."""

    ratings: dict[int, float]
    targets: np.ndarray
    stars: np.ndarray


@dataclass(frozen=True)
class Asked:
    """The questions of one interview, each with its stars, NaN for "don't know it"; and how much
    another answer would tell before each of them."""

    items: np.ndarray
    stars: np.ndarray
    left: np.ndarray

    def __len__(self) -> int:
        return len(self.items)

    @property
    def answers(self) -> int:
        return int(np.count_nonzero(~np.isnan(self.stars)))

    @property
    def history(self) -> History:
        rated = ~np.isnan(self.stars)
        size = int(rated.sum())
        kind = np.full(size, RATING, dtype=np.int8)
        return History(self.items[rated], kind, self.stars[rated], np.arange(size, dtype=float))

    def first(self, *, answers: int | None = None, questions: int | None = None) -> Asked:
        """Up to so many answers, or questions; all of them where there are fewer."""
        if answers is not None:
            reached = np.flatnonzero(np.cumsum(~np.isnan(self.stars)) >= answers)
            questions = int(reached[0]) + 1 if len(reached) else len(self)
        return Asked(self.items[:questions], self.stars[:questions], self.left[:questions])

    def until(self, level: float) -> Asked:
        """Up to where another answer tells less than a level."""
        low = np.flatnonzero(self.left < level)
        return self.first(questions=int(low[0]) if len(low) else len(self))


def interviewed(items: list[int], stars: list[float], left: list[float]) -> Asked:
    return Asked(np.array(items, dtype=np.int32), np.array(stars, np.float32), np.array(left))


def in_order(person: Person, order: Iterable[int]) -> Asked:
    """Asked about items in a given order, without those that are to be foretold."""
    wanted = set(person.targets.tolist())
    items = [int(row) for row in order if row not in wanted]
    stars = [person.ratings.get(row, np.nan) for row in items]
    return interviewed(items, stars, [1.0] * len(items))


def adaptive(
    recommender: Recommender, person: Person, criterion: str, *, answers: int, questions: int
) -> Asked:
    """Asked as the welcome page does, one item at a time."""
    acquaintance = recommender.acquaintance
    assert acquaintance is not None
    free = ~np.isin(acquaintance.rows, person.targets)
    items: list[int] = []
    stars: list[float] = []
    left: list[float] = []
    while len(items) < min(questions, int(free.sum())):
        log = interviewed(items, stars, left)
        if log.answers >= answers:
            break
        unknown = log.items[np.isnan(log.stars)]
        interview = with_model(recommender, acquaintance, log.history, unknown=unknown, free=free)
        place = chosen(interview, criterion)
        items.append(int(acquaintance.rows[place]))
        stars.append(person.ratings.get(items[-1], np.nan))
        left.append(float(interview.told()[place]))
    return interviewed(items, stars, left)


def chosen(interview: Interview, criterion: str) -> int:
    """The place of the next question."""
    if criterion == "known alone":
        return int(np.argmax(np.where(interview.free, interview.known, -1)))
    part = {"ratings alone": slice(1, 2), "acquaintance alone": slice(0, 1)}.get(criterion)
    if part is not None:
        interview = replace(interview, doubts=interview.doubts[part], units=interview.units[part])
    return int(interview.questions(1)[0])
