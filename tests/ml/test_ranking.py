"""Masks and ties."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ml.ranking import best, mask


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
