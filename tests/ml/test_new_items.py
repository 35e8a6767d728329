"""New items enter the lists at a level that known ones, standing in for them, bear out."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from ml.held_back import HeldBack
from ml.new_items import MOST_STAND_INS, level_of_new, stand_ins
from tests.ml.worlds import snapshot_of

ITEMS, PEOPLE = 100, 100


def test_only_known_items_stand_in_and_as_many_as_are_new_of_all():
    met = np.arange(100) < 90
    chosen = stand_ins(met, seed=1)
    assert chosen.sum() == 9
    assert not chosen[~met].any()
    assert stand_ins(np.arange(100) < 50, seed=1).sum() == MOST_STAND_INS * 50


@pytest.mark.parametrize("met", [np.ones(20, dtype=bool), np.zeros(20, dtype=bool)])
def test_nothing_stands_in_where_nothing_is_new_or_nothing_known(met):
    assert not stand_ins(met, seed=1).any()


def wanting(stand_in: np.ndarray) -> HeldBack:
    """Every third person wants one of the stand-ins, the others one of the known items."""
    rng = np.random.default_rng(2)
    own, known = np.flatnonzero(stand_in), np.flatnonzero(~stand_in)
    wanted = [rng.choice(own if user % 3 == 0 else known) for user in range(PEOPLE)]
    snapshot = snapshot_of([[int(item)] for item in wanted], items=ITEMS)
    content = sparse.csr_array((ITEMS, 1), dtype=np.float32)
    held = np.ones(PEOPLE, dtype=bool)
    return HeldBack.of(snapshot, held, content, ordered=True)


def scores_that_know(back: HeldBack, *, less_for: np.ndarray, less: float) -> np.ndarray:
    rng = np.random.default_rng(3)
    scores = rng.normal(size=(PEOPLE, ITEMS)).astype(np.float32)
    scores[np.arange(PEOPLE), [items[0] for items in back.wanted]] += 6
    return scores - np.float32(less) * less_for.astype(np.float32)


def test_new_items_that_are_known_well_but_stand_too_low_are_raised():
    stand_in = np.arange(ITEMS) < 10
    back = wanting(stand_in)
    scores = scores_that_know(back, less_for=stand_in, less=8.0)
    level = level_of_new(scores, back, stand_in=stand_in, met=np.ones(ITEMS, dtype=bool))
    raised = scores + np.float32(level) * stand_in.astype(np.float32)
    assert back.ndcg(scores) < 0.8
    assert back.ndcg(raised) > 0.95


def test_new_items_of_which_nothing_is_known_do_not_crowd_out_the_others():
    stand_in = np.arange(ITEMS) < 30
    back = wanting(stand_in)
    scores = scores_that_know(back, less_for=stand_in, less=0.0)
    blind = np.where(stand_in, np.random.default_rng(4).normal(size=scores.shape), scores)
    level = level_of_new(
        blind.astype(np.float32), back, stand_in=stand_in, met=np.ones(ITEMS, dtype=bool)
    )
    raised = blind + np.float32(level) * stand_in.astype(np.float32)
    best = back.ndcg(np.where(stand_in, np.float32(-99), blind))
    assert back.ndcg(raised) > 0.98 * best


def test_few_events_of_stand_ins_choose_nothing():
    stand_in = np.arange(ITEMS) == 0
    back = wanting(np.arange(ITEMS) < 40)
    scores = scores_that_know(back, less_for=stand_in, less=8.0)
    assert level_of_new(scores, back, stand_in=stand_in, met=np.ones(ITEMS, dtype=bool)) == 0
