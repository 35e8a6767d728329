"""A warm start is taken where it may be, judged on what nobody has seen, and else a full one is."""

from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from django.conf import settings as site
from django.utils import timezone

from catalog.models import Rating
from ml.artifact import load_artifact, save_artifact
from ml.baselines import fit_baseline
from recommendations import dataset, engine, gate, pipeline, services, trainer, warm
from recommendations.dataset import build_snapshot
from recommendations.lease import Lease
from recommendations.models import ModelRun, RetrainSettings
from tests.recommendations.worlds import NOON, checkerboard

pytestmark = pytest.mark.django_db
Status, Trigger, Mode = ModelRun.Status, ModelRun.Trigger, ModelRun.Mode
LATER = NOON + timedelta(days=30)


@pytest.fixture
def world():
    """A site with a live hybrid, fitted in full, and what 90 of its people did since."""
    items, crowd = checkerboard(people=120)
    live = hybrid_is_live()
    go_on(items, crowd[:90])
    return items, crowd, live


def hybrid_is_live(mode=Mode.FULL, **manifest):
    """A rule's artifact that passes for a hybrid's: what it knows does not matter here."""
    run = ModelRun.objects.create(trigger=Trigger.COMMAND, mode=mode)
    lease = Lease.take(run)
    artifact = fit_baseline(build_snapshot(), "markov")
    artifact.manifest.update({"kind": "hybrid", "blend": {}} | manifest)
    name = services.artifact_name(lease)
    save_artifact(artifact, Path(site.ARTIFACTS_ROOT) / name)
    lease.write(marks=dataset.marks())
    services.publish(lease, artifact=name, chosen="hybrid", label="Hybrid")
    run.refresh_from_db()
    return run


def go_on(items, people):
    """Each rates one more item of their half of the catalogue, a minute after the one before."""
    for place, person in enumerate(people):
        had = set(Rating.objects.filter(person=person).values_list("item_id", flat=True))
        half = items[items.index(Rating.objects.filter(person=person)[0].item) % 2 :: 2]
        new = next(item for item in half if item.pk not in had)
        Rating.objects.create(
            person=person, item=new, half_stars=9, rated_at=LATER + timedelta(minutes=place)
        )


def start(**changes):
    run = ModelRun(trigger=Trigger.SCHEDULE, **changes)
    return warm.start_of(run, build_snapshot(), now=timezone.now())


def why_not(**changes):
    with pytest.raises(warm.NotWarm) as reason:
        start(**changes)
    return str(reason.value)


def test_it_begins_from_the_live_model_and_is_judged_on_the_newer_half_of_what_that_has_not_seen(
    world,
):
    _items, _crowd, live = world
    found = start()
    assert found.folder == engine.artifact_folder(live)
    cut_off = load_artifact(found.folder).manifest["cut_off"]
    middle = (LATER + timedelta(minutes=44)).timestamp()
    assert found.past.train.events.time.max() == middle > cut_off
    assert found.past.people == len(found.past.targets) == 45
    newest = Rating.objects.order_by("-rated_at")[:45]
    wanted = {str(pk) for pk in newest.values_list("item_id", flat=True)}
    ids = found.past.given.items.ids.ids
    assert {ids[row] for row in found.past.targets.item} == wanted
    assert f"until {NOON + timedelta(days=7, hours=6):%d %B %Y, %H:%M} UTC" in found.rule


def test_a_rating_that_was_changed_since_is_no_target_as_the_model_knew_it_before(world):
    _items, crowd, _live = world
    changed = Rating.objects.filter(person=crowd[89]).order_by("rated_at").first()
    Rating.objects.filter(pk=changed.pk).update(rated_at=LATER + timedelta(hours=5))
    found = start()
    people = build_snapshot().users
    of_them = found.past.targets.item[
        found.past.whose[found.past.targets.user] == people.row(str(crowd[89].pk))
    ]
    assert [found.past.given.items.ids.ids[row] for row in of_them] == [
        str(Rating.objects.filter(person=crowd[89]).latest("pk").item_id)
    ]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"mode": Mode.FULL}, "it was asked for"),
        ({"attempt": 2}, "the attempt before this one broke"),
    ],
)
def test_a_run_that_is_to_be_full_is(world, changes, reason):
    assert reason in why_not(**changes)


def test_without_a_live_hybrid_it_is_a_full_one(world):
    ModelRun.objects.update(chosen="ease")
    assert why_not() == "no hybrid model is live"


def test_a_full_one_is_due_every_few_days(world):
    ModelRun.objects.update(finished_at=timezone.now() - timedelta(days=8))
    hybrid_is_live(mode=Mode.WARM)
    assert why_not() == "a full one is due every 7 days"
    RetrainSettings(warm_days=9).save()
    assert "is due" not in why_not()
    RetrainSettings(warm_days=0).save()
    assert why_not() == "warm starts are switched off"


def test_with_much_that_is_new_it_is_a_full_one(world):
    items, crowd, _live = world
    go_on(items, crowd[:90])
    assert why_not() == "180 of 1,140 events are new, more than 10%"


def test_with_too_few_people_to_judge_it_is_a_full_one():
    items, crowd = checkerboard(people=120)
    hybrid_is_live()
    assert why_not() == "nothing new could be judged"
    go_on(items, crowd[:40])
    assert "only 20 people did something since that could be judged, 30 are needed" in why_not()


def test_a_model_that_is_gone_is_said_to_be_and_a_full_one_it_is(world):
    _items, _crowd, live = world
    (engine.artifact_folder(live) / "manifest.json").unlink()
    assert "the live model cannot be read: " in why_not()
    assert "has no manifest.json" in why_not()


@pytest.mark.parametrize("manifest", [{"kind": "markov"}, {"cut_off": None}])
def test_a_model_that_does_not_say_what_it_has_seen_is_not_begun_from(manifest):
    items, crowd = checkerboard(people=120)
    hybrid_is_live(**manifest)
    go_on(items, crowd[:90])
    assert "does not say what it has seen" in why_not()


@pytest.fixture
def jobs(monkeypatch):
    """The network's trainings, which give a rule's artifact instead; baselines are real."""
    asked, whole = [], trainer.run

    def run(job, *, on_event):
        if job.name != gate.HYBRID:
            return whole(job, on_event=on_event)
        asked.append(job)
        if job.start_from is not None and job.start_from.name == "broken":
            raise trainer.TrainingFailed("--start-from needs a hybrid model of this version")
        return whole(trainer.Job(job.folder, job.out, "ease", 60.0), on_event=on_event)

    monkeypatch.setattr(trainer, "run", run)
    monkeypatch.setattr(gate, "CANDIDATES", ("popularity", gate.HYBRID))
    return asked


def test_a_run_says_that_it_was_warm_and_begins_from_the_live_model_each_time(world, jobs):
    _items, _crowd, live = world
    folder = engine.artifact_folder(live)
    run = pipeline.retrain(services.ask(trigger=Trigger.COMMAND))
    assert (run.status, run.mode, run.chosen) == (Status.SUCCEEDED, Mode.WARM, gate.HYBRID)
    assert [job.start_from for job in jobs] == [folder, folder]
    assert run.verdict.startswith("A warm start from the live model, which knows what happened")
    assert f"a warm start from the model of {live}" in run.log


def test_a_warm_start_that_breaks_is_followed_by_a_full_training_in_the_same_run(
    world, jobs, monkeypatch
):
    monkeypatch.setattr(engine, "artifact_folder", lambda run: Path("/nowhere/broken"))
    monkeypatch.setattr(engine, "read_model", lambda run: FakeLive())
    run = pipeline.retrain(services.ask(trigger=Trigger.COMMAND))
    assert (run.status, run.mode, run.chosen) == (Status.SUCCEEDED, Mode.FULL, gate.HYBRID)
    assert [job.start_from is None for job in jobs] == [False, True, True]
    assert "a full training: the warm start broke: --start-from needs a hybrid" in run.log


class FakeLive:
    """What is read of the live model: it knows all but what 90 people did since."""

    class recommender:
        kind = gate.HYBRID
        manifest: ClassVar = {"blend": {}, "cut_off": LATER.timestamp() - 1}


def test_a_warm_start_that_is_not_chosen_is_followed_by_a_full_training(world, jobs, monkeypatch):
    whole = gate.choose

    def choose(candidates, **more):
        if len(jobs) == 1:
            return gate.Choice("popularity", ("It may be chance.",))
        return whole(candidates, **more)

    monkeypatch.setattr(gate, "choose", choose)
    run = pipeline.retrain(services.ask(trigger=Trigger.COMMAND))
    assert (run.mode, run.chosen) == (Mode.FULL, gate.HYBRID)
    assert "a full training: the warm start was not chosen: It may be chance." in run.log


@pytest.mark.slow
def test_a_network_is_brought_up_to_date_in_a_fraction_of_the_time(settings, monkeypatch):
    settings.TRAIN_BUDGET, settings.TRAIN_THREADS = "fast", 1
    monkeypatch.setattr(gate, "CANDIDATES", ("popularity", gate.HYBRID))
    items, crowd = checkerboard(people=120)
    full = pipeline.retrain(services.ask(trigger=Trigger.COMMAND))
    assert (full.mode, full.chosen) == (Mode.FULL, gate.HYBRID), full.verdict
    go_on(items, crowd[:90])
    run = pipeline.retrain(services.ask(trigger=Trigger.COMMAND))
    assert (run.status, run.mode, run.chosen) == (Status.SUCCEEDED, Mode.WARM, gate.HYBRID), run.log
    model = engine.current()
    assert model.run_id == run.pk
    newest = Rating.objects.order_by("-rated_at").first().rated_at.timestamp()
    assert model.recommender.manifest["cut_off"] == pytest.approx(newest, abs=0.01)
    assert np.isfinite(model.recommender.manifest["figures"]["validation"]["ndcg@10"])
