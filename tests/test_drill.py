"""The drill holds on this code, and sees it when what a promise rests on is taken out."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from config.drill.promises import PROMISES
from tests.servers import fresh_database, redis
from tests.test_settings import SECRET

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("config", "catalog", "recommendations", "ml", "templates")
ON_POSTGRESQL = bool(os.environ.get("TEST_DATABASE_URL"))


@dataclass(frozen=True)
class Guard:
    """A line that a promise rests on, the same without what it guards, and what is seen then."""

    promise: str
    file: str
    line: str
    without: str
    seen: str


STOPPED_AND_SLOW = (
    Guard(
        "broker-stopped",
        "config/caching.py",
        "except (RedisError, OSError) as error:",
        "except ZeroDivisionError as error:",
        "answered with status 500",
    ),
    Guard(
        "attempts-capped",
        "recommendations/schedule.py",
        "if last.attempt < ATTEMPTS:",
        "if last.attempt:",
        "another one was due",
    ),
    Guard(
        "cache-flushed",
        "config/settings.py",
        "SESSION_COOKIE_AGE = ",
        'SESSION_ENGINE = "django.contrib.sessions.backends.cache"\nSESSION_COOKIE_AGE = ',
        "the list changed",
    ),
    Guard(
        "database-slow",
        "config/errors.py",
        "AWAY = (OperationalError, InternalError)",
        "AWAY = ()",
        "answered with 500",
    ),
)
SILENT_AND_DAMAGED = (
    Guard(
        "broker-silent",
        "config/settings.py",
        '"OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},',
        '"OPTIONS": {"socket_timeout": 8, "socket_connect_timeout": 8},',
        " took ",
    ),
    Guard(
        "late-worker",
        "recommendations/lease.py",
        "pk=self.run_id, token=self.token, status=ModelRun.Status.RUNNING",
        "pk=self.run_id",
        "a worker that woke up late published",
    ),
    Guard(
        "model-damaged",
        "ml/artifact.py",
        "_check_file(folder / name, facts, verify=verify)",
        "pass",
        "is still served",
    ),
    Guard(
        "next-to-nothing",
        "recommendations/gate.py",
        "if items and events >= LEAST_EVENTS and people >= LEAST_PEOPLE:",
        "if True:",
        "1 people: a training succeeded",
    ),
)
KILLED_AND_DOUBLED = (
    Guard(
        "broker-flushed",
        "recommendations/tasks.py",
        "if waiting := ModelRun.objects.filter(status=ModelRun.Status.QUEUED).first():",
        "if waiting := ModelRun.objects.none().first():",
        "did not end within",
    ),
    Guard(
        "trainer-killed",
        "recommendations/lease.py",
        "    if host != socket.gethostname():",
        "    if host:",
        "the next training ended badly",
    ),
    Guard(
        "trained-once",
        "recommendations/services.py",
        "requested_by=by, window=window,",
        "requested_by=by, window=None,",
        "two beats made 0 trainings",
    ),
    Guard(
        "disk-full",
        "recommendations/pipeline.py",
        "    except Exception as error:",
        "    except ZeroDivisionError as error:",
        "on a full disk ended badly",
    ),
)
AWAY_ON_POSTGRESQL = (
    Guard(
        "database-slow",
        "recommendations/panels.py",
        "except DatabaseError as error:",
        "except ZeroDivisionError as error:",
        "a page was answered with status 5",
    ),
    Guard(
        "database-read-only",
        "config/errors.py",
        "AWAY = (OperationalError, InternalError)",
        "AWAY = ()",
        "answered with 500",
    ),
)
GROUPS = [STOPPED_AND_SLOW, SILENT_AND_DAMAGED, KILLED_AND_DOUBLED]


def drill(root: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    with redis() as broker, fresh_database(folder) as address:
        env = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        env |= {"DJANGO_SECRET_KEY": SECRET, "VAR_DIR": str(folder / "var")}
        env |= {"REDIS_URL": broker, "DATABASE_URL": address}
        command = [sys.executable, "manage.py", "drill", *arguments]
        return subprocess.run(
            command, cwd=root, env=env, capture_output=True, text=True, timeout=900
        )


def test_every_promise_holds(tmp_path: Path) -> None:
    done = drill(ROOT, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    held = {line.split()[1] for line in done.stdout.splitlines() if line.startswith("held")}
    left_out = {line.split()[2] for line in done.stdout.splitlines() if line.startswith("left out")}
    everything = {f"{promise.name}:" for promise in PROMISES}
    assert held | left_out == everything
    assert left_out <= {"database-read-only:", "disk-full:"}, done.stdout
    assert not (ON_POSTGRESQL and "database-read-only:" in left_out)


def test_every_promise_has_a_guard_that_can_be_taken_out() -> None:
    guarded = {guard.promise for group in (*GROUPS, AWAY_ON_POSTGRESQL) for guard in group}
    assert guarded == {promise.name for promise in PROMISES}


@pytest.mark.parametrize("group", [AWAY_ON_POSTGRESQL] if ON_POSTGRESQL else GROUPS)
def test_a_guard_that_is_taken_out_is_noticed(group: tuple[Guard, ...], tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(ROOT / "manage.py", copy)
    hurry = ("config/drill/broker_checks.py", "TRAINING_SECONDS = 120", "TRAINING_SECONDS = 15")
    changes = [(guard.file, guard.line, guard.without) for guard in group]
    for file, line, without in [*changes, hurry]:
        text = (copy / file).read_text()
        assert text.count(line) >= 1, f"{file} has no line {line!r}"
        (copy / file).write_text(text.replace(line, without))
    only = [word for guard in group for word in ("--only", guard.promise)]
    done = drill(copy, tmp_path, *only)
    assert done.returncode == 1, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    said = {
        line.split()[1]: after
        for line, after in zip(lines, lines[1:], strict=False)
        if ": " in line
    }
    for guard in group:
        assert f"BROKEN   {guard.promise}:" in done.stdout, done.stdout
        assert guard.seen in said[f"{guard.promise}:"], done.stdout
