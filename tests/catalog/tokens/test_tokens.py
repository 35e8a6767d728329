"""Tokens of people: kept as hashes, ended, revoked, and good for what they were made for."""

from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from catalog.models import Item, Rating, User
from catalog.tasks import keep_tables_small
from catalog.tokens.making import MOST_TOKENS, OWN, digest_of, make_token
from catalog.tokens.models import ApiToken
from tests.problems import wrong_fields
from tests.tokens import client_with, secret_of

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-enough-one"
RATINGS, TOKEN = "/api/v1/me/ratings/", "/api/v1/token/"


@pytest.fixture
def ann():
    return User.objects.create_user("ann", password=PASSWORD)


def asked(secret, address=RATINGS, *, word="Token"):
    return APIClient().get(address, headers={"Authorization": f"{word} {secret}"})


# --- the secret -----------------------------------------------------------------------------------
def test_only_a_hash_of_the_secret_is_kept(ann):
    secret, token = make_token(ann, name="Phone", scopes=["read"])
    assert secret.startswith(OWN)
    assert len(secret) >= len(OWN) + 160 / 6
    row = ApiToken.objects.values().get()
    assert row["digest"] == digest_of(secret)
    assert not [value for value in row.values() if secret in str(value)]
    assert secret.startswith(token.start)
    assert len(token.start) == len(OWN) + 4


def test_two_secrets_are_never_the_same(ann):
    made = {make_token(ann, name="x", scopes=["read"])[0] for _time in range(50)}
    assert len(made) == 50


@pytest.mark.parametrize("word", ["Token", "token", "Bearer", "BEARER"])
def test_a_token_is_sent_by_either_word(ann, word):
    assert asked(secret_of(ann), word=word).status_code == 200


@pytest.mark.parametrize("said", ["Token", "Token a b", "Token ", "Bearer"])
def test_a_header_without_one_secret_is_refused_with_how_to_write_it(said):
    answer = APIClient().get(RATINGS, headers={"Authorization": said})
    assert answer.status_code == 401
    assert "Authorization: Token SECRET" in answer.json()["detail"]


def test_what_is_no_token_is_refused_and_not_taken_for_nobody(ann):
    for secret in ("nonsense", OWN, secret_of(ann)[:-1], digest_of(secret_of(ann)), "é"):
        answer = asked(secret, "/api/v1/items/")
        assert answer.status_code == 401
        assert "no such token" in answer.json()["detail"]
        assert answer["WWW-Authenticate"] == "Token"


# --- until when -----------------------------------------------------------------------------------
def test_a_token_that_ended_says_so(ann):
    secret = secret_of(ann)
    assert asked(secret).status_code == 200
    ApiToken.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
    answer = asked(secret)
    assert answer.status_code == 401
    assert "ended on 20" in answer.json()["detail"]


def test_it_ends_after_90_days_unless_it_is_wished_otherwise(ann):
    _secret, token = make_token(ann, name="x", scopes=["read"])
    assert timedelta(days=89) < token.ends_at - timezone.now() < timedelta(days=91)
    _secret, token = make_token(ann, name="x", scopes=["read"], days=None)
    assert token.ends_at is None


def test_a_token_revoked_and_one_of_a_closed_account_say_so(ann):
    secret = secret_of(ann)
    User.objects.update(is_active=False)
    assert "closed" in asked(secret).json()["detail"]
    ApiToken.objects.get().revoke()
    answer = asked(secret)
    assert answer.status_code == 401
    assert "revoked" in answer.json()["detail"]


def test_a_token_goes_with_its_account(ann):
    secret = secret_of(ann)
    ann.delete()
    assert asked(secret).status_code == 401
    assert not ApiToken.objects.exists()


def test_rows_of_tokens_that_ended_long_ago_are_deleted(ann):
    for days in (1, 200):
        secret_of(ann, days=days)
    secret_of(ann, days=None)
    ApiToken.objects.filter(ends_at__lt=timezone.now() + timedelta(days=2)).update(
        ends_at=timezone.now() - timedelta(days=91)
    )
    keep_tables_small()
    assert ApiToken.objects.count() == 2


# --- queries --------------------------------------------------------------------------------------
def test_one_query_finds_token_and_owner_and_use_is_noted_once_an_hour(
    ann, django_assert_num_queries
):
    secret, token = make_token(ann, name="x", scopes=["read"])
    with django_assert_num_queries(2):  # the token with its owner and person, and its use
        asked(secret, "/api/v1/taste/")
    with django_assert_num_queries(1):
        asked(secret, "/api/v1/taste/")
    first = ApiToken.objects.get().used_at
    assert timezone.now() - first < timedelta(minutes=1)
    ApiToken.objects.update(used_at=first - timedelta(minutes=61))
    asked(secret, "/api/v1/taste/")
    assert ApiToken.objects.get().used_at > first - timedelta(minutes=1)


# --- scopes ---------------------------------------------------------------------------------------
def test_a_token_may_only_what_it_was_made_for(ann):
    item = Item.objects.create(title="Emma")
    reader, writer = client_with(ann, "read"), client_with(ann, "events")
    assert reader.get(RATINGS).status_code == 200
    refused = reader.post(RATINGS, {"item": item.pk, "stars": 4}, format="json")
    assert refused.status_code == 403
    assert "lacks the scope “events”" in refused.json()["detail"]
    assert not Rating.objects.exists()
    assert writer.post(RATINGS, {"item": item.pk, "stars": 4}, format="json").status_code == 201
    assert writer.get(RATINGS).status_code == 403
    assert writer.head(RATINGS).status_code == 403


def test_a_method_that_there_is_not_is_not_allowed_rather_than_forbidden(ann):
    assert client_with(ann, "read").patch("/api/v1/taste/").status_code == 405


def test_staff_scopes_give_nothing_to_who_is_no_staff(ann):
    client = client_with(ann, "catalogue", "govern")
    assert client.post("/api/v1/items/", {"title": "Emma"}, format="json").status_code == 403
    assert client.get("/api/v1/model-runs/").status_code == 403


def test_a_token_of_staff_without_their_scopes_is_no_staffs_token():
    keeper = User.objects.create_superuser("keeper")
    client = client_with(keeper, "read", "events", "profile")
    assert client.post("/api/v1/items/", {"title": "Emma"}, format="json").status_code == 403
    assert client.get("/api/v1/model-runs/").status_code == 403
    assert client_with(keeper, "govern").get("/api/v1/model-runs/").status_code == 200


def test_a_view_that_says_nothing_about_tokens_refuses_them(ann, monkeypatch):
    from recommendations.api_taste import TasteView

    monkeypatch.delattr(TasteView, "access")
    answer = client_with(ann).get("/api/v1/taste/")
    assert answer.status_code == 403
    session = APIClient()
    session.force_login(ann)
    assert session.get("/api/v1/taste/").status_code == 200


# --- token/ ---------------------------------------------------------------------------------------
def test_a_password_gives_a_token_with_what_is_asked_for(ann):
    said = {"username": "ann", "password": PASSWORD, "scopes": ["read"], "days": 7, "name": "CI"}
    answer = APIClient().post(TOKEN, said, format="json")
    body = answer.json()
    assert set(body) == {"token", "name", "scopes", "ends_at"}
    assert (body["name"], body["scopes"]) == ("CI", ["read"])
    assert answer["Cache-Control"] == "no-store"
    token = ApiToken.objects.get()
    assert token.ends_at - token.made_at < timedelta(days=7, minutes=1)
    assert asked(body["token"]).status_code == 200


def test_without_a_wish_it_may_all_that_the_account_may(ann):
    said = {"username": "ann", "password": PASSWORD}
    mine = APIClient().post(TOKEN, said).json()["scopes"]
    assert mine == ["read", "events", "profile"]
    User.objects.update(is_staff=True)
    of_staff = ["catalogue", "govern", "moderate"]
    assert APIClient().post(TOKEN, said).json()["scopes"] == [*mine, *of_staff]


@pytest.mark.parametrize(
    "wish",
    [
        {"scopes": ["catalogue"]},
        {"scopes": ["everything"]},
        {"scopes": []},
        {"scopes": "read"},
        {"days": 0},
        {"days": 4000},
        {"days": "x"},
        {"name": ""},
        {"name": "x" * 101},
        {"name": "\0"},
    ],
)
def test_a_wish_that_makes_no_sense_is_refused_by_name(ann, wish):
    said = {"username": "ann", "password": PASSWORD, **wish}
    answer = APIClient().post(TOKEN, said, format="json")
    assert wrong_fields(answer) == [next(iter(wish))]
    assert not ApiToken.objects.exists()


def test_null_days_is_a_token_that_does_not_end(ann):
    said = {"username": "ann", "password": PASSWORD, "days": None}
    assert APIClient().post(TOKEN, said, format="json").json()["ends_at"] is None


def test_there_are_so_many_tokens_and_no_more(ann):
    ApiToken.objects.bulk_create(
        ApiToken(user=ann, name="x", digest=str(n), scopes=["read"]) for n in range(MOST_TOKENS)
    )
    said = {"username": "ann", "password": PASSWORD}
    assert APIClient().post(TOKEN, said).status_code == 400
    ApiToken.objects.first().revoke()
    assert APIClient().post(TOKEN, said).status_code == 200


def test_a_token_revokes_itself_and_a_session_all_of_them(ann):
    one, other = client_with(ann, "read"), client_with(ann, "read")
    theirs = client_with(User.objects.create_user("bob"), "read")
    assert one.delete(TOKEN).status_code == 204
    assert one.get(RATINGS).status_code == 401
    assert other.get(RATINGS).status_code == 200
    session = APIClient()
    session.force_login(ann)
    assert session.delete(TOKEN).status_code == 204
    assert other.get(RATINGS).status_code == 401
    assert theirs.get(RATINGS).status_code == 200


# --- the tokens of before -------------------------------------------------------------------------
def test_old_tokens_go_on_working_and_their_plain_text_is_gone(ann):
    key = "0123456789abcdef0123456789abcdef01234567"
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE authtoken_token (key varchar(40) PRIMARY KEY, created timestamp, "
            "user_id bigint)"
        )
        cursor.execute("INSERT INTO authtoken_token VALUES (%s, NULL, %s)", [key, ann.pk])
    migration = import_module("catalog.migrations.0011_hash_old_tokens")
    editor = SimpleNamespace(connection=connection)
    migration.hash_old_tokens(apps, editor)
    assert "authtoken_token" not in connection.introspection.table_names()
    assert asked(key).status_code == 200
    token = ApiToken.objects.get()
    assert token.scopes == ["read", "events", "profile", "catalogue", "govern"]
    assert timedelta(days=89) < token.ends_at - timezone.now() < timedelta(days=91)
    migration.hash_old_tokens(apps, editor)  # where there are none, nothing is done
