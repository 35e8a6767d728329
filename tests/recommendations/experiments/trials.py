"""Experiments that run, and people in them."""

from datetime import timedelta

from catalog.models import Person
from recommendations.experimenting import running
from recommendations.experiments.assignment import Plan
from recommendations.models import Arm, Experiment, Impression
from tests.recommendations.worlds import NOON

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def written(*changes, runs=(), **said):
    """An experiment with a default arm, and one for each of the changes."""
    experiment = Experiment.objects.create(**{"name": "A trial", "window_days": 1, **said})
    for place, change in enumerate(({}, *changes)):
        run = runs[place - 1] if place and runs else None
        Arm.objects.create(experiment=experiment, place=place, changes=change, run=run)
    return experiment


def started(*changes, share=100, now=NOON, **said):
    experiment = written(*(changes or ({"diversity": 0.5},)), **said)
    running.start(experiment, by=None, share=share, now=now)
    return experiment


def plan_of(experiment):
    return Plan.of(experiment, list(experiment.arms.order_by("place")))


def people(experiment, *, each):
    """So many people of each arm, by arm."""
    plan, of = plan_of(experiment), {}
    while any(len(of.get(arm.pk, ())) < each for arm in plan.arms) or not of:
        for person in Person.objects.bulk_create(Person() for _ in range(each)):
            own = of.setdefault(plan.arm_for(person.pk).pk, [])
            if len(own) < each:
                own.append(person)
    return [of[arm.pk] for arm in plan.arms]


def sight(person, item, arm, at, *, opened=False, position=0):
    """An Impression that is not saved."""
    return Impression(
        person=person,
        item=item,
        surface="for-you",
        hour=at.replace(minute=0),
        position=position,
        arm=arm.pk,
        rung="personal",
        rendered_at=at,
        seen_at=at,
        opened_at=at if opened else None,
    )
