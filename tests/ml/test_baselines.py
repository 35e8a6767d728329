"""The simple rules against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from ml.baselines import DAY, fit_baseline, popularity, transitions
from ml.closed_forms import ease_weights
from ml.serving import Recommender
from ml.snapshot import Events, Snapshot
from tests.ml.worlds import checkerboard, snapshot_of


def dated(times: list[float]) -> Snapshot:
    """One event of item 0, 1, ... at each time, each by another person."""
    size = len(times)
    events = Events.sorted(
        user=np.arange(size, dtype=np.int32),
        item=np.arange(size, dtype=np.int32),
        kind=np.ones(size, dtype=np.int8),
        stars=np.full(size, np.nan, dtype=np.float32),
        time=np.array(times),
    )
    return snapshot_of([[]] * size, items=size).with_events(events)


def test_popularity_counts_events():
    scores = popularity(snapshot_of([[0, 1], [0], [0, 2], [1]], items=4))
    np.testing.assert_allclose(scores, [1, 2 / 3, 1 / 3, 0], rtol=1e-6)


def test_recent_popularity_halves_with_each_half_life():
    scores = popularity(dated([0, 30 * DAY, 60 * DAY]), half_life=30.0)
    np.testing.assert_allclose(scores, [0.25, 0.5, 1.0], rtol=1e-6)


def test_an_event_without_a_time_counts_as_old():
    np.testing.assert_allclose(popularity(dated([np.nan, 5.0]), half_life=30.0), [0, 1])


def test_what_is_popular_now_stands_before_what_was():
    # 1 old event of item 0 and item 2 each, 1 new event of item 1
    recommender = Recommender(fit_baseline(dated([0, 900 * DAY, 0]), "recent-popularity"))
    picks = recommender.for_events(snapshot_of([[]], items=1).history(0), n=3)
    assert picks.rows.tolist() == [1, 0, 2]


def test_transitions_of_one_history():
    # 0 -> 1 -> 2: next to each other weigh 1, two apart .8, backwards .3 of that;
    # every item's count is 1, so nothing is divided.
    found = transitions(snapshot_of([[0, 1, 2]], items=3)).toarray()
    expected = [[0, 1, 0.8], [0.3, 0, 1], [0.24, 0.3, 0]]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_transitions_are_divided_by_how_often_items_occur():
    # item 0 occurs twice, item 1 twice, item 2 once
    found = transitions(snapshot_of([[0, 1], [0, 1, 2]], items=3)).toarray()
    assert found[0, 1] == pytest.approx(2 / 2 / 2**0.2)
    assert found[1, 0] == pytest.approx(2 * 0.3 / 2 / 2**0.2)
    assert found[0, 2] == pytest.approx(0.8 / 2)


def test_transitions_never_cross_from_one_person_to_the_next():
    found = transitions(snapshot_of([[0], [1]], items=2)).toarray()
    np.testing.assert_array_equal(found, np.zeros((2, 2)))


def test_without_an_order_both_directions_weigh_the_same():
    found = transitions(snapshot_of([[0, 1, 2]], items=3), ordered=False).toarray()
    np.testing.assert_allclose(found, found.T)
    np.testing.assert_allclose(found, 1 - np.eye(3))


def test_the_recent_event_weighs_more_in_markov():
    snapshot = snapshot_of([[0, 2], [1, 3]] * 3, items=4)
    recommender = Recommender(fit_baseline(snapshot, "markov"))
    history = snapshot_of([[0, 1]], items=4).history(0)
    scores = recommender.scores(history)
    assert scores[3] > scores[2] > 0
    # one event apart, half-life 2: the older one weighs 2 ** -.5
    assert scores[2] / scores[3] == pytest.approx(2**-0.5, rel=1e-3)


def test_ease_is_the_closed_form():
    snapshot = checkerboard(people=12, items=6)
    seen = np.zeros((12, 6))
    seen[snapshot.events.user, snapshot.events.item] = 1
    inverse = np.linalg.inv(seen.T @ seen + 3.0 * np.eye(6))
    expected = np.eye(6) - inverse / np.diag(inverse)
    np.fill_diagonal(expected, 0)
    rows, weights = ease_weights(snapshot, strength=3.0)
    assert rows.tolist() == list(range(6))
    np.testing.assert_allclose(weights, expected, atol=1e-5)


def test_ease_leaves_out_what_nobody_met():
    rows, weights = ease_weights(snapshot_of([[0, 2], [0, 2]], items=4))
    assert rows.tolist() == [0, 2]
    assert weights.shape == (2, 2)


def test_a_disliked_item_pulls_less_than_a_liked_one():
    snapshot = checkerboard()
    for name in ("markov", "ease"):
        recommender = Recommender(fit_baseline(snapshot, name))
        scores = []
        for even, odd in ((5, 1), (1, 5)):
            history = snapshot_of([[0, 1]], items=40, stars=[[even, odd]]).history(0)
            scores.append(recommender.scores(history))
        liked_even, liked_odd = scores
        assert liked_even[2::2].mean() > liked_odd[2::2].mean()
        assert liked_odd[3::2].mean() > liked_even[3::2].mean()


def test_a_manifest_says_what_was_learned_from():
    manifest = fit_baseline(checkerboard(), "ease").manifest
    assert manifest["counts"] == {"events": 800, "ratings": 800, "items": 40, "people": 80}
    assert manifest["kind"] == "ease"
    assert manifest["cut_off"] == 9.0


def test_an_unknown_baseline_is_refused():
    with pytest.raises(ValueError, match="oracle"):
        fit_baseline(checkerboard(), "oracle")
