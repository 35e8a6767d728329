"""Real servers for tests, each in a temporary folder and gone when its block is left.

`postgresql()` and `redis()` give an address, or raise Missing with what to install. PostgreSQL
refuses to run as root, so root starts it as the user that its package made.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg

from config.embedded import valkey_program
from config.place import CannotRun

PATIENCE = 30.0


class Missing(RuntimeError):
    """A server that this machine does not have; the message says how to get it."""


def free_port() -> int:
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Different ones: each is held until all are found."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def wait_until(condition: Callable[[], bool], *, seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not happen within {seconds:g} seconds")
        time.sleep(0.1)


def listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def redis(*, need_redis: bool = False) -> Iterator[str]:
    """redis://... of a fresh server: Redis where it is installed, else the wheel's Valkey."""
    program = redis_program(need_redis=need_redis)
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="redis-") as folder:
        options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
        server = subprocess.Popen(
            [program, *options, "--loglevel", "warning"], stdout=subprocess.DEVNULL
        )
        try:
            wait_until(lambda: listens(port), seconds=PATIENCE, what="the start of Redis")
            yield f"redis://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait()


class KeptRedis:
    """A Redis that keeps what it holds in an append-only file, and may be killed and come back.

    It writes before it answers: with `everysec`, a disk that is busy makes it answer first.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._port = folder, free_port()
        self.url = f"redis://127.0.0.1:{self._port}"
        self.start()

    def start(self) -> None:
        options = f"--port {self._port} --bind 127.0.0.1 --dir {self._folder} --loglevel warning"
        kept = ["--save", "", "--appendonly", "yes", "--appendfsync", "always"]
        words = [redis_program(), *options.split(), *kept]
        self.process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
        wait_until(lambda: listens(self._port), seconds=PATIENCE, what="the start of Redis")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def redis_program(*, need_redis: bool = False) -> str:
    """Redis where it is installed, else the wheel's Valkey."""
    program = shutil.which("redis-server")
    if program is None and need_redis:
        raise Missing("redis-server is not installed (Debian: apt-get install redis-server)")
    try:
        return program or str(valkey_program())
    except CannotRun as problem:
        raise Missing(str(problem)) from problem


@contextmanager
def postgresql() -> Iterator[str]:
    """postgresql://... of a fresh cluster with an empty database "catalogue"."""
    programs = postgresql_programs()
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="postgresql-") as name:
        folder = Path(name)
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        cluster = folder / "cluster"
        _as_postgres(
            [
                programs / "initdb",
                "-D",
                cluster,
                "-U",
                "catalogue",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            ]
        )
        settings = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        start = [
            programs / "pg_ctl",
            "-D",
            cluster,
            "-o",
            settings,
            "-l",
            folder / "log",
            "-w",
            "start",
        ]
        _as_postgres(start)
        try:
            _as_postgres(
                [
                    programs / "createdb",
                    "-h",
                    folder,
                    "-p",
                    str(port),
                    "-U",
                    "catalogue",
                    "catalogue",
                ]
            )
            yield f"postgresql://catalogue@127.0.0.1:{port}/catalogue"
        finally:
            _as_postgres([programs / "pg_ctl", "-D", cluster, "-m", "immediate", "-w", "stop"])


@contextmanager
def fresh_database(folder: Path) -> Iterator[str]:
    """An empty database: on TEST_DATABASE_URL's PostgreSQL, else a SQLite file in the folder."""
    server = os.environ.get("TEST_DATABASE_URL")
    if not server:
        yield f"sqlite:///{folder}/site.sqlite3"
        return
    name = f"fresh_{uuid4().hex[:8]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def postgresql_programs() -> Path:
    """The folder with initdb and pg_ctl: Debian keeps them out of PATH."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True):
        if (folder / "initdb").exists():
            return folder
    if found := shutil.which("initdb"):
        return Path(found).parent
    raise Missing("PostgreSQL is not installed (Debian: apt-get install postgresql)")


def _version(folder: Path) -> int:
    name = folder.parent.name
    return int(name) if name.isdecimal() else 0


def _as_postgres(command: list[object]) -> None:
    words = [str(word) for word in command]
    if os.geteuid() == 0:
        words = ["runuser", "-u", "postgres", "--", *words]
    done = subprocess.run(
        words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd="/", text=True
    )
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip()}")


def end(process: subprocess.Popen[bytes], *, signal_number: int = signal.SIGTERM) -> None:
    """Ends a process, gently at first."""
    process.send_signal(signal_number)
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
