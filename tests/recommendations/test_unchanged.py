"""A list that was found out before is the list that would be found out now."""

from random import Random

import pytest
from django.core.cache import caches
from django.utils import translation

from catalog import batches
from catalog import services as events
from catalog.models import Item, Person
from catalog.told import Told
from recommendations import selectors, steering
from recommendations.dismissals import dismiss, undo_dismissal
from recommendations.models import Rule, Steering
from tests.recommendations.readers import ids, reader_of
from tests.recommendations.worlds import checkerboard, published

pytestmark = pytest.mark.django_db
LIST = 6


@pytest.fixture
def world():
    shelf, _crowd = checkerboard()
    published("markov")
    events.recount()
    return shelf, [reader_of(shelf[0:6:2]), reader_of(shelf[1:7:2])]


def questions(monkeypatch):
    """The times that the model is asked for a list."""
    asked = []
    arranged = selectors.arranged

    def noted(*args, **more):
        asked.append(args)
        return arranged(*args, **more)

    monkeypatch.setattr(selectors, "arranged", noted)
    return asked


def test_the_model_is_asked_once_while_nothing_changes(world, monkeypatch):
    _shelf, (person, other) = world
    asked = questions(monkeypatch)
    first = selectors.for_you(person, limit=LIST)
    again = selectors.for_you(person, limit=LIST)
    assert again == first
    assert len(first.items) == LIST
    assert len(asked) == 1
    assert ids(selectors.for_you(other, limit=LIST)) != ids(first)
    assert len(asked) == 2


def test_a_title_that_was_changed_is_read_anew(world):
    _shelf, (person, _other) = world
    first = selectors.for_you(person, limit=LIST)
    named = first.items[0].reason.item_ids
    Item.objects.filter(pk__in=[first.items[0].item.pk, *named]).update(title="Another title")
    again = selectors.for_you(person, limit=LIST)
    assert again.items[0].item.title == "Another title"
    assert "Another title" in again.items[0].reason.text


@pytest.mark.parametrize("which", ["shown", "named"])
def test_what_was_withdrawn_is_neither_shown_nor_named(world, which):
    _shelf, (person, _other) = world
    first = selectors.for_you(person, limit=LIST)
    gone = first.items[0].item.pk if which == "shown" else first.items[0].reason.item_ids[0]
    Item.objects.filter(pk=gone).update(is_listed=False)
    again = selectors.for_you(person, limit=LIST)
    assert len(again.items) == LIST
    assert gone not in ids(again)
    assert all(gone not in pick.reason.item_ids for pick in again.items)


ACTS = {
    "rate": lambda p, item, chance: events.rate_item(p, item, stars=chance.randint(1, 10) / 2),
    "rate again": lambda p, item, chance: events.rate_item(
        p, item, stars=chance.randint(7, 10) / 2
    ),
    "take back": lambda p, item, _chance: events.take_back_rating(p, item),
    "shelve": lambda p, item, chance: events.shelve_item(
        p, item, shelf=chance.choice(["want", "doing", "done"])
    ),
    "dismiss": lambda p, item, _chance: dismiss(p, item),
    "turn back": lambda p, item, _chance: undo_dismissal(p, item),
    "leave out": lambda p, item, _chance: steering.leave_out(p, item),
    "steer": lambda p, _item, chance: steering.steer(p, Steering(niche=chance.choice([0, 1]))),
    "hide": lambda _p, item, _chance: Rule(note="test", action="hide", item=item).save(),
    "unhide": lambda *_: [rule.delete() for rule in Rule.objects.all()[:1]],
    "switch": lambda p, _item, _chance: switch(p),
    "train": lambda _p, _item, chance: published(chance.choice(["markov", "ease"])),
    "look": lambda p, item, _chance: events.record_view(p, item),
    "tell": lambda p, item, chance: batches.write(
        [Told(person_id=p.pk, kind="rating", item_id=item.pk, value=chance.choice([None, 1, 10]))]
    ),
    "quarantine": lambda p, _item, chance: Person.objects.filter(pk=p.pk).update(
        is_quarantined=chance.choice([True, False])
    ),
    "nothing": lambda *_: None,
}


def switch(person):
    """Personal lists on, or off."""
    person.is_unpersonalised = not person.is_unpersonalised
    person.save()


def test_after_whatever_is_done_the_list_is_as_if_nothing_were_remembered(world):
    shelf, people = world
    chance = Random(7)
    for step in range(60):
        act = chance.choice(list(ACTS)) if step >= len(ACTS) else list(ACTS)[step]
        ACTS[act](chance.choice(people), chance.choice(shelf), chance)
        for person in people:
            remembered = selectors.for_you(person, limit=LIST)
            caches["local"].clear()
            assert remembered == selectors.for_you(person, limit=LIST), act
            assert remembered == selectors.for_you(person, limit=LIST), act


def test_words_are_of_the_language_that_asks(world):
    _shelf, (person, _other) = world
    english = selectors.for_you(person, limit=LIST)
    with translation.override("de"):
        german = selectors.for_you(person, limit=LIST)
    assert ids(german) == ids(english)
    assert german.items[0].reason.text != english.items[0].reason.text
