"""Whoever wants no personal lists gets what everybody gets, whatever they did."""

from contextlib import suppress

import pytest
from django.core.cache import caches
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog import privacy, services
from catalog.models import Person
from recommendations import selectors
from tests.recommendations.readers import ids, texts
from tests.recommendations.worlds import checkerboard, published

pytestmark = pytest.mark.django_db
NOT_PERSONAL = "You switched personal lists off"


class Undo(Exception):
    pass


@pytest.fixture
def shelf():
    items, _people = checkerboard()
    services.recount()
    published("markov")
    return items


def lists(person):
    for cache in caches.all():
        cache.clear()
    picks = selectors.for_you(person, limit=8)
    own = selectors.carry_on(person, limit=8)
    return ids(picks), texts(picks), picks.explanation, picks.rung, ids(own)


events = st.lists(
    st.tuples(
        st.integers(0, 23), st.sampled_from(["want", "doing", "done", "view", 1.0, 3.5, 5.0])
    ),
    max_size=12,
)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(events)
def test_without_personal_lists_no_history_changes_them(shelf, story):
    # Private, so that what they do is in no count either: all else stays as it is.
    quiet = {"is_private": True, "is_unpersonalised": True}
    with suppress(Undo), transaction.atomic():
        person = Person.objects.create(**quiet)
        before = lists(person)
        for at, deed in story:
            if deed == "view":
                services.record_view(person, shelf[at])
            elif isinstance(deed, str):
                services.shelve_item(person, shelf[at], shelf=deed)
            else:
                services.rate_item(person, shelf[at], stars=deed)
        assert lists(person) == before
        raise Undo


def test_the_list_says_so_and_is_the_popular_one(shelf):
    person = Person.objects.create()
    services.rate_item(person, shelf[0], stars=5)
    assert NOT_PERSONAL not in selectors.for_you(person).explanation
    assert shelf[0].pk not in ids(selectors.for_you(person))
    privacy.choose(person, is_unpersonalised=True)
    picks = selectors.for_you(person, limit=6)
    assert NOT_PERSONAL in picks.explanation
    assert ids(picks) == ids(selectors.popular(limit=6))


def test_pages_and_the_api_follow_the_switch(shelf, client):
    client.post(f"/items/{shelf[0].pk}/rate/", {"stars": "5"})
    address = "/api/v1/recommendations/for-you/"
    assert client.get(address).json()["results"][0]["rung"] != "popular"
    client.post("/my/privacy/", {"recording": "all", "is_unpersonalised": "on"})
    said = client.get(address).json()
    assert {pick["rung"] for pick in said["results"]} <= {"popular", "newest"}
    assert NOT_PERSONAL in client.get("/for-you/").content.decode()
    assert NOT_PERSONAL in client.get("/").content.decode()
