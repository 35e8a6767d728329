"""Processes share the connections of clients that keep theirs open."""

import os
import socket
import subprocess
import sys
from collections import Counter
from http.client import HTTPConnection

import pytest

from tests.servers import free_port, listens, wait_until

CLIENTS, ROUNDS = 8, 12
APPLICATION = """
import os

def application(environ, start_response):
    body = str(os.getpid()).encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
"""


@pytest.fixture
def port(tmp_path):
    """Of two processes that answer with who they are."""
    (tmp_path / "who.py").write_text(APPLICATION)
    port = free_port()
    worker = "config.fair_worker.FairThreadWorker"
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", "2"]
        + ["--threads", "4", "--keep-alive", "60", "--worker-class", worker]
        + ["--no-control-socket", "who:application"],
        env=os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{os.getcwd()}"},
    )
    try:
        wait_until(lambda: listens(port), seconds=30, what="listening")
        wait_until(lambda: len(processes(port)) == 2, seconds=30, what="a second process")
        yield port
    finally:
        server.terminate()
        server.wait(30)


def answered(connection):
    connection.request("GET", "/")
    return connection.getresponse().read()


def processes(port):
    """Which process has which of some connections that are opened at once."""
    connections = [HTTPConnection("127.0.0.1", port, timeout=30) for _ in range(CLIENTS)]
    try:
        for connection in connections:  # all at once, as load generators and proxies do
            connection.sock = socket.socket()
            connection.sock.setblocking(False)
            connection.sock.connect_ex(("127.0.0.1", port))
        for connection in connections:
            connection.sock.setblocking(True)
        first = [answered(connection) for connection in connections]
        assert first == [answered(connection) for connection in connections]  # kept open
        return Counter(first)
    finally:
        for connection in connections:
            connection.close()


def test_two_processes_share_what_is_opened_at_once(port):
    shared = [processes(port) for _ in range(ROUNDS)]
    most = [max(counts.values()) for counts in shared]
    assert sum(most) < ROUNDS * 6, shared  # of 8; gunicorn's own threads: about 7
