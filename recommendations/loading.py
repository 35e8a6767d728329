"""The models of this process: each is loaded in a thread of its own, beside those that serve.

`model_of` starts a load and says what came of it; nobody has to wait for one. The thread reads,
verifies and asks the model a first question, so that no request pays for that, and touches no
database: the request that finds it finished takes the model over, or notes on its run why it cannot
be served. Such a run is tried again every minute, so that one that was put back serves without a
restart. Threads do not survive a fork; a load that was under way begins anew in the child.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from ml.artifact import CURE, ArtifactError
from ml.serving import Recommender
from ml.snapshot import History
from recommendations import store
from recommendations.models import ModelRun

logger = logging.getLogger(__name__)
RETRY_SECONDS = 60.0
WARM_UP_EVENTS = 5
WARM_UP_PICKS = 12


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
    is_canary: bool = False
    """Whether only a share of people get it, to see how it does."""


@dataclass
class _Loading:
    """One load, under way or over."""

    began: float
    over: threading.Event = field(default_factory=threading.Event)
    model: LiveModel | None = None
    problem: str = ""


_lock = threading.Lock()
_ready: dict[str, LiveModel] = {}  # by artifact name, like all of these
_under_way: dict[str, _Loading] = {}
_retry_at: dict[str, float] = {}  # what cannot be served, and when to try it again


def model_of(run: ModelRun, *, patience: float = 0.0) -> LiveModel | None:
    """The model of a run; None where it cannot be served, or is not loaded yet.

    A load is waited for until it is `patience` seconds old: whoever comes later does not wait.
    """
    with _lock:
        if model := _ready.get(run.artifact):
            return model
        loading = _under_way.get(run.artifact)
        if loading is None:
            if time.monotonic() < _retry_at.get(run.artifact, 0.0):
                return None
            loading = _under_way[run.artifact] = _begin(run)
    if not loading.over.wait(max(0.0, loading.began + patience - time.monotonic())):
        return None
    return _take_over(run, loading)


def is_under_way(run: ModelRun) -> bool:
    return run.artifact in _under_way


def keep_only(names: Collection[str]) -> None:
    """Let go of all models but these; whoever still asks one of them keeps it until the answer."""
    with _lock:
        for name in _ready.keys() - set(names):
            del _ready[name]


def forget_all() -> None:
    """As in a new process."""
    global _lock
    _lock = threading.Lock()
    for known in (_ready, _under_way, _retry_at):
        known.clear()


def read_model(run: ModelRun) -> LiveModel:
    """The model of a run, read, verified and asked a question now; ArtifactError, or OSError."""
    recommender = Recommender(store.load(run.artifact, digest=run.artifact_digest))
    _warm_up(recommender, name=run.artifact)
    return LiveModel(run.pk, run.chosen, run.label, recommender, run.finished_at)


def _begin(run: ModelRun) -> _Loading:
    loading = _Loading(time.monotonic())

    def load() -> None:
        try:
            loading.model = read_model(run)
        except Exception as error:
            known = isinstance(error, ArtifactError | OSError)
            loading.problem = str(error) if known else f"{type(error).__name__}: {error}"
        finally:
            loading.over.set()

    threading.Thread(target=load, name=f"load {run.artifact}", daemon=True).start()
    return loading


def _take_over(run: ModelRun, loading: _Loading) -> LiveModel | None:
    """What came of a load; the first one to ask writes it down."""
    with _lock:
        first = _under_way.get(run.artifact) is loading
        if first:
            del _under_way[run.artifact]
            if loading.model is not None:
                _ready[run.artifact] = loading.model
            else:
                _retry_at[run.artifact] = time.monotonic() + RETRY_SECONDS
    if first:
        _note_problem(run, loading.problem)
    return loading.model


def _note_problem(run: ModelRun, problem: str) -> None:
    if problem:
        logger.error("the model of %s cannot be served: %s", run, problem)
    if run.artifact_problem != problem:
        ModelRun.objects.filter(pk=run.pk).update(artifact_problem=problem)


def _warm_up(recommender: Recommender, *, name: str) -> None:
    """Ask all that a page asks, so that its first reader does not wait for what is made once."""
    if not len(recommender.items):
        return
    history = History.of_items(list(range(min(WARM_UP_EVENTS, len(recommender.items)))))
    try:
        picks = recommender.for_events(history, n=WARM_UP_PICKS)
        recommender.explain(history, picks.rows)
        recommender.similar_to(0, n=WARM_UP_PICKS)
        recommender.predict_rating(history, picks.rows)
    except Exception as error:
        raise ArtifactError(f"{name} cannot answer a question ({error!r}); {CURE}") from error


os.register_at_fork(after_in_child=forget_all)
