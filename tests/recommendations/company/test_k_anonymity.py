"""Whatever people do: no figure of fewer than five, and none that owes anything to somebody who has
not agreed, is private, pauses, or is in quarantine.

Such people are then deleted: all that is told must stay exactly as it was.
"""

from contextlib import suppress
from datetime import timedelta

import pytest
from django.core.cache import caches
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog import privacy
from catalog.models import Item, Person, Rating
from catalog.trust.models import TrustCase
from recommendations.company import circles, keeping, likings
from recommendations.visit import Visit
from tests.recommendations.company.worlds import LONG_AGO, NOW, agreeing

pytestmark = pytest.mark.django_db
PEOPLE, ITEMS = 8, 4
STATES = ("never agreed", "withdrew", "private", "paused", "quarantined", "proposed", "young")
world = st.fixed_dictionaries(
    {
        "stars": st.lists(
            st.lists(st.integers(0, 10), min_size=ITEMS, max_size=ITEMS),
            min_size=PEOPLE,
            max_size=PEOPLE,
        ),
        "state": st.lists(
            st.sampled_from(("fine",) * 12 + STATES), min_size=PEOPLE, max_size=PEOPLE
        ),
        "hidden": st.sets(
            st.tuples(st.integers(0, PEOPLE - 1), st.integers(0, ITEMS - 1)), max_size=4
        ),
        "looks_before": st.booleans(),
    }
)


class Undo(Exception):
    pass


def be(person, state):
    match state:
        case "never agreed" | "withdrew":
            keeping.take_back(person)
        case "private" | "paused":
            privacy.choose(person, **{f"is_{state}": True})
        case "quarantined":
            privacy.quarantine(person, is_quarantined=True)
        case "proposed":
            TrustCase.objects.create(person=person, trust=0.4)
        case "young":
            Person.objects.filter(pk=person.pk).update(created_at=NOW - timedelta(days=3))


def told(people, items):
    """All that anybody is told: of each item, and as a list."""
    found = {}
    for person in Person.objects.filter(pk__in=[one.pk for one in people]):
        ids = [item.pk for item in items]
        own = likings.figures(Visit(person), now=NOW, items=ids)
        found |= {(person.pk, pk): figure for pk, figure in own.items()}
        for one in likings.liked(Visit(person), now=NOW):
            found[person.pk, "list", one.item.pk] = one.figure
    return found


def clear():
    for cache in caches.all():
        cache.clear()


def supporters(item, viewer):
    """Who may stand behind a figure, said without `circles.eligible`."""
    cut = circles.midnight(NOW)
    return [
        rating.person
        for rating in Rating.objects.filter(item=item, is_private=False, is_held=False)
        if hasattr(rating.person, "like_taste")
        and rating.person.like_taste.since < cut
        and not rating.person.is_private
        and not rating.person.is_paused
        and not rating.person.is_quarantined
        and not hasattr(rating.person, "trust_case")
        and rating.person.created_at < cut - timedelta(days=28)
        and rating.person_id != viewer
    ]


@pytest.fixture
def loosely(monkeypatch):
    """So few ratings are enough that a small world has figures at all."""
    monkeypatch.setattr(circles, "FEWEST_RATINGS", 2)
    monkeypatch.setattr(circles, "FEWEST_SHARED", 1)
    monkeypatch.setattr(circles, "AGREES_FROM", -1.0)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(world)
def test_no_figure_of_too_few_nor_of_anybody_who_did_not_agree(loosely, world):
    clear()
    with suppress(Undo), transaction.atomic():
        items = Item.objects.bulk_create(Item(title=f"Item {n}") for n in range(ITEMS))
        people = [
            agreeing(f"p{n}", [(items[at], half) for at, half in enumerate(own) if half])
            for n, own in enumerate(world["stars"])
        ]
        if world["looks_before"]:  # what was known in the morning must not show later
            told(people, items)
        for person, state in zip(people, world["state"], strict=True):
            be(person, state)
        for who, at in world["hidden"]:
            rating = Rating.objects.filter(person=people[who], item=items[at]).first()
            if rating is not None:
                privacy.keep_private(rating, is_private=True)
        at_once = told(people, items)
        fine = {p.pk for p, state in zip(people, world["state"], strict=True) if state == "fine"}
        for key, figure in at_once.items():
            behind = supporters(key[-1], key[0])
            assert len(behind) >= max(figure.people, 5)
            assert {one.pk for one in behind} <= fine
            assert key[0] in fine, "and who gives nothing is told nothing"
        clear()
        tomorrow = told(people, items)
        Rating.objects.filter(is_private=True).delete()
        Person.objects.exclude(pk__in=fine).delete()
        clear()
        own = {(people[who].pk, "list", items[at].pk) for who, at in world["hidden"]}  # unseen now
        never = {key: figure for key, figure in told(people, items).items() if key not in own}
        assert never == {key: figure for key, figure in tomorrow.items() if key not in own}
        raise Undo


def test_the_world_above_has_figures(loosely):
    """Else it would prove nothing."""
    items = Item.objects.bulk_create(Item(title=f"Item {n}") for n in range(ITEMS))
    people = [agreeing(f"p{n}", [(item, 8) for item in items], at=LONG_AGO) for n in range(6)]
    assert len(told(people, items)) == 6 * ITEMS
    keeping.take_back(people[0])
    assert told(people, items) == {}
