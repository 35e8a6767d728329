"""How fast answers are, and whether reasons are true: python -m benchmarks.serving [MODEL FOLDER]

Times one person on one core, lists for many on all cores, and an index of items, on made-up
models of 10,000 to 1,000,000 items (--items for others). With a MODEL and the data set FOLDER it
was trained on, takes away the events that reasons name and counts how often the item falls; and
says how much lists of similar items have in common, and what they share with their item.
"""

from __future__ import annotations

import argparse
import csv
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.made_up_model import made_up_history, made_up_model
from ml import ann
from ml.artifact import Artifact, load_artifact, save_artifact
from ml.datafolder import load_folder
from ml.encoder_state import PersonState
from ml.ranking import mask
from ml.serving import Recommender
from ml.snapshot import History, Snapshot

ROOT = Path(__file__).resolve().parent.parent
ONE_CORE = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
EVENTS, TOP, PAGE = 200, 100, 12
PEOPLE = 3_000  # for whom lists are made at once
LENGTHS = (30, 1.0)  # median and spread of their log-normal numbers of events, at most EVENTS
WARM_SECONDS = 2.0  # the first products of matrices of a process are slower
JUDGED = 60  # people whose reasons are tried, and ...
LIST = 10  # ... items of each


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", nargs="?", type=Path)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--items", type=int, action="append")
    parser.add_argument("--save", metavar="NAME", help="into benchmarks/results/NAME.md")
    arguments = parser.parse_args()
    if not ONE_CORE.items() <= os.environ.items():  # read when NumPy was imported: start again
        command = [sys.executable, "-m", "benchmarks.serving", *sys.argv[1:]]
        os.execve(sys.executable, command, os.environ | ONE_CORE)
    _warm()
    sizes = arguments.items or ([] if arguments.folder else [10_000, 100_000, 1_000_000])
    lines = [line for items in sizes for line in _speed(items)]
    if arguments.folder:
        recommender = Recommender(load_artifact(arguments.model))
        snapshot = load_folder(arguments.folder)
        lines += [*_reasons(recommender, snapshot), *_likeness(recommender, snapshot)]
    text = "\n".join(lines) + "\n"
    sys.stdout.write(text)
    if arguments.save:
        (ROOT / "benchmarks" / "results" / f"{arguments.save}.md").write_text(text)


def _speed(items: int) -> Iterator[str]:
    artifact = made_up_model(items)
    began = time.perf_counter()
    recommender = Recommender(artifact)
    loaded = time.perf_counter() - began
    rng = np.random.default_rng(3)
    people = [made_up_history(EVENTS, items, rng) for _ in range(40)]
    encoder = next(part for part, _ in recommender._parts if hasattr(part, "reader"))
    state = PersonState.start(encoder).extend(encoder, people[0].take(slice(0, EVENTS - 1)))
    event = people[0].take(slice(EVENTS - 1, None))
    pages = [(h, recommender.for_events(h, n=PAGE, exclude=h.item).rows) for h in people]

    yield f"## {items:,} items: ms of one core, median (best of {len(people)})"
    yield ""
    for words, question in (
        (f"vector of {EVENTS} events", lambda h: encoder.person_vectors([_anew(h)])),
        ("one more event, the state kept", lambda h: state.extend(encoder, event)),
        (f"best {TOP}, all in all", lambda h: recommender.for_events(_anew(h), n=TOP)),
    ):
        yield f"- {words}: {_ms(question, people)}"
    reasons = _ms(lambda page: recommender.explain(_anew(page[0]), page[1]), pages)
    yield f"- reasons of a page of {PAGE}: {reasons}"
    yield f"- loading the arrays: {loaded:.2f} s, peak memory so far {_memory():,} MB"
    if items <= 100_000:
        people_a_second, milliseconds = _many(artifact)
        yield (
            f"- `recommend`, lists of {TOP} on all cores: {people_a_second:,.0f} people a second, "
            f"{milliseconds:.2f} ms of a core each"
        )
    if items >= 100_000:
        yield from _index(artifact, recommender, people)
    yield ""


def _index(artifact: Artifact, exact: Recommender, people: list[History]) -> Iterator[str]:
    if not ann.is_installed():
        yield "- no index: faiss is not installed (requirements-ann.txt)"
        return
    began = time.perf_counter()
    indexed = ann.with_index(artifact, min_items=0)
    seconds = time.perf_counter() - began
    facts = indexed.manifest["ann"]
    yield f"- index: recall@100 {facts['recall@100']}, {facts['probes']} lists, {seconds:.0f} s"
    if facts["kept"]:
        quick = Recommender(indexed)
        yield f"- best {TOP} with it: {_ms(lambda h: quick.for_events(_anew(h), n=TOP), people)}"
        shared = [
            len(np.intersect1d(*(r.for_events(h, n=TOP).rows for r in (exact, quick)))) / TOP
            for h in people
        ]
        yield f"- of the exact best {TOP}, it finds {np.mean(shared):.3f}"


def _many(artifact: Artifact) -> tuple[float, float]:
    """People a second that the command makes lists for, and ms of a core each; its start apart."""
    rng = np.random.default_rng(4)
    items = len(artifact.item_ids)
    with tempfile.TemporaryDirectory(prefix="catalogue-bench-") as work:
        model = save_artifact(artifact, Path(work) / "model")
        seconds, cores = [], []
        for number in (2, PEOPLE):
            lengths = np.exp(rng.normal(np.log(LENGTHS[0]), LENGTHS[1], number)).clip(1, EVENTS)
            events = Path(work) / "events.csv"
            with events.open("w", newline="", encoding="utf-8") as file:
                write = csv.writer(file).writerow
                write(["user_id", "item_id", "rating", "timestamp"])
                for person, length in enumerate(lengths.astype(int)):
                    history = made_up_history(length, items, rng)
                    for item, stars, at in zip(
                        history.item, history.stars, history.time, strict=True
                    ):
                        write([person, item, stars, at])
            command = [sys.executable, "-m", "ml", "recommend", str(model), str(events)]
            began, busy = time.perf_counter(), _children()
            subprocess.run([*command, str(Path(work) / "lists.csv")], cwd=ROOT, check=True)
            seconds.append(time.perf_counter() - began)
            cores.append(_children() - busy)
    people = PEOPLE - 2
    return people / (seconds[1] - seconds[0]), 1e3 * (cores[1] - cores[0]) / people


def _reasons(recommender: Recommender, snapshot: Snapshot) -> Iterator[str]:
    """How often an item falls in the person's list when the events named for it are gone."""
    yield "## Reasons"
    yield ""
    active = np.flatnonzero(np.diff(snapshot.offsets) >= 5)
    chosen = np.random.default_rng(5).choice(active, min(JUDGED, len(active)), replace=False)
    histories = [snapshot.history(int(user)).take(slice(-EVENTS, None)) for user in chosen]
    for most in (1, 3, 8):
        tried = [_tried(recommender, history, most) for history in histories]
        samples = sum(len(falls) for falls in tried)
        named = [fell for falls in tried for fell in falls if fell is not None]
        yield (
            f"- at most {most} events named: {len(named)} of {samples} items have any, and "
            f"{np.mean(named):.3f} of these fall in rank without them"
        )
    yield ""


def _tried(recommender: Recommender, history: History, most: int) -> list[bool | None]:
    """Of each item of a list whether it falls; None where nothing is named for it."""
    rows = recommender.for_events(history, n=LIST, exclude=history.item).rows
    causes = recommender.explain(history, rows, n=most)
    places = [np.array([event for event, _ in cause], dtype=np.int64) for cause in causes]
    rest = [history.take(np.setdiff1d(np.arange(len(history)), place)) for place in places]
    scores = recommender.scores_many([history, *rest])
    rank = [
        np.count_nonzero(mask(each, exclude=history.item) > each[row])
        for each, row in zip(scores[1:], rows, strict=True)
    ]
    before = [np.count_nonzero(mask(scores[0], exclude=history.item) > scores[0][r]) for r in rows]
    return [
        after > first if len(place) else None
        for after, first, place in zip(rank, before, places, strict=True)
    ]


def _likeness(recommender: Recommender, snapshot: Snapshot) -> Iterator[str]:
    """Whether lists of similar items differ, and whether what is in them shares an attribute."""
    rng = np.random.default_rng(6)
    size = len(recommender.items)
    rows = rng.choice(size, min(300, size), replace=False).astype(np.int32)
    lists = [picks.rows for picks in recommender.similar_to_each(rows, n=LIST)]
    items = snapshot.items
    attributes = [set(items.attributes_of(row).tolist()) for row in range(size)]
    able = [(row, found) for row, found in zip(rows, lists, strict=True) if attributes[row]]
    shared = [bool(attributes[a] & attributes[b]) for a, found in able for b in found]
    chance = [
        bool(attributes[a] & attributes[b]) for a, _ in able for b in rng.integers(0, size, LIST)
    ]
    common = [
        len(set(a.tolist()) & set(b.tolist())) / LIST
        for a, b in zip(lists, lists[1:], strict=False)
    ]
    distinct = len(set(np.concatenate(lists).tolist())) / sum(map(len, lists))
    yield "## Similar items"
    yield ""
    yield f"- lists of {LIST} of two random items have {np.mean(common):.4f} in common"
    yield f"- {distinct:.2f} of all places in {len(lists)} lists are held by different items"
    by_chance = f"by chance {np.mean(chance):.3f}"
    yield f"- {np.mean(shared):.3f} share an attribute with their item; {by_chance}"
    yield ""


def _anew(history: History) -> History:
    """The same past, not yet known to anyone."""
    return history.take(slice(None))


def _ms(question: Callable[[Any], object], asked: list[Any]) -> str:
    seconds = []
    for what in asked:
        began = time.thread_time()
        question(what)
        seconds.append(time.thread_time() - began)
    return f"{1e3 * np.median(seconds):.2f} ({1e3 * min(seconds):.2f})"


def _children() -> float:
    """Seconds of a core that programs started from here have taken."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _warm() -> None:
    left, right = np.ones((200, 128), dtype=np.float32), np.ones((128, 512), dtype=np.float32)
    end = time.perf_counter() + WARM_SECONDS
    while time.perf_counter() < end:
        left @ right


if __name__ == "__main__":
    main()
