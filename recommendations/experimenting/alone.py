"""What the first place of each interleaved arm alone would get: an off-policy estimate.

Of the lists of the last 30 days whose first place was really seen. Who stands there was drawn by
lot, so a list tells of the arm that placed it, and where both arms agree, of both. The one question
of this sort that interleaved lists answer well; of whole lists they say too little (`off_policy`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommendations.experiments.model import Arm, Experiment
from recommendations.experiments.off_policy import Estimate, Log, NoOverlap, snips
from recommendations.measuring.counted import counted
from recommendations.models import Impression

SURE = 0.999
"""So likely is what both arms place first."""


@dataclass(frozen=True)
class Alone:
    """An arm, and the share of its first places that would be opened; or why nobody can tell."""

    arm: Arm
    estimate: Estimate | None
    refusal: str = ""

    @property
    def percent(self) -> float | None:
        return None if self.estimate is None else 100 * self.estimate.value

    @property
    def low(self) -> float | None:
        return None if self.estimate is None else 100 * max(0.0, self.estimate.interval[0])

    @property
    def high(self) -> float | None:
        return None if self.estimate is None else 100 * min(1.0, self.estimate.interval[1])


def first_places(experiment: Experiment) -> list[Alone]:
    """For each arm; [] of an experiment whose lists are not interleaved. Two queries."""
    if not experiment.is_interleaved:
        return []
    arms = list(experiment.arms.order_by("place"))
    seen = Impression.objects.filter(
        arm__in=[arm.pk for arm in arms], position=0, chance__isnull=False
    )
    rows = list(counted(seen).values_list("person_id", "arm", "chance", "opened_at"))
    people, placed, chances, opened = zip(*rows, strict=True) if rows else ([], [], [], [])
    likely = np.array(chances, dtype=float)
    rewards = [at is not None for at in opened]
    found = []
    for arm in arms:
        is_its_own = (np.array(placed) == arm.pk) | (likely > SURE)
        try:
            estimate = snips(Log.of(rewards, likely, is_its_own, people))
        except NoOverlap as refused:
            found.append(Alone(arm, None, str(refused)))
        else:
            found.append(Alone(arm, estimate))
    return found
