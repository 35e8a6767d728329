"""A process of its own for a training, its limits, and its end in words.

The child dies with its parent, is the first that the system ends when memory runs short, and yields
to pages. `Watch` ends it past its time or memory; `end_in_words` says what became of it, and the
cure. Used by `recommendations.trainer` alone.
"""

from __future__ import annotations

import ctypes
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from django.conf import settings

PR_SET_PDEATHSIG = 1
GRACE = 60.0  # seconds beyond its time limit in which a child may end in good order
NICENESS = 3  # pages go first
FIRST_TO_GO = 800  # of 1000: rather a training than the database or a web server
LAST_WORDS = 2000  # bytes of standard error that a failure may quote
VMSTAT = Path("/proc/vmstat")
NO_MEMORY = re.compile(
    r"MemoryError|bad_alloc|Cannot allocate memory|Unable to allocate|ResourceExhausted|OOM when"
)
NO_SPACE = re.compile(r"No space left on device|Disk quota exceeded|File too large|\[Errno 28\]")
MORE_MEMORY = "give the machine more memory, or choose a smaller effort (TRAIN_BUDGET)"
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class TrainingFailed(Exception):
    """A child that left no artifact; the message says why, in words."""


class DiskFull(TrainingFailed):
    """There is no place for what a child writes: no other one will fare better."""


class Child:
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
            with suppress(OSError):  # it would be nice, no more
                Path("/proc/self/oom_score_adj").write_text(str(FIRST_TO_GO))

    return prepare


@dataclass
class Watch:
    """Raises TrainingFailed when a child has had its time or its memory."""

    pid: int
    time_limit: float  # seconds
    memory_mb: int  # 0: none
    _began: float = field(default_factory=time.monotonic)

    def look(self) -> None:
        if time.monotonic() - self._began > self.time_limit + GRACE:
            raise TrainingFailed(
                f"it was ended because it did not stop within its {self.time_limit:.0f} seconds; "
                "raise TRAIN_TIME_LIMIT, or choose a smaller effort (TRAIN_BUDGET)"
            )
        if not self.memory_mb:
            return
        used = memory_mb(self.pid)
        if used > self.memory_mb:
            raise TrainingFailed(
                f"it was ended because it took {used:,} MB of memory, and may take "
                f"{self.memory_mb:,}; raise TRAIN_MEMORY_MB, or choose a smaller effort "
                "(TRAIN_BUDGET)"
            )


def memory_mb(pid: int) -> int:
    """The memory of a process that nobody shares with it; 0 where the system does not say.

    Files that are mapped do not count: the system takes their pages back when it needs them.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = re.findall(r"^(?:RssAnon|RssShmem|VmSwap):\s+(\d+) kB$", status, re.MULTILINE)
    return sum(map(int, found)) // 1024


def kills_for_memory() -> int:
    """How many processes the system has ended for want of memory since it was started."""
    try:
        found = re.search(r"^oom_kill (\d+)$", VMSTAT.read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) if found else 0


def end_in_words(status: int, words: IO[bytes], *, kills_before: int) -> TrainingFailed:
    """What a child's exit status and last words on standard error come to, and the cure."""
    said = _last_words(words)
    if NO_SPACE.search(said):
        return DiskFull(f"the disk is full: {_last_line(said)}")
    if NO_MEMORY.search(said):
        return TrainingFailed(f"it ran out of memory: {_last_line(said)}; {MORE_MEMORY}")
    if status == -signal.SIGKILL and kills_for_memory() > kills_before:
        return TrainingFailed(
            f"the system ended it (signal 9) because memory ran out; {MORE_MEMORY}"
        )
    if status == -signal.SIGKILL:
        return TrainingFailed(
            "it was killed (signal 9) from outside; if nobody did that, memory was short: "
            f"{MORE_MEMORY}"
        )
    if status < 0:
        return TrainingFailed(f"it was ended by signal {-status} ({signal.strsignal(-status)})")
    return TrainingFailed(f"it ended with status {status}: {_last_line(said)}")


def _last_words(words: IO[bytes]) -> str:
    size = words.seek(0, os.SEEK_END)
    words.seek(max(0, size - LAST_WORDS))
    return words.read().decode(errors="replace").replace("\r", "\n")


def _last_line(said: str) -> str:
    lines = said.strip().splitlines()
    return lines[-1].strip() if lines else "it said nothing"
