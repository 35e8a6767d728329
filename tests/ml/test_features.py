"""Content: what items share, in any script, and nothing where there is nothing."""

from __future__ import annotations

import numpy as np

from ml.features import content_matrix, words_of
from tests.ml.worlds import items_of


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
