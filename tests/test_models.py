"""The database keeps the invariants, whoever writes."""

import pytest
from django.db import IntegrityError

from catalog.models import Item, Person, Rating

pytestmark = pytest.mark.django_db


def test_a_rating_above_five_stars_is_refused_by_the_database():
    item, person = Item.objects.create(title="Emma"), Person.objects.create()
    with pytest.raises(IntegrityError):
        Rating.objects.create(item=item, person=person, half_stars=11)
