"""What people tell their lists through the API: dismissed, left out; and why an item is theirs."""

import pytest
from django.core.cache import caches
from django.test import Client

from catalog import services
from catalog.models import Item, Person
from recommendations import steering
from recommendations.models import Dismissal, LeftOut
from tests.problems import wrong_fields
from tests.recommendations.measuring.worlds import member as browser_of
from tests.recommendations.test_api import FOR_YOU, ids, member, with_token
from tests.recommendations.worlds import checkerboard, published

pytestmark = pytest.mark.django_db
DISMISSALS, LEFT_OUT = "/api/v1/me/dismissals/", "/api/v1/me/left-out/"
BOTH = pytest.mark.parametrize("address", [DISMISSALS, LEFT_OUT])


@pytest.fixture(autouse=True)
def no_throttle_left_over():
    caches["default"].clear()


@pytest.fixture
def shelf():
    shelf, _crowd = checkerboard()
    services.recount()
    published("markov")
    return shelf


@pytest.fixture
def ada(shelf):
    client = with_token(member("ada", shelf[0:6:2]))
    client.person = Person.objects.get(user__username="ada")
    return client


def why(client, item):
    answer = client.get(f"/api/v1/items/{item.pk}/why/")
    assert answer.status_code == 200, answer.content
    return answer.json()


# --- dismissed, left out -------------------------------------------------------------------------
def test_what_is_dismissed_leaves_the_list_and_comes_back(ada):
    first = ids(ada.get(FOR_YOU))[0]
    made = ada.post(DISMISSALS, {"item": first}, format="json")
    assert made.status_code == 201
    assert made.json()["item"]["id"] == first
    assert ada.post(DISMISSALS, {"item": first}, format="json").status_code == 200
    assert first not in ids(ada.get(FOR_YOU))
    assert [row["item"]["id"] for row in ada.get(DISMISSALS).json()["results"]] == [first]
    assert ada.delete(f"{DISMISSALS}{first}/").status_code == 204
    assert ids(ada.get(FOR_YOU))[0] == first
    assert ada.delete(f"{DISMISSALS}{first}/").status_code == 404


def test_no_list_is_made_from_what_is_left_out(ada, shelf):
    for item in shelf[0:6:2]:
        assert ada.post(LEFT_OUT, {"item": item.pk}, format="json").status_code == 201
    assert ada.get(FOR_YOU).json()["model"] is None
    assert len(ada.get(LEFT_OUT).json()["results"]) == 3
    for item in shelf[0:6:2]:
        assert ada.delete(f"{LEFT_OUT}{item.pk}/").status_code == 204
    assert ada.get(FOR_YOU).json()["model"] is not None
    assert not LeftOut.objects.exists()


@BOTH
def test_a_withdrawn_item_is_not_to_be_named_but_may_be_taken_back(ada, shelf, address):
    assert ada.post(address, {"item": shelf[1].pk}, format="json").status_code == 201
    Item.objects.filter(pk__in=[shelf[1].pk, shelf[3].pk]).update(is_listed=False)
    refused = ada.post(address, {"item": shelf[3].pk}, format="json")
    assert wrong_fields(refused) == ["item"]
    assert ada.delete(f"{address}{shelf[1].pk}/").status_code == 204


@BOTH
@pytest.mark.parametrize("body", [{}, {"item": "emma"}, {"item": 10**12}, [], "text"])
def test_a_bad_row_is_refused(ada, address, body):
    assert ada.post(address, body, format="json").status_code == 400


@BOTH
def test_they_are_one_s_own(ada, shelf, address):
    ada.post(address, {"item": shelf[1].pk}, format="json")
    eve = with_token(member("eve"))
    assert eve.get(address).json()["results"] == []
    assert eve.delete(f"{address}{shelf[1].pk}/").status_code == 404
    assert Client().get(address).status_code == 401
    assert Client().post(address, {"item": shelf[1].pk}).status_code == 401
    assert Dismissal.objects.count() + LeftOut.objects.count() == 1


# --- why -----------------------------------------------------------------------------------------
def test_an_item_says_which_of_one_s_doings_raise_it(ada, shelf):
    said = why(ada, shelf[8])
    assert said["model"] == "What follows what"
    named = {pk for reason in said["reasons"] for pk in reason["items"]}
    assert named
    assert named <= {item.pk for item in shelf[0:6:2]}
    assert (said["is_dismissed"], said["is_left_out"]) == (False, False)


def test_it_knows_what_is_dismissed_and_left_out(ada, shelf):
    ada.post(DISMISSALS, {"item": shelf[8].pk}, format="json")
    steering.leave_out(ada.person, shelf[8])
    said = why(ada, shelf[8])
    assert (said["is_dismissed"], said["is_left_out"]) == (True, True)


def test_a_visitor_asks_from_their_session_and_nobody_gets_no_reasons(shelf):
    client, _person = browser_of(shelf)
    assert why(client, shelf[12])["reasons"]
    said = why(Client(), shelf[12])
    assert (said["reasons"], said["predicted"]) == ([], None)
    Item.objects.filter(pk=shelf[12].pk).update(is_listed=False)
    assert client.get(f"/api/v1/items/{shelf[12].pk}/why/").status_code == 404


def test_a_prediction_comes_with_what_to_report_it_by():
    shelf, _crowd = checkerboard(items=40, people=80)
    services.recount()
    published("ease")
    ada = with_token(member("ada", shelf[0:20:2]))
    said = why(ada, shelf[30])["predicted"]
    assert said["low"] <= said["stars"] <= said["high"]
    report = [{"token": said["token"], "event": "seen"}]
    assert ada.post("/api/v1/impressions/", report, format="json").json()["created"] == 1


def test_the_track_record_is_null_before_there_is_one(ada):
    assert ada.get("/api/v1/me/track-record/").json() == {"times": None, "agreed": None}
    assert Client().get("/api/v1/me/track-record/").status_code == 401


# --- private rows --------------------------------------------------------------------------------
def test_one_rating_is_kept_private_and_counted_again(ada, shelf):
    services.recount()
    before = Item.objects.get(pk=shelf[0].pk).rating_count
    address = f"/api/v1/me/ratings/{shelf[0].pk}/"
    answer = ada.patch(address, {"is_private": True}, format="json")
    assert (answer.status_code, answer.json()) == (200, {"is_private": True})
    assert ada.get(address).json()["is_private"] is True
    assert Item.objects.get(pk=shelf[0].pk).rating_count == before - 1
    ada.patch(address, {"is_private": False}, format="json")
    assert Item.objects.get(pk=shelf[0].pk).rating_count == before
    assert ada.patch(address, {"is_private": "perhaps"}, format="json").status_code == 400
    eve = with_token(member("eve"))
    assert eve.patch(address, {"is_private": True}, format="json").status_code == 404
