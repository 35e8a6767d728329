"""A small world and quick trainings for a scratch site: `python -m config.drill.training WORD`.

`world` fills the site with two tastes that never meet; `run` trains once, simple models only, and
prints the run as JSON; `die STAGE` does the same, and is killed where that stage begins; `full
ROOM` does it on a disk with so many bytes of room, in a mount namespace; `late` is given up for
lost, wakes up and wants to publish; `twice` gets the message of one run two times.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import django

ITEMS, READERS, READ = 40, 30, 8
PAGE, MARGIN = 4096, 500_000  # bytes: of a disk, and for what it keeps about its files


def main(word: str, *rest: str) -> None:
    django.setup()
    words: dict[str, Callable[..., None]]
    words = {"world": world, "run": run, "die": die, "full": full, "late": late, "twice": twice}
    words[word](*rest)


def world(readers: str = str(READERS)) -> None:
    """Books of the sea and of the desert, and readers who read one half of them."""
    from django.utils import timezone

    from catalog import services
    from catalog.models import Item, Person

    items = Item.objects.bulk_create(
        Item(title=f"Book {n} of the {'desert' if n % 2 else 'sea'}") for n in range(ITEMS)
    )
    begin = timezone.now() - timedelta(days=60)
    for reader in range(int(readers)):
        person = Person.objects.create(session_key=f"drill-{reader}")
        for turn in range(READ):
            item = items[(2 * (reader * 3 + turn * (1 + reader % 4)) + reader % 2) % ITEMS]
            services.rate_item(
                person,
                item,
                stars=3.5 + turn % 4 / 2,
                at=begin + timedelta(days=reader, hours=turn),
            )


def run() -> None:
    from recommendations import gate, pipeline, services
    from recommendations.models import ModelRun

    services.give_up_the_lost()
    with patch.object(gate, "CANDIDATES", ("popularity", "markov")):
        done = pipeline.retrain(services.ask(trigger=ModelRun.Trigger.COMMAND))
    said = {"id": done.pk, "status": done.status, "words": done.error or done.verdict}
    sys.stdout.write(f"{json.dumps(said)}\n")


def die(stage: str) -> None:
    from recommendations.lease import Lease

    whole = Lease.enter

    def enter(lease: Lease, at: str, note: str, *, progress: float) -> None:
        whole(lease, at, note, progress=progress)  # type: ignore[arg-type]
        if at == stage:
            os.kill(os.getpid(), signal.SIGKILL)

    with patch.object(Lease, "enter", enter):
        run()


def full(room: str) -> None:
    """In a namespace of its own (`unshare --mount`), so that nobody else sees the small disk."""
    from django.conf import settings

    place = Path(settings.ARTIFACTS_ROOT)
    with tempfile.TemporaryDirectory() as kept:
        shutil.copytree(place, kept, dirs_exist_ok=True)
        pages = sum(-(-path.stat().st_size // PAGE) for path in Path(kept).rglob("*"))
        size = PAGE * pages + MARGIN + int(room)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", place], check=True)
        shutil.copytree(kept, place, dirs_exist_ok=True)
    with (place / "filler").open("wb", buffering=0) as file, suppress(OSError):
        while shutil.disk_usage(place).free > int(room):
            file.write(b"0" * 4096)
    run()


def twice() -> None:
    """Prints what became of the second message."""
    from recommendations import services, tasks
    from recommendations.lease import Lease
    from recommendations.models import ModelRun

    run = services.ask(trigger=ModelRun.Trigger.COMMAND)
    Lease.take(run)
    sys.stdout.write(f"{tasks.retrain(run.pk)}\n")
    services.cancel(run)


def late() -> None:
    """Prints "refused" where a worker that was given up for lost may not publish any more."""
    from recommendations import services
    from recommendations.lease import STALE_AFTER, Lease, LeaseLost
    from recommendations.models import ModelRun

    live = ModelRun.objects.get(is_live=True)
    lease = Lease.take(services.ask(trigger=ModelRun.Trigger.COMMAND))
    mine = ModelRun.objects.filter(pk=lease.run_id)
    mine.update(heartbeat_at=django.utils.timezone.now() - 2 * STALE_AFTER)
    services.give_up_the_lost()
    try:
        services.publish(lease, artifact=live.artifact, chosen=live.chosen, label=live.label)
    except LeaseLost:
        sys.stdout.write("refused\n")
    else:
        sys.stdout.write("published\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
