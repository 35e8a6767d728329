"""Scrolling on in lists of picks: never an item twice, bounded, and nothing kept for it."""

import random

import pytest
from django.test import Client

from catalog import services as events
from recommendations.scrolling import MOST_CURSOR, MOST_SHOWN, NoCursor, cursor_of, shown_of
from tests.problems import wrong_fields
from tests.recommendations.test_api import FOR_YOU, ids, member, with_token
from tests.recommendations.worlds import checkerboard, published

SURFACES = "/api/v1/surfaces/"
FOR_ITEMS = "/api/v1/recommendations/for-items/"


@pytest.mark.parametrize("largest", [600, 10**6, 2**63 - 1])
def test_a_cursor_gives_back_what_it_was_made_of_and_stays_short(largest):
    shown = {random.Random(n).randrange(1, largest) for n in range(MOST_SHOWN)}
    cursor = cursor_of(shown, of="for-you")
    assert shown_of(cursor, of="for-you") == shown
    assert len(cursor) < MOST_CURSOR
    assert largest > 10**6 or len(cursor) < 1500


def test_it_ends_where_it_would_get_too_long_and_where_nothing_was_shown():
    assert cursor_of(range(1, MOST_SHOWN + 1), of="x")
    assert cursor_of(range(1, MOST_SHOWN + 2), of="x") is None
    assert cursor_of([], of="x") is None


@pytest.mark.parametrize("changed", [str.swapcase, lambda text: text[1:], str.upper, "é".join])
def test_what_was_changed_is_no_cursor(changed):
    with pytest.raises(NoCursor):
        shown_of(changed(cursor_of([3, 4], of="x")), of="x")
    with pytest.raises(NoCursor):
        shown_of(cursor_of([3, 4], of="x"), of="y")


@pytest.mark.django_db
@pytest.mark.parametrize("address", [FOR_YOU, f"{SURFACES}for-you/", f"{SURFACES}new/"])
def test_a_list_goes_on_without_repeats_until_it_ends(address):
    shelf, _crowd = checkerboard(items=60)
    events.recount()
    published("markov")
    client = with_token(member("ada", shelf[0:6:2]))
    seen, cursor = [], None
    for _page in range(10):
        answer = client.get(address, {"limit": 20, **({"cursor": cursor} if cursor else {})})
        seen += ids(answer)
        cursor = answer.json()["next"]
        if cursor is None:
            break
    assert cursor is None
    assert len(seen) == len(set(seen)) >= 40
    first = client.get(address, {"limit": 20}).json()["next"]
    assert wrong_fields(client.get(f"{SURFACES}popular/", {"cursor": first})) == ["cursor"]


@pytest.mark.django_db
def test_a_list_for_items_goes_on_too():
    shelf, _crowd = checkerboard(items=60)
    events.recount()
    published("markov")
    asked = {"items": [{"item": shelf[0].pk}], "limit": 5}
    first = Client().post(FOR_ITEMS, asked, content_type="application/json")
    more = asked | {"cursor": first.json()["next"]}
    second = Client().post(FOR_ITEMS, more, content_type="application/json")
    assert len(ids(second)) == 5
    assert not {*ids(first)} & {*ids(second)}
