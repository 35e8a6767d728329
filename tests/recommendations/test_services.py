"""Who may work on a run, what is live, and what happens when something is gone."""

import os
import subprocess
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from recommendations import engine, services
from recommendations.lease import LOG_LINE, LOG_LINES, STALE_AFTER, Lease, LeaseLost, worker_name
from recommendations.models import ModelRun, RetrainSettings
from tests.recommendations.worlds import published

pytestmark = pytest.mark.django_db
Status, Trigger = ModelRun.Status, ModelRun.Trigger


def ask(**more):
    return services.ask(trigger=Trigger.COMMAND, **more)


def test_a_second_run_at_once_is_refused_and_says_which_is_under_way():
    run = ask()
    with pytest.raises(services.Busy, match=f"run {run.pk} is already queued"):
        ask()


def test_the_database_itself_refuses_two_active_and_two_live_runs():
    ModelRun.objects.create(trigger=Trigger.ADMIN, status=Status.RUNNING)
    with pytest.raises(IntegrityError), transaction.atomic():
        ModelRun.objects.create(trigger=Trigger.ADMIN)
    live = {"status": Status.SUCCEEDED, "is_live": True, "artifact": "run-1"}
    ModelRun.objects.create(trigger=Trigger.ADMIN, **live)
    with pytest.raises(IntegrityError), transaction.atomic():
        ModelRun.objects.create(trigger=Trigger.ADMIN, **live)


def test_what_was_asked_for_twice_exists_once():
    run = ask(window="first run")
    services.cancel(run)
    with pytest.raises(services.Busy, match="trained already"):
        ask(window="first run")
    assert ModelRun.objects.count() == 1


def test_a_run_is_taken_once():
    run = ask()
    Lease.take(run)
    with pytest.raises(LeaseLost, match="it is running"):
        Lease.take(run)


def test_a_silent_run_is_lost_and_its_worker_is_refused_when_it_wakes_up():
    lease = Lease.take(ask())
    late = timezone.now() - STALE_AFTER - timedelta(seconds=1)
    ModelRun.objects.update(heartbeat_at=late, worker="another-machine:1")
    assert services.give_up_the_lost() == 1
    with pytest.raises(LeaseLost):
        services.publish(lease, artifact="run-000001-ffffffff", chosen="ease")
    run = ModelRun.objects.get()
    assert run.status == Status.LOST
    assert "no sign of life for 5 minutes" in run.error
    assert not run.is_live


def test_a_late_publisher_does_not_take_the_live_model_down():
    live = published()
    lease = Lease.take(ask())
    services.cancel(ModelRun.objects.get(pk=lease.run_id))
    with pytest.raises(LeaseLost):
        services.publish(lease, artifact="run-x", chosen="ease")
    assert ModelRun.objects.live() == live


def test_a_run_whose_process_is_gone_is_lost_at_once():
    Lease.take(ask())
    gone = subprocess.Popen(["true"])
    gone.wait()
    ModelRun.objects.update(worker=worker_name(gone.pid))
    assert services.give_up_the_lost() == 1
    assert "ended without a word" in ModelRun.objects.get().error


def test_progress_that_comes_too_soon_is_written_with_the_next_sign_of_life():
    lease = Lease.take(ask())
    lease.beat(progress=0.1)
    lease.beat(progress=0.2, progress_note="step 2 of 10")
    assert ModelRun.objects.get().progress == 0.1
    lease._written -= 2
    lease.beat()
    run = ModelRun.objects.get()
    assert (run.progress, run.progress_note) == (0.2, "step 2 of 10")


def test_a_run_that_gives_signs_of_life_is_left_alone():
    Lease.take(ask())
    assert services.give_up_the_lost() == 0


def test_a_stopping_worker_gives_its_run_back_and_may_not_write_any_more():
    lease = Lease.take(ask())
    assert services.give_back(workers=[worker_name(os.getpid())]) == 1
    assert ModelRun.objects.get().status == Status.QUEUED
    with pytest.raises(LeaseLost):
        lease.write(progress=0.5)
    assert Lease.take(ModelRun.objects.get()).token != lease.token


def test_a_cancelled_run_can_not_be_written_to():
    run = ask()
    lease = Lease.take(run)
    assert services.cancel(run)
    assert not services.cancel(run)
    with pytest.raises(LeaseLost):
        lease.write(progress=0.5)


def test_whoever_had_a_run_before_may_not_write_to_it_while_another_works_on_it():
    first = Lease.take(ask())
    services.give_back(workers=[worker_name(os.getpid())])
    second = Lease.take(ModelRun.objects.get())
    with pytest.raises(LeaseLost):
        first.write(progress=0.9)
    with pytest.raises(LeaseLost):
        services.publish(first, artifact="run-x", chosen="ease")
    second.write(progress=0.2)
    assert ModelRun.objects.get().progress == 0.2


def test_make_live_swaps_and_roll_back_swaps_back():
    first, second = published(), published()
    assert ModelRun.objects.live() == second
    assert services.roll_back() == first
    assert ModelRun.objects.live() == first
    services.make_live(second)
    assert ModelRun.objects.live() == second


def test_roll_back_passes_over_a_damaged_model():
    oldest, damaged, _ = published(), published(), published()
    (engine.artifact_folder(damaged) / "manifest.json").unlink()
    assert services.roll_back() == oldest
    damaged.refresh_from_db()
    assert "has no manifest.json" in damaged.artifact_problem


def test_there_is_no_rolling_back_from_the_first_model():
    with pytest.raises(services.CannotServe, match="No model is live"):
        services.roll_back()
    published()
    with pytest.raises(services.CannotServe, match="no sound model"):
        services.roll_back()


def test_a_run_without_a_model_cannot_be_made_live():
    with pytest.raises(services.CannotServe, match="has no model"):
        services.make_live(ask())


def days_ago(days):
    return timezone.now() - timedelta(days=days)


def kept(runs):
    """Which runs still have their artifact, by the rows and on disk alike."""
    for run in runs:
        run.refresh_from_db()
    named = {run.artifact for run in runs if run.artifact}
    root = engine.artifact_folder(runs[0]).parent if runs[0].artifact else None
    root = root or engine.artifact_folder(runs[-1]).parent
    assert {folder.name for folder in root.glob("run-*")} == named
    return [run for run in runs if run.artifact]


def test_artifacts_are_kept_if_they_are_new_or_live_or_were_live_lately():
    RetrainSettings(keep_artifacts=2, keep_days=30).save()
    runs = [published() for _ in range(6)]
    ModelRun.objects.update(live_until=days_ago(31))
    services.make_live(runs[1])
    ModelRun.objects.filter(pk=runs[2].pk).update(live_until=days_ago(29))
    services.prune_artifacts()
    assert kept(runs) == [runs[1], runs[2], runs[4], runs[5]]


def test_since_when_and_until_when_a_model_was_live_is_written_down():
    before = timezone.now()
    first = published()
    assert before <= first.live_from <= timezone.now()
    second = published()
    first.refresh_from_db()
    assert (first.live_until, second.live_until) == (second.live_from, None)
    services.roll_back()
    for run in (first, second):
        run.refresh_from_db()
    assert first.live_until is None
    assert first.live_from == second.live_until > second.live_from


def test_to_make_live_what_is_live_changes_nothing():
    run = published()
    services.make_live(run)
    since = run.live_from
    run.refresh_from_db()
    assert (run.live_from, run.live_until, run.is_live) == (since, None, True)


def test_logs_of_old_runs_are_dropped_and_their_rows_stay(monkeypatch):
    monkeypatch.setattr(services, "KEEP_LOGS", 2)
    old = ModelRun.objects.bulk_create(
        ModelRun(trigger=Trigger.ADMIN, status=Status.FAILED, log="words", error="why")
        for _ in range(4)
    )
    published()
    logs = dict(ModelRun.objects.values_list("pk", "log"))
    assert [logs[run.pk] for run in old] == ["", "", "", "words"]
    assert ModelRun.objects.filter(error="why").count() == 4


def test_a_log_is_bounded_in_lines_and_in_length():
    lease = Lease.take(ask())
    for number in range(1000):
        lease.note(f"line {number} " + "x" * 5000)
    lease.write()
    log = ModelRun.objects.get().log
    assert len(log) <= LOG_LINES * (LOG_LINE + 1)
    assert log.splitlines()[0].split()[2] == "0"
    assert log.splitlines()[-1].split()[2] == "999"
