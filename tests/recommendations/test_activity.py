"""Counting what happens, by days of the site's own clock, and who and what is hardly known."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import Item, ItemView, Person, Rating, ShelfEntry
from recommendations import activity
from recommendations.dataset import SOURCES

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def item():
    return Item.objects.create(title="Emma")


@pytest.fixture
def ann():
    return Person.objects.create(name="Ann")


def view(person, item, at):
    return ItemView.objects.create(person=person, item=item, viewed_at=at)


def test_events_are_counted_by_kind_and_day_with_today_last(ann, item):
    Rating.objects.create(person=ann, item=item, half_stars=9, rated_at=NOON)
    view(ann, item, NOON - timedelta(days=1))
    view(ann, item, NOON - timedelta(days=1, hours=2))
    ShelfEntry.objects.create(person=ann, item=item, shelf="want", shelved_at=NOON)
    days = activity.events_by_day(now=NOON, days=3)
    assert [day.day for day in days.dates] == [28, 1, 2]
    assert days.counts == {"rating": [0, 0, 1], "itemview": [0, 2, 0], "shelfentry": [0, 0, 1]}
    assert days.totals == [0, 2, 2]


def test_what_is_older_than_the_days_or_lies_ahead_is_not_counted(ann, item):
    view(ann, item, NOON - timedelta(days=3))
    view(ann, item, NOON + timedelta(days=1))
    assert activity.events_by_day(now=NOON, days=3).totals == [0, 0, 0]


def test_a_day_is_the_sites_own_also_where_clocks_change(ann, item):
    """In Berlin, 29 March 2026 has 23 hours: it ends at 22:00 UTC."""
    with timezone.override("Europe/Berlin"):
        for hour, minute in ((21, 59), (22, 1)):
            view(ann, item, datetime(2026, 3, 29, hour, minute, tzinfo=UTC))
        days = activity.events_by_day(now=datetime(2026, 3, 30, 10, tzinfo=UTC), days=2)
    assert days.totals == [1, 1]


def test_days_are_counted_in_one_query_a_table_along_the_index_of_times(ann, item):
    Rating.objects.create(person=ann, item=item, half_stars=9, rated_at=NOON)
    with CaptureQueriesContext(connection) as queries:
        activity.events_by_day(now=NOON)
    assert len(queries) == len(SOURCES)
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(
                "EXPLAIN QUERY PLAN SELECT COUNT(*) FROM catalog_rating "
                "WHERE rated_at >= '2026-03-01' AND rated_at < '2026-03-02'"
            )
            assert "COVERING INDEX rating_time" in str(cursor.fetchall())


def test_cold_items_are_listed_ones_that_nobody_met_newest_first(ann, item):
    rated, viewed, shelved, withdrawn, old, new = (
        Item.objects.create(title=title, added_at=NOON + timedelta(days=at))
        for at, title in enumerate(("rated", "viewed", "shelved", "withdrawn", "old", "new"))
    )
    Item.objects.filter(pk=rated.pk).update(rating_count=1)
    Item.objects.filter(pk__in=[viewed.pk, item.pk]).update(view_count=1)
    ShelfEntry.objects.create(person=ann, item=shelved, shelf="want")
    Item.objects.filter(pk=withdrawn.pk).update(is_listed=False)
    cold = activity.cold_items()
    assert (cold.items, cold.count) == (6, 2)
    assert list(cold.newest) == [(new.pk, "new"), (old.pk, "old")]


def test_of_many_cold_items_all_are_counted_and_some_are_named(monkeypatch):
    monkeypatch.setattr(activity, "MOST_COLD", 3)
    for number in range(7):
        Item.objects.create(title=f"Item {number}")
    cold = activity.cold_items()
    assert (cold.count, len(cold.newest)) == (7, 3)


def test_quiet_people_did_nothing_or_little():
    items = [Item.objects.create(title=f"Item {n}") for n in range(4)]
    busy, some, silent = (Person.objects.create(name=name) for name in ("busy", "some", "silent"))
    for item in items[:2]:
        Rating.objects.create(person=busy, item=item, half_stars=5)
    view(busy, items[2], NOON)
    view(some, items[0], NOON)
    assert silent.pk
    quiet = activity.quiet_people()
    assert (quiet.people, quiet.sample, quiet.silent, quiet.few) == (3, 3, 1, 1)


def test_of_many_people_an_even_sample_is_looked_at(monkeypatch, item):
    monkeypatch.setattr(activity, "SAMPLE", 10)
    people = Person.objects.bulk_create(Person(name=f"P{n}") for n in range(95))
    ItemView.objects.bulk_create(ItemView(person=one, item=item) for one in people[::2])
    quiet = activity.quiet_people()
    assert quiet.people == 95
    assert 8 <= quiet.sample <= 10
    assert quiet.silent + quiet.few == quiet.sample


def test_an_empty_site_counts_nothing():
    assert activity.cold_items() == activity.Cold(0, 0, [])
    assert activity.quiet_people() == activity.Quiet(0, 0, 0, 0)
    assert sum(activity.events_by_day(now=NOON).totals) == 0
