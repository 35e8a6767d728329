"""Arrays that contradict each other are refused when a value is made."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ml.snapshot import Events, History, ItemTable, SnapshotError, Vocabulary
from tests.ml.worlds import items_of, snapshot_of


def events_of(user: list[int], time: list[float]) -> Events:
    size = len(user)
    return Events.sorted(
        user=np.array(user, dtype=np.int32),
        item=np.arange(size, dtype=np.int32),
        kind=np.ones(size, dtype=np.int8),
        stars=np.full(size, np.nan, dtype=np.float32),
        time=np.array(time),
    )


def test_a_vocabulary_knows_rows_by_ids():
    ids = Vocabulary(("a", "b"))
    assert ids.row("b") == 1
    assert ids.row("z") == -1
    assert ids.rows(["b", "z", "a"]).tolist() == [1, -1, 0]
    assert ids.rows([]).dtype == np.int32


def test_an_id_that_is_repeated_is_refused():
    with pytest.raises(SnapshotError, match="1 ids are repeated"):
        Vocabulary(("a", "b", "a"))


def test_events_are_sorted_by_person_then_time_then_as_given():
    events = events_of([1, 0, 1, 0], [5, 9, 5, 2])
    assert events.user.tolist() == [0, 0, 1, 1]
    assert events.item.tolist() == [3, 1, 0, 2]


def test_events_without_a_time_come_last():
    assert events_of([0, 0, 0], [np.nan, 3, np.nan]).item.tolist() == [1, 0, 2]


def test_events_in_disorder_are_refused():
    sorted_ = events_of([0, 1], [1, 2])
    with pytest.raises(SnapshotError, match="not sorted"):
        replace(sorted_, user=sorted_.user[::-1])


def test_infinite_times_and_stars_are_refused():
    with pytest.raises(SnapshotError, match="finite"):
        events_of([0], [np.inf])


def test_arrays_of_different_lengths_are_refused():
    with pytest.raises(SnapshotError, match="length"):
        replace(events_of([0, 0], [1, 2]), item=np.array([0], dtype=np.int32))
    with pytest.raises(SnapshotError, match="length"):
        replace(History.of_items([1, 2]), time=np.array([1.0]))
    with pytest.raises(SnapshotError, match="titles has 1 entries for 2 items"):
        replace(items_of(2), titles=("one",))


def test_a_history_names_known_items_only():
    with pytest.raises(SnapshotError, match="unknown item"):
        History.of_items([3, -1])


def test_a_snapshot_holds_items_people_and_ratings_that_exist():
    snapshot = snapshot_of([[0, 1]], items=2, stars=[[3, 5]])
    with pytest.raises(SnapshotError, match="item row"):
        replace(snapshot, items=items_of(1))
    with pytest.raises(SnapshotError, match="user row"):
        replace(snapshot, users=Vocabulary(()))
    with pytest.raises(SnapshotError, match="outside the scale"):
        replace(snapshot, scale=(1.0, 4.0))


def test_an_attribute_that_does_not_exist_is_refused():
    table = items_of(1, attributes=[["genre:x"]])
    with pytest.raises(SnapshotError, match="attribute row"):
        ItemTable(**{**vars(table), "attribute_names": (), "ids": table.ids})


def test_the_history_of_a_person_is_their_part_of_the_events():
    snapshot = snapshot_of([[0], [], [2, 1]], items=3)
    assert [snapshot.history(user).item.tolist() for user in range(3)] == [[0], [], [2, 1]]


def test_a_fingerprint_changes_with_anything_that_could_be_learned():
    snapshot = snapshot_of([[0, 1]], items=2, stars=[[3, 5]])
    others = [
        snapshot_of([[1, 0]], items=2, stars=[[3, 5]]),
        snapshot_of([[0, 1]], items=2, stars=[[3, 4]]),
        snapshot_of([[0, 1]], items=2, stars=[[3, 5]], times=False),
        snapshot_of([[0, 1]], items=items_of(2, titles=["Other", "Item 1"]), stars=[[3, 5]]),
        replace(snapshot, scale=(1.0, 10.0)),
    ]
    assert len({each.fingerprint() for each in [snapshot, *others]}) == 6
