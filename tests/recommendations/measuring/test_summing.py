"""Daily counts of a tiny world with known answers; counting twice changes nothing."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog import privacy, services
from catalog.models import Item, Person, Rating, ShelfEntry
from config.beat import schedule
from recommendations import tasks
from recommendations.measuring import summing
from recommendations.models import DailyImpressions, Impression, ShownPrediction
from tests.recommendations.worlds import NOON

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def emma():
    return Item.objects.create(title="Emma")


@pytest.fixture
def ann():
    return Person.objects.create(name="Ann")


def saw(person, item, at, *, surface="for-you", position=0, opened=False, run=7):
    return Impression.objects.create(
        person=person,
        item=item,
        surface=surface,
        hour=at.replace(minute=0),
        position=position,
        run=run,
        rung="personal",
        rendered_at=at,
        seen_at=at,
        opened_at=at if opened else None,
    )


def counts(*fields):
    rows = DailyImpressions.objects.order_by("day", "surface", "position", "item")
    return list(rows.values_list(*(fields or ("surface", "seen", "opened", "rated", "shelved"))))


def test_a_day_counts_by_surface_position_run_rung_and_item(ann, emma):
    ben, dracula = Person.objects.create(), Item.objects.create(title="Dracula")
    saw(ann, emma, NOON, opened=True)
    saw(ben, emma, NOON)
    saw(ben, dracula, NOON, position=1)
    saw(ben, emma, NOON + HOUR)  # another hour is another impression
    saw(ann, emma, NOON, surface="popular", run=0)
    assert summing.sum_up(now=NOON, days=1) == 5
    assert counts("surface", "position", "run", "rung", "item", "seen", "opened") == [
        ("for-you", 0, 7, "personal", emma.pk, 3, 1),
        ("for-you", 1, 7, "personal", dracula.pk, 1, 0),
        ("popular", 0, 0, "personal", emma.pk, 1, 0),
    ]


def test_a_rating_belongs_to_the_latest_impression_of_the_24_hours_before(ann, emma):
    saw(ann, emma, NOON, surface="first")
    saw(ann, emma, NOON + 2 * HOUR, surface="latest")
    saw(ann, emma, NOON + 5 * HOUR, surface="after")
    services.rate_item(ann, emma, stars=4, at=NOON + 3 * HOUR)
    summing.sum_up(now=NOON + DAY, days=2)
    assert counts("surface", "rated") == [("after", 0), ("first", 0), ("latest", 1)]


@pytest.mark.parametrize(("hours", "rated"), [(0, 1), (23.99, 1), (24, 0), (30, 0), (-1, 0)])
def test_24_hours_are_24_hours_over_midnight_too(ann, emma, hours, rated):
    saw(ann, emma, NOON)
    services.rate_item(ann, emma, stars=4, at=NOON + hours * HOUR)
    services.shelve_item(ann, emma, shelf="want", at=NOON + hours * HOUR)
    summing.sum_up(now=NOON + 2 * DAY, days=3)
    assert counts("rated", "shelved") == [(rated, rated)]


def test_another_s_rating_or_another_item_s_is_not_credited(ann, emma):
    ben, dracula = Person.objects.create(), Item.objects.create(title="Dracula")
    saw(ann, emma, NOON)
    services.rate_item(ben, emma, stars=4, at=NOON + HOUR)
    services.rate_item(ann, dracula, stars=4, at=NOON + HOUR)
    summing.sum_up(now=NOON)
    assert counts() == [("for-you", 1, 0, 0, 0)]


def test_counting_twice_changes_nothing_and_what_comes_later_is_added(ann, emma):
    saw(ann, emma, NOON)
    summing.sum_up(now=NOON)
    before = counts()
    summing.sum_up(now=NOON)
    summing.sum_up_all(now=NOON)
    assert counts() == before == [("for-you", 1, 0, 0, 0)]
    services.shelve_item(ann, emma, shelf="done", at=NOON + 20 * HOUR)
    summing.sum_up(now=NOON + DAY, days=summing.RECENT_DAYS)
    assert counts() == [("for-you", 1, 0, 0, 1)]


def test_a_private_rating_is_credited_to_nothing(ann, emma):
    saw(ann, emma, NOON)
    for row in (
        services.rate_item(ann, emma, stars=4, at=NOON),
        services.shelve_item(ann, emma, shelf="want", at=NOON),
    ):
        privacy.keep_private(row, is_private=True)
    summing.sum_up(now=NOON)
    assert counts() == [("for-you", 1, 0, 0, 0)]


def test_whoever_becomes_private_leaves_the_counts_of_the_last_30_days(ann, emma):
    ben = Person.objects.create()
    saw(ann, emma, NOON)
    saw(ben, emma, NOON)
    saw(ann, emma, NOON - DAY)
    summing.sum_up_all(now=NOON)
    assert sum(seen for (seen,) in counts("seen")) == 3
    privacy.choose(ann, is_private=True)
    summing.sum_up_all(now=NOON)
    assert counts("day", "seen") == [(NOON.date(), 1)]


def test_rows_go_after_30_days_and_the_counts_stay(ann, emma):
    saw(ann, emma, NOON - 31 * DAY, opened=True)
    saw(ann, emma, NOON - 45 * DAY)  # beat was away for long
    saw(ann, emma, NOON - 29 * DAY)
    for _ in range(2):
        summing.sum_up_all(now=NOON)
        assert Impression.objects.count() == 1
        assert counts("seen", "opened") == [(1, 0), (1, 1), (1, 0)]
    saw(ann, emma, NOON - 20 * DAY)
    DailyImpressions.objects.filter(seen=1, opened=1).update(day=NOON.date() - 401 * DAY)
    summing.sum_up_all(now=NOON)
    assert counts("seen", "opened") == [(1, 0), (1, 0), (1, 0)]


def test_a_prediction_without_a_rating_goes_after_30_days(ann, emma):
    dracula = Item.objects.create(title="Dracula")
    for item in (emma, dracula):
        ShownPrediction.objects.create(
            person=ann, item=item, run=1, half_stars=8, low=6, high=9, shown_at=NOON - 31 * DAY
        )
    Rating.objects.create(person=ann, item=emma, half_stars=8, rated_at=NOON - 30 * DAY)
    summing.sum_up_all(now=NOON)
    assert ShownPrediction.objects.get().item == emma


def test_the_tasks_are_knocked_at_and_do_it(ann, emma):
    known = {entry["task"] for entry in schedule(retrain_check=60, write_views=None).values()}
    assert {"recommendations.count_impressions", "recommendations.let_impressions_go"} <= known
    saw(ann, emma, timezone.now())
    assert tasks.count_impressions().startswith("1 impressions were counted; 1 new items entered")
    assert tasks.let_impressions_go() == "1 impressions were counted"
    assert counts("seen") == [(1,)]


def test_it_takes_a_fixed_number_of_queries_a_day(ann, django_assert_max_num_queries):
    items = Item.objects.bulk_create(Item(title=f"Item {n}") for n in range(40))
    for at, item in enumerate(items):
        saw(ann, item, NOON, position=at)
        ShelfEntry.objects.create(person=ann, item=item, shelf="want", shelved_at=NOON + HOUR)
    with django_assert_max_num_queries(10):
        summing.sum_up(now=NOON, days=1)
    assert sum(shelved for (shelved,) in counts("shelved")) == 40
