"""Tasks are doors: knocking twice, late or at a closed one does no harm."""

import subprocess
import sys

import pytest

from config.celery import app
from recommendations import broker, gate, services, tasks
from recommendations.models import ModelRun
from tests.recommendations.worlds import checkerboard

pytestmark = pytest.mark.django_db
Status, Trigger = ModelRun.Status, ModelRun.Trigger


@pytest.fixture
def knocks(monkeypatch):
    """What was sent to the task queue, instead of sending it."""
    sent = []
    monkeypatch.setattr(broker, "enqueue", lambda run: sent.append(run.pk) or "it waits")
    return sent


def test_training_has_a_queue_of_its_own():
    router = app.amqp.router
    assert router.route({}, "recommendations.retrain")["queue"].name == "train"
    assert router.route({}, "recommendations.retrain_if_due")["queue"].name == "default"


def test_the_schedule_names_tasks_that_exist():
    app.loader.import_default_modules()
    names = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert names >= {"recommendations.retrain_if_due", "recommendations.judge_canary"}
    assert names <= set(app.tasks)


def test_a_task_that_is_delivered_twice_trains_once(monkeypatch):
    monkeypatch.setattr(gate, "CANDIDATES", ("popularity",))
    checkerboard()
    run = services.ask(trigger=Trigger.ADMIN)
    assert tasks.retrain(run.pk) == f"run {run.pk}: succeeded; then nothing is due"
    assert "is not waiting: it is succeeded" in tasks.retrain(run.pk)
    assert ModelRun.objects.count() == 1


def test_two_beats_ask_for_one_training(knocks, monkeypatch):
    checkerboard()
    due = tasks.schedule.due
    tasks.retrain_if_due()
    first = ModelRun.objects.get()
    ModelRun.objects.update(status=Status.SUCCEEDED)
    monkeypatch.setattr(
        tasks.schedule, "due", lambda *, now: tasks.schedule.Due(Trigger.FIRST, "first run")
    )
    assert "trained already" in tasks.retrain_if_due()
    assert knocks == [first.pk]
    assert due is not tasks.schedule.due


def test_a_run_that_still_waits_is_knocked_for_again(knocks):
    run = services.ask(trigger=Trigger.ADMIN)
    tasks.retrain_if_due()
    assert knocks == [run.pk]


def test_tasks_do_not_load_tensorflow():
    script = (
        "import os, sys, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'tests.settings'; "
        "django.setup(); import recommendations.tasks; sys.exit('tensorflow' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
