"""What a model learns from: items, people and events as checked, frozen arrays.

`recommendations.dataset` makes a Snapshot from database rows, `ml.datafolder` from a data set
folder; `ml.train` and `ml.baselines` fit it. A *row* is an index into these arrays, an *id* is
the outside world's string. A History is one person's events, at serving time. Nothing here reads
a file, a clock or a database.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int32]
Floats = NDArray[np.float32]

KINDS = ("rating", "view", "want", "doing", "done")
"""What an event can be, in the order of the codes in `Events.kind`."""


class SnapshotError(ValueError):
    """Arrays that contradict each other; the message names the field and the first bad place."""


@dataclass(frozen=True)
class Vocabulary:
    """Outside ids and their rows. Ids are distinct, non-empty strings."""

    ids: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self._rows) != len(self.ids):
            raise SnapshotError(f"{len(self.ids) - len(self._rows)} ids are repeated")

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {id_: row for row, id_ in enumerate(self.ids)}

    def __len__(self) -> int:
        return len(self.ids)

    def row(self, id_: str) -> int:
        """The row of an id, or -1 for one that is unknown."""
        return self._rows.get(id_, -1)

    def rows(self, ids: Iterable[str]) -> Rows:
        """The rows of many ids, -1 for each that is unknown."""
        return np.fromiter(map(self._rows.get, ids, repeat(-1)), dtype=np.int32)


@dataclass(frozen=True)
class History:
    """What one person did, oldest first. All arrays have shape (T,); T may be 0."""

    item: Rows
    kind: NDArray[np.int8]
    stars: Floats  # in the data's own scale; NaN where the event is no rating
    time: NDArray[np.float64]  # seconds since the epoch; NaN where unknown

    def __post_init__(self) -> None:
        if not len(self.item) == len(self.kind) == len(self.stars) == len(self.time):
            raise SnapshotError("the arrays of a history differ in length")
        if len(self.item) and self.item.min() < 0:
            raise SnapshotError("a history names an unknown item (-1); leave such events out")

    def __len__(self) -> int:
        return len(self.item)

    @classmethod
    def empty(cls) -> History:
        return cls.of_items([])

    @classmethod
    def of_items(cls, items: Sequence[int] | Rows, *, kind: str = "view") -> History:
        """A history of plain, unrated events without times."""
        size = len(items)
        return cls(
            item=np.asarray(items, dtype=np.int32),
            kind=np.full(size, KINDS.index(kind), dtype=np.int8),
            stars=np.full(size, np.nan, dtype=np.float32),
            time=np.full(size, np.nan),
        )

    def take(self, where: slice | NDArray[np.bool_] | NDArray[np.integer]) -> History:
        """The part of this history that an index, slice or mask picks."""
        return History(self.item[where], self.kind[where], self.stars[where], self.time[where])


@dataclass(frozen=True)
class Events:
    """All events, sorted by user and, within a user, by time (equal times keep their order)."""

    user: Rows  # (N,) non-decreasing
    item: Rows  # (N,)
    kind: NDArray[np.int8]  # (N,) index into KINDS
    stars: Floats  # (N,) NaN where the event is no rating
    time: NDArray[np.float64]  # (N,) seconds since the epoch, NaN where unknown

    def __post_init__(self) -> None:
        sizes = {len(self.user), len(self.item), len(self.kind), len(self.stars), len(self.time)}
        if len(sizes) != 1:
            raise SnapshotError(f"event arrays differ in length: {sorted(sizes)}")
        if len(self.user) and np.any(np.diff(self.user) < 0):
            raise SnapshotError("events are not sorted by user; Events.sorted() sorts them")
        if np.any(np.isinf(self.stars)) or np.any(np.isinf(self.time)):
            raise SnapshotError("stars and times must be finite or NaN")

    @classmethod
    def sorted(
        cls,
        *,
        user: Rows,
        item: Rows,
        kind: NDArray[np.int8],
        stars: Floats,
        time: NDArray[np.float64],
    ) -> Events:
        """Events in any order, sorted by user, then time, then the order given."""
        order = np.lexsort((time, user))  # stable; NaN times come last
        return cls(user[order], item[order], kind[order], stars[order], time[order])

    def __len__(self) -> int:
        return len(self.user)

    def take(self, where: slice | NDArray[np.bool_] | NDArray[np.integer]) -> Events:
        """The events that a mask or an increasing index picks."""
        return Events(
            self.user[where],
            self.item[where],
            self.kind[where],
            self.stars[where],
            self.time[where],
        )

    def offsets(self, user_count: int) -> NDArray[np.int64]:
        """(U+1,): the events of user u are offsets[u] to offsets[u + 1]."""
        return np.searchsorted(self.user, np.arange(user_count + 1))


@dataclass(frozen=True)
class ItemTable:
    """The catalogue: an id, a text and attributes for each item.

    Attributes are a sparse 0/1 matrix (I, A) in CSR form; an attribute is named "kind:value",
    such as "genres:Comedy".
    """

    ids: Vocabulary
    titles: tuple[str, ...]
    texts: tuple[str, ...]  # the description, "" where there is none
    years: Floats  # (I,) NaN where unknown
    attribute_names: tuple[str, ...]  # (A,)
    attribute_starts: NDArray[np.int64]  # (I+1,)
    attributes: Rows  # attributes[starts[i]:starts[i+1]] are those of item i, by row

    def __post_init__(self) -> None:
        size = len(self.ids)
        for name, length in (
            ("titles", len(self.titles)),
            ("texts", len(self.texts)),
            ("years", len(self.years)),
            ("attribute_starts", len(self.attribute_starts) - 1),
        ):
            if length != size:
                raise SnapshotError(f"{name} has {length} entries for {size} items")
        if size and self.attribute_starts[-1] != len(self.attributes):
            raise SnapshotError("attribute_starts does not end where attributes do")
        if len(self.attributes) and not (
            self.attributes.min() >= 0 and self.attributes.max() < len(self.attribute_names)
        ):
            raise SnapshotError("an attribute row is out of range")

    def __len__(self) -> int:
        return len(self.ids)

    def attributes_of(self, row: int) -> Rows:
        return self.attributes[self.attribute_starts[row] : self.attribute_starts[row + 1]]


@dataclass(frozen=True)
class Snapshot:
    """Everything a model is fitted on."""

    items: ItemTable
    users: Vocabulary
    events: Events
    scale: tuple[float, float] = field(default=(0.5, 5.0))
    """Lowest and highest rating that the data's scale allows."""

    def __post_init__(self) -> None:
        events = self.events
        if len(events):
            if events.item.min() < 0 or events.item.max() >= len(self.items):
                raise SnapshotError("an event names an item row that does not exist")
            if events.user.min() < 0 or events.user.max() >= len(self.users):
                raise SnapshotError("an event names a user row that does not exist")
            rated = events.stars[~np.isnan(events.stars)]
            if len(rated) and (rated.min() < self.scale[0] or rated.max() > self.scale[1]):
                raise SnapshotError(
                    f"a rating lies outside the scale {self.scale}: {rated.min()} to {rated.max()}"
                )

    @cached_property
    def offsets(self) -> NDArray[np.int64]:
        return self.events.offsets(len(self.users))

    def history(self, user: int) -> History:
        """The events of one user, oldest first."""
        part = slice(self.offsets[user], self.offsets[user + 1])
        events = self.events
        return History(events.item[part], events.kind[part], events.stars[part], events.time[part])

    def with_events(self, events: Events) -> Snapshot:
        """The same items and users with other events."""
        return Snapshot(self.items, self.users, events, self.scale)

    def of_some_people(self, most: int, *, seed: int) -> Snapshot:
        """With all events of random people, as many as make at most so many events; or of all."""
        counts = np.diff(self.offsets)
        if counts.sum() <= most:
            return self
        order = np.random.default_rng(seed).permutation(len(counts))
        kept = np.zeros(len(counts), dtype=bool)
        kept[order[np.cumsum(counts[order]) <= most]] = True
        return self.with_events(self.events.take(kept[self.events.user]))

    @cached_property
    def has_times(self) -> bool:
        """Whether the order of events means anything."""
        return bool(np.any(~np.isnan(self.events.time)))

    def fingerprint(self) -> str:
        """A SHA-256 over everything a model could learn from."""
        digest = hashlib.sha256()
        items = self.items
        for strings in (
            items.ids.ids,
            items.titles,
            items.texts,
            items.attribute_names,
            self.users.ids,
        ):
            digest.update("\x1f".join(strings).encode())
            digest.update(b"\x1e")
        for array in (
            items.years,
            items.attribute_starts,
            items.attributes,
            *(self.events.user, self.events.item, self.events.kind),
            *(self.events.stars, self.events.time),
            np.asarray(self.scale),
        ):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()
