"""The learning loop as one recipe: events in, a judged and published model out.

Called by `recommendations.tasks` and by `manage.py retrain`, with a waiting run. Every fit is a
child process; only reading, judging and writing happen here. However a training ends, the run's
row says so in words, and what was live stays live unless something better was published.
"""

from __future__ import annotations

import errno
import logging
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone

from catalog.webhooks.models import Event
from ml.artifact import load_artifact
from ml.datafolder import save_snapshot
from ml.serving import Recommender
from ml.snapshot import Snapshot
from ml.split import Split
from recommendations import (
    candidates,
    child,
    context,
    dataset,
    gate,
    report,
    services,
    store,
    trainer,
    warm,
)
from recommendations.lease import Lease, LeaseLost
from recommendations.models import ModelRun, RetrainSettings

logger = logging.getLogger(__name__)
Stage, Status, Mode = ModelRun.Stage, ModelRun.Status, ModelRun.Mode
COMPARE = timedelta(days=30)
"""How long a candidate's figures are what the next one of its kind is compared with."""
FREE_SPACE = "Free some space where models are kept (ARTIFACTS_ROOT), then retrain."


def retrain(run: ModelRun, *, tell: Callable[[str], None] = lambda line: None) -> ModelRun:
    """Work off a waiting run, whatever comes; gives it as it ended. `tell` gets the log's lines.

    LeaseLost where the run is not waiting any more.
    """
    lease = Lease.take(run, tell=tell)
    quick = run.trigger == ModelRun.Trigger.FIRST
    with context.training(lease.run_id), _ending_in_words(lease):
        _learn(lease, run, gate.BASELINES if quick else gate.CANDIDATES)
    run.refresh_from_db()
    return run


def _learn(lease: Lease, run: ModelRun, names: Sequence[str]) -> None:
    snapshot = _read(lease)
    reason = gate.too_little(
        events=len(snapshot.events), people=len(snapshot.users), items=len(snapshot.items)
    )
    if reason:
        _end(lease, Status.REFUSED, verdict=f"Refused: {reason}")
        return
    with _work_folder(lease) as work:
        contest = _contest(lease, run, snapshot, names, work)
        choice, figures = contest.choice, contest.figures
        verdict = "\n".join([contest.rule, *choice.sentences, *_what_follows(names)])
        if choice.winner is None:
            _end(lease, Status.REFUSED, verdict=verdict, figures=figures)
            return
        folder = _fit_winner(lease, snapshot, choice.winner, contest.effort, work)
        _publish(lease, folder, chosen=choice.winner, verdict=verdict, figures=figures)


@dataclass(frozen=True)
class _Contest:
    """Candidates that were trained, judged by a rule, and chosen from."""

    effort: candidates.Effort
    rule: str
    judged: list[candidates.Judged]
    choice: gate.Choice

    @property
    def figures(self) -> dict[str, Any]:
        """For the run's row: of each candidate its figures, and of one that collapsed why."""
        rows = [entry.figures for entry in self.judged]
        why = self.choice.collapsed
        rows = [row | {"problem": why.get(row["name"], row["problem"])} for row in rows]
        return {"rule": self.rule, "candidates": rows}


def _contest(
    lease: Lease, run: ModelRun, snapshot: Snapshot, names: Sequence[str], work: Path
) -> _Contest:
    """A warm one where that may be; else, or where its network is not chosen, a full one."""
    try:
        return _warm_contest(lease, run, snapshot, names, work / "warm")
    except warm.NotWarm as reason:
        lease.note(f"a full training: {reason}")
    lease.write(mode=Mode.FULL)
    past, rule = candidates.split_past_from_future(snapshot)
    effort = candidates.Effort(RetrainSettings.current().budget)
    fitted = candidates.train_all(lease, past, work, effort, names=names)
    return _judged(lease, past, rule, fitted, effort)


def _warm_contest(
    lease: Lease, run: ModelRun, snapshot: Snapshot, names: Sequence[str], work: Path
) -> _Contest:
    start = warm.start_of(run, snapshot, now=timezone.now())
    lease.note(start.note)
    lease.write(mode=Mode.WARM)
    effort = candidates.Effort(RetrainSettings.current().budget, start.folder)
    fitted = candidates.train_all(lease, start.past, work, effort, names=names)
    for entry in fitted:
        if entry.name == gate.HYBRID and entry.problem:
            raise warm.NotWarm(f"the warm start broke: {entry.problem}")
    contest = _judged(lease, start.past, start.rule, fitted, effort)
    if contest.choice.winner != gate.HYBRID:
        raise warm.NotWarm(f"the warm start was not chosen: {contest.choice.verdict}")
    return contest


def _judged(
    lease: Lease,
    past: Split,
    rule: str,
    fitted: list[candidates.Fitted],
    effort: candidates.Effort,
) -> _Contest:
    judged = candidates.judge_all(lease, past, fitted)
    before = report.last_judged(since=timezone.now() - COMPARE)
    choice = gate.choose([entry.candidate for entry in judged], live=_live_kind(), before=before)
    return _Contest(effort, rule, judged, choice)


def _what_follows(names: Sequence[str]) -> list[str]:
    if gate.HYBRID in names:
        return []
    return ["This was a first, quick training; the hybrid model takes part in the one after it."]


def _read(lease: Lease) -> Snapshot:
    """Everything there is to learn from, and the run's counts."""
    lease.enter(Stage.READING, "reading events", progress=0.0)
    marks = dataset.marks()
    snapshot = dataset.build_snapshot()
    times = snapshot.events.time
    lease.note(
        f"read {len(snapshot.events):,} events of {len(snapshot.users):,} people "
        f"on {len(snapshot.items):,} items"
    )
    lease.write(
        marks=marks,
        event_count=len(snapshot.events),
        person_count=len(snapshot.users),
        item_count=len(snapshot.items),
        cut_off=datetime.fromtimestamp(times.max(), tz=UTC) if len(times) else None,
    )
    return snapshot


def _fit_winner(
    lease: Lease, snapshot: Snapshot, name: str, effort: candidates.Effort, work: Path
) -> Path:
    """The winner's artifact, fitted on everything, in its final place; not yet live."""
    lease.enter(Stage.FITTING, f"fitting {name} on everything", progress=0.6)
    everything = save_snapshot(snapshot, work / "everything")
    folder = store.folder_of(services.artifact_name(lease))
    job = replace(effort.job(name, everything, folder), has_map=True)
    candidates.fit(lease, job, span=(0.61, 0.97))
    if problem := candidates.fault_of(name, Recommender(load_artifact(folder)), snapshot):
        raise trainer.TrainingFailed(f"fitted on everything, {problem}")
    return folder


def _publish(lease: Lease, folder: Path, *, chosen: str, **values: Any) -> None:
    lease.enter(Stage.PUBLISHING, f"publishing {folder.name}", progress=0.98)
    label = Recommender(load_artifact(folder)).label
    digest = store.publish(folder, tell=lambda line: lease.beat(progress_note=line))
    lease.note(f"{label} is published")
    names = {"artifact": folder.name, "artifact_digest": digest, "chosen": chosen, "label": label}
    services.publish(lease, **names, **values)


def _live_kind() -> str | None:
    live = ModelRun.objects.live()
    return live.chosen if live else None


@contextmanager
def _work_folder(lease: Lease) -> Iterator[Path]:
    """An empty folder beside the artifacts; what killed runs left in theirs is removed."""
    place = Path(settings.ARTIFACTS_ROOT) / ".work"
    shutil.rmtree(place, ignore_errors=True)
    work = place / services.artifact_name(lease)
    work.mkdir(parents=True)
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
        with suppress(OSError):  # another run may have begun to use it
            place.rmdir()


@contextmanager
def _ending_in_words(lease: Lease) -> Iterator[None]:
    """Whatever ends the block is written to the run, unless the run is no longer ours."""
    try:
        yield
    except LeaseLost as lost:
        logger.warning("stopped: %s", lost)
    except Exception as error:
        logger.exception("run %s failed", lease.run_id)
        _end_if_ours(lease, Status.FAILED, error=in_words(error))
    except BaseException:
        _end_if_ours(lease, Status.CANCELLED, error="It was stopped from outside.")
        raise


def in_words(error: Exception) -> str:
    """An operator's sentence for what went wrong."""
    match error:
        case OSError(errno=errno.ENOSPC):
            return f"The disk is full: {error}. {FREE_SPACE}"
        case trainer.DiskFull():
            return f"In the training process, {error}. {FREE_SPACE}"
        case store.StoreError():
            return f"{error}."
        case MemoryError():
            return f"The worker itself ran out of memory: {child.MORE_MEMORY}."
        case trainer.TrainingFailed():
            return f"The winner could not be fitted on everything: {error}."
    return f"{type(error).__name__}: {error}"


def _end_if_ours(lease: Lease, status: ModelRun.Status, *, error: str) -> None:
    lease.note(error)
    try:
        _end(lease, status, error=error)
    except (LeaseLost, DatabaseError) as problem:
        logger.warning("run %s: its end could not be written: %s", lease.run_id, problem)


def _end(lease: Lease, status: ModelRun.Status, **values: Any) -> None:
    """The run is over, and nothing was published."""
    with transaction.atomic():
        lease.write(
            status=status,
            stage=Stage.OVER,
            progress_note="",
            finished_at=timezone.now(),
            **values,
        )
        if status == Status.REFUSED:
            services.announce_run(Event.MODEL_REFUSED, lease.run_id)
