"""People with a past, for lists."""

from datetime import timedelta

from catalog.models import Person, Rating
from tests.recommendations.worlds import NOON


def reader_of(items, *, half_stars=10, person=None):
    """Somebody who rated these items, one a day."""
    person = person or Person.objects.create()
    for day, item in enumerate(items):
        Rating.objects.create(
            person=person, item=item, half_stars=half_stars, rated_at=NOON + timedelta(days=day)
        )
    return person


def ids(picks):
    return [pick.item.pk for pick in picks.items]


def texts(picks):
    return [pick.reason.text for pick in picks.items]
