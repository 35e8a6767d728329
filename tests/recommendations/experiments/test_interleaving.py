"""Team drafts of tiny lists, and chances against what is drawn."""

from collections import Counter
from itertools import cycle
from random import Random

import pytest

from recommendations.experiments.interleaving import FIRST, SECOND, chances, team_draft


def test_by_hand():
    drafted = team_draft("abcd", "bxya", n=6, flip=cycle([True, False]).__next__)
    # Round 1: the first side takes a, the second b. Round 2: the second x, the first c (b is gone).
    # Round 3: the first takes d, the second y.
    assert drafted == [("a", 0), ("b", 1), ("x", 1), ("c", 0), ("d", 0), ("y", 1)]


def test_nothing_stands_twice_and_both_sides_have_as_many_places():
    rng = Random(4)
    for _ in range(50):
        lists = [rng.sample(range(30), 12) for _side in range(2)]
        drafted = team_draft(*lists, n=12, flip=lambda: rng.random() < 0.5)
        assert len({thing for thing, _side in drafted}) == 12
        assert Counter(side for _thing, side in drafted) == {FIRST: 6, SECOND: 6}


def test_a_list_that_ends_is_filled_by_the_other():
    assert team_draft("a", "bcd", n=9, flip=lambda: True) == [
        ("a", 0),
        ("b", 1),
        ("c", 1),
        ("d", 1),
    ]
    assert team_draft("", "", n=3, flip=lambda: True) == []


@pytest.mark.parametrize(
    ("first", "second"), [("abcdefgh", "hgxyabcd"), ("abc", "abc"), ("ab", "cdef")]
)
def test_chances_are_those_of_the_draws(first, second):
    rng, rounds = Random(5), 20_000
    seen = [Counter() for _ in range(6)]
    for _ in range(rounds):
        for at, (thing, _side) in enumerate(
            team_draft(first, second, n=6, flip=lambda: rng.random() < 0.5)
        ):
            seen[at][thing] += 1
    said = chances(first, second, n=6)
    for place, drawn in zip(said, seen, strict=False):
        assert sum(place.values()) == pytest.approx(1.0 if drawn else 0.0)
        assert set(place) == set(drawn)
        for thing, chance in place.items():  # four standard errors are 0.014
            assert drawn[thing] / rounds == pytest.approx(chance, abs=0.015)


def test_lists_that_agree_leave_nothing_to_chance():
    assert chances("abcd", "abcd", n=2) == [{"a": 1.0}, {"b": 1.0}]
