"""A broker that is gone costs a sentence, not a page."""

import socket
import time

import pytest

from recommendations import broker
from recommendations.models import ModelRun

pytestmark = pytest.mark.django_db


def test_without_a_broker_the_run_waits_and_the_sentence_says_how_to_start_it(settings):
    settings.REDIS_URL = ""
    said = broker.enqueue_retrain()
    assert "no task queue" in said
    assert "manage.py retrain" in said
    assert ModelRun.objects.get().status == ModelRun.Status.QUEUED


def test_asking_again_while_one_waits_says_so(settings):
    settings.REDIS_URL = ""
    broker.enqueue_retrain()
    assert "already queued" in broker.enqueue_retrain()
    assert ModelRun.objects.count() == 1


def test_a_broker_that_is_gone_is_said_at_once(settings):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.REDIS_URL = f"redis://127.0.0.1:{free.getsockname()[1]}"
    assert_that_it_waits(seconds=10)


def test_a_broker_that_accepts_and_never_answers_costs_seconds(settings):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.REDIS_URL = f"redis://127.0.0.1:{silent.getsockname()[1]}"
        assert_that_it_waits(seconds=broker.PATIENCE + 10)


def test_a_missing_socket_is_said_too(settings, tmp_path):
    settings.REDIS_URL = f"unix://{tmp_path}/valkey.sock"
    assert_that_it_waits(seconds=10)


def assert_that_it_waits(*, seconds):
    started = time.monotonic()
    said = broker.enqueue_retrain()
    assert time.monotonic() - started < seconds
    assert "does not answer" in said
    assert ModelRun.objects.get().status == ModelRun.Status.QUEUED
