"""Training in a process of its own: `python -m ml train`, watched from outside.

TensorFlow must never run in a web or Celery process: it hangs after a fork, and its memory never
comes back. So each fit is a child that reads a saved snapshot, writes an artifact folder, and says
on its standard output, in JSON lines, how far it is. The child dies with its parent, is ended when
it takes too long or its run is no longer wanted, and its end is reported in words.
"""

from __future__ import annotations

import json
import os
import selectors
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.conf import settings

from recommendations.child import (
    Child,
    DiskFull,
    TrainingFailed,
    Watch,
    end_in_words,
    kills_for_memory,
)

__all__ = ["DiskFull", "Event", "Job", "TrainingFailed", "run"]

PATIENCE = 0.25  # seconds between two looks at a silent child
MOST_UNREAD = 1_000_000  # bytes of one line

Event = dict[str, Any]


@dataclass(frozen=True)
class Job:
    """What to fit on what, and where to put it."""

    folder: Path  # of a saved snapshot
    out: Path
    name: str  # "hybrid" or a baseline's
    time_limit: float  # seconds
    budget: str = "default"
    start_from: Path | None = None
    """The artifact that a warm start begins from."""
    has_map: bool = False
    """Whether the map of the catalogue is drawn: for a model that will be served."""

    def command(self) -> list[str]:
        words = [sys.executable, "-m", "ml", "train", str(self.folder), str(self.out)]
        if self.name == "hybrid":
            words += ["--budget", self.budget]
            words += ["--time-limit", f"{self.time_limit:.0f}"]
            if self.start_from is not None:
                words += ["--start-from", str(self.start_from)]
        else:
            words += ["--baseline", self.name]
        if not self.has_map:
            words.append("--no-map")
        return [*words, "--threads", str(settings.TRAIN_THREADS)]


def run(job: Job, *, on_event: Callable[[Event | None], None]) -> Event:
    """Fit; gives the last event, "done". `on_event` also gets None whenever the child is silent.

    What `on_event` raises ends the child and is raised on.
    """
    last: Event = {}
    kills = kills_for_memory()
    with tempfile.TemporaryFile() as words, Child(job.command(), words) as child:
        assert child.stdout is not None
        watch = Watch(child.pid, job.time_limit, settings.TRAIN_MEMORY_MB)
        for event in _events(child.stdout):
            last = event or last
            on_event(event)
            watch.look()
        if child.wait() != 0:
            raise end_in_words(child.returncode, words, kills_before=kills)
    if last.get("event") != "done":
        raise TrainingFailed("it ended without saying that it was done")
    return last


def _events(pipe: IO[bytes]) -> Iterator[Event | None]:
    """What the child says until it closes the pipe; None whenever it is silent for a while."""
    os.set_blocking(pipe.fileno(), False)
    unread = b""
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while True:
            if not selector.select(timeout=PATIENCE):
                yield None
                continue
            block = os.read(pipe.fileno(), 65536)
            if not block:
                return
            *lines, unread = (unread + block).split(b"\n")
            unread = unread[-MOST_UNREAD:]
            for line in lines:
                if event := _parse(line):
                    yield event


def _parse(line: bytes) -> Event | None:
    """A JSON object; libraries may print other things, which are nobody's business."""
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None
