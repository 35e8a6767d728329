"""What each protocol reports, for models whose answers are known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ml.protocols import PROTOCOLS
from ml.split import Split, Targets, hide_items
from tests.ml.worlds import snapshot_of

COLD = np.array([False, False, True, True])


class Fixed:
    """The same scores for everyone."""

    def __init__(self, *scores: float) -> None:
        self._scores = np.array(scores, dtype=np.float32)

    def scores(self, users: np.ndarray) -> np.ndarray:
        return np.tile(self._scores, (len(users), 1))

    def ratings(self, user: int, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        raise NotImplementedError


def cold_split() -> Split:
    """Person 0's target is warm item 1, person 1's is cold item 3; item 2 is cold, too."""
    return hide_items(snapshot_of([[0, 1], [0, 3], [1, 2, 0]], items=4), COLD)


def test_cold_targets_are_ranked_among_all_items_and_among_the_cold_ones():
    figures = PROTOCOLS["cold"].judge(Fixed(9, 8, 7, 6), cold_split())
    # person 1 may be shown 1, 2, 3: the cold target is third among all, second among cold ones
    assert figures["people"] == 1
    assert figures["ndcg@10"] == pytest.approx(1 / 2)
    assert figures["among_cold_ndcg@10"] == pytest.approx(1 / math.log2(3), abs=1e-5)
    # person 0 finds item 1 in first place, person 2 item 0
    assert figures["warm_ndcg@10"] == 1
    assert figures["all_ndcg@10"] == pytest.approx((1 + 1 + 1 / 2) / 3, abs=1e-5)


def test_a_split_without_cold_items_is_refused_by_name():
    split = cold_split()
    with pytest.raises(ValueError, match="hide_items"):
        PROTOCOLS["cold"].judge(Fixed(1, 2, 3, 4), Split(split.train, split.given, split.targets))


def test_novelty_is_by_what_training_knew_and_not_by_what_was_given():
    given = snapshot_of([[], []], items=2)
    known = snapshot_of([[0], [0], [0]], items=2)
    targets = Targets(*(np.array(x, dtype=np.int32) for x in ([0], [1])), np.array([np.nan]))
    figures = PROTOCOLS["whole-taste"].judge(Fixed(1, 0), Split(known, given, targets))
    assert figures["novelty"] == pytest.approx((0 + 2) / 2)  # (3 + 1) / 4 and (0 + 1) / 4
