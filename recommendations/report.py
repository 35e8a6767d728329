"""A run's figures, arranged for people: the admin's tables and badges read these.

Figures are what `recommendations.candidates` left in `ModelRun.figures`; older or broken runs may
lack any of them, and are shown as far as they go.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from recommendations.gate import BASELINES, HYBRID, MEASURE, Before
from recommendations.models import ModelRun

SURE = 1.96  # standard errors on each side of a 95 % interval
LOOK_BACK = 20  # runs
PLOT_WIDTH = 160.0  # of the plot of intervals, in its own units


@dataclass(frozen=True)
class Row:
    """One candidate of a run."""

    name: str
    label: str
    problem: str
    is_chosen: bool
    ndcg: float | None
    low: float
    high: float
    recall: float | None
    coverage: float | None
    seconds: float | None
    memory_mb: float | None
    widest: float = 0.0

    @property
    def is_baseline(self) -> bool:
        return self.name in BASELINES

    @property
    def plot(self) -> dict[str, float]:
        """Where the mean and the ends of its interval are drawn."""
        scale = PLOT_WIDTH / self.widest if self.widest else 0.0
        places = {"at": self.ndcg or 0.0, "low": self.low, "high": self.high}
        return {name: round(value * scale, 1) for name, value in places.items()}


def rows(run: ModelRun) -> list[Row]:
    """The candidates of a run, best first, those without figures last."""
    found = [_row(entry, run) for entry in _candidates(run)]
    widest = max((row.high for row in found), default=0.0)
    found = [Row(**{**vars(row), "widest": widest}) for row in found]
    return sorted(found, key=lambda row: -1.0 if row.ndcg is None else row.ndcg, reverse=True)


@dataclass(frozen=True)
class Duel:
    """The hybrid against the best baseline, in NDCG@10; None where one was not judged."""

    hybrid: float | None
    baseline: float | None
    baseline_label: str
    hybrid_interval: tuple[float, float] | None = None
    baseline_interval: tuple[float, float] | None = None


def duel(run: ModelRun) -> Duel:
    judged = {row.name: row for row in rows(run) if row.ndcg is not None}
    best = next((row for row in judged.values() if row.is_baseline), None)
    hybrid = judged.get(HYBRID)
    return Duel(
        hybrid=hybrid.ndcg if hybrid else None,
        baseline=best.ndcg if best else None,
        baseline_label=best.label if best else "",
        hybrid_interval=(hybrid.low, hybrid.high) if hybrid else None,
        baseline_interval=(best.low, best.high) if best else None,
    )


def last_judged(*, since: datetime) -> dict[str, Before]:
    """How each kind of candidate did when it was judged last, and found to be sound."""
    found: dict[str, Before] = {}
    ended = ModelRun.objects.filter(finished_at__gte=since).exclude(figures={})
    for run in ended.defer("log")[:LOOK_BACK]:
        for entry in _candidates(run):
            name, mean, shown = entry.get("name"), entry.get(MEASURE), entry.get("shown")
            if name not in found and not entry.get("problem") and mean is not None and shown:
                share, people = float(entry["coverage"]), int(entry["people"])
                found[str(name)] = Before(float(mean), int(shown), share, people)
    return found


def people(run: ModelRun) -> int:
    """How many people the candidates were judged on."""
    return max((int(entry.get("people") or 0) for entry in _candidates(run)), default=0)


def _candidates(run: ModelRun) -> list[Mapping[str, Any]]:
    found = run.figures.get("candidates") if isinstance(run.figures, dict) else None
    return [entry for entry in found or [] if isinstance(entry, dict)]


def _row(entry: Mapping[str, Any], run: ModelRun) -> Row:
    name, mean = str(entry.get("name", "")), entry.get(MEASURE)
    error = SURE * float(entry.get(f"{MEASURE}_se") or 0.0)
    return Row(
        name=name,
        label=str(entry.get("label") or name),
        problem=str(entry.get("problem") or ""),
        is_chosen=bool(run.chosen) and name == run.chosen,
        ndcg=mean,
        low=max(0.0, (mean or 0.0) - error),
        high=(mean or 0.0) + error,
        recall=entry.get("recall@10"),
        coverage=entry.get("coverage"),
        seconds=entry.get("seconds"),
        memory_mb=entry.get("peak_memory_mb"),
    )
