"""Scores and effects of item-to-item weights, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from ml.scorers import EXPLAINED_EVENTS, ItemItemScorer, PriorScorer
from ml.snapshot import History
from ml.sparse import to_arrays
from tests.ml.worlds import snapshot_of

WEIGHTS = np.array([[0, 2, 0], [0, 0, 4], [1, 0, 0]], dtype=np.float32)


def scorer(form: str, **settings: object) -> ItemItemScorer:
    counts = {"popularity": np.array([1, 1, 16], dtype=np.float32)}
    if form == "dense":
        arrays = {"dense": WEIGHTS, "rows": np.arange(3, dtype=np.int32)}
    else:
        arrays = to_arrays(sparse.csr_array(WEIGHTS))
    return ItemItemScorer(arrays | counts, {"scale": (1, 5), **settings})


@pytest.fixture(params=["dense", "sparse"])
def form(request) -> str:
    return request.param


def test_a_flat_history_adds_up_its_rows(form):
    (scores,) = scorer(form).scores_many([History.of_items([0, 1, 0])])
    assert scores.tolist() == [0, 4, 4]


def test_older_events_weigh_half_with_each_half_life(form):
    (scores,) = scorer(form, half_life=1.0).scores_many([History.of_items([2, 0, 1])])
    assert scores.tolist() == [0.25, 1, 4]


def test_a_low_rating_weighs_less(form):
    # usual for the person: (5 + 1 + 5 * 3) / 7 = 3; levels +.5 and -.5
    history = snapshot_of([[0, 1]], items=3, stars=[[5, 1]]).history(0)
    (scores,) = scorer(form, rating_slope=1.0, rating_mean=3.0).scores_many([history])
    np.testing.assert_allclose(scores, [0, 3, 2])


def test_a_log_floor_makes_logits(form):
    (scores,) = scorer(form, log_floor=0.5).scores_many([History.of_items([1])])
    np.testing.assert_allclose(scores, np.log([0.5, 0.5, 4.5]), rtol=1e-6)


def test_an_empty_history_scores_nothing(form):
    scores = scorer(form, half_life=2.0).scores_many([History.empty(), History.of_items([0])])
    assert scores.tolist() == [[0, 0, 0], [0, 2, 0]]


@pytest.mark.parametrize(
    "settings",
    [{}, {"half_life": 1.5}, {"rating_slope": 1.0, "rating_mean": 3.0}, {"log_floor": 0.1}],
    ids=str,
)
def test_an_effect_is_the_score_minus_the_score_without_the_event(form, settings):
    part = scorer(form, **settings)
    history = snapshot_of([[0, 1, 2, 1]], items=3, stars=[[5, 1, 3, 4]]).history(0)
    rows = np.array([2, 1], dtype=np.int32)
    effects = part.effects(history, rows)
    whole = part.scores_many([history])[0, rows]
    for event in range(4):
        without = history.take(np.arange(4) != event)
        expected = whole - part.scores_many([without])[0, rows]
        np.testing.assert_allclose(effects[event], expected, atol=1e-5)


def test_effects_know_what_comes_back_when_an_event_goes(form):
    history = History.of_items([2, *[0] * 20])  # half-life 1: only the last 20 count
    part = scorer(form, half_life=1.0)
    effects = part.effects(history, np.array([0], dtype=np.int32))
    whole = part.scores_many([history])[0, 0]
    without = part.scores_many([history.take(slice(0, 20))])[0, 0]
    assert whole == 0
    assert effects[-1, 0] == pytest.approx(whole - without)
    assert effects[-1, 0] < 0


def test_very_old_events_are_not_offered_as_reasons(form):
    history = History.of_items([0] * (EXPLAINED_EVENTS + 3))
    effects = scorer(form).effects(history, np.array([1], dtype=np.int32))
    assert effects[:3].tolist() == [[0], [0], [0]]
    assert np.all(effects[3:] == 2)


def test_likeness_is_the_links_made_comparable(form):
    likeness = scorer(form, similar_power=0.5).similar(np.array([1, 0], dtype=np.int32))
    assert likeness.tolist() == [[0, 0, 1], [0, 1, 0]]


def test_likeness_to_some_is_a_part_of_that_to_all(form):
    rows, others = np.array([2, 0, 1], dtype=np.int32), np.array([1, 0], dtype=np.int32)
    part = scorer(form, similar_power=0.5)
    assert part.similar(rows, others).tolist() == part.similar(rows)[:, others].tolist()
    assert part.similar(rows[:0], others).shape == (0, 2)


def test_weights_over_some_items_leave_the_others_at_nothing():
    arrays = {
        "dense": np.array([[0, 3], [5, 0]], dtype=np.float32),
        "rows": np.array([1, 3], dtype=np.int32),
        "popularity": np.ones(4, dtype=np.float32),
    }
    part = ItemItemScorer(arrays, {"scale": (1, 5)})
    history = History.of_items([0, 1])
    assert part.scores_many([history]).tolist() == [[0, 0, 0, 3]]
    effects = part.effects(history, np.array([3, 2], dtype=np.int32))
    assert effects.tolist() == [[0, 0], [3, 0]]


def test_a_prior_is_the_same_for_everyone():
    part = PriorScorer({"scores": np.array([1, 2], dtype=np.float32)}, {})
    history = History.of_items([1])
    assert part.scores_many([history, History.empty()]).tolist() == [[1, 2], [1, 2]]
    assert part.effects(history, np.array([0])).tolist() == [[0]]
