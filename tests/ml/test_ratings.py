"""Predicted ratings without a network."""

from __future__ import annotations

import numpy as np
import pytest

from ml.ratings import ITEM_SHRINKAGE, PERSON_SHRINKAGE, RatingPrior, fit_ratings
from ml.snapshot import History
from tests.ml.worlds import snapshot_of


def prior(snapshot) -> RatingPrior:
    return RatingPrior(fit_ratings(snapshot), snapshot.scale)


def test_ratings_that_are_all_equal_are_predicted_so():
    snapshot = snapshot_of([[0, 1]] * 100, items=3, stars=[[4, 4]] * 100)
    for history in (snapshot.history(0), History.empty()):
        stars, low, high = prior(snapshot).predict(history, np.array([0, 2, -1]))
        np.testing.assert_allclose([stars, low, high], 4)


def test_an_item_that_everyone_likes_more_is_predicted_higher():
    snapshot = snapshot_of([[0, 1]] * 40, items=2, stars=[[5, 3]] * 40)
    stars, _, _ = prior(snapshot).predict(History.empty(), np.array([0, 1]))
    assert stars[0] == pytest.approx(4 + 40 / (40 + ITEM_SHRINKAGE), abs=0.1)
    assert stars[1] == pytest.approx(4 - 40 / (40 + ITEM_SHRINKAGE), abs=0.1)


def test_a_person_who_rates_low_is_predicted_low():
    snapshot = snapshot_of([[0, 1]] * 40, items=2, stars=[[3, 3]] * 40)
    harsh = snapshot_of([[0]], items=2, stars=[[1]]).history(0)
    stars, _, _ = prior(snapshot).predict(harsh, np.array([1]))
    assert stars[0] == pytest.approx(3 - 2 / (1 + PERSON_SHRINKAGE))


def test_no_ratings_give_the_middle_of_the_scale_and_all_of_it():
    snapshot = snapshot_of([[0, 1]], items=2)
    stars, low, high = prior(snapshot).predict(History.empty(), np.array([0]))
    assert (stars[0], low[0], high[0]) == (3, 1, 5)


def test_the_interval_holds_about_eighty_percent_of_new_ratings():
    rng = np.random.default_rng(0)
    noisy = np.clip(rng.normal(3, 0.8, size=(200, 20)), 1, 5)
    snapshot = snapshot_of([list(range(20))] * 200, items=20, stars=noisy.tolist())
    _, low, high = prior(snapshot).predict(History.empty(), np.arange(20))
    fresh = np.clip(rng.normal(3, 0.8, size=(5000, 20)), 1, 5)
    assert 0.76 < np.mean((low <= fresh) & (fresh <= high)) < 0.84
