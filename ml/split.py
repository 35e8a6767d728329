"""What a model may see and what it is judged on.

A Split's `train` is what to fit on, `given` what is known of each judged person at serving time,
and `targets` what they did in truth. No target is ever in `train`, nor given to who is to do it.
Randomness comes from a seed; nothing here knows a model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.snapshot import Events, Rows, Snapshot, Vocabulary

SEED = 42
LONGEST_HISTORY = 1000
"""Most events that are given before one target: it bounds memory, and holds what lists mask."""


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
    whose: Rows | None = None
    """(U,): which user of `train` each user of `given` is, where one stands there several times."""

    @property
    def people(self) -> int:
        """How many people have a target."""
        users = self.targets.user
        return len(np.unique(users if self.whose is None else self.whose[users]))


def leave_last_out(snapshot: Snapshot, *, min_events: int = 2) -> Split:
    """Each user's last event is the target, if they have enough; all others are given."""
    offsets = snapshot.offsets
    counts = np.diff(offsets)
    is_target = np.zeros(len(snapshot.events), dtype=bool)
    is_target[offsets[1:][counts >= max(min_events, 1)] - 1] = True
    return _of_mask(snapshot, is_target)


def rolling_after(
    snapshot: Snapshot, *, share: float = 0.1, most: int = 5000, each: int = 10, seed: int = SEED
) -> Split:
    """One moment for all: models learn what came before it, and foretell later events one by one.

    As on a site, the model is older than the history that it is asked with. At most the newest
    `share` of events is later. A target is an item that its person had not met; `given` has a user
    for each target, with all that the person did until then, later events too. Whoever is new
    after the moment counts from the second event on: before the first there is nobody to know.

    Each person has at most `each` targets, fewer where that makes more than `most`, from all over
    their later events; of more than `most` people, some are drawn. Events without a time are old.
    """
    is_new = _newest(snapshot.events.time, share=share)
    train = snapshot.with_events(snapshot.events.take(~is_new))
    time = np.nan_to_num(snapshot.events.time, nan=-np.inf)
    order = np.lexsort((time, snapshot.events.user))  # stable; undated events come first
    events, is_new = snapshot.events.take(order), is_new[order]
    is_first_meeting = np.zeros(len(events), dtype=bool)
    is_first_meeting[np.unique(_pairs(events, snapshot), return_index=True)[1]] = True
    begins = snapshot.offsets[events.user]  # (N,) where the person's events begin
    can = np.flatnonzero(is_new & is_first_meeting & (np.arange(len(events)) > begins))
    at = can[_spread(events.user[can], most=most, each=each, seed=seed)]
    whose = events.user[at]
    users = np.arange(len(at), dtype=np.int32)
    starts = np.maximum(begins[at], at - LONGEST_HISTORY)
    given = Snapshot(
        snapshot.items,
        Vocabulary(tuple(f"{row}:{snapshot.users.ids[user]}" for row, user in enumerate(whose))),
        _slices(events, starts, at),
        snapshot.scale,
    )
    return Split(train, given, Targets(users, events.item[at], events.stars[at]), whose=whose)


def _newest(time: NDArray[np.float64], *, share: float) -> NDArray[np.bool_]:
    """(N,): which events are the newest `share` of those with a time; fewer where times tie."""
    dated = time[~np.isnan(time)]
    if not len(dated):
        return np.zeros(len(time), dtype=bool)
    return np.greater(time, np.quantile(dated, 1 - share, method="lower"))


def _spread(user: NDArray[np.integer], *, most: int, each: int, seed: int) -> NDArray[np.int64]:
    """Indices into sorted users (N,): for each at most `each`, evenly spaced, `most` in all."""
    people, firsts, counts = np.unique(user, return_index=True, return_counts=True)
    if len(people) > most:
        drawn = np.random.default_rng(seed).choice(len(people), size=most, replace=False)
        firsts, counts = firsts[np.sort(drawn)], counts[np.sort(drawn)]
    wanted = np.minimum(counts, min(each, max(1, most // max(len(counts), 1))))  # (P,)
    nth = np.arange(wanted.sum()) - np.repeat(np.cumsum(wanted) - wanted, wanted)
    places = (2 * nth + 1) * np.repeat(counts, wanted) // (2 * np.repeat(wanted, wanted))
    spread: NDArray[np.int64] = np.repeat(firsts, wanted) + places
    return spread


def _slices(events: Events, starts: NDArray[np.integer], ends: NDArray[np.integer]) -> Events:
    """The events of slices that may overlap, those of the nth as user n."""
    sizes = ends - starts
    shifts = np.repeat(starts - (np.cumsum(sizes) - sizes), sizes)
    chosen = np.arange(sizes.sum()) + shifts
    user = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
    return Events(
        user, events.item[chosen], events.kind[chosen], events.stars[chosen], events.time[chosen]
    )


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
