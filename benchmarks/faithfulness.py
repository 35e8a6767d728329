"""Whether reasons are the reasons: python benchmarks/faithfulness.py FOLDER [--people 150]

Imports a data set (MovieLens' files work) into a SQLite database of its own, and publishes each of
the named models (`--models markov,ease,hybrid`; the hybrid with the budget `fast`). Then asks
`for_you` for readers of the data set, draws cards that name an item, leaves exactly that out as
*Don't use this* does, and asks again. A reason holds where the card's item has a lower score,
stands lower, or is gone. Prints the share with Wilson's 95 % interval. Nothing is left behind.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
CARDS = 3
"""Of each list."""
LIST, DEEP = 12, 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--people", type=int, default=150)
    parser.add_argument("--models", default="markov,ease,hybrid")
    parser.add_argument("--save", metavar="NAME")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="catalogue-faithfulness-") as work:
        from benchmarks.scratch import prepare

        prepare(Path(work))
        command = [sys.executable, str(ROOT / "manage.py"), "import_dataset", str(arguments.folder)]
        subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
        lines = [
            f"{arguments.folder.name}, {arguments.people} readers, {platform.machine()}, "
            f"{os.cpu_count()} cores.",
            "",
            "| model | cards | lower without what they name | 95 % interval | score lower | "
            "stands lower or is gone | training |",
            "| --- | --- | --- | --- | --- | --- | --- |",
        ]
        for name in arguments.models.split(","):
            began = time.perf_counter()
            publish(name)
            seconds = time.perf_counter() - began
            lines.append(measured(name, arguments.people, seconds))
        text = "\n".join(lines)
        sys.stdout.write(f"{text}\n")
        if arguments.save:
            path = ROOT / f"benchmarks/results/{arguments.save}.md"
            path.write_text(f"# Whether reasons are the reasons\n\n{text}\n")


def publish(name: str) -> None:
    """One fit on everything, in a child process as always, and live."""
    from ml.datafolder import save_snapshot
    from recommendations import services, store, trainer
    from recommendations.dataset import build_snapshot
    from recommendations.lease import Lease
    from recommendations.models import ModelRun

    lease = Lease.take(ModelRun.objects.create(trigger=ModelRun.Trigger.COMMAND))
    folder = store.folder_of(services.artifact_name(lease))
    with tempfile.TemporaryDirectory() as work:
        data = save_snapshot(build_snapshot(), Path(work) / "data")
        job = trainer.Job(data, folder, name, 3600.0, "fast")
        trainer.run(job, on_event=lambda event: None)
    names = {"artifact": folder.name, "artifact_digest": store.publish(folder), "chosen": name}
    services.publish(lease, **names, label=name)


def measured(name: str, people: int, seconds: float) -> str:
    from catalog.models import Person
    from recommendations import engine
    from recommendations.measuring.rates import Rate

    engine.forget_all()
    engine.PATIENCE_BESIDE = engine.PATIENCE = 60.0
    rng = np.random.default_rng(7)
    everybody = list(Person.objects.order_by("pk"))
    chosen = rng.choice(len(everybody), min(people, len(everybody)), replace=False)
    tried = [one for at in chosen for one in cards_of(everybody[at], rng)]
    score = sum(lower for lower, _place in tried)
    place = sum(below for _lower, below in tried)
    held = Rate(sum(lower or below for lower, below in tried), len(tried))
    return (
        f"| {name} | {held.of} | {held.percent:.1f} % | {held.low:.1f} to {held.high:.1f} % | "
        f"{100 * score / held.of:.1f} % | {100 * place / held.of:.1f} % | {seconds:.0f} s |"
    )


def cards_of(person, rng: np.random.Generator) -> list[tuple[bool, bool]]:
    """For some cards that name an item: whether its score is lower without that, and its place."""
    from recommendations import selectors, steering
    from recommendations.ladder import Rung

    picks = selectors.for_you(person, limit=LIST).items
    named = [
        (at, pick)
        for at, pick in enumerate(picks)
        if pick.reason.item_ids and pick.rung in (Rung.PERSONAL, Rung.CO_OCCURRENCE)
    ]
    found = []
    for n in sorted(rng.permutation(len(named))[:CARDS].tolist()):
        at, pick = named[n]
        (cause,) = selectors.Visit(person).items(pick.reason.item_ids).values()
        steering.leave_out(person, cause)
        after = selectors.for_you(person, limit=DEEP).items
        steering.take_in(person, cause)
        place, score = next(
            ((n, one.score) for n, one in enumerate(after) if one.item.pk == pick.item.pk),
            (DEEP, -np.inf),
        )
        found.append((score < pick.score, place > at))
    return found


if __name__ == "__main__":
    main()
