"""Rules on tiny lists, by hand; and what holds whatever the rules."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from recommendations.rules.applying import Compiled, Scored, applied


def rule(action, items, *, amount=1.0, pk=1, groups=None):
    order = np.argsort(items, kind="stable")
    ids = np.array(items, dtype=np.int64)[order]
    into = np.zeros(len(ids), dtype=np.int64) if groups is None else np.array(groups)[order]
    return Compiled(pk, action, ids, into, frozenset({"for_you"}), amount)


def scored(*scores, tier=0):
    """Items 1, 2, ... with these scores."""
    return [Scored(n, score, tier) for n, score in enumerate(scores, start=1)]


def after(candidates, *rules, limit=9, **banned):
    return [one.item_id for one in applied(candidates, rules, limit=limit, **banned).placed]


FIVE = scored(5, 4, 3, 2, 1)  # a standard deviation of 1.41


def test_without_rules_a_list_stays_as_it_is():
    assert after(FIVE) == [1, 2, 3, 4, 5]
    assert after([]) == []


def test_hidden_items_go_and_the_others_move_up():
    assert after(FIVE, rule("hide", [1, 3]), limit=2) == [2, 4]


def test_only_among_keeps_what_is_meant_and_two_of_them_what_both_mean():
    assert after(FIVE, rule("only", [2, 4, 5])) == [2, 4, 5]
    assert after(FIVE, rule("only", [2, 4, 5]), rule("only", [4, 1])) == [4]
    assert after(FIVE, rule("only", [])) == []


def test_boost_and_bury_move_by_standard_deviations_of_the_list():
    assert after(FIVE, rule("boost", [5], amount=2.0)) == [1, 2, 5, 3, 4]
    assert after(FIVE, rule("bury", [1], amount=2.0)) == [2, 3, 1, 4, 5]
    assert after(FIVE, rule("boost", [5], amount=2.0), rule("bury", [5], amount=2.0)) == [
        *(1, 2, 3, 4, 5)
    ]


def test_a_shift_does_not_care_for_the_scale_of_scores():
    large = [Scored(one.item_id, 1000 + 50 * one.score) for one in FIVE]
    boost = rule("boost", [5], amount=2.0)
    assert after(large, boost) == after(FIVE, boost)


def test_scores_fall_along_a_shifted_list():
    placed = applied(FIVE, [rule("boost", [3, 5], amount=1.5)], limit=9).placed
    assert [one.score for one in placed] == sorted((one.score for one in placed), reverse=True)
    assert [one.moved_by for one in placed if one.item_id in (3, 5)] == [(1,), (1,)]


def test_tiers_stay_in_their_order_however_strong_a_boost():
    two = [*scored(2, 1), Scored(7, 99.0, 1), Scored(8, 98.0, 1)]
    assert after(two, rule("boost", [8], amount=3.0)) == [1, 2, 8, 7]


def test_at_most_counts_from_the_top_and_by_group():
    assert after(FIVE, rule("at_most", [1, 2, 4], amount=1)) == [1, 3, 5]
    by_author = rule("at_most", [1, 2, 3, 4], groups=[10, 10, 20, 20], amount=1)
    assert after(FIVE, by_author) == [1, 3, 5]
    two_authors = rule("at_most", [1, 2, 2, 3], groups=[10, 10, 20, 20], amount=1)
    assert after(FIVE, two_authors) == [1, 3, 4, 5]


def test_pins_take_their_places_last():
    assert after(FIVE, rule("pin", [4], amount=1)) == [4, 1, 2, 3, 5]
    assert after(FIVE, rule("pin", [9], amount=3), limit=4) == [1, 2, 9, 3]
    assert after(FIVE, rule("pin", [1], amount=9), limit=20) == [2, 3, 4, 5, 1]
    assert after(FIVE, rule("pin", [1], amount=9), limit=3) == [1, 2, 3]
    assert after([], rule("pin", [9], amount=3)) == [9]


def test_two_pins_of_one_place_stand_side_by_side_and_one_item_is_pinned_once():
    first, second = rule("pin", [8], amount=2), rule("pin", [9], amount=2, pk=2)
    assert after(FIVE, second, first, limit=4) == [1, 8, 9, 2]
    assert after(FIVE, first, rule("pin", [8], amount=4, pk=2), limit=4) == [1, 8, 2, 3]


def test_a_pin_brings_nothing_hidden_banned_or_seen_and_counts_in_its_group():
    pin = rule("pin", [9], amount=1)
    assert after(FIVE, pin, rule("hide", [9])) == [1, 2, 3, 4, 5]
    assert after(FIVE, pin, banned={9}) == [1, 2, 3, 4, 5]
    assert after(FIVE, pin, never_pinned={9}) == [1, 2, 3, 4, 5]
    assert after(FIVE, pin, rule("only", [2])) == [9, 2]
    assert after(FIVE, pin, rule("at_most", [9, 1, 3], amount=1)) == [9, 2, 4, 5]


def test_the_order_in_which_rules_were_written_does_not_matter():
    rules = [
        rule("pin", [2], amount=1, pk=1),
        rule("at_most", [3, 4], amount=1, pk=2),
        rule("boost", [5], amount=3.0, pk=3),
        rule("hide", [1], pk=4),
    ]
    assert after(FIVE, *rules) == after(FIVE, *rules[::-1]) == [2, 5, 3]


def test_each_item_that_goes_is_put_down_to_one_rule():
    rules = [rule("hide", [1], pk=1), rule("only", [1, 2, 3], pk=2), rule("at_most", [2, 3], pk=3)]
    assert applied(FIVE, rules, limit=9).out == {1: 1, 4: 2, 5: 2, 3: 3}


ids = st.integers(1, 12)
a_rule = st.builds(
    lambda action, items, amount, pk: rule(
        action, items, pk=pk, amount=amount if action in ("boost", "bury") else int(amount) + 1
    ),
    st.sampled_from(["hide", "only", "boost", "bury", "at_most", "pin"]),
    st.lists(ids, min_size=1, max_size=6, unique=True),
    st.floats(0.1, 3),
    st.integers(1, 9),
)
a_list = st.lists(st.builds(Scored, ids, st.floats(-5, 5), st.integers(0, 2)), max_size=12)


@settings(max_examples=200, deadline=None)
@given(a_list, st.lists(a_rule, max_size=6), st.sets(ids), st.sets(ids), st.integers(0, 12))
def test_nothing_hidden_or_banned_ever_shows_and_nothing_twice(
    candidates, rules, banned, seen, limit
):
    outcome = applied(candidates, rules, banned=banned, never_pinned=seen, limit=limit)
    shown = [one.item_id for one in outcome.placed]
    assert len(shown) == len(set(shown)) <= limit
    assert not banned & set(shown)
    hidden = {int(pk) for one in rules if one.action == "hide" for pk in one.ids}
    assert not hidden & set(shown)
    assert not seen & {one.item_id for one in outcome.placed if one.pinned_by is not None}
    known = {one.item_id for one in candidates}
    assert all(one.item_id in known or one.pinned_by is not None for one in outcome.placed)
    assert not set(outcome.out) & set(shown)


@settings(max_examples=200, deadline=None)
@given(a_list, st.lists(a_rule.filter(lambda one: one.action != "pin"), max_size=6))
def test_no_list_has_more_of_a_group_than_it_may(candidates, rules):
    shown = [one.item_id for one in applied(candidates, rules, limit=12).placed]
    for one in rules:
        if one.action == "at_most":
            assert sum(pk in one.ids for pk in shown) <= one.amount
        if one.action == "only":
            assert set(shown) <= set(one.ids.tolist())
