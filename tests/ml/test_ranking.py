"""Masks, ties and diversity."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.ranking import Picks, best, mask
from ml.rerank import diversify


def test_the_best_come_first():
    picks = best(np.array([1, 5, 3], dtype=np.float32), n=2)
    assert picks.rows.tolist() == [1, 2]
    assert picks.scores.tolist() == [5, 3]


def test_equal_scores_keep_the_order_of_rows():
    picks = best(np.array([2, 7, 2, 2, 7], dtype=np.float32), n=4)
    assert picks.rows.tolist() == [1, 4, 0, 2]


@given(
    scores=st.lists(st.integers(-3, 3), max_size=30),
    excluded=st.sets(st.integers(0, 29)),
    n=st.integers(0, 40),
)
def test_lists_are_what_sorting_everything_gives(scores, excluded, n):
    excluded = np.array([row for row in excluded if row < len(scores)], dtype=np.int64)
    picks = best(mask(np.array(scores, dtype=np.float32), exclude=excluded), n=n)
    allowed = [row for row in range(len(scores)) if row not in excluded]
    expected = sorted(allowed, key=lambda row: (-scores[row], row))[:n]
    assert picks.rows.tolist() == expected


def test_a_mask_leaves_the_scores_as_they_were():
    scores = np.ones(3, dtype=np.float32)
    mask(scores, exclude=np.array([1]), among=np.array([True, True, False]))
    assert scores.tolist() == [1, 1, 1]


def test_excluding_an_unknown_item_excludes_nothing():
    picks = best(mask(np.array([1, 2], dtype=np.float32), exclude=np.array([-1])), n=2)
    assert picks.rows.tolist() == [1, 0]


CANDIDATES = Picks(np.array([10, 11, 12], dtype=np.int32), np.array([3, 2.9, 1], dtype=np.float32))
ALIKE = np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1]], dtype=np.float32)


def test_a_diverse_list_takes_the_other_kind_before_more_of_the_same():
    assert diversify(CANDIDATES, ALIKE, n=2, diversity=0.6).rows.tolist() == [10, 12]


def test_no_diversity_keeps_the_order():
    assert diversify(CANDIDATES, ALIKE, n=2, diversity=0.0).rows.tolist() == [10, 11]


@pytest.mark.parametrize("n", [0, 1, 3, 9])
def test_a_diverse_list_has_each_candidate_once(n):
    rows = diversify(CANDIDATES, ALIKE, n=n, diversity=1.0).rows.tolist()
    assert len(rows) == len(set(rows)) == min(n, 3)
