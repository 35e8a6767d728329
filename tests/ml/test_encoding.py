"""The fast encoder against the plain one: any lengths, any crowd, one event at a time."""

from __future__ import annotations

import numpy as np
import pytest

from ml import encoder_events
from ml.encoder_blocks import running_sums
from ml.encoder_effects import vectors_without
from ml.encoder_state import PersonState
from ml.snapshot import History
from tests.ml.encoders import LENGTH, plain_vector, random_arrays, random_history, scorer_of

LENGTHS = [0, 1, 2, 7, LENGTH - 1, LENGTH, LENGTH + 1, 45]


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("blocks", [1, 2, 3])
def test_a_vector_is_that_of_the_plain_computation(length, blocks):
    arrays, history = random_arrays(blocks=blocks), random_history(length)
    (vector,) = scorer_of(arrays, blocks=blocks).person_vectors([history])
    np.testing.assert_allclose(vector, plain_vector(arrays, history, blocks=blocks), atol=2e-5)


@pytest.mark.parametrize("prepared_items", [0, 1000])
def test_a_crowd_of_all_lengths_is_its_members(monkeypatch, prepared_items):
    monkeypatch.setattr(encoder_events, "PREPARED_ITEMS", prepared_items)
    monkeypatch.setattr(encoder_events, "ROWS_AT_ONCE", 3 * LENGTH)  # several batches
    arrays = random_arrays()
    scorer = scorer_of(arrays)
    crowd = [random_history(length, seed=at) for at, length in enumerate([*LENGTHS, *range(30)])]
    together = scorer.person_vectors(crowd)
    alone = [plain_vector(arrays, history) for history in crowd]
    np.testing.assert_allclose(together, alone, atol=2e-5)


def test_nobody_has_no_vectors():
    scorer = scorer_of(random_arrays())
    assert scorer.person_vectors([]).shape == (0, 16)
    assert scorer.scores_many([]).shape == (0, 30)


def test_a_gate_that_is_shut_lets_nothing_through_and_warns_of_nothing():
    arrays = random_arrays()
    arrays["block0_forward_in"][:, 32:] *= 1000
    (vector,) = scorer_of(arrays).person_vectors([random_history(9)])
    assert np.all(np.isfinite(vector))


@pytest.mark.parametrize("length", [1, 2, 8, 15, 16, 17, 24, 41, 200])
def test_running_sums_are_added_up_one_by_one(length):
    values = np.random.default_rng(length).standard_normal((2, length, 3)).astype(np.float32)
    decay = np.array([0.1, 0.9, 0.999], dtype=np.float32)
    expected, last = [], np.zeros((2, 3))
    for at in range(length):
        last = decay * last + values[:, at]
        expected.append(last)
    wide = np.concatenate([values, values], axis=2)  # a view with gaps between rows works, too
    np.testing.assert_allclose(
        running_sums(wide[:, :, :3], decay), np.stack(expected, axis=1), rtol=1e-4, atol=1e-5
    )


def test_a_state_is_the_whole_computation_after_every_event():
    arrays = random_arrays()
    scorer, history = scorer_of(arrays), random_history(LENGTH - 1)
    state = PersonState.start(scorer)
    for at in range(len(history)):
        state = state.extend(scorer, history.take(slice(at, at + 1)))
        expected = plain_vector(arrays, history.take(slice(0, at + 1)))
        np.testing.assert_allclose(state.vector, expected, atol=1e-4)
    assert state.is_exact(scorer)
    assert state.count == LENGTH - 1


@pytest.mark.parametrize("cut", [0, 1, 9, 18])
def test_many_events_at_once_make_the_state_of_one_after_the_other(cut):
    arrays = random_arrays()
    scorer, history = scorer_of(arrays), random_history(19)
    state = PersonState.start(scorer).extend(scorer, history.take(slice(0, cut)))
    state = state.extend(scorer, history.take(slice(cut, None)))
    np.testing.assert_allclose(state.vector, plain_vector(arrays, history), atol=1e-4)


def test_a_state_with_no_new_events_stays_as_it_is():
    scorer = scorer_of(random_arrays())
    state = PersonState.start(scorer)
    assert state.extend(scorer, History.empty()) is state
    np.testing.assert_allclose(state.vector, scorer.person_vectors([History.empty()])[0], atol=1e-6)


def test_more_events_than_are_read_at_once_are_added_like_any_others():
    scorer, history = scorer_of(random_arrays()), random_history(3 * LENGTH + 2)
    at_once = PersonState.start(scorer).extend(scorer, history)
    state = PersonState.start(scorer)
    for at in range(len(history)):
        state = state.extend(scorer, history.take(slice(at, at + 1)))
    assert at_once.count == state.count == 3 * LENGTH + 2
    np.testing.assert_allclose(at_once.vector, state.vector, atol=1e-4)


def test_a_state_says_when_it_has_read_more_than_the_whole_computation_would():
    scorer, history = scorer_of(random_arrays()), random_history(LENGTH)
    state = PersonState.start(scorer).extend(scorer, history)
    assert not state.is_exact(scorer)


@pytest.mark.parametrize("length", [1, 2, 3, LENGTH - 1, LENGTH, LENGTH + 1, LENGTH + 2, 45])
def test_a_vector_without_an_event_is_that_of_the_history_without_it(length):
    arrays, history = random_arrays(), random_history(length)
    events = np.arange(max(0, length - LENGTH), length)
    found = vectors_without(scorer_of(arrays), history, events)
    for event, vector in zip(events, found, strict=True):
        rest = history.take(np.arange(length) != event)
        np.testing.assert_allclose(vector, plain_vector(arrays, rest), atol=5e-5)


def test_effects_are_known_of_some_events_and_nan_for_the_others():
    scorer, history = scorer_of(random_arrays()), random_history(45)
    rows = np.array([3, 4], dtype=np.int32)
    effects = scorer.effects(history, rows)
    known = np.flatnonzero(~np.isnan(effects[:, 0]))
    assert len(known) == 12
    assert known.min() >= 45 - LENGTH
    scores = scorer.scores_many([history])[0, rows]
    for event in known:
        without = scorer.scores_many([history.take(np.arange(45) != event)])[0, rows]
        np.testing.assert_allclose(effects[event], scores - without, atol=5e-5)
