"""All tests, on every server that this machine has: `python -m tests.everything`.

The site on SQLite, and beside it, what touches a database on PostgreSQL with a Redis (but for what
is marked `once`), then models, then pages in a browser; the outcome of these is printed at the end.
A server or browser that is not installed leaves its tests out, and that is said; with CI=true it is
a failure, so that nothing is left out unseen where it matters. Arguments are passed on to pytest.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from tests.servers import Missing, postgresql, redis

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
MODELS, PAGES = "tests/ml", "tests/e2e"
ON_SERVERS = [
    "tests/catalog",
    "tests/recommendations",
    "tests/test_api_caching.py",
    "tests/test_api_problems.py",
    "tests/test_caching.py",
    "tests/test_drill.py",
    "tests/test_life_of_a_rating.py",
    "tests/test_metrics.py",
    "tests/test_models.py",
    "tests/test_probes.py",
    "tests/test_served.py",
    "tests/test_views_survive.py",
]


def main(arguments: list[str]) -> int:
    in_ci = os.environ.get("CI", "").lower() in ("1", "true")
    with ExitStack() as servers:
        addresses, missing = start_servers(servers, need_redis=in_ci)
        for what in missing:
            say(f"LEFT OUT: {what}")
        if missing and in_ci:
            say("with CI=true nothing may be left out")
            return 1
        if "TEST_DATABASE_URL" not in addresses:
            say("everything, on SQLite")
            return pytest(["tests", *arguments]).wait()
        return both(arguments, addresses)


def both(arguments: list[str], addresses: Mapping[str, str]) -> int:
    """Two lanes side by side; the second one's output is kept back until the first is over."""
    with tempfile.TemporaryFile("w+") as output, ThreadPoolExecutor(1) as lane:
        say("the site, on SQLite; beside it, on PostgreSQL what touches a database; models; pages")

        def beside() -> int:
            on_servers = [*ON_SERVERS, "-m", "not browser and not once", *arguments]
            status = pytest(on_servers, env=addresses, output=output.fileno()).wait()
            for part in (MODELS, PAGES):
                status = pytest([part, *arguments], output=output.fileno()).wait() or status
            return status

        second = lane.submit(beside)
        others = [f"--ignore={part}" for part in (MODELS, PAGES)]
        status = pytest(["tests", *others, *arguments]).wait()
        say(f"the site, on SQLite: {'passed' if status == 0 else 'FAILED, see above'}")
        status = second.result() or status
        say("what touches a database, on PostgreSQL; then models; then pages:")
        output.seek(0)
        shutil.copyfileobj(output, sys.stdout)
    return status


def start_servers(servers: ExitStack, *, need_redis: bool) -> tuple[dict[str, str], list[str]]:
    """The addresses of the servers that there are, and what is missing, with the cure."""
    addresses, missing = {}, []
    try:
        addresses["TEST_REDIS_URL"] = servers.enter_context(redis(need_redis=need_redis))
    except Missing as what:
        missing.append(f"{what}; the tests with a broker")
    try:
        addresses["TEST_DATABASE_URL"] = servers.enter_context(postgresql())
    except Missing as what:
        missing.append(f"{what}; all tests on PostgreSQL")
    if not any(map(shutil.which, BROWSERS)):
        missing.append(
            "Chromium is not installed (Debian: apt-get install chromium); the tests in a browser"
        )
    return addresses, missing


def pytest(
    arguments: list[str], *, env: Mapping[str, str] | None = None, output: int | None = None
) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    there = [part for part in command if not part.startswith("tests/") or Path(part).exists()]
    return subprocess.Popen(there, env=os.environ | (env or {}), stdout=output, stderr=output)


def say(text: str) -> None:
    sys.stdout.write(f"== {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
