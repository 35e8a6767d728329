"""A candidate that is a shadow of what its kind was is out; a loss that all share is the data's."""

import numpy as np
import pytest

from recommendations.collapse import Before, Candidate, collapses
from recommendations.gate import choose


def candidate(name, mean, *, shown=100, share=0.5, people=200):
    values = np.random.default_rng(len(name)).normal(mean, 0.05, people)
    return Candidate(name, name.capitalize(), values, "", shown, share)


def before(mean=0.2, shown=100, share=0.5, people=200):
    return Before(mean, shown, share, people)


POPULARITY = candidate("popularity", 0.05, shown=12)
EASE = candidate("ease", 0.15)


def test_lists_that_show_less_than_half_of_what_the_last_one_showed_are_out():
    narrow = candidate("hybrid", 0.2, shown=49, share=0.24)
    choice = choose([POPULARITY, EASE, narrow], live="hybrid", before={"hybrid": before()})
    assert choice.winner is None
    assert set(choice.collapsed) == {"hybrid"}
    assert "Hybrid is out: all lists together hold 49 different items" in choice.verdict
    assert "held 100" in choice.verdict
    assert "The live hybrid model stays" in choice.verdict


def test_half_as_much_is_enough():
    half = candidate("hybrid", 0.2, shown=50, share=0.25)
    assert not collapses([POPULARITY, EASE, half], {"hybrid": before()})


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"shown": 40, "share": 0.5}, "the catalogue has become smaller"),
        ({"shown": 110, "share": 0.05}, "the catalogue has grown"),
        ({"shown": 40, "share": 0.2, "people": 120}, "fewer people were judged"),
    ],
)
def test_fewer_items_in_lists_are_no_collapse_where_something_else_changed(changed, why):
    found = collapses([POPULARITY, EASE, candidate("hybrid", 0.2, **changed)], {"hybrid": before()})
    assert not found, why


def test_without_a_last_one_the_network_is_compared_with_the_best_rule():
    narrow = candidate("hybrid", 0.2, shown=40, share=0.2)
    choice = choose([POPULARITY, candidate("markov", 0.1, shown=20), EASE, narrow])
    assert choice.winner == "ease"
    assert "less than half of the 100 that Ease shows" in choice.verdict


def test_a_rule_shows_as_much_as_it_shows_where_there_was_none_before():
    assert not collapses(
        [POPULARITY, candidate("ease", 0.15, shown=3), candidate("markov", 0.1)], {}
    )


def test_a_network_that_forgot_is_out_while_others_kept_theirs():
    last = {"hybrid": before(0.2), "ease": before(0.16)}
    choice = choose([POPULARITY, EASE, candidate("hybrid", 0.09)], before=last)
    assert choice.winner == "ease"
    assert "less than half of the 0.2000 of the last of its kind" in choice.verdict


def test_where_all_lost_it_is_the_data():
    last = {"hybrid": before(0.2), "ease": before(0.4)}
    assert not collapses([POPULARITY, EASE, candidate("hybrid", 0.09)], last)


def test_popularity_may_show_as_little_as_it_likes():
    last = {"popularity": before(0.5)}
    assert not collapses([POPULARITY, EASE], last)


def test_without_popularity_to_compare_with_nothing_is_shipped():
    choice = choose([EASE, candidate("hybrid", 0.3)])
    assert choice.winner is None
    assert "no popularity list to compare with" in choice.verdict
