"""A training in a child process: watched, ended when it must be, its end in words."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from recommendations import trainer
from recommendations.trainer import Job, TrainingFailed


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


def test_a_child_that_is_killed_is_said_to_have_run_out_of_memory():
    with pytest.raises(TrainingFailed, match=r"killed \(signal 9\); most likely out of memory"):
        run("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")


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
    monkeypatch.setattr(trainer, "GRACE", 0.0)
    started = time.monotonic()
    with pytest.raises(TrainingFailed, match="did not stop within its 1 seconds"):
        run("import time; time.sleep(60)", time_limit=1.0)
    assert time.monotonic() - started < 10


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
