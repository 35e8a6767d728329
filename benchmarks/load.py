"""Many people at once, while models are published: python -m benchmarks.load [FOLDER]

Imports the data set folder (or DATA, or a made-up one of MovieLens 1M's size) into a PostgreSQL of
its own, serves it with gunicorn and Redis, and lets 50 people browse, look at items, rate, and ask
for *For you*, with a pause after each page. After a while trainings begin, one after the other,
and publish three times. Prints how long answers took before, while training, and while publishing.
Everything, the people too, is on this machine; nothing is left behind.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.made_up import made_up_data_set
from config.drill.site import Site
from config.drill.visitor import Visitor, percentile
from tests.servers import postgresql, redis

KINDS = ("browse", "item", "rate", "for you")
SHARES = (4, 3, 2, 2)  # how often each is done
QUIET_SHARE = 0.35  # of the time, before the first training
NEAR = 10.0  # seconds before and after a model went live that count as publishing
QUICK = """
import django; django.setup()
from unittest.mock import patch
from recommendations import gate, pipeline, services
from recommendations.models import ModelRun
with patch.object(gate, "CANDIDATES", ("popularity", "markov")):
    run = pipeline.retrain(services.ask(trigger=ModelRun.Trigger.COMMAND))
print(run.status, run.error)
"""


@dataclass(frozen=True)
class Answered:
    at: float
    kind: str
    status: int
    seconds: float


@dataclass
class Crowd:
    """People who look around until they are told to stop."""

    home: str
    pause: float
    items: list[int]
    answers: list[Answered] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def person(self, seed: int) -> None:
        chance, visitor = random.Random(seed), Visitor(self.home)
        self.over.wait(chance.random() * self.pause)
        while not self.over.is_set():
            (kind,) = chance.choices(KINDS, SHARES)
            at = time.monotonic()
            item = chance.choice(self.items)
            match kind:
                case "browse":
                    answer = visitor.get(chance.choice(("/", "/browse/", "/browse/?sort=newest")))
                case "item":
                    answer = visitor.get(f"/items/{item}/")
                case "rate":
                    answer = visitor.rate(item, stars=chance.randint(1, 10) / 2)
                case _:
                    answer = visitor.get("/api/v1/recommendations/for-you/")
            self.answers.append(Answered(at, kind, answer.status, answer.seconds))
            self.over.wait(chance.expovariate(1 / self.pause))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=os.environ.get("DATA"))
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--pause", type=float, default=4.0, help="seconds between two pages")
    parser.add_argument("--publish", type=int, default=3, help="how many times")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="catalogue-load-")))
        site = stack.enter_context(closing(served_site(stack, work)))
        folder = arguments.folder or made_up_data_set(work / "data")
        site.manage("migrate", "--verbosity", "0")
        site.manage("collectstatic", "--noinput", "--verbosity", "0")
        site.manage("import_dataset", str(folder))
        train(site)
        visitor = stack.enter_context(site.web())
        items = site.ask(
            "list(Rating.objects.order_by().values_list('item', flat=True)[:20000:40])"
        )
        crowd = Crowd(visitor.home, arguments.pause, sorted(set(items)))
        trained, published = run(site, crowd, arguments)
        tell(crowd, trained, published, arguments)


def served_site(stack: ExitStack, work: Path) -> Site:
    env = {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": stack.enter_context(postgresql()),
        "REDIS_URL": stack.enter_context(redis()),
        "VAR_DIR": str(work / "var"),
        "ARTIFACTS_ROOT": str(work / "var" / "artifacts"),
        "DJANGO_SECRET_KEY": "only-for-a-benchmark-" + "b" * 40,
        "DJANGO_ALLOWED_HOSTS": "127.0.0.1",
        "HTTPS_ONLY": "0",
        "COMPRESS_STATIC": "0",
        "LOG_LEVEL": "ERROR",
        "API_ANON_RATE": "1000000/min",
    }
    return Site(env, work, None)


def train(site: Site) -> None:
    """Simple models only: three trainings are to fit into the time."""
    done = site.run("-c", QUICK)
    if not done.stdout.startswith("succeeded"):
        raise SystemExit(f"the training did not succeed: {done.stdout}{done.stderr[-1000:]}")


def run(
    site: Site, crowd: Crowd, arguments: argparse.Namespace
) -> tuple[list[tuple[float, float]], list[float]]:
    """When each training began and ended, and when a model went live."""
    began = time.monotonic()
    people = [
        threading.Thread(target=crowd.person, args=(seed,), daemon=True)
        for seed in range(arguments.people)
    ]
    for person in people:
        person.start()
    time.sleep(arguments.minutes * 60 * QUIET_SHARE)
    trained = []
    for _ in range(arguments.publish):
        start = time.monotonic()
        train(site)
        trained.append((start, time.monotonic()))
    time.sleep(max(NEAR, arguments.minutes * 60 - (time.monotonic() - began)))
    crowd.over.set()
    for person in people:
        person.join(timeout=60)
    return trained, [end for _, end in trained]


def tell(
    crowd: Crowd,
    trained: list[tuple[float, float]],
    published: list[float],
    arguments: argparse.Namespace,
) -> None:
    first = trained[0][0]
    warm = min(answer.at for answer in crowd.answers) + NEAR
    phases = {
        "before": [a for a in crowd.answers if warm < a.at < first - NEAR],
        "training": [
            a for a in crowd.answers if any(start <= a.at < end - NEAR for start, end in trained)
        ],
        "publishing": [a for a in crowd.answers if any(abs(a.at - at) < NEAR for at in published)],
    }
    say(f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}")
    say(f"{arguments.people} people, {arguments.pause:g} s between pages")
    say("| when | answers | a second | median ms | p95 ms | p99 ms | errors |")
    say("|---|---|---|---|---|---|---|")
    for name, answers in phases.items():
        line(name, answers)
    for kind in KINDS:
        line(f"{kind}, all the time", [a for a in crowd.answers if a.kind == kind])
    errors = Counter(a.status for a in crowd.answers if not 200 <= a.status < 400)
    before, during = (
        percentile([a.seconds for a in phases[name]] or [0.0], 0.99)
        for name in ("before", "publishing")
    )
    ratio = during / max(before, 1e-3)
    say(f"\nerrors: {dict(errors) or 'none'}; p99 while publishing / before: {ratio:.2f}")


def line(name: str, answers: list[Answered]) -> None:
    if not answers:
        say(f"| {name} | 0 | | | | | |")
        return
    seconds = [answer.seconds for answer in answers]
    span = max(a.at for a in answers) - min(a.at for a in answers)
    errors = sum(not 200 <= answer.status < 400 for answer in answers)
    marks = " | ".join(f"{percentile(seconds, share) * 1000:.0f}" for share in (0.5, 0.95, 0.99))
    say(f"| {name} | {len(answers):,} | {len(answers) / max(span, 1):.1f} | {marks} | {errors} |")


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
