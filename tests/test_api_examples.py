"""What the documents and the schema show is what happens: every example is run on a real server."""

from __future__ import annotations

import json
import re
import shlex
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from catalog import curation, services
from catalog.models import Item, Person, User
from catalog.moderation import acts, things
from catalog.own import writing
from catalog.own.models import List, Review
from catalog.reports import Report
from catalog.tokens.models import Service
from config.api.examples import EXAMPLES
from tests.test_api_schema import SCHEMA
from tests.tokens import secret_of

DOCS = Path(__file__).resolve().parent.parent / "docs" / "api.md"
SHOWN = re.findall(r"```sh\n(curl .*?)\n```\n```json\n(.*?)\n```", DOCS.read_text(), re.DOTALL)
IDS = (4, 8, 15, 16)
WORKS = ("Emma", "Persuasion", "Sanditon", "Lady Susan")


@pytest.fixture
def site(transactional_db, live_server):
    """The address of a running site with four books, and tokens: of staff who has rated two, and of
    a service, for what is about its people. The member has a list; another a review, and
    a list that a third one reported."""
    third = Person.objects.create(pk=16, user=User.objects.create_user("cid"), is_public=True)
    user = User.objects.create_user("ann", is_staff=True, is_superuser=True)
    person, _created = Person.objects.get_or_create(user=user)
    for pk, title in zip(IDS, WORKS, strict=True):
        fields = {"title": title, "year": 1815, "key": f"book-{pk}"}
        names = {"authors": ["Jane Austen"], "genres": ["Comedy"]}
        outside = {"imdb": f"tt{pk}"}
        curation.save_item(Item(pk=pk), fields=fields, attributes=names, outside_ids=outside)
    Item.objects.filter(pk=15).update(key="imdb-tt0114709")
    for pk in (4, 15):
        services.rate_item(person, Item.objects.get(pk=pk), stars=4.5)
    mine = List.objects.create(pk=23, person=person, title="To be read twice")
    writing.add_to_list(person, mine.pk, Item.objects.get(pk=15), note="slowly")
    other = Person.objects.create(user=User.objects.create_user("ben"), is_public=True)
    writing.write_review(other, Item.objects.get(pk=15), text="Sharp, and kind.", is_public=True)
    Review.objects.update(id=42)
    List.objects.create(pk=31, person=other, title="Only for fools", is_public=True)
    shown = things.find("list", 31, viewer=third)
    made = acts.report(third, shown, reason="abuse", words="It means me.")
    Report.objects.filter(pk=made.pk).update(id=3)
    shop = secret_of(Service.objects.create(name="Shop"))
    return live_server.url, {"": secret_of(user), "people": shop}


def asked(url, *, method=None, body=None, token=""):
    headers = {"Authorization": f"Token {token}"} if token else {}
    data = None if body is None else json.dumps(body).encode()
    if data is not None:
        headers["Content-Type"] = "application/json"
    request = urllib.request.Request(url, data=data, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def by_curl(command, url, token):
    """What that command line of curl would get; of curl, as much as the documents use."""
    words = shlex.split(command.replace("$SITE", url).replace("$TOKEN", token))
    sent, method, used = None, None, ""
    rest = iter(words[1:])
    for word in rest:
        if word == "-H":
            name, value = next(rest).split(": ", 1)
            used = value.removeprefix("Token ") if name == "Authorization" else used
        elif word == "-X":
            method = next(rest)
        elif word == "-d":
            sent = json.loads(next(rest))
        elif not word.startswith("-"):
            url = word
    return asked(url, method=method, body=sent, token=used)[1]


def differs(shown, got, path=""):
    """Where two answers have not the same shape; null may stand for anything."""
    if shown is None or got is None:
        return ""
    if isinstance(shown, dict) and isinstance(got, dict):
        if {*shown} != {*got}:
            return f"{path}: {sorted({*shown} ^ {*got})}"
        found = (differs(shown[name], got[name], f"{path}.{name}") for name in shown)
        return next(filter(None, found), "")
    if isinstance(shown, list) and isinstance(got, list):
        return differs(shown[0], got[0], f"{path}[0]") if shown and got else ""
    numbers = (int, float)
    if all(isinstance(one, numbers) and not isinstance(one, bool) for one in (shown, got)):
        return ""
    return "" if type(shown) is type(got) else f"{path}: {shown!r} and {got!r}"


def test_what_the_documents_show_is_what_happens(site):
    url, tokens = site
    assert len(SHOWN) >= 5
    for command, answer in SHOWN:
        got = by_curl(command, url, tokens[""])
        assert not differs(json.loads(answer), got), (command, got)


def operations():
    for path, found in SCHEMA["paths"].items():
        for method, operation in found.items():
            yield path, method, operation


def examples_of(content):
    examples = content.get("application/json", {}).get("examples", {})
    return [example["value"] for example in examples.values()]


def test_what_the_schema_shows_is_what_happens(site):
    url, tokens = site
    tried = set()
    for path, method, operation in operations():
        name = operation["operationId"]
        sent = examples_of(operation.get("requestBody", {}).get("content", {}))
        shown = {
            int(status): answers
            for status, answer in operation["responses"].items()
            if (answers := examples_of(answer.get("content", {})))
        }
        if not sent and not shown:
            continue
        tried.add(name)
        at = {one["name"]: one.get("example") for one in operation.get("parameters", ())}
        address = path.format_map(at)
        body = sent[0] if sent else None
        token = tokens["people" if "people" in operation["tags"] else ""]
        status, got = asked(url + address, method=method.upper(), body=body, token=token)
        assert status in (shown or range(200, 300)), (name, got)
        for answer in shown.get(status, ()):
            assert not differs(answer, got), (name, got)
    assert {*EXAMPLES} <= tried
    assert len(tried) >= 15


def test_a_shape_that_differs_is_seen():
    assert differs({"a": 1}, {"a": 1, "b": 2}) == ": ['b']"
    assert differs({"a": [{"b": 1}]}, {"a": [{"b": "1"}]}) == ".a[0].b: 1 and '1'"
    assert not differs({"a": 1, "b": None}, {"a": 2.5, "b": "x"})
