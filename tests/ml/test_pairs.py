"""Who follows whom, made of a few items at a time."""

from __future__ import annotations

import numpy as np
import pytest

from ml import pairs
from ml.pairs import followers
from tests.ml.worlds import snapshot_of


def a_world():
    rng = np.random.default_rng(5)
    return snapshot_of([rng.integers(0, 30, 20).tolist() for _ in range(40)], items=33)


def by_hand(snapshot, *, decay: float, reverse: float) -> np.ndarray:
    table = np.zeros((len(snapshot.items),) * 2)
    for user in range(len(snapshot.users)):
        items = snapshot.history(user).item
        for at, item in enumerate(items):
            for distance in range(1, pairs.WINDOW + 1):
                for step, share in ((distance, 1.0), (-distance, reverse)):
                    if 0 <= at + step < len(items) and items[at + step] != item:
                        table[item, items[at + step]] += share * decay ** (distance - 1)
    return table


@pytest.mark.parametrize("at_once", [1, 50, 10_000])
def test_the_table_is_the_same_however_many_items_are_counted_at_once(monkeypatch, at_once):
    monkeypatch.setattr(pairs, "EVENTS_AT_ONCE", at_once)
    found = followers(a_world(), decay=0.8, reverse=0.3).toarray()
    np.testing.assert_allclose(found, by_hand(a_world(), decay=0.8, reverse=0.3), rtol=1e-5)


def test_of_very_many_links_each_item_keeps_its_strongest():
    whole = followers(a_world()).toarray()
    few = followers(a_world(), most_links=33 * 4).toarray()
    assert np.all(np.count_nonzero(few, axis=1) <= 4)
    for row, kept in zip(whole, few, strict=True):
        np.testing.assert_allclose(np.sort(kept)[-4:], np.sort(row)[-4:])


def test_columns_are_weighed_before_the_strongest_are_chosen():
    weights = np.ones(33, dtype=np.float32)
    weights[7] = 100
    few = followers(a_world(), by_column=weights, most_links=33).toarray()
    met_with_7 = followers(a_world()).toarray()[:, 7] > 0
    assert np.all(few[met_with_7, 7] > 0)
