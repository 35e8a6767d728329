"""What a model may see and what it is judged on.

A Split's `train` is what to fit on, `given` what is known of each judged person at serving time,
and `targets` what they did in truth. No target is ever in `train` or `given`. Randomness comes
from a seed; nothing here knows a model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.snapshot import Events, Rows, Snapshot

SEED = 42


@dataclass(frozen=True)
class Targets:
    """Events to be found: `user` (N,) non-decreasing, `item` (N,), `stars` (N,) NaN: no rating."""

    user: Rows
    item: Rows
    stars: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.user)

    @classmethod
    def of(cls, events: Events) -> Targets:
        return cls(events.user, events.item, events.stars)

    def where(self, mask: NDArray[np.bool_]) -> Targets:
        return Targets(self.user[mask], self.item[mask], self.stars[mask])


@dataclass(frozen=True)
class Split:
    train: Snapshot
    given: Snapshot
    targets: Targets
    cold: NDArray[np.bool_] | None = None  # (I,) the items that training sees no event of


def leave_last_out(snapshot: Snapshot, *, min_events: int = 2) -> Split:
    """Each user's last event is the target, if they have enough; all others are given."""
    offsets = snapshot.offsets
    counts = np.diff(offsets)
    is_target = np.zeros(len(snapshot.events), dtype=bool)
    is_target[offsets[1:][counts >= max(min_events, 1)] - 1] = True
    return _of_mask(snapshot, is_target)


def split_by_time(snapshot: Snapshot, *, share: float = 0.1) -> Split:
    """One moment for all: the newest `share` of events are targets, what came before is given.

    Targets are only those that a list could hold: of people known before that moment, and items
    that they had not met. Events without a time count as old.
    """
    events = snapshot.events
    dated = events.time[~np.isnan(events.time)]
    if not len(dated):
        return _of_mask(snapshot, np.zeros(len(events), dtype=bool))
    cut = np.quantile(dated, 1 - share, method="higher")
    is_new = np.nan_to_num(events.time, nan=-np.inf) >= cut
    given = snapshot.with_events(events.take(~is_new))
    later = events.take(is_new)
    known = np.diff(given.offsets)[later.user] > 0
    fresh = known & ~np.isin(_pairs(later, snapshot), _pairs(given.events, snapshot))
    _, first = np.unique(_pairs(later, snapshot), return_index=True)
    once = np.zeros(len(later), dtype=bool)
    once[first] = True
    return Split(given, given, Targets.of(later.take(fresh & once)))


def whole_taste(snapshot: Snapshot, *, seed: int = SEED, share: float = 0.2) -> Split:
    """Some people are held out of training; a random share of each one's events is the target.

    1,000 people, or a fifth of them where there are fewer than 5,000; only those with two events.
    """
    rng = np.random.default_rng(seed)
    counts = np.diff(snapshot.offsets)
    able = np.flatnonzero(counts >= 2)
    size = min(len(able), 1000 if len(snapshot.users) >= 5000 else -(-len(snapshot.users) // 5))
    held = np.zeros(len(snapshot.users), dtype=bool)
    held[rng.choice(able, size=size, replace=False)] = True
    events = snapshot.events
    is_held = held[events.user]
    shuffled = np.lexsort((rng.random(len(events)), events.user))
    place = np.empty(len(events), dtype=np.int64)
    place[shuffled] = np.arange(len(events)) - snapshot.offsets[events.user]
    wanted = np.maximum(1, np.round(counts * share)).astype(np.int64)
    is_target = is_held & (place < wanted[events.user])
    return Split(
        train=snapshot.with_events(events.take(~is_held)),
        given=snapshot.with_events(events.take(is_held & ~is_target)),
        targets=Targets.of(events.take(is_target)),
    )


def cold_items(snapshot: Snapshot, *, seed: int = SEED, share: float = 0.1) -> NDArray[np.bool_]:
    """(I,): the random tenth of the catalogue that is to be new."""
    size = len(snapshot.items)
    cold = np.zeros(size, dtype=bool)
    count = min(size, max(1, round(size * share)))
    cold[np.random.default_rng(seed).choice(size, size=count, replace=False)] = True
    return cold


def hide_items(snapshot: Snapshot, cold: NDArray[np.bool_]) -> Split:
    """Last events are the targets, and training sees no event of the cold items."""
    split = leave_last_out(snapshot)
    events = split.train.events
    train = snapshot.with_events(events.take(~cold[events.item]))
    return Split(train, split.given, split.targets, cold)


def rating_tenth(snapshot: Snapshot, *, seed: int = SEED, share: float = 0.1) -> Split:
    """A random tenth of the ratings is the target."""
    rated = np.flatnonzero(~np.isnan(snapshot.events.stars))
    size = round(len(rated) * share)
    is_target = np.zeros(len(snapshot.events), dtype=bool)
    is_target[np.random.default_rng(seed).choice(rated, size=size, replace=False)] = True
    return _of_mask(snapshot, is_target)


def _of_mask(snapshot: Snapshot, is_target: NDArray[np.bool_]) -> Split:
    given = snapshot.with_events(snapshot.events.take(~is_target))
    return Split(given, given, Targets.of(snapshot.events.take(is_target)))


def _pairs(events: Events, snapshot: Snapshot) -> NDArray[np.int64]:
    return events.user.astype(np.int64) * max(len(snapshot.items), 1) + events.item
