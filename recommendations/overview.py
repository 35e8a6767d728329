"""What the Recommendations page knows: the live model, runs, events, the catalogue, and advice.

Read by `recommendations.admin_overview`. A fixed number of queries, of which those over events and
items are remembered for some minutes by `recommendations.health`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalog.remember import remembered
from recommendations import canary, engine, health, pictures, report
from recommendations.activity import Cold, Quiet
from recommendations.models import ModelRun, RetrainSettings

NEWEST_RUNS = 8
NEWEST_COLD = 5
TRIED_ON = 10  # per cent of people, where nothing else was set
LONG = ("log", "marks", "curve")
"""What no list of runs shows."""


def context(*, now: datetime) -> dict[str, Any]:
    """Everything that the page shows."""
    counts = health.remembered_counts(now=now)
    active = ModelRun.objects.active().first()
    return {
        "live": live(),
        "canary": tried(now=now),
        "canary_percent": share_of_a_trial(),
        "active_run": active,
        "active_curves": pictures.curves(active) if active else [],
        "findings": health.advice(counts, now=now),
        "history": pictures.history(judged_runs()),
        "activity": pictures.activity(counts.days),
        "counts": counts,
        "health_minutes": health.MINUTES,
        "cold": cold(counts.cold),
        "quiet": quiet(counts.quiet),
        "runs": ModelRun.objects.defer(*LONG)[:NEWEST_RUNS],
        "last_curves": [] if active else last_curves(),
    }


@dataclass(frozen=True)
class Live:
    """The live run and its figures; `row` is its own among them."""

    run: ModelRun
    rows: list[report.Row]
    people: int
    row: report.Row | None
    rival: report.Row | None
    """The best baseline, unless that is live itself."""
    can_roll_back: bool


def live() -> Live | None:
    run = ModelRun.objects.live()
    if run is None:
        return None
    rows = report.rows(run)
    judged = [row for row in rows if row.ndcg is not None]
    return Live(
        run=run,
        rows=rows,
        people=report.people(run),
        row=next((row for row in judged if row.is_chosen), None),
        rival=next((row for row in judged if row.is_baseline and not row.is_chosen), None),
        can_roll_back=ModelRun.objects.servable().filter(pk__lt=run.pk).exists(),
    )


@dataclass(frozen=True)
class Tried:
    """The canary, and how its trial stands in words."""

    run: ModelRun
    trial: str


def tried(*, now: datetime) -> Tried | None:
    """Everybody's events since it began are counted, so the sentence is remembered."""
    run = ModelRun.objects.canary()
    if run is None:
        return None
    trial = remembered(
        f"canary:{run.pk}",
        lambda: canary.figures(run, now=now).sentence(),
        seconds=60 * health.MINUTES,
    )
    return Tried(run, trial)


def share_of_a_trial() -> int:
    """On how many per cent of people the button tries a model."""
    return RetrainSettings.current().canary_share or TRIED_ON


def judged_runs() -> list[ModelRun]:
    """The newest runs that have figures, newest first."""
    return list(ModelRun.objects.exclude(figures={}).defer(*LONG)[: pictures.HISTORY])


def last_curves() -> list[pictures.Picture]:
    """Of the newest run that trained a network."""
    run = ModelRun.objects.exclude(curve={}).defer("log", "figures").first()
    return pictures.curves(run) if run else []


@dataclass(frozen=True)
class ColdItems:
    """Items that nobody met, how many of them the live model can place, and the newest few."""

    count: int
    share: float
    looked_at: int
    known: int | None
    """Of the `looked_at` newest ones; None without a model."""
    newest: list[tuple[int, str, bool]]  # id, title, whether the live model knows it


def cold(found: Cold) -> ColdItems:
    model = engine.current()
    items = model.recommender.items if model else None
    rows = [
        (pk, title, items is not None and items.row(str(pk)) >= 0) for pk, title in found.newest
    ]
    return ColdItems(
        count=found.count,
        share=100 * found.count / max(found.items, 1),
        looked_at=len(rows),
        known=sum(known for _pk, _title, known in rows) if model else None,
        newest=rows[:NEWEST_COLD],
    )


@dataclass(frozen=True)
class QuietPeople:
    """Shares of people in percent: without any event, and with a few only."""

    people: int
    is_sample: bool
    silent: float
    few: float


def quiet(found: Quiet) -> QuietPeople:
    size = max(found.sample, 1)
    return QuietPeople(
        people=found.people,
        is_sample=found.sample < found.people,
        silent=100 * found.silent / size,
        few=100 * found.few / size,
    )
