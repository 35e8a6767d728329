"""Lists: personal where a model can say something, full where the catalogue allows."""

from datetime import timedelta

import pytest

from catalog import services as events
from catalog.models import Item, ItemView, Person, ShelfEntry
from recommendations import selectors
from recommendations.ladder import Rung
from tests.recommendations.readers import ids, reader_of, texts
from tests.recommendations.worlds import NOON, checkerboard, published

pytestmark = pytest.mark.django_db


def test_people_of_opposite_taste_get_different_lists():
    shelf, _crowd = checkerboard()
    published("markov")
    even = selectors.for_you(reader_of(shelf[0:6:2]), limit=6)
    odd = selectors.for_you(reader_of(shelf[1:7:2]), limit=6)
    assert {shelf.index(pick.item) % 2 for pick in even.items} == {0}
    assert {shelf.index(pick.item) % 2 for pick in odd.items} == {1}


def test_rating_an_item_changes_the_very_next_list_and_the_item_leaves_it():
    shelf, _crowd = checkerboard()
    published("markov")
    person = reader_of(shelf[0:6:2])
    before = selectors.for_you(person, limit=6)
    events.rate_item(person, before.items[0].item, stars=5)
    after = selectors.for_you(person, limit=6)
    assert before.items[0].item.pk not in ids(after)
    assert ids(after) != ids(before)[1:]


def test_taking_a_rating_back_brings_the_item_back():
    shelf, _crowd = checkerboard()
    published("markov")
    person = reader_of(shelf[0:6:2])
    events.recount()
    before = ids(selectors.for_you(person, limit=24))
    events.take_back_rating(person, shelf[0])
    assert shelf[0].pk not in before
    assert shelf[0].pk in ids(selectors.for_you(person, limit=24))


def test_what_is_done_or_under_way_is_left_out_and_what_is_wanted_stays():
    shelf, _crowd = checkerboard()
    published("markov")
    person = reader_of(shelf[0:2:2])
    for item, where in ((shelf[2], "done"), (shelf[4], "doing"), (shelf[6], "want")):
        events.shelve_item(person, item, shelf=where)
    found = ids(selectors.for_you(person, limit=24))
    assert {shelf[0].pk, shelf[2].pk, shelf[4].pk}.isdisjoint(found)
    assert shelf[6].pk in found


def test_all_that_a_person_ever_rated_is_left_out_however_long_ago():
    shelf, _crowd = checkerboard(items=8)
    published("markov")
    person = reader_of(shelf[:1])
    ItemView.objects.bulk_create(
        ItemView(person=person, item=shelf[2], viewed_at=NOON + timedelta(days=9, hours=n))
        for n in range(selectors.RECENT_EVENTS + 50)
    )
    assert shelf[0].pk not in ids(selectors.for_you(person, limit=8))


def test_a_withdrawn_item_leaves_every_list_at_once():
    shelf, _crowd = checkerboard()
    published("markov")
    person = reader_of(shelf[0:6:2])
    events.record_view(person, shelf[10])
    lists = (
        lambda: selectors.for_you(person, limit=24),
        lambda: selectors.carry_on(person, limit=24),
        lambda: selectors.popular(limit=24),
        lambda: selectors.newest(limit=24),
        lambda: selectors.similar_to(shelf[0], limit=24),
    )
    events.recount()
    assert all(shelf[10].pk in ids(choose()) for choose in lists)
    Item.objects.filter(pk=shelf[10].pk).update(is_listed=False)
    assert not any(shelf[10].pk in ids(choose()) for choose in lists)


def test_a_list_stays_full_where_much_of_what_the_model_likes_was_withdrawn():
    shelf, _crowd = checkerboard(items=60)
    published("markov")
    person = reader_of(shelf[0:6:2])
    Item.objects.filter(pk__in=[item.pk for item in shelf[6:40:2]]).update(is_listed=False)
    picks = selectors.for_you(person, limit=8)
    assert [pick.rung for pick in picks.items] == [Rung.CO_OCCURRENCE] * 8


def test_excluded_items_never_appear_even_when_the_list_gets_short():
    shelf, _crowd = checkerboard(items=8)
    published("markov")
    person = reader_of(shelf[:1])
    left = {item.pk for item in shelf[5:]}
    picks = selectors.for_you(person, limit=8, exclude={item.pk for item in shelf[:5]})
    assert set(ids(picks)) == left


@pytest.mark.parametrize("limit", [0, 1, 7, 100])
def test_a_list_has_no_item_twice_and_at_most_as_many_as_asked_for(limit):
    shelf, _crowd = checkerboard()
    published("markov")
    events.recount()
    found = ids(selectors.for_you(reader_of(shelf[0:6:2]), limit=limit))
    assert len(found) == len(set(found)) == min(limit, len(shelf) - 3)


def test_a_short_personal_list_is_filled_with_popular_and_then_new_items_that_say_so():
    shelf, _crowd = checkerboard(items=12)
    published("markov")
    events.recount()
    fresh = Item.objects.create(title="Came after the model")
    picks = selectors.for_you(reader_of(shelf[:1]), limit=12)
    rungs = [pick.rung for pick in picks.items]
    assert rungs == [Rung.CO_OCCURRENCE] * 5 + [Rung.POPULAR] * 6 + [Rung.NEWEST]
    assert picks.items[-1].item == fresh
    assert texts(picks)[5:] == ["popular here"] * 6 + ["new here"]


def test_popular_items_are_those_that_most_people_met_and_nobody_met_none():
    quiet, loud, seen = Item.objects.bulk_create(Item(title=t) for t in ("Quiet", "Loud", "Seen"))
    events.rate_item(Person.objects.create(), loud, stars=1)
    events.record_view(Person.objects.create(), seen)
    assert ids(selectors.popular()) == [loud.pk, seen.pk]


def test_new_items_come_in_the_order_of_their_arrival():
    older = Item.objects.create(title="Older", added_at=NOON)
    newer = Item.objects.create(title="Newer", added_at=NOON + timedelta(days=1))
    assert ids(selectors.newest()) == [newer.pk, older.pk]


def test_one_carries_on_with_what_was_looked_at_or_begun_last_and_not_rated_or_done():
    looked, begun, rated, done, wanted = Item.objects.bulk_create(
        Item(title=title) for title in ("Looked", "Begun", "Rated", "Done", "Wanted")
    )
    person = Person.objects.create()
    for hour, item in enumerate((looked, rated, done)):
        events.record_view(person, item, at=NOON + timedelta(hours=hour))
    events.rate_item(person, rated, stars=4)
    for hour, (item, where) in enumerate(((begun, "doing"), (done, "done"), (wanted, "want"))):
        ShelfEntry.objects.create(
            person=person, item=item, shelf=where, shelved_at=NOON + timedelta(days=1, hours=hour)
        )
    picks = selectors.carry_on(person)
    assert ids(picks) == [begun.pk, looked.pk]
    begun_reason, looked_reason = texts(picks)
    assert begun_reason == "on your shelf: Doing"
    assert looked_reason.startswith("looked at ")


def test_what_was_seen_often_is_carried_on_once():
    item, person = Item.objects.create(title="Emma"), Person.objects.create()
    for day in range(3):
        events.record_view(person, item, at=NOON + timedelta(days=day))
    assert ids(selectors.carry_on(person)) == [item.pk]


def test_nobody_has_nothing_to_carry_on_with():
    assert selectors.carry_on(None).items == []
