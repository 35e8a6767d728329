"""What was answered before is answered without the view, and no less carefully."""

import gzip
import json
from datetime import timedelta

import pytest
from django.conf import settings as site_settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import OperationalError, connection
from django.http.request import HttpHeaders
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from catalog import again
from catalog import services as events
from catalog.models import Person, User
from catalog.tokens import keeping
from catalog.tokens.models import ApiToken, OutsidePerson, Service
from recommendations import engine
from recommendations.api import ForYouView, SimilarView
from tests.marks import no_shared_cache
from tests.recommendations.readers import reader_of
from tests.recommendations.worlds import checkerboard, published
from tests.tokens import client_with, secret_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("with_redis")]
FOR_YOU = "/api/v1/recommendations/for-you/?limit=5"
DIFFERENT = {"ETag", "X-Request-ID"}
"""Headers that no two answers with tokens share."""


@pytest.fixture
def shelf(settings):
    settings.API_RATES = dict.fromkeys(settings.API_RATES, "100000/min")
    books, _crowd = checkerboard()
    published("markov")
    events.recount()
    return books


@pytest.fixture
def similar(shelf):
    return f"/api/v1/items/{shelf[2].pk}/similar/?limit=5"


@pytest.fixture
def ann(shelf):
    return member(shelf, "ann")


def member(shelf, name):
    person = Person.objects.create(user=User.objects.create_user(name))
    return reader_of(shelf[0:6:2], person=person)


@pytest.fixture
def views(monkeypatch):
    """The views that were asked."""
    asked = []
    for view in (ForYouView, SimilarView):

        def noted(self, request, *args, _get=view.get, **more):
            asked.append(type(self))
            return _get(self, request, *args, **more)

        monkeypatch.setattr(view, "get", noted)
    return asked


def known(client, address, views, **headers):
    """How this is answered when it is known how."""
    for _ in range(3):
        assert client.get(address, **headers).status_code == 200
    views.clear()
    answer = client.get(address, **headers)
    assert (answer.status_code, views) == (200, [])
    return answer


def said(answer):
    """Its headers, and what it holds but for tokens."""
    headers = {name: value for name, value in answer.items() if name not in DIFFERENT}
    found = json.loads(answer.content)
    results = [one | {"token": bool(one["token"])} for one in found["results"]]
    return headers, found | {"results": results}


def test_the_answer_is_the_views_own_with_all_its_headers(shelf, similar, ann, views):
    client, nobody = client_with(ann.user, "read"), APIClient()
    for asker, address in ((client, FOR_YOU), (client, similar), (nobody, similar)):
        first = asker.get(address)
        assert len(views) == 1
        answer = known(asker, address, views)
        assert said(answer) == said(first)
        assert answer["ETag"].startswith('W/"')
        assert len(answer["X-Request-ID"]) > 10
        assert "default-src" in answer["Content-Security-Policy"]
        assert len(json.loads(answer.content)["results"]) == 5
        views.clear()


def test_each_asker_gets_what_is_theirs(shelf, ann, views):
    ben = member(shelf[1:], "ben")
    clients = [client_with(person.user, "read") for person in (ann, ben)]
    firsts = [said(client.get(FOR_YOU)) for client in clients]
    assert firsts[0] != firsts[1]
    for _ in range(2):
        assert [said(known(client, FOR_YOU, views)) for client in clients] == firsts


def test_a_service_asks_for_each_of_its_people_and_nobody_elses(shelf, views):
    ours, other = (Service.objects.create(name=name) for name in ("ours", "other"))
    for key, at in (("a", 0), ("b", 1)):
        person = reader_of(shelf[at : at + 6 : 2])
        OutsidePerson.objects.create(service=ours, key=key, person=person)
    of = {key: client_with(ours, "read", act_for=key) for key in ("a", "b")}
    firsts = {key: said(client.get(FOR_YOU)) for key, client in of.items()}
    assert firsts["a"] != firsts["b"]
    assert {key: said(known(of[key], FOR_YOU, views)) for key in of} == firsts
    stranger = client_with(other, "read", act_for="a").get(FOR_YOU)
    assert said(stranger)[1] not in [one[1] for one in firsts.values()]
    assert client_with(ours, "read").get(FOR_YOU).status_code == 403


REFUSED = {
    "the token is revoked": (401, lambda token: token.revoke()),
    "the token has ended": (
        401,
        lambda token: change(token, ends_at=timezone.now() - timedelta(seconds=1)),
    ),
    "the token may less": (403, lambda token: change(token, scopes=["events"])),
    "the account is closed": (401, lambda token: change(token.user, is_active=False)),
    "the token is deleted": (401, lambda token: token.delete()),
}


def change(row, **values):
    for name, value in values.items():
        setattr(row, name, value)
    row.save()


@pytest.mark.parametrize("what", REFUSED)
def test_who_may_not_any_more_is_refused_at_once(what, shelf, similar, ann, views):
    status, act = REFUSED[what]
    client = client_with(ann.user, "read")
    for address in (FOR_YOU, similar):
        known(client, address, views)
    act(ApiToken.objects.get())
    for _ in range(2):
        for address in (FOR_YOU, similar):
            answer = client.get(address)
            assert answer.status_code == status, what
            assert answer["Content-Type"] == "application/problem+json"


def test_a_token_that_ends_by_itself_is_refused_then(shelf, ann, views, monkeypatch):
    client = client_with(ann.user, "read")
    known(client, FOR_YOU, views)
    late = timezone.now() + timedelta(days=4000)
    monkeypatch.setattr("django.utils.timezone.now", lambda: late)
    assert client.get(FOR_YOU).status_code == 401


def test_a_token_is_read_again_when_that_was_long_ago(shelf, ann, views, monkeypatch):
    client = client_with(ann.user, "read")
    known(client, FOR_YOU, views)
    monkeypatch.setattr(keeping, "SECONDS", -1.0)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(FOR_YOU).status_code == 200
    assert views == []
    assert 1 <= len(asked) <= 2  # and the live run, once a second
    with connection.cursor() as cursor:  # nobody is told
        cursor.execute(f"UPDATE {ApiToken._meta.db_table} SET revoked_at = made_at")
    assert client.get(FOR_YOU).status_code == 401


def test_others_need_their_own_right_to_what_is_known(shelf, similar, ann, views):
    known(client_with(ann.user, "read"), similar, views)
    writes_only = client_with(ann.user, "events")
    assert [writes_only.get(similar).status_code for _ in range(3)] == [403] * 3
    wrong = APIClient()
    wrong.credentials(HTTP_AUTHORIZATION="Token cat_nonsense")
    assert [wrong.get(similar).status_code for _ in range(3)] == [401] * 3
    acting = client_with(ann.user, "read", act_for="somebody")
    assert acting.get(similar).status_code == 403


@pytest.mark.parametrize("name", ["user", "anon"])
def test_each_question_counts_once_against_its_limit(name, shelf, similar, ann, views, settings):
    client = client_with(ann.user, "read") if name == "user" else APIClient()
    known(client, similar, views)
    settings.API_RATES = settings.API_RATES | {name: "12/min"}
    asked = [client.get(similar) for _ in range(12)]
    assert [answer.status_code for answer in asked] == [200] * 8 + [429] * 4
    assert views == []
    assert int(asked[-1]["Retry-After"]) > 0


def test_what_is_asked_otherwise_is_answered_otherwise(shelf, similar, views):
    nobody = APIClient()
    usual = known(nobody, similar, views)
    german = known(nobody, similar, views, HTTP_ACCEPT_LANGUAGE="de")
    assert german["Content-Language"] == "de"
    assert german.json()["explanation"] != usual.json()["explanation"]
    assert nobody.get(similar, HTTP_ACCEPT="text/html").status_code == 406
    assert nobody.get(similar, HTTP_HOST="elsewhere.example").status_code == 400
    there = known(nobody, similar, views, HTTP_HOST="localhost")
    assert there.json()["results"][0]["item"]["url"].startswith("http://localhost/")
    assert nobody.head(similar).status_code == 200
    assert nobody.post(similar).status_code == 405
    assert nobody.get(f"{similar}&limit=6").status_code == 400  # twice
    small = known(nobody, similar, views, HTTP_ACCEPT_ENCODING="gzip")
    assert json.loads(gzip.decompress(small.content)) == usual.json()
    assert int(small["Content-Length"]) == len(small.content)
    same = nobody.get(similar, HTTP_IF_NONE_MATCH=usual["ETag"])
    assert (same.status_code, same.content) == (304, b"")
    assert said(known(nobody, similar, views)) == said(usual)


class Noting(dict):
    """What WSGI hands over, and which headers of it were looked at."""

    def __init__(self, given):
        super().__init__(given)
        self.looked_at = set()

    def get(self, name, default=None):
        self.looked_at.add(name)
        return super().get(name, default)

    def __getitem__(self, name):
        self.looked_at.add(name)
        return super().__getitem__(name)

    def __contains__(self, name):
        self.looked_at.add(name)
        return super().__contains__(name)


OUTSIDE = {
    *("HTTP_X_REQUEST_ID", "HTTP_ACCEPT_ENCODING", "HTTP_COOKIE"),
    *("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE"),
    *("HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE"),
}
"""Headers that are looked at again each time."""
OF_NO_USE = {"HTTP_USER_AGENT"}
"""Shuts out none here: there are no DISALLOWED_USER_AGENTS."""


def test_answers_follow_from_no_other_header(shelf, similar, ann, monkeypatch):
    monkeypatch.setattr(HttpHeaders, "__getitem__", noted := noting_headers())
    for address, secret in ((similar, None), (FOR_YOU, secret_of(ann.user, "read"))):
        path, _mark, query = address.partition("?")
        given = {"QUERY_STRING": query, "REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "testserver"}
        given |= {"HTTP_AUTHORIZATION": f"Token {secret}"} if secret else {}
        environ = Noting(RequestFactory()._base_environ(PATH_INFO=path) | given)
        response = WSGIHandler()(environ, lambda *_begun: None)
        assert response.status_code == 200, response.content
        response.close()
        headers = {name for name in environ.looked_at if name.startswith("HTTP_")}
        assert headers >= {"HTTP_HOST", "HTTP_ACCEPT_LANGUAGE", "HTTP_AUTHORIZATION"}
        headers |= noted.names
        assert headers <= {*again.WORDS, *OUTSIDE, *OF_NO_USE, "HTTP_AUTHORIZATION", "HTTP_ACT_FOR"}
    assert noted.names


def noting_headers():
    found = HttpHeaders.__getitem__

    def noted(self, name):
        noted.names.add(f"HTTP_{name.upper().replace('-', '_')}")
        return found(self, name)

    noted.names = set()
    return noted


def test_whoever_has_a_session_is_answered_by_the_view(shelf, similar, ann, views):
    known(APIClient(), similar, views)
    known(client_with(ann.user, "read"), similar, views)
    signed_in = APIClient()
    signed_in.force_login(ann.user)
    assert site_settings.SESSION_COOKIE_NAME in signed_in.cookies
    for _ in range(3):
        answer = signed_in.get(similar)
        assert all(one["token"] for one in answer.json()["results"])
    assert len(views) == 3


def test_a_list_that_follows_from_a_filter_is_the_views(shelf, ann, views):
    client = client_with(ann.user, "read")
    for _ in range(3):
        assert client.get(f"{FOR_YOU}&year_min=1").status_code == 200
    assert len(views) == 3


def test_what_fails_is_told_as_by_the_view(shelf, ann, views, monkeypatch):
    client = client_with(ann.user, "read")
    known(client, FOR_YOU, views)

    def away(*_args):
        raise OperationalError("the database is away")

    monkeypatch.setattr(engine, "current", away)
    client.raise_request_exception = False
    answer = client.get(FOR_YOU)
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.status_code in (500, 503)


def test_without_redis_each_question_is_the_views(shelf, similar, ann, views):
    client = client_with(ann.user, "read")
    with no_shared_cache():
        for _ in range(3):
            assert client.get(similar).status_code == 200
    assert len(views) == 3
