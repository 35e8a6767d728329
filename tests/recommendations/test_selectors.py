"""Lists: personal where a model can say something, full where the catalogue allows, honest always."""

from datetime import timedelta

import pytest

from catalog import services as events
from catalog.models import Item, ItemView, Person, Rating
from recommendations import selectors
from recommendations.ladder import Rung
from tests.recommendations.worlds import NOON, checkerboard, published

pytestmark = pytest.mark.django_db


def ids(picks):
    return [pick.item.pk for pick in picks.items]


def reader_of(items, *, half_stars=10):
    """Somebody who rated these items, one a day."""
    person = Person.objects.create()
    for day, item in enumerate(items):
        Rating.objects.create(
            person=person, item=item, half_stars=half_stars, rated_at=NOON + timedelta(days=day)
        )
    return person


def test_people_of_opposite_taste_get_different_lists():
    shelf, _crowd = checkerboard()
    published("markov")
    even = selectors.for_you(reader_of(shelf[0:6:2]), limit=6)
    odd = selectors.for_you(reader_of(shelf[1:7:2]), limit=6)
    assert {shelf.index(pick.item) % 2 for pick in even.items} == {0}
    assert {shelf.index(pick.item) % 2 for pick in odd.items} == {1}
    assert even.rung is odd.rung is Rung.CO_OCCURRENCE
    print(even.explanation, [p.reason for p in even.items])
