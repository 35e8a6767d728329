"""Events become codes, offsets, windows and batches, with nothing lost."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from ml.config import TrainConfig
from ml.encoding import gap_codes, level_codes
from ml.held_back import held_back
from ml.inputs import batches, factors, meeting_factors, windows
from tests.ml.worlds import checkerboard, snapshot_of


def test_levels_divide_the_scale_and_an_unrated_event_has_none():
    stars = np.array([1.0, 3.0, 5.0, np.nan], dtype=np.float32)
    assert level_codes(stars, (1.0, 5.0)).tolist() == [1, 5, 10, 0]


def test_levels_of_a_scale_with_one_value_are_the_highest():
    assert level_codes(np.array([4.0], dtype=np.float32), (4.0, 4.0)).tolist() == [10]


def test_gaps_grow_with_the_logarithm_of_time_and_the_first_event_has_none():
    times = np.array([0.0, 0.0, 60.0, 1e12])
    codes = gap_codes(times, np.array([True, False, False, False]))
    assert codes.tolist() == [0, 1, 2, 15]


def test_windows_cover_every_event_once():
    lengths = np.array([3, 0, 25])
    parts = windows(lengths, 10, np.random.default_rng(1))
    covered = [(u, at) for u, first, end in parts for at in range(first, end)]
    assert sorted(covered) == [(0, at) for at in range(3)] + [(2, at) for at in range(25)]
    assert np.all(parts[:, 2] - parts[:, 1] <= 10)


def test_a_pass_predicts_every_event_once_from_the_one_before():
    world = snapshot_of([[0, 1, 2], [3, 4]], items=5)
    pairs = []
    for before, target in batches(world, history=4, positions=8, rng=np.random.default_rng(1)):
        pairs += [(b, t) for b, t in zip(before.ravel(), target.ravel(), strict=True) if t >= 0]
    assert sorted(pairs, key=lambda pair: pair[1]) == [(-1, 0), (0, 1), (1, 2), (-1, 3), (3, 4)]


def test_events_whose_order_means_nothing_come_in_a_new_order_in_each_pass():
    world = snapshot_of([list(range(30))], items=30, times=False)
    rng = np.random.default_rng(1)
    (first,), (second,) = (
        [target for _, target in batches(world, history=30, positions=30, rng=rng, ordered=False)]
        for _ in range(2)
    )
    assert sorted(first.ravel()) == sorted(second.ravel()) == list(range(30))
    assert first.tolist() != second.tolist()


def test_items_that_meet_often_lie_close():
    table = meeting_factors(checkerboard(), 8)
    lengths = np.linalg.norm(table, axis=1, keepdims=True)
    near = (table / lengths) @ (table / lengths).T
    same = np.arange(40)[:, None] % 2 == np.arange(40)[None, :] % 2
    assert near[same].mean() > near[~same].mean() + 0.5


@pytest.mark.parametrize("shape", [(0, 0), (1, 1), (1, 5), (5, 1), (3, 2)])
def test_factors_of_any_small_matrix_are_finite(shape):
    table = factors(sparse.csr_array(np.ones(shape, dtype=np.float32)), 4)
    assert table.shape == (shape[0], 4)
    assert np.all(np.isfinite(table))


def test_held_back_events_are_newer_than_what_was_seen_before():
    world = checkerboard()
    last = world.events.time[world.offsets[1:] - 1]
    since = float(np.median(last))
    held = held_back(world, TrainConfig(ordered=True), since=since)
    assert np.all(world.events.time[held] > since)
    assert not held_back(world, TrainConfig(ordered=True), since=np.inf).any()


def test_held_back_events_are_last_ones_of_at_most_a_fifth_of_the_people():
    world = checkerboard()
    held = held_back(world, TrainConfig(ordered=True))
    assert held.sum() == 16
    assert set(np.flatnonzero(held)) <= set(world.offsets[1:] - 1)
