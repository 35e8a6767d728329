"""Intervals that hold at every look: numbers by hand, and worlds where the truth is known."""

import math

import numpy as np
import pytest

from recommendations.experiments.sequences import (
    LEAST_PEOPLE,
    Signs,
    Sums,
    difference,
    mismatch,
    radius,
)


def test_sums_of_two_days_are_the_sums_of_both():
    one, other = Sums.of([1, 0, 2], [4, 5, 6]), Sums.of([3], [2])
    assert one + other == Sums.of([1, 0, 2, 3], [4, 5, 6, 2])


def test_a_mean_and_its_variance_are_what_numpy_says():
    y = np.random.default_rng(1).poisson(1.5, 200)
    sums = Sums.of(y)
    assert sums.value(is_ratio=False) == pytest.approx(y.mean())
    assert sums.variance(is_ratio=False) == pytest.approx(y.var())


def test_the_variance_of_a_ratio_is_what_the_bootstrap_says():
    rng = np.random.default_rng(2)
    x = 1 + rng.poisson(8, 1000)
    y = rng.binomial(x, rng.beta(2, 8, 1000))  # people differ, so that items are not independent
    drawn = rng.integers(0, 1000, (2000, 1000))
    ratios = y[drawn].sum(axis=1) / x[drawn].sum(axis=1)
    said = math.sqrt(Sums.of(y, x).variance(is_ratio=True) / 1000)
    assert said == pytest.approx(ratios.std(), rel=0.1)


def test_the_radius_is_that_of_the_paper_by_hand():
    # rho² = (5.99146 + log(6.99146)) / 500 = 0.0158725; at n = 500: n rho² = 7.93626
    assert radius(500.0) == pytest.approx(
        math.sqrt(2 * 8.93626 / (500 * 7.93626) * math.log(math.sqrt(8.93626) / 0.05)), rel=1e-4
    )


def test_few_people_and_outcomes_that_are_all_the_same_say_nothing():
    few, many = Sums.of([0, 1] * (LEAST_PEOPLE // 2 - 1)), Sums.of([0, 1] * LEAST_PEOPLE)
    assert not difference(few, many).is_known
    assert not difference(many, few).is_known
    assert not difference(Sums.of([0] * 100), Sums.of([0] * 100)).is_known
    assert not difference(Sums.of([0] * 100, [0] * 100), many, is_ratio=True).is_known
    assert difference(many, many).is_known


def looks(rng, *, days, people, lift=0.0):
    """Sums of two arms after each day, with outcomes as people's are: mostly none, some many."""
    arms, mean = [Sums(), Sums()], rng.gamma(0.5, 2.0, (2, days, people))
    mean[1] += lift
    y = np.minimum(rng.poisson(mean), 20)
    for day in range(days):
        arms = [arm + Sums.of(y[at, day]) for at, arm in enumerate(arms)]
        yield arms


def test_sixty_looks_give_no_more_false_alarms_than_one_may():
    rng = np.random.default_rng(7)
    alarms = sum(
        any(difference(b, a).excludes_zero for a, b in looks(rng, days=60, people=20))
        for _ in range(400)
    )
    # 5 % of 400 are 20. That there were more than 32 at a rate of 5 % has a chance of 0.4 %.
    assert alarms <= 32


def test_a_difference_is_found_and_lies_in_its_interval_at_every_look():
    rng = np.random.default_rng(8)
    found = inside = 0
    for _ in range(60):
        intervals = [difference(b, a) for a, b in looks(rng, days=40, people=50, lift=0.5)]
        found += any(one.low > 0 for one in intervals)
        inside += all(one.low <= 0.5 <= one.high for one in intervals if one.is_known)
    assert found == 60  # 0.5 is 8 standard errors of a fixed test by the last day
    assert inside >= 54  # 95 % are 57; less than 54 has a chance of 1.4 %


def test_signs_are_exact_by_hand():
    # B(11, 10) / B(10, 10) / 0.5 = 1: one win alone tells nothing of a symmetric prior.
    assert Signs(1, 0).evidence == pytest.approx(1.0)
    # B(12, 10) / B(10, 10) / 0.25 = (10 * 11) / (20 * 21) * 4
    assert Signs(2, 0).evidence == pytest.approx(110 / 420 * 4)
    assert Signs(0, 0).share().low == 0.0
    assert Signs(0, 0).share().high == 1.0


@pytest.mark.parametrize("signs", [(30, 10), (0, 40), (40, 0), (5, 5), (3000, 2900)])
def test_the_share_of_wins_leaves_one_half_out_exactly_where_the_evidence_decides(signs):
    won = Signs(*signs)
    share = won.share()
    assert share.low <= signs[0] / sum(signs) <= share.high
    assert (not share.low <= 0.5 <= share.high) == (won.evidence > 20)
    turned = Signs(signs[1], signs[0]).share()
    assert (turned.low, turned.high) == pytest.approx((1 - share.high, 1 - share.low))


def test_signs_by_lot_are_rarely_called_a_win_at_any_of_500_looks():
    rng = np.random.default_rng(9)
    wins = (rng.random((1000, 500)) < 0.5).cumsum(axis=1)
    alarms = sum(
        any(Signs(int(w), n - int(w)).evidence >= 20 for n, w in enumerate(row, start=1))
        for row in wins[:300]
    )
    assert alarms <= 26  # 5 % of 300 are 15; more than 26 has a chance of 0.3 %


def test_arms_of_even_size_are_no_mismatch_and_lost_people_are():
    assert mismatch([]) == 1.0
    assert mismatch([[100, 104], [200, 203]]) == 1.0  # never less than before anybody came
    assert mismatch([[500, 500], [1000, 900], [1000, 800]]) > 1000
    assert mismatch([[1000, 800], [5000, 4990]]) > 1000  # what was proven stays so
    rng = np.random.default_rng(3)
    assert (
        sum(mismatch(rng.multinomial(30, [1 / 3] * 3, 60).cumsum(axis=0)) > 20 for _ in range(200))
        <= 18
    )
