"""Limits of the API: exact, however many ask at once, and blind to what an address claims."""

import threading
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_network
from types import SimpleNamespace

import pytest
from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache
from django.test import RequestFactory
from rest_framework.request import Request
from rest_framework.test import APIClient

from catalog.models import User
from catalog.tokens import limits
from catalog.tokens.limits import Limit, address_of
from catalog.tokens.models import Service
from config.caching import OptionalRedisCache
from tests.tokens import client_with

ITEMS, RATINGS, TOKEN = "/api/v1/items/", "/api/v1/me/ratings/", "/api/v1/token/"
THREADS, ASKS = 16, 40


@pytest.fixture(params=["memory", "redis"])
def cache(request):
    if request.param == "memory":
        cache = LocMemCache("limits", {})
        cache.clear()
        yield cache
        return
    cache = OptionalRedisCache(request.getfixturevalue("redis_server"), {})
    cache.clear()
    yield cache
    cache._cache._get_connection_pool(write=True).disconnect()


def limit_in(cache):
    limit = Limit()
    limit.cache = cache
    return limit


def at(monkeypatch, moment):
    monkeypatch.setattr(limits, "time", SimpleNamespace(time=lambda: moment))


# --- counting -------------------------------------------------------------------------------------
@pytest.mark.parametrize("most", [1, 7, 100])
def test_however_many_ask_at_once_no_more_are_let_through(cache, most):
    ready = threading.Barrier(THREADS)

    def ask(_thread):
        limit = limit_in(cache)
        ready.wait()
        return sum(limit.count("key", most, 3600) for _time in range(ASKS))

    with ThreadPoolExecutor(THREADS) as threads:
        let_through = sum(threads.map(ask, range(THREADS)))
    assert let_through <= most  # fewer where one was refused while another's was not taken back
    limit = limit_in(cache)
    while limit.count("key", most, 3600):
        let_through += 1
    assert let_through == most


def test_what_is_refused_does_not_count(cache, monkeypatch):
    at(monkeypatch, 1_000_000.0)
    limit = limit_in(cache)
    assert [limit.count("key", 2, 10) for _time in range(20)] == [True] * 2 + [False] * 18
    at(monkeypatch, 1_000_000.0 + 20)
    assert limit.count("key", 2, 10)


def test_a_window_slides_and_the_wait_it_names_is_enough_and_no_more(cache, monkeypatch):
    moment = 1_000_000.0 + 7
    at(monkeypatch, moment)
    limit = limit_in(cache)
    assert [limit.count("key", 4, 10) for _time in range(5)] == [True] * 4 + [False]
    wait = limit.wait()
    assert 3 < wait < 10
    at(monkeypatch, moment + wait - 0.5)
    assert not limit.count("key", 4, 10)
    at(monkeypatch, moment + wait + 0.01)
    assert limit.count("key", 4, 10)
    assert not limit.count("key", 4, 10)
    assert 0 < limit.wait() < 10


def test_in_no_stretch_of_a_window_are_many_more_let_through(cache, monkeypatch):
    limit, through = limit_in(cache), []
    for step in range(600):
        at(monkeypatch, 1_000_000.0 + step / 10)
        if limit.count("key", 20, 10):
            through.append(step / 10)
    stretches = [sum(begin <= one < begin + 10 for one in through) for begin in through]
    assert max(stretches) <= 22
    assert len(through) >= 100


def test_people_are_told_apart(cache):
    limit = limit_in(cache)
    assert limit.count("one", 1, 60)
    assert limit.count("other", 1, 60)
    assert not limit.count("one", 1, 60)


def test_without_its_cache_nobody_is_refused():
    limit = limit_in(OptionalRedisCache("redis://127.0.0.1:1", {}))
    assert all(limit.count("key", 1, 60) for _time in range(5))


# --- whose ----------------------------------------------------------------------------------------
def from_(address, forwarded=None):
    more = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return Request(RequestFactory().get("/", REMOTE_ADDR=address, **more))


@pytest.mark.parametrize(
    ("behind", "trusted", "address", "forwarded", "found"),
    [
        (False, [], "9.9.9.9", "1.2.3.4", "9.9.9.9"),
        (True, [], "10.0.0.1", "1.2.3.4", "1.2.3.4"),
        (True, [], "10.0.0.1", "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        (True, [], "10.0.0.1", None, "10.0.0.1"),
        (True, ["10.0.0.0/8"], "10.0.0.1", "1.2.3.4", "1.2.3.4"),
        (True, ["10.0.0.0/8"], "9.9.9.9", "1.2.3.4", "9.9.9.9"),
        (False, ["10.0.0.0/8"], "10.0.0.1", "1.2.3.4", "10.0.0.1"),
        (False, [], "2001:db8:1:2:3:4:5:6", None, "2001:db8:1:2::"),
        (False, [], "::ffff:9.9.9.9", None, "9.9.9.9"),
        (False, [], "", "1.2.3.4", ""),
        (True, [], "10.0.0.1", "nonsense", "nonsense"),
    ],
)
def test_an_address_is_what_a_known_proxy_says(
    settings, behind, trusted, address, forwarded, found
):
    settings.BEHIND_PROXY = behind
    settings.TRUSTED_PROXIES = [ip_network(one) for one in trusted]
    assert address_of(from_(address, forwarded)) == found


def codes(client, address=ITEMS, *, times=4, **more):
    return [client.get(address, **more).status_code for _time in range(times)]


@pytest.fixture
def rates(settings):
    settings.API_RATES = {"anon": "2/min", "user": "3/min", "service": "1/min", "token": "2/min"}
    caches["default"].clear()


@pytest.mark.django_db
def test_each_token_each_account_and_each_address_has_its_own(rates):
    ann = User.objects.create_user("ann")
    one, other, session = client_with(ann), client_with(ann), APIClient()
    session.force_login(ann)
    assert codes(APIClient()) == [200, 200, 429, 429]
    assert codes(APIClient(), REMOTE_ADDR="9.9.9.9") == [200, 200, 429, 429]
    for client in (one, other, session):
        assert codes(client) == [200, 200, 200, 429]
    shop = Service.objects.create(name="Shop")
    for client in (client_with(shop), client_with(shop, act_for="c-1")):
        assert codes(client, times=2) == [200, 429]


@pytest.mark.django_db
def test_a_service_shares_its_limit_whomever_it_acts_for(rates, settings):
    settings.API_RATES = {**settings.API_RATES, "service": "2/min"}
    client = client_with(Service.objects.create(name="Shop"), act_for="c-1")
    assert codes(client, times=1, HTTP_ACT_FOR="c-2") == [200]
    assert codes(client, RATINGS, times=2, HTTP_ACT_FOR="c-3") == [200, 429]


@pytest.mark.django_db
def test_a_refusal_says_when_to_ask_again(rates):
    *_let_through, refused = (APIClient().get(ITEMS) for _time in range(3))
    assert refused.status_code == 429
    # two of two in this minute: half of the next has to slide by, too
    assert 30 <= int(refused["Retry-After"]) <= 90


@pytest.mark.django_db
def test_guessing_passwords_is_limited_with_a_session_and_a_token_too(rates):
    ann = User.objects.create_user("ann", password="a-long-enough-one")
    guess = {"username": "ann", "password": "wrong"}
    callers = [APIClient(), client_with(ann), APIClient(), client_with(ann)]
    assert [one.post(TOKEN, guess).status_code for one in callers] == [400, 400, 429, 429]
