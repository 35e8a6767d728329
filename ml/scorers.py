"""What turns events into scores of all items: the parts that a Recommender adds up.

A scorer is made from its component's arrays and settings in an artifact. `ml.encoding` has the
neural one; here are the simple ones: the same scores for everyone, and item-to-item weights
(Markov, EASE).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ml.opinions import MEAN_WORTH
from ml.snapshot import Floats, History, Rows
from ml.sparse import from_arrays

Arrays = Mapping[str, NDArray[Any]]
Settings = Mapping[str, Any]
Shaped = Callable[[Floats], Floats]
"""What a scorer makes of its sums, each by itself."""

EXPLAINED_EVENTS = 200
"""Only the most recent events are offered as explanations."""
LIVES = 20
"""Events older than so many half-lives are left out: they would weigh less than a millionth."""

ROWS_AT_ONCE = 10_000
LINKING = 4
"""Of so many of the latest events, the linked items are candidates where not all are looked at."""


class Scorer(Protocol):
    def scores_many(self, histories: Sequence[History]) -> Floats:
        """(B, I): a score of every item for each history."""
        ...

    def effects(self, history: History, rows: Rows) -> Floats:
        """(T, P): each row's score minus its score without the event; NaN where not computed."""
        ...


@runtime_checkable
class Selective(Protocol):
    """A scorer that need not score all items to score some."""

    def scores_of(self, history: History, rows: Rows) -> Floats:
        """(P,): the scores of some items alone."""
        ...


@runtime_checkable
class Choosy(Protocol):
    """A scorer to which effects are dear: it says which events to try."""

    def candidates(self, history: History, rows: Rows) -> NDArray[np.int64]:
        """Events (C,) that may have moved one of the rows."""
        ...

    def effects_of(self, history: History, rows: Rows, events: NDArray[np.int64]) -> Floats:
        """(C, P): `Scorer.effects` of some events alone."""
        ...

    def person_vectors(self, histories: Sequence[History]) -> Floats:
        """(B, D): what an index of items is searched with."""
        ...


class PriorScorer:
    """One vector of scores for everyone: what is left when nothing is known."""

    def __init__(self, arrays: Arrays, settings: Settings) -> None:
        self._scores: Floats = arrays["scores"]

    def scores_many(self, histories: Sequence[History]) -> Floats:
        return np.broadcast_to(self._scores, (len(histories), len(self._scores)))

    def scores_of(self, history: History, rows: Rows) -> Floats:
        """(P,): the scores of some items alone."""
        return self._scores[rows]

    def effects(self, history: History, rows: Rows) -> Floats:
        return np.zeros((len(history), len(rows)), dtype=np.float32)


class ItemItemScorer:
    """score(i) = sum over events e of weight(e) * W[item(e), i].

    Arrays: W, either (I, I) in CSR form as `values`, `columns`, `starts`, or `dense` (n, n) over
    the items `rows` (n,); and `popularity` (I,), which similarity divides by. Settings:
    `half_life` in events, None for a flat history; `rating_slope`, how much less a rating below,
    and more one above, what is usual for the person weighs, with everyone's `rating_mean`;
    `log_floor`, None or f for log(f + score); `similar_power`, of popularity, in similarity.
    """

    def __init__(self, arrays: Arrays, settings: Settings) -> None:
        self._popularity: Floats = arrays["popularity"]
        self._links = _DenseLinks(arrays) if "dense" in arrays else _SparseLinks(arrays)
        self._half_life: float | None = settings.get("half_life")
        lives = sys.maxsize if self._half_life is None else round(LIVES * self._half_life)
        self._limit = max(1, lives)  # how many of the latest events weigh anything
        self._slope = float(settings.get("rating_slope", 0.0))
        self._mean = float(settings.get("rating_mean", 0.0))
        self._low, self._high = settings.get("scale", (0.0, 1.0))
        self._floor: float | None = settings.get("log_floor")
        self._power = float(settings.get("similar_power", 0.0))

    def scores_many(self, histories: Sequence[History]) -> Floats:
        keep = slice(-self._limit, None)
        weights = [self.event_weights(history)[keep] for history in histories]
        items = [history.item[keep] for history in histories]
        inputs = sparse.csr_array(
            (
                np.concatenate([np.empty(0, dtype=np.float32), *weights]),
                np.concatenate([np.empty(0, dtype=np.int32), *items]),
                np.cumsum([0, *map(len, items)]),
            ),
            shape=(len(histories), len(self._popularity)),
        )
        return self._links.sums(inputs, self._shaped)

    def scores_of(self, history: History, rows: Rows) -> Floats:
        """(P,): the scores of some items alone."""
        keep = slice(-self._limit, None)
        weights = self.event_weights(history)[keep]
        return self._shaped(weights @ self._links.between(history.item[keep], rows))

    def linked(self, history: History) -> Rows:
        """The items that the latest LINKING events are linked to: a rule's candidates."""
        latest = history.item[-LINKING:]
        return np.flatnonzero(self._links.of(latest).any(axis=0)).astype(np.int32)

    def event_weights(self, history: History) -> Floats:
        """(T,): recent events weigh more, and liked ones more than disliked ones."""
        weights: Floats = self._weights_without(history, np.array([-1]))[0]
        return weights

    def effects(self, history: History, rows: Rows) -> Floats:
        size = len(history)
        effects = np.zeros((size, len(rows)), dtype=np.float32)
        first = max(0, size - EXPLAINED_EVENTS)
        inputs = self._weights_without(history, np.array([-1, *range(first, size)]))
        used = np.flatnonzero(inputs.any(axis=0))
        scores = self._shaped(inputs[:, used] @ self._links.between(history.item[used], rows))
        effects[first:] = scores[0] - scores[1:]
        return effects

    def _weights_without(self, history: History, removed: NDArray[np.int64]) -> Floats:
        """(R, T): the weights of events when one of them is removed; -1 removes none."""
        place = np.arange(len(history))
        removed = removed[:, None]
        weights: Floats = (place != removed).astype(np.float32)
        if self._half_life is not None:
            age = len(history) - 1 - place - (place < removed)
            weights *= np.where(age < self._limit, 0.5 ** (age / self._half_life), 0)
        rated = ~np.isnan(history.stars)
        if self._slope and self._high > self._low and np.any(rated):
            stars = np.where(rated, history.stars, 0).astype(np.float64)
            gone = np.where(removed >= 0, stars[removed], 0)
            count = rated.sum() - np.where(removed >= 0, rated[removed], 0) + MEAN_WORTH
            usual = (stars.sum() - gone + MEAN_WORTH * self._mean) / count  # (R, 1)
            level = (stars - usual) / (self._high - self._low)
            weights *= np.where(rated, np.clip(1 + self._slope * level, 0, None), 1)
        return weights

    def _shaped(self, sums: Floats) -> Floats:
        if self._floor is None:
            return sums
        return np.asarray(np.log(self._floor + np.maximum(sums, 0)), dtype=np.float32)

    def similar(self, rows: Rows, others: Rows | None = None) -> Floats:
        """(P, Q): how close others, by default all items (P, I), are to some, 0 to 1.

        All 0 where nothing is known. The closest of all items is 1, whether asked for or not.
        """
        worth = np.maximum(self._popularity, 1) ** np.float32(self._power)
        near, top = self._links.near(rows, worth, others)
        return np.asarray(near / np.where(top > 0, top, 1)[:, None], dtype=np.float32)


class _SparseLinks:
    """W over all items, mostly zeros."""

    def __init__(self, arrays: Arrays) -> None:
        self._weights = from_arrays(arrays, columns=len(arrays["starts"]) - 1)
        self._most: Floats | None = None  # found when first asked for

    def sums(self, inputs: sparse.csr_array, shaped: Shaped) -> Floats:
        """(B, I) @ (I, I) -> (B, I), `shaped` where it is not 0 and once for all that is."""
        sums = inputs @ self._weights
        result = np.full(sums.shape, shaped(np.zeros(1, dtype=np.float32))[0], dtype=np.float32)
        person = np.repeat(np.arange(sums.shape[0]), np.diff(sums.indptr))
        result[person, sums.indices] = shaped(sums.data)
        return result

    def between(self, items: Rows, rows: Rows) -> Floats:
        """(T, P): W[items, rows]"""
        linked: Floats = self._weights[items][:, rows].toarray()
        return linked

    def of(self, items: Rows) -> Floats:
        """(T, I)"""
        linked: Floats = self._weights[items].toarray()
        return linked

    def near(self, items: Rows, worth: Floats, others: Rows | None) -> tuple[Floats, Floats]:
        """(T, Q): W / worth, not below 0 nor of an item to itself; (T,) the most among all."""
        if self._most is None:
            self._most = _most_of_each(self._weights, worth)
        linked = self._weights[items]
        near: Floats = (linked if others is None else linked[:, others]).toarray()
        near = np.asarray(near.clip(0) / (worth if others is None else worth[others]), near.dtype)
        columns = np.arange(near.shape[1]) if others is None else others
        near[columns == items[:, None]] = 0
        return near, self._most[items]


def _most_of_each(links: sparse.csr_array, worth: Floats) -> Floats:
    """(I,): the most of each row of links (I, I) / worth (I,), not below 0 nor to itself."""
    most = np.zeros(links.shape[0], dtype=np.float32)
    for first in range(0, len(most), ROWS_AT_ONCE):
        some = links[first : first + ROWS_AT_ONCE]
        row = np.repeat(np.arange(some.shape[0]), np.diff(some.indptr))
        values = np.where(some.indices == first + row, 0, some.data / worth[some.indices])
        np.maximum.at(most, first + row, values.astype(np.float32))
    return most


class _DenseLinks:
    """W over the n items that it covers."""

    def __init__(self, arrays: Arrays) -> None:
        self._weights: Floats = arrays["dense"]
        self._rows: Rows = arrays["rows"]
        size = len(arrays["popularity"])
        self._place = np.full(size, -1, dtype=np.int32)
        self._place[self._rows] = np.arange(len(self._rows))

    def sums(self, inputs: sparse.csr_array, shaped: Shaped) -> Floats:
        """(B, I) -> (B, I), through (B, n) @ (n, n), `shaped`"""
        sums = np.zeros(inputs.shape, dtype=np.float32)
        sums[:, self._rows] = inputs[:, self._rows] @ self._weights
        return shaped(sums)

    def between(self, items: Rows, rows: Rows) -> Floats:
        """(T, P): W[items, rows], 0 where it covers one of them not"""
        linked = np.zeros((len(items), len(rows)), dtype=np.float32)
        known_items = np.flatnonzero(self._place[items] >= 0)
        known_rows = np.flatnonzero(self._place[rows] >= 0)
        cells = np.ix_(self._place[items[known_items]], self._place[rows[known_rows]])
        linked[np.ix_(known_items, known_rows)] = self._weights[cells]
        return linked

    def of(self, items: Rows) -> Floats:
        """(T, I)"""
        return self.between(items, np.arange(len(self._place), dtype=np.int32))

    def near(self, items: Rows, worth: Floats, others: Rows | None) -> tuple[Floats, Floats]:
        """As of sparse ones."""
        near: Floats = np.asarray(np.maximum(self.of(items), 0) / worth, dtype=np.float32)
        near[np.arange(len(items)), items] = 0
        return near if others is None else near[:, others], near.max(axis=1, initial=0)
