"""Rotation and exploration: bounds, recovery, places, and the same list for the same rng."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.exploration import RECOVERY_DAYS, TIRING, Shown, explore, weariness
from ml.ranking import Picks
from ml.snapshot import SnapshotError


def shown(*entries: tuple[int, float, float]) -> Shown:
    """(row, times, days ago) each."""
    rows, times, days = zip(*entries, strict=True)
    return Shown(np.array(rows, dtype=np.int32), np.array(times), np.array(days))


def picks(rows: list[int] | range) -> Picks:
    return Picks(np.array(rows, dtype=np.int32), np.linspace(2, 1, len(rows), dtype=np.float32))


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_nobody_is_weary_of_what_was_not_shown():
    assert weariness(Shown.nothing(), np.array([3, 5])).tolist() == [0, 0]
    assert weariness(shown((4, 9, 0), (-1, 9, 0)), np.array([3, 5])).tolist() == [0, 0]


def test_arrays_of_different_length_are_refused():
    with pytest.raises(SnapshotError, match="differ in length"):
        Shown(np.array([1, 2], dtype=np.int32), np.ones(2), np.ones(1))


def test_weariness_grows_with_each_time_and_is_bounded():
    found = [weariness(shown((3, times, 0)), np.array([3]))[0] for times in (1, 2, 8, 1000)]
    assert found == sorted(found)
    assert found[-1] <= 1


def test_half_of_it_is_reached_and_forgotten_as_said():
    assert weariness(shown((3, TIRING, 0)), np.array([3]))[0] == pytest.approx(0.5)
    later = weariness(shown((3, 2 * TIRING, RECOVERY_DAYS)), np.array([3]))[0]
    assert later == pytest.approx(0.5)


def test_it_recovers_with_time_to_nothing():
    found = [weariness(shown((3, 5, days)), np.array([3]))[0] for days in (0, 3, 10, 40, 400)]
    assert found == sorted(found, reverse=True)
    assert found[-1] < 1e-6


def test_days_of_the_same_item_add_up():
    apart = weariness(shown((3, 1, 0), (7, 1, 0), (3, 1, 0)), np.array([3, 7]))
    once = weariness(shown((3, 2, 0), (7, 1, 0)), np.array([3, 7]))
    np.testing.assert_allclose(apart, once)


def test_a_clock_that_ran_backwards_counts_as_now():
    assert weariness(shown((3, 1, -50)), np.array([3])) == weariness(
        shown((3, 1, 0)), np.array([3])
    )


@given(
    listed=st.integers(0, 15),
    both=st.integers(0, 5),
    new=st.integers(0, 15),
    n=st.integers(1, 12),
    share=st.floats(0, 1),
    seed=st.integers(0, 99),
)
def test_newcomers_never_get_more_than_their_share(listed, both, new, n, share, seed):
    both = min(both, listed)
    newcomers = picks([*range(both), *range(100, 100 + new)])
    before = picks(range(listed))
    events = np.zeros(len(newcomers))
    after = explore(before, newcomers, events, n=n, share=share, rng=rng(seed))
    rows = after.rows.tolist()
    kept = np.count_nonzero(np.isin(before.rows[:n], newcomers.rows))
    assert len(set(rows)) == len(rows) <= n
    assert len(rows) >= min(n, listed)
    assert rows[:1] == before.rows[:1].tolist()
    assert np.count_nonzero(np.isin(rows, newcomers.rows)) <= max(kept, share * len(rows) + 1e-9)
    assert set(rows) <= set(before.rows.tolist()) | set(newcomers.rows.tolist())


def test_a_fifth_of_ten_is_two_well_apart_and_the_others_keep_their_order():
    after = explore(
        picks(range(20)), picks(range(50, 60)), np.zeros(10), n=10, share=0.2, rng=rng()
    )
    new = np.flatnonzero(after.rows >= 50)
    assert new.tolist() == [3, 7]
    assert np.delete(after.rows, new).tolist() == list(range(8))


def test_each_comes_with_its_own_score():
    newcomers = Picks(np.array([50], dtype=np.int32), np.array([-7], dtype=np.float32))
    after = explore(picks(range(20)), newcomers, np.zeros(1), n=10, share=0.1, rng=rng())
    assert after.scores[after.rows == 50].tolist() == [-7]


def test_newcomers_that_are_listed_by_merit_use_up_the_share():
    before = picks(range(10))
    newcomers = picks([2, 8, 50, 51])
    after = explore(before, newcomers, np.zeros(4), n=10, share=0.2, rng=rng())
    assert after.rows.tolist() == before.rows.tolist()


def test_the_same_rng_gives_the_same_list_and_another_one_another():
    def rows(seed: int) -> list[int]:
        newcomers = picks(range(50, 90))
        after = explore(picks(range(20)), newcomers, np.zeros(40), n=20, share=0.3, rng=rng(seed))
        return after.rows.tolist()

    assert rows(1) == rows(1)
    assert rows(1) != rows(2)


def test_doubt_lets_the_unknown_be_tried_and_spares_the_known():
    newcomers = picks([50, 51, 52, 53])

    def first_tried(events: float) -> set[int]:
        counts = np.full(4, events)
        lists = (
            explore(picks(range(20)), newcomers, counts, n=10, share=0.1, rng=rng(seed))
            for seed in range(200)
        )
        return {int(row) for own in lists for row in own.rows if row >= 50}

    assert first_tried(0) == {50, 51, 52, 53}
    assert first_tried(1e6) == {50}
