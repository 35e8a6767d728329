"""Ratings move a person's vector: towards what was liked, away from what was not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ml.opinions import Opinions
from ml.snapshot import Floats, History

VECTORS = np.array([[2, 0], [0, 1], [1, 1]], dtype=np.float32)
SETTINGS = {"scale": (1.0, 5.0), "rating_mean": 3.0, "opinion_weight": 1.0}


def opinions(**changes: object) -> Opinions:
    return Opinions(VECTORS, SETTINGS | changes)


def rated(items: list[int], stars: list[float]) -> History:
    return replace(History.of_items(items), stars=np.array(stars, dtype=np.float32))


def shift(history: History, of: Opinions | None = None) -> Floats:
    of = of or opinions()
    return of.shifts(of.said([history]))[0]


def test_what_is_liked_pulls_and_what_is_not_pushes():
    found = shift(rated([0, 1], [5, 1]))
    assert found[0] > 0 > found[1]
    np.testing.assert_allclose(found, -shift(rated([0, 1], [1, 5])), atol=1e-6)


def test_the_length_of_an_items_vector_says_nothing_of_opinions():
    found = shift(rated([0, 1], [5, 5]))
    assert found[0] == found[1]


def test_someone_who_rates_everything_alike_has_no_opinion_in_the_long_run():
    generous = shift(rated([0, 1, 2] * 200, [5, 5, 5] * 200))
    choosy = shift(rated([0, 1, 2] * 200, [5, 3, 1] * 200))
    assert np.linalg.norm(generous) < 0.2 * np.linalg.norm(choosy)


def test_events_without_a_rating_say_nothing():
    history = rated([0, 1], [np.nan, np.nan])
    assert not opinions().heard([history])
    np.testing.assert_array_equal(shift(history), 0)


def test_more_ratings_say_more_but_less_each():
    one, four, sixteen = (np.linalg.norm(shift(rated([0, 1] * n, [5, 1] * n))) for n in (1, 4, 16))
    assert one < four < sixteen < 4 * four


def test_a_scale_of_a_single_value_and_a_weight_of_nothing_are_deaf():
    assert not opinions(scale=(1.0, 1.0)).heard([rated([0], [1])])
    assert not opinions(opinion_weight=0).heard([rated([0], [1])])
    np.testing.assert_array_equal(shift(rated([0], [1]), opinions(opinion_weight=0)), 0)
