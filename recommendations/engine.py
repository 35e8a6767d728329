"""Which model answers whom, in this process.

`current()` asks the database which run is live. A new one is loaded beside the old one, which
answers meanwhile: no request waits for a model where another is there. A damaged one is noted on
its row, and the newest good run before it serves instead; with none left there is no model, and
selectors fall back to what needs none. While a canary is under way, its share of people get its
model; which ones is settled by its run's token, so that everybody stays where they are. Models that
experiments ask (`recommendations.experiments`) are kept beside them.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2s
from pathlib import Path

from django.db import DatabaseError, connections
from django.db.models import Exists
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from catalog import changes
from catalog.local import local
from catalog.prepared import PreparedModels
from recommendations import loading, store
from recommendations.experiments import assignment
from recommendations.loading import LiveModel, read_model
from recommendations.models import Experiment, ModelRun, ModelRunQuerySet, Rule
from recommendations.placements import memory as placements_memory
from recommendations.placements.model import revisions
from recommendations.remembered import EXPERIMENTS, RULES

__all__ = ["LiveModel", "artifact_folder", "current", "in_canary"]
__all__ += ["note_failure", "read_model", "warm_up"]

logger = logging.getLogger(__name__)
MOST_STAND_INS = 12
RECENT_SECONDS = 1
_RUNS = "recommendations:runs"
_RECENT = "recommendations:recent-run"
PATIENCE = 5.0
"""Seconds that the first requests of a process wait for their first model."""
PATIENCE_BESIDE = 0.0
"""And for a new model where an old one can answer."""
FIELDS = (
    *("token", "finished_at", "chosen", "label", "is_live", "canary_share"),
    *("artifact", "artifact_digest", "artifact_problem"),
)


def _servable() -> ModelRunQuerySet:
    """The live run, a canary, and those that may stand in; and what else a page has to know: rules,
    experiments, and whether the surfaces were set otherwise since."""
    found = ModelRun.objects.servable().only(*FIELDS).order_by("-is_live", "-canary_share", "-pk")
    told = found.annotate(
        has_rules=Exists(Rule.objects.not_over(Now())),
        is_trying=Exists(Experiment.objects.running()),
        revision=revisions(),
    )
    return told[:MOST_STAND_INS]


SERVABLE = PreparedModels[ModelRun](_servable)
_serving: LiveModel | None = None  # the one that answered last
_of_all: tuple[list[ModelRun], LiveModel] | None = None
"""Runs that were read once for several requests, and the live model, where it answers everybody."""


def current(person_id: int | None = None) -> LiveModel | None:
    """The live model, else the one before it, else None; for some people, the canary.

    One query at most, unless something broke.
    """
    global _serving, _of_all
    runs, known = _runs(), _of_all
    if known is not None and known[0] is runs:
        return known[1]
    _of_all = None
    if runs:
        placements_memory.note(revision=getattr(runs[0], "revision", 0) or 0)
        RULES.note(are_there=getattr(runs[0], "has_rules", True))
        EXPERIMENTS.note(are_there=getattr(runs[0], "is_trying", True))
    if not runs or not runs[0].is_live:
        return None
    live, *others = runs
    canary = next((run for run in others if run.canary_share), None)
    older = [run for run in others if run.pk < live.pk and not run.canary_share]
    model = _first_that_serves([live, *older])
    _serving = model
    served = {run.artifact for run in runs if model and run.pk == model.run_id}
    loading.keep_only({live.artifact, canary.artifact if canary else "", *served, *_tried()})
    if canary is None and model is not None and model.run_id == live.pk:
        _of_all = runs, model
    if canary is not None and person_id is not None and in_canary(canary, person_id):
        return _of_canary(canary) or model
    return model


def _runs() -> list[ModelRun]:
    """As they are; in a request that knows the catalogue's mark, as they were within a second."""
    mark = changes.known()
    if mark is None:
        return SERVABLE.of()
    known: tuple[tuple[int, int], list[ModelRun]] | None = local().get(_RUNS)
    if known is None or known[0] != mark:
        known = mark, SERVABLE.of()
        local().set(_RUNS, known, RECENT_SECONDS)
    return known[1]


def recent_run() -> int:
    """The live run's id as it was within the last second, 0 where nothing was served; for answers
    to nobody in particular."""
    known: int | None = local().get(_RECENT)
    if known is None:
        model = current()
        known = 0 if model is None else model.run_id
        local().set(_RECENT, known, RECENT_SECONDS)
    return known


def in_canary(run: ModelRun, person_id: int) -> bool:
    """Whether a person is among those who get this run's model while it is the canary."""
    place = blake2s(f"{run.token.hex}:{person_id}".encode(), digest_size=8).digest()
    return int.from_bytes(place) % 10_000 < run.canary_share * 100


def model_of(run: ModelRun) -> LiveModel | None:
    """The model of an experiment's arm; None while it is being loaded, or where it cannot be."""
    return loading.model_of(run, patience=PATIENCE_BESIDE)


def note_failure(model: LiveModel) -> None:
    """A model could not answer: a canary that fails once is no canary any more."""
    if model.is_canary:
        outcome = _("It failed to answer a question.")
        ModelRun.objects.end_canary(outcome, run_id=model.run_id)


def artifact_folder(run: ModelRun) -> Path:
    return store.folder_of(run.artifact)


def warm_up() -> None:
    """Load what a new process will be asked for, for as long as a first request would wait."""
    try:
        current()
    except DatabaseError as error:
        logger.warning("no model is loaded yet: %s", error)
    finally:
        connections.close_all()


def forget_all() -> None:
    """As in a new process."""
    global _serving, _of_all
    _serving = _of_all = None
    loading.forget_all()


def _first_that_serves(runs: Sequence[ModelRun]) -> LiveModel | None:
    live = runs[0]
    meanwhile = _serving
    patience = PATIENCE if meanwhile is None else PATIENCE_BESIDE
    for run in runs:
        if model := loading.model_of(run, patience=patience):
            return model if run is live else replace(model, is_previous=True)
        if loading.is_under_way(run):
            return meanwhile
    return None


def _tried() -> set[str]:
    """The artifacts that running experiments ask."""
    runs = [arm.run for plan in assignment.running() for arm in plan.arms if not arm.is_stopped]
    return {run.artifact for run in runs if run is not None}


def _of_canary(run: ModelRun) -> LiveModel | None:
    """Its model; None while it is being loaded. What cannot be served is no canary any more."""
    if model := loading.model_of(run, patience=PATIENCE_BESIDE):
        return replace(model, is_canary=True)
    if not loading.is_under_way(run):
        ModelRun.objects.end_canary(_("Its model cannot be served."), run_id=run.pk)
    return None
