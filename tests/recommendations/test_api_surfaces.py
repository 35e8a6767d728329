"""Surfaces in the API: which there are, and the list of each, as on the pages."""

import pytest
from django.core.cache import caches
from django.test import Client

from catalog import services as events
from catalog.models import Item
from recommendations.models import Placement
from recommendations.placements.defaults import DEFAULTS
from tests.problems import wrong_fields
from tests.recommendations.test_api import FOR_YOU, ids, member, similar, with_token
from tests.recommendations.worlds import checkerboard, published

pytestmark = pytest.mark.django_db
SURFACES = "/api/v1/surfaces/"


@pytest.fixture
def shelf():
    shelf, _crowd = checkerboard()
    events.recount()
    published("markov")
    return shelf


def set_up(name, **values):
    placement = Placement.objects.get(name=name)
    for field, value in values.items():
        setattr(placement, field, value)
    placement.full_clean()
    placement.save()


def unsigned(answer):
    """Without what is its own: its cursor, and tokens that know the second they were made in."""
    said = answer.json()
    for pick in said["results"]:
        pick.pop("token")
    return said | {"next": None}


def names(answer):
    return [surface["name"] for surface in answer.json()]


def test_all_surfaces_are_listed_with_what_a_client_may_know(shelf):
    found = {surface["name"]: surface for surface in Client().get(SURFACES).json()}
    assert set(found) == set(DEFAULTS)
    assert found["for-you"] == {
        "name": "for-you",
        "title": "For you",
        "url": f"http://testserver{SURFACES}for-you/",
        "places": ["home", "page", "api"],
        "order": 10,
        "size": 12,
        "needs_item": False,
        "needs_group": False,
        "sources": {"personal": 1.0},
        "diversity": 0.0,
        "exploration": 0.084,
        "rotation": 0.0,
        "only_attributes": [],
    }
    assert found["similar"]["needs_item"]


def test_what_is_switched_off_or_not_in_the_api_is_neither_listed_nor_answered(shelf):
    set_up("popular", is_on=False)
    set_up("new", on_api=False)
    assert {"popular", "new"}.isdisjoint(names(Client().get(SURFACES)))
    for name in ("popular", "new", "nonsense"):
        assert Client().get(f"{SURFACES}{name}/").status_code == 404


def test_a_surface_answers_as_the_other_lists_do(shelf):
    client = with_token(member("ada", shelf[0:6:2]))
    answer = client.get(f"{SURFACES}for-you/")
    assert unsigned(answer) == unsigned(client.get(FOR_YOU, {"limit": 12}))
    assert {"private", "no-cache"} == set(answer["Cache-Control"].split(", "))
    assert {"Authorization", "Cookie", "Accept-Language"} <= set(answer["Vary"].split(", "))


def test_a_list_about_an_item_has_to_be_told_which(shelf):
    address = f"{SURFACES}similar/"
    refused = Client().get(address)
    assert refused.status_code == 400
    assert wrong_fields(refused) == ["item"]
    answer = Client().get(address, {"item": shelf[0].pk, "limit": 3})
    assert unsigned(answer) == unsigned(Client().get(similar(shelf[0]), {"limit": 3}))
    Item.objects.filter(pk=shelf[0].pk).update(is_listed=False)
    assert Client().get(address, {"item": shelf[0].pk}).status_code == 404
    assert Client().get(address, {"item": 2**63 - 1}).status_code == 404


@pytest.mark.parametrize("name", ["for-you", "popular", "new", "genre"])
def test_what_is_excluded_is_left_out(name):
    shelf, _crowd = checkerboard(items=60)
    events.recount()
    published("markov")
    client = with_token(member("ada", shelf[0:6:2]))
    first = ids(client.get(f"{SURFACES}{name}/", {"limit": 2}))
    more = ids(client.get(f"{SURFACES}{name}/", {"limit": 4, "exclude": ",".join(map(str, first))}))
    assert len(first) == 2
    assert more
    assert set(first).isdisjoint(more)


def test_a_list_is_as_long_as_its_placement_says(shelf):
    set_up("new", size=5)
    assert len(ids(Client().get(f"{SURFACES}new/"))) == 5
    assert len(ids(Client().get(f"{SURFACES}new/", {"limit": 7}))) == 7


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "101"}, "limit"),
        ({"exclude": "1,two"}, "exclude"),
        ({"item": "emma"}, "item"),
        ({"item": "-1"}, "item"),
        ({"item": "9" * 30}, "item"),
    ],
)
def test_a_bad_question_is_refused_with_its_field(shelf, query, field):
    answer = Client().get(f"{SURFACES}similar/", query)
    assert answer.status_code == 400
    assert wrong_fields(answer) == [field]


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_they_can_only_be_read(shelf, method):
    client = with_token(member("ada"))
    assert getattr(client, method)(SURFACES).status_code == 405
    assert getattr(client, method)(f"{SURFACES}new/").status_code == 405


def test_both_are_in_the_schema():
    schema = Client().get("/api/v1/schema/", HTTP_ACCEPT="application/json").json()
    assert "get" in schema["paths"][SURFACES]
    asked = schema["paths"][SURFACES + "{name}/"]["get"]["parameters"]
    assert {one["name"] for one in asked} == {
        *("name", "limit", "exclude", "item", "group", "cursor", "fields", "If-None-Match"),
        *("genre", "attribute", "year_min", "year_max", "include_seen"),
    }


@pytest.mark.usefixtures("without_redis")
def test_the_list_of_surfaces_costs_one_query_once_they_are_known(shelf, django_assert_num_queries):
    set_up("new", size=5)
    Client().get(SURFACES)
    with django_assert_num_queries(1):  # for the model, which says whether anything has changed
        Client().get(SURFACES)
    caches["local"].clear()
    with django_assert_num_queries(2):
        Client().get(SURFACES)
