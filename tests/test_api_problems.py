"""Every error under /api/ is a problem: of the API's own views, of Django's, of the address."""

import json

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import DataError, OperationalError, connection, transaction
from django.http import JsonResponse
from django.test import Client, override_settings
from django.urls import path
from rest_framework.test import APIClient

from catalog.models import User
from config.api.problems import KINDS
from config.urls import urlpatterns as real_patterns
from tests.problems import problem, wrong_fields

pytestmark = pytest.mark.django_db
ITEMS, GROUPS, RATINGS = "/api/v1/items/", "/api/v1/groups/", "/api/v1/me/ratings/"
FOR_ITEMS = "/api/v1/recommendations/for-items/"
handler500 = "config.errors.server_error"


def gone(request):
    return JsonResponse({"detail": "It is gone, as said."}, status=410)


def raising(error):
    def view(request):
        raise error

    return view


def slow(request):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(20)")


urlpatterns = [
    *real_patterns,
    path("api/v1/break/slow/", slow),
    path("api/v1/break/away/", raising(OperationalError("canceling statement"))),
    path("api/v1/break/broken/", raising(DataError("a bug"))),
    path("api/v1/break/suspicious/", raising(SuspiciousOperation("odd"))),
    path("api/v1/break/denied/", raising(PermissionDenied())),
    path(
        "api/v1/break/plain/",
        gone,
    ),
]


@pytest.fixture
def ann():
    client = APIClient()
    client.force_login(User.objects.create_user("ann"))
    return client


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("nothing/", 404, "nothing at this address"),
        ("items/7/", 404, "nothing at this address"),
        ("items/%00/", 404, "nothing at this address"),
        ("items/%ff/", 404, "nothing at this address"),
        (f"items/{'9' * 5000}/", 404, "nothing at this address"),
        (f"items/{'9' * 9000}/", 414, "too long"),
        (f"items/?q={'x' * 9000}", 414, "too long"),
        (f"items/?{'&'.join(map(str, range(1500)))}", 414, "too long"),
        ("items/?q=%00", 400, "“q” in the address holds a NUL"),
        ("items/?q=%ff", 400, "no UTF-8"),
        ("items/?q=%ed%a0%80", 400, "no UTF-8"),
        ("items/?q=a&q=b", 400, "“q” stands twice"),
        ("items/?ordering=password", 400, "ordering: "),
        (f"items/?year_min={'9' * 400}", 400, "year_min: "),
        ("recommendations/for-you/?limit=many", 400, "limit: "),
        ("recommendations/for-you/?limti=3", 400, "does not know “limti”; it knows limit"),
        ("items/?page=2", 400, "does not know “page”; it knows q, genre"),
        ("items/?ordering=id&fields=title&page_size=5&x=", 400, "“x”"),
        ("me/ratings/", 401, "Send a valid token"),
    ],
)
def test_an_address_that_cannot_be_is_told_in_a_sentence(client, address, status, said):
    answer = client.get(f"/api/v1/{address}")
    assert said in problem(answer, status)["detail"]
    assert answer.json()["request_id"] == answer["X-Request-ID"]


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("away", 503, "Nothing was changed"),
        ("broken", 500, "it has been noted"),
        ("suspicious", 400, "makes no sense|cannot be"),
        ("denied", 403, "may not do this"),
        ("plain", 410, "It is gone, as said."),
    ],
)
@override_settings(ROOT_URLCONF="tests.test_api_problems")
def test_what_django_answers_is_told_anew(address, status, said):
    answer = Client(raise_request_exception=False).get(f"/api/v1/break/{address}/")
    told = problem(answer, status)
    assert any(words in told["detail"] for words in said.split("|"))
    assert ("Retry-After" in answer) == (status == 503)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite gives no statement up")
@override_settings(ROOT_URLCONF="tests.test_api_problems")
def test_what_takes_the_database_too_long_is_given_up():
    with transaction.atomic():
        connection.cursor().execute("SET LOCAL statement_timeout = 100")
        answer = Client(raise_request_exception=False).get("/api/v1/break/slow/")
        transaction.set_rollback(True)
    assert "Nothing was changed" in problem(answer, 503)["detail"]
    assert int(answer["Retry-After"]) > 0


def test_a_wrong_host_is_a_problem():
    answer = Client(headers={"host": "evil.example"}).get(ITEMS)
    assert problem(answer, 400)
    assert "evil" not in answer.text


def test_problems_speak_the_language_that_is_asked_for(client):
    answer = client.get(f"{ITEMS}?q=%00", headers={"Accept-Language": "de"})
    assert problem(answer, 400)["title"] != str(KINDS[400].title)


def test_a_method_that_is_not_taken_is_told_with_those_that_are(ann):
    answer = ann.put(GROUPS, {})
    assert "does not take PUT; use GET or POST." in problem(answer, 405)["detail"]
    assert answer["Allow"] == "GET, POST, HEAD, OPTIONS"
    assert problem(ann.generic("BREW", "/api/v1/surfaces/"), 405)


def test_a_body_in_another_form_is_told_which_is_read(ann):
    answer = ann.generic("POST", GROUPS, b"<a/>", content_type="text/xml")
    assert "application/json" in problem(answer, 415)["detail"]


def test_an_answer_in_another_form_is_not_to_be_had(client):
    assert "JSON" in problem(client.get(ITEMS, headers={"Accept": "text/csv"}), 406)["detail"]


def test_a_forgotten_slash_is_named_rather_than_the_body_lost(ann):
    assert "slash" in problem(ann.post(GROUPS[:-1], {"name": "Film night"}), 404)["detail"]
    assert problem(ann.post("/api/v1/nothing", {}), 404)


def test_asking_too_often_is_told_how_long_to_wait(client, settings):
    settings.API_RATES = {"anon": "1/hour"}
    client.get(ITEMS)
    answer = client.get(ITEMS)
    assert problem(answer, 429)
    assert 0 < int(answer["Retry-After"]) <= 2 * 3600  # the one before slides out as well


def test_a_session_without_its_token_is_told_so():
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(User.objects.create_user("bob"))
    assert "CSRF" in problem(client.post(GROUPS, {"name": "x"}), 403)["detail"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"items": [{"item": 1}, {"key": "a\0b"}]}, "items.1.key"),
        ({"items": [{"item": 2**63}]}, "items.0.item"),
        ({"items": [{"item": "x"}]}, "items.0.item"),
        ({"items": [{"item": 1, "stars": 4.2}]}, "items.0.stars"),
        ({"items": [{"item": 1, "key": "k"}]}, "items.0.item"),
        ({"items": 7}, "items"),
        ({"items": [{"item": 1}], "exclude": [1, "x"]}, "exclude.1"),
        ([], ""),
        (7, ""),
    ],
)
def test_what_is_wrong_in_a_body_is_named_by_its_path(body, field):
    answer = APIClient().post(FOR_ITEMS, body)
    assert [error["field"] for error in problem(answer, 400)["errors"]] == [field]
    assert {*answer.json()["errors"][0]} == {"field", "detail", "code"}


@pytest.mark.parametrize("address", [GROUPS, RATINGS, FOR_ITEMS, "/api/v1/me/events/", ITEMS])
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b'"\xff"', 400),
        (b"[" * 100_000, 400),
        (b'{"a": 1e999}', 400),
        (b'{"a": ' + b"9" * 5000 + b"}", 400),
        (b'{"a\\u0000": 1}', 400),
        (b" " * 4_000_001, 413),
    ],
)
def test_no_body_makes_an_error(address, body, status):
    client = APIClient()
    client.force_login(User.objects.create_user("staff", is_staff=True))
    answer = client.post(address, body, content_type="application/json")
    assert problem(answer, status)["detail"].endswith(".")


@pytest.mark.parametrize(("address", "status"), [(GROUPS, 400), ("/api/v1/me/events/", 200)])
def test_what_is_nested_too_deeply_is_refused_and_among_rows_with_its_row(ann, address, status):
    answer = ann.post(address, b"[" * 30 + b"]" * 30, content_type="application/json")
    assert answer.status_code == status
    assert status == 400 or answer.json()["refused"] == 1


def test_only_so_many_errors_are_named():
    answer = APIClient().post(FOR_ITEMS, {"items": [{"item": "x"}] * 200})
    assert len(problem(answer, 400)["errors"]) == 50
    assert wrong_fields(answer) == ["items"]


def test_each_kind_of_error_says_what_it_is(client):
    kinds = client.get("/api/v1/problems/").json()
    assert {kind["status"] for kind in kinds} == set(KINDS)
    for kind in kinds:
        assert client.get(kind["type"]).json() == kind
    assert json.loads(client.get(ITEMS + "7/").content)["type"] in {kind["type"] for kind in kinds}
    assert problem(client.get("/api/v1/problems/nonsense/"), 404)
