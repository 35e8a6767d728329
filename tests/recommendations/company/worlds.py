"""Members, groups, and people who agreed to be counted."""

from datetime import UTC, datetime, timedelta

from django.test import Client

from catalog.models import Item, Person, Rating, User
from catalog.services import recount
from recommendations.company import groups
from recommendations.models import LikeTaste
from tests.recommendations.readers import reader_of

NOW = datetime(2026, 6, 1, 15, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=60)


def member(name, items=(), *, half_stars=10):
    """Somebody with an account, who rated these items."""
    user = User.objects.create_user(name, password="correct horse")
    person = Person.objects.get_or_create(user=user)[0]
    return reader_of(items, person=person, half_stars=half_stars)


def client_of(person):
    client = Client()
    client.force_login(person.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def group_of(maker, *others, floor=5, name="Film night"):
    made = groups.make(maker, name=name, floor=floor)
    for one in others:
        groups.join(made, one, floor=floor)
    return made


def agreeing(name, said=(), *, at=LONG_AGO):
    """A member since long, who agreed, with (item, half stars) ratings."""
    person = member(name)
    Person.objects.filter(pk=person.pk).update(created_at=at)
    LikeTaste.objects.create(person=person, since=at)
    Rating.objects.bulk_create(
        Rating(person=person, item=item, half_stars=half, rated_at=at) for item, half in said
    )
    recount(Item.objects.filter(pk__in=[item.pk for item, _half in said]))
    person.refresh_from_db()
    return person
