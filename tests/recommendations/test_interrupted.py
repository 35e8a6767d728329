"""Real workers that are cancelled, stopped or doubled: each does what it is told, and no more."""

import json
import os
import signal
import time
from pathlib import Path

import pytest

from recommendations.models import ModelRun
from tests.recommendations.sites import Site

pytestmark = [pytest.mark.slow, pytest.mark.once]
SEED = """
from catalog.models import User
from tests.recommendations.worlds import checkerboard
checkerboard()
User.objects.create_superuser("boss")
"""
RETRAIN = """
run = pipeline.retrain(services.ask(trigger=ModelRun.Trigger.COMMAND))
print(run.status, run.pk, flush=True)
"""
HANGING = """
import sys
from recommendations.trainer import Job
note = {note!r}
hang = f"import os, time; open({{note!r}}, 'w').write(str(os.getpid())); time.sleep(600)"
Job.command = lambda self: [sys.executable, "-c", hang]
"""
CANCEL = """
from django.test import Client
from django.urls import reverse
from catalog.models import User
client = Client(SERVER_NAME="localhost")
client.force_login(User.objects.get(username="boss"))
run = ModelRun.objects.active().get()
answer = client.post(reverse("admin:recommendations_modelrun_cancel", args=[run.pk]))
assert answer.status_code == 302, answer
"""
STOP_BEFORE_PUBLISHING = """
import os, signal
whole = services.publish
def publish(*args, **values):
    os.kill(os.getpid(), signal.SIGSTOP)
    whole(*args, **values)
services.publish = publish
"""
AN_HOUR_LATER = """
from datetime import timedelta
from django.utils import timezone
late = timezone.now() - timedelta(hours=1)
ModelRun.objects.filter(status="running").update(heartbeat_at=late)
"""
LOOK = """
import json
rows = ModelRun.objects.order_by("pk").values_list("status", "is_live")
print(json.dumps(list(rows)), flush=True)
"""
KNOCK = """
from recommendations import tasks
print(tasks.retrain_if_due(), flush=True)
"""


@pytest.fixture
def site(tmp_path):
    site = Site(tmp_path)
    site.migrate()
    done = site.run(SEED)
    assert done.returncode == 0, done.stderr
    return site


@pytest.fixture
def started(site):
    """Starts scripts beside the test; whatever is left of them ends with it."""
    processes = []

    def start(*scripts):
        processes.append(site.start(*scripts))
        return processes[-1]

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def rows(site):
    return json.loads(site.run(LOOK).stdout)


def wait_for(condition, *, seconds=60.0):
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.05)
    return found


def is_gone(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_cancel_in_the_admin_ends_the_child_within_seconds(site, started, tmp_path):
    note = tmp_path / "pid"
    worker = started(HANGING.format(note=str(note)), RETRAIN)
    child = int(wait_for(lambda: note.exists() and note.read_text()))
    assert not is_gone(child)
    cancelled = site.run(CANCEL)
    assert cancelled.returncode == 0, cancelled.stderr
    since = time.monotonic()
    wait_for(lambda: is_gone(child))
    assert time.monotonic() - since < 20
    assert worker.communicate(timeout=20)[0].split()[0] == ModelRun.Status.CANCELLED
    assert rows(site) == [["cancelled", False]]


def test_a_worker_that_wakes_up_when_another_has_published_changes_nothing(site, started):
    late = started(STOP_BEFORE_PUBLISHING, RETRAIN)
    wait_for(lambda: is_stopped(late.pid))
    other = site.run(AN_HOUR_LATER, RETRAIN)
    assert other.stdout.split()[0] == ModelRun.Status.SUCCEEDED, other.stderr
    assert rows(site) == [["lost", False], ["succeeded", True]]
    os.kill(late.pid, signal.SIGCONT)
    assert late.communicate(timeout=30)[0].split()[0] == ModelRun.Status.LOST
    assert rows(site) == [["lost", False], ["succeeded", True]]


def is_stopped(pid):
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def test_two_beats_at_the_same_time_ask_for_one_training(site, started):
    beats = [started(KNOCK) for _ in range(3)]
    said = [beat.communicate(timeout=60) for beat in beats]
    for words, errors in said:  # as early or late as each of them looked
        answers = ("Run 1 waits", "run 1 is already queued", "nothing is due")
        assert words.startswith(answers), errors
    assert rows(site) == [["queued", False]]
