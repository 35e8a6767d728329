"""Experiments for programs of staff: day by day, what was done to them, and the end of an idea."""

import pytest

from catalog.models import Item
from recommendations.experimenting import outcomes, running
from recommendations.models import Experiment
from tests.recommendations.experiments.test_admin import API, staff
from tests.recommendations.experiments.test_outcomes import OVER, crowd
from tests.recommendations.experiments.trials import started, written

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf():
    return Item.objects.bulk_create(Item(title=f"Item {n}") for n in range(12))


def test_days_are_those_of_the_admins_table(shelf):
    experiment = started()
    crowd(experiment, shelf, opened=(0.5, 2.0))
    outcomes.sum_up(experiment, now=OVER)
    first, second = staff("view_experiment").get(f"{API}{experiment.pk}/days/").json()
    assert [(row["arm"], row["people"], row["signs"]) for row in (first, second)] == [
        ("A", 120, None),
        ("B", 120, None),
    ]
    assert (first["difference"], first["low"], first["high"]) == (None, None, None)
    assert 0 < second["low"] < second["difference"] < second["high"]
    opened = [row["sums"]["opened"]["sum"] for row in (first, second)]
    assert second["difference"] == pytest.approx((opened[1] - opened[0]) / 120)


def test_interleaved_days_have_wins_losses_and_draws(shelf):
    experiment = started(design="interleaved")
    arm = experiment.arms.get(place=1)
    arm.days.create(day=OVER.date(), people=9, sums={"signs": [4, 3, 2]})
    rows = staff("view_experiment").get(f"{API}{experiment.pk}/days/").json()
    assert [row["signs"] for row in rows] == [{"wins": 4, "losses": 3, "draws": 2}]


def test_what_was_done_to_one_is_told_the_latest_first():
    experiment = started(share=5)
    running.stop(experiment, "We know enough.", by=None)
    told = staff("view_experiment").get(f"{API}{experiment.pk}/changes/").json()["results"]
    assert [(one["by"], one["said"]) for one in told] == [
        (None, "Stopped: We know enough."),
        (None, "Started on 5 % of people."),
    ]


def test_one_that_never_ran_is_deleted_and_another_is_kept():
    idea, ran = written({"diversity": 0.4}), started()
    program = staff("delete_experiment", "view_experiment")
    assert program.delete(f"{API}{idea.pk}/").status_code == 204
    answer = program.delete(f"{API}{ran.pk}/")
    assert answer.status_code == 409
    assert "kept" in answer.json()["detail"]
    assert list(Experiment.objects.all()) == [ran]


def test_who_may_change_one_may_not_delete_it():
    idea = written({"diversity": 0.4})
    program = staff("change_experiment", "add_experiment")
    assert program.delete(f"{API}{idea.pk}/").status_code == 403
    assert Experiment.objects.filter(pk=idea.pk).exists()
