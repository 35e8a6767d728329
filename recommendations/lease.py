"""The right to work on a run, and what its worker writes down meanwhile.

`take` gives one worker the run and a new token. Everything a worker writes goes through its
Lease, on the condition that the token is still the run's: whoever was thought lost, and wakes up
late, is refused by the database and stops. Each write is also the sign of life that the run's
admin page and `recommendations.schedule` look at.
"""

from __future__ import annotations

import logging
import os
import socket
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Self

from django.utils import timezone

from recommendations import context
from recommendations.curves import Curves
from recommendations.models import ModelRun

logger = logging.getLogger(__name__)
STALE_AFTER = timedelta(minutes=5)
"""Without a sign of life for so long, a run is lost."""
WRITE_EVERY = 1.0
LOG_LINES, LOG_LINE = 400, 500
"""How many lines a log may have, and how long each may get."""


def worker_name(pid: int) -> str:
    """How a run's row names a process of this machine."""
    return f"{socket.gethostname()}:{pid}"


def has_ended(worker: str) -> bool:
    """Whether a process of this machine is surely gone; of others nothing is known."""
    host, _, pid = worker.rpartition(":")
    if host != socket.gethostname():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


class LeaseLost(Exception):
    """The run is no longer this worker's: cancelled, or given up for lost."""


@dataclass
class Lease:
    """A run that this process works on."""

    run_id: int
    token: uuid.UUID
    tell: Callable[[str], None] = lambda line: None
    """Is told each line of the log as it comes: the command line shows them."""
    stage: ModelRun.Stage = ModelRun.Stage.WAITING
    _curves: Curves = field(default_factory=Curves)
    _lines: list[str] = field(default_factory=list)
    _news: dict[str, Any] = field(default_factory=dict)
    _written: float = -WRITE_EVERY

    @classmethod
    def take(cls, run: ModelRun, *, tell: Callable[[str], None] = lambda line: None) -> Self:
        """Begin to work on a waiting run; LeaseLost where somebody else already does, or did."""
        token, now = uuid.uuid4(), timezone.now()
        taken = ModelRun.objects.filter(pk=run.pk, status=ModelRun.Status.QUEUED).update(
            status=ModelRun.Status.RUNNING,
            token=token,
            worker=worker_name(os.getpid()),
            started_at=now,
            heartbeat_at=now,
        )
        if not taken:
            run.refresh_from_db()
            raise LeaseLost(f"{run} is not waiting: it is {run.status}")
        return cls(run.pk, token, tell)

    def write(self, **values: Any) -> None:
        """Write to the run, as a sign of life; LeaseLost where it is no longer this worker's."""
        self._written = time.monotonic()
        values, self._news = self._news | values, {}
        mine = ModelRun.objects.filter(
            pk=self.run_id, token=self.token, status=ModelRun.Status.RUNNING
        )
        if not mine.update(heartbeat_at=timezone.now(), log="\n".join(self._lines), **values):
            raise LeaseLost(f"run {self.run_id} was cancelled or given up for lost")

    def enter(self, stage: ModelRun.Stage, note: str, *, progress: float) -> None:
        """A new stage begins."""
        context.enter_stage(self.run_id, stage)
        self.stage = stage
        self.note(note)
        self.write(stage=stage, progress=progress, progress_note=note[:200])

    def note(self, line: str) -> None:
        """A line for the log; it is written with the next sign of life."""
        self._lines.append(f"{timezone.now():%H:%M:%S} {line}"[:LOG_LINE])
        self.tell(line)
        logger.info("%s", line)
        if len(self._lines) > LOG_LINES:
            del self._lines[LOG_LINES // 4]  # the beginning and the end say most

    def draw(self, name: str, event: Mapping[str, Any]) -> None:
        """A trainer's event for the curves of this stage; written with the next sign of life."""
        if self._curves.add(f"{self.stage}/{name}", event):
            self._news["curve"] = self._curves.to_json()

    def beat(self, **values: Any) -> None:
        """A sign of life with how far the work is; what comes sooner is written with the next."""
        self._news |= values
        if time.monotonic() - self._written >= WRITE_EVERY:
            self.write()
