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
