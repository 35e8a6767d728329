"""All tests, on every server that this machine has: `python -m tests.everything`.

First everything on SQLite, then what touches a database again on PostgreSQL with a Redis. A server
or browser that is not installed leaves its tests out, and that is said; with CI=true it is a
failure, so that nothing is left out unseen where it matters. Arguments are passed on to pytest.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import ExitStack

from tests.servers import Missing, postgresql, redis

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ON_SERVERS = [
    "tests/catalog",
    "tests/recommendations",
    "tests/test_models.py",
    "tests/test_served.py",
    "tests/test_life_of_a_rating.py",
]


def main(arguments: list[str]) -> int:
    in_ci = os.environ.get("CI", "").lower() in ("1", "true")
    missing: list[str] = []
    with ExitStack() as servers:
        env = dict(os.environ)
        try:
            env["TEST_REDIS_URL"] = servers.enter_context(redis(need_redis=in_ci))
        except Missing as what:
            missing.append(f"{what}; the tests with a broker")
        addresses = {**env}
        try:
            addresses["TEST_DATABASE_URL"] = servers.enter_context(postgresql())
        except Missing as what:
            missing.append(f"{what}; all tests on PostgreSQL")
        if not any(map(shutil.which, BROWSERS)):
            missing.append(
                "Chromium is not installed (Debian: apt-get install chromium); "
                "the tests in a browser"
            )
        for what in missing:
            say(f"LEFT OUT: {what}")
        if missing and in_ci:
            say("CI=true: nothing may be left out")
            return 1
        say("everything, on SQLite")
        status = pytest(["tests", *arguments], env=env)
        if "TEST_DATABASE_URL" in addresses:
            say("what touches a database, on PostgreSQL")
            there = [path for path in ON_SERVERS if os.path.exists(path)]
            status = pytest([*there, "-m", "not browser", *arguments], env=addresses) or status
    return status


def pytest(arguments: list[str], *, env: dict[str, str]) -> int:
    return subprocess.call(
        [sys.executable, "-m", "pytest", "--ds", "tests.settings", "-q", *arguments], env=env
    )


def say(text: str) -> None:
    sys.stdout.write(f"== {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
