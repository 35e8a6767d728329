"""Who consumes which queue, asked of a real Redis; and of a real worker whose pool is busy."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from redis import Redis

from config import readiness
from config.celery import app
from config.logs import belonging_to
from config.watching import Watch
from recommendations import consumers
from tests.servers import Missing, end, redis, wait_until

ROOT = Path(__file__).resolve().parent.parent.parent
BUSY = """
import time
from config.celery import app

@app.task(name="tests.busy")
def busy(seconds):
    time.sleep(seconds)
"""


@pytest.fixture(scope="module")
def server():
    try:
        with redis() as address:
            yield address
    except Missing as what:
        pytest.skip(str(what))


@pytest.fixture(autouse=True)
def _on_that_server(server, settings):
    settings.REDIS_URL = server
    with Redis.from_url(server) as empty:
        empty.flushall()


def test_every_queue_that_a_task_is_routed_to_is_asked_for():
    assert consumers.queues() == ["default", "import", "train"]
    assert set(consumers.consumers()) == set(consumers.lengths()) == {"default", "import", "train"}


def test_a_worker_is_counted_while_it_says_so_and_not_after(monkeypatch):
    consumers.say_alive("train@a", consuming=["train"])
    consumers.say_alive("both@b", consuming=["train", "default"])
    assert consumers.consumers() == {
        "default": ["both@b"],
        "import": [],
        "train": ["both@b", "train@a"],
    }
    consumers.say_gone("both@b", consuming=["train", "default"])
    assert consumers.consumers() == {"default": [], "import": [], "train": ["train@a"]}
    monkeypatch.setattr(consumers, "GONE_AFTER", -2)
    assert consumers.consumers() == {"default": [], "import": [], "train": []}


def test_a_queue_without_a_consumer_is_named():
    consumers.say_alive("default@a", consuming=["default"])
    who = Watch("consumers", consumers.consumers, limit=1, fresh=1)
    assert readiness.consumed("default", by=who).ok
    assert not readiness.consumed("train", by=who).ok
    consumers.say_gone("default@a", consuming=["default"])


def test_queues_are_as_long_as_what_waits_in_them(settings):
    url = f"{settings.REDIS_URL}/0"
    with app.connection_for_write(url) as connection:
        for _ in range(3):
            app.send_task("recommendations.retrain", args=[1], connection=connection)
    assert consumers.lengths() == {"default": 0, "import": 0, "train": 3}
    with app.connection_for_write(url) as connection:
        connection.default_channel.queue_purge("train")


@pytest.mark.slow
def test_a_worker_that_trains_for_long_still_says_that_it_is_there(server, tmp_path):
    """And its lines carry the id of the request that asked for its task."""
    (tmp_path / "busy.py").write_text(BUSY)
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    env = kept | {
        "PYTHONPATH": f"{tmp_path}:{ROOT}",
        "DJANGO_SECRET_KEY": "s" * 50,
        "VAR_DIR": str(tmp_path),
        "REDIS_URL": server,
        "LOG_FORMAT": "json",
    }
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", "-Q", "train", "-c", "1"]
    command += ["-I", "busy", "-n", "train@here", "--loglevel", "INFO"]
    with (tmp_path / "log").open("wb") as log:
        worker = subprocess.Popen(command, cwd=ROOT, env=env, stderr=log, stdout=log)
    try:
        wait_until(lambda: consumers.consumers()["train"], seconds=60, what="the first sign")
        with app.connection_for_write(f"{server}/0") as connection, belonging_to("asked-by-1"):
            app.send_task("tests.busy", args=[9], queue="train", connection=connection)
        time.sleep(3)
        with consumers._broker() as broker:
            broker.delete("catalogue:consumers:train")
        wait_until(lambda: consumers.consumers()["train"], seconds=8, what="a sign while busy")
        assert consumers.consumers() == {"default": [], "import": [], "train": ["train@here"]}
        succeeded = "succeeded in"
        wait_until(
            lambda: succeeded in (tmp_path / "log").read_text(), seconds=20, what="the task's end"
        )
    finally:
        end(worker, signal_number=signal.SIGTERM)
    lines = (tmp_path / "log").read_text().splitlines()
    ended = [line for line in lines if "tests.busy" in line and succeeded in line]
    assert [json.loads(line)["request_id"] for line in ended] == ["asked-by-1"]
    assert consumers.consumers()["train"] == []
