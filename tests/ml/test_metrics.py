"""Metrics against numbers worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ml import metrics


def found(*places: int, size: int = 10) -> np.ndarray:
    mask = np.zeros(size, dtype=bool)
    mask[list(places)] = True
    return mask


def test_a_single_target_in_first_place_is_perfect():
    assert metrics.ndcg(found(0), targets=1, at=10) == 1.0


def test_a_single_target_in_third_place_is_worth_half():
    assert metrics.ndcg(found(2), targets=1, at=10) == pytest.approx(1 / math.log2(4))


def test_two_of_three_targets_count_against_the_best_order():
    # (1/log2(2) + 1/log2(5)) / (1/log2(2) + 1/log2(3) + 1/log2(4))
    expected = (1 + 0.430677) / (1 + 0.630930 + 0.5)
    assert metrics.ndcg(found(0, 3), targets=3, at=10) == pytest.approx(expected, abs=1e-5)


def test_a_target_behind_the_cut_counts_nothing():
    assert metrics.ndcg(found(5), targets=1, at=5) == 0.0
    assert metrics.recall(found(5), targets=1, at=5) == 0.0


def test_recall_is_of_those_that_fit():
    assert metrics.recall(found(0, 1), targets=4, at=10) == 0.5
    assert metrics.recall(found(0, 1), targets=50, at=2) == 1.0


def test_no_targets_is_no_gain():
    assert metrics.ndcg(found(), targets=0, at=10) == 0.0
    assert metrics.recall(found(), targets=0, at=10) == 0.0


def test_coverage_counts_items_once():
    assert metrics.coverage(np.array([1, 1, 3]), items=8) == 0.25
    assert metrics.coverage(np.array([]), items=0) == 0.0


def test_percentiles_of_popularity_run_from_none_to_one_and_ties_share_theirs():
    found = metrics.popularity_percentiles(np.array([0, 9, 0, 5, 7]))
    np.testing.assert_allclose(found, [1 / 8, 1, 1 / 8, 2 / 4, 3 / 4])
    assert found.mean() == pytest.approx(0.5)
    assert metrics.popularity_percentiles(np.array([3])).tolist() == [0]


def test_self_information_of_what_everyone_half_and_nobody_met():
    found = metrics.self_information(np.array([7, 3, 0]), people=7)
    np.testing.assert_allclose(found, [0, 1, 3])


def test_an_item_that_one_person_met_often_is_no_less_than_known():
    assert metrics.self_information(np.array([20]), people=3).tolist() == [0]


def test_gini_of_equal_unequal_and_no_counts():
    assert metrics.gini(np.array([2, 2, 2])) == pytest.approx(0)
    assert metrics.gini(np.array([0, 0, 0, 8])) == pytest.approx(3 / 4)
    # mean absolute difference of 1 and 3 over all four pairs is 1; over twice the mean, 4
    assert metrics.gini(np.array([3, 1])) == pytest.approx(1 / 4)
    assert metrics.gini(np.array([0, 0])) == 0
    assert metrics.gini(np.array([])) == 0


def test_intervals_may_hold_well_on_average_and_badly_at_one_level():
    level = np.array([1.0, 2.0, 3.0, 4.0])
    true = np.array([1.0, 2.0, 9.0, 9.0])
    found = metrics.held_by_level(level - 1, level + 1, true, level, parts=2)
    assert found.tolist() == [1.0, 0.0]
    nothing = np.array([])
    assert metrics.held_by_level(nothing, nothing, nothing, nothing, parts=5).tolist() == [0.0]


def test_an_interval_costs_its_width_and_ten_times_what_it_misses_at_four_fifths():
    low, high = np.array([1.0, 1.0, 1.0]), np.array([3.0, 3.0, 3.0])
    # 2 / (1 - .8) = 10 for each star outside
    found = metrics.interval_score(low, high, np.array([2.0, 3.5, 0.0]), share=0.8)
    np.testing.assert_allclose(found, [2, 2 + 5, 2 + 10])


def test_rmse_of_errors_of_one_and_two():
    assert metrics.rmse(np.array([2.0, 5.0]), np.array([3.0, 3.0])) == pytest.approx(math.sqrt(2.5))


def test_an_interval_holds_its_ends():
    low, high = np.array([1.0, 1.0, 1.0, 1.0]), np.array([2.0, 2.0, 2.0, 2.0])
    assert metrics.held(low, high, np.array([1.0, 2.0, 1.5, 3.0])) == 0.75


def test_the_standard_error_of_four_values():
    # mean 3, squared deviations 4 + 0 + 0 + 4, variance 8 / 3, over 4 values
    values = np.array([1.0, 3.0, 3.0, 5.0])
    assert metrics.standard_error(values) == pytest.approx(math.sqrt(8 / 3 / 4))
    assert metrics.standard_error(np.array([1.0])) == 0.0
