"""What to ask somebody new: items that tell most about their taste, and that they probably know.

An Interview knows what somebody answered so far. An answer is a rating or a "don't know it": the
first says something about ratings, both about what else they know. `questions` picks those that are
worth most, each next one as if those before it were answered; `left` says how much another answer
would still tell, so that whoever asks can stop.

Doubt is a covariance over the items that may be asked about, as if all were jointly normal. What
an answer about item i would take from the doubt of all items t is the sum over t of

    K(t, i)^2 / (K(i, i) + noise)

which is A-optimality in experimental design (Chaloner and Verdinelli 1995; Cohn, Ghahramani and
Jordan 1996 for learning). It counts for as much as it is likely that the item is known. NumPy only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ml.acquaintance import Acquaintance, Matrix
from ml.serving import Recommender
from ml.snapshot import History, Rows

MET_NOISE = 0.05
"""What else than the items' ties decides whether somebody met an item: a variance."""
SUPPOSED_NOISE = 0.5
"""Of a rating, in units of how much tastes differ, where nothing was learned of that yet."""
LEAST_KNOWN, MOST_KNOWN = 0.01, 0.99
ENOUGH = 0.035
"""Another answer is not worth asking for when it tells less than this share of a first one:
measured, it would change less than half an item of somebody's first ten (docs/ranking.md)."""


@dataclass(frozen=True)
class Doubt:
    """A covariance (Q, Q) of what is not known of somebody, and the noise of an answer."""

    covariance: Matrix
    noise: float

    def after(self, places: NDArray[np.integer]) -> Doubt:
        """When the items at some places were answered; what was answered does not matter."""
        ties = self.covariance[:, places]  # (Q, n)
        own = ties[places] + self.noise * np.eye(len(places))
        return replace(self, covariance=self.covariance - ties @ np.linalg.solve(own, ties.T))

    def likely_after(self, place: int, chance: float) -> Doubt:
        """When an item is going to be answered by chance."""
        ties = self.covariance[:, place]
        taken = np.outer(ties, ties) * (chance / (ties[place] + self.noise))
        return replace(self, covariance=self.covariance - taken)

    def told(self) -> Matrix:
        """(Q,): how much variance an answer about each item would take from all of them."""
        squares = np.einsum("ti,ti->i", self.covariance, self.covariance)
        return np.asarray(squares / (np.diag(self.covariance) + self.noise), dtype=np.float64)


@dataclass(frozen=True)
class Interview:
    """One person's, so far."""

    known: Matrix  # (Q,) how likely it is that they know each item
    doubts: tuple[Doubt, ...]
    units: tuple[float, ...]  # of each doubt: what the most telling first answer tells
    free: NDArray[np.bool_]  # (Q,) what may be asked

    @classmethod
    def begin(
        cls,
        acquaintance: Acquaintance,
        doubts: Sequence[tuple[Doubt, float]] = (),
        *,
        met: NDArray[np.integer],
        unknown: NDArray[np.integer],
        free: NDArray[np.bool_] | None = None,
    ) -> Self:
        """When somebody met the items at some places, and said that they do not know others.

        Each of `doubts` comes with its unit. That of what else they met is added.
        """
        answered = np.concatenate([met, unknown]).astype(np.int64)
        before = Doubt(acquaintance.together, MET_NOISE)
        ties = before.covariance[:, answered]  # (Q, n)
        own = ties[answered] + MET_NOISE * np.eye(len(answered))
        surprise = np.repeat([1.0, 0.0], [len(met), len(unknown)]) - acquaintance.known[answered]
        known = acquaintance.known + ties @ np.linalg.solve(own, surprise)
        may = np.ones(len(acquaintance), dtype=bool) if free is None else free.copy()
        may[answered] = False
        taste = [(before.after(answered), unit_of(before)), *doubts]
        return cls(
            known=np.clip(known, LEAST_KNOWN, MOST_KNOWN),
            doubts=tuple(doubt for doubt, _unit in taste),
            units=tuple(unit for _doubt, unit in taste),
            free=may,
        )

    def told(self) -> Matrix:
        """(Q,): what an answer about each item would tell; a most telling first one tells 1."""
        shares = [doubt.told() / unit for doubt, unit in zip(self.doubts, self.units, strict=True)]
        return np.asarray(np.mean(shares, axis=0), dtype=np.float64)

    def questions(self, n: int, *, beside: NDArray[np.integer] | None = None) -> NDArray[np.int64]:
        """At most n places, the one that is worth most first; none of those asked `beside` them."""
        now = self
        for place in () if beside is None else beside.tolist():
            now = now._expecting(place)
        chosen: list[int] = []
        while len(chosen) < n and np.any(now.free):
            place = int(np.argmax(now.worth()))
            chosen.append(place)
            now = now._expecting(place)
        return np.array(chosen, dtype=np.int64)

    def worth(self) -> Matrix:
        """(Q,): what asking about each item is expected to tell; -inf where it may not be."""
        return np.where(self.free, self.known * self.told(), -np.inf)

    def left(self) -> float:
        """How much the best question would tell, if it is answered, as a share of a first one."""
        if not np.any(self.free):
            return 0.0
        return float(self.told()[np.argmax(self.worth())])

    @property
    def is_over(self) -> bool:
        """Whether more answers would hardly change anything."""
        return self.left() < ENOUGH

    def _expecting(self, place: int) -> Interview:
        free = self.free.copy()
        free[place] = False
        chance = float(self.known[place])
        doubts = tuple(doubt.likely_after(place, chance) for doubt in self.doubts)
        return replace(self, doubts=doubts, free=free)


def unit_of(doubt: Doubt) -> float:
    return max(float(doubt.told().max(initial=0)), 1e-12)


def with_model(
    recommender: Recommender,
    acquaintance: Acquaintance,
    history: History,
    *,
    unknown: Rows,
    free: NDArray[np.bool_] | None = None,
) -> Interview:
    """Somebody's, by what a model knows of ratings; `unknown` are rows that they do not know."""
    prior = Doubt(*recommender.rating_doubt(History.empty(), acquaintance.rows))
    now = Doubt(*recommender.rating_doubt(history, acquaintance.rows))
    return Interview.begin(
        acquaintance,
        [(now, unit_of(prior))],
        met=places_of(history.item, acquaintance),
        unknown=places_of(unknown, acquaintance),
        free=free,
    )


def without_model(
    acquaintance: Acquaintance,
    alike: Matrix,
    *,
    rated: NDArray[np.integer],
    unknown: NDArray[np.integer],
    free: NDArray[np.bool_] | None = None,
) -> Interview:
    """Somebody's, where tastes are supposed to differ as items do; both are places."""
    prior = Doubt(alike, SUPPOSED_NOISE)
    doubts = [(prior.after(rated), unit_of(prior))]
    return Interview.begin(acquaintance, doubts, met=rated, unknown=unknown, free=free)


def places_of(rows: Rows, acquaintance: Acquaintance) -> NDArray[np.int64]:
    """Where some items stand among those that may be asked about; others are left out."""
    return np.flatnonzero(np.isin(acquaintance.rows, rows))
