"""Several machines on one: network namespaces with addresses of their own, joined by a bridge.

Each Host has its own network, its own host name and its own processes; the bridge stands in a
namespace too, so that nothing here touches the machine's own network. Needs root and `ip netns`.
Whatever is started in a Network is gone when its block is left.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from tests.servers import Missing, wait_until

SUBNET = "10.213.77"
CLONE_NEWNET = 0x40000000
NAMED = 'hostname "$0" && exec "$@"'
_libc = ctypes.CDLL(None, use_errno=True)


class Host:
    """A machine of its own, as far as the network can tell."""

    def __init__(self, name: str, *, space: str, number: int) -> None:
        self.name, self.space = name, space
        self.address = f"{SUBNET}.{number}"
        self._children: list[subprocess.Popen[bytes]] = []

    def start(self, command: list[object], *, env: Mapping[str, str], log: Path) -> None:
        words = ["unshare", "--uts", "--", "sh", "-c", NAMED, self.name, *map(str, command)]
        with log.open("ab") as output:
            child = subprocess.Popen(
                ["ip", "netns", "exec", self.space, *words],
                env=dict(env),
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._children.append(child)

    def run(self, command: list[object], *, env: Mapping[str, str]) -> str:
        words = ["unshare", "--uts", "--", "sh", "-c", NAMED, self.name, *map(str, command)]
        return _run("ip", "netns", "exec", self.space, *words, env=env)

    def processes(self) -> list[int]:
        return [int(pid) for pid in _run("ip", "netns", "pids", self.space).split()]

    def stop(self) -> None:
        """As if the plug was pulled: the link is down and every process is gone at once."""
        self._ip("link", "set", "eth0", "down")
        self.end()

    def end(self) -> None:
        for pid in self.processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        while self._children:
            self._children.pop().wait()
        wait_until(lambda: not self.processes(), seconds=60, what=f"the end of {self.name}")

    def come_back(self) -> None:
        """The machine is on again; nothing runs on it yet."""
        self._ip("link", "set", "eth0", "up")

    @contextmanager
    def silenced(self) -> Iterator[None]:
        """Everything still reaches this host, and it answers to nobody: packets are dropped."""
        self._ip("route", "add", "blackhole", f"{SUBNET}.0/25")
        try:
            yield
        finally:
            self._ip("route", "del", "blackhole", f"{SUBNET}.0/25")

    def _ip(self, *words: str) -> None:
        _run("ip", "-n", self.space, *words)


@contextmanager
def network(*names: str) -> Iterator[dict[str, Host]]:
    """Hosts of these names that reach each other; Missing says what this machine lacks for it."""
    _check()
    mark = uuid.uuid4().hex[:6]
    switch = f"hosts-{mark}-switch"
    with ExitStack() as stack:
        stack.enter_context(_space(switch))
        _run("ip", "-n", switch, "link", "add", "bridge", "type", "bridge")
        _run("ip", "-n", switch, "link", "set", "bridge", "up")
        hosts = {}
        for number, name in enumerate(names, 1):
            host = Host(name, space=f"hosts-{mark}-{name}", number=number)
            stack.enter_context(_space(host.space))
            stack.callback(host.end)
            port = f"port{number}"
            ends = ("link", "add", port, "type", "veth", "peer", "name", "eth0")
            _run("ip", "-n", switch, *ends, "netns", host.space)
            _run("ip", "-n", switch, "link", "set", port, "master", "bridge", "up")
            host._ip("addr", "add", f"{host.address}/24", "dev", "eth0")
            host._ip("link", "set", "lo", "up")
            host._ip("link", "set", "eth0", "up")
            hosts[name] = host
        yield hosts


@contextmanager
def inside(host: Host) -> Iterator[None]:
    """Sockets that this thread opens meanwhile are the host's."""
    own = os.open(f"/proc/self/task/{threading.get_native_id()}/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{host.space}", os.O_RDONLY)
    try:
        _enter(there)
        yield
    finally:
        _enter(own)
        os.close(own)
        os.close(there)


def _check() -> None:
    if os.geteuid() != 0:
        raise Missing("only root may make network namespaces")
    for program in ("ip", "unshare"):
        if shutil.which(program) is None:
            raise Missing(f"{program} is not installed (Debian: apt-get install iproute2)")
    try:
        with _space(f"hosts-{uuid.uuid4().hex[:6]}-try"):
            pass
    except RuntimeError as problem:
        raise Missing(f"this machine lets nobody make network namespaces: {problem}") from problem


@contextmanager
def _space(name: str) -> Iterator[None]:
    _run("ip", "netns", "add", name)
    try:
        yield
    finally:
        _run("ip", "netns", "del", name)


def _enter(descriptor: int) -> None:
    if _libc.setns(descriptor, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "this thread cannot enter the network namespace")


def _run(*words: str, env: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(
        words, env=None if env is None else dict(env), capture_output=True, text=True, timeout=180
    )
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip()[-2000:]}")
    return done.stdout


def start_postgresql(host: Host, *, programs: Path, folder: Path) -> str:
    """A PostgreSQL on that host; its address."""
    shutil.chown(folder, "postgres")
    cluster = folder / "cluster"
    as_postgres = ["runuser", "-u", "postgres", "--"]
    options = ["-U", "catalogue", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    _run(*as_postgres, str(programs / "initdb"), "-D", str(cluster), *options)
    with (cluster / "pg_hba.conf").open("a") as rules:
        rules.write(f"host all all {SUBNET}.0/24 trust\n")
    settings = f"-c listen_addresses={host.address} -k {folder} -c fsync=off".split()
    command = [*as_postgres, programs / "postgres", "-D", cluster, *settings]
    host.start(command, env=os.environ, log=folder / "log")
    sockets = ["-h", str(folder), "-U", "catalogue"]

    def answers() -> bool:
        ready = [str(programs / "pg_isready"), *sockets]
        return subprocess.run(ready, capture_output=True).returncode == 0

    wait_until(answers, seconds=30, what="the start of PostgreSQL")
    _run(str(programs / "createdb"), *sockets, "catalogue")
    return f"postgresql://catalogue@{host.address}:5432/catalogue"
