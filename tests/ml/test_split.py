"""Splits never leak a target, and take what they say they take."""

from __future__ import annotations

import numpy as np
import pytest

from ml.snapshot import Events, Snapshot
from ml.split import (
    Split,
    cold_items,
    hide_items,
    leave_last_out,
    rating_tenth,
    rolling_after,
    whole_taste,
)
from tests.ml.worlds import checkerboard, items_of, snapshot_of


def pairs(user: np.ndarray, item: np.ndarray) -> set[tuple[int, int]]:
    return set(zip(user.tolist(), item.tolist(), strict=True))


def test_the_last_event_is_the_target():
    split = leave_last_out(snapshot_of([[3, 1, 2], [0], [2, 0]], items=4))
    assert pairs(split.targets.user, split.targets.item) == {(0, 2), (2, 0)}
    given = pairs(split.given.events.user, split.given.events.item)
    assert given == {(0, 3), (0, 1), (1, 0), (2, 2)}


def test_events_of_one_time_keep_their_order():
    snapshot = snapshot_of([[2, 0, 1]], items=3, times=False)
    assert leave_last_out(snapshot).targets.item.tolist() == [1]


def test_people_with_too_few_events_have_no_target():
    split = leave_last_out(snapshot_of([[0, 1], [0, 1, 2]], items=3), min_events=3)
    assert split.targets.user.tolist() == [1]


def at_times(*events: tuple[int, int, float], people: int, items: int) -> Snapshot:
    """Views of (person, item, time)."""
    users, rows, times = (np.array(column) for column in zip(*events, strict=True))
    views = Events.sorted(
        user=users.astype(np.int32),
        item=rows.astype(np.int32),
        kind=np.ones(len(events), dtype=np.int8),
        stars=np.full(len(events), np.nan, dtype=np.float32),
        time=times.astype(np.float64),
    )
    return Snapshot(items_of(items), snapshot_of([[]] * people, items=1).users, views)


def foretold(split: Split) -> list[tuple[int, list[int], int]]:
    """(person, what was given of them, the target) for each target."""
    assert split.whose is not None
    return [
        (int(split.whose[user]), split.given.history(int(user)).item.tolist(), int(item))
        for user, item in zip(split.targets.user, split.targets.item, strict=True)
    ]


def test_later_events_are_foretold_one_by_one_from_all_that_came_before():
    snapshot = at_times(*((n % 2, n // 2, n) for n in range(10)), people=2, items=5)
    split = rolling_after(snapshot, share=0.4)
    assert split.train.events.time.max() == 5
    assert foretold(split) == [
        (0, [0, 1, 2], 3),
        (0, [0, 1, 2, 3], 4),
        (1, [0, 1, 2], 3),
        (1, [0, 1, 2, 3], 4),
    ]
    assert split.people == 2


def test_whoever_is_new_counts_from_the_second_event_on():
    old = [(0, item, float(item)) for item in range(6)]
    snapshot = at_times(*old, (1, 2, 6), (1, 3, 7), (1, 4, 8), (2, 0, 9), people=3, items=6)
    assert foretold(rolling_after(snapshot, share=0.4)) == [(1, [2], 3), (1, [2, 3], 4)]


def test_an_item_that_was_met_before_is_given_and_never_foretold():
    snapshot = at_times(*enumerate_events([0, 1, 2, 3, 0, 4, 4, 5]), people=1, items=6)
    assert foretold(rolling_after(snapshot, share=0.5)) == [
        (0, [0, 1, 2, 3, 0], 4),
        (0, [0, 1, 2, 3, 0, 4, 4], 5),
    ]


def enumerate_events(items: list[int]) -> list[tuple[int, int, float]]:
    return [(0, item, float(at)) for at, item in enumerate(items)]


def test_a_person_has_a_few_targets_from_all_over_their_later_events():
    snapshot = at_times(*enumerate_events(list(range(40))), people=1, items=40)
    targets = rolling_after(snapshot, share=0.5, each=4).targets.item
    assert targets.tolist() == [22, 27, 32, 37]  # the middles of 20-24, 25-29, ...


def test_many_people_share_the_targets_there_may_be():
    snapshot = snapshot_of([list(range(20))] * 30, items=20)
    split = rolling_after(snapshot, share=0.5, most=60)
    assert np.bincount(split.whose).tolist() == [2] * 30
    few = rolling_after(snapshot, share=0.5, most=7)
    assert (len(few.targets), few.people) == (7, 7)
    other = rolling_after(snapshot, share=0.5, most=7, seed=5)
    assert few.whose.tolist() != other.whose.tolist()


def test_only_the_newest_of_a_long_history_is_given(monkeypatch):
    monkeypatch.setattr("ml.split.LONGEST_HISTORY", 3)
    snapshot = at_times(*enumerate_events(list(range(10))), people=1, items=10)
    assert foretold(rolling_after(snapshot, share=0.1)) == [(0, [6, 7, 8], 9)]


def test_events_without_a_time_are_old():
    events = [(0, 0, 1.0), (0, 1, 2.0), (0, 2, np.nan), (0, 3, 3.0)]
    split = rolling_after(at_times(*events, people=1, items=4), share=0.4)
    assert sorted(split.train.events.item.tolist()) == [0, 1, 2]
    assert foretold(split) == [(0, [2, 0, 1], 3)]


@pytest.mark.parametrize("time", [7.0, np.nan], ids=["one time", "no times"])
def test_without_a_before_and_an_after_nothing_is_foretold(time):
    split = rolling_after(at_times((0, 0, time), (0, 1, time), people=1, items=2))
    assert len(split.targets) == split.people == 0
    assert len(split.train.events) == 2


def test_whole_taste_holds_a_fifth_of_people_out_of_training():
    snapshot = checkerboard(people=50)
    split = whole_taste(snapshot)
    held = set(split.targets.user.tolist())
    assert len(held) == 10
    assert not held & set(split.train.events.user.tolist())
    assert held == set(split.given.events.user.tolist())
    assert np.all(np.bincount(split.targets.user)[sorted(held)] == 2)  # a fifth of 10 events


def test_cold_items_have_no_event_in_training():
    snapshot = checkerboard()
    cold = cold_items(snapshot)
    assert cold.sum() == 4
    assert not cold[hide_items(snapshot, cold).train.events.item].any()


def test_a_tenth_of_the_ratings_is_hidden():
    split = rating_tenth(checkerboard(people=20))
    assert len(split.targets) == 20
    assert len(split.given.events) == 180
    assert not np.isnan(split.targets.stars).any()


SPLITS = {
    "last": leave_last_out,
    "rolling": rolling_after,
    "taste": whole_taste,
    "rating": rating_tenth,
    "cold": lambda snapshot: hide_items(snapshot, cold_items(snapshot)),
}


@pytest.mark.parametrize("name", SPLITS)
def test_no_target_is_given_or_trained_on(name):
    split: Split = SPLITS[name](checkerboard())
    users = split.targets.user
    assert len(users)
    assert not pairs(users, split.targets.item) & pairs(
        split.given.events.user, split.given.events.item
    )
    users = users if split.whose is None else split.whose[users]
    assert not pairs(users, split.targets.item) & pairs(
        split.train.events.user, split.train.events.item
    )


@pytest.mark.parametrize("name", SPLITS)
def test_a_split_is_the_same_each_time(name):
    first, second = SPLITS[name](checkerboard()), SPLITS[name](checkerboard())
    np.testing.assert_array_equal(first.targets.item, second.targets.item)
    assert first.train.fingerprint() == second.train.fingerprint()


@pytest.mark.parametrize("name", SPLITS)
@pytest.mark.parametrize("histories", [[], [[]], [[0]], [[0, 1]]])
def test_tiny_data_can_be_split(name, histories):
    split = SPLITS[name](snapshot_of(histories, items=2))
    assert len(split.targets) <= 1
