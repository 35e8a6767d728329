"""The whole loop on tiny worlds, with real child processes for the baselines."""

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from catalog.models import Item, Person, Rating
from ml.baselines import fit_baseline
from ml.serving import Recommender
from ml.snapshot import History
from recommendations import candidates, engine, gate, pipeline, report, services, trainer
from recommendations.dataset import build_snapshot
from recommendations.models import ModelRun
from tests.recommendations.worlds import NOON, checkerboard, published

pytestmark = pytest.mark.django_db
Status, Trigger = ModelRun.Status, ModelRun.Trigger


@pytest.fixture
def _baselines_only(monkeypatch):
    """Leaves the network out: it takes a minute."""
    monkeypatch.setattr(gate, "CANDIDATES", gate.BASELINES)


@pytest.fixture
def _network_is_killed(monkeypatch):
    """A network whose process is killed, as by a system without memory."""
    whole = trainer.run

    def run(job, *, on_event):
        if job.name == gate.HYBRID:
            on_event({"event": "step", "stage": "fit", "step": 50, "of": 4000, "loss": 6.5})
            raise trainer.TrainingFailed("the training process was killed (signal 9)")
        return whole(job, on_event=on_event)

    monkeypatch.setattr(trainer, "run", run)


def retrain():
    return pipeline.retrain(services.ask(trigger=Trigger.COMMAND))


@pytest.mark.usefixtures("_baselines_only")
def test_a_checkerboard_world_gets_a_model_that_knows_who_likes_what():
    items, _ = checkerboard()
    run = retrain()
    assert (run.status, run.is_live, run.error) == (Status.SUCCEEDED, True, "")
    assert run.chosen in ("markov", "ease")
    assert (run.event_count, run.person_count, run.item_count) == (480, 60, 24)
    assert run.progress == 1.0
    assert "wins with an NDCG@10" in run.verdict
    assert [entry["name"] for entry in run.figures["candidates"]] == list(gate.BASELINES)
    assert "reading events" in run.log
    assert {f"training/{name}" for name in gate.BASELINES} < set(run.curve["validation"])
    model = engine.current()
    picks = model.recommender.for_events(History.of_items([0, 2]), n=5, exclude=np.array([0, 2]))
    assert all(row % 2 == 0 for row in picks.rows)


def test_the_first_training_is_quick_and_says_what_follows():
    checkerboard()
    run = pipeline.retrain(services.ask(trigger=Trigger.FIRST))
    assert run.status == Status.SUCCEEDED
    assert "hybrid" not in [entry["name"] for entry in run.figures["candidates"]]
    assert "takes part in the one after it" in run.verdict


@pytest.mark.usefixtures("_baselines_only")
def test_nothing_but_the_artifact_is_left_on_disk(settings):
    checkerboard()
    run = retrain()
    assert [path.name for path in settings.ARTIFACTS_ROOT.iterdir()] == [run.artifact]


@pytest.mark.usefixtures("_baselines_only")
def test_the_newest_event_used_is_written_down():
    checkerboard()
    run = retrain()
    newest = Rating.objects.order_by("-rated_at").first().rated_at
    assert abs((run.cut_off - newest).total_seconds()) < 0.01


@pytest.mark.usefixtures("_network_is_killed")
def test_a_network_that_is_killed_is_reported_and_a_baseline_serves():
    checkerboard()
    run = retrain()
    assert run.status == Status.SUCCEEDED
    assert "The hybrid model is out: the training process was killed (signal 9)." in run.verdict
    by_name = {entry["name"]: entry for entry in run.figures["candidates"]}
    assert "killed" in by_name["hybrid"]["problem"]
    assert run.curve["series"] == {"training/hybrid": {"of": 4000, "loss": [[50, 6.5]]}}
    assert by_name["ease"]["problem"] == ""


@pytest.mark.usefixtures("_network_is_killed")
def test_a_live_network_is_not_replaced_by_a_baseline_because_a_training_broke():
    checkerboard()
    live = published()
    ModelRun.objects.filter(pk=live.pk).update(chosen="hybrid")
    run = retrain()
    assert run.status == Status.REFUSED
    assert ModelRun.objects.live() == live


@pytest.mark.parametrize(
    ("items", "people"), [(0, 0), (5, 0), (5, 1)], ids=["nothing", "no people", "one person"]
)
def test_too_little_to_learn_from_is_refused_in_words_and_what_is_live_stays(items, people):
    shelf = [Item.objects.create(title=f"Item {n}") for n in range(items)]
    for person in [Person.objects.create() for _ in range(people)]:
        for item in shelf:
            Rating.objects.create(person=person, item=item, half_stars=7)
    run = retrain()
    assert run.status == Status.REFUSED
    assert run.verdict.startswith("Refused: too little to learn from: ")
    assert ModelRun.objects.live() is None
    assert engine.current() is None


@pytest.mark.usefixtures("_baselines_only")
@pytest.mark.parametrize("people", [2, 3, 12])
def test_few_people_who_all_rate_the_same_get_popularity(people):
    shelf = [Item.objects.create(title=f"Item {n}") for n in range(12)]
    for person in [Person.objects.create() for _ in range(people)]:
        for item in shelf:
            Rating.objects.create(person=person, item=item, half_stars=10, rated_at=NOON)
    run = retrain()
    assert (run.status, run.error) == (Status.SUCCEEDED, "")
    assert run.chosen in gate.IMPERSONAL


def test_a_failure_is_written_in_words_and_what_is_live_stays(monkeypatch):
    checkerboard()
    live = published()

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(candidates, "save_snapshot", full)
    run = retrain()
    assert run.status == Status.FAILED
    assert run.error.startswith("The disk is full")
    assert ModelRun.objects.live() == live


def test_a_disk_that_is_full_for_one_candidate_is_so_for_all_and_ends_the_run(monkeypatch):
    checkerboard()
    asked = []

    def full(job, *, on_event):
        asked.append(job.name)
        raise trainer.DiskFull("the disk is full: OSError: [Errno 28] No space left on device")

    monkeypatch.setattr(trainer, "run", full)
    run = retrain()
    assert (run.status, asked) == (Status.FAILED, ["popularity"])
    assert run.error.startswith("In the training process, the disk is full: ")
    assert "Free some space where models are kept" in run.error


def test_a_model_whose_lists_hold_what_people_have_had_is_at_fault():
    class Blind(Recommender):
        def for_events(self, history, *, n, exclude=None, among=None):
            return super().for_events(history, n=n)

    checkerboard()
    given = build_snapshot()
    artifact = fit_baseline(given, "popularity")
    assert candidates.fault_of("popularity", Recommender(artifact), given) == ""
    assert "people have had" in candidates.fault_of("popularity", Blind(artifact), given)


@pytest.mark.usefixtures("_baselines_only")
def test_a_candidate_is_compared_with_the_last_sound_one_of_its_kind():
    checkerboard()
    wide = {"name": "ease", "ndcg@10": 0.1, "shown": 600, "coverage": 9.0, "people": 40}
    out = wide | {"shown": 1, "coverage": 0.1, "problem": "it collapsed"}
    for row in (wide, out):
        ModelRun.objects.create(
            trigger=Trigger.ADMIN,
            status=Status.REFUSED,
            figures={"candidates": [row]},
            finished_at=timezone.now(),
        )
    run = retrain()
    ease = next(entry for entry in run.figures["candidates"] if entry["name"] == "ease")
    assert "those of the last of its kind held 600" in ease["problem"]
    assert run.chosen == "markov"
    before = report.last_judged(since=timezone.now() - pipeline.COMPARE)
    assert before["ease"].shown == 600
    assert before["markov"].shown <= 24
    assert report.last_judged(since=timezone.now()) == {}


@pytest.mark.usefixtures("_baselines_only")
def test_a_run_that_is_cancelled_stops_and_publishes_nothing(monkeypatch):
    checkerboard()
    run = services.ask(trigger=Trigger.COMMAND)
    whole = trainer.run

    def cancelled(job, *, on_event):
        services.cancel(run)
        return whole(job, on_event=on_event)

    monkeypatch.setattr(trainer, "run", cancelled)
    assert pipeline.retrain(run).status == Status.CANCELLED
    assert ModelRun.objects.live() is None


def test_people_are_judged_on_what_came_after_one_moment():
    checkerboard()
    split, rule = candidates.split_past_from_future(build_snapshot())
    assert "judged on events of the newest 10%" in rule
    for user in split.targets.user:
        assert len(split.given.history(user)) == 7  # all of the eight but the last
    assert split.people == len(split.targets) == 42  # the 9 of one hour are all old
    assert len(split.train.events) == 480 - 42


def test_without_a_past_and_a_future_last_events_are_hidden():
    checkerboard()
    Rating.objects.update(rated_at=NOON)
    split, rule = candidates.split_past_from_future(build_snapshot())
    assert "last event" in rule
    assert len(split.targets) == 60


@pytest.mark.usefixtures("_baselines_only")
def test_the_command_trains_without_a_task_queue(capsys):
    checkerboard()
    call_command("retrain")
    said = capsys.readouterr().out
    assert "training ease" in said
    assert said.rstrip().endswith("is live.")


def test_the_command_ends_with_an_error_where_nothing_can_be_learned():
    with pytest.raises(CommandError, match="there are no items"):
        call_command("retrain")


@pytest.mark.usefixtures("_baselines_only")
def test_the_command_takes_over_a_run_that_waits():
    checkerboard()
    waiting = services.ask(trigger=Trigger.ADMIN)
    call_command("retrain")
    waiting.refresh_from_db()
    assert waiting.status == Status.SUCCEEDED


@pytest.mark.slow
def test_the_network_takes_part_and_is_served_if_it_wins(settings):
    settings.TRAIN_BUDGET, settings.TRAIN_THREADS = "fast", 1
    checkerboard()
    run = retrain()
    by_name = {entry["name"]: entry for entry in run.figures["candidates"]}
    assert by_name["hybrid"]["problem"] == ""
    assert by_name["hybrid"]["ndcg@10"] > by_name["popularity"]["ndcg@10"]
    assert engine.current().kind == run.chosen
