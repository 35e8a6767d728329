"""Search and browse pages in the order of one person's taste, as the live model sees it."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from catalog import services as events
from catalog.models import Item, Person, User
from recommendations import engine
from tests.recommendations.readers import reader_of
from tests.recommendations.worlds import checkerboard, published

pytestmark = pytest.mark.django_db
NEUTRAL, PERSONAL = "/browse/", "/browse/?sort=for-you"


@pytest.fixture
def shelf():
    shelf, _crowd = checkerboard()
    events.recount()
    return shelf


def client_of(name, items=()):
    user = User.objects.create_user(name, password="correct horse")
    reader_of(items, person=Person.objects.get_or_create(user=user)[0])
    client = Client()
    client.force_login(user)
    return client


def shown(client, address):
    page = client.get(address).content.decode()
    return [int(pk) for pk in re.findall(r'card-link" href="/items/(\d+)/"', page)]


def test_people_of_two_tastes_get_two_orders_and_one_neutral_one(shelf):
    published("markov")
    even, odd = client_of("even", shelf[0:4:2]), client_of("odd", shelf[1:5:2])
    assert shown(even, NEUTRAL) == shown(odd, NEUTRAL) == shown(Client(), NEUTRAL)
    assert shown(even, PERSONAL) != shown(odd, PERSONAL)
    assert set(shown(even, PERSONAL)) == set(shown(even, NEUTRAL))
    own = [at for at, pk in enumerate(item.pk for item in shelf) if pk in shown(even, PERSONAL)[:3]]
    assert {at % 2 for at in own} == {0}


@pytest.mark.parametrize("kind", [None, "popularity"])
def test_without_a_model_that_knows_tastes_the_order_is_neutral(shelf, kind):
    if kind:
        published(kind)
    reader = client_of("ann", shelf[:3])
    assert shown(reader, PERSONAL) == shown(reader, NEUTRAL)
    assert "Too little is known of your taste" in reader.get(PERSONAL).content.decode()


def test_a_model_that_fails_leaves_the_neutral_order(shelf, monkeypatch):
    published("markov")
    reader = client_of("ann", shelf[:3])
    model = engine.current()
    monkeypatch.setattr(model.recommender, "scores", lambda history: 1 / 0)
    assert shown(reader, PERSONAL) == shown(reader, NEUTRAL)


def test_the_order_takes_three_queries_more(shelf, django_assert_max_num_queries):
    published("markov")
    reader = client_of("ann", shelf[:3])
    assert reader.get(reverse("catalog:browse")).status_code == 200
    with django_assert_max_num_queries(10):
        reader.get(PERSONAL)
    assert Item.objects.count() == len(shelf)
