"""The demo site as gunicorn serves it, and a Chromium to walk through it.

The site is made once: demo catalogue, a Markov model (the network takes minutes), an account for
the admin. Every test has a browser context, hence a visitor, of its own. A page that logs an error,
such as a broken content policy, fails its test; but one, with which site.js deals: it logs another
where it cannot.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)

from tests.everything import BROWSERS
from tests.servers import end, free_port, redis, wait_until
from tests.test_settings import SECRET

ROOT = Path(__file__).resolve().parent.parent.parent
STAFF, PASSWORD = "keeper", "a-long-password-for-tests"
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-dev-shm-usage",
]
PATIENCE = 20_000  # milliseconds; a machine that is busy with other tests is slow
DEALT_WITH = "htmx:oobErrorNoTarget"
MAKE_A_MODEL = "from tests.recommendations.worlds import published; published('markov')"


@dataclass
class Site:
    """Where the site is, and the environment that its processes have."""

    address: str
    env: dict[str, str]

    def manage(self, *arguments: str) -> str:
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def ask(self, code: str) -> str:
        """What a piece of code prints."""
        assert self.asked.stdin is not None
        assert self.asked.stdout is not None
        self.asked.stdin.write(f"{json.dumps(code)}\n")
        self.asked.stdin.flush()
        status, printed = json.loads(self.asked.stdout.readline())
        assert status == 0, code
        return str(printed).strip()

    @cached_property
    def asked(self) -> subprocess.Popen[str]:
        """See `tests.e2e.asking`."""
        return subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.asking"],
            cwd=ROOT,
            env=self.env | {"DJANGO_SETTINGS_MODULE": "config.settings"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def close(self) -> None:
        self.asked.kill()
        self.asked.communicate()

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.address, timeout=20):
                return True
        except OSError:
            return False


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    with ExitStack() as servers:
        env = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        env |= {
            "DJANGO_SECRET_KEY": SECRET,
            "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
            "HTTPS_ONLY": "0",
            "COMPRESS_STATIC": "0",
            "LOG_LEVEL": "ERROR",
            "VAR_DIR": str(folder),
            "REDIS_URL": servers.enter_context(redis()),
            "API_ANON_RATE": "10000/min",
            "SITE_LANGUAGES": "en,de,ar",
        }
        site = Site("", env)
        site.manage("migrate", "-v", "0")
        site.manage("collectstatic", "--noinput", "-v", "0")
        site.manage("load_demo")
        site.manage(
            "createsuperuser", "--noinput", "--username", STAFF, "--email", "keeper@example.org"
        )
        servers.callback(site.close)
        site.ask(MAKE_A_MODEL)
        port = free_port()
        site.address, env["PORT"] = f"http://127.0.0.1:{port}", str(port)
        server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn_conf.py", "config.wsgi"],
            cwd=ROOT,
            env=env,
        )
        servers.callback(end, server)
        wait_until(site.answers, seconds=60, what="the first page")
        yield site


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip("Chromium is not installed")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """Opens the site's home page as a new visitor; takes the options of a browser context."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(DEALT_WITH):
            errors.append(message.text)

    def open_home(path: str = "/", **options: Any) -> Page:
        context = browser.new_context(base_url=site.address, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", heard)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(path)
        return page

    yield open_home
    for context in contexts:
        context.close()
    assert errors == []
