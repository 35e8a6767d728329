"""A real gunicorn over a site of its own, for tests that look at it from outside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers import end, free_port, listens, wait_until
from tests.test_settings import SECRET

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Web:
    """A running web server; `ask` gives status and body, 0 and nothing where nobody answers."""

    process: subprocess.Popen[bytes]
    port: int

    def ask(self, address: str, *, timeout: float = 10, **headers: str) -> tuple[int, str]:
        url = f"http://127.0.0.1:{self.port}{address}"
        request = urllib.request.Request(url, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def workers(self) -> list[int]:
        pid = self.process.pid
        listing = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        return [int(child) for child in listing.split()]


def environment(var: Path, **more: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    own = {"DJANGO_SECRET_KEY": SECRET, "VAR_DIR": str(var), "TMPDIR": str(var)}
    return kept | own | more


@contextmanager
def web(env: dict[str, str]) -> Iterator[Web]:
    port = free_port()
    command = [sys.executable, "-W", "ignore", "-m", "gunicorn", "-c", "config/gunicorn_conf.py"]
    process = subprocess.Popen([*command, "config.wsgi"], cwd=ROOT, env=env | {"PORT": str(port)})
    try:
        wait_until(lambda: listens(port), seconds=60, what="the start of the web server")
        yield Web(process, port)
    finally:
        end(process, signal_number=signal.SIGTERM)
