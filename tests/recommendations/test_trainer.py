"""A training in a child process: watched, ended when it must be, its end in words."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from ml.datafolder import save_snapshot
from recommendations import child, trainer
from recommendations.trainer import DiskFull, Job, TrainingFailed
from tests.ml.worlds import snapshot_of


class Script(Job):
    """A child that runs a given Python script instead of a training."""

    def __init__(self, script, *, time_limit=20.0):
        super().__init__(Path("/nowhere"), Path("/nowhere"), "hybrid", time_limit)
        object.__setattr__(self, "script", script)

    def command(self):
        return [sys.executable, "-c", self.script]


def run(script, *, on_event=lambda event: None, **more):
    return trainer.run(Script(script, **more), on_event=on_event)


DONE = 'print(\'{"event": "done", "seconds": 1.5}\')'


def test_events_arrive_as_they_are_said_and_other_output_is_nobodys_business():
    heard = []
    script = f'print("hello"); print(\'{{"event": "step", "step": 1, "of": 2}}\'); print(7); {DONE}'
    assert run(script, on_event=heard.append) == {"event": "done", "seconds": 1.5}
    assert [event["event"] for event in heard if event] == ["step", "done"]


def test_a_silent_child_still_gives_a_beat_each_second():
    beats = []
    run(f"import time; time.sleep(2.5); {DONE}", on_event=beats.append)
    assert beats.count(None) >= 2


KILL = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"


def test_a_child_that_is_killed_is_said_to_be_and_what_it_may_have_been():
    with pytest.raises(TrainingFailed, match=r"killed \(signal 9\) from outside.*memory"):
        run(KILL)


def test_a_child_that_the_system_ends_for_want_of_memory_is_said_to_be(monkeypatch, tmp_path):
    vmstat = tmp_path / "vmstat"
    vmstat.write_text("pgfault 7\noom_kill 3\n")
    monkeypatch.setattr(child, "VMSTAT", vmstat)
    counted = f"open({str(vmstat)!r}, 'w').write('pgfault 9\\noom_kill 4\\n')"
    with pytest.raises(TrainingFailed, match=r"the system ended it \(signal 9\) because memory"):
        run(f"{counted}; {KILL}")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells how much memory it takes")
def test_a_child_that_takes_more_memory_than_it_may_is_ended(settings):
    settings.TRAIN_MEMORY_MB = 200
    grow = "held = [(b'x' * 10_000_000, time.sleep(0.05))[0] for _ in range(60)]"
    with pytest.raises(TrainingFailed, match=r"it took \d+ MB of memory.*TRAIN_MEMORY_MB"):
        run(f"import time\n{grow}")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells how much memory it takes")
def test_files_that_a_child_maps_are_no_memory_of_its_own(settings, tmp_path):
    settings.TRAIN_MEMORY_MB = 200
    (tmp_path / "file").write_bytes(bytes(300_000_000))
    script = (
        f"import mmap, time; file = open({str(tmp_path / 'file')!r}, 'rb'); "
        "pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ); "
        f"read = sum(pages[at] for at in range(0, len(pages), 4096)); time.sleep(1); {DONE}"
    )
    assert run(script)["event"] == "done"


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone chooses by a score")
def test_a_child_is_the_first_to_go_when_memory_runs_short(tmp_path):
    note = tmp_path / "score"
    run(f"open({str(note)!r}, 'w').write(open('/proc/self/oom_score_adj').read()); {DONE}")
    assert int(note.read_text()) == child.FIRST_TO_GO


@pytest.mark.parametrize(
    "script",
    [
        "import numpy; numpy.ones((1 << 40,))",
        "raise MemoryError",
        "import os; os.write(2, b'terminate called: std::bad_alloc'); os.abort()",
    ],
    ids=["NumPy", "Python", "C++"],
)
def test_a_child_that_finds_no_memory_is_said_to_have_run_out_of_it(script):
    with pytest.raises(TrainingFailed, match=r"it ran out of memory: .*give the machine more"):
        run(
            f"import resource; resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))\n{script}"
        )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_child_whose_disk_is_full_is_said_to_be():
    with pytest.raises(DiskFull, match="the disk is full: .*No space left on device"):
        run("open('/dev/full', 'w').write('x' * 100_000)")


def test_a_training_that_may_not_write_its_model_says_that_the_disk_is_full(tmp_path):
    snapshot = save_snapshot(snapshot_of([[0, 1, 2], [1, 2, 3]], items=2000), tmp_path / "events")
    limit = "import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000)); "

    class Small(Job):
        def command(self):
            python, _m, _ml, *words = super().command()
            start = f"sys.argv = {['ml', *words]!r}; runpy.run_module('ml', run_name='__main__')"
            return [python, "-c", limit + start]

    out = tmp_path / "model"
    with pytest.raises(DiskFull, match="File too large"):
        trainer.run(Small(snapshot, out, "popularity", 20.0), on_event=lambda event: None)
    assert not out.exists()


def test_a_child_that_crashes_is_named_by_its_signal():
    with pytest.raises(TrainingFailed, match="signal 11"):
        run("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")


def test_a_failing_child_is_quoted():
    with pytest.raises(TrainingFailed, match="status 1: ValueError: no luck"):
        run('raise ValueError("no luck")')


def test_a_child_that_ends_without_being_done_has_failed():
    with pytest.raises(TrainingFailed, match="without saying"):
        run("pass")


def test_a_child_that_does_not_stop_in_time_is_ended(monkeypatch):
    monkeypatch.setattr(child, "GRACE", 0.0)
    started = time.monotonic()
    with pytest.raises(TrainingFailed, match="did not stop within its 1 seconds"):
        run("import time; time.sleep(60)", time_limit=1.0)
    assert time.monotonic() - started < 40


def test_a_child_whose_run_is_no_longer_wanted_is_gone(tmp_path):
    note = tmp_path / "pid"

    class Unwanted(Exception):
        pass

    def unwanted(event):
        if note.exists() and note.read_text():
            raise Unwanted

    with pytest.raises(Unwanted):
        run(
            f"import os, time; open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(60)",
            on_event=unwanted,
        )
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_a_child_dies_with_its_parent(tmp_path):
    note = tmp_path / "pid"
    parent = os.fork()
    if parent == 0:
        try:
            run(
                f"import os, time; open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
            )
        finally:
            os._exit(1)
    child = wait_for(lambda: note.exists() and note.read_text())
    os.kill(parent, signal.SIGKILL)
    os.waitpid(parent, 0)
    wait_for(lambda: not Path(f"/proc/{child}").exists() or is_zombie(child))


def wait_for(condition, *, seconds=20.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come true in time")


def is_zombie(pid):
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
