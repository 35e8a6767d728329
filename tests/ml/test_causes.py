"""Causes worked out by hand: who loses a place without what."""

from __future__ import annotations

import numpy as np

from ml.causes import named

EVENTS = np.array([4, 7])
SCORES = np.array([3.0, 2.0, 1.0], dtype=np.float32)  # one item, and two rivals


def effects(*rows: list[float]) -> np.ndarray:
    return np.array(rows, dtype=np.float32)


def test_an_event_counts_when_the_item_falls_behind_a_rival_without_it():
    found = named(EVENTS, effects([0.5, 0, 0], [1.5, 0, 0]), SCORES, rows=1, n=5)
    assert found == [[(7, 1.5)]]


def test_an_item_far_ahead_owes_its_place_to_what_moved_it_most():
    assert named(EVENTS, effects([0.25, 0, 0], [0.5, 0, 0]), SCORES, rows=1, n=1) == [[(7, 0.5)]]


def test_an_event_that_lifts_all_alike_comes_after_one_that_costs_a_place():
    assert named(EVENTS, effects([9, 9, 9], [1.5, 0, 0]), SCORES, rows=1, n=1) == [[(7, 1.5)]]


def test_an_event_that_does_nothing_is_no_cause():
    assert named(EVENTS, effects([0, 0, 0], [0, -1, 0]), SCORES, rows=1, n=5) == [[]]


def test_an_event_that_holds_a_rival_back_is_no_cause_unless_the_score_falls_too():
    assert named(EVENTS, effects([0, -2, 0], [-1, -3, 0]), SCORES, rows=1, n=5) == [[]]


def test_the_event_that_costs_most_places_comes_first_and_n_is_kept():
    given = effects([1.5, 0, 0], [2.5, 0, 0])
    assert named(EVENTS, given, SCORES, rows=1, n=5) == [[(7, 2.5), (4, 1.5)]]
    assert named(EVENTS, given, SCORES, rows=1, n=1) == [[(7, 2.5)]]


def test_of_events_that_cost_as_many_places_the_one_that_moved_it_most_comes_first():
    given = effects([2.5, 0, 0], [2.6, 1, 0.5])  # the second moved the rivals as well
    assert [event for event, _ in named(EVENTS, given, SCORES, rows=1, n=5)[0]] == [4, 7]


def test_nothing_tried_names_nothing():
    none = np.zeros((0, 3), dtype=np.float32)
    assert named(EVENTS[:0], none, SCORES, rows=2, n=5) == [[], []]


def test_events_that_cost_a_place_only_together_are_named_together():
    given = effects([0.6, 0, 0], [0.7, 0, 0])
    assert [event for event, _ in named(EVENTS, given, SCORES, rows=1, n=2)[0]] == [7, 4]
