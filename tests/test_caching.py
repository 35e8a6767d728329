"""The shared cache may be away: pages and the API answer all the same, and soon."""

import itertools
import logging
import socket
import time
from collections import defaultdict

import pytest
from django.core.cache import caches
from django.test import Client
from django.urls import reverse

from catalog.models import Item
from config import caching
from config.caching import (
    OptionalRedisCache,
    OptionalRedisCacheClient,
    ProcessMemory,
    TellingRedisCacheClient,
)
from config.drill.faults import Relay
from tests.servers import redis

SLOWEST = 2.0


@pytest.fixture
def address():
    """A port that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/2"


@pytest.fixture(autouse=True)
def _nothing_known_of_any_server(monkeypatch):
    monkeypatch.setattr(caching, "PATIENCE", 1.0)
    monkeypatch.setattr(OptionalRedisCacheClient, "_retry_at", {})
    monkeypatch.setattr(TellingRedisCacheClient, "_untold", defaultdict(dict))


def cache_at(address):
    options = {"socket_timeout": SLOWEST, "socket_connect_timeout": SLOWEST}
    return OptionalRedisCache(address, {"OPTIONS": options})


def test_a_cache_that_never_answers_costs_its_timeout_once_and_finds_nothing(address, caplog):
    cache = cache_at(address)
    start = time.monotonic()
    assert cache.get("key", "default") == "default"
    assert time.monotonic() - start < 2 * SLOWEST
    start = time.monotonic()
    for _ in range(100):
        cache.set("key", 1)
        assert cache.get("key") is None
    assert time.monotonic() - start < 5 * SLOWEST
    assert caplog.text.count("the cache is away") == 1


def test_every_question_has_an_answer_while_the_cache_is_away():
    cache = cache_at("redis://127.0.0.1:1/2")
    assert cache.add("key", 1)
    assert cache.get_or_set("key", 7) == 7
    assert cache.get_many(["key"]) == {}
    assert "key" not in cache
    assert cache.incr("key") == 1
    assert not cache.touch("key")
    assert not cache.delete("key")
    assert not cache.clear()
    assert cache.set_many({"key": 1}) == []
    cache.delete_many(["key"])


def test_a_cache_that_came_back_is_asked_again(monkeypatch, caplog):
    caplog.set_level(logging.WARNING)
    monkeypatch.setattr("config.caching.RETRY_SECONDS", 0.0)
    cache = cache_at("redis://127.0.0.1:1/2")
    cache.get("key")
    cache.get("key")
    assert caplog.text.count("the cache is away") == 2


@pytest.mark.django_db
def test_pages_the_api_and_signing_up_work_while_the_cache_is_away(address, settings):
    settings.CACHES = {
        **settings.CACHES,
        "default": {
            "BACKEND": "config.caching.OptionalRedisCache",
            "LOCATION": address,
            "OPTIONS": {"socket_timeout": SLOWEST, "socket_connect_timeout": SLOWEST},
        },
    }
    assert isinstance(caches["default"], OptionalRedisCache)
    Item.objects.create(title="Emma")
    client = Client()
    assert "Emma" in client.get(reverse("catalog:home")).content.decode()
    assert client.get("/api/v1/recommendations/for-you/").json()["rung"] == "newest"
    form = {"username": "ada", "password1": "correct horse", "password2": "correct horse"}
    assert client.post(reverse("account_signup"), form).status_code == 302


def test_a_process_keeps_what_it_is_given_for_as_long_as_it_is_told():
    memory = ProcessMemory("test", {"OPTIONS": {"MAX_ENTRIES": 30}})
    kept = ["a list"]
    assert memory.add("key of any kind", kept)
    assert not memory.add("key of any kind", [])
    assert memory.get("key of any kind") is kept
    memory.set("short", 1, timeout=0)
    assert memory.get("short", "gone") == "gone"
    memory.set("number", 1)
    assert memory.incr("number", 2) == memory.get("number") == 3
    with pytest.raises(ValueError, match="not found"):
        memory.incr("unknown")
    for n in range(100):
        memory.set(f"other {n}", n)
        memory.get("number")
    assert len(memory._cache) <= 30
    assert memory.get("number") == 3  # what is used stays
    memory.clear()
    assert memory.get("number") is None


def test_counting_is_one_step_and_says_what_was_before_and_what_the_marks_are():
    def count(cache, new):
        return cache.count("now", "before", seconds=100, marks=["mark"], new=new)

    with redis() as server:
        cache = cache_at(f"{server}/2")
        assert count(cache, 7) == (1, 0, (7,))
        assert count(cache, 8) == (2, 0, (7,))
        cache.set("before", 5)
        cache.set("mark", 2**62, None)
        assert count(cache, 9) == (3, 5, (2**62,))
        client = cache._cache.get_client()
        assert client is cache._cache.get_client(write=True)
        assert 95 < client.ttl(cache.make_key("now")) <= 100
        assert client.ttl(cache.make_key("mark")) == -1
        client.delete(cache.make_key("mark"))
        both = cache.count("then", "before", seconds=100, marks=["mark", "other"], new=6)
        assert both == (1, 5, (6, 6))
        assert (
            86_000 < client.ttl(cache.make_key("other")) <= 86_400
        )  # nobody's mark stays for ever
        cache.set("mark", 2**62, None)
        client.script_flush()  # as after a restart
        assert count(cache, 9) == (4, 5, (2**62,))
        cache._cache._get_connection_pool(write=True).disconnect()
    assert count(cache_at("redis://127.0.0.1:1/2"), 9) == (1, 0, None)


@pytest.fixture
def relayed(redis_server):
    """A cache behind a relay, and the relay."""
    host, port = redis_server.removeprefix("redis://").split(":")
    relay = Relay((host, int(port)))
    cache = cache_at(f"redis://127.0.0.1:{relay.port}/2")
    cache.clear()
    yield cache, relay
    for client in (cache._cache, cache._telling):
        client._get_connection_pool(write=True).disconnect()
    relay.shut()


def marks_of(cache, *names):
    """What stands under these names, made where there is nothing."""
    found = cache.count("n", "m", seconds=60, marks=names, new=next(NEW))
    return found.marks


NEW = itertools.count(100)


def test_whoever_takes_keys_away_does_not_wait_long_and_stops_nobody_else(relayed):
    cache, relay = relayed
    cache.set("one", 1)
    relay.silence()
    start = time.monotonic()
    for _ in range(20):
        cache.delete_quickly(["one"])
    assert caching.PATIENCE <= time.monotonic() - start < 10 * caching.PATIENCE
    relay.open()
    assert cache.get("one") == 1  # not taken for away


@pytest.mark.parametrize("next_is", ["another", "a question"])
def test_keys_that_redis_was_not_told_of_go_along_with_what_comes_next(
    next_is, relayed, monkeypatch
):
    cache, relay = relayed
    before = marks_of(cache, "one", "two", "three")
    assert marks_of(cache, "one", "two", "three") == before
    relay.silence()
    cache.delete_quickly(["one"])
    cache.delete_quickly(["two"])  # is not even tried so soon
    relay.open()
    assert marks_of(cache, "one", "two", "three") == before
    monkeypatch.setattr(OptionalRedisCacheClient, "_retry_at", {})  # as after some seconds
    if next_is == "another":
        cache.delete_quickly(["three"])
    now = marks_of(cache, "one", "two", "three")
    changed = [old != new for old, new in zip(before, now, strict=True)]
    assert changed == [True, True, next_is == "another"]
    assert marks_of(cache, "one", "two", "three") == now  # and they are taken away once


def test_no_more_keys_wait_than_there_is_room_for(monkeypatch):
    monkeypatch.setattr(caching, "MOST_UNTOLD", 30)
    cache = cache_at("redis://127.0.0.1:1/2")
    for at in range(100):
        cache.delete_quickly([f"{at}", f"{at} too"])
    (waiting,) = TellingRedisCacheClient._untold.values()
    assert len(waiting) == 30
