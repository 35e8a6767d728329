"""A list of the API that was written out before is the one that would be written out now."""

import json
from random import Random
from types import SimpleNamespace

import pytest
from django.core import signing
from django.core.cache import caches
from rest_framework.test import APIClient

from catalog import changes
from catalog import services as events
from catalog.models import Item, Person, User
from recommendations import api, selectors
from recommendations.dismissals import dismiss
from recommendations.measuring.tokens import read_pick
from recommendations.models import Rule
from tests.marks import shared_cache
from tests.recommendations.readers import reader_of
from tests.recommendations.test_unchanged import ACTS, LIST
from tests.recommendations.worlds import checkerboard, published
from tests.tokens import client_with

pytestmark = pytest.mark.django_db(transaction=True)
FOR_YOU = f"/api/v1/recommendations/for-you/?limit={LIST}"


@pytest.fixture
def world(redis_server, settings):
    settings.API_RATES = dict.fromkeys(settings.API_RATES, "100000/min")
    shelf, _crowd = checkerboard()
    published("markov")
    events.recount()
    people = [reader_of(shelf[at : at + 6 : 2], person=member(at)) for at in range(2)]
    with shared_cache(redis_server):
        yield shelf, people


def member(number):
    return Person.objects.create(user=User.objects.create_user(f"member-{number}"))


def client_of(person) -> APIClient:
    return client_with(person.user, "read")


def asked(client, address=FOR_YOU, **headers):
    answer = client.get(address, **headers)
    assert answer.status_code == 200, answer.content
    return json.loads(answer.content)


def without_tokens(answer):
    """Tokens differ each second."""
    return answer | {"results": [one | {"token": bool(one["token"])} for one in answer["results"]]}


@pytest.fixture
def lists(monkeypatch):
    """How often a list is made."""
    made = []
    for_you = selectors.for_you

    def noted(*args, **more):
        made.append(args)
        return for_you(*args, **more)

    monkeypatch.setattr(api.selectors, "for_you", noted)
    return made


def test_a_list_is_written_out_once_for_each_person_while_nothing_changes(world, lists):
    _shelf, people = world
    clients = [client_of(person) for person in people]
    first = [asked(client) for client in clients]
    assert len(lists) == 2
    again = [asked(client) for client in clients]
    assert len(lists) == 2
    assert [*map(without_tokens, first)] == [*map(without_tokens, again)]
    assert first[0]["results"] != first[1]["results"]
    assert len(first[0]["results"]) == LIST


def test_of_somebody_who_comes_back_nothing_is_asked(world, django_assert_max_num_queries):
    _shelf, (person, _other) = world
    client = client_of(person)
    for _ in range(3):
        asked(client)
    with django_assert_max_num_queries(1):  # the live run is asked for once a second
        asked(client)


def test_tokens_are_of_the_second_in_which_the_list_is_shown(world, lists, monkeypatch):
    _shelf, (person, other) = world
    client = client_of(person)
    first = [one["token"] for one in asked(client)["results"]]
    monkeypatch.setattr(signing, "time", SimpleNamespace(time=lambda: 4_000_000_000.0))
    later = asked(client)["results"]
    assert len(lists) == 1
    assert not {*first} & {one["token"] for one in later}
    for at, one in enumerate(later):
        shown = read_pick(one["token"], person)
        assert (shown.first, shown.item_ids) == (at, (one["item"]["id"],))
        assert shown.rendered_at.year == 2096
        with pytest.raises(Exception, match="does not match"):
            read_pick(one["token"], other)


def test_what_is_asked_otherwise_is_written_otherwise(world):
    _shelf, (person, _other) = world
    client = client_of(person)
    usual = asked(client)
    german = asked(client, HTTP_ACCEPT_LANGUAGE="de")
    assert german["explanation"] != usual["explanation"]
    few = asked(client, f"{FOR_YOU}&fields=title")
    assert [{*one["item"]} for one in few["results"]] == [{"id", "title"}] * LIST
    first = usual["results"][0]["item"]["id"]
    left_out = asked(client, f"{FOR_YOU}&exclude={first}")
    assert first not in [one["item"]["id"] for one in left_out["results"]]
    there = asked(client, HTTP_HOST="localhost")
    assert there["results"][0]["item"]["url"].startswith("http://localhost/")
    assert without_tokens(asked(client)) == without_tokens(usual)
    following = asked(client, f"{FOR_YOU}&cursor={usual['next']}")
    shown = {one["item"]["id"] for one in usual["results"]}
    assert not shown & {one["item"]["id"] for one in following["results"]}


def test_a_title_and_a_withdrawal_are_seen_at_the_next_request(world):
    _shelf, (person, _other) = world
    client = client_of(person)
    first = asked(client)["results"][0]["item"]
    Item.objects.filter(pk=first["id"]).update(title="Another title")
    assert asked(client)["results"][0]["item"]["title"] == "Another title"
    Item.objects.filter(pk=first["id"]).update(is_listed=False)
    assert first["id"] not in [one["item"]["id"] for one in asked(client)["results"]]


def test_who_is_private_gets_no_tokens_from_then_on(world):
    _shelf, (person, _other) = world
    client = client_of(person)
    assert all(one["token"] for one in asked(client)["results"])
    person.is_private = True
    person.save()
    assert not any(one["token"] for one in asked(client)["results"])


def test_after_whatever_is_done_the_answer_is_as_if_nothing_were_remembered(world, lists):
    shelf, people = world
    chance = Random(11)
    clients = [client_of(person) for person in people]
    similar, kept = f"/api/v1/items/{shelf[2].pk}/similar/?limit={LIST}", 0
    for step in range(60):
        act = chance.choice(list(ACTS)) if step >= len(ACTS) else list(ACTS)[step]
        for person in people:
            person.refresh_from_db()
        ACTS[act](chance.choice(people), chance.choice(shelf), chance)
        for client in clients:
            remembered = without_tokens(asked(client))
            alike = answered(client, similar)
            caches["local"].clear()
            assert without_tokens(asked(client)) == remembered, act
            assert answered(client, similar) == alike, act
            made = len(lists)
            assert without_tokens(asked(client)) == remembered, act
            kept += len(lists) == made
    assert kept > 20


def answered(client, address):
    """The answer without tokens, or that there is none: an item may be hidden."""
    answer = client.get(address)
    if answer.status_code != 200:
        return answer.status_code
    return without_tokens(json.loads(answer.content))


def test_what_is_like_an_item_is_written_out_once_for_all_who_dismissed_the_same(
    world, monkeypatch
):
    shelf, people = world
    made = []
    similar_to = selectors.similar_to

    def noted(*args, **more):
        made.append(args)
        return similar_to(*args, **more)

    monkeypatch.setattr(api.selectors, "similar_to", noted)
    address = f"/api/v1/items/{shelf[2].pk}/similar/?limit={LIST}"
    clients = [*map(client_of, people)]
    first, second = (asked(client, address) for client in clients)
    assert without_tokens(first) == without_tokens(second)
    assert all(one["token"] for one in first["results"])
    for one, person in zip((first, second), people, strict=True):
        read_pick(one["results"][0]["token"], person)
    assert len(made) == 1
    nobody = APIClient()
    for _ in range(2):
        unmeasured = asked(nobody, address)
    assert len(made) == 2
    assert not any(one["token"] for one in unmeasured["results"])
    gone = first["results"][0]["item"]["id"]
    dismiss(people[0], Item.objects.get(pk=gone))
    assert gone not in [one["item"]["id"] for one in asked(clients[0], address)["results"]]
    assert without_tokens(asked(clients[1], address)) == without_tokens(first)
    assert len(made) == 3
    Item.objects.filter(pk=gone).update(is_listed=False)
    for client in (*clients, nobody):
        assert gone not in [one["item"]["id"] for one in asked(client, address)["results"]]
    Item.objects.filter(pk=shelf[2].pk).update(is_listed=False)
    assert [client.get(address).status_code for client in (*clients, nobody)] == [404] * 3


@pytest.mark.usefixtures("without_redis")
def test_without_redis_each_answer_is_written_anew(lists):
    shelf, _crowd = checkerboard()
    published("markov")
    person = reader_of(shelf[0:6:2], person=member(0))
    client = client_of(person)
    assert without_tokens(asked(client)) == without_tokens(asked(client))
    assert len(lists) == 2


def test_what_another_process_decides_counts_at_the_next_request(world):
    _shelf, (person, _other) = world
    client = client_of(person)
    last, first = (asked(client)["results"][at]["item"]["id"] for at in (-1, 0))
    Rule.objects.create(note="test", action="hide", item_id=last)
    assert asked(client)["results"][0]["item"]["id"] == first  # this process has read the rules
    Rule.objects.bulk_create([Rule(note="test", action="hide", item_id=first)])  # none is told
    assert asked(client)["results"][0]["item"]["id"] == first
    changes.say()
    assert first not in [one["item"]["id"] for one in asked(client)["results"]]
