"""Which training this process is in: its log lines carry the run, its traces the stage.

`recommendations.pipeline` says when a training begins and ends, `recommendations.lease` when a
stage does. Whoever wants to know (`config.logs`, `config.tracing`) reads `current_run` or adds a
listener; nothing here knows who they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

StageListener = Callable[[int, str], None]

current_run: ContextVar[int | None] = ContextVar("current_run", default=None)
stage_listeners: list[StageListener] = []
"""Each is called with the run and the stage that begins, and with "" when the training is over."""


@contextmanager
def training(run_id: int) -> Iterator[None]:
    """What happens in the block belongs to this run."""
    token = current_run.set(run_id)
    try:
        yield
    finally:
        enter_stage(run_id, "")
        current_run.reset(token)


def enter_stage(run_id: int, stage: str) -> None:
    for listener in stage_listeners:
        listener(run_id, stage)
