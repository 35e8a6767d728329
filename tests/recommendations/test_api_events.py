"""A batch of one's own events: each row has its result, and sent again it changes nothing."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import caches
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from catalog import services
from catalog.freezes import Freeze
from catalog.models import Item, ItemView, Person, Rating, ShelfEntry, User
from recommendations.api_events import MOST_ROWS, SENT, EventsView
from recommendations.models import Dismissal
from tests.recommendations.worlds import checkerboard, published
from tests.tokens import secret_of

pytestmark = pytest.mark.django_db
EVENTS = "/api/v1/me/events/"
FOR_YOU = "/api/v1/recommendations/for-you/"
MARCH = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def no_throttle_left_over(settings):
    caches["default"].clear()
    settings.VIEWS_KEEP_DAYS = 0


def client_of(name, **flags):
    user = User.objects.create_user(name, password="a-long-enough-one", **flags)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {secret_of(user)}")
    client.person, _made = Person.objects.get_or_create(user=user)
    return client


@pytest.fixture
def ann():
    return client_of("ann")


@pytest.fixture
def shelf():
    return [Item.objects.create(title=f"Book {n}", key=f"book-{n}") for n in range(6)]


def sent(client, *rows):
    answer = client.post(EVENTS, list(rows), format="json")
    assert answer.status_code == 200, answer.content
    return answer.json()


def results(client, *rows):
    return [row["result"] for row in sent(client, *rows)["results"]]


def refusal(client, row):
    [result] = sent(client, row)["results"]
    assert result["result"] == "refused", result
    return result["field"], result["detail"]


def rating(item, stars, **more):
    return {"kind": "rating", "item": item.pk, "stars": stars, **more}


def at(**after):
    return (MARCH + timedelta(**after)).isoformat()


def figures(item):
    item.refresh_from_db()
    return item.rating_count, item.half_star_sum, item.view_count


def everything():
    kinds = ((Rating, "rated_at"), (ItemView, "viewed_at"), (ShelfEntry, "shelved_at"))
    rows = [sorted(model.objects.values_list("person", "item", when)) for model, when in kinds]
    dismissed = sorted(Dismissal.objects.values_list("person", "item", "dismissed_at"))
    return [*rows, dismissed, sorted(Item.objects.values_list("pk", "rating_count", "view_count"))]


def test_any_mix_is_taken_and_the_same_again_changes_nothing(ann, shelf):
    batch = [
        rating(shelf[0], 4.5, at=at(), id="r-1"),
        {"kind": "view", "key": "book-1", "at": at(hours=1), "id": 7},
        {"kind": "shelf", "item": shelf[2].pk, "shelf": "done"},
        {"kind": "dismissal", "item": shelf[3].pk, "at": at()},
        rating(shelf[4], 2),
    ]
    first = sent(ann, *batch)
    assert (first["created"], first["refused"]) == (5, 0)
    assert [row["id"] for row in first["results"]] == ["r-1", 7, None, None, None]
    [own] = Rating.objects.filter(item=shelf[0])
    assert (own.stars, own.rated_at, own.person) == (4.5, MARCH, ann.person)
    assert ItemView.objects.get().viewed_at == MARCH + timedelta(hours=1)
    assert ShelfEntry.objects.get().shelf == "done"
    assert Dismissal.objects.get().dismissed_at == MARCH
    assert [figures(item) for item in shelf[:2]] == [(1, 9, 0), (0, 0, 1)]
    before = everything()
    again = sent(ann, *batch)
    assert (again["unchanged"], again["created"], again["changed"]) == (5, 0, 0)
    assert everything() == before


def test_what_says_something_else_changes_and_null_takes_back(ann, shelf):
    old = [rating(shelf[0], 4), {"kind": "shelf", "key": "book-0", "shelf": "want"}]
    sent(ann, *old, {"kind": "dismissal", "item": shelf[1].pk})
    assert results(ann, rating(shelf[0], 1.5)) == ["changed"]
    assert figures(shelf[0]) == (1, 3, 0)
    gone = [
        rating(shelf[0], None),
        {"kind": "shelf", "item": shelf[0].pk, "shelf": None},
        {"kind": "dismissal", "item": shelf[1].pk, "undo": True},
    ]
    assert results(ann, *gone) == ["changed"] * 3
    assert results(ann, *gone) == ["unchanged"] * 3
    assert figures(shelf[0]) == (0, 0, 0)
    assert not any(model.objects.exists() for model in (Rating, ShelfEntry, Dismissal))


def test_of_one_item_the_latest_stands_within_a_batch_and_against_what_is_there(ann, shelf):
    batch = [rating(shelf[0], 5, at=at(days=2)), rating(shelf[0], 1, at=at(days=1))]
    found = sent(ann, *batch)["results"]
    assert [row["result"] for row in found] == ["created", "unchanged"]
    assert "later" in found[1]["detail"]
    [older] = sent(ann, rating(shelf[0], 3, at=at()))["results"]
    assert (older["result"], older["field"]) == ("unchanged", None)
    assert "newer" in older["detail"]
    assert results(ann, rating(shelf[0], None, at=at())) == ["unchanged"]
    assert Rating.objects.get().stars == 5
    assert results(ann, rating(shelf[0], 2), rating(shelf[0], 3)) == ["unchanged", "changed"]
    assert results(ann, rating(shelf[0], 2), rating(shelf[0], 3)) == ["unchanged", "unchanged"]
    assert figures(shelf[0]) == (1, 6, 0)


def test_views_keep_half_an_hour_between_two_looks(ann, shelf):
    looks = [40, 20, 0, 30, 90]
    rows = [{"kind": "view", "key": "book-0", "at": at(minutes=minute)} for minute in looks]
    expected = ["unchanged", "unchanged", "created", "created", "created"]
    assert results(ann, *rows) == expected
    assert results(ann, *rows) == ["unchanged"] * 5
    assert figures(shelf[0]) == (0, 0, 3)
    assert results(ann, {"kind": "view", "key": "book-0"}) == ["created"]
    assert not services.record_view(ann.person, shelf[0])


def test_views_are_taken_as_far_back_as_they_are_kept(ann, shelf, settings):
    settings.VIEWS_KEEP_DAYS = 30
    days = [(timezone.now() - timedelta(days=day)).isoformat() for day in (29, 31)]
    rows = [{"kind": "view", "key": "book-0", "at": day} for day in days]
    assert results(ann, *rows) == ["created", "refused"]
    assert refusal(ann, rows[1])[0] == "at"


def test_good_rows_are_taken_where_others_are_refused(ann, shelf):
    shelf[1].is_listed = False
    shelf[1].save()
    answer = sent(ann, rating(shelf[0], 4), rating(shelf[0], 9), rating(shelf[1], 4), None)
    assert [row["result"] for row in answer["results"]] == ["created", *["refused"] * 3]
    assert (answer["created"], answer["refused"]) == (1, 3)
    assert [row["field"] for row in answer["results"][1:]] == ["stars", "item", "kind"]


def test_of_a_withdrawn_item_ones_own_can_be_taken_back(ann, shelf):
    sent(ann, rating(shelf[0], 4))
    Item.objects.update(is_listed=False)
    assert refusal(ann, rating(shelf[1], None))[0] == "item"
    assert results(ann, rating(shelf[0], None)) == ["changed"]
    assert refusal(ann, rating(shelf[0], None))[0] == "item"


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ([], "kind"),
        ("view", "kind"),
        ({}, "kind"),
        ({"kind": ["rating"], "item": 1}, "kind"),
        ({"kind": "review", "item": 1}, "kind"),
        ({"kind": "view"}, "item"),
        ({"kind": "view", "item": 1, "key": "book-1"}, "item"),
        ({"kind": "view", "item": 0}, "item"),
        ({"kind": "view", "item": True}, "item"),
        ({"kind": "view", "item": "1"}, "item"),
        ({"kind": "view", "item": 1.5}, "item"),
        ({"kind": "view", "item": 10**30}, "item"),
        ({"kind": "view", "item": 2**63 - 1}, "item"),
        ({"kind": "view", "key": ""}, "key"),
        ({"kind": "view", "key": "x" * 201}, "key"),
        ({"kind": "view", "key": 7}, "key"),
        ({"kind": "view", "key": "no such"}, "key"),
        ({"kind": "view", "key": "book-1", "at": "yesterday"}, "at"),
        ({"kind": "view", "key": "book-1", "at": 1_700_000_000}, "at"),
        ({"kind": "view", "key": "book-1", "at": "2026-02-30T10:00:00Z"}, "at"),
        ({"kind": "view", "key": "book-1", "at": "2026-02-20T10:00:00"}, "at"),
        ({"kind": "view", "key": "book-1", "at": "0001-01-01T00:00:00+14:00"}, "at"),
        ({"kind": "view", "key": "book-1", "at": "9999-12-31T23:59:59-14:00"}, "at"),
        ({"kind": "view", "key": "book-1", "at": "1969-12-31T23:59:59Z"}, "at"),
        ({"kind": "rating", "key": "book-1", "stars": 4, "at": "2999-01-01T00:00:00Z"}, "at"),
        ({"kind": "rating", "key": "book-1"}, "stars"),
        ({"kind": "rating", "key": "book-1", "stars": "4"}, "stars"),
        ({"kind": "rating", "key": "book-1", "stars": True}, "stars"),
        ({"kind": "rating", "key": "book-1", "stars": 4.3}, "stars"),
        ({"kind": "rating", "key": "book-1", "stars": 0}, "stars"),
        ({"kind": "rating", "key": "book-1", "stars": 10**400}, "stars"),
        ({"kind": "shelf", "key": "book-1"}, "shelf"),
        ({"kind": "shelf", "key": "book-1", "shelf": "attic"}, "shelf"),
        ({"kind": "shelf", "key": "book-1", "shelf": ["want"]}, "shelf"),
        ({"kind": "dismissal", "key": "book-1", "undo": "yes"}, "undo"),
        ({"kind": "view", "key": "book-1", "id": "x" * 101}, "id"),
        ({"kind": "view", "key": "book-1", "id": {}}, "id"),
        ({"kind": "view", "key": "book-1", "id": 10**40}, "id"),
    ],
)
def test_a_row_that_cannot_be_is_refused_with_its_field_and_a_sentence(ann, shelf, row, field):
    named, sentence = refusal(ann, row)
    assert named == field
    assert sentence.endswith(".")
    assert not any(model.objects.exists() for model in (Rating, ShelfEntry, ItemView))


@pytest.mark.parametrize(
    "body",
    [
        b"null",
        b"{}",
        b"7",
        b'"text"',
        b"",
        b"[",
        b"[NaN]",
        b'[{"kind": "view", "key": "\\u0000"}]',
        b'[{"kind": "view", "key": "\\ud800"}]',
        b'[{"kind": "view", "key": "book-1", "id": "\\udfff"}]',
        b'[{"kind": "view", "key": "book-1", "x\\u0000": [["\\u0000"]]}]',
        b'[{"kind": "view", "key": "book-1\x00"}]',
        b'["\xff\xfe"]',
        b"\xef\xbb\xbf[]",
        b"[" * 100_000,
        b"[" + b"9" * 5000 + b"]",
        json.dumps([0] * (MOST_ROWS + 1)).encode(),
    ],
)
def test_a_body_that_is_no_batch_is_refused_in_a_sentence(ann, shelf, body):
    answer = ann.post(EVENTS, body, content_type="application/json")
    assert answer.status_code == 400, answer.content
    assert answer.json()["detail"].endswith(".")
    assert not ItemView.objects.exists()


def test_a_body_that_is_too_large_is_refused(ann):
    answer = ann.post(EVENTS, b" " * (EventsView.max_body + 1), content_type="application/json")
    assert (answer.status_code, "4,000,000" in answer.json()["detail"]) == (413, True)
    assert ann.post(EVENTS, {"kind": "view"}, format="multipart").status_code == 415


def test_only_members_send_and_only_for_themselves(ann, shelf):
    row = rating(shelf[0], 4, person=ann.person.pk, user=1)
    assert APIClient().post(EVENTS, [row], format="json").status_code == 401
    staff = client_of("root", is_staff=True)
    assert results(staff, row) == ["created"]
    assert not Rating.objects.filter(person=ann.person).exists()
    strict = APIClient(enforce_csrf_checks=True)
    strict.force_login(User.objects.get(username="ann"))
    assert strict.post(EVENTS, [row], format="json").status_code == 403
    for method in ("get", "put", "patch", "delete"):
        assert getattr(ann, method)(EVENTS).status_code == 405


def test_nothing_is_recorded_of_whoever_stopped_that(ann, shelf):
    sent(ann, rating(shelf[0], 4))
    Person.objects.update(is_paused=True, is_stopped=True)
    rows = [
        rating(shelf[1], 4),
        {"kind": "shelf", "key": "book-1", "shelf": "want"},
        {"kind": "view", "key": "book-1"},
        rating(shelf[0], None),
    ]
    assert results(ann, *rows) == ["refused", "refused", "unchanged", "changed"]
    assert "My privacy" in refusal(ann, rows[0])[1]
    assert not any(model.objects.exists() for model in (Rating, ShelfEntry, ItemView))


def test_of_private_people_events_are_kept_and_not_counted(ann, shelf):
    Person.objects.update(is_private=True)
    assert results(ann, rating(shelf[0], 4), {"kind": "view", "key": "book-0"}) == ["created"] * 2
    assert results(ann, rating(shelf[0], 2)) == ["changed"]
    assert figures(shelf[0]) == (0, 0, 0)


def test_private_and_held_ratings_stay_out_of_the_counts(ann, shelf):
    services.rate_item(ann.person, shelf[0], stars=4)
    Rating.objects.update(is_private=True)
    Freeze.objects.create(item=shelf[1], ends_at=timezone.now() + timedelta(days=1))
    services.recount()
    assert results(ann, rating(shelf[0], 2), rating(shelf[1], 3)) == ["changed", "created"]
    assert [figures(item) for item in shelf[:2]] == [(0, 0, 0), (0, 0, 0)]
    assert Rating.objects.get(item=shelf[0]).is_private
    assert Rating.objects.get(item=shelf[1]).is_held


def test_counts_are_what_counting_anew_finds(ann, shelf):
    other = client_of("bob")
    for client in (ann, other):
        sent(client, *(rating(item, 3) for item in shelf))
        sent(client, *(rating(item, n / 2 or None) for n, item in enumerate(shelf)))
        sent(client, *({"kind": "view", "item": item.pk} for item in shelf))
    counted = [figures(item) for item in shelf]
    services.recount()
    assert [figures(item) for item in shelf] == counted
    assert counted[0] == (0, 0, 2)


def test_a_thousand_rows_cost_few_queries(ann, django_assert_max_num_queries):
    items = Item.objects.bulk_create(Item(title=f"B {n}", key=f"b-{n}") for n in range(250))
    rows = [rating(item, 4) for item in items]
    rows += [{"kind": "view", "key": item.key, "at": at()} for item in items]
    rows += [{"kind": "shelf", "item": item.pk, "shelf": "want"} for item in items]
    rows += [{"kind": "dismissal", "item": item.pk} for item in items]
    for expected in ("created", "unchanged"):
        with django_assert_max_num_queries(30):
            assert sent(ann, *rows)[expected] == 1000
    back = [row | {"stars": None, "shelf": None, "undo": True} for row in rows]
    with django_assert_max_num_queries(30):
        assert sent(ann, *back)["changed"] == 750


def test_the_very_next_list_knows_of_it(ann):
    shelf, _crowd = checkerboard()
    services.recount()
    published("markov")
    assert ann.get(FOR_YOU).json()["rung"] == "popular"
    sent(ann, rating(shelf[0], 5), {"kind": "dismissal", "item": shelf[2].pk})
    answer = ann.get(FOR_YOU, {"limit": 5}).json()
    assert answer["rung"] == "co-occurrence"
    assert not {shelf[0].pk, shelf[2].pk} & {row["item"]["id"] for row in answer["results"]}


def test_the_example_of_the_schema_is_one_that_is_taken(ann):
    for pk in (4, 8, 15):
        Item.objects.create(pk=pk, title=f"Item {pk}")
    Item.objects.create(pk=16, title="Toy Story", key="imdb-tt0114709")
    assert results(ann, *SENT) == ["created"] * 4 + ["unchanged"]
    assert sent(ann)["results"] == []


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite writes one by one anyway")
@pytest.mark.django_db(transaction=True)
def test_batches_about_the_same_items_at_once_neither_lock_up_nor_count_wrongly():
    items = [Item.objects.create(title=f"Book {n}", key=f"book-{n}") for n in range(40)]
    clients = [client_of(f"member-{n}") for n in range(4)]
    batch = [row for item in items for row in (rating(item, 4), {"kind": "view", "item": item.pk})]

    def send(place):
        try:
            return sent(clients[place % 4], *(batch if place % 2 else batch[::-1]))["created"]
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        created = list(threads.map(send, range(8)))
    assert sum(created) == 4 * len(batch)
    assert {figures(item) for item in items} == {(4, 32, 4)}
