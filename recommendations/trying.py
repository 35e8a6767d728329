"""Makes the list of a person who takes part in an experiment, by the arm that they are in.

`trial_of` says with which visits a surface's list is made: in an arm, with a second visit that
knows all that the first one does, but asks the arm's model and has the arm's settings; interleaved,
with two of them, and one list is drafted of both: the same one for an hour, so that a page that is
loaded again does not move. A model that is not loaded yet, or fails, makes the list plainer as
ever; its person counts for their arm all the same. Without an experiment it is None, at no cost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, replace
from random import Random

from django.utils import timezone

from recommendations import engine, ladder
from recommendations.experiments import interleaving
from recommendations.experiments.assignment import ArmPlan, Plan, arm_of
from recommendations.experiments.tried import Tried
from recommendations.ladder import Picks
from recommendations.visit import Visit


@dataclass(frozen=True)
class Trial:
    """A list to be made with each of these visits: one, or both arms of an interleaved list."""

    plan: Plan
    arms: tuple[ArmPlan, ...]
    visits: tuple[Visit, ...]

    @property
    def is_interleaved(self) -> bool:
        return self.plan.is_interleaved

    def noted(self, picks: Picks) -> Picks:
        """The list of the one arm, which says so."""
        return replace(picks, tried=Tried((self.arms[0].pk,), (_run_of(self.visits[0]),)))

    def drafted(self, lists: Sequence[Picks]) -> Picks:
        """One list of both."""
        ids = [[pick.item.pk for pick in one.items] for one in lists]
        person, now = self.visits[0].person, timezone.now()
        assert person is not None
        chance = Random(self.plan.number(f"draft:{now:%Y-%m-%dT%H}", person.pk))
        drafted = interleaving.team_draft(
            *ids, n=max(map(len, ids)), flip=lambda: chance.random() < 0.5
        )
        chances = interleaving.chances(*ids, n=min(interleaving.EXACT, len(drafted)))
        picks = [{pick.item.pk: pick for pick in one.items} for one in lists]
        chosen = [picks[side][pk] for pk, side in drafted]
        tried = Tried(
            tuple(arm.pk for arm in self.arms),
            tuple(map(_run_of, self.visits)),
            tuple(side for _pk, side in drafted),
            tuple(place[pk] for place, (pk, _side) in zip(chances, drafted, strict=False)),
        )
        return replace(lists[0], items=chosen, rung=ladder.best_rung(chosen), tried=tried)

    def give_back(self, visit: Visit) -> None:
        """The page's own visit learns what these lists show."""
        for own in self.visits:
            visit.told |= own.told
            visit.shown |= own.shown


def trial_of(visit: Visit, surface: str) -> Trial | None:
    """How this visit's person gets the list of this surface; None: as it is."""
    assigned = None if visit.tried else arm_of(visit, surface)
    if assigned is None:
        return None
    arms = assigned.plan.arms if assigned.arm is None else (assigned.arm,)
    return Trial(assigned.plan, arms, tuple(in_arm(visit, surface, arm) for arm in arms))


def served(visit: Visit, surface: str, make: Callable[[Visit], Picks]) -> Picks:
    """The list that `make` makes, as this visit's person gets it on this surface."""
    trial = trial_of(visit, surface)
    if trial is None:
        return make(visit)
    lists = [make(own) for own in trial.visits]
    trial.give_back(visit)
    return trial.drafted(lists) if trial.is_interleaved else trial.noted(lists[0])


def in_arm(visit: Visit, surface: str, arm: ArmPlan) -> Visit:
    """A visit of the same person to the same page, with the arm's model and settings."""
    settings = visit.placement(surface)
    _ = visit.model, visit.events, visit.left_out, visit.steering  # asked for once, for both
    own = copy(visit)
    own.ranked, own.found = None, {}
    own.told, own.shown = set(visit.told), set(visit.shown)
    if arm.changes:
        own.tried = {surface: settings.changed(**arm.changes)}
        for known in ("placements", "shown_before"):
            own.__dict__.pop(known, None)
    if arm.run is not None:
        model = engine.model_of(arm.run)
        if model is not None:
            own.model, own.model_failed = model, False
    return own


def _run_of(visit: Visit) -> int:
    model = visit.model
    return model.run_id if model is not None and not visit.model_failed else 0
