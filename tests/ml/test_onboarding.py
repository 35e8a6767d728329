"""Questions tell much, are likely to be answered, follow the answers, and come to an end."""

import numpy as np
import pytest

from ml.acquaintance import Acquaintance
from ml.baselines import BASELINES, fit_baseline
from ml.onboarding import Doubt, Interview, with_model, without_model
from ml.serving import Recommender
from ml.snapshot import KINDS, History
from tests.ml.worlds import checkerboard

NOBODY = np.empty(0, dtype=np.int32)
TWO_KINDS = np.kron(np.eye(2), np.full((3, 3), 0.8)) + 0.2 * np.eye(6)
"""Six items, the first three alike and the last three."""


def pool(known=(0.5,) * 6, alike=TWO_KINDS):
    known = np.array(known)
    spread = np.sqrt(known * (1 - known))
    rows = np.arange(len(known), dtype=np.int32)
    return Acquaintance(rows, known, spread[:, None] * alike * spread)


def asked(known=(0.5,) * 6, *, rated=(), unknown=(), free=None):
    places = (np.array(own, dtype=np.int64) for own in (rated, unknown))
    rated, unknown = places
    return without_model(pool(known), TWO_KINDS, rated=rated, unknown=unknown, free=free)


def ratings(items, stars):
    size = len(items)
    kind = np.full(size, KINDS.index("rating"), dtype=np.int8)
    stars = np.array(stars, dtype=np.float32)
    return History(np.array(items, dtype=np.int32), kind, stars, np.arange(size, dtype=float))


def test_an_answer_takes_the_variance_that_was_worked_out_by_hand():
    doubt = Doubt(np.array([[2.0, 1.0], [1.0, 1.0]]), noise=1.0)
    np.testing.assert_allclose(doubt.told(), [(4 + 1) / 3, (1 + 1) / 2])
    left = doubt.after(np.array([0])).covariance
    np.testing.assert_allclose(left, [[2 - 4 / 3, 1 - 2 / 3], [1 - 2 / 3, 1 - 1 / 3]])
    taken = np.trace(doubt.covariance) - np.trace(left)
    assert taken == pytest.approx(doubt.told()[0])


def test_a_likely_answer_takes_as_much_as_it_is_likely():
    doubt = Doubt(TWO_KINDS, noise=0.5)
    sure, half = (doubt.likely_after(1, chance).covariance for chance in (1.0, 0.5))
    np.testing.assert_allclose(sure, doubt.after(np.array([1])).covariance)
    np.testing.assert_allclose(half, (sure + TWO_KINDS) / 2)


def test_questions_are_spread_over_kinds():
    first, second = asked().questions(2) // 3
    assert first != second


def test_what_is_better_known_is_asked_first():
    assert asked([0.1, 0.1, 0.1, 0.1, 0.5, 0.1]).questions(1).tolist() == [4]


def test_what_was_answered_or_may_not_be_asked_never_is():
    free = np.array([True, True, True, True, False, True])
    interview = asked(rated=[0], unknown=[3], free=free)
    assert sorted(interview.questions(9).tolist()) == [1, 2, 5]


def test_after_an_answer_the_other_kind_is_asked_about():
    assert asked(rated=[0]).questions(1)[0] >= 3


def test_not_knowing_an_item_makes_similar_ones_less_likely_to_be_known():
    before, after = asked().known, asked(unknown=[0]).known
    assert np.all(after[1:3] < before[1:3])
    np.testing.assert_allclose(after[3:], before[3:])
    assert np.all(asked(rated=[0]).known[1:3] > before[1:3])


def test_what_stays_on_the_wall_counts_as_asked():
    first = asked().questions(1)
    assert asked().questions(1, beside=first)[0] // 3 != first[0] // 3
    assert first[0] not in asked().questions(9, beside=first)


def test_each_answer_leaves_less_to_be_told_until_it_is_over():
    left = [asked(rated=[0, 3, 1, 4, 2, 5][:count]).left() for count in (0, 2, 4, 6)]
    assert left[0] == pytest.approx(1)
    assert np.all(np.diff(left) < 0)
    assert left[-1] == 0
    assert not asked().is_over
    assert asked(rated=range(6)).is_over


def test_nothing_to_ask_is_no_error():
    empty = Acquaintance(NOBODY, np.empty(0), np.empty((0, 0)))
    interview = Interview.begin(empty, met=NOBODY, unknown=NOBODY)
    assert len(interview.questions(5)) == 0
    assert interview.is_over


@pytest.mark.parametrize("kind", BASELINES)
def test_it_works_with_every_model(kind):
    recommender = Recommender(fit_baseline(checkerboard(), kind))
    own = recommender.acquaintance
    begin = with_model(recommender, own, History.empty(), unknown=NOBODY)
    first = int(own.rows[begin.questions(1)[0]])
    later = with_model(recommender, own, ratings([first], [5]), unknown=NOBODY)
    same = own.rows % 2 == first % 2
    assert np.mean(later.known[same]) > np.mean(begin.known[same])
    assert np.mean(later.known[~same]) < np.mean(begin.known[~same])
    assert later.left() < begin.left()


def test_ratings_leave_less_doubt_of_ratings():
    recommender = Recommender(fit_baseline(checkerboard(), "ease"))
    rows = np.arange(4, dtype=np.int32)
    before, _noise = recommender.rating_doubt(History.empty(), rows)
    after, _noise = recommender.rating_doubt(ratings([0, 1], [5, 1]), rows)
    assert np.trace(after) < np.trace(before)
