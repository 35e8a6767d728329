"""Simulated people: the better ranker is found, nothing is found where there is nothing."""

import numpy as np
import pytest

from benchmarks import experiments as simulated
from benchmarks.clicks import Sessions

APART = (2.0, 0.5)


@pytest.fixture(scope="module")
def found():
    rng, rounds = np.random.default_rng(11), 12
    return {
        "split": [simulated.found_by_split(rng, APART, most=20_000) for _ in range(rounds)],
        "interleaved": [
            simulated.found_by_interleaving(rng, APART, most=20_000) for _ in range(rounds)
        ],
    }


def test_the_better_ranker_is_better_by_construction():
    sessions = Sessions.made_up(np.random.default_rng(1), APART, people=2000)
    assert sessions.expected(1).mean() > 1.3 * sessions.expected(0).mean()


@pytest.mark.parametrize("way", ["split", "interleaved"])
def test_the_better_ranker_is_found(found, way):
    # A wrong one in a round has a chance of 2.5 % at most; two of twelve have one of 3.4 %.
    assert sum(is_right for _visits, is_right in found[way]) >= 11


def test_interleaving_needs_fewer_visits(found):
    visits = {way: np.median([after for after, _right in runs]) for way, runs in found.items()}
    assert visits["interleaved"] * 2 < visits["split"]  # four times fewer on average


def test_looking_every_day_raises_no_false_alarms_and_a_t_test_does():
    rng, rounds = np.random.default_rng(12), 80
    alarms = [simulated.false_alarms(rng, days=20, people=15) for _ in range(rounds)]
    counts = {name: sum(one[name] for one in alarms) for name in alarms[0]}
    # At 5 %, 4 are expected of 80; more than 9 have a chance of 1 %.
    assert counts["sequence"] <= 9
    assert counts["per item seen"] <= 9
    assert counts["t-test"] >= 14


def test_interleaving_two_that_are_as_good_raises_no_false_alarms():
    rng = np.random.default_rng(13)
    alarms = [simulated.false_alarm_of_signs(rng, days=20, people=10) for _ in range(40)]
    assert sum(alarms) <= 6  # at 5 %, more have a chance of 0.3 %


@pytest.mark.parametrize("log", [simulated.drawn, simulated.interleaved])
def test_estimates_from_a_log_are_near_the_truth(log):
    rng, rounds = np.random.default_rng(14), 60
    made = [log(rng, rows=400) for _ in range(rounds)]
    truth = np.mean([true for true, _own in made])
    spread = {}
    for name in made[0][1]:
        own = [one[name] for _true, one in made]
        values = np.array([one.value for one in own])
        spread[name] = values.std()
        assert values.mean() == pytest.approx(truth, abs=4 * values.std() / np.sqrt(rounds))
        held = sum(one.interval[0] <= truth <= one.interval[1] for one in own)
        assert held >= 51  # 57 on average; fewer have a chance of 0.3 %
    assert spread["doubly robust"] < spread["IPS"]
