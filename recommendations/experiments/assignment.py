"""Who is in which arm: drawn by lot from a keyed hash, so that everybody stays where they are.

`arm_of(visit, surface)` is the one seam between lists and experiments. It costs no query where no
experiment runs, and one a minute and process where some do. People who do not count (paused,
private), and visitors who have done nothing yet, are in none; nor is anybody before there is a
model. Two draws are made for each person: whether they are among the share that takes part, and
which arm they would be in; so a ramp only adds people, and moves nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2s
from typing import Any, Protocol

from recommendations.experiments.model import Arm, Experiment
from recommendations.remembered import EXPERIMENTS

FINE = 1 << 32


@dataclass(frozen=True)
class ArmPlan:
    """An arm as lists follow it."""

    pk: int
    changes: Mapping[str, Any]
    run: Any = None  # the ModelRun to ask in place of the live one
    is_stopped: bool = False


@dataclass(frozen=True)
class Plan:
    """A running experiment as lists follow it."""

    pk: int
    token: bytes
    surface: str
    share: int
    is_interleaved: bool
    arms: tuple[ArmPlan, ...]

    @classmethod
    def of(cls, experiment: Experiment, arms: Sequence[Arm]) -> Plan:
        return cls(
            experiment.pk,
            experiment.token.bytes,
            experiment.surface,
            experiment.share,
            experiment.is_interleaved,
            tuple(
                ArmPlan(arm.pk, arm.changes, arm.run, arm.stopped_at is not None) for arm in arms
            ),
        )

    def takes(self, person_id: int) -> bool:
        """Whether a person is among the share that takes part."""
        return self._draw("share", person_id) < self.share / 100

    def arm_for(self, person_id: int) -> ArmPlan:
        """The arm that a person is in, or would be."""
        return self.arms[int(self._draw("arm", person_id) * len(self.arms))]

    def number(self, what: str, person_id: int) -> int:
        """Drawn by lot: always the same of the same experiment, question and person."""
        said = f"{what}:{person_id}".encode()
        return int.from_bytes(blake2s(said, key=self.token, digest_size=4).digest())

    def _draw(self, what: str, person_id: int) -> float:
        return self.number(what, person_id) / FINE


@dataclass(frozen=True)
class Assigned:
    """The experiment that a list is part of; the person's arm, None where lists are interleaved."""

    plan: Plan
    arm: ArmPlan | None


class Looker(Protocol):
    """As much of a Visit as is needed."""

    person: Any

    @property
    def model(self) -> Any: ...


def arm_of(visit: Looker, surface: str) -> Assigned | None:
    """The arm that this visit's person is in on this surface; None of the default."""
    person = visit.person
    if person is None or not person.is_counted:
        return None
    if visit.model is None:  # whoever asks for it learns whether any experiment runs
        return None
    plan = next((plan for plan in running() if plan.surface == surface), None)
    if plan is None or not plan.takes(person.pk):
        return None
    if plan.is_interleaved:
        return None if any(arm.is_stopped for arm in plan.arms) else Assigned(plan, None)
    arm = plan.arm_for(person.pk)
    return None if arm.is_stopped else Assigned(plan, arm)


def running() -> Sequence[Plan]:
    """All experiments that run now; one query where that is not known or a minute old."""
    known = EXPERIMENTS.recall()
    if known is None:
        arms = Arm.objects.filter(
            experiment__started_at__isnull=False, experiment__stopped_at__isnull=True
        )
        of: dict[Experiment, list[Arm]] = {}
        for arm in arms.select_related("experiment", "run").order_by("experiment", "place"):
            of.setdefault(arm.experiment, []).append(arm)
        known = [Plan.of(experiment, own) for experiment, own in of.items()]
        EXPERIMENTS.keep(known)
    return known
