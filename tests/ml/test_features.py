"""Content: what items share, in any script, and nothing where there is nothing."""

from __future__ import annotations

import numpy as np
import pytest

from ml.features import content_matrix, content_to_learn, order_tells, words_of
from tests.ml.worlds import items_of, snapshot_of


def cosines(table) -> np.ndarray:
    content = content_matrix(table)
    return (content @ content.T).toarray()


def test_items_that_share_a_rare_attribute_are_closer():
    near = cosines(items_of(4, attributes=[["a:x", "a:z"], ["a:x"], ["a:y"], ["a:z", "a:y"]]))
    assert near[0, 1] > near[0, 3] > near[0, 2] == 0


def test_items_that_share_words_of_their_texts_are_close():
    texts = ["a whale hunt", "the whale returns", "tea with friends", "tea at noon"] * 2
    near = cosines(items_of(8, titles=["x"] * 8, texts=texts))
    assert near[0, 1] > near[0, 2]


def test_what_every_item_has_says_nothing():
    near = cosines(items_of(3, attributes=[["genre:all"]] * 3, titles=["", "", ""]))
    assert not near.any()


def test_rows_have_length_one_or_none():
    content = content_matrix(items_of(3, attributes=[["a:x"], ["a:y"], []], titles=["", "", ""]))
    lengths = np.sqrt((content.toarray() ** 2).sum(axis=1))
    np.testing.assert_allclose(lengths, [1, 1, 0], rtol=1e-6)


def test_words_are_found_in_any_script():
    assert words_of("Ёлка's ÉCOLE, 42 of 東京タワー!") == ["ёлка", "école", "東京タワー"]


def test_a_catalogue_of_nothing_has_a_matrix():
    assert content_matrix(items_of(0)).shape[0] == 0


def walks(step, *, times: bool = True):
    """60 people who meet 8 of 200 items, each the `step` of the one before."""
    rng = np.random.default_rng(1)
    histories = []
    for start in rng.integers(0, 150, 60).tolist():
        histories.append([start := step(start, rng) for _ in range(8)])
    return snapshot_of(histories, items=200, times=times)


def onwards(row, rng):
    return (row + int(rng.integers(1, 4))) % 200


def anywhere(row, rng):
    return int(rng.integers(0, 200))


@pytest.mark.parametrize("times", [True, False])
def test_the_order_of_the_catalogue_tells_where_neighbours_are_met_together(times):
    assert order_tells(walks(onwards, times=times))
    assert not order_tells(walks(anywhere, times=times))


def test_no_events_tell_nothing():
    assert not order_tells(snapshot_of([[]], items=3))


def test_items_that_stand_near_each_other_are_alike_only_where_that_tells():
    near = {step: content_to_learn(walks(step)) for step in (onwards, anywhere)}
    assert near[onwards].shape[1] > content_matrix(walks(onwards).items).shape[1]
    assert near[anywhere].shape == content_matrix(walks(anywhere).items).shape
    alike = (near[onwards] @ near[onwards].T).toarray()
    assert alike[100, 101] > alike[100, 160]
