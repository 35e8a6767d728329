"""Which items people know is counted right, and supposed in reason where nothing was counted."""

import numpy as np
import pytest

from ml import acquaintance
from ml.acquaintance import Acquaintance, acquaintance_of
from tests.ml.worlds import checkerboard, snapshot_of


def test_items_that_more_people_met_come_first_and_unmet_ones_never():
    found = acquaintance_of(snapshot_of([[2, 1], [2, 1], [2]], items=4))
    assert found["rows"].tolist() == [2, 1]
    np.testing.assert_allclose(found["known"], [4 / 5, 3 / 5])


def test_who_met_an_item_twice_counts_once():
    once, twice = (snapshot_of([[0, *more], [1]], items=2) for more in ([], [0]))
    for name, array in acquaintance_of(once).items():
        np.testing.assert_array_equal(array, acquaintance_of(twice)[name])


def test_items_of_one_taste_are_known_together():
    found = Acquaintance.of(acquaintance_of(checkerboard()))
    even = found.rows % 2 == 0
    ties = found.together - np.diag(np.diag(found.together))
    assert ties[even][:, even].sum() > 0 > ties[even][:, ~even].max()


def test_no_more_items_than_may_be_asked_about(monkeypatch):
    monkeypatch.setattr(acquaintance, "MOST_ASKED", 5)
    assert len(Acquaintance.of(acquaintance_of(checkerboard()))) == 5


@pytest.mark.parametrize("arrays", [{}, acquaintance_of(snapshot_of([], items=3))])
def test_where_nobody_met_anything_there_is_none(arrays):
    assert Acquaintance.of(arrays) is None


def test_what_is_supposed_follows_counts_and_likeness():
    alike = np.array([[1, 0.5, 0], [0.5, 1, 0], [0, 0, 1.0]])
    found = Acquaintance.supposed(np.arange(3, dtype=np.int32), np.array([9, 4, 0]), alike)
    assert 1 > found.known[0] > found.known[1] > found.known[2] > 0
    assert found.together[0, 1] > 0 == found.together[0, 2]
    assert np.linalg.eigvalsh(found.together).min() > 0
