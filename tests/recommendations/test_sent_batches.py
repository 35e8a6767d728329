"""Thousands of events in a request: a handful of statements, and right whoever else writes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog import services
from catalog.many import as_array, having, having_pairs
from catalog.models import Item, Person, Rating
from catalog.tokens.models import OutsidePerson, Service
from tests.tokens import client_with

pytestmark = pytest.mark.django_db
EVENTS = "/api/v1/people/events/"
MARCH = datetime(2026, 3, 1, 12, tzinfo=UTC)
HANDFUL = {"postgresql": 14, "sqlite": 24}
"""SQLite is asked for 500 rows at a time."""
only_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite writes one by one anyway"
)


@pytest.fixture
def shop(db):
    return Service.objects.create(name="Shop")


def make_items(many):
    return [Item.objects.create(title=f"Book {n}", key=f"book-{n}") for n in range(many)]


def row(person, item, stars, *, day=0):
    at = (MARCH + timedelta(days=day)).isoformat()
    return {"person": f"c-{person}", "kind": "rating", "item": item.pk, "stars": stars, "at": at}


def sent(shop, rows):
    answer = client_with(shop).post(EVENTS, rows, format="json")
    assert answer.status_code == 200, answer.content
    return answer.json()


def figures(items):
    pks = [item.pk for item in items]
    counts = ("pk", "rating_count", "half_star_sum", "view_count")
    return sorted(Item.objects.filter(pk__in=pks).values_list(*counts))


@pytest.mark.parametrize("kinds", [("rating",), ("rating", "view", "shelf", "dismissal")])
def test_a_thousand_rows_are_a_handful_of_statements(shop, kinds):
    items = make_items(40)
    said = {"rating": {"stars": 4}, "view": {}, "shelf": {"shelf": "done"}, "dismissal": {}}
    rows = [
        {**row(n % 250, items[n % 40], 4, day=n // 250), "kind": kind, **said[kind]}
        for n in range(1000 // len(kinds))
        for kind in kinds
    ]
    sent(shop, rows)  # the people are made
    own = HANDFUL[connection.vendor] + 4 * (len(kinds) - 1)
    for changed in (0, 1):
        batch = [{**one, "stars": 1.5 + changed} for one in rows]
        with CaptureQueriesContext(connection) as asked:
            sent(shop, batch)
        assert len(asked) <= own, "\n".join(one["sql"][:150] for one in asked)


@only_postgresql
@pytest.mark.django_db(transaction=True)
def test_batches_about_a_crowd_at_once_are_all_taken_and_counted_right(shop):
    items = make_items(30)

    def send(number):
        chance = Random(number)
        rows = [
            row(chance.randrange(160), chance.choice(items), chance.randint(1, 10) / 2, day=number)
            for _ in range(400)
        ]
        try:
            return sent(shop, rows)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(send, range(12)))
    assert not any(answer["refused"] for answer in answers)
    assert sum(answer["created"] for answer in answers) == Rating.objects.count()
    assert OutsidePerson.objects.count() == Person.objects.count() <= 160
    counted = figures(items)
    services.recount()
    assert figures(items) == counted


@only_postgresql
@pytest.mark.django_db(transaction=True)
def test_a_batch_and_single_events_about_the_same_people_count_right(shop):
    items = make_items(12)
    sent(shop, [row(person, items[0], 3) for person in range(120)])
    people = list(Person.objects.order_by("pk")[:120])

    def batch(number):
        try:
            return sent(shop, [row(n, items[n % 12], 1 + number % 5) for n in range(120)])
        finally:
            connection.close()

    def singly(number):
        try:
            for person in people[number::3]:
                services.rate_item(person, items[person.pk % 12], stars=5)
                services.record_view(person, items[number])
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        done = [threads.submit(what, n) for n in range(3) for what in (batch, singly)]
        for one in done:
            one.result()
    counted = figures(items)
    services.recount()
    assert figures(items) == counted


def test_odd_texts_are_found_by_themselves_and_nothing_else(db):
    keys = ['a"b', "a\\", "{a,b}", "NULL", "null", "a b", " ", "ä,'", "%s", "\\N", "{}", "x" * 200]
    for key in keys:
        Item.objects.create(title="Odd", key=key)
    Item.objects.create(title="Other", key="a")
    for key in keys:
        found = [one for some in having(Item.objects.all(), "key", [key]) for one in some]
        assert [item.key for item in found] == [key]
    both = [one for some in having(Item.objects.all(), "key", [*keys, "z"]) for one in some]
    assert sorted(item.key for item in both) == sorted(keys)
    assert list(having(Item.objects.all(), "key", ["x" * 201]))[0].count() == 0
    assert not list(having(Item.objects.all(), "key", []))


def test_pairs_are_found_as_pairs(db):
    items = make_items(3)
    people = [Person.objects.create(session_key=f"s{n}") for n in range(3)]
    for person in people:
        for item in items:
            services.rate_item(person, item, stars=3)
    pairs = [(people[0].pk, items[1].pk), (people[2].pk, items[0].pk), (people[1].pk, 999_999)]
    found = [
        one
        for some in having_pairs(Rating.objects.all(), ("person", "item"), pairs)
        for one in some.values_list("person", "item")
    ]
    assert sorted(found) == sorted(pairs[:2])


def test_what_only_the_driver_can_write_is_left_to_it():
    assert as_array([True, None, 3, 0.5]) == "{t,NULL,3,0.5}"
    assert as_array([b"bytes"]) == [b"bytes"]
