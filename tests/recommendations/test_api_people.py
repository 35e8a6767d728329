"""Services that act for many people: each reaches its own, and nobody else."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from django.core import mail
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from catalog import services
from catalog.models import Item, ItemView, Person, Rating, User
from catalog.private import Receipt
from catalog.tokens.acting import CROWD
from catalog.tokens.models import OutsidePerson, Service
from recommendations.api_people import SENT
from recommendations.models import Dismissal, Steering
from tests.problems import wrong_fields
from tests.recommendations.test_api_events import everything, figures
from tests.recommendations.worlds import checkerboard, published
from tests.tokens import client_with

pytestmark = pytest.mark.django_db
EVENTS, PEOPLE = "/api/v1/people/events/", "/api/v1/people/"
MINE, FOR_YOU = "/api/v1/me/ratings/", "/api/v1/recommendations/for-you/"
MARCH = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def no_throttle_left_over(settings):
    caches["default"].clear()
    settings.VIEWS_KEEP_DAYS = 0


@pytest.fixture
def shop():
    return Service.objects.create(name="Shop")


@pytest.fixture
def rival():
    return Service.objects.create(name="Rival")


@pytest.fixture
def shelf():
    return [Item.objects.create(title=f"Book {n}", key=f"book-{n}") for n in range(6)]


def sent(client, rows):
    answer = client.post(EVENTS, rows, format="json")
    assert answer.status_code == 200, answer.content
    return answer.json()


def results(client, *rows):
    return [row["result"] for row in sent(client, list(rows))["results"]]


def rating(who, item, stars, **more):
    return {"person": who, "kind": "rating", "item": item.pk, "stars": stars, **more}


def rate(client, item, stars):
    return client.put(f"{MINE}{item.pk}/", {"stars": stars}, format="json")


# --- acting for one -------------------------------------------------------------------------------
def test_a_service_acts_for_a_person_who_is_made_when_they_do_something(shop, shelf):
    client = client_with(shop, act_for="c-1")
    assert client.get(MINE).json()["results"] == []
    assert client.get("/api/v1/taste/").status_code == 200
    assert client.get(FOR_YOU).status_code == 200
    assert not Person.objects.exists()
    assert rate(client, shelf[0], 4).status_code == 201
    outside = OutsidePerson.objects.get()
    assert (outside.service, outside.key) == (shop, "c-1")
    assert Rating.objects.get().person == outside.person
    assert outside.person.user is None
    assert [row["stars"] for row in client.get(MINE).json()["results"]] == [4.0]
    assert rate(client, shelf[1], 3).status_code == 201
    assert Person.objects.count() == 1


def test_everything_of_me_works_for_them(shop, shelf):
    client = client_with(shop, act_for="c-1")
    row = {"item": shelf[0].pk}
    assert client.post("/api/v1/me/views/", row, format="json").status_code == 201
    shelved = client.post("/api/v1/me/shelves/", {**row, "shelf": "want"}, format="json")
    assert shelved.status_code == 201
    batch = [{"kind": "dismissal", "item": shelf[1].pk}]
    assert client.post("/api/v1/me/events/", batch, format="json").json()["created"] == 1
    assert client.put("/api/v1/taste/", {"niche": 0.5}, format="json").status_code == 200
    assert client.post("/api/v1/predictions/", {"items": [shelf[2].pk]}, format="json").json()
    assert client.get("/api/v1/surfaces/for-you/").status_code == 200
    [person] = Person.objects.all()
    assert Dismissal.objects.get().person == person
    assert Steering.objects.get().person == person


def test_lists_follow_from_what_they_did(shop):
    items, _crowd = checkerboard()
    published("markov")
    client = client_with(shop, act_for="c-1")
    assert client.get(FOR_YOU).json()["rung"] not in ("personal", "co-occurrence")
    rate(client, items[0], 5)
    answer = client.get(FOR_YOU)
    assert answer.json()["rung"] == "co-occurrence"
    assert "Act-For" in answer["Vary"]
    assert answer["Cache-Control"] == "private, no-cache"


def test_people_of_two_services_and_members_are_never_the_same(shop, rival, shelf):
    ann = User.objects.create_user("c-1")
    member = Person.objects.create(user=ann, key="c-1-imported")
    services.rate_item(member, shelf[0], stars=1)
    rate(client_with(shop, act_for="c-1"), shelf[0], 2)
    rate(client_with(rival, act_for="c-1"), shelf[0], 3)
    for owner, stars in ((shop, 2), (rival, 3)):
        own = client_with(owner, act_for="c-1").get(MINE).json()["results"]
        assert [row["stars"] for row in own] == [stars]
    assert client_with(ann).get(MINE).json()["results"][0]["stars"] == 1
    assert client_with(shop, act_for="c-1-imported").get(MINE).json()["results"] == []
    assert Rating.objects.count() == 3


@pytest.mark.parametrize(
    "key", ["ä-7", "Ωmega", "a b", "x" * 200, "events", "../1", "a/b", "%2f", "🐌"]
)
def test_a_key_is_any_printable_text(shop, shelf, key):
    client = client_with(shop, act_for=key.encode().decode("latin-1"))  # as a server hands it on
    assert rate(client, shelf[0], 4).status_code == 201
    assert OutsidePerson.objects.get().key == key


@pytest.mark.parametrize("key", ["", " ", "x" * 201, "a\x07b", " a", "a\u2028b"])
def test_a_key_that_is_none_is_refused_in_a_sentence(shop, shelf, key):
    client = client_with(shop, act_for=key.encode().decode("latin-1"))
    answer = rate(client, shelf[0], 4)
    assert wrong_fields(answer) == ["Act-For"]
    assert "printable characters" in answer.json()["detail"]
    row = rating(key, shelf[0], 4)
    assert sent(client_with(shop), [row])["results"][0]["field"] == "person"
    assert not Person.objects.exists()


def test_for_whom_is_said_where_it_matters_and_only_there(shop, shelf):
    itself, for_one = client_with(shop), client_with(shop, act_for="c-1")
    for address in (MINE, FOR_YOU, "/api/v1/taste/", "/api/v1/surfaces/for-you/"):
        refused = itself.get(address)
        assert refused.status_code == 403
        assert "Act-For" in refused.json()["detail"]
    assert for_one.post(EVENTS, [], format="json").status_code == 403
    assert for_one.get(PEOPLE).status_code == 403
    body = {"items": [{"item": shelf[0].pk}]}
    for client in (itself, for_one):
        assert client.get("/api/v1/items/").status_code == 200
        assert client.get(f"/api/v1/items/{shelf[0].pk}/similar/").status_code == 200
        asked = client.post("/api/v1/recommendations/for-items/", body, format="json")
        assert asked.status_code == 200


def test_a_service_does_not_act_for_the_session_that_comes_along(shop, shelf):
    client = client_with(shop, act_for="c-1")
    browser = Client()
    browser.post(f"/items/{shelf[0].pk}/rate/", {"stars": "5"})
    client.cookies = browser.cookies
    assert client.get(MINE).json()["results"] == []
    rate(client, shelf[1], 2)
    assert {row.person.session_key is None for row in Rating.objects.all()} == {True, False}


def test_a_member_does_not_act_for_anybody(shelf):
    ann = User.objects.create_user("ann")
    answer = client_with(ann, act_for="bob").get(MINE)
    assert answer.status_code == 403
    assert "leave it out" in answer.json()["detail"]


# --- what a service never may ---------------------------------------------------------------------
@pytest.mark.parametrize("act_for", [None, "c-1"])
def test_it_has_no_rights_of_staff_whatever_its_token_says(shop, shelf, act_for):
    client = client_with(shop, act_for=act_for)
    item = f"/api/v1/items/{shelf[0].pk}/"
    Item.objects.update(is_listed=False)
    assert client.get(item).status_code == 404
    assert client.delete(item).status_code == 403
    assert client.post("/api/v1/items/", {"title": "x"}, format="json").status_code == 403
    for address in ("model-runs/", "experiments/", "groups/", "like-taste/"):
        assert client.get(f"/api/v1/{address}").status_code == 403


def test_a_service_that_is_switched_off_is_not_let_in(shop):
    client = client_with(shop)
    assert client.get(PEOPLE).status_code == 200
    Service.objects.update(is_active=False)
    answer = client.get(PEOPLE)
    assert answer.status_code == 401
    assert "switched off" in answer.json()["detail"]


def test_members_do_not_deal_with_people(shelf):
    keeper = User.objects.create_superuser("keeper")
    session = APIClient()
    session.force_login(keeper)
    for client in (client_with(keeper), session):
        assert client.get(PEOPLE).status_code == 403
        assert client.post(EVENTS, [], format="json").status_code == 403
        assert client.delete(f"{PEOPLE}c-1/").status_code == 403


def test_nobody_can_sign_in_as_or_see_or_write_to_an_outside_person(shop, shelf):
    client = client_with(shop, act_for="c-1")
    rate(client, shelf[0], 5)
    person = Person.objects.get()
    Person.objects.update(name="Secret name", shows_ratings=True, is_public=True)
    pages = [shelf[0].get_absolute_url(), f"/people/{person.pk}/", f"/items/{shelf[0].pk}/reviews/"]
    for page in pages:
        shown = Client().get(page).content.decode()
        assert "Secret name" not in shown
        assert "c-1" not in shown
    assert not User.objects.exists()
    assert "c-1" not in str(person)
    assert mail.outbox == []


# --- many at once ---------------------------------------------------------------------------------
def test_a_batch_is_about_many_people_and_the_same_again_changes_nothing(shop, shelf):
    at = MARCH.isoformat()
    batch = [
        rating("c-1", shelf[0], 4.5, at=at, id="r-1"),
        rating("c-2", shelf[0], 1, at=at),
        {"person": "c-2", "kind": "view", "key": "book-1", "at": at},
        {"person": "c-3", "kind": "shelf", "item": shelf[2].pk, "shelf": "done", "at": at},
        {"person": "c-1", "kind": "dismissal", "item": shelf[3].pk, "at": at},
    ]
    first = sent(client_with(shop), batch)
    assert (first["created"], first["refused"]) == (5, 0)
    assert first["results"][0]["id"] == "r-1"
    assert sorted(OutsidePerson.objects.values_list("key", flat=True)) == ["c-1", "c-2", "c-3"]
    assert [figures(item) for item in shelf[:2]] == [(2, 11, 0), (0, 0, 1)]
    before = everything()
    again = sent(client_with(shop), batch)
    assert (again["unchanged"], again["created"], again["changed"]) == (5, 0, 0)
    assert everything() == before
    own = client_with(shop, act_for="c-2").get(MINE).json()["results"]
    assert [row["stars"] for row in own] == [1.0]


def test_of_each_person_the_latest_stands(shop, shelf):
    early, late = MARCH.isoformat(), (MARCH + timedelta(days=1)).isoformat()
    batch = [
        rating("c-1", shelf[0], 5, at=late),
        rating("c-2", shelf[0], 2, at=early),
        rating("c-1", shelf[0], 1, at=early),
    ]
    assert results(client_with(shop), *batch) == ["created", "created", "unchanged"]
    stars = dict(Rating.objects.values_list("person__outside__key", "half_stars"))
    assert stars == {"c-1": 10, "c-2": 4}


def test_a_view_is_one_within_half_an_hour_for_each_person(shop, shelf):
    rows = [
        {
            "person": who,
            "kind": "view",
            "item": shelf[0].pk,
            "at": (MARCH + timedelta(minutes=minutes)).isoformat(),
        }
        for who, minutes in (("c-1", 0), ("c-2", 10), ("c-1", 20), ("c-2", 45))
    ]
    said = results(client_with(shop), *rows)
    assert said == ["created", "created", "unchanged", "created"]
    assert ItemView.objects.count() == 3


def test_rows_that_cannot_be_are_refused_each_and_make_nobody(shop, shelf):
    rows = [
        rating("new-1", shelf[0], 7),
        {**rating("new-2", shelf[0], 4), "item": 999_999},
        rating(None, shelf[0], 4),
        rating(7, shelf[0], 4),
        {"kind": "view", "item": shelf[0].pk},
        rating("new-3", shelf[0], None),
        "text",
        rating("good", shelf[0], 4),
    ]
    answer = sent(client_with(shop), rows)["results"]
    fields = [row["field"] for row in answer]
    assert fields == ["stars", "item", "person", "person", "person", None, "kind", None]
    assert [row["result"] for row in answer[5:]] == ["unchanged", "refused", "created"]
    assert OutsidePerson.objects.get().key == "good"


def test_wishes_of_one_hold_for_one(shop, shelf):
    client = client_with(shop)
    results(client, rating("c-1", shelf[0], 4), rating("c-2", shelf[0], 4))
    Person.objects.filter(outside__key="c-1").update(is_paused=True, is_stopped=True)
    services.recount()
    rows = [rating("c-1", shelf[1], 4), rating("c-2", shelf[1], 4), rating("c-1", shelf[0], None)]
    assert results(client, *rows) == ["refused", "created", "changed"]
    assert [figures(item) for item in shelf[:2]] == [(1, 8, 0), (1, 8, 0)]


def test_counts_are_what_counting_anew_finds(shop, shelf):
    client = client_with(shop)
    rows = [rating(f"c-{n % 7}", shelf[n % 5], 0.5 + n % 10 / 2) for n in range(60)]
    results(client, *rows)
    Person.objects.filter(outside__key="c-3").update(is_private=True)
    services.recount()
    results(client, *[rating(f"c-{n % 7}", shelf[n % 6], 5 - n % 9 / 2) for n in range(50)])
    counted = [figures(item) for item in shelf]
    services.recount()
    assert [figures(item) for item in shelf] == counted


def test_a_batch_of_many_people_costs_few_queries(shop, shelf, django_assert_max_num_queries):
    client = client_with(shop)
    rows = [rating(f"c-{n}", shelf[n % 6], 4) for n in range(1000)]
    with django_assert_max_num_queries(60):
        assert sent(client, rows)["created"] == 1000
    with django_assert_max_num_queries(25):
        assert sent(client, rows)["unchanged"] == 1000


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite writes one by one anyway")
@pytest.mark.parametrize(("people", "locks"), [(CROWD, 1), (CROWD // 2, 0)])
def test_batches_about_a_crowd_wait_in_their_order(people, locks, shop, shelf):
    client = client_with(shop)
    rows = [
        {"person": f"c-{n}", "kind": "rating", "item": shelf[0].pk, "stars": 4}
        for n in range(people)
    ]
    sent(client, rows)
    with CaptureQueriesContext(connection) as asked:
        sent(client, [row | {"stars": 3} for row in rows])
    said = [sql for query in asked if '"catalog_service"' in (sql := query["sql"] or "")]
    assert sum("FOR NO KEY UPDATE" in sql for sql in said) == locks


def test_the_example_of_the_schema_is_one_that_is_taken(shop):
    Item.objects.create(pk=15, title="Emma")
    Item.objects.create(title="Toy Story", key="imdb-tt0114709")
    assert sent(client_with(shop), SENT)["refused"] == 0


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite writes one by one anyway")
@pytest.mark.django_db(transaction=True)
def test_a_person_is_made_once_however_many_ask_at_the_same_time(shop, shelf):
    def ask(number):
        try:
            rows = [rating(f"c-{n}", shelf[number], 4) for n in range(5)]
            return client_with(shop).post(EVENTS, rows, format="json").json()["created"]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(ask, range(4))) == [5] * 4
    assert OutsidePerson.objects.count() == Person.objects.count() == 5
    assert Rating.objects.count() == 20


# --- lists of many --------------------------------------------------------------------------------
def unsigned(said):
    """What does not change from second to second."""
    assert said.pop("next")
    return {**said, "results": [{**pick, "token": None} for pick in said["results"]]}


def test_lists_of_many_are_the_lists_of_each(shop, rival):
    items, _crowd = checkerboard()
    published("markov")
    rate(client_with(shop, act_for="c-1"), items[0], 5)
    rate(client_with(rival, act_for="theirs"), items[1], 5)
    asked = {"people": ["c-1", "theirs", "c-1"], "limit": 5}
    answer = client_with(shop).post(f"{PEOPLE}recommendations/", asked, format="json")
    lists = answer.json()["lists"]
    assert [one["person"] for one in lists] == ["c-1", "theirs", "c-1"]
    assert lists[0]["rung"] == "co-occurrence" != lists[1]["rung"]
    alone = client_with(shop, act_for="c-1").get(FOR_YOU, {"limit": 5}).json()
    assert unsigned(lists[0]) == unsigned({"person": "c-1", **alone}) == unsigned(lists[2])
    assert all(pick["token"] for pick in lists[0]["results"])
    assert not OutsidePerson.objects.filter(service=shop, key="theirs").exists()


@pytest.mark.parametrize(
    "said", [{}, {"people": []}, {"people": ["c"] * 101}, {"people": ["c"], "limit": 0}, []]
)
def test_whose_lists_has_to_make_sense(shop, said):
    answer = client_with(shop).post(f"{PEOPLE}recommendations/", said, format="json")
    assert answer.status_code == 400


# --- who they are, and deleting -------------------------------------------------------------------
def test_a_service_lists_its_people_page_by_page(shop, rival, shelf):
    results(client_with(shop), *[rating(f"c-{n}", shelf[0], 4) for n in range(5)])
    results(client_with(rival), rating("theirs", shelf[0], 4))
    cursor, found = "", []
    while cursor is not None:
        page = client_with(shop).get(PEOPLE, {"page_size": 2, "cursor": cursor}).json()
        found += [row["person"] for row in page["results"]]
        cursor = page["next"]
    assert found == [f"c-{n}" for n in range(5)]


@pytest.mark.parametrize("key", ["c-1", "a/b", "events", "recommendations", "ä 7", "100%"])
def test_deleting_a_person_deletes_all_they_did_with_a_receipt(shop, rival, shelf, key):
    batch = [rating(key, shelf[0], 4), {"person": key, "kind": "view", "item": shelf[1].pk}]
    for owner in (shop, rival):
        results(client_with(owner), *batch)
    answer = client_with(shop).delete(f"{PEOPLE}{quote(key)}/")
    assert answer.status_code == 200, answer.content
    assert answer.json()["deleted"] == {"ratings": 1, "views": 1}
    receipt = Receipt.objects.get()
    assert answer.json()["receipt"] == f"http://testserver{receipt.get_absolute_url()}"
    assert Client().get(receipt.get_absolute_url()).status_code == 200
    assert receipt.is_account
    assert [row.service for row in OutsidePerson.objects.all()] == [rival]
    assert Person.objects.count() == 1
    assert [figures(item) for item in shelf[:2]] == [(1, 8, 0), (0, 0, 1)]
    assert client_with(shop).delete(f"{PEOPLE}{quote(key)}/").status_code == 404


def test_nobody_deletes_the_people_of_another(shop, rival, shelf):
    ann = User.objects.create_user("ann")
    member = Person.objects.create(user=ann, key="imported")
    results(client_with(rival), rating("theirs", shelf[0], 4))
    for key in ("theirs", "ann", "imported", str(member.pk)):
        assert client_with(shop).delete(f"{PEOPLE}{key}/").status_code == 404
    assert Person.objects.count() == 2


def test_scopes_hold_for_services_too(shop, shelf):
    reader = client_with(shop, "read")
    assert reader.get(PEOPLE).status_code == 200
    assert reader.post(EVENTS, [], format="json").status_code == 403
    assert reader.delete(f"{PEOPLE}c-1/").status_code == 403
    assert rate(client_with(shop, "read", act_for="c-1"), shelf[0], 4).status_code == 403
    assert not Person.objects.exists()
