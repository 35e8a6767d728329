"""Lists, reviews and public pages in the API: the pages' rules, without the pages."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from catalog import services
from catalog.blocks import Block, Hiding
from catalog.models import Item, Person, User
from catalog.own import writing
from catalog.own.models import List, Review
from catalog.own.writing import ListWords
from catalog.tokens.models import Service
from tests.problems import problem, wrong_fields
from tests.tokens import client_with

pytestmark = pytest.mark.django_db
API = "/api/v1/"
LISTS = f"{API}me/lists/"


class Somebody:
    """A member, with a client of the API."""

    def __init__(self, name):
        user = User.objects.create_user(name)
        self.person = Person.objects.get_or_create(user=user)[0]
        self.client = APIClient()
        self.client.force_login(user)


@pytest.fixture
def ann():
    return Somebody("ann")


@pytest.fixture
def ben():
    return Somebody("ben")


@pytest.fixture
def books():
    titles = ("Emma", "Persuasion", "Sanditon", "Lady Susan")
    return [Item.objects.create(title=title) for title in titles]


def made(who, title="Best", **more):
    answer = who.client.post(LISTS, {"title": title, **more}, format="json")
    assert answer.status_code == 201, answer.content
    return answer.json()["id"]


def add(who, pk, item, **more):
    return who.client.post(f"{LISTS}{pk}/items/", {"item": item.pk, **more}, format="json")


def on(client, address):
    return [row["item"]["title"] for row in client.get(address).json()["results"]]


# --- lists ---------------------------------------------------------------------------------------
def test_a_list_is_made_filled_ordered_noted_and_emptied(ann, books):
    pk = made(ann, is_ranked=True, description="Of hers")
    assert [add(ann, pk, book).status_code for book in books[:3]] == [201] * 3
    items = f"{LISTS}{pk}/items/"
    assert on(ann.client, items) == ["Emma", "Persuasion", "Sanditon"]
    assert add(ann, pk, books[3], position=2, note="short").json()["position"] == 2
    assert on(ann.client, items) == ["Emma", "Lady Susan", "Persuasion", "Sanditon"]
    again = add(ann, pk, books[3], position=4, note="other")
    assert (again.status_code, again.json()["note"]) == (200, "short")
    one = f"{items}{books[3].pk}/"
    moved = ann.client.patch(one, {"position": 1000, "note": "the last"}, format="json").json()
    assert (moved["position"], moved["note"]) == (4, "the last")
    assert on(ann.client, items)[-1] == "Lady Susan"
    assert ann.client.delete(one).status_code == 204
    assert ann.client.delete(one).status_code == 404
    assert on(ann.client, items) == ["Emma", "Persuasion", "Sanditon"]
    shown = ann.client.get(f"{LISTS}{pk}/").json()
    assert (shown["size"], shown["is_ranked"], shown["description"]) == (3, True, "Of hers")
    assert List.objects.get().person == ann.person


def test_a_change_of_a_list_leaves_what_it_does_not_name(ann):
    pk = made(ann, description="Of hers", is_public=True)
    changed = ann.client.patch(f"{LISTS}{pk}/", {"title": " Better "}, format="json").json()
    assert (changed["title"], changed["description"]) == ("Better", "Of hers")
    assert changed["is_public"]
    shut = ann.client.patch(f"{LISTS}{pk}/", {"is_public": False}, format="json").json()
    assert (shut["title"], shut["is_public"]) == ("Better", False)


def test_what_pages_refuse_is_refused_by_field(ann, books, monkeypatch):
    assert wrong_fields(ann.client.post(LISTS, {"title": "\u202e"}, format="json")) == ["title"]
    assert wrong_fields(ann.client.post(LISTS, {"title": "x" * 151}, format="json")) == ["title"]
    assert wrong_fields(ann.client.post(LISTS, {"title": 7}, format="json")) == ["title"]
    monkeypatch.setattr(writing, "MAX_LISTS", 1)
    monkeypatch.setattr(writing, "MAX_ENTRIES", 1)
    pk = made(ann)
    said = problem(ann.client.post(LISTS, {"title": "Second"}, format="json"), 400)
    assert "Remove one first" in said["detail"]
    assert add(ann, pk, books[0]).status_code == 201
    assert "Begin another one" in problem(add(ann, pk, books[1]), 400)["detail"]
    hidden = Item.objects.create(title="Withdrawn", is_listed=False)
    assert wrong_fields(add(ann, pk, hidden)) == ["item"]


def test_a_list_that_was_removed_comes_back_for_an_hour(ann, ben, books):
    pk = made(ann)
    add(ann, pk, books[0])
    assert ann.client.delete(f"{LISTS}{pk}/").status_code == 204
    assert ann.client.get(f"{LISTS}{pk}/").status_code == 404
    assert ben.client.post(f"{LISTS}{pk}/restore/").status_code == 404
    assert ann.client.post(f"{LISTS}{pk}/restore/").json()["size"] == 1
    assert on(ann.client, f"{LISTS}{pk}/items/") == ["Emma"]
    ann.client.delete(f"{LISTS}{pk}/")
    List.objects.update(removed_at="2026-01-01T00:00:00Z")
    assert ann.client.post(f"{LISTS}{pk}/restore/").status_code == 404


def test_what_was_changed_since_it_was_read_is_not_overwritten(ann, books):
    pk = made(ann)
    add(ann, pk, books[0])
    for address, change in (
        (f"{LISTS}{pk}/items/{books[0].pk}/", {"note": "short"}),
        (f"{LISTS}{pk}/", {"title": "Better"}),
    ):
        tag = ann.client.get(address)["ETag"]
        match = {"HTTP_IF_MATCH": tag}
        assert ann.client.patch(address, change, format="json", **match).status_code == 200
        assert problem(ann.client.patch(address, change, format="json", **match), 412)
        assert problem(ann.client.delete(address, **match), 412)
        fresh = ann.client.get(address)["ETag"]
        assert ann.client.delete(address, HTTP_IF_MATCH=fresh).status_code == 204


def test_lists_and_their_items_go_on_by_cursor(ann, books):
    pks = [made(ann, f"List {number}") for number in range(3)]
    first = ann.client.get(f"{LISTS}?page_size=2").json()
    rest = ann.client.get(f"{LISTS}?page_size=2&cursor={first['next']}").json()
    found = [row["id"] for row in [*first["results"], *rest["results"]]]
    assert (found, rest["next"]) == (pks[::-1], None)
    for book in books:
        add(ann, pks[0], book)
    items = f"{LISTS}{pks[0]}/items/"
    first = ann.client.get(f"{items}?page_size=3").json()
    rest = ann.client.get(f"{items}?page_size=3&cursor={first['next']}").json()
    assert [row["position"] for row in [*first["results"], *rest["results"]]] == [1, 2, 3, 4]


def test_others_see_a_list_while_it_is_public_shown_and_not_blocked(ann, ben, books):
    pk = made(ann, is_public=True)
    add(ann, pk, books[0])
    address = f"{API}lists/{pk}/"
    nobody = APIClient()
    shown = nobody.get(address).json()
    assert shown["maker"] == {"name": "ann", "profile": None}
    assert "is_hidden" not in shown
    assert on(nobody, f"{address}items/") == ["Emma"]
    Item.objects.filter(pk=books[0].pk).update(is_listed=False)
    assert on(nobody, f"{address}items/") == []

    def seen_by(who):
        codes = {who.get(address).status_code, who.get(f"{address}items/").status_code}
        assert len(codes) == 1
        return codes == {200}

    assert seen_by(ben.client)
    Block.objects.create(person=ann.person, blocked=ben.person)
    assert (seen_by(ben.client), seen_by(nobody)) == (False, True)
    Block.objects.all().delete()
    Hiding.objects.create(person=ben.person, kind="list", thing=pk)
    assert (seen_by(ben.client), seen_by(nobody)) == (False, True)
    Hiding.objects.all().delete()
    for change in ({"is_hidden": True}, {"is_hidden": False, "is_public": False}):
        List.objects.update(**change)
        assert (seen_by(ben.client), seen_by(nobody), seen_by(ann.client)) == (False, False, True)
    assert ann.client.get(f"{LISTS}{pk}/").json()["is_hidden"] is False


def test_another_persons_list_cannot_be_touched(ann, ben, books):
    pk = made(ann, is_public=True)
    add(ann, pk, books[0])
    assert add(ben, pk, books[1]).status_code == 404
    assert ben.client.patch(f"{LISTS}{pk}/", {"title": "Ben's"}, format="json").status_code == 404
    assert ben.client.delete(f"{LISTS}{pk}/items/{books[0].pk}/").status_code == 404
    assert on(ann.client, f"{LISTS}{pk}/items/") == ["Emma"]


def test_an_id_that_no_database_holds_is_not_there(ann, books):
    pk, huge = made(ann), 10**30
    below = (f"me/lists/{pk}/items/{huge}/", f"me/lists/{huge}/", f"lists/{huge}/items/")
    for address in (*below, f"items/{huge}/review/", f"items/{huge}/reviews/", f"profiles/{huge}/"):
        assert problem(ann.client.get(f"{API}{address}"), 404)
    assert problem(ann.client.delete(f"{API}items/{huge}/review/"), 404)


def test_people_of_a_service_keep_lists_and_publish_none(books):
    shop = client_with(Service.objects.create(name="Shop"), act_for="c-1")
    assert shop.get(f"{LISTS}7/").status_code == 404
    assert not Person.objects.exists()
    answer = shop.post(LISTS, {"title": "Mine", "is_public": True}, format="json")
    assert wrong_fields(answer) == ["is_public"]
    pk = shop.post(LISTS, {"title": "Mine"}, format="json").json()["id"]
    address = f"{API}items/{books[0].pk}/review/"
    assert shop.put(address, {"text": "Good."}, format="json").status_code == 201
    assert shop.get(f"{LISTS}{pk}/").json()["size"] == 0
    other = client_with(Service.objects.get(), act_for="c-2")
    assert other.get(f"{LISTS}{pk}/").status_code == 404


# --- reviews -------------------------------------------------------------------------------------
def review(who, item, **words):
    return who.client.put(f"{API}items/{item.pk}/review/", words, format="json")


def test_a_review_is_written_read_written_anew_and_removed(ann, books):
    emma = books[0]
    services.rate_item(ann.person, emma, stars=4.5)
    first = review(ann, emma, text="Good.\r\n\r\n\r\n||He dies.|| Read it.", is_public=True)
    assert (first.status_code, first.json()["stars"]) == (201, 4.5)
    assert first.json()["text"] == "Good.\n\n||He dies.|| Read it."
    assert first.json()["safe_text"] == "Good.\n\n… Read it."
    assert first.json()["edited_at"] is None
    again = review(ann, emma, text="All told.", has_spoilers=True)
    assert (again.status_code, again.json()["safe_text"]) == (200, "")
    assert (again.json()["is_public"], again.json()["edited_at"] is None) == (False, False)
    assert [row["text"] for row in ann.client.get(f"{API}me/reviews/").json()["results"]] == [
        "All told."
    ]
    address = f"{API}items/{emma.pk}/review/"
    assert ann.client.delete(address).status_code == 204
    assert ann.client.get(address).status_code == 404
    assert ann.client.delete(address).status_code == 404
    assert not Review.objects.kept().exists()


def test_a_review_that_was_changed_since_it_was_read_is_not_overwritten(ann, books):
    address = f"{API}items/{books[0].pk}/review/"
    body = {"text": "Good."}
    none = ann.client.put(address, body, format="json", HTTP_IF_MATCH='W/"what was never"')
    assert problem(none, 412)
    review(ann, books[0], text="Fair.")
    tag = ann.client.get(address)["ETag"]
    assert ann.client.put(address, body, format="json", HTTP_IF_MATCH=tag).status_code == 200
    assert problem(ann.client.put(address, body, format="json", HTTP_IF_MATCH=tag), 412)
    assert problem(ann.client.delete(address, HTTP_IF_MATCH=tag), 412)


def test_what_cannot_be_kept_is_refused_by_field(ann, books):
    assert wrong_fields(review(ann, books[0], text="\u202e")) == ["text"]
    assert wrong_fields(review(ann, books[0], text="x" * 10_001)) == ["text"]
    assert wrong_fields(review(ann, books[0], text="Good.", is_public=1)) == ["is_public"]
    gone = Item.objects.create(title="Withdrawn", is_listed=False)
    assert review(ann, gone, text="Good.").status_code == 404


def test_others_reviews_are_those_that_pages_show_newest_first(ann, ben, books):
    emma, nobody = books[0], APIClient()
    address = f"{API}items/{emma.pk}/reviews/"
    review(ann, emma, text="Of Ann", is_public=True)
    review(ben, emma, text="Of Ben", is_public=True)
    carl = Somebody("carl")
    review(carl, emma, text="Only Carl's")
    services.rate_item(ann.person, emma, stars=4)

    def texts(client):
        return [row["text"] for row in client.get(address).json()["results"]]

    assert texts(nobody) == ["Of Ben", "Of Ann"]
    assert texts(ben.client) == ["Of Ann"]
    assert texts(carl.client) == ["Of Ben", "Of Ann"]
    shown = nobody.get(address).json()["results"][1]
    assert (shown["author"]["name"], shown["stars"]) == ("ann", None)  # she does not show ratings
    Person.objects.filter(pk=ann.person.pk).update(shows_ratings=True, is_name_hidden=True)
    shown = nobody.get(address).json()["results"][1]
    assert (shown["author"]["name"], shown["stars"]) == ("somebody", 4)
    Block.objects.create(person=carl.person, blocked=ann.person)
    assert texts(carl.client) == ["Of Ben"]
    Review.objects.filter(person=ben.person).update(is_hidden=True)
    assert texts(nobody) == ["Of Ann"]
    assert nobody.get(f"{API}items/{emma.pk}/review/").status_code == 401


# --- public pages --------------------------------------------------------------------------------
def test_a_public_page_is_there_while_its_owner_wants_it(ann, ben, books):
    assert ann.client.get(f"{API}me/profile/").json() == {
        "name": "",
        "is_public": False,
        "shown_name": "ann",
        "profile": None,
        "url": None,
    }
    pk = made(ann, is_public=True)
    made(ann, "Private")
    review(ann, books[0], text="Good.", is_public=True)
    services.rate_item(ann.person, books[1], stars=5)
    address = f"{API}profiles/{ann.person.pk}/"
    assert ben.client.get(address).status_code == 404
    said = ann.client.patch(
        f"{API}me/profile/", {"name": " Ann  A. ", "is_public": True}, format="json"
    ).json()
    assert (said["shown_name"], said["profile"]) == ("Ann A.", ann.person.pk)
    assert ann.client.get(f"{API}me/").json()["name"] == "Ann A."
    shown = ben.client.get(address).json()
    assert (shown["name"], shown["best"]) == ("Ann A.", [])
    Person.objects.filter(pk=ann.person.pk).update(shows_ratings=True)
    assert [row["stars"] for row in ben.client.get(address).json()["best"]] == [5]
    lists = ben.client.get(f"{address}lists/").json()["results"]
    assert [(row["id"], row["maker"]["profile"]) for row in lists] == [(pk, ann.person.pk)]
    assert on(ben.client, f"{address}reviews/") == ["Emma"]
    Block.objects.create(person=ben.person, blocked=ann.person)
    for below in ("", "lists/", "reviews/"):
        assert ben.client.get(f"{address}{below}").status_code == 404
        assert APIClient().get(f"{address}{below}").status_code == 200


def test_a_page_of_somebodys_lists_takes_so_many_queries_however_long(
    ann, books, django_assert_max_num_queries
):
    for number in range(12):
        made_list = writing.make_list(ann.person, ListWords(title=f"{number}", is_public=True))
        for book in books:
            writing.add_to_list(ann.person, made_list.pk, book)
    writing.introduce(ann.person, name="", is_public=True)
    address = f"{API}profiles/{ann.person.pk}/lists/"
    with django_assert_max_num_queries(3):
        assert len(APIClient().get(address).json()["results"]) == 12
    with django_assert_max_num_queries(3):
        assert len(on(APIClient(), f"{API}lists/{made_list.pk}/items/")) == 4
