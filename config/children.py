"""Child processes that live no longer than their launcher.

`config.embedded` starts every part of the site as a Child of one Family. Each runs in a session of
its own, so that a Ctrl-C at the terminal reaches the launcher only, which then ends them in order.
Should the launcher itself be killed, the kernel ends them (Linux). What they leave behind is
adopted by the launcher and ended with them.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
SECONDS_TO_STOP = 8.0
RESTARTS = 3
RESTART_WINDOW = 60.0
TICK = 0.1


@dataclass
class Child:
    """One part of the site: how it is started, and with which signals it is ended."""

    name: str
    command: list[str]
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGKILL
    """What the kernel sends it when the launcher is gone, and its broker with it."""
    niceness: int = 0
    process: subprocess.Popen[bytes] | None = None
    started: list[float] = field(default_factory=list)

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def failed_too_often(self, now: float) -> bool:
        recent = [at for at in self.started if now - at < RESTART_WINDOW]
        return len(recent) > RESTARTS


class ChildFailed(RuntimeError):
    """A part of the site ended, and starting it again did not help."""


class Family:
    """The children of this process, started with one environment, and ended together."""

    def __init__(self, *, env: Mapping[str, str], say: Callable[[str], None]) -> None:
        self._env = dict(env)
        self._say = say
        self._children: list[Child] = []
        self.stop_signals = 0
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        _prctl(PR_SET_CHILD_SUBREAPER, 1)

    def _on_signal(self, _number: int, _frame: object) -> None:
        self.stop_signals += 1

    @property
    def is_stopping(self) -> bool:
        return self.stop_signals > 0

    def start(self, child: Child) -> None:
        """Starts a child; it is looked after until `stop`."""
        child.started.append(time.monotonic())
        child.process = subprocess.Popen(
            child.command,
            env=self._env,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_before_exec(os.getpid(), child),
        )
        if child not in self._children:
            self._children.append(child)

    def run(self, child: Child) -> bool:
        """Runs a child to its end, or until a signal asks to stop; whether it ended well."""
        self.start(child)
        while child.is_running and not self.is_stopping:
            time.sleep(TICK)
        self._end([child])
        self._children.remove(child)
        return child.process is not None and child.process.returncode == 0

    def until(self, condition: Callable[[], bool], *, seconds: float) -> bool:
        """Waits until something holds, looking after the children; False when it never did."""
        deadline = time.monotonic() + seconds
        while not self.is_stopping and time.monotonic() < deadline:
            if condition():
                return True
            self.look_after()
            time.sleep(TICK)
        return False

    def look_after(self) -> None:
        """Starts again what has ended; raises ChildFailed where that is of no use."""
        for child in self._children:
            if child.is_running or child.process is None:
                continue
            how = _how_it_ended(child.process.returncode)
            if child.failed_too_often(time.monotonic()):
                raise ChildFailed(f"{child.name} {how}, {RESTARTS + 1} times in a minute")
            self._say(f"{child.name} {how}; starting it again")
            self.start(child)

    def stop(self) -> None:
        """Ends all children, the newest first, and whatever they left behind."""
        if self._children:
            first, *others = self._children  # the broker, which the others still talk to
            self._end(others[::-1])
            self._end([first])
        self._children.clear()
        _end_orphans()

    def _end(self, children: list[Child]) -> None:
        for child in children:
            if child.is_running and child.process is not None:
                child.process.send_signal(child.stop_signal)
        deadline = time.monotonic() + SECONDS_TO_STOP
        impatient_after = self.stop_signals + 1
        while any(child.is_running for child in children):
            if time.monotonic() > deadline or self.stop_signals > impatient_after:
                break
            time.sleep(TICK)
        for child in children:
            if child.process is not None:
                _kill_group(child.process.pid)
                child.process.wait()


def _before_exec(parent: int, child: Child) -> Callable[[], None]:
    """What the new process does before it becomes the child's program."""
    number = child.death_signal

    def prepare() -> None:
        die_with_parent(number)
        if os.getppid() != parent:  # it died before the line above
            os._exit(1)
        if child.niceness:
            os.nice(child.niceness)

    return prepare


def die_with_parent(number: signal.Signals = signal.SIGKILL) -> None:
    """Has the kernel end this process when the one that started it ends (Linux)."""
    _prctl(PR_SET_PDEATHSIG, int(number))


_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def _prctl(option: int, value: int) -> None:
    if _libc is not None:
        _libc.prctl(option, value, 0, 0, 0)


def _kill_group(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _end_orphans() -> None:
    """Ends adopted grandchildren, until there are none. Only Linux lists them."""
    listing = Path(f"/proc/self/task/{os.getpid()}/children")
    while listing.exists() and (orphans := listing.read_text().split()):
        for pid in map(int, orphans):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _how_it_ended(code: int) -> str:
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"
