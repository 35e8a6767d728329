"""Intervals worked out by hand, and positions whose pull is known."""

import numpy as np
import pytest

from recommendations.measuring.rates import Rate, examination, wilson


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [
        # With z = 1.96: z² = 3.8416. 5 of 10: middle (.5 + .19208) / 1.38416 = .5;
        # half 1.96 * sqrt(.025 + .009604) / 1.38416 = .2634.
        (5, 10, 0.2366, 0.7634),
        # 0 of 10: middle .19208 / 1.38416 = .13877, half 1.96 * sqrt(.009604) / 1.38416 the same.
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        # 1 of 1: 1 / (1 + 3.8416) = .2065.
        (1, 1, 0.2065, 1.0),
        # 10 of 100: middle (.1 + .019208) / 1.038416 = .11480;
        # half 1.96 * sqrt(.0009 + .00009604) / 1.038416 = .05957.
        (10, 100, 0.0552, 0.1744),
    ],
)
def test_wilson_is_as_worked_out_by_hand(count, of, low, high):
    assert wilson(count, of) == pytest.approx((low, high), abs=1e-4)


def test_a_rate_of_nothing_is_not_told():
    assert Rate(0, 0).value is Rate(0, 0).interval is Rate(0, 0).low is None
    assert Rate(1, 4).percent == 25.0


def test_positions_are_told_apart_from_items_exactly_where_chance_is_left_out():
    liked, factors = np.array([0.2, 0.05, 0.4]), np.array([1.0, 0.5, 0.25])
    seen = np.full((3, 3), 1e7)
    opened = seen * np.outer(liked, factors)
    assert examination(seen, opened) == pytest.approx(factors, abs=1e-4)


def test_better_items_further_up_do_not_pass_for_attention():
    """Every position is examined alike; the best item stands first nine times in ten."""
    liked = np.array([0.5, 0.1])
    seen = np.array([[9e6, 1e6], [1e6, 9e6]])
    opened = seen * liked[:, None]
    raw = opened.sum(axis=0) / seen.sum(axis=0)
    assert raw[1] < 0.35 * raw[0]
    assert examination(seen, opened) == pytest.approx([1, 1], abs=1e-3)


def test_drawn_clicks_give_back_what_they_were_drawn_with():
    rng = np.random.default_rng(5)
    liked, factors = rng.uniform(0.02, 0.3, 50), 1 / (1 + 0.5 * np.arange(8))
    seen = rng.poisson(300, (50, 8)).astype(float)
    opened = rng.binomial(seen.astype(int), np.outer(liked, factors)).astype(float)
    assert examination(seen, opened) == pytest.approx(factors, abs=0.08)


def test_too_little_is_not_told():
    assert examination(np.zeros((0, 3)), np.zeros((0, 3))) is None
    assert examination(np.full((2, 2), 100.0), np.array([[10.0, 2.0], [10.0, 2.0]])) is None
    one_place = np.array([[1000.0, 0.0], [0.0, 1000.0]])
    assert examination(one_place, one_place / 5) is None, "no item stood at two positions"


def test_a_position_with_little_data_leans_towards_the_one_before():
    seen = np.array([[10_000.0, 100.0]])
    opened = np.array([[1_000.0, 1.0]])
    factors = examination(seen, opened)
    assert 0.35 < factors[1] < 0.45, "by the counts alone it would be 0.1"
