"""The ledger of new items: who enters, who is tried, what was counted, and how it ends."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from catalog import services as events
from catalog.models import Item, Person
from recommendations import selectors, tasks
from recommendations.chances import keeping
from recommendations.ladder import Rung
from recommendations.measuring import recording
from recommendations.measuring.recording import Look
from recommendations.measuring.tokens import ShownList
from recommendations.models import DailyImpressions, ItemChance
from tests.recommendations.chances.worlds import OLD, counted, keep, newcomers, world
from tests.recommendations.readers import reader_of
from tests.recommendations.worlds import checkerboard

pytestmark = pytest.mark.django_db
State = ItemChance.State


@pytest.fixture
def shelf():
    shelf, _crowd = checkerboard()
    Item.objects.update(added_at=timezone.now() - OLD)
    events.recount()
    return shelf


def state_of(item):
    return ItemChance.objects.get(item=item).state


def test_what_is_new_and_little_known_enters_once(shelf):
    new, hidden, known = newcomers(3)
    Item.objects.filter(pk=hidden.pk).update(is_listed=False)
    Item.objects.filter(pk=known.pk).update(rating_count=6, view_count=4)
    assert keep().entered == 1
    assert keep().entered == 0
    row = ItemChance.objects.get()
    assert (row.item, row.state, row.quota, row.seen) == (new, State.TRIED, keeping.QUOTA, 0)
    assert row.tried_from == row.waits_since


def test_so_many_at_a_time_and_the_newest_first(shelf):
    first, second, third = newcomers(3)
    keep(most=2)
    assert [state_of(item) for item in (first, second, third)] == ["waiting", "tried", "tried"]
    counted(second, seen=40, opened=35)
    counted(shelf[0], seen=1000, opened=100, rung="personal")
    keep(most=2)
    assert [state_of(item) for item in (first, second, third)] == ["tried", "found", "tried"]


def test_what_was_counted_is_in_the_ledger_and_so_is_what_is_usual(shelf):
    (new,) = newcomers(1)
    keep()
    counted(new, seen=7, opened=2)
    counted(new, seen=5, opened=1, position=18, surface="for-you-page")
    counted(new, seen=90, opened=9, rung="personal")  # by itself: no chance that it was given
    for position, opened in ((6, 200), (18, 50)):
        surface = "for-you" if position == 6 else "for-you-page"
        counted(
            shelf[0], seen=950, opened=opened, rung="personal", position=position, surface=surface
        )
    keep()
    row = ItemChance.objects.get()
    assert (row.seen, row.opened, row.state) == (12, 3, State.TRIED)
    everywhere = 259 / 1990
    place, page = (209 + 50 * everywhere) / 1090, (50 + 50 * everywhere) / 1000
    assert row.usual == pytest.approx(7 * place + 5 * page)


@pytest.mark.parametrize(("opened", "state"), [(0, State.ENDED), (20, State.FOUND)])
def test_it_ends_at_its_quota_where_that_is_clear(shelf, opened, state):
    (new,) = newcomers(1)
    keep()
    counted(shelf[0], seen=1000, opened=200, rung="personal")
    counted(new, seen=40, opened=opened)
    assert keep().decided == 1
    row = ItemChance.objects.get()
    assert row.state == state
    assert row.quota_at == row.decided_at is not None
    assert keep().decided == 0


def test_what_people_found_by_themselves_needs_no_trial(shelf):
    (new,) = newcomers(1)
    keep(most=0)
    Item.objects.filter(pk=new.pk).update(view_count=10)
    keep(most=0)
    assert state_of(new) == State.FOUND


def test_who_waited_until_it_was_old_leaves(shelf):
    (new,) = newcomers(1)
    keep(most=0)
    Item.objects.filter(pk=new.pk).update(added_at=timezone.now() - timedelta(days=91))
    keep(most=0)
    assert not ItemChance.objects.exists()


def test_the_database_keeps_a_date_with_each_decision(shelf):
    (new,) = newcomers(1)
    with pytest.raises(IntegrityError), transaction.atomic():
        ItemChance.objects.create(item=new, quota=5, state=State.ENDED)
    with pytest.raises(IntegrityError), transaction.atomic():
        ItemChance.objects.create(item=new, quota=0)


def test_only_what_was_really_seen_counts():
    shelf, _crowd = world()
    (new,) = newcomers(1)
    tasks.count_impressions()
    seen = []
    for n in range(3):
        person = reader_of(shelf[0:12:2])
        picks = selectors.for_you(person, limit=12)
        (place,) = (at for at, pick in enumerate(picks.items) if pick.rung is Rung.TRIED)
        shown = ShownList(
            "for-you",
            0,
            tuple(pick.rung for pick in picks.items),
            tuple(pick.item.pk for pick in picks.items),
            timezone.now(),
        )
        looked = frozenset({0, place} if n < 2 else {0})
        opened = frozenset({place} if n == 0 else ())
        recording.record(person, looks=[Look(shown, looked, opened)], now=timezone.now())
        seen.append(person)
    tasks.count_impressions()
    row = ItemChance.objects.get(item=new)
    assert (row.seen, row.opened) == (2, 1)
    Person.objects.filter(pk=seen[0].pk).update(is_paused=True)
    tasks.count_impressions()
    row.refresh_from_db()
    assert (row.seen, row.opened) == (1, 0)
    assert DailyImpressions.objects.filter(rung="tried").count() == 1


def test_keeping_asks_a_fixed_number_of_queries(shelf, django_assert_max_num_queries):
    newcomers(3)
    keep()
    with django_assert_max_num_queries(12):
        keep()
    newcomers(30)
    with django_assert_max_num_queries(12):
        keep()
