"""The live model, as this process serves it.

`current()` asks the database which run is live, and loads its artifact once per process. Where it
is damaged, the reason is noted on its row and the newest good run before it serves instead; with
none left there is no model, and selectors fall back to what needs none. A damaged folder is tried
again every minute, so that one that was put back serves without a restart.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from django.conf import settings

from ml.artifact import ArtifactError, load_artifact
from ml.serving import Recommender
from recommendations.models import ModelRun

logger = logging.getLogger(__name__)
MOST_STAND_INS = 12
RETRY_SECONDS = 60.0


@dataclass(frozen=True)
class LiveModel:
    """A model that is being served, and where it comes from."""

    run_id: int
    kind: str  # "hybrid", or a baseline's name
    label: str
    recommender: Recommender
    trained_at: datetime | None
    is_previous: bool = False
    """Whether it stands in for the live one, whose artifact cannot be read."""


_lock = threading.Lock()
_loaded: dict[str, LiveModel] = {}  # by artifact folder; the one that serves
_retry_at: dict[str, float] = {}  # damaged artifact folders, and when to try them again


def current() -> LiveModel | None:
    """The live model, else the one before it, else None. One query, unless something broke."""
    runs = list(ModelRun.objects.servable().order_by("-is_live", "-pk")[:MOST_STAND_INS])
    if not runs or not runs[0].is_live:
        return None
    live, *others = runs
    for run in [live, *(other for other in others if other.pk < live.pk)]:
        if model := _load(run):
            return model if run is live else replace(model, is_previous=True)
    return None


def artifact_folder(run: ModelRun) -> Path:
    return Path(settings.ARTIFACTS_ROOT) / run.artifact


def _load(run: ModelRun) -> LiveModel | None:
    """The model of a run; None, noted on its row, where its artifact is damaged."""
    if model := _loaded.get(run.artifact):
        return model
    with _lock:
        if model := _loaded.get(run.artifact):
            return model
        if time.monotonic() < _retry_at.get(run.artifact, 0.0):
            return None
        try:
            model = read_model(run)
        except (ArtifactError, OSError) as error:
            _retry_at[run.artifact] = time.monotonic() + RETRY_SECONDS
            _note_problem(run, str(error))
            return None
        _note_problem(run, "")
        _loaded.clear()
        _loaded[run.artifact] = model
        return model


def read_model(run: ModelRun) -> LiveModel:
    """The model of a run, read and verified now; ArtifactError says what is wrong with it."""
    recommender = Recommender(load_artifact(artifact_folder(run)))
    return LiveModel(run.pk, run.chosen, run.label, recommender, run.finished_at)


def _note_problem(run: ModelRun, problem: str) -> None:
    if problem:
        logger.error("the model of %s cannot be served: %s", run, problem)
    if run.artifact_problem != problem:
        ModelRun.objects.filter(pk=run.pk).update(artifact_problem=problem)
