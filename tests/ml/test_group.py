"""One list for a few people: the floor holds, members are alike, nobody is always worst off."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from ml.group import places, pool, together

halves = st.integers(1, 10).map(lambda half: half / 2)


@st.composite
def groups(draw):
    """Two to six people, up to forty candidates, and everybody's floor."""
    members, items = draw(st.integers(2, 6)), draw(st.integers(0, 40))
    stars = st.floats(0.5, 5, width=32) | halves | st.just(float("nan"))
    predicted = draw(arrays.arrays(np.float32, (members, items), elements=stars))
    return predicted, np.array(draw(st.lists(halves, min_size=members, max_size=members)))


@given(groups(), st.integers(-1, 50))
def test_nobody_is_below_their_floor_however_short_the_list_gets(group, n):
    predicted, floors = group
    chosen = together(predicted, floors, n=n)
    assert np.all(predicted[:, chosen] >= floors[:, None])
    assert len(set(chosen.tolist())) == len(chosen)
    fit = np.count_nonzero(np.all(predicted >= floors[:, None], axis=0))
    assert len(chosen) == min(max(n, 0), fit), "and all that suits everybody is there"


@given(groups(), st.randoms())
def test_the_order_of_the_members_changes_nothing(group, random):
    predicted, floors = group
    order = list(range(len(floors)))
    random.shuffle(order)
    found = together(predicted, floors, n=20)
    assert together(predicted[order], floors[order], n=20).tolist() == found.tolist()


@given(groups(), st.integers(1, 20))
def test_a_shorter_list_is_how_a_longer_one_begins(group, n):
    predicted, floors = group
    longer = together(predicted, floors, n=n + 5)
    assert together(predicted, floors, n=n).tolist() == longer[:n].tolist()


@given(groups(), st.integers(0, 5))
def test_a_higher_floor_only_takes_away(group, member):
    predicted, floors = group
    before = set(together(predicted, floors, n=99).tolist())
    floors[member % len(floors)] += 0.5
    assert set(together(predicted, floors, n=99).tolist()) <= before


def test_what_both_like_most_comes_first_and_misery_never():
    predicted = np.array([[5, 4.5, 3, 1], [2, 4.5, 3, 5]])
    assert together(predicted, np.array([2.5, 2.5]), n=4).tolist() == [1, 2]


def test_whoever_got_less_so_far_is_served_next():
    """Three items that only Ada loves have the better mean; Bo's favourite comes second anyway."""
    ada = [5.0, 5.0, 5.0, 3.0, 3.0]
    bo = [3.2, 3.2, 3.2, 4.8, 4.8]
    floors = np.array([2.5, 2.5])
    chosen = together(np.array([ada, bo]), floors, n=4)
    assert {chosen[0] < 3, chosen[1] < 3} == {True, False}
    assert np.count_nonzero(chosen < 3) == 2


def test_one_who_loves_everything_does_not_drown_the_others():
    easy, hard = [5.0, 5.0, 5.0], [2.6, 3.5, 2.7]
    assert together(np.array([easy, hard]), np.array([0.5, 2.5]), n=3).tolist() == [1, 2, 0]


def test_arrays_of_another_group_are_refused_by_number():
    with pytest.raises(ValueError, match="2 floors"):
        together(np.ones((3, 4)), np.ones(2), n=1)


def test_places_are_shares_among_what_is_allowed():
    scores = np.array([[1.0, 4.0, 3.0, 2.0], [9.0, 1.0, 1.0, 8.0]])
    found = places(scores, np.array([True, True, False, True]))
    assert np.isnan(found[:, 2]).all()
    assert found[0, [1, 3, 0]].tolist() == pytest.approx([1, 2 / 3, 1 / 3])
    assert found[1, [0, 3, 1]].tolist() == pytest.approx([1, 2 / 3, 1 / 3])


@given(arrays.arrays(np.float32, (3, 12), elements=st.integers(0, 5)), st.integers(0, 14))
def test_the_pool_is_what_all_like_best_and_nothing_ruled_out(scores, most):
    among = np.arange(12) % 4 > 0
    found = pool(places(scores, among), most=most)
    assert len(found) == min(most, 9)
    assert among[found].all()
    assert found.tolist() == sorted(found)
    assert pool(places(scores[::-1], among), most=most).tolist() == found.tolist()
