"""The shared cache may be away: pages and the API answer all the same, and soon."""

import logging
import socket
import time

import pytest
from django.core.cache import caches
from django.test import Client
from django.urls import reverse

from catalog.models import Item
from config.caching import OptionalRedisCache, OptionalRedisCacheClient

SLOWEST = 0.5


@pytest.fixture
def address():
    """A port that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/2"


@pytest.fixture(autouse=True)
def _nothing_known_of_any_server(monkeypatch):
    monkeypatch.setattr(OptionalRedisCacheClient, "_retry_at", {})


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
    assert time.monotonic() - start < SLOWEST
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
