"""How long an answer takes while models are published: python -m benchmarks.swap [--items 3900]

One process, four threads that ask the live model for a list again and again, as fast as one core
gives, and a hybrid of made-up weights that is published ten times, half a second apart. Once
requests wait for a new model, and once it is loaded beside the old one, as the site does.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

THREADS, PUBLISHED, APART = 4, 10, 0.5
PAUSE = 0.02  # seconds between two questions of a thread
LIST, EVENTS = 24, 50


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=3900)
    items = parser.parse_args().items
    with tempfile.TemporaryDirectory(prefix="catalogue-swap-") as work:
        prepare(Path(work))
        from recommendations import engine

        print_line("requests", "questions", "median", "p99", "slowest", "seconds until served")
        for words, patience in (("wait", engine.PATIENCE), ("go on", 0.0)):
            engine.PATIENCE_BESIDE = patience
            seconds, changes = measure(items)
            low, high = np.percentile(seconds, [50, 99])
            times = [f"{1000 * value:.1f} ms" for value in (low, high, max(seconds))]
            print_line(words, str(len(seconds)), *times, f"{max(changes):.2f}")


def prepare(work: Path) -> None:
    os.environ |= {
        "VAR_DIR": str(work),
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "DJANGO_SECRET_KEY": "only-for-a-benchmark-" + "b" * 40,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "LOG_LEVEL": "ERROR",
    }
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def measure(items: int) -> tuple[list[float], list[float]]:
    """Seconds of each answer, and until each new model served."""
    from benchmarks.made_up_model import made_up_history, made_up_model
    from recommendations import engine

    artifact = made_up_model(items)
    history = made_up_history(EVENTS, items, np.random.default_rng(2))
    publish(artifact)
    engine.forget_all()
    engine.current()
    seconds: list[float] = []
    served: dict[int, float] = {}
    over = threading.Event()

    def ask() -> None:
        while not over.wait(PAUSE):
            began = time.perf_counter()
            model = engine.current()
            model.recommender.for_events(history, n=LIST)
            seconds.append(time.perf_counter() - began)
            served.setdefault(model.run_id, time.monotonic())

    threads = [threading.Thread(target=ask) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    published = []
    for _ in range(PUBLISHED):
        time.sleep(APART)
        published.append((publish(artifact), time.monotonic()))
    time.sleep(2)
    over.set()
    for thread in threads:
        thread.join()
    return seconds, [served[run_id] - at for run_id, at in published]


def publish(artifact: object) -> int:
    from ml.artifact import save_artifact
    from recommendations import services, store
    from recommendations.lease import Lease
    from recommendations.models import ModelRun

    lease = Lease.take(ModelRun.objects.create(trigger=ModelRun.Trigger.COMMAND))
    name = services.artifact_name(lease)
    digest = store.publish(save_artifact(artifact, store.folder_of(name)))
    services.publish(lease, artifact=name, artifact_digest=digest, chosen="hybrid", label="made up")
    return lease.run_id


def print_line(*cells: str) -> None:
    sys.stdout.write(f"| {' | '.join(cells)} |\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
