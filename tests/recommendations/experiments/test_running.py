"""Started, ramped up, stopped and applied: what makes sense is done and kept, else a sentence."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from catalog.models import User
from recommendations import services, store
from recommendations.experimenting import running
from recommendations.experimenting.running import CannotRun
from recommendations.models import Arm, Experiment, ExperimentChange, ModelRun, Placement
from tests.recommendations.experiments.trials import started, written
from tests.recommendations.worlds import NOON, checkerboard, published

pytestmark = pytest.mark.django_db


def said(experiment):
    return list(
        ExperimentChange.objects.filter(experiment=experiment).values_list("said", flat=True)
    )


def test_two_on_the_same_surface_exclude_each_other():
    started(name="The first")
    other = written({"diversity": 0.2}, name="The second")
    with pytest.raises(CannotRun, match="“The first” runs on For you already"):
        running.start(other, by=None)
    other.refresh_from_db()
    assert (other.started_at, other.share) == (None, 0)
    assert said(other) == []
    with pytest.raises(IntegrityError), transaction.atomic():
        Experiment.objects.filter(pk=other.pk).update(started_at=NOON, share=1)


def test_another_surface_is_independent():
    checkerboard()
    run = published("ease")
    started()
    similar = written({}, runs=[run], surface="similar")
    running.start(similar, by=None)
    assert Experiment.objects.running().count() == 2


@pytest.mark.parametrize(
    ("changes", "more", "words"),
    [
        ((), {}, "two to four arms: this one has 1"),
        (({},), {}, "Two arms are the same"),
        (({"diversity": 1}, {"diversity": 1}), {}, "Two arms are the same"),
        (({"diversity": 2},), {}, "from 0, none, to 1"),
        (({"colour": 2},), {}, "no setting 'colour'"),
        (("much",), {}, "settings with their values"),
        (
            ({"diversity": 1}, {"diversity": 0.5}),
            {"design": "interleaved"},
            "this experiment has 3",
        ),
        (({"diversity": 1},), {"design": "interleaved", "per": "seen"}, "judged person by person"),
        (({"diversity": 1},), {"design": "interleaved", "surface": "new"}, "Only For you"),
        (({"title": "Look!"},), {"surface": "popular"}, "no setting 'title'"),
        (({"sources": ["new"]},), {}, "sources has another form"),
        (({"sources": {"alike": 1}},), {}, "says nothing on the home page"),
        (({"size": 0},), {}, "from 1 to 60"),
    ],
)
def test_what_makes_no_sense_does_not_start(changes, more, words):
    with pytest.raises(CannotRun, match=words):
        running.start(written(*changes, **more), by=None)
    assert not Experiment.objects.running()


def test_a_run_whose_model_is_damaged_does_not_start():
    checkerboard()
    run = published("ease")
    (store.folder_of(run.artifact) / "manifest.json").write_text("{}")
    with pytest.raises(CannotRun, match="damaged"):
        running.start(written({}, runs=[run]), by=None)


def test_the_first_arm_changes_nothing():
    experiment = written({"diversity": 0.2})
    with pytest.raises(ValidationError, match="how lists are made already"):
        Arm(experiment=experiment, place=0, changes={"diversity": 1}).clean()


def test_a_share_only_grows_and_every_step_is_kept_with_who_made_it():
    boss = User.objects.create_user("boss")
    experiment = started(share=5)
    running.ramp(experiment, share=25, by=boss)
    for share, words in ((25, "only grows"), (1, "only grows"), (30, "one of 1, 5, 25, 50, 100")):
        with pytest.raises(CannotRun, match=words):
            running.ramp(experiment, share=share, by=boss)
    running.stop(experiment, "We know enough.", by=boss)
    with pytest.raises(CannotRun, match="does not run"):
        running.ramp(experiment, share=50, by=boss)
    with pytest.raises(CannotRun, match="does not run"):
        running.stop(experiment, "Again.", by=boss)
    with pytest.raises(CannotRun, match="started already"):
        running.start(experiment, by=boss)
    assert said(experiment) == [
        "Stopped: We know enough.",
        "From 5 % of people to 25 %.",
        "Started on 5 % of people.",
    ]
    assert ExperimentChange.objects.filter(by=boss).count() == 2


def test_a_winner_with_a_model_is_live_and_the_experiment_is_over():
    checkerboard()
    live, other = published("markov"), published("ease")
    services.make_live(live)
    experiment = started({}, runs=[other])
    running.apply(experiment.arms.get(place=1), by=None)
    experiment.refresh_from_db()
    assert ModelRun.objects.live() == other
    assert (experiment.is_running, experiment.winner.place) == (False, 1)


def test_a_winner_with_settings_becomes_the_surface():
    experiment = started({"diversity": 0.4})
    running.apply(experiment.arms.get(place=1), by=None)
    assert Placement.objects.get(pk="for-you").diversity == 0.4


def test_a_winner_that_cannot_be_served_changes_nothing():
    checkerboard()
    live, other = published("markov"), published("ease")
    services.make_live(live)
    experiment = started({"diversity": 0.4}, runs=[other])
    (store.folder_of(other.artifact) / "manifest.json").write_text("{}")
    with pytest.raises(CannotRun, match="damaged"):
        running.apply(experiment.arms.get(place=1), by=None)
    experiment.refresh_from_db()
    assert experiment.is_running
    assert Placement.objects.get(pk="for-you").diversity == 0
    assert ModelRun.objects.live() == live


def test_what_never_ran_is_not_applied():
    with pytest.raises(CannotRun, match="never ran"):
        running.apply(written({"diversity": 0.4}).arms.get(place=1), by=None)


def test_the_model_of_an_arm_is_kept_while_it_runs(settings):
    checkerboard()
    tried = published("ease")
    experiment = started({}, runs=[tried])
    for _ in range(6):
        published("popularity")
    tried.refresh_from_db()
    assert tried.artifact
    assert tried.artifact in set(store.names())
    running.stop(experiment, "enough", by=None)
