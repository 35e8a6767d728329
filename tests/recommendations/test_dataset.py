"""Rows become arrays: everything that may be learned from, in order, and nothing else."""

from datetime import timedelta

import numpy as np
import pytest

from catalog.models import Attribute, Item, ItemAttribute, ItemView, Person, Rating, ShelfEntry
from ml.snapshot import KINDS, History
from recommendations.dataset import (
    as_history,
    build_snapshot,
    events_since,
    history_of,
    marks,
)
from tests.recommendations.worlds import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def emma():
    return Item.objects.create(title="Emma", year=1815, description="A match is made.")


@pytest.fixture
def dracula():
    return Item.objects.create(title="Dracula")


def rate(person, item, *, half_stars=8, hours=0):
    return Rating.objects.create(
        person=person, item=item, half_stars=half_stars, rated_at=NOON + timedelta(hours=hours)
    )


def test_an_empty_catalogue_is_an_empty_snapshot():
    snapshot = build_snapshot()
    assert (len(snapshot.items), len(snapshot.users), len(snapshot.events)) == (0, 0, 0)


def test_items_keep_title_text_year_and_attributes_in_their_order(emma, dracula):
    names = [("genres", "Satire"), ("authors", "Jane Austen")]
    for position, (kind, name) in enumerate(names):
        attribute = Attribute.objects.create(kind=kind, name=name)
        ItemAttribute.objects.create(item=emma, attribute=attribute, position=9 - position)
    Attribute.objects.create(kind="genres", name="Used by nobody")
    items = build_snapshot().items
    assert items.ids.ids == (str(emma.pk), str(dracula.pk))
    assert items.titles == ("Emma", "Dracula")
    assert items.texts == ("A match is made.", "")
    assert items.years[0] == 1815
    assert np.isnan(items.years[1])
    of_emma = [items.attribute_names[row] for row in items.attributes_of(0)]
    assert of_emma == ["authors:Jane Austen", "genres:Satire"]
    assert len(items.attributes_of(1)) == 0
    assert "genres:Used by nobody" not in items.attribute_names


def test_ratings_views_and_shelves_are_merged_by_time(emma, dracula):
    person = Person.objects.create()
    ShelfEntry.objects.create(
        person=person, item=dracula, shelf="done", shelved_at=NOON + timedelta(hours=3)
    )
    rate(person, emma, half_stars=9, hours=2)
    ItemView.objects.create(person=person, item=emma, viewed_at=NOON + timedelta(hours=1))
    events = build_snapshot().events
    assert [KINDS[kind] for kind in events.kind] == ["view", "rating", "done"]
    assert events.item.tolist() == [0, 0, 1]
    assert events.stars[1] == 4.5
    assert np.isnan(events.stars[[0, 2]]).all()
    assert events.time[0] == pytest.approx((NOON + timedelta(hours=1)).timestamp(), abs=0.001)


@pytest.mark.parametrize("hidden", [{"is_private": True}, {"is_paused": True}])
def test_private_and_paused_people_are_left_out(emma, hidden):
    rate(Person.objects.create(**hidden), emma)
    seen = Person.objects.create()
    rate(seen, emma)
    snapshot = build_snapshot()
    assert snapshot.users.ids == (str(seen.pk),)
    assert len(snapshot.events) == 1


def test_withdrawn_items_stay_in_the_table(emma):
    Item.objects.update(is_listed=False)
    assert len(build_snapshot().items) == 1


def test_nothing_after_the_cut_off_is_read(emma, dracula):
    person = Person.objects.create()
    rate(person, emma, hours=0)
    rate(person, dracula, hours=2)
    assert build_snapshot(until=NOON + timedelta(hours=1)).events.item.tolist() == [0]


def test_reading_takes_a_fixed_number_of_queries(emma, django_assert_num_queries):
    for _ in range(20):
        rate(Person.objects.create(), emma)
    with django_assert_num_queries(6):
        build_snapshot()


def test_serving_sees_a_persons_events_as_training_does(emma, dracula):
    person = Person.objects.create()
    for number, item in enumerate([emma, dracula] * 3):
        ItemView.objects.create(person=person, item=item, viewed_at=NOON)  # all at once
        if number < 2:
            rate(person, item, half_stars=number + 3)
    ShelfEntry.objects.create(person=person, item=emma, shelf="want", shelved_at=NOON)
    snapshot = build_snapshot()
    served, _ = as_history(history_of(person), snapshot.items.ids)
    trained = snapshot.history(0)
    for name in ("item", "kind", "stars", "time"):
        np.testing.assert_array_equal(getattr(served, name), getattr(trained, name))


def test_a_history_is_all_that_was_rated_and_the_newest_views(
    emma, dracula, django_assert_num_queries
):
    person = Person.objects.create()
    rate(person, dracula, hours=-9)
    for hour in range(8):
        ItemView.objects.create(person=person, item=emma, viewed_at=NOON + timedelta(hours=hour))
    with django_assert_num_queries(1):
        events = history_of(person, limit=5)
    hours = [(event.time - NOON.timestamp()) / 3600 for event in events]
    assert hours == pytest.approx([-9, 3, 4, 5, 6, 7])


def test_events_on_items_that_a_model_does_not_know_are_left_out(emma, dracula):
    person = Person.objects.create()
    rate(person, emma)
    items = build_snapshot().items.ids
    newcomer = Item.objects.create(title="Newcomer")
    rate(person, newcomer, hours=1)
    history, known = as_history(history_of(person), items)
    assert history.item.tolist() == [items.row(str(emma.pk))]
    assert [event.item_id for event in known] == [emma.pk]


def test_somebody_without_events_has_an_empty_history():
    history, known = as_history(history_of(Person.objects.create()), build_snapshot().items.ids)
    assert len(history) == len(History.empty()) == len(known) == 0


def test_events_written_since_are_counted_even_if_they_are_old(emma, dracula):
    person = Person.objects.create()
    rate(person, emma)
    before = marks()
    assert events_since(before) == 0
    rate(person, dracula, hours=-100_000)
    ItemView.objects.create(person=person, item=emma)
    assert events_since(before) == 2
    assert events_since({}) == 3
