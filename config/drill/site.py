"""A scratch site as the checks see it: processes with one environment, and questions to them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from redis import Redis

from config.drill.faults import Relay
from config.drill.visitor import Visitor

ROOT = Path(__file__).resolve().parent.parent.parent
COMMAND_SECONDS = 300
START_SECONDS = 60
ANSWERING = ("-m", "config.drill.answering")


class CannotDrill(Exception):
    """What a scratch site could not do; the message says why, and the cure where there is one."""


@dataclass(frozen=True)
class Broker:
    """The Redis of a scratch site: through the relay, and round it."""

    relay: Relay
    direct: Redis
    cache: Redis


@dataclass(frozen=True)
class Site:
    """A site that is only an environment: each server, worker and command is a process."""

    env: dict[str, str]
    folder: Path
    broker: Broker | None
    _answering: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def artifacts(self) -> Path:
        return Path(self.env["ARTIFACTS_ROOT"])

    @property
    def on_postgresql(self) -> bool:
        return self.env["DATABASE_URL"].startswith("postgresql")

    def start(self, *words: str, **changes: str) -> subprocess.Popen[bytes]:
        """A Python process of the site; what it complains of is kept for `errors`."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        complaints = os.open(self.folder / "errors.log", flags, 0o600)
        try:
            return subprocess.Popen(
                [sys.executable, *words],
                cwd=ROOT,
                env=self.env | changes,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=complaints,
                start_new_session=True,
            )
        finally:
            os.close(complaints)

    def run(
        self, *words: str, prefix: tuple[str, ...] = (), told: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """A Python process of the site, to its end."""
        return subprocess.run(
            [*prefix, sys.executable, *words],
            cwd=ROOT,
            env=self.env,
            input=told,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
        )

    def manage(self, *words: str) -> str:
        done = self.run("manage.py", *words)
        if done.returncode:
            raise CannotDrill(f"manage.py {words[0]} failed: {last_line(done.stderr)}")
        return done.stdout

    def ask(self, expression: str) -> Any:
        """The value of an expression, see `config.drill.answering`."""
        if not self._answering:
            self._answering.append(
                subprocess.Popen(
                    [sys.executable, *ANSWERING],
                    cwd=ROOT,
                    env=self.env,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                    start_new_session=True,
                )
            )
        (process,) = self._answering
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{expression}\n")
        process.stdin.flush()
        return _value(process.stdout.readline())

    def ask_anew(self, expression: str) -> Any:
        """The same from a process of its own, which has no model loaded."""
        return _value(self.run(*ANSWERING, told=f"{expression}\n").stdout)

    @contextmanager
    def web(self, **changes: str) -> Iterator[Visitor]:
        """A web server with this environment, and somebody who visits it."""
        port = free_port()
        words = ("-m", "gunicorn", "-c", "config/gunicorn_conf.py", "config.wsgi")
        server = self.start(*words, BIND="127.0.0.1", PORT=str(port), **changes)
        visitor = Visitor(f"http://127.0.0.1:{port}")
        try:
            if not wait(lambda: visitor.get("/").status != 0, seconds=START_SECONDS):
                raise CannotDrill(f"the web server did not start: {self.errors()}")
            yield visitor
        finally:
            end(server)

    @contextmanager
    def worker(self) -> Iterator[None]:
        """A worker of all queues with beat in it, which looks every second what is due."""
        words = (
            "-m",
            "celery",
            "-A",
            "config",
            "worker",
            "-B",
            "-Q",
            "default,train,import",
            "-c",
            "2",
        )
        quiet = ("--loglevel", "ERROR", "--without-gossip", "--without-mingle", "-n", "drill@%h")
        beat = ("--scheduler", "django_celery_beat.schedulers:DatabaseScheduler")
        worker = self.start(*words, *quiet, *beat, RETRAIN_CHECK_SECONDS="1")
        try:
            yield
        finally:
            end(worker)

    def errors(self) -> str:
        """The last line that a server or worker left."""
        log = self.folder / "errors.log"
        return last_line(log.read_text(errors="replace") if log.exists() else "")

    def close(self) -> None:
        for process in self._answering:
            process.kill()
            process.wait()
        self._answering.clear()


def wait(condition: Callable[[], bool], *, seconds: float) -> bool:
    """Whether something came to hold in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.2)
    return False


def end(process: subprocess.Popen[bytes]) -> None:
    """Ends a process with all that it started."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=10)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "it said nothing"


def _value(line: str) -> Any:
    answer = json.loads(line or '{"refused": "no answer"}')
    if "refused" in answer:
        raise CannotDrill(answer["refused"])
    return answer["value"]
