"""How a training went, as few points: the loss at some steps, and what validation said.

A trainer tells of thousands of steps; a run's row keeps MOST points of each training, the first
and the newest among them. Filled by `recommendations.candidates`, kept in `ModelRun.curve`, drawn
by `recommendations.pictures`. Pure: events in, JSON out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MOST = 200
MEASURE = "ndcg@10"


@dataclass
class Series:
    """The loss of one training: every so many reports one point, twice as many when it is full."""

    points: list[tuple[int, float]] = field(default_factory=list)
    of: int = 0
    newest: tuple[int, float] | None = None
    _told: int = 0
    _every: int = 1

    def add(self, step: int, loss: float, of: int) -> None:
        self.of, self.newest = of, (step, loss)
        if self._told % self._every == 0:
            self.points.append(self.newest)
        self._told += 1
        if len(self.points) >= MOST:
            del self.points[1::2]
            self._every *= 2

    def to_json(self) -> dict[str, Any]:
        points = list(self.points)
        if self.newest and self.newest != points[-1]:
            points.append(self.newest)
        return {"of": self.of, "loss": [list(point) for point in points]}


@dataclass
class Curves:
    """All trainings of a run, by stage and candidate: "training/hybrid"."""

    _series: dict[str, Series] = field(default_factory=dict)
    _validation: dict[str, float] = field(default_factory=dict)

    def add(self, name: str, event: Mapping[str, Any]) -> bool:
        """Take in what a trainer said; whether there is anything new to draw."""
        if event.get("event") == "validation" and _is_number(event.get(MEASURE)):
            self._validation[name] = event[MEASURE]
            return True
        if event.get("event") != "step" or not all(
            _is_number(event.get(key)) for key in ("step", "of", "loss")
        ):
            return False
        self._series.setdefault(name, Series()).add(event["step"], event["loss"], event["of"])
        return True

    def to_json(self) -> dict[str, Any]:
        found = {name: series.to_json() for name, series in self._series.items()}
        return {"series": found, "validation": dict(self._validation)}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)
