"""Training in a process of its own: `python -m ml train`, watched from outside.

TensorFlow must never run in a web or Celery process: it hangs after a fork, and its memory never
comes back. So each fit is a child that reads a saved snapshot, writes an artifact folder, and says
on its standard output, in JSON lines, how far it is. The child dies with its parent, is ended when
it takes too long or its run is no longer wanted, and its end is reported in words.
"""

from __future__ import annotations

import ctypes
import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.conf import settings

PR_SET_PDEATHSIG = 1
PATIENCE = 1.0  # seconds between two looks at a silent child
GRACE = 60.0  # seconds beyond its time limit in which a child may end in good order
NICENESS = 3  # pages go first
LAST_WORDS = 2000  # bytes of standard error that a failure may quote
MOST_UNREAD = 1_000_000  # bytes of one line

Event = dict[str, Any]
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class TrainingFailed(Exception):
    """A child that left no artifact; the message says why, in words."""


@dataclass(frozen=True)
class Job:
    """What to fit on what, and where to put it."""

    folder: Path  # of a saved snapshot
    out: Path
    name: str  # "hybrid" or a baseline's
    time_limit: float  # seconds

    def command(self) -> list[str]:
        words = [sys.executable, "-m", "ml", "train", str(self.folder), str(self.out)]
        if self.name == "hybrid":
            words += ["--budget", settings.TRAIN_BUDGET]
            words += ["--time-limit", f"{self.time_limit:.0f}"]
        else:
            words += ["--baseline", self.name]
        return [*words, "--threads", str(settings.TRAIN_THREADS)]


def run(job: Job, *, on_event: Callable[[Event | None], None]) -> Event:
    """Fit; gives the last event, "done". `on_event` also gets None about once a second.

    What `on_event` raises ends the child and is raised on.
    """
    end = time.monotonic() + job.time_limit + GRACE
    last: Event = {}
    with tempfile.TemporaryFile() as words, _child(job.command(), words) as child:
        assert child.stdout is not None
        for event in _events(child.stdout):
            last = event or last
            on_event(event)
            if time.monotonic() > end:
                raise TrainingFailed(
                    f"it was ended because it did not stop within its {job.time_limit:.0f} seconds"
                )
        if child.wait() != 0:
            raise TrainingFailed(_last_words(child.returncode, words))
    if last.get("event") != "done":
        raise TrainingFailed("it ended without saying that it was done")
    return last


class _child:
    """A child process that is gone when the block is left, however it is left."""

    def __init__(self, command: list[str], words: IO[bytes]) -> None:
        self._process = subprocess.Popen(
            command,
            cwd=settings.BASE_DIR,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=words,
            env=os.environ | {"PYTHONUNBUFFERED": "1", "TF_CPP_MIN_LOG_LEVEL": "2"},
            preexec_fn=_follow(os.getpid()),
            start_new_session=True,
        )

    def __enter__(self) -> subprocess.Popen[bytes]:
        return self._process

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


def _follow(parent: int) -> Callable[[], None]:
    """What a child does first: yield to pages, and ask the system to end it with its parent."""

    def prepare() -> None:
        os.nice(NICENESS)
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:  # it died in between
                os._exit(1)

    return prepare


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


def _last_words(status: int, words: IO[bytes]) -> str:
    if status == -signal.SIGKILL:
        return "the training process was killed (signal 9); most likely out of memory"
    if status < 0:
        return f"the training process was ended by signal {-status} ({signal.strsignal(-status)})"
    size = words.seek(0, os.SEEK_END)
    words.seek(max(0, size - LAST_WORDS))
    lines = words.read().decode(errors="replace").replace("\r", "\n").strip().splitlines()
    said = lines[-1].strip() if lines else "it said nothing"
    return f"the training process ended with status {status}: {said}"
