"""The Python client, against the live site, and against a server that is busy."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from catalogue_client import ApiError, Client, Unreachable
from catalogue_client.asking import batches
from rest_framework.test import APIClient

from catalog.models import Item, Person, Rating, User
from catalog.services import rate_item, recount
from recommendations.company import groups
from tests.recommendations.worlds import checkerboard, published
from tests.servers import free_port

WORDS = "a-long-password-for-tests"


@pytest.fixture
def ann(transactional_db):
    return User.objects.create_user("ann", password=WORDS)


@pytest.fixture
def token(ann):
    said = APIClient().post("/api/v1/token/", {"username": "ann", "password": WORDS})
    return said.json()["token"]


@pytest.fixture
def client(live_server, token) -> Iterator[Client]:
    with Client(live_server.url, token) as made:
        yield made


@pytest.fixture
def world(transactional_db):
    items, _people = checkerboard()
    recount()
    published("markov")
    return items


def test_items_come_page_by_page(client, world):
    found = list(client.items(page_size=10))
    assert {item.key for item in found} == {item.key for item in world}
    assert len(found) == len(world)
    one = client.item(found[0].id)
    assert (one.key, one.title) == (found[0].key, found[0].title)


def test_events_are_sent_and_sent_again(client, world):
    rows = [{"kind": "rating", "key": item.key, "stars": 4.5} for item in world[:6:2]]
    rows.append({"kind": "rating", "key": "no-such", "stars": 4})
    sent = client.send_events(rows)
    assert (sent.created, sent.refused) == (3, 1)
    assert sent.results[-1].field == "key"
    assert "No item" in (sent.results[-1].detail or "")
    again = client.send_events(rows)
    assert (again.created, again.unchanged, again.refused) == (0, 3, 1)
    assert Rating.objects.filter(person__user__username="ann").count() == 3


def test_lists_are_asked_for(client, world):
    client.send_events({"kind": "rating", "key": item.key, "stars": 5} for item in world[:6:2])
    even = {item.pk for item in world[::2]}
    personal = client.for_you(limit=3)
    assert personal.rung == "co-occurrence"  # of a Markov chain
    assert personal.model
    assert {pick.item.id for pick in personal.results} <= even
    assert personal.results[0].reason.text
    left_out = [personal.results[0].item.id]
    others = client.for_you(limit=3, exclude=left_out)
    assert left_out[0] not in [pick.item.id for pick in others.results]
    alike = client.similar(world[0].pk, limit=4)
    assert {pick.item.id for pick in alike.results} <= even
    assert "popular" in [surface.name for surface in client.surfaces()]
    assert client.surface("popular", limit=2).results
    about = client.surface("similar", item=world[0].pk, limit=2)
    assert len(about.results) == 2
    for question in ([world[0].pk], [world[0].key], [{"key": world[0].key, "stars": 5}]):
        assert {pick.item.id for pick in client.for_items(question, limit=2).results} <= even
    told = client.predictions([world[1].pk, world[2].pk], reasons=True)
    assert [one.item for one in told] == [world[1].pk, world[2].pk]


def test_what_is_refused_is_said_with_its_field(client, world):
    with pytest.raises(ApiError) as refused:
        client.for_you(limit=0)
    assert refused.value.status == 400
    assert [error.field for error in refused.value.errors] == ["limit"]
    with pytest.raises(ApiError) as missing:
        client.item(10**9)
    assert missing.value.status == 404
    assert missing.value.detail


def test_a_wrong_token_is_refused(live_server, world):
    with Client(live_server.url, "wrong") as client, pytest.raises(ApiError) as refused:
        client.send_events([{"kind": "view", "key": world[0].key}])
    assert refused.value.status == 401


def test_without_a_token_everybody_s_lists_are_there(live_server, world):
    with Client(live_server.url) as client:
        assert client.for_items([world[0].key], limit=2).results
        assert next(client.items()).title == Item.objects.get(pk=next(client.items()).id).title


def test_somebody_new_is_asked_and_what_they_answer_is_their_taste(client, world):
    asked = client.questions()
    first, second, third = (one.id for one in asked.questions[:3])
    after = client.answer({first: 4.5, second: None}, shown=[one.id for one in asked.questions])
    assert (after.ratings, after.unknown) == (1, [second])
    assert not {first, second} & {one.id for one in after.questions}
    again = client.questions(unknown=[*after.unknown, third])
    assert again.unknown == [second, third]
    taste = client.my_taste()
    assert (taste.ratings, taste.mean_stars) == (1, 4.5)
    assert [(one.stars, one.percent) for one in taste.spread if one.percent] == [(4.5, 100.0)]
    year = client.my_year(taste.years[0])
    assert [(one.item.id, one.stars) for one in year.favourites] == [(first, 4.5)]
    assert sum(month.ratings for month in year.months) == 1
    assert client.my_year(1999).ratings == 0


def test_groups_and_their_lists_are_read(client, ann, world):
    group = groups.make(Person.objects.get_or_create(user=ann)[0], name="Film night", floor=1)
    found = client.groups()
    assert [(one.id, [each.name for each in one.members]) for one in found] == [(group.pk, ["ann"])]
    assert client.group_list(group.pk).problem
    bob = Person.objects.create(user=User.objects.create_user("bob"))
    groups.join(group, bob, floor=1)
    for item in world[:6:2]:
        rate_item(bob, item, stars=5)
    client.send_events({"kind": "rating", "key": item.key, "stars": 5} for item in world[:6:2])
    picks = client.group_list(group.pk, limit=2, seen=True).results
    assert len(picks) == 2
    assert {each.name for each in picks[0].predicted} == {"ann", "bob"}


@contextmanager
def answering(*answers: tuple[int, dict[str, str]]):
    """A server that gives these answers, the last one from then on; and what it was asked."""
    left, asked = list(answers), []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            asked.append((dict(self.headers), body))
            status, headers = left.pop(0) if len(left) > 1 else left[0]
            rows = len(json.loads(body))
            told = {"created": rows, "changed": 0, "unchanged": 0, "refused": 0, "results": []}
            said = json.dumps(told).encode() if status == 200 else b'{"detail": "Not now."}'
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_who_is_busy_is_asked_again_when_they_said():
    waited: list[float] = []
    busy = (429, {"Retry-After": "7"}), (503, {}), (200, {})
    with answering(*busy) as (address, asked), Client(address, sleep=waited.append) as client:
        assert client.send_events([{"kind": "view", "item": 1}]).created == 1
    assert len(asked) == 3
    assert waited[0] == 7
    assert 0 < waited[1] <= 1
    assert len({body for _headers, body in asked}) == 1


def test_who_stays_busy_is_given_up():
    waited: list[float] = []
    with (
        answering((429, {"Retry-After": "1"})) as (address, asked),
        Client(address, tries=3, sleep=waited.append) as client,
        pytest.raises(ApiError, match=r"429 .*Not now\."),
    ):
        client.send_events([{"kind": "view", "item": 1}])
    assert (len(asked), waited) == (3, [1, 1])


def test_what_is_wrong_is_not_sent_again():
    with (
        answering((400, {})) as (address, asked),
        Client(address) as client,
        pytest.raises(ApiError),
    ):
        client.send_events([{"kind": "view", "item": 1}])
    assert len(asked) == 1


def test_where_nobody_listens_it_says_so():
    waited: list[float] = []
    with (
        Client(f"http://127.0.0.1:{free_port()}", tries=2, sleep=waited.append) as client,
        pytest.raises(Unreachable),
    ):
        client.surfaces()
    assert len(waited) == 1


def test_many_rows_go_in_batches_that_the_site_takes():
    rows = ({"person": f"p-{n}", "kind": "view", "key": "k" * 100} for n in range(25_000))
    with answering((200, {})) as (address, asked), Client(address, "t") as client:
        sent = client.acting_for("Jürgen").send_people_events(rows)
    assert [len(json.loads(body)) for _headers, body in asked] == [10_000, 10_000, 5_000]
    assert sent.created == 25_000
    headers = asked[0][0]
    assert headers["Authorization"] == "Token t"
    assert headers["Act-For"].encode("latin-1").decode() == "Jürgen"
    assert headers["Content-Type"] == "application/json"


def test_batches_are_no_longer_than_they_may_be():
    parts = list(batches(["x" * 50] * 100, most_rows=10_000, most_bytes=1_000))
    assert max(map(len, parts)) <= 1_000
    assert sum(len(json.loads(part)) for part in parts) == 100
