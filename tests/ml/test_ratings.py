"""Predicted ratings without a network."""

from __future__ import annotations

import numpy as np
import pytest

from ml.ratings import RatingModel, fit_ratings
from ml.snapshot import History, Snapshot
from tests.ml.worlds import items_of, snapshot_of


def model(snapshot: Snapshot) -> RatingModel:
    return RatingModel(fit_ratings(snapshot), snapshot.scale)


def two_tastes(
    *, people: int = 120, items: int = 40, seed: int = 0, low: float = 1, high: float = 5
) -> Snapshot:
    """Even people give even items the best rating and odd ones the worst; odd people, reversed."""
    rng = np.random.default_rng(seed)
    histories = [rng.permutation(items)[: items // 2].tolist() for _ in range(people)]
    stars = [
        [high if (item + person) % 2 == 0 else low for item in history]
        for person, history in enumerate(histories)
    ]
    return snapshot_of(histories, items=items, stars=stars, scale=(low, high))


def test_ratings_that_are_all_equal_are_predicted_so():
    snapshot = snapshot_of([[0, 1]] * 100, items=3, stars=[[4, 4]] * 100)
    for history in (snapshot.history(0), History.empty()):
        stars, low, high = model(snapshot).predict(history, np.array([0, 2, -1]))
        np.testing.assert_allclose([stars, low, high], 4, atol=1e-3)


def test_an_item_that_everyone_likes_more_is_predicted_higher():
    snapshot = snapshot_of([[0, 1]] * 80, items=2, stars=[[5, 3]] * 80)
    stars, _, _ = model(snapshot).predict(History.empty(), np.array([0, 1]))
    np.testing.assert_allclose(stars, [5, 3], atol=0.2)


def test_a_person_who_rates_low_is_predicted_low():
    rng = np.random.default_rng(0)
    moods = np.repeat(rng.integers(2, 5, size=(100, 1)), 10, axis=1)
    snapshot = snapshot_of([list(range(10))] * 100, items=11, stars=moods.tolist())
    harsh = snapshot_of([[0, 1, 2]], items=11, stars=[[1, 1, 1]]).history(0)
    stars, _, _ = model(snapshot).predict(harsh, np.array([5, 10, -1]))
    assert np.all(stars < 1.7)


def test_a_taste_is_known_from_a_few_ratings():
    snapshot = two_tastes()
    for odd in (0, 1):
        own = [[5 if item % 2 == odd else 1 for item in range(6)]]
        history = snapshot_of([list(range(6))], items=40, stars=own).history(0)
        stars, _, _ = model(snapshot).predict(history, np.arange(6, 40))
        assert np.all((stars > 4) == (np.arange(6, 40) % 2 == odd))
        assert np.all((stars < 2) == (np.arange(6, 40) % 2 != odd))


@pytest.mark.parametrize("scale", [(0, 1), (1, 100), (-1e6, 1e6), (1e-3, 2e-3)])
def test_any_scale_gives_the_same_picture(scale: tuple[float, float]):
    low, high = scale
    usual, other = two_tastes(), two_tastes(low=low, high=high)
    expected = (model(usual).predict(usual.history(0), np.arange(40))[0] - 1) / 4
    stars = (model(other).predict(other.history(0), np.arange(40))[0] - low) / (high - low)
    np.testing.assert_allclose(stars, expected, atol=1e-2)


def test_what_someone_met_without_rating_it_says_something():
    rng = np.random.default_rng(1)
    sides = [list(range(side * 20, side * 20 + 20)) for side in (0, 1)]
    histories = [rng.permutation(sides[person % 2])[:12].tolist() for person in range(200)]
    stars = [[5 if person % 2 else 2] * 12 for person in range(200)]
    snapshot = snapshot_of(histories, items=40, stars=stars)
    viewed = [
        model(snapshot).predict(History.of_items(side[:15]), np.array([-1]))[0] for side in sides
    ]
    assert viewed[1] > viewed[0] + 1


def test_a_new_item_is_predicted_from_what_it_shares():
    rng = np.random.default_rng(2)
    kinds = [["genres:Good"] if row % 2 else ["genres:Bad"] for row in range(62)]
    histories = [rng.permutation(60)[:20].tolist() for _ in range(100)]
    stars = [[5 if item % 2 else 2 for item in history] for history in histories]
    items = items_of(62, attributes=kinds)
    snapshot = snapshot_of(histories, items=items, stars=stars)
    (bad, good), _, _ = model(snapshot).predict(snapshot.history(0), np.array([60, 61]))
    assert good > bad + 1


def test_less_known_items_get_wider_intervals():
    rng = np.random.default_rng(3)
    liked = rng.normal(0, 1, size=31)
    histories = [rng.permutation(30)[:15].tolist() for _ in range(150)]
    stars = [
        np.clip(3 + liked[own] + rng.normal(0, 0.3, size=15), 1, 5).tolist() for own in histories
    ]
    snapshot = snapshot_of(histories, items=31, stars=stars)
    _, low, high = model(snapshot).predict(snapshot.history(0), np.array([0, 30, -1]))
    assert np.all((high - low)[1:] > (high - low)[0])


def test_no_ratings_give_the_middle_of_the_scale_and_all_of_it():
    for histories in ([[0, 1]], []):
        snapshot = snapshot_of(histories, items=2)
        predicted = model(snapshot).predict(History.empty(), np.array([0, -1]))
        np.testing.assert_allclose(predicted, [[3, 3], [1, 1], [5, 5]])


def test_one_rating_gives_the_whole_scale():
    snapshot = snapshot_of([[0]], items=1, stars=[[4]])
    stars, low, high = model(snapshot).predict(snapshot.history(0), np.array([0]))
    assert (low[0], high[0]) == (1, 5)
    assert 3 < stars[0] <= 5


def test_an_empty_catalogue_knows_the_middle():
    stars, _, _ = model(snapshot_of([], items=0)).predict(History.empty(), np.array([-1]))
    assert stars[0] == 3


def test_the_same_snapshot_gives_the_same_arrays():
    first, second = fit_ratings(two_tastes()), fit_ratings(two_tastes())
    for name, array in first.items():
        np.testing.assert_array_equal(array, second[name])
        assert np.all(np.isfinite(array))


def test_the_interval_holds_about_eighty_percent_of_new_ratings():
    rng = np.random.default_rng(0)
    noisy = np.clip(rng.normal(3, 0.8, size=(200, 20)), 1, 5)
    snapshot = snapshot_of([list(range(20))] * 200, items=20, stars=noisy.tolist())
    rating = model(snapshot)
    fresh = np.clip(rng.normal(3, 0.8, size=(5000, 20)), 1, 5)
    held = []
    for person in range(20):
        _, low, high = rating.predict(snapshot.history(person), np.arange(20))
        held.append(np.mean((low <= fresh) & (fresh <= high)))
    assert 0.76 < np.mean(held) < 0.84


def test_a_model_is_brought_up_to_date_from_an_earlier_one():
    snapshot = two_tastes()
    whole = fit_ratings(snapshot)
    rows = np.arange(len(snapshot.items), dtype=np.int32)
    rows[-1] = -1  # new since then
    again = fit_ratings(snapshot, start=(whole, rows))
    history, asked = snapshot.history(0), rows[:-1]
    before, after = (RatingModel(arrays, snapshot.scale) for arrays in (whole, again))
    assert again["errors"].tolist() == whole["errors"].tolist()
    assert len(again["items"]) == len(whole["items"])
    np.testing.assert_allclose(
        after.predict(history, asked)[0], before.predict(history, asked)[0], atol=0.3
    )
