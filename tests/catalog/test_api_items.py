"""Items in the API: many at once by outside id, replaced, withdrawn and shown again; attributes."""

import json

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog import services
from catalog.models import Attribute, Item, ItemAttribute, Person, SearchWord, User
from tests.catalog.test_api import client_of, titles

pytestmark = pytest.mark.django_db
BULK = "/api/v1/items/bulk/"
EMMA = {
    "key": "k-1",
    "title": "Emma",
    "year": 1815,
    "description": "Matchmaking in Highbury.",
    "attributes": {"authors": ["Jane Austen"], "genres": ["Comedy", "Romance"]},
    "outside_ids": {"gutenberg": "158"},
}
DRACULA = {"key": "k-2", "title": "Dracula", "attributes": {"genres": ["Horror"]}}


@pytest.fixture(autouse=True)
def no_throttle_left_over():
    caches["default"].clear()


@pytest.fixture
def staff():
    return client_of("staff", is_staff=True)


def sent(client, *rows):
    answer = client.post(BULK, json.dumps(rows), content_type="application/json")
    assert answer.status_code == 200, answer.content
    return answer.json()


def results(client, *rows):
    return [row["result"] for row in sent(client, *rows)["results"]]


def shown(client, key):
    return client.get(f"/api/v1/items/{Item.objects.get(key=key).pk}/").json()


# --- many at once --------------------------------------------------------------------------------
def test_new_items_are_found_and_shown_at_once(client, staff, django_capture_on_commit_callbacks):
    assert titles(client.get("/api/v1/items/?q=austen")) == []
    assert client.get("/api/v1/surfaces/new/").json()["results"] == []
    with django_capture_on_commit_callbacks(execute=True):
        answer = sent(staff, EMMA, DRACULA)
    assert (answer["created"], answer["refused"]) == (2, 0)
    assert titles(client.get("/api/v1/items/?q=austen")) == ["Emma"]
    assert titles(client.get("/api/v1/items/?genre=Horror")) == ["Dracula"]
    assert titles(client.get("/api/v1/items/?q=emna")) == ["Emma"]  # a slip: words are known
    new = client.get("/api/v1/surfaces/new/").json()["results"]
    assert [pick["item"]["title"] for pick in new] == ["Dracula", "Emma"]
    emma = shown(client, "k-1")
    assert emma["id"] == answer["results"][0]["id"]
    assert emma["attributes"] == {"authors": ["Jane Austen"], "genres": ["Comedy", "Romance"]}
    assert (emma["creators"], emma["genres"]) == ("Jane Austen", "Comedy, Romance")
    assert emma["outside_ids"] == {"gutenberg": "158"}


def test_the_same_rows_again_change_nothing(staff):
    assert results(staff, EMMA, DRACULA) == ["created", "created"]
    before = [list(model.objects.order_by("pk").values()) for model in (Item, ItemAttribute)]
    assert results(staff, EMMA, DRACULA) == ["unchanged", "unchanged"]
    after = [list(model.objects.order_by("pk").values()) for model in (Item, ItemAttribute)]
    assert before == after


def test_what_is_not_named_stays_and_kinds_are_replaced_one_by_one(client, staff):
    sent(staff, EMMA)
    row = {"key": "k-1", "attributes": {"genres": ["Satire"], "tags": ["Highbury"]}}
    assert results(staff, row) == ["changed"]
    emma = shown(client, "k-1")
    assert (emma["title"], emma["year"]) == ("Emma", 1815)
    assert emma["attributes"] == {
        "authors": ["Jane Austen"],
        "genres": ["Satire"],
        "tags": ["Highbury"],
    }
    assert titles(client.get("/api/v1/items/?q=satire")) == ["Emma"]
    assert titles(client.get("/api/v1/items/?q=romance")) == []
    gone = {"key": "k-1", "attributes": {"tags": []}, "outside_ids": {"gutenberg": ""}}
    assert results(
        staff,
        gone,
    ) == ["changed"]
    assert results(staff, gone) == ["unchanged"]
    emma = shown(client, "k-1")
    assert "tags" not in emma["attributes"]
    assert emma["outside_ids"] == {}


def test_counts_of_what_people_did_stay(staff):
    sent(staff, EMMA)
    emma = Item.objects.get()
    services.rate_item(Person.objects.create(), emma, stars=4)
    assert results(staff, {"key": "k-1", "title": "Emma, a novel"}) == ["changed"]
    emma.refresh_from_db()
    assert (emma.rating_count, emma.half_star_sum) == (1, 8)


def test_items_are_withdrawn_and_shown_again(client, staff):
    sent(staff, EMMA, DRACULA)
    assert results(staff, {"key": "k-1", "is_listed": False}) == ["changed"]
    assert titles(client.get("/api/v1/items/")) == ["Dracula"]
    assert results(staff, {"key": "k-1", "is_listed": True}) == ["changed"]
    assert set(titles(client.get("/api/v1/items/"))) == {"Dracula", "Emma"}


def test_what_an_item_s_page_says_may_be_sent_back(client, staff):
    sent(staff, EMMA)
    assert results(staff, shown(client, "k-1")) == ["unchanged"]


@pytest.mark.parametrize(
    ("row", "field", "words"),
    [
        ("text", "key", "A row is an object"),
        ({"title": "A"}, "key", "give every row a key"),
        ({"key": 5, "title": "A"}, "key", "give every row a key"),
        ({"key": " ", "title": "A"}, "key", "give every row a key"),
        ({"key": "k" * 201, "title": "A"}, "key", "shorten it"),
        ({"key": "k-9"}, "title", "A new item needs a title"),
        ({"key": "k-9", "title": " "}, "title", "The title is empty; give it one."),
        ({"key": "k-9", "title": 5}, "title", "This is no text"),
        ({"key": "k-9", "title": "x" * 501}, "title", "shorten it"),
        ({"key": "k-9", "title": "A", "year": "1815"}, "year", "write a whole number"),
        ({"key": "k-9", "title": "A", "year": True}, "year", "write a whole number"),
        ({"key": "k-9", "title": "A", "year": 10000}, "year", "write a whole number"),
        ({"key": "k-9", "title": "A", "cover_url": "javascript:x"}, "cover_url", "https://"),
        ({"key": "k-9", "title": "A", "is_listed": 1}, "is_listed", "send true"),
        ({"key": "k-9", "title": "A", "added_at": "soon"}, "added_at", "This is no time"),
        ({"key": "k-9", "title": "A", "added_at": "2999-01-01"}, "added_at", "in the future"),
        ({"key": "k-9", "title": "A", "attributes": []}, "attributes", "send it as in"),
        ({"key": "k-9", "title": "A", "attributes": {"title": []}}, "attributes", "another kind"),
        ({"key": "k-9", "title": "A", "attributes": {"tags": "x"}}, "attributes", "list of texts"),
        ({"key": "k-9", "title": "A", "attributes": {"tags": [5]}}, "attributes", "no text"),
        ({"key": "k-9", "title": "A", "attributes": {"tags": [""]}}, "attributes", "leave it out"),
        ({"key": "k-9", "title": "A", "attributes": {"tags": ["a|b"]}}, "attributes", "cannot"),
        ({"key": "k-9", "title": "A", "outside_ids": {"imdb": 5}}, "outside_ids", "no text"),
        ({"key": "k-9", "title": "A", "outside_ids": {"Bad One": "5"}}, "outside_ids", "letters"),
        ({"key": "k-9", "titel": "A"}, "titel", "leave it out, or name one of: title"),
        ({"key": "k-1", "title": "Again"}, "key", "the first is row 0"),
    ],
)
def test_a_row_that_makes_no_sense_is_refused_alone(staff, row, field, words):
    answer = sent(staff, EMMA, row, DRACULA)
    assert [one["result"] for one in answer["results"]] == ["created", "refused", "created"]
    assert answer["results"][1]["field"] == field
    assert words in answer["results"][1]["detail"]
    assert set(Item.objects.values_list("key", flat=True)) == {"k-1", "k-2"}


@pytest.mark.parametrize("body", ["{}", '"text"', "[", '["a\\u0000b"]', "NaN"])
def test_what_is_no_list_is_refused_as_a_whole(staff, body):
    assert staff.post(BULK, body, content_type="application/json").status_code == 400


def test_too_many_rows_are_refused_with_their_number(staff):
    answer = staff.post(BULK, json.dumps([{}] * 10_001), content_type="application/json")
    assert answer.status_code == 400
    assert "10001" in answer.content.decode()


def test_only_staff_write(client):
    body = json.dumps([EMMA])
    assert client.post(BULK, body, content_type="application/json").status_code == 401
    member = client_of("ann")
    assert member.post(BULK, body, content_type="application/json").status_code == 403
    assert not Item.objects.exists()


def test_a_thousand_rows_cost_a_bounded_number_of_queries(staff):
    def rows(title):
        return [
            {"key": f"k-{n}", "title": f"{title} {n}", "attributes": {"genres": [f"G{n % 7}"]}}
            for n in range(1000)
        ]

    for title in ("First", "Second"):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            sent(staff, *rows(title))
        assert len(queries) < 60
    assert Item.objects.filter(title__startswith="Second").count() == 1000
    assert SearchWord.objects.filter(word="second").exists()


# --- one -----------------------------------------------------------------------------------------
def test_a_put_replaces_all_but_the_key_the_time_and_what_people_did(client, staff):
    sent(staff, EMMA)
    emma = Item.objects.get()
    services.rate_item(Person.objects.create(), emma, stars=4)
    said = {"title": "Emma (again)", "attributes": {"genres": ["Satire"]}}
    answer = staff.put(f"/api/v1/items/{emma.pk}/", said, format="json")
    assert answer.status_code == 200
    assert answer.json()["attributes"] == {"genres": ["Satire"]}
    assert answer.json()["year"] is None
    assert answer.json()["description"] == ""
    assert answer.json()["outside_ids"] == {}
    assert answer.json()["key"] == "k-1"
    assert answer.json()["rating_count"] == 1
    refused = staff.put(f"/api/v1/items/{emma.pk}/", {"year": 1815}, format="json")
    assert refused.status_code == 400


def test_a_delete_withdraws_and_a_patch_undoes_it(client, staff):
    sent(staff, EMMA)
    address = f"/api/v1/items/{Item.objects.get().pk}/"
    assert staff.delete(address).status_code == 204
    assert client.get(address).status_code == 404
    assert staff.patch(address, {"is_listed": True}, format="json").status_code == 200
    assert client.get(address).json()["title"] == "Emma"


def test_a_change_of_one_item_leaves_counts_that_events_wrote_meanwhile(staff):
    sent(staff, EMMA)
    stale = Item.objects.get()
    services.rate_item(Person.objects.create(), Item.objects.get(), stars=4)
    from catalog import curation

    curation.save_item(stale, fields={"title": "Emma!"})
    assert Item.objects.get().rating_count == 1


# --- attributes ----------------------------------------------------------------------------------
def curator():
    client = client_of("curator", is_staff=True)
    rights = Permission.objects.filter(content_type__model="attribute")
    client.user.user_permissions.set(rights)
    return client


def test_anybody_reads_attributes_with_their_numbers_of_items(client, staff):
    sent(staff, EMMA, {**DRACULA, "attributes": {"genres": ["Horror", "Romance"]}})
    sent(
        staff,
        {"key": "k-3", "title": "Gone", "is_listed": False, "attributes": {"genres": ["Horror"]}},
    )
    answer = client.get("/api/v1/attributes/?kind=genres").json()["results"]
    assert [(row["name"], row["items"]) for row in answer] == [
        ("Comedy", 1),
        ("Horror", 1),
        ("Romance", 2),
    ]
    assert [row["name"] for row in client.get("/api/v1/attributes/?q=aus").json()["results"]] == [
        "Jane Austen"
    ]
    emma = Item.objects.get(key="k-1").pk
    of_item = client.get(f"/api/v1/attributes/?item={emma}&kind=genres").json()["results"]
    assert [(row["name"], row["items"]) for row in of_item] == [("Comedy", 1), ("Romance", 2)]


def test_staff_with_the_permission_rename_and_delete_and_items_follow(client, staff):
    sent(staff, EMMA)
    boss = curator()
    pk = Attribute.objects.get(name="Comedy").pk
    address = f"/api/v1/attributes/{pk}/"
    assert boss.patch(address, {"name": "Farce"}, format="json").json()["name"] == "Farce"
    assert shown(client, "k-1")["genres"] == "Farce, Romance"
    assert titles(client.get("/api/v1/items/?q=farce")) == ["Emma"]
    assert boss.delete(address).status_code == 204
    assert shown(client, "k-1")["attributes"]["genres"] == ["Romance"]
    assert titles(client.get("/api/v1/items/?q=farce")) == []
    made = boss.post("/api/v1/attributes/", {"kind": "tags", "name": "New"}, format="json")
    assert made.status_code == 201
    assert (made.json()["name"], made.json()["items"]) == ("New", 0)


@pytest.mark.parametrize(
    "said",
    [
        {"kind": "title", "name": "x"},
        {"kind": "Bad kind", "name": "x"},
        {"kind": "tags", "name": "a|b"},
        {"kind": "tags", "name": ""},
        {"kind": "genres", "name": "Comedy"},
        {"name": "x"},
    ],
)
def test_an_attribute_that_cannot_be_is_refused(staff, said):
    sent(staff, EMMA)
    assert curator().post("/api/v1/attributes/", said, format="json").status_code == 400


@pytest.mark.parametrize(("method", "path"), [("post", ""), ("patch", "{}/"), ("delete", "{}/")])
def test_nobody_else_writes_attributes(client, staff, method, path):
    sent(staff, EMMA)
    address = "/api/v1/attributes/" + path.format(Attribute.objects.first().pk)
    assert getattr(Client(), method)(address).status_code == 401
    assert getattr(client_of("ann"), method)(address).status_code == 403
    assert getattr(staff, method)(address).status_code == 403  # staff, without the permission
    assert User.objects.filter(is_staff=True).count() == 1
