"""What balancers ask: alive means this process, ready means the database; the rest is degraded."""

import socket
import threading
import time
from functools import partial

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client, override_settings

from config import readiness
from config.readiness import Check, Finding
from config.watching import Watch
from recommendations import engine
from recommendations.models import ModelRun
from tests.servers import wait_until
from tests.web import environment, web

IN_PRODUCTION = override_settings(
    SECURE_SSL_REDIRECT=True, ALLOWED_HOSTS=["shop.example"], SESSION_COOKIE_SECURE=True
)


@IN_PRODUCTION
def test_alive_needs_no_database_no_https_and_no_name(django_db_blocker):
    with django_db_blocker.block():
        answer = Client(headers={"host": "10.1.2.3:8000"}).get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})
    assert not answer.cookies
    assert answer["Cache-Control"] == "no-store"


@IN_PRODUCTION
def test_probes_take_no_posts():
    assert Client(headers={"host": "10.1.2.3"}).post("/healthz").status_code == 405


@IN_PRODUCTION
def test_other_pages_still_check_the_host_and_go_to_https():
    assert Client(headers={"host": "10.1.2.3"}).get("/").status_code == 400
    assert Client(headers={"host": "shop.example"}).get("/").status_code == 301


@pytest.mark.django_db(transaction=True)
@IN_PRODUCTION
@override_settings(REDIS_URL="")
def test_a_site_without_a_model_is_ready_and_says_on_which_rung_lists_stand(monkeypatch):
    patient = partial(readiness.all_checks, limit=30)
    monkeypatch.setattr(readiness, "all_checks", patient)
    answer = Client(headers={"host": "10.1.2.3"}).get("/readyz")
    body = answer.json()
    assert (answer.status_code, body["status"]) == (200, "ready")
    found = {check["name"]: check for check in body["checks"]}
    assert set(found) == {
        "database",
        "migrations",
        "model",
        "redis",
        "queue default",
        "queue import",
        "queue train",
    }
    assert found["model"]["why"] == "there is none yet; rung popular"
    assert all({"ok", "why", "required", "seconds"} <= set(check) for check in found.values())


def fixed(name, finding, *, required=False):
    return Check(Watch(name, lambda: finding, limit=1, fresh=1), required)


@pytest.mark.parametrize(
    ("database", "redis", "status"),
    [(True, True, "ready"), (True, False, "degraded"), (False, True, "unready")],
)
def test_only_what_pages_cannot_do_without_makes_a_site_unready(database, redis, status):
    checks = [
        fixed("database", Finding(database, ""), required=True),
        fixed("redis", Finding(redis, "")),
    ]
    assert readiness.report(checks)["status"] == status


@pytest.mark.django_db(transaction=True)
@override_settings(REDIS_URL="")
def test_a_database_that_is_away_is_unready_in_words_without_secrets(monkeypatch):
    def away(*_args, **_kwargs):
        raise OperationalError("connection to server at db.internal as catalogue failed")

    monkeypatch.setattr(readiness, "database", away)
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"][0]["why"] == "it cannot be reached"
    assert "db.internal" not in answer.text


@pytest.mark.django_db
def test_a_migration_that_is_not_applied_is_counted():
    assert readiness.migrations() == Finding(True, "all are applied")
    name = (
        ModelRun.objects.db
        and MigrationRecorder(connection)
        .migration_qs.filter(app="recommendations")
        .order_by("-name")[0]
    )
    name.delete()
    assert readiness.migrations() == Finding(False, "1 not applied: manage.py migrate")


@pytest.mark.django_db
def test_a_live_model_that_cannot_be_read_degrades(settings, tmp_path):
    settings.ARTIFACTS_ROOT = tmp_path
    engine.forget_all()
    ModelRun.objects.create(
        status="succeeded", trigger="admin", artifact="run-000001-x", is_live=True
    )
    assert readiness.model() == Finding(False, "the live one cannot be read; rung popular")


@pytest.mark.django_db(transaction=True)
def test_a_redis_that_swallows_questions_costs_the_limit_and_degrades(settings):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.REDIS_URL = f"redis://127.0.0.1:{silent.getsockname()[1]}"
        checks = readiness.all_checks(limit=3)
        started = time.monotonic()
        report = readiness.report(checks)
        assert time.monotonic() - started < 2 * 3
        assert report["status"] == "degraded"
        bad = {check["name"] for check in report["checks"] if not check["ok"]}
        assert bad == {"redis", "queue default", "queue import", "queue train"}
        for check in checks:
            wait_for_the_end_of(check.watch)


def wait_for_the_end_of(watch):
    while any(thread.name == f"watch-{watch.name}" for thread in threading.enumerate()):
        time.sleep(0.02)


def test_an_answer_is_remembered_and_a_question_that_hangs_is_asked_once():
    asked, release = [], threading.Event()

    def question():
        asked.append(1)
        if len(asked) == 1:
            release.wait(10)
        return len(asked)

    watch = Watch("slow", question, limit=0.2, fresh=60)
    for _ in range(3):
        seen = watch.look()
        assert (seen.answer, seen.trouble) == (None, "no answer in time")
    assert len(asked) == 1
    release.set()
    wait_for_the_end_of(watch)
    assert watch.look().answer == 1
    assert watch.look().answer == 1
    assert len(asked) == 1


def test_an_answer_that_is_no_longer_fresh_is_asked_for_again():
    asked = []
    watch = Watch("quick", lambda: asked.append(1) or len(asked), limit=10, fresh=0)
    assert [watch.look().answer, watch.look().answer] == [1, 2]


@pytest.mark.slow
def test_with_a_database_that_swallows_questions_it_is_alive_and_unready_in_time(tmp_path):
    """The real web server, from outside: a PostgreSQL that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        url = f"postgresql://catalogue:hunter2secret@127.0.0.1:{silent.getsockname()[1]}/catalogue"
        with web(environment(tmp_path, DATABASE_URL=url, WEB_WORKERS="1")) as server:
            wait_until(lambda: server.ask("/healthz")[0] == 200, seconds=30, what="its start")
            for _ in range(3):
                started = time.monotonic()
                status, body = server.ask("/readyz", Host="10.1.2.3")
                assert time.monotonic() - started < 3 * readiness.LIMIT
                assert (status, "unready" in body, "hunter2secret" in body) == (503, True, False)
            assert server.ask("/healthz", timeout=10)[0] == 200
