"""What Prometheus reads, who may read it, and that figures are right over all web processes."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from catalog.models import Item, Person, User
from catalog.services import rate_item
from config import figures
from recommendations.models import ModelRun
from tests.servers import Missing, redis, wait_until
from tests.web import environment, web

ROOT = Path(__file__).resolve().parent.parent
TOKEN = "a-token-for-prometheus"
BEARER = {"authorization": f"Bearer {TOKEN}", "host": "10.1.2.3"}


def read(text):
    """The samples of an answer, by name and the values of its labels in alphabetical order."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if "le" not in sample.labels:
                found[(sample.name, *sample.labels.values())] = sample.value
    return found


def metrics():
    answer = Client().get("/metrics", headers=BEARER)
    assert answer.status_code == 200
    return read(answer.text)


@pytest.fixture(autouse=True)
def _nothing_remembered(settings, monkeypatch):
    monkeypatch.setattr("config.metrics.SiteFigures", partial(figures.SiteFigures, limit=30))
    settings.METRICS_TOKEN = TOKEN
    settings.REDIS_URL = ""
    monkeypatch.setattr("config.metrics._figures", [])


@pytest.mark.django_db(transaction=True)
@override_settings(SECURE_SSL_REDIRECT=True, ALLOWED_HOSTS=["shop.example"])
def test_the_token_opens_them_for_a_scraper_that_asks_by_address():
    answer = Client().get("/metrics", headers=BEARER)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain")


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["wrong", "", TOKEN + "x"])
def test_nobody_else_reads_them(token, settings):
    shown = {"authorization": f"Bearer {token}"}
    assert Client().get("/metrics", headers=shown).status_code == 302
    settings.METRICS_TOKEN = ""
    assert Client().get("/metrics", headers=shown).status_code == 302
    assert Client().get("/metrics").status_code == 302


@pytest.mark.django_db(transaction=True)
def test_staff_reads_them_and_members_do_not():
    for name, is_staff, status in (("ada", True, 200), ("bob", False, 302)):
        client = Client()
        client.force_login(User.objects.create_user(name, is_staff=is_staff))
        assert client.get("/metrics").status_code == status


@pytest.mark.django_db(transaction=True)
def test_requests_are_counted_by_route_and_never_by_address():
    item = Item.objects.create(title="Emma")
    key = ("catalogue_request_seconds_count", "catalog:item", "2xx")
    lost = ("catalogue_request_seconds_count", "unrouted", "4xx")
    before = metrics()
    Client().get(item.get_absolute_url())
    Client().get("/no/such/address")
    after = metrics()
    assert after[key] - before.get(key, 0) == 1
    assert after[lost] - before.get(lost, 0) == 1
    assert "address" not in str(after)


@pytest.mark.django_db(transaction=True)
def test_lists_are_counted_by_surface_and_rung():
    Item.objects.create(title="Emma")
    name = "catalogue_recommendation_seconds_count"
    before = metrics()
    Client().get("/")
    Client().get("/api/v1/recommendations/for-you/")
    after = metrics()
    for surface in ("panel for-you", "api for-you"):
        key = (name, "newest", surface)
        assert after[key] - before.get(key, 0) == 1


@pytest.mark.django_db(transaction=True)
def test_figures_of_the_site_come_from_the_database():
    ada = Person.objects.create(key="ada")
    rate_item(ada, Item.objects.create(title="Emma"), stars=4)
    ended = timezone.now() - timedelta(hours=2)
    common = {"trigger": "admin", "finished_at": ended}
    ModelRun.objects.create(status="failed", **common)
    live = ModelRun.objects.create(
        status="succeeded", artifact="run-2", is_live=True, artifact_problem="torn", **common
    )
    found = metrics()
    assert found["catalogue_runs", "failed"] == found["catalogue_runs", "succeeded"] == 1
    assert found["catalogue_runs", "lost"] == 0
    assert found["catalogue_live_run",] == live.pk
    assert 7200 <= found["catalogue_model_age_seconds",] < 7300
    assert found["catalogue_artifact_problems",] == 1
    assert found["catalogue_events", "rating"] == 1
    assert found["catalogue_source_up", "runs"] == 1


@pytest.mark.django_db(transaction=True)
def test_a_source_that_does_not_answer_is_said_and_the_rest_is_there(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1"
    found = metrics()
    assert found["catalogue_source_up", "queues"] == 0
    assert found["catalogue_source_up", "runs"] == 1
    assert not [key for key in found if key[0] == "catalogue_queue_length"]


@pytest.mark.django_db(transaction=True)
def test_queues_are_read_from_redis(settings):
    try:
        with redis() as settings.REDIS_URL:
            found = metrics()
    except Missing as what:
        pytest.skip(str(what))
    assert found["catalogue_queue_length", "train"] == 0
    assert found["catalogue_queue_consumers", "default"] == 0


@pytest.mark.django_db
def test_large_tables_are_counted_by_the_estimate_of_the_database(monkeypatch):
    Item.objects.create(title="Emma")
    assert figures.count(Item) == 1
    if connection.vendor != "postgresql":
        pytest.skip("SQLite counts")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE catalog_item")
    monkeypatch.setattr(figures, "EXACT_UP_TO", 0)
    Item.objects.create(title="Persuasion")
    assert figures.count(Item) == 1


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc")
def test_counts_are_of_all_web_processes_also_of_one_that_was_replaced(tmp_path):
    env = environment(tmp_path, METRICS_TOKEN=TOKEN, WEB_WORKERS="2")
    migrate = [sys.executable, "manage.py", "migrate", "-v", "0"]
    subprocess.run(migrate, cwd=ROOT, env=env, check=True)
    asked = ("catalogue_request_seconds_count", "unrouted", "3xx")  # to HTTPS
    with web(env) as server:

        def counted():
            return read(server.ask("/metrics", Authorization=f"Bearer {TOKEN}")[1])

        def has_two():
            return len(server.workers()) == counted().get(("catalogue_web_workers",)) == 2

        wait_until(has_two, seconds=60, what="two workers")
        for _ in range(40):
            server.ask("/browse/")
        assert counted()[asked] == 40
        killed = server.workers()[0]
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: killed not in server.workers(), seconds=30, what="its end")
        wait_until(has_two, seconds=30, what="a new worker")
        for _ in range(20):
            server.ask("/browse/")
        assert counted()[asked] == 60
        files = {path.name for path in tmp_path.glob("catalogue-metrics-*/histogram_*")}
        assert files <= {"histogram_0.db", "histogram_1.db"}
    assert not list(tmp_path.glob("catalogue-metrics-*"))
