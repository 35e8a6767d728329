"""The gate ships what is better for sure, and says why in words."""

import numpy as np
import pytest

from recommendations import gate
from recommendations.gate import Candidate, choose, difference, fault, too_little


def candidate(name, values, problem=""):
    return Candidate(name, name.capitalize(), np.asarray(values, dtype=float), problem)


def around(mean, *, people=200, seed=1):
    return np.random.default_rng(seed).normal(mean, 0.05, people)


def test_the_best_candidate_wins():
    choice = choose(
        [
            candidate("popularity", around(0.05, seed=1)),
            candidate("markov", around(0.10, seed=2)),
            candidate("hybrid", around(0.20, seed=3)),
        ]
    )
    assert choice.winner == "hybrid"
    assert "Hybrid wins with an NDCG@10 of 0.2" in choice.verdict
    assert "Next is Markov" in choice.verdict


def test_a_model_that_is_not_surely_better_than_popularity_is_out():
    values = around(0.05)
    noise = np.random.default_rng(9).normal(0.001, 0.05, len(values))
    choice = choose([candidate("popularity", values), candidate("hybrid", values + noise)])
    assert choice.winner == "popularity"
    assert "Hybrid is not better than Popularity beyond doubt" in choice.verdict


def test_of_equals_the_hybrid_serves_and_the_verdict_says_why():
    values = around(0.2)
    noise = np.random.default_rng(9).normal(0.0, 0.05, len(values))
    choice = choose(
        [
            candidate("popularity", around(0.05)),
            candidate("ease", values + 0.001),
            candidate("hybrid", values + noise - noise.mean()),
        ]
    )
    assert choice.winner == "hybrid"
    assert "not clearly more than Hybrid" in choice.verdict


def test_a_rule_that_leads_clearly_or_by_much_beats_the_hybrid():
    values = around(0.2)
    for lead in (0.003, 0.03):
        choice = choose(
            [
                candidate("popularity", around(0.05)),
                candidate("ease", values + lead),
                candidate("hybrid", values),
            ]
        )
        assert choice.winner == "ease"


def test_a_win_that_may_be_chance_is_said_to_be():
    values = around(0.2)
    choice = choose(
        [
            candidate("popularity", around(0.05, seed=5)),
            candidate("markov", values),
            candidate("hybrid", values + np.random.default_rng(4).normal(0.001, 0.05, 200)),
        ]
    )
    assert "may be chance" in choice.verdict


def test_a_candidate_with_a_problem_is_named_and_left_out():
    choice = choose(
        [candidate("popularity", around(0.05)), candidate("hybrid", [], "it was killed")]
    )
    assert choice.winner == "popularity"
    assert "Hybrid is out: it was killed." in choice.sentences


def test_a_network_that_broke_down_does_not_cost_the_live_one():
    choice = choose(
        [candidate("markov", around(0.1)), candidate("hybrid", [], "it was killed")], live="hybrid"
    )
    assert choice.winner is None
    assert "stays" in choice.verdict


def test_with_too_few_people_popularity_serves():
    few = around(0.1, people=gate.LEAST_JUDGED - 1)
    choice = choose([candidate("popularity", few), candidate("ease", few + 0.5)])
    assert choice.winner == "popularity"
    assert "Only 9 people could be judged" in choice.verdict


def test_nothing_is_shipped_when_nothing_is_sound():
    assert choose([candidate("popularity", [], "no"), candidate("hybrid", [], "no")]).winner is None


def test_the_same_figures_give_the_same_verdict():
    candidates = [candidate("popularity", around(0.05)), candidate("ease", around(0.06, seed=2))]
    assert choose(candidates) == choose(candidates)


def test_a_difference_lies_in_its_interval():
    found = difference(around(0.2, seed=1), around(0.1, seed=2))
    assert found.low < found.mean < found.high
    assert found.is_clear
    assert not difference(np.zeros(50), np.zeros(50)).is_clear


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({"events": 0, "people": 0, "items": 0}, "there are no items"),
        ({"events": 0, "people": 0, "items": 5}, "0 events of 0 people"),
        ({"events": 12, "people": 1, "items": 5}, "12 events of 1 person"),
    ],
)
def test_too_little_data_is_said_with_its_number_and_cure(counts, words):
    reason = too_little(**counts)
    assert words in reason
    assert reason.startswith("too little to learn from: ")


def test_enough_data_is_no_reason_to_refuse():
    assert too_little(events=20, people=2, items=1) is None


def test_scores_that_are_no_numbers_are_a_fault():
    assert fault("hybrid", np.array([[1.0, np.nan]])) == "its scores are not all numbers"


def test_the_same_list_for_everyone_is_a_fault_except_for_popularity():
    same = np.tile(np.arange(30.0), (5, 1))
    assert fault("hybrid", same) == "it gives everyone the same list"
    assert fault("popularity", same) == ""
    assert fault("hybrid", np.random.default_rng(1).random((5, 30))) == ""


def test_no_items_are_a_fault():
    assert fault("popularity", np.empty((1, 0))) == "it has no items to rank"
