"""What a peer is, and the views of a split that peers share: matrices of who met what.

`fit` sees a Split without looking at its targets; `read` says how a fitted model reads a person's
history, where that is a choice that needs no fitting anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ml.evaluate import Answers
from ml.snapshot import Floats, Rows, Snapshot
from ml.split import Split

Params = dict[str, Any]
Grid = Sequence[Params]
LIVES = 20
HISTORY_HALF_LIVES: Grid = tuple({"half_life": life} for life in (None, 1, 2, 3, 5, 10, 30))
FLAT: Grid = ({"half_life": None},)


class Readable(Protocol):
    """A fitted model that reads histories in more than one way."""

    def read(self, **how: Any) -> Answers: ...


@dataclass(frozen=True)
class Peer:
    """A model of others: how it is fitted, and what is tried on validation.

    `grid` are choices of `fit`, `reads` choices of the fitted model's `read`, for each protocol
    or for all others under "".
    """

    name: str
    fit: Callable[..., Any]
    grid: Mapping[str, Grid] = field(default_factory=lambda: {"": ({},)})
    reads: Mapping[str, Grid] = field(default_factory=dict)
    packages: tuple[str, ...] = ()

    def grid_for(self, protocol: str) -> Grid:
        return self.grid.get(protocol, self.grid.get("", ({},)))

    def reads_for(self, protocol: str) -> Grid:
        return self.reads.get(protocol, self.reads.get("", ()))


@dataclass(frozen=True)
class Scores:
    """Answers of a model that ranks and predicts no rating."""

    score: Callable[[NDArray[np.integer]], Floats]  # rows of people (B,) -> (B, I)

    def scores(self, users: NDArray[np.integer]) -> Floats:
        return np.asarray(self.score(users), dtype=np.float32)

    def ratings(self, user: int, rows: Rows) -> tuple[Floats, Floats, Floats]:
        raise NotImplementedError("this model predicts no ratings")


def factors(people: Floats, items: Floats, offsets: Floats | None = None) -> Scores:
    """(U, D) and (I, D): answers by their inner products, plus (I,) offsets."""

    def score(users: NDArray[np.integer]) -> Floats:
        found: Floats = people[users] @ items.T  # (B, D) @ (D, I) -> (B, I)
        return found if offsets is None else found + offsets

    return Scores(score)


def to_learn_from(split: Split) -> Snapshot:
    """What a model with a vector for each person is fitted on.

    Training, and what is given of people whom training lacks: such a model must be fitted anew to
    know them. Targets are in neither.
    """
    if split.cold is not None or split.train is split.given:
        return split.train
    new = np.diff(split.train.offsets) == 0
    given = split.given.events
    theirs = given.take(new[given.user])
    own = split.train.events
    both = type(own).sorted(
        user=np.concatenate([own.user, theirs.user]),
        item=np.concatenate([own.item, theirs.item]),
        kind=np.concatenate([own.kind, theirs.kind]),
        stars=np.concatenate([own.stars, theirs.stars]),
        time=np.concatenate([own.time, theirs.time]),
    )
    return split.train.with_events(both)


def met(snapshot: Snapshot) -> sparse.csr_array:
    """(U, I): 1 where a person met an item."""
    events = snapshot.events
    ones = np.ones(len(events), dtype=np.float32)
    shape = (len(snapshot.users), len(snapshot.items))
    matrix = sparse.csr_array((ones, (events.user, events.item)), shape=shape)
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return matrix


def read_histories(given: Snapshot, half_life: float | None) -> sparse.csr_array:
    """(U, I): the weight of what each person met, halved with each `half_life` later events."""
    if half_life is None:
        return met(given)
    events = given.events
    age = given.offsets[1:][events.user] - 1 - np.arange(len(events))
    weights = np.where(age < LIVES * half_life, 0.5 ** (age / half_life), 0).astype(np.float32)
    kept = weights > 0
    shape = (len(given.users), len(given.items))
    places = (events.user[kept], events.item[kept])
    return sparse.csr_array((weights[kept], places), shape=shape)


def popularity_of(snapshot: Snapshot) -> Floats:
    """(I,): at most 1."""
    counts = np.bincount(snapshot.events.item, minlength=len(snapshot.items))
    return (counts / max(counts.max(initial=0), 1)).astype(np.float32)
