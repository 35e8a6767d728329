"""Several sources in one list: each has its share of every beginning, and no item comes twice."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommendations.ladder import Pick, Reason, Rung
from recommendations.placements.settings import ALONE, PlacementSettings, Source
from recommendations.surfaces.weaving import order, woven

PERSONAL, NEW, POPULAR = Source.PERSONAL, Source.NEW, Source.POPULAR


def shares(**weights):
    return PlacementSettings("for-you", weights).shares


def picks(*ids):
    return [Pick(SimpleNamespace(pk=pk), 0.0, Reason(""), Rung.NEWEST) for pk in ids]


def test_three_to_one_is_three_of_every_four():
    places = order({PERSONAL: 9, NEW: 9}, shares(personal=3, new=1))
    assert places[:8] == [PERSONAL, PERSONAL, NEW, PERSONAL] * 2


def test_what_one_has_not_the_others_fill():
    places = order({PERSONAL: 1, NEW: 3}, shares(personal=9, new=1))
    assert places == [PERSONAL, NEW, NEW, NEW]
    assert order({}, shares(personal=1)) == []


@given(
    st.dictionaries(
        st.sampled_from([one.value for one in Source if one not in ALONE.values()]),
        st.floats(0.1, 10),
        min_size=2,
        max_size=4,
    )
)
def test_each_beginning_has_each_share_up_to_a_place_or_two(weights):
    wanted = shares(**weights)
    places = order(dict.fromkeys(wanted, 40), wanted)[:40]
    for size in range(1, 41):
        for source, share in wanted.items():
            assert abs(places[:size].count(source) - share * size) < len(wanted) - 1 + 1e-6


def test_an_item_of_two_sources_is_the_larger_ones_and_comes_once():
    lists = {PERSONAL: picks(1, 2, 3), NEW: picks(2, 4, 1, 5)}
    found = woven(lists, shares(personal=2, new=1), limit=12)
    assert [(source, pick.item.pk) for source, pick in found] == [
        (PERSONAL, 1),
        (NEW, 4),
        (PERSONAL, 2),
        (PERSONAL, 3),
        (NEW, 5),
    ]


@pytest.mark.parametrize("limit", [0, 1, 3])
def test_it_is_never_longer_than_asked_for(limit):
    lists = {PERSONAL: picks(1, 2, 3), POPULAR: picks(4, 5)}
    assert len(woven(lists, shares(personal=1, popular=1), limit=limit)) == limit
