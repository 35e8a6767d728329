"""A new item borrows what rules say of the items most like it."""

from __future__ import annotations

import numpy as np
import pytest

from ml.baselines import fit_rule
from ml.features import content_matrix
from ml.lending import lenders, lent
from ml.scorers import ItemItemScorer
from ml.snapshot import History
from tests.ml.worlds import items_of, snapshot_of

ATTRIBUTES = [["genre:A"], ["genre:A"], ["genre:B"], ["genre:B"], ["genre:A"], []]
"""Items 0 to 3 were met, 4 is a new one of genre A, 5 a new one of which nothing is known."""


def world():
    items = items_of(6, attributes=ATTRIBUTES, titles=["one", "two", "three", "four", "five", "x"])
    return snapshot_of([[0, 1], [1, 0], [2, 3], [3, 2]] * 3, items=items)


def test_a_new_item_is_a_mean_of_the_met_ones_most_like_it():
    counts = np.array([3, 3, 3, 3, 0, 0])
    shares = lenders(content_matrix(world().items), counts).toarray()
    assert shares[:4] == pytest.approx(np.eye(6)[:4])
    assert shares[4, :2].sum() == pytest.approx(1)
    assert not shares[5].any()


@pytest.mark.parametrize("name", ["markov", "ease", "companions"])
def test_a_new_item_is_offered_to_those_who_met_its_like(name):
    snapshot = world()
    settings, arrays = fit_rule(snapshot, name, ordered=True)
    table = lenders(content_matrix(snapshot.items), np.array([3, 3, 3, 3, 0, 0]))
    rule = ItemItemScorer(lent(arrays, table), {**settings, "scale": (1.0, 5.0)})
    likes_a, likes_b = rule.scores_many([History.of_items([0]), History.of_items([2])])[:, 4]
    assert likes_a > likes_b
    assert likes_a > 0


@pytest.mark.parametrize("name", ["markov", "ease"])
def test_what_is_said_of_met_items_stays_the_same(name):
    snapshot = world()
    settings, arrays = fit_rule(snapshot, name, ordered=True)
    table = lenders(content_matrix(snapshot.items), np.array([3, 3, 3, 3, 0, 0]))
    settings = {**settings, "scale": (1.0, 5.0)}
    history = [History.of_items([1, 2])]
    before = ItemItemScorer(arrays, settings).scores_many(history)[0]
    after = ItemItemScorer(lent(arrays, table), settings).scores_many(history)[0]
    assert after[:4] == pytest.approx(before[:4], abs=1e-6)
