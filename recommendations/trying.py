"""Makes the list of a person who takes part in an experiment, by the arm that they are in.

`served` is around whatever makes a surface's list. Without an experiment it calls that with the
visit as it is. In an arm, the list is made for a second visit that knows all that the first one
does, but asks the arm's model and follows its settings (`taste_of`). Interleaved, both lists are
made, and one is drafted of them: the same one for an hour, so that a page that is loaded again does
not move. A model that is not loaded yet, or fails, makes the list plainer as ever; its person
counts for their arm all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import replace
from datetime import datetime
from random import Random

from django.utils import timezone

from ml.taste import Taste
from recommendations import engine, ladder
from recommendations.experiments import interleaving
from recommendations.experiments.assignment import ArmPlan, Plan, arm_of
from recommendations.experiments.tried import Tried
from recommendations.ladder import Picks
from recommendations.visit import Visit

Make = Callable[[Visit], Picks]


def served(visit: Visit, surface: str, make: Make) -> Picks:
    """The list that `make` makes, as this visit's person gets it on this surface."""
    assigned = arm_of(visit, surface)
    if assigned is None:
        return make(visit)
    if assigned.arm is None:
        return _interleaved(visit, assigned.plan, make, now=timezone.now())
    own = in_arm(visit, assigned.arm)
    return replace(make(own), tried=Tried((assigned.arm.pk,), (_run_of(own),)))


def in_arm(visit: Visit, arm: ArmPlan) -> Visit:
    """A visit of the same person to the same page, with the arm's model and settings."""
    _ = visit.model, visit.events, visit.left_out, visit.steering  # asked for once, for both
    own = copy(visit)
    own.ranked = None
    own.changes = arm.changes
    if arm.run is not None:
        model = engine.model_of(arm.run)
        if model is not None:
            own.model, own.model_failed = model, False
    return own


def taste_of(visit: Visit) -> Taste:
    """What the person asks for, on top of what the arm does."""
    own = visit.steering.taste
    more = float(visit.changes.get("diversity", 0.0))
    return replace(own, diversity=min(1.0, own.diversity + more)) if more else own


def _interleaved(visit: Visit, plan: Plan, make: Make, *, now: datetime) -> Picks:
    visits = [in_arm(visit, arm) for arm in plan.arms]
    first, second = (make(one) for one in visits)
    lists = [[pick.item.pk for pick in one.items] for one in (first, second)]
    assert visit.person is not None
    chance = Random(plan.number(f"draft:{now:%Y-%m-%dT%H}", visit.person.pk))
    drafted = interleaving.team_draft(
        *lists, n=max(map(len, lists)), flip=lambda: chance.random() < 0.5
    )
    picks = [{pick.item.pk: pick for pick in one.items} for one in (first, second)]
    chances = interleaving.chances(*lists, n=min(interleaving.EXACT, len(drafted)))
    tried = Tried(
        tuple(arm.pk for arm in plan.arms),
        tuple(map(_run_of, visits)),
        tuple(side for _pk, side in drafted),
        tuple(place[pk] for place, (pk, _side) in zip(chances, drafted, strict=False)),
    )
    chosen = [picks[side][pk] for pk, side in drafted]
    return replace(first, items=chosen, rung=ladder.best_rung(chosen), tried=tried)


def _run_of(visit: Visit) -> int:
    model = visit.model
    return model.run_id if model is not None and not visit.model_failed else 0
