"""What a container asks itself, as a process of its own with the status that Docker reads."""

import os
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from recommendations import consumers
from tests.servers import Missing, free_port, redis
from tests.test_settings import SECRET

ROOT = Path(__file__).resolve().parent.parent


class AliveOnly(BaseHTTPRequestHandler):
    """A web server whose pages are broken, and which is alive."""

    def do_GET(self):
        self.send_response(200 if self.path == "/healthz" else 503)
        self.end_headers()

    def log_message(self, *_args):
        pass


def healthcheck(var, *arguments, **variables):
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    env = kept | {"DJANGO_SECRET_KEY": SECRET, "VAR_DIR": str(var)} | variables
    command = [sys.executable, "-m", "config.healthcheck", *arguments]
    return subprocess.run(command, cwd=ROOT, env=env, timeout=30).returncode


def test_a_web_server_that_is_alive_is_left_alone_whatever_its_pages_say(tmp_path):
    server = HTTPServer(("127.0.0.1", 0), AliveOnly)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    assert healthcheck(tmp_path, PORT=str(server.server_port)) == 0
    server.shutdown()
    server.server_close()


def test_a_web_server_that_does_not_answer_is_ill(tmp_path):
    assert healthcheck(tmp_path, PORT=str(free_port())) == 1


def test_a_worker_is_well_while_it_says_that_it_consumes_its_queue(tmp_path, settings):
    try:
        with redis() as settings.REDIS_URL:
            name = f"train@{socket.gethostname()}"
            consumers.say_alive(name, consuming=["train"])
            address = {"REDIS_URL": settings.REDIS_URL}
            assert healthcheck(tmp_path, "train", **address) == 0
            assert healthcheck(tmp_path, "default", **address) == 1
            consumers.say_gone(name, consuming=["train"])
            assert healthcheck(tmp_path, "train", **address) == 1
    except Missing as what:
        pytest.skip(str(what))
    assert healthcheck(tmp_path, "train", **address) == 1
