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
    split_by_time,
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


def test_a_split_by_time_puts_one_moment_between_given_and_targets():
    clock = np.arange(10, dtype=np.float64)
    events = Events.sorted(
        user=np.array([0, 1] * 5, dtype=np.int32),
        item=np.array([0, 1, 2, 3, 4, 0, 1, 2, 3, 4], dtype=np.int32),
        kind=np.ones(10, dtype=np.int8),
        stars=np.full(10, np.nan, dtype=np.float32),
        time=clock,
    )
    snapshot = Snapshot(items_of(5), snapshot_of([[], []], items=1).users, events)
    split = split_by_time(snapshot, share=0.3)
    assert split.given.events.time.max() < 7
    assert pairs(split.targets.user, split.targets.item) == {(1, 2), (0, 3), (1, 4)}


def test_a_split_by_time_leaves_out_known_items_and_strangers():
    given = snapshot_of([[0, 1, 2, 3, 0, 4], []], items=5)
    split = split_by_time(given, share=0.3)
    assert pairs(split.targets.user, split.targets.item) == {(0, 4)}


def test_a_split_by_time_of_data_without_times_has_no_targets():
    assert len(split_by_time(snapshot_of([[0, 1]], items=2, times=False)).targets) == 0


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
    "time": split_by_time,
    "taste": whole_taste,
    "rating": rating_tenth,
    "cold": lambda snapshot: hide_items(snapshot, cold_items(snapshot)),
}


@pytest.mark.parametrize("name", SPLITS)
def test_no_target_is_given_or_trained_on(name):
    split: Split = SPLITS[name](checkerboard())
    targets = pairs(split.targets.user, split.targets.item)
    assert targets
    for part in (split.train, split.given):
        assert not targets & pairs(part.events.user, part.events.item)


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
