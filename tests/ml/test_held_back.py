"""What is held back says how well scores find it."""

from __future__ import annotations

import numpy as np
import pytest

from ml.held_back import HeldBack
from tests.ml.worlds import snapshot_of


def a_world(*, ordered: bool) -> HeldBack:
    """Everybody was given items 0 and 1 and wants others: one, or three."""
    many = 1 if ordered else 3
    world = snapshot_of([[0, 1, *range(2, 2 + many)]] * 12, items=150)
    held = np.tile(np.arange(2 + many) >= 2, 12)
    return HeldBack.of(world, held, np.zeros((150, 1)), ordered=ordered)


@pytest.mark.parametrize("ordered", [True, False])
def test_ndcg_by_hand(ordered):
    scores = np.zeros((12, 150), dtype=np.float32)
    scores[:, [0, 1]] = 9  # given: not ranked
    scores[:, 100] = 2
    scores[:, 2:5] = 1, 0.9, 0.8
    second, third, fourth = 1 / np.log2([3, 4, 5])
    if ordered:
        assert a_world(ordered=True).ndcg(scores) == pytest.approx(second)
    else:
        expected = (second + third + fourth) / (1 + second + third)
        assert a_world(ordered=False).ndcg(scores) == pytest.approx(expected)


def test_an_item_that_was_given_is_never_found_and_a_catalogue_may_be_smaller_than_a_list():
    world = snapshot_of([[0, 1, 0]] * 12, items=3)
    held = np.tile([False, False, True], 12)
    back = HeldBack.of(world, held, np.zeros((3, 1)), ordered=True)
    assert back.ndcg(np.ones((12, 3), dtype=np.float32)) == 0
