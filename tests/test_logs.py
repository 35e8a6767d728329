"""Log lines: whose they are, and what never stands in them."""

import json
import logging
import re
import sys

import pytest
from django.db import IntegrityError
from django.test import Client, override_settings
from django.urls import path

from catalog.models import User
from config.logs import (
    FORMATTERS,
    HIDDEN,
    IdFilter,
    Redactor,
    belonging_to,
    logging_settings,
    new_request_id,
    request_id,
    secrets_in,
)
from config.urls import urlpatterns as real_patterns
from recommendations import context, services
from recommendations.pipeline import retrain

SECRETS = ("a-key-that-signs-sessions-0123456789", "p@ss/word", "metrics-token-12345")
E_MAIL = "ada.lovelace@example.org"


def formatted(message, *args, form="json", exc_info=None, **extra):
    record = logging.getLogger("tests").makeRecord(
        "tests", logging.ERROR, __file__, 1, message, args, exc_info, extra=extra
    )
    IdFilter().filter(record)
    return FORMATTERS[form](SECRETS).format(record)


def test_json_lines_are_one_object_each_with_the_ids_that_they_belong_to():
    with belonging_to("request-1"), context.training(7):
        line = formatted("two\nlines of %s", "text")
    assert "\n" not in line
    said = json.loads(line)
    assert said["message"] == "two\nlines of text"
    assert (said["request_id"], said["run_id"], said["level"]) == ("request-1", 7, "ERROR")
    assert set(json.loads(formatted("x"))) == {"time", "level", "logger", "message"}


def test_lines_for_people_have_them_at_their_end():
    with belonging_to("request-1"), context.training(7):
        assert formatted("said", form="line").endswith("tests: said request_id=request-1 run_id=7")


@pytest.mark.parametrize(
    "leak",
    [
        f"user {E_MAIL} exists",
        f"Key (email)=({E_MAIL}) already exists.",
        f"signed with {SECRETS[0]}",
        f"token {SECRETS[2]} is wrong",
        "cannot reach postgresql://catalogue:p%40ss%2Fword@db:5432/shop",
        "cannot reach redis://:hunter2secret@redis:6379",
        "{'username': 'ada', 'password1': 'hunter2secret'}",
        "csrfmiddlewaretoken=hunter2secret&x=1",
        "Authorization: Token 0123456789abcdef0123456789abcdef01234567",
        "left in a link: /?q=cat_own_0123456789abcdef0123456789abcdef",
        "Not Found: /account/password/reset/key/3-hunter2secret/",
        "Not Found: /account/confirm-email/hunter2secret/",
    ],
)
@pytest.mark.parametrize("form", ["json", "line"])
def test_what_nobody_should_read_is_hidden_wherever_it_came_from(leak, form):
    assert_nothing_leaks(formatted(leak, form=form))
    assert_nothing_leaks(formatted("%s", leak, form=form))
    try:
        raise IntegrityError(leak)
    except IntegrityError:
        text = formatted("it broke", form=form, exc_info=sys.exc_info())
    assert HIDDEN in text
    assert_nothing_leaks(text)


def assert_nothing_leaks(text):
    for secret in (*SECRETS, E_MAIL, "p%40ss", "hunter2secret", "0123456789abcdef0123"):
        assert secret not in text, text


@pytest.mark.parametrize(
    "plain",
    [
        "run 5 failed: the disk is full",
        "Not Found: /item/12-token-ring-networks/",
        "the model of run 3 cannot be served: weights.npy: its checksum is wrong",
        "Invalid HTTP_HOST header: 'evil'. You may need to add 'evil' to ALLOWED_HOSTS.",
        "2026-11-25 12:30:45 http://localhost:8000/browse/?sort=newest",
    ],
)
def test_what_is_no_secret_is_left_as_it_is(plain):
    assert Redactor(SECRETS)(plain) == plain


def test_secrets_are_found_among_the_environment_by_name_and_in_addresses():
    found = secrets_in(
        {
            "DJANGO_SECRET_KEY": "one",
            "AWS_SECRET_ACCESS_KEY": "two",
            "DATABASE_URL": "postgresql://me:three@db/shop",
            "METRICS_TOKEN": "four",
            "SITE_NAME": "The Open Shelf",
        }
    )
    assert sorted(found) == ["four", "one", "three", "two"]


@pytest.mark.parametrize(
    ("asked", "is_kept"),
    [
        ("0af7651916cd43dd8448eb211c80319c", True),
        ("req-2026.11_25", True),
        ("short", False),
        ("x" * 65, False),
        ("two words here", False),
        ("a\nforged: line", False),
        ("", False),
    ],
)
def test_only_a_well_formed_id_of_a_request_is_believed(asked, is_kept):
    assert (new_request_id(asked) == asked) is is_kept
    assert re.fullmatch(r"[A-Za-z0-9._-]{8,64}", new_request_id(asked))


def _leak(request):
    logging.getLogger("tests").warning("asked by %s", E_MAIL)
    raise IntegrityError(f"Key (email)=({E_MAIL}) already exists.")


urlpatterns = [*real_patterns, path("break/leak", _leak)]


@pytest.fixture
def logged(monkeypatch):
    """The lines that the site's own handler writes."""
    lines = []
    found = logging_settings(form="json", level="INFO", secrets=SECRETS)
    formatter = FORMATTERS["json"](found["formatters"]["json"]["secrets"])

    class Keep(logging.Handler):
        def emit(self, record):
            lines.append(formatter.format(record))

    handler = Keep()
    handler.addFilter(IdFilter())
    root = logging.getLogger()
    root.addHandler(handler)
    level = root.level
    root.setLevel(logging.INFO)
    yield lines
    root.setLevel(level)
    root.removeHandler(handler)


@pytest.mark.django_db
@override_settings(ROOT_URLCONF="tests.test_logs")
def test_every_line_of_a_request_carries_its_id_and_the_answer_too(logged):
    client = Client(raise_request_exception=False)
    answer = client.get("/break/leak", headers={"x-request-id": "from-the-proxy-1"})
    assert (answer.status_code, answer["X-Request-ID"]) == (500, "from-the-proxy-1")
    said = [json.loads(line) for line in logged]
    assert {entry.get("request_id") for entry in said} == {"from-the-proxy-1"}
    assert {"tests", "django.request"} <= {entry["logger"] for entry in said}
    assert request_id.get() == ""


@pytest.mark.django_db
@override_settings(ROOT_URLCONF="tests.test_logs")
def test_no_error_path_logs_a_secret_a_password_or_an_e_mail(logged):
    User.objects.create_user("ada", E_MAIL, "hunter2secret")
    client = Client(raise_request_exception=False)
    form = {"login": E_MAIL, "password": "hunter2secret-wrong"}
    client.get("/break/leak", headers={"authorization": f"Bearer {SECRETS[2]}"})
    client.post("/account/login/", form)
    client.post("/api/v1/token/", {"username": "ada", "password": "hunter2secret"})
    client.post("/account/password/reset/", {"email": E_MAIL})
    client.get("/account/password/reset/key/3-hunter2secret/")
    client.get("/nowhere", headers={"cookie": "sessionid=hunter2secret"})
    client.get("/", headers={"host": "evil.example"})
    client.get(
        "/api/v1/ratings/",
        headers={"authorization": "Token 0123456789abcdef0123456789abcdef01234567"},
    )
    assert len(logged) > 3
    assert_nothing_leaks("\n".join(logged))


@pytest.mark.django_db
def test_the_lines_of_a_training_carry_its_run(logged):
    run = retrain(services.ask(trigger="admin"))
    said = [json.loads(line) for line in logged if "recommendations" in line]
    assert any("reading events" in entry["message"] for entry in said)
    assert {entry.get("run_id") for entry in said} == {run.pk}
    assert context.current_run.get() is None
