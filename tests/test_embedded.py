"""`make run`'s launcher, for real: everything starts, answers, and is gone after Ctrl-C."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers import end, free_port, listens, wait_until
from tests.tiny import write_tiny_data_set

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parent.parent
PARTS = ("valkey-server", "gunicorn", "worker", "beat")


@dataclass
class Launcher:
    """A running `python -m config.embedded`."""

    process: subprocess.Popen[bytes]
    port: int
    var: Path
    log: Path

    def home(self) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=60) as answer:
            return str(answer.read().decode())

    def said(self) -> str:
        return self.log.read_text()


def environment(var: Path, port: int, **more: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {"VAR_DIR": str(var), "PORT": str(port), "TRAIN_BUDGET": "fast", **more}


def processes_of(var: Path) -> dict[int, str]:
    """The command lines of all processes of this site: it is in their environment, or named."""
    mark = str(var).encode()
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes()
            if mark in (folder / "environ").read_bytes() + line:
                found[int(folder.name)] = line.decode().replace("\0", " ")
        except (OSError, ValueError):
            continue  # it ended meanwhile
    return found


@pytest.fixture
def launcher(tmp_path: Path) -> Iterator[Launcher]:
    var, port, log = tmp_path / "var", free_port(), tmp_path / "log"
    data = write_tiny_data_set(tmp_path / "tiny")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "config.embedded"],
            cwd=ROOT,
            env=environment(var, port, DATA=str(data)),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    started = Launcher(process, port, var, log)
    try:
        wait_until(
            lambda: "Ctrl-C stops all of it" in started.said() or process.poll() is not None,
            seconds=300,
            what="the banner",
        )
        assert process.poll() is None, started.said()
        yield started
    finally:
        if process.poll() is None:
            end(process, signal_number=signal.SIGINT)


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc")
def test_all_parts_run_and_one_ctrl_c_ends_them_all(launcher: Launcher) -> None:
    assert "Book" in launcher.home()
    running = " ".join(processes_of(launcher.var).values())
    assert all(part in running for part in PARTS)

    os.killpg(launcher.process.pid, signal.SIGINT)  # as a terminal does

    assert launcher.process.wait(timeout=30) == 0, launcher.said()
    assert processes_of(launcher.var) == {}
    assert not listens(launcher.port)
    assert not list(launcher.var.rglob("*.sock"))
    assert "nothing is left running" in launcher.said()


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc")
def test_a_part_that_dies_is_started_again_and_none_outlives_a_killed_launcher(
    launcher: Launcher,
) -> None:
    beat = next(pid for pid, line in processes_of(launcher.var).items() if " beat " in line)
    os.kill(beat, signal.SIGKILL)
    wait_until(lambda: "starting it again" in launcher.said(), seconds=60, what="the restart")
    assert "beat was ended by SIGKILL" in launcher.said()

    launcher.process.kill()
    launcher.process.wait()
    wait_until(lambda: processes_of(launcher.var) == {}, seconds=30, what="the end of all parts")


def complaint(tmp_path: Path, *, port: int, **more: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "config.embedded"],
        cwd=ROOT,
        env=environment(tmp_path / "var", port, **more),
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 1
    assert processes_of(tmp_path / "var") == {}
    return done.stdout


def test_a_port_in_use_is_said_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"port {port} on 127.0.0.1 cannot be used" in complaint(tmp_path, port=port)


def test_a_folder_that_is_none_is_said_by_name(tmp_path: Path) -> None:
    said = complaint(tmp_path, port=free_port(), DATA=str(tmp_path / "nowhere"))
    assert "nowhere is no folder" in said


def test_a_data_set_that_cannot_be_read_stops_the_start_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "items.csv").write_text("nonsense\n")
    said = complaint(tmp_path, port=free_port(), DATA=str(tmp_path / "broken"))
    assert "items.csv" in said
    assert "the site could not be prepared" in said
