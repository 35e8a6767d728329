"""What the list showed on days before and nobody opened steps back; nothing else is touched."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.models import Person
from recommendations import selectors
from recommendations.models import Impression
from tests.recommendations.chances.worlds import world
from tests.recommendations.placing import placed
from tests.recommendations.readers import ids, reader_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf():
    placed("for-you", rotation=0.5)
    shelf, _crowd = world()
    return shelf


def show(person, items, *, days_ago, opened=False, surface="for-you"):
    for days in days_ago:
        at = timezone.now() - timedelta(days=days)
        Impression.objects.bulk_create(
            Impression(
                person=person,
                item_id=pk,
                surface=surface,
                hour=at.replace(minute=0, second=0, microsecond=0),
                position=n,
                rung="personal",
                rendered_at=at,
                seen_at=at,
                opened_at=at if opened else None,
            )
            for n, pk in enumerate(items)
        )


def list_of(person, limit=6):
    return ids(selectors.for_you(person, limit=limit))


def test_what_was_passed_over_steps_back_and_stays_in_the_list(shelf):
    person = reader_of(shelf[0:10:2])
    before = list_of(person)
    show(person, before[:3], days_ago=(1, 2, 3))
    after = list_of(person)
    assert set(after[:3]).isdisjoint(before[:3])
    assert set(before[:3]) <= set(list_of(person, limit=60))


@pytest.mark.parametrize(
    "seen",
    [
        {"days_ago": (0,)},  # today: a list does not change while it is looked at
        {"days_ago": (1, 2, 3), "opened": True},
        {"days_ago": (1, 2, 3), "surface": "popular"},
        {"days_ago": (20, 25)},
    ],
)
def test_only_the_own_list_of_days_before_counts_and_only_what_was_ignored(shelf, seen):
    person = reader_of(shelf[0:10:2])
    before = list_of(person)
    show(person, before[:3], **seen)
    assert list_of(person) == before


def test_without_rotation_and_for_who_does_not_count_nothing_moves(shelf):
    person = reader_of(shelf[0:10:2])
    before = list_of(person)
    show(person, before[:3], days_ago=(1, 2, 3))
    Person.objects.filter(pk=person.pk).update(is_paused=True)
    person.refresh_from_db()
    assert list_of(person) == before
    Person.objects.filter(pk=person.pk).update(is_paused=False)
    person.refresh_from_db()
    assert list_of(person) != before
    placed("for-you", rotation=0.0)
    assert list_of(person) == before


def test_it_costs_one_query_and_none_where_it_is_off(shelf, django_assert_num_queries):
    person = reader_of(shelf[0:10:2])
    show(person, list_of(person), days_ago=(1, 2))
    with django_assert_num_queries(4):
        list_of(person)
    placed("for-you", rotation=0.0)
    list_of(person)  # this process reads the surfaces anew
    with django_assert_num_queries(3):
        list_of(person)
