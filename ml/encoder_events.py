"""Histories into what the encoder reads: codes, then centred vectors in batches of any lengths.

`ml.model` learns a vector for each item and for each code of an event's kind, rating level and gap
in time; their sum is the event. `ml.encoder_blocks` takes it from there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.encoder_blocks import Block, Entry, clear_padding, sizes
from ml.snapshot import Events, Floats, History

LEVELS = 11  # 0: not rated; 1 to 10: tenths of the rating scale
GAPS = 16  # 0: unknown; 1 to 15: doublings of the minutes since the event before
GAP_FLOORS = 60 * (2.0 ** np.arange(GAPS - 1) - 1)
"""The fewest seconds of each code from 1 on."""
PREPARED_ITEMS = 30_000
"""Up to so many, items are taken through the first block's weights once for all: 1 kB an item."""
ROWS_AT_ONCE = 2_000
"""Events, with padding, that are encoded in one batch, at most, ..."""
ROWS_AT_LEAST = 200
"""... and at least, where there are so many, ..."""
LEAST_FILLED = 0.75
"""... of people with no less than this share of the events of the one who has most."""
FILLER = History.of_items([0])
Codes = NDArray[np.int32]
Counts = NDArray[np.int64]


def level_codes(stars: Floats, scale: tuple[float, float]) -> Codes:
    """Where on the scale a rating lies, as a code below LEVELS. Any shape."""
    low, high = scale
    rated = ~np.isnan(stars)
    if high <= low:
        return np.where(rated, LEVELS - 1, 0).astype(np.int32)
    tenths = np.rint(np.where(rated, stars - low, 0) * (9 / (high - low)))
    return np.where(rated, 1 + np.clip(tenths, 0, 9), 0).astype(np.int32)


def gap_codes(time: NDArray[np.float64], first: NDArray[np.bool_]) -> Codes:
    """How long after the event before it each event came; `first` marks those without one. (N,)"""
    gap = np.empty(len(time))
    np.subtract(time[1:], time[:-1], out=gap[1:])
    gap[first] = np.nan
    codes = np.maximum(np.searchsorted(GAP_FLOORS, gap, side="right"), 1)
    return np.where(np.isnan(gap), 0, codes).astype(np.int32)


def event_gaps(events: Events) -> Codes:
    """`gap_codes` of many people's events at once."""
    return gap_codes(events.time, np.diff(events.user, prepend=-1) != 0)


@dataclass(frozen=True)
class Reading:
    """What is to be read of some people: their events one person after the other, as codes."""

    item: Codes  # (N,)
    code: Codes  # (N,) of kind, level and gap in one
    ends: Counts  # (B,) each person's events end before this
    counts: Counts  # (B,) how many of them are read
    starts: NDArray[np.bool_]  # (B,) whether the start vector stands before them

    @property
    def lengths(self) -> Counts:
        """(B,)"""
        return self.counts + self.starts

    def batches(self) -> Iterator[Counts]:
        """People (B,) of about the same length, so that together they need little padding."""
        order = np.argsort(-self.lengths, kind="stable")
        lengths = self.lengths[order]
        at = 0
        while at < len(order):
            longest = int(lengths[at])
            near = int(np.searchsorted(-lengths, -longest * LEAST_FILLED, side="right"))
            near = max(near, at + ROWS_AT_LEAST // longest)
            end = min(near, at + max(1, ROWS_AT_ONCE // longest))
            yield order[at:end]
            at = end


class EventReader:
    """The vectors of events, over saved arrays."""

    def __init__(
        self,
        arrays: Mapping[str, Floats],
        *,
        scale: tuple[float, float],
        length: int,
        first: Block | None,
    ) -> None:
        """`length` is L, the most events of one person; `first` the encoder's first block."""
        self.scale = scale
        self.length = length
        self._items = np.asarray(arrays["item_vectors"])  # (I, D)
        self._start = np.asarray(arrays["start"])  # (D,)
        kind, level, gap = (np.asarray(arrays[name]) for name in ("kind", "level", "gap"))
        codes = kind[:, None, None] + level[:, None] + gap  # (KINDS, LEVELS, GAPS, D)
        self._codes = codes.reshape(-1, codes.shape[-1])
        self._prepared = (
            [self._behind(weights) for weights in (first.value_in, first.gate_in)]
            if first is not None and len(self._items) <= PREPARED_ITEMS
            else None
        )

    def read(self, histories: Sequence[History]) -> Reading:
        """The latest events of whole histories, behind the start where there is room for it."""
        whole = np.array([len(history) for history in histories], dtype=np.int64)
        # one event more than is read: it says how long before the first one something happened
        parts = [history.take(slice(-self.length - 1, None)) for history in histories]
        return self.read_last(parts, np.minimum(whole, self.length), starts=whole < self.length)

    def read_last(
        self, histories: Sequence[History], counts: Counts, *, starts: NDArray[np.bool_]
    ) -> Reading:
        """The last `counts` (B,) events of each; those before them count for the gaps alone."""
        item, kind, stars, time = (
            np.concatenate([getattr(history, name) for history in (*histories, FILLER)])
            for name in ("item", "kind", "stars", "time")
        )
        ends = np.cumsum([len(history) for history in histories], dtype=np.int64)
        is_first = np.zeros(len(item), dtype=bool)
        is_first[0] = True
        is_first[ends] = True
        code = _code(kind, level_codes(stars, self.scale), gap_codes(time, is_first))
        return Reading(item, code, ends, counts, starts)

    def vectors(self, reading: Reading, people: Counts) -> tuple[Floats, Entry | None]:
        """Centred vectors (B, T, D) of some people's events, padded in front; see `Entry`."""
        lengths = reading.lengths[people]
        length = int(lengths.max())
        at = reading.ends[people, None] - np.arange(length, 0, -1)  # (B, T)
        item, code = (array.take(at, mode="clip") for array in (reading.item, reading.code))
        (starting,) = np.nonzero(reading.starts[people])
        start = starting, length - lengths[starting]
        x = self._items[item]
        x += self._codes[code]
        x[start] = self._start
        x -= (x @ np.full(x.shape[-1], 1 / x.shape[-1], dtype=np.float32))[..., None]
        if self._prepared is None:
            return x, None
        size = sizes(x)[..., None]
        value, gate = (_enter(table, item, code, start, size) for table in self._prepared)
        clear_padding(value, lengths)
        return x, (value, gate)

    def one(self, event: History, *, since: float) -> Floats:
        """The centred vector (D,) of a single event; `since` is the time of the one before it."""
        time = np.array([since, event.time[0]])
        gap = gap_codes(time, np.array([True, False]))[1]
        level = level_codes(event.stars, self.scale)[0]
        x: Floats = self._items[event.item[0]] + self._codes[_code(event.kind[0], level, gap)]
        x -= x.sum() / np.float32(len(x))
        return x

    def _behind(self, weights: Floats) -> _Prepared:
        """What items, codes and the start, each centred, are behind weights (D + 1, E)."""
        centred = weights[:-1] - weights[:-1].mean(axis=0)
        return _Prepared(
            self._items @ centred, self._codes @ centred, self._start @ centred, weights[-1]
        )


def _code(kind: NDArray[np.int8], level: Codes, gap: Codes) -> Codes:
    """Row of an event's table of codes. Any shape."""
    return (kind.astype(np.int32) * LEVELS + level) * GAPS + gap


@dataclass(frozen=True)
class _Prepared:
    items: Floats  # (I, E)
    codes: Floats  # (KINDS * LEVELS * GAPS, E)
    start: Floats  # (E,)
    bias: Floats  # (E,)


def _enter(
    table: _Prepared, item: Codes, code: Codes, start: tuple[Counts, Counts], size: Floats
) -> Floats:
    """normed(x) @ weights from what was prepared of it. (B, T) -> (B, T, E)"""
    entered = table.items[item]
    entered += table.codes[code]
    entered[start] = table.start
    entered /= size
    entered += table.bias
    return entered
