"""Processes share the connections of clients that keep theirs open."""

import os
import socket
import subprocess
import sys
import time
from collections import Counter
from http.client import HTTPConnection
from types import SimpleNamespace

import pytest
from gunicorn.workers.gthread import ThreadWorker

from config.fair_worker import COURTESY, FairThreadWorker
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
    def most(rounds):
        return sum(max(processes(port).values()) for _ in range(rounds))

    # of 8; gunicorn's own threads: about 7; a machine that is busy may be late to wake a process
    assert any(most(ROUNDS) < ROUNDS * 6 for _ in range(5))


@pytest.mark.parametrize(
    ("workers", "held", "waits"), [(2, 0, []), (2, 3, [3]), (2, 100, [8]), (1, 3, [])]
)
def test_who_has_connections_lets_the_others_go_first(workers, held, waits, monkeypatch):
    waited, accepted = [], []
    monkeypatch.setattr(time, "sleep", waited.append)
    monkeypatch.setattr(ThreadWorker, "accept", lambda _self, listener: accepted.append(listener))
    worker = object.__new__(FairThreadWorker)
    worker.cfg, worker.nr_conns = SimpleNamespace(workers=workers), held
    worker.accept("a socket")
    assert waited == [times * COURTESY for times in waits]
    assert accepted == ["a socket"]
