"""Trainers that are killed, doubled, late, or out of disk: what is live stays."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor

from config.drill.promise import LeftOut, hold
from config.drill.site import CannotDrill, Site, last_line

TRAINING = ("-m", "config.drill.training")
STAGES = {
    "reading": "load",
    "training": "fit",
    "judging": "evaluate",
    "fitting": "write",
    "publishing": "publish",
}
ROOM = (0, 40_000)  # bytes
FULL = re.compile("disk is full|no space left", re.IGNORECASE)


def killed(site: Site) -> str:
    """SIGKILL where each stage begins."""
    for stage in STAGES:
        live = served(site)
        died = site.run(*TRAINING, "die", stage)
        hold(died.returncode == -signal.SIGKILL, f"no training got as far as {stage}")
        hold(served(site) == live, f"killed at {stage}, another model served")
        _next_succeeds(site, f"killed at {stage}")
        lost = site.ask("[run.error for run in ModelRun.objects.filter(status='lost')[:1]]")
        hold("ended without a word" in f"{lost}", f"killed at {stage}, no run was named lost")
    left = [path.name for path in site.artifacts.iterdir() if path.name == ".work"]
    hold(not left, "killed runs left their work folders behind")
    return (
        f"Killed at {', '.join(STAGES.values())}: what was live served on, each was named lost, "
        "and the next training succeeded."
    )


def doubled(site: Site) -> str:
    """Two beats at once want the same training, and its message is delivered twice."""
    ask = "services.ask(trigger=ModelRun.Trigger.SCHEDULE, window='drill twice').pk"
    with ThreadPoolExecutor(2) as beats:
        asked = [one.result() for one in [beats.submit(_try, site, ask) for _ in range(2)]]
    runs = site.ask("ModelRun.objects.filter(window='drill twice').count()")
    hold(runs == 1 and asked.count(True) == 1, f"two beats made {runs} trainings of one")
    site.ask("[services.cancel(run) for run in ModelRun.objects.active()]")
    again = _try(site, ask)
    hold(not again, "what was asked for once was asked for again, and not refused")
    said = site.run(*TRAINING, "twice").stdout.strip()
    hold("is not waiting" in said, f"a message that came twice trained twice: {said}")
    return "Two beats at once made one training, and a message delivered twice trained once."


def late(site: Site) -> str:
    """A worker that was given up for lost wakes up, and wants to publish."""
    live = served(site)
    said = site.run(*TRAINING, "late").stdout.strip()
    hold(said == "refused", f"a worker that woke up late {said or 'failed'}")
    hold(served(site) == live, "a worker that woke up late changed what is live")
    return "A worker that woke up after it was given up for lost was refused."


def capped(site: Site) -> str:
    """A training that always breaks is not tried for ever."""
    run = site.ask(
        "ModelRun.objects.create(trigger='events', status='failed', attempt=schedule.ATTEMPTS, "
        "finished_at=now).pk"
    )
    again = site.ask("schedule.due(now=now + 10 * schedule.PAUSE) is not None")
    site.ask(f"ModelRun.objects.filter(pk={run}).delete()[0]")
    hold(not again, "after the last attempt another one was due")
    return "A training that broke as often as it may was left alone."


def disk_full(site: Site) -> str:
    """Trainings on a disk without room, and with room for a part of the work."""
    namespace = ("unshare", "--mount", "--map-root-user")
    if not shutil.which("unshare"):
        raise LeftOut("no `unshare` here, so that no small disk can be made")
    if subprocess.run([*namespace, "true"], capture_output=True).returncode:
        raise LeftOut("this account may make no small disk (unshare is refused)")
    live, words = served(site), ""
    for room in ROOM:
        said = _end_of(site.run(*TRAINING, "full", str(room), prefix=namespace), "on a full disk")
        hold(said["status"] in ("failed", "refused"), f"on a full disk it {said['status']}")
        named = [line for line in said["words"].splitlines() if FULL.search(line)]
        hold(named, f"a full disk was not named: {said['words']}")
        words = named[0]
        hold(served(site) == live, "a full disk changed what is live")
    _next_succeeds(site, "after the disk was full")
    return f"It ended with “{words}”, and what was live served on."


def served(site: Site) -> list[object]:
    """The run whose model answers, and whether it stands in for another."""
    found: list[object] = site.ask_anew(
        "(lambda model: [model.run_id, model.is_previous] if model else [])(engine.current())"
    )
    return found


def _next_succeeds(site: Site, when: str) -> None:
    said = _end_of(site.run(*TRAINING, "run"), f"{when}, the next training")
    hold(
        said["status"] == "succeeded",
        f"{when}, the next training {said['status']}: {said['words']}",
    )


def _end_of(done: subprocess.CompletedProcess[str], what: str) -> dict[str, str]:
    """The run as its process printed it."""
    hold(done.returncode == 0, f"{what} ended badly: {last_line(done.stderr)}")
    said: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return said


def _try(site: Site, expression: str) -> bool:
    """Whether the site did as it was asked; False where it said that it is busy."""
    try:
        site.ask_anew(expression)
    except CannotDrill as refused:
        hold("Busy" in str(refused), f"refused in other words: {refused}")
        return False
    return True
