"""Searching items through the API: in everybody's order and one's own, with facets."""

import re

import pytest
from django.core.cache import caches
from django.test import Client

from catalog import curation
from catalog import services as events
from catalog.models import Item
from tests.problems import wrong_fields
from tests.recommendations.measuring.worlds import member as browser_of
from tests.recommendations.test_api import member, with_token
from tests.recommendations.worlds import checkerboard, published

pytestmark = pytest.mark.django_db
ITEMS = "/api/v1/items/"


@pytest.fixture(autouse=True)
def no_throttle_left_over():
    caches["default"].clear()


@pytest.fixture
def shelf():
    shelf, _crowd = checkerboard()
    events.refresh_item_texts(shelf)
    events.recount()
    published("markov")
    return shelf


@pytest.fixture
def ada(shelf):
    return with_token(member("ada", shelf[0:4:2]))


def found(client, **query):
    answer = client.get(ITEMS, {"page_size": 24, **query})
    assert answer.status_code == 200, answer.content
    return answer.json()


def ids(said):
    return [item["id"] for item in said["results"]]


def followed(client, **query):
    """The ids of all pages, one after the other."""
    pages, cursor = [], ""
    while cursor is not None:
        said = found(client, **query, cursor=cursor)
        pages.append(ids(said))
        cursor = said["next"]
    return pages


def browsed(client, address):
    page = client.get(address).content.decode()
    return [int(pk) for pk in re.findall(r'card-link" href="/items/(\d+)/"', page)]


@pytest.mark.parametrize("query", [{}, {"q": "item"}, {"genre": "Even"}])
def test_one_s_own_order_is_that_of_the_browse_page_and_says_what_moved(shelf, query):
    client, _person = browser_of(shelf, 2)
    neutral, own = found(client, **query), found(client, personal=1, **query)
    assert (neutral["personal"], own["personal"]) == (False, True)
    assert set(ids(neutral)) == set(ids(own))
    assert ids(neutral) != ids(own)
    places = {pk: at for at, pk in enumerate(ids(neutral))}
    assert [item["moved"] for item in own["results"]] == [
        places[pk] - at for at, pk in enumerate(ids(own))
    ]
    assert {item["moved"] for item in neutral["results"]} == {0}
    words = "&".join(f"{name}={value}" for name, value in query.items())
    assert browsed(client, f"/browse/?{words}&sort=for-you") == ids(own)
    assert browsed(client, f"/browse/?{words}") == ids(neutral)


def test_a_token_is_as_good_as_a_session_and_nobody_else_s_cache_keeps_it(ada, shelf):
    answer = ada.get(ITEMS, {"personal": "true"})
    assert answer.json()["personal"]
    assert "private" in answer["Cache-Control"]
    assert "Authorization" in answer["Vary"]
    first = [Item.objects.get(pk=pk).title for pk in ids(answer.json())[:3]]
    assert {int(title.split()[1]) % 2 for title in first} == {0}


def test_of_nobody_the_order_is_neutral_and_says_so(shelf):
    said = found(Client(), personal=1)
    assert said["personal"] is False
    assert ids(said) == ids(found(Client()))


def test_pages_of_one_s_own_order_go_on_where_the_last_one_ended(ada):
    whole = ids(found(ada, personal=1))
    assert followed(ada, personal=1, page_size=9) == [whole[:9], whole[9:18], whole[18:]]


def test_pages_of_what_was_searched_go_on_until_nothing_is_left(ada):
    whole = ids(found(ada, q="item"))
    assert len(whole) == 24
    for size in (8, 7):
        pages = followed(ada, q="item", page_size=size)
        assert [len(page) for page in pages] == ([8, 8, 8] if size == 8 else [7, 7, 7, 3])
        assert [pk for page in pages for pk in page] == whole


def test_a_cursor_belongs_to_one_question(ada):
    cursor = found(ada, q="item", personal=1, page_size=9)["next"]
    assert found(ada, q="item", personal=1, page_size=3, fields="title", cursor=cursor)
    for other in ({"q": "item"}, {"personal": 1}, {"ordering": "id"}, {}):
        assert wrong_fields(ada.get(ITEMS, {**other, "cursor": cursor})) == ["cursor"]


def test_slips_are_forgiven_and_said(ada):
    curation.save_item(Item(), fields={"title": "Persuasion"})
    said = found(ada, q="persuation")
    assert (said["respelled"], len(said["results"])) == ("persuasion", 1)
    assert found(ada, q="persuation", personal=1)["respelled"] == "persuasion"


def test_years_and_attributes_narrow_it_down(ada, shelf):
    Item.objects.filter(pk__in=[shelf[2].pk, shelf[3].pk]).update(year=1815)
    asked = {"q": "item", "year_min": 1800, "year_max": 1820}
    assert set(ids(found(ada, **asked))) == {shelf[2].pk, shelf[3].pk}
    assert ids(found(ada, attribute="genres:Even", personal=1, **asked)) == [shelf[2].pk]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"personal": 1, "ordering": "title"}, "ordering"),
        ({"personal": 1, "year_min": "soon"}, "year_min"),
        ({"personal": "perhaps"}, "personal"),
        ({"q": "x" * 300}, "q"),
        ({"attribute": "none"}, "attribute"),
        ({"personal": 1, "page": 2}, "page"),
        ({"personal": 1, "page_size": 0}, "page_size"),
        ({"q": "item", "cursor": "made up"}, "cursor"),
    ],
)
def test_a_bad_question_is_refused_with_its_field(ada, query, field):
    assert wrong_fields(ada.get(ITEMS, query)) == [field]


def test_facets_count_what_would_be_left(ada, shelf):
    Item.objects.filter(pk__in=[item.pk for item in shelf[:4]]).update(year=1815)
    said = Client().get(f"{ITEMS}facets/", {"q": "item", "year_min": 1800}).json()
    assert said["count"] == 4
    assert said["genres"] == [{"name": "Even", "count": 2}, {"name": "Odd", "count": 2}]
    assert said["decades"] == [{"decade": 1810, "count": 4}]
    everything = Client().get(f"{ITEMS}facets/").json()
    assert everything["count"] == 24
    assert {row["count"] for row in everything["genres"]} == {12}
    for name in ("year_min", "ordering", "page"):
        assert wrong_fields(Client().get(f"{ITEMS}facets/", {name: "x"})) == [name]


def test_suggestions_come_while_somebody_types(shelf):
    curation.save_item(Item(), fields={"title": "Persuasion"})
    curation.save_item(Item(), fields={"title": "Peregrine", "is_listed": False})
    said = Client().get(f"{ITEMS}suggest/", {"q": "pe"}).json()
    assert [item["title"] for item in said] == ["Persuasion"]
    assert Client().get(f"{ITEMS}suggest/").json() == []
    assert wrong_fields(Client().get(f"{ITEMS}suggest/", {"q": "x" * 300})) == ["q"]
