"""What is counted of people in arms: tiny worlds with known answers, and what is decided by it."""

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from catalog import privacy, services
from catalog.models import Item, Person
from config.beat import schedule
from recommendations import tasks
from recommendations.experimenting import judging, outcomes
from recommendations.experimenting.alone import first_places
from recommendations.models import ArmDay, Dismissal, Impression, ModelRun
from tests.recommendations.experiments.trials import DAY, HOUR, people, plan_of, sight, started
from tests.recommendations.worlds import NOON

pytestmark = pytest.mark.django_db
OVER = NOON + 3 * DAY


@pytest.fixture
def shelf():
    return Item.objects.bulk_create(Item(title=f"Item {n}") for n in range(12))


def see(person, shelf, arm, *, at=NOON, seen=3, opened=0):
    rows = [
        sight(person, item, arm, at + n * timedelta(minutes=1), opened=n < opened)
        for n, item in enumerate(shelf[:seen])
    ]
    Impression.objects.bulk_create(rows)


def sums(experiment, place, name):
    return [
        outcomes.sums_of(day, name)
        for day in ArmDay.objects.filter(arm__experiment=experiment, arm__place=place)
    ]


def test_each_person_is_one_sum_of_what_they_did(shelf):
    experiment = started()
    arm = experiment.arms.get(place=1)
    _control, (ann, ben) = people(experiment, each=2)
    see(ann, shelf, arm, seen=4, opened=3)
    see(ben, shelf, arm, seen=2)
    services.rate_item(ann, shelf[0], stars=4, at=NOON + HOUR)
    services.rate_item(ann, shelf[1], stars=3.5, at=NOON + HOUR)  # not well
    services.rate_item(ben, shelf[5], stars=5, at=NOON + HOUR)  # not shown
    services.shelve_item(ben, shelf[1], shelf="want", at=NOON + 24 * HOUR)
    services.shelve_item(ben, shelf[0], shelf="want", at=NOON + 24 * HOUR)  # too late by nothing
    assert outcomes.sum_up(experiment, now=OVER) == 2
    (opened,), (rated,), (shelved,) = (sums(experiment, 1, name) for name in outcomes.OUTCOMES)
    assert (opened.people, opened.y, opened.yy, opened.x, opened.xx, opened.xy) == (
        *(2, 3, 9, 6, 20, 12),
    )
    assert (rated.y, shelved.y) == (1, 1)


def test_counting_again_changes_nothing(shelf):
    experiment = started()
    (ann, *_), _tried = people(experiment, each=1)
    see(ann, shelf, experiment.arms.get(place=0), opened=1)
    outcomes.sum_up(experiment, now=OVER)
    before = list(ArmDay.objects.values("arm", "day", "people", "sums", "guarded"))
    outcomes.sum_up(experiment, now=OVER)
    assert list(ArmDay.objects.values("arm", "day", "people", "sums", "guarded")) == before


def test_somebody_counts_when_their_window_and_its_credit_are_over(shelf):
    experiment = started(window_days=3)
    (ann, *_), _tried = people(experiment, each=1)
    see(ann, shelf, experiment.arms.get(place=0))
    for days, expected in ((0.5, 0), (3.9, 0), (4, 1)):
        assert outcomes.sum_up(experiment, now=NOON + days * DAY) == expected


def test_what_is_after_the_window_does_not_count(shelf):
    experiment = started()
    (ann, *_), _tried = people(experiment, each=1)
    arm = experiment.arms.get(place=0)
    see(ann, shelf, arm, seen=1)
    see(ann, shelf[3:], arm, at=NOON + DAY, seen=3, opened=3)
    outcomes.sum_up(experiment, now=OVER)
    (opened,) = sums(experiment, 0, "opened")
    assert (opened.y, opened.x) == (0, 1)


def test_rows_of_another_arm_than_ones_own_are_left_out(shelf):
    """As of a visitor who turned out to be a member."""
    experiment = started()
    (ann, *_), _tried = people(experiment, each=1)
    see(ann, shelf, experiment.arms.get(place=1))
    assert outcomes.sum_up(experiment, now=OVER) == 0


def test_whoever_pauses_or_goes_leaves_the_sums_while_rows_are_known(shelf):
    experiment = started()
    (ann, ben, cem), _tried = people(experiment, each=3)
    for person in (ann, ben, cem):
        see(person, shelf, experiment.arms.get(place=0))
    assert outcomes.sum_up(experiment, now=OVER) == 3
    privacy.choose(ann, is_paused=True)
    ben.delete()
    assert outcomes.sum_up(experiment, now=OVER) == 1


def test_sums_stay_when_rows_are_gone(shelf):
    experiment = started()
    (ann, *_), _tried = people(experiment, each=1)
    see(ann, shelf, experiment.arms.get(place=0))
    outcomes.sum_up(experiment, now=OVER)
    Impression.objects.all().delete()
    assert outcomes.sum_up(experiment, now=NOON + 31 * DAY) == 1


def test_one_person_does_not_outweigh_all_others(shelf):
    experiment = started()
    arm = experiment.arms.get(place=0)
    (ann, *_), _tried = people(experiment, each=1)
    items = Item.objects.bulk_create(Item(title=f"More {n}") for n in range(60))
    see(ann, items, arm, seen=60, opened=60)
    outcomes.sum_up(experiment, now=OVER)
    (opened,) = sums(experiment, 0, "opened")
    assert (opened.y, opened.x) == (20, 60)


def test_an_interleaved_list_counts_who_won_with_each_person(shelf):
    experiment = started(design="interleaved")
    first, second = experiment.arms.order_by("place")
    ann, ben, cem = Person.objects.bulk_create(Person() for _ in range(3))
    for person, own, others in ((ann, 2, 1), (ben, 0, 1), (cem, 1, 1)):
        see(person, shelf[:4], second, seen=4, opened=own)
        see(person, shelf[4:], first, seen=4, opened=others)
    outcomes.sum_up(experiment, now=OVER)
    found = judging.judged(experiment)
    assert (found.signs.wins, found.signs.losses, found.draws) == (1, 1, 1)
    assert found.standings[1].value == 0.5
    assert "Nothing is decided" in found.sentence


def test_first_places_say_what_each_arm_alone_would_get(shelf):
    experiment = started(design="interleaved")
    first, second = experiment.arms.order_by("place")
    rows = []
    for n, person in enumerate(Person.objects.bulk_create(Person() for _ in range(200))):
        arm = (first, second)[n % 2]  # by lot, as it is: half of the first ones each
        row = sight(person, shelf[0], arm, NOON, opened=n % (10 if arm is first else 5) < 2)
        row.chance = 0.5
        rows.append(row)
    Impression.objects.bulk_create(rows)
    alone = first_places(experiment)
    opened = [sum(r.opened_at is not None for r in rows if r.arm == a.pk) for a in (first, second)]
    assert [one.percent for one in alone] == [pytest.approx(share) for share in opened]  # of 100
    assert alone[0].low < opened[0] < alone[0].high
    Impression.objects.update(chance=None)
    assert "Nothing was shown by lot" in first_places(experiment)[0].refusal
    assert first_places(started(surface="similar")) == []


def crowd(experiment, shelf, *, each=120, opened=(1, 1), dismissed=(0, 0), seen=(6, 6), seed=1):
    """As many people in every arm, who open (Poisson) and dismiss so much."""
    rng, rows, gone = np.random.default_rng(seed), [], []
    arms = list(experiment.arms.order_by("place"))
    for at, (arm, group) in enumerate(zip(arms, people(experiment, each=each), strict=True)):
        for person in group:
            most = 1 + int(rng.integers(0, 2 * seen[at]))
            wanted = rng.poisson(opened[at])
            rows += [
                sight(person, item, arm, NOON + n * timedelta(minutes=1), opened=n < wanted)
                for n, item in enumerate(shelf[:most])
            ]
            gone += [
                Dismissal(person=person, item=item, dismissed_at=NOON + HOUR)
                for item in shelf[: rng.poisson(dismissed[at])]
            ]
    Impression.objects.bulk_create(rows)
    Dismissal.objects.bulk_create(gone)


@pytest.mark.parametrize("per", ["person", "seen"])
def test_a_better_arm_is_found(shelf, per):
    experiment = started(per=per)
    crowd(experiment, shelf, opened=(0.5, 2.0))
    outcomes.sum_up(experiment, now=OVER)
    found = judging.judged(experiment)
    assert found.sentence == "Arm B is better than the first."
    assert [one.people for one in found.standings] == [120, 120]
    assert not found.is_uneven


def test_arms_that_are_the_same_are_not_told_apart(shelf):
    experiment = started()
    crowd(experiment, shelf)
    outcomes.sum_up(experiment, now=OVER)
    found = judging.judged(experiment)
    low, high = found.standings[1].interval.low, found.standings[1].interval.high
    assert low < 0 < high
    assert "Nothing is decided" in found.sentence


def test_arms_that_lost_people_are_not_trusted(shelf):
    experiment = started()
    crowd(experiment, shelf, opened=(0.5, 2.0))
    lost = Person.objects.filter(impressions__arm=experiment.arms.get(place=1).pk).distinct()
    Impression.objects.filter(person__in=list(lost.values_list("pk", flat=True)[:70])).delete()
    outcomes.sum_up(experiment, now=OVER)
    found = judging.judged(experiment)
    assert found.is_uneven
    assert "Do not trust the figures" in found.sentence
    experiment.arms.filter(place=1).update(stopped_at=OVER)  # which takes nothing back
    assert judging.judged(experiment).is_uneven


def test_an_arm_that_was_stopped_has_fewer_people_and_is_not_uneven(shelf):
    experiment = started()
    control, _tried = people(experiment, each=120)
    arm = experiment.arms.get(place=0)
    rows = [sight(person, shelf[0], arm, NOON + 2 * DAY) for person in control]
    Impression.objects.bulk_create(rows)
    experiment.arms.filter(place=1).update(stopped_at=NOON + DAY)
    outcomes.sum_up(experiment, now=NOON + 5 * DAY)
    found = judging.judged(experiment)
    assert [one.people for one in found.standings] == [120, 0]
    assert not found.is_uneven


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ({"dismissed": (0.1, 1.5, 0.1)}, "People dismiss more"),
        ({"seen": (6, 2, 6)}, "People see less"),
    ],
)
def test_a_guardrail_stops_an_arm_by_itself_and_says_why(shelf, what, words):
    experiment = started({"diversity": 0.5}, {"diversity": 0.9})
    alike = {"opened": (1, 1, 1), "dismissed": (0, 0, 0), "seen": (6, 6, 6)}
    crowd(experiment, shelf, **{**alike, **what})
    said = judging.look_after(now=NOON + DAY)
    assert any(words in one for one in said)
    bad, good = experiment.arms.filter(place__gt=0).order_by("place")
    assert words in bad.stopped_because
    assert good.stopped_at is None
    assert not any(words in one for one in judging.look_after(now=NOON + DAY + HOUR))  # once
    experiment.refresh_from_db()
    assert experiment.is_running
    assert experiment.changes.filter(said__contains=words).count() == 1


def test_guardrails_that_are_off_stop_nothing(shelf):
    experiment = started(guards_dismissals=False)
    crowd(experiment, shelf, dismissed=(0.1, 1.5))
    judging.look_after(now=NOON + DAY)
    assert experiment.arms.get(place=1).stopped_at is None


def test_an_experiment_without_arms_to_compare_ends_and_so_does_one_of_four_weeks(shelf):
    experiment = started()
    crowd(experiment, shelf, dismissed=(0.1, 1.5))
    judging.look_after(now=NOON + DAY)
    experiment.refresh_from_db()
    assert "No arm is left" in experiment.outcome
    late = started(name="Late")
    judging.look_after(now=NOON + 28 * DAY)
    late.refresh_from_db()
    assert "It ran for four weeks. Too few people" in late.outcome


def test_an_arm_whose_model_is_damaged_is_stopped(shelf):
    run = ModelRun.objects.create(trigger="admin", status="succeeded", artifact="run-1")
    experiment = started()
    experiment.arms.filter(place=1).update(run=run)
    ModelRun.objects.filter(pk=run.pk).update(artifact_problem="it is torn")
    judging.look_after(now=NOON + HOUR)
    assert experiment.arms.get(place=1).stopped_because == "Its model cannot be served."


def test_a_stopped_arms_people_count_no_further_and_see_the_default(shelf):
    experiment = started()
    _control, (ann, ben) = people(experiment, each=2)
    arm = experiment.arms.get(place=1)
    see(ann, shelf, arm)
    see(ben, shelf, arm, at=NOON + DAY)
    experiment.arms.filter(place=1).update(stopped_at=NOON + 1.5 * DAY)
    assert outcomes.sum_up(experiment, now=OVER) == 1
    assert plan_of(experiment).arms[1].is_stopped


def test_the_task_is_in_the_schedule_and_does_it():
    assert "recommendations.look_after_experiments" in {
        entry["task"] for entry in schedule(retrain_check=60, write_views=None).values()
    }
    assert tasks.look_after_experiments() == "no experiment runs"
    started(now=timezone.now())
    assert tasks.look_after_experiments() == "A trial: 0"
