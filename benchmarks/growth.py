"""How cost grows with the catalogue and its events: python -m benchmarks.growth

Makes data sets up with a known structure, trains on each by `python -m ml train`, and says what
training, loading and one *For you* cost, and how well the structure was found. The last rows are
exponents: 1 means that ten times as many events cost ten times as much.

The structure: items belong to shelves, people to two or three of these, within a shelf a few items
are met much more than others, and every third event or so is followed by the next item of its
shelf. Nobody can do better than to know these: that is the last column but one.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.artifact import load_artifact
from ml.datafolder import save_snapshot
from ml.serving import Recommender
from ml.snapshot import KINDS, Events, ItemTable, Snapshot, Vocabulary
from ml.split import Split, leave_last_out

ROOT = Path(__file__).resolve().parent.parent
SIZES = ((1_000, 100_000), (10_000, 1_000_000), (100_000, 5_000_000), (1_000_000, 20_000_000))
EVENTS_EACH = 50  # of a person
SHELF = 100  # items of a shelf
SHELVES_EACH = 3
FOLLOWED = 0.35  # of events, by the next item of the shelf
STEEPNESS = 2.0  # within a shelf, place = SHELF * uniform ** STEEPNESS
JUDGED = 1_000  # people
ASKED = 30  # people whose lists are timed
CUT = 10
DAY = 86_400.0
Row = dict[str, Any]


@dataclass(frozen=True)
class Size:
    items: int
    events: int

    @classmethod
    def of(cls, words: str) -> Size:
        items, events = words.split(":")
        return cls(int(items), int(events))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=Size.of, action="append", metavar="ITEMS:EVENTS")
    parser.add_argument("--budget", default="fast")
    parser.add_argument("--save", metavar="NAME", help="into benchmarks/results/NAME.md")
    arguments = parser.parse_args()
    rows = []
    for size in arguments.size or [Size(*size) for size in SIZES]:
        with tempfile.TemporaryDirectory(prefix="catalogue-growth-") as work:
            rows.append(measured(size, Path(work), budget=arguments.budget))
        sys.stderr.write(f"{rows[-1]}\n")
    text = table(rows, budget=arguments.budget)
    sys.stdout.write(text)
    if arguments.save:
        (ROOT / "benchmarks" / "results" / f"{arguments.save}.md").write_text(text)


def measured(size: Size, work: Path, *, budget: str) -> Row:
    """Trains in a process of its own, so that its memory is known, then loads and asks."""
    split = leave_last_out(made_up(size))
    save_snapshot(split.train, work / "data")
    began = time.perf_counter()
    command = [sys.executable, "-m", "ml", "train", str(work / "data"), str(work / "model")]
    done = subprocess.run([*command, "--budget", budget], cwd=ROOT, capture_output=True, text=True)
    seconds = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(f"{size}: {done.stderr[-2000:]}")
    told = json.loads(done.stdout.splitlines()[-1])
    began = time.perf_counter()
    recommender = Recommender(load_artifact(work / "model"))
    loading = time.perf_counter() - began
    size_mb = sum(file.stat().st_size for file in (work / "model").iterdir()) / 1e6
    return {
        "items": size.items,
        "events": size.events,
        "train s": round(seconds, 1),
        "train MB": told["peak_memory_mb"],
        "model MB": round(size_mb),
        "load s": round(loading, 2),
        "For you ms": round(for_you(recommender, split), 1),
        "best possible": round(found(None, split), 3),
        f"recall@{CUT}": round(found(recommender, split), 3),
    }


def made_up(size: Size) -> Snapshot:
    rng = np.random.default_rng(1)
    people = max(1, size.events // EVENTS_EACH)
    shelves = max(1, size.items // SHELF)
    user = np.repeat(np.arange(people, dtype=np.int32), EVENTS_EACH)
    count = len(user)
    own = rng.integers(0, shelves, (people, SHELVES_EACH), dtype=np.int32)
    shelf = own[user, rng.integers(0, SHELVES_EACH, count)]
    place = (SHELF * rng.random(count, dtype=np.float32) ** STEEPNESS).astype(np.int32)
    follows = rng.random(count, dtype=np.float32) < FOLLOWED
    follows[::EVENTS_EACH] = False
    run = np.arange(count) - np.maximum.accumulate(np.where(follows, 0, np.arange(count)))
    first = np.arange(count) - run
    item = shelf[first] * SHELF + (place[first] + run) % SHELF
    events = Events(
        user=user,
        item=item.astype(np.int32),
        kind=np.full(count, KINDS.index("rating"), dtype=np.int8),
        stars=rng.integers(1, 6, count).astype(np.float32),
        time=1.5e9 + DAY * np.tile(np.arange(EVENTS_EACH, dtype=np.float64), people),
    )
    return Snapshot(catalogue(shelves * SHELF), _names("u", people), events, (1.0, 5.0))


def catalogue(items: int) -> ItemTable:
    """Items with the shelf as their genre."""
    nothing = ("",) * items
    return ItemTable(
        ids=_names("i", items),
        titles=nothing,
        texts=nothing,
        years=np.full(items, np.nan, dtype=np.float32),
        attribute_names=tuple(f"genres:{shelf}" for shelf in range(items // SHELF)),
        attribute_starts=np.arange(items + 1, dtype=np.int64),
        attributes=(np.arange(items) // SHELF).astype(np.int32),
    )


def _names(letter: str, count: int) -> Vocabulary:
    return Vocabulary(tuple(f"{letter}{number}" for number in range(count)))


def for_you(recommender: Recommender, split: Split) -> float:
    """Milliseconds of one list, median."""
    times = []
    for user in people_of(split)[:ASKED]:
        history = split.given.history(user)
        began = time.perf_counter()
        recommender.for_events(history, n=12, exclude=history.item)
        times.append(time.perf_counter() - began)
    return 1000 * median(times)


def found(recommender: Recommender | None, split: Split) -> float:
    """The share of last events among the first CUT; None: of somebody who knows the structure."""
    hits = []
    for user in people_of(split):
        history, wanted = split.given.history(user), int(split.targets.item[user])
        if recommender is not None:
            rows = recommender.for_events(history, n=CUT, exclude=history.item).rows
        else:
            rows = best_possible(history.item)
        hits.append(wanted in rows.tolist() and wanted not in history.item)
    return float(np.mean(hits))


def best_possible(met: NDArray[np.int32]) -> NDArray[np.int64]:
    """The next item of the last one's shelf, then the likeliest of the shelves that were met."""
    last = int(met[-1])
    following = last // SHELF * SHELF + (last + 1) % SHELF
    places = np.arange(SHELF) / SHELF
    chance = np.diff(np.append(places, 1.0) ** (1 / STEEPNESS))
    shelves, counts = np.unique(met // SHELF, return_counts=True)
    ahead = shelves[np.argsort(-counts, kind="stable")][:SHELVES_EACH]
    items = (ahead[:, None] * SHELF + np.arange(SHELF)).ravel()
    order = np.argsort(-np.tile(chance, len(ahead)), kind="stable")
    likely = items[order]
    likely = likely[~np.isin(likely, met) & (likely != following)]
    return np.append(following, likely)[:CUT].astype(np.int64)


def people_of(split: Split) -> list[int]:
    users = split.targets.user
    return [int(user) for user in users[:: max(1, len(users) // JUDGED)][:JUDGED]]


def table(rows: list[Row], *, budget: str) -> str:
    """Markdown; below each size, the exponents from the one before it."""
    columns = list(rows[0])
    lines = [
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}; "
        f"`--budget {budget}`, made-up data, {EVENTS_EACH} events a person.",
        "",
        f"| {' | '.join(columns)} |",
        "|---" * len(columns) + "|",
        *(f"| {' | '.join(f'{row[name]:,}' for name in columns)} |" for row in rows),
        "",
        "Exponents of growth with events, between neighbouring rows:",
        "",
        f"| events | {' | '.join(COSTS)} |",
        "|---" * (len(COSTS) + 1) + "|",
    ]
    for before, after in zip(rows, rows[1:], strict=False):
        more = math.log(after["events"] / before["events"])
        cells = [math.log(max(after[n], 1e-3) / max(before[n], 1e-3)) / more for n in COSTS]
        words = " | ".join(f"{cell:.2f}" for cell in cells)
        lines.append(f"| {before['events']:,} to {after['events']:,} | {words} |")
    return "\n".join(lines) + "\n"


COSTS = ("train s", "train MB", "model MB", "load s", "For you ms")


if __name__ == "__main__":
    main()
