"""The candidates of a run: the past they learn, their training, and how they do on the future.

Used by `recommendations.pipeline`. Every candidate is fitted in a child process on the same past
and judged through `ml.serving` as pages use it: an older model, asked with all that a person did
until now, over the whole catalogue. One that cannot be trained, or scores nonsense, has its reason
instead of figures: an ordinary outcome.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings

from ml.artifact import ArtifactError, load_artifact
from ml.datafolder import save_snapshot
from ml.evaluate import Figures, judge
from ml.serving import Recommender
from ml.snapshot import Floats, History, Snapshot
from ml.split import Split, leave_last_out, rolling_after
from recommendations import gate, trainer
from recommendations.lease import Lease
from recommendations.models import ModelRun

Stage = ModelRun.Stage
FUTURES = (0.1, 0.2, 0.3)
"""Shares of the newest events to be foretold: the first that enough people have events in."""
ENOUGH_JUDGED, MOST_JUDGED = 30, 5000
"""People it takes, and events that are foretold at most."""
PROBE = 64
"""People whose lists are looked at for nonsense."""


@dataclass(frozen=True)
class Fitted:
    """One candidate after its training: the artifact, or why there is none."""

    name: str
    folder: Path
    cost: dict[str, Any]
    problem: str = ""


@dataclass(frozen=True)
class Judged:
    """One candidate after it was judged: for the gate, and for the run's row."""

    candidate: gate.Candidate
    figures: dict[str, Any]


def split_past_from_future(snapshot: Snapshot) -> tuple[Split, str]:
    """What candidates are fitted on and judged on, and the rule in words."""
    for share in FUTURES:
        split = rolling_after(snapshot, share=share, most=MOST_JUDGED)
        if split.people >= ENOUGH_JUDGED:
            moment = datetime.fromtimestamp(np.nanmax(split.train.events.time), tz=UTC)
            return split, (
                f"Candidates learned what happened until {moment:%d %B %Y, %H:%M} UTC, and were "
                f"judged on events of the newest {share:.0%}, each to be foretold from all that "
                "its person did before it."
            )
    return _fewer(leave_last_out(snapshot)), (
        "Too few people have events both before and after one moment, so candidates were judged "
        "on each person's last event, hidden from them."
    )


def _fewer(split: Split) -> Split:
    """The split without targets that were given too, and with a bounded number of people."""
    given, targets, size = split.given.events, split.targets, max(len(split.given.items), 1)
    met = np.isin(
        targets.user.astype(np.int64) * size + targets.item,
        given.user.astype(np.int64) * size + given.item,
    )
    targets = targets.where(~met)
    users = np.unique(targets.user)
    if len(users) > MOST_JUDGED:
        users = users[np.linspace(0, len(users) - 1, MOST_JUDGED).astype(int)]
    return Split(split.train, split.given, targets.where(np.isin(targets.user, users)))


@dataclass(frozen=True)
class Effort:
    """How candidates are trained."""

    budget: str = "default"
    start_from: Path | None = None
    """The artifact that the hybrid begins from, in a warm run."""

    def job(self, name: str, folder: Path, out: Path) -> trainer.Job:
        limit = float(settings.TRAIN_TIME_LIMIT)
        start_from = self.start_from if name == gate.HYBRID else None
        return trainer.Job(folder, out, name, limit, self.budget, start_from)


def train_all(
    lease: Lease, past: Split, work: Path, effort: Effort, *, names: Sequence[str]
) -> list[Fitted]:
    """The named candidates, fitted on the past; one that cannot be is an ordinary outcome."""
    lease.enter(Stage.TRAINING, "writing the past for the trainers", progress=0.05)
    folder = save_snapshot(past.train, work / "past")
    fitted = []
    for at, name in enumerate(names):
        span = (0.06 + 0.03 * at, 0.55 if name == gate.HYBRID else 0.09 + 0.03 * at)
        try:
            cost = fit(lease, effort.job(name, folder, work / name), span=span)
            fitted.append(Fitted(name, work / name, cost))
        except trainer.DiskFull:
            raise
        except trainer.TrainingFailed as error:
            lease.note(f"{name} is out: {error}")
            fitted.append(Fitted(name, work / name, {}, problem=str(error)))
    return fitted


def fit(lease: Lease, job: trainer.Job, *, span: tuple[float, float]) -> dict[str, Any]:
    """One training in a child process, its progress written to the run; gives what it cost."""
    name, (first, last) = job.name, span
    lease.note(f"training {name}")
    lease.write(progress=first, progress_note=f"training {name}")

    def on_event(event: trainer.Event | None) -> None:
        if event:
            lease.draw(name, event)
        if event and event.get("event") == "validation" and gate.MEASURE in event:
            lease.note(f"{name}: validation {gate.MEASURE} {event[gate.MEASURE]:.4f}")
        if event and event.get("event") == "step" and event.get("of") and "step" in event:
            share = min(1.0, event["step"] / event["of"])
            lease.beat(
                progress=first + (last - first) * share,
                progress_note=f"training {name}: {_step(event)}"[:200],
            )
        else:
            lease.beat()

    done = trainer.run(job, on_event=on_event)
    cost: dict[str, Any] = {key: done[key] for key in ("seconds", "peak_memory_mb") if key in done}
    lease.note(f"trained {name}: {line(cost)}")
    return cost


def _step(event: trainer.Event) -> str:
    words = f"{event.get('stage', 'step')} {event['step']:,} of {event['of']:,}"
    return f"{words}, loss {event['loss']:.3f}" if "loss" in event else words


def judge_all(lease: Lease, past: Split, fitted: list[Fitted]) -> list[Judged]:
    """The figures of each candidate on the same people's future, over the whole catalogue."""
    lease.enter(Stage.JUDGING, "judging all candidates", progress=0.55)
    lease.note(f"{len(past.targets):,} events of {past.people:,} people are to be foretold")
    return [_judge(lease, past, entry) for entry in fitted]


def _judge(lease: Lease, past: Split, fitted: Fitted) -> Judged:
    label, problem, figures = gate.LABELS[fitted.name], fitted.problem, None
    if not problem:
        try:
            recommender = _Watched(lease, fitted.folder)
            label = recommender.label
            problem = fault_of(fitted.name, recommender, past.given)
            figures = None if problem else _figures(recommender, past)
        except ArtifactError as error:
            problem = str(error)
    values = figures.per_user[gate.MEASURE] if figures else np.empty(0)
    if len(values) and not np.all(np.isfinite(values)):
        problem = "its figures are not all numbers"
    found = figures.to_json() if figures else {}
    lease.note(f"judged {fitted.name}: {problem or line(found)}")
    row = {"name": fitted.name, "label": label, "problem": problem, **fitted.cost, **found}
    share = figures.coverage if figures else 0.0
    row["shown"] = shown = round(share * len(past.given.items)) if figures else None
    return Judged(gate.Candidate(fitted.name, label, values, problem, shown, share), row)


def _figures(recommender: Recommender, past: Split) -> Figures:
    found = judge(recommender, past.given, past.targets, known=past.train)
    return found.by_person(past.whose)


class _Watched(Recommender):
    """A candidate that gives a sign of life whenever it is asked for scores."""

    def __init__(self, lease: Lease, folder: Path) -> None:
        super().__init__(load_artifact(folder))
        self._lease = lease

    def scores_many(self, histories: Sequence[History]) -> Floats:
        self._lease.beat()
        return super().scores_many(histories)


def fault_of(name: str, recommender: Recommender, given: Snapshot) -> str:
    """What is wrong with the lists of a few people, spread over all; "" where nothing is."""
    if recommender.items.ids != given.items.ids.ids:
        return "it does not know the same items"
    active = np.flatnonzero(np.diff(given.offsets))
    probed = active[np.unique(np.linspace(0, len(active) - 1, PROBE).astype(int))]
    histories = [given.history(int(user)) for user in probed] or [History.empty()]
    return _seen(recommender, histories) or gate.fault(name, recommender.scores_many(histories))


def _seen(recommender: Recommender, histories: Sequence[History]) -> str:
    for history in histories:
        picks = recommender.for_events(history, n=gate.LISTED, exclude=history.item)
        if np.isin(picks.rows, history.item).any():
            return "its lists hold items that people have had"
    return ""


def line(values: Mapping[str, Any]) -> str:
    """Numbers and words of an event on one line."""
    return ", ".join(
        f"{key} {value:.4g}" if isinstance(value, float) else f"{key} {value}"
        for key, value in values.items()
        if key != "event" and isinstance(value, int | float | str)
    )
