"""What the lists of a home page cost: python benchmarks/surfaces.py [--items 10000] [--people 80]

On the made-up readers of `benchmarks/steering.py`: all lists of the home page, made as the page
makes them, with the newer surfaces switched on one by one. Prints milliseconds by the clock and of
the processor, and queries, what a process knows being warm and reasons being made anew. Then, for
how many readers each of these surfaces has something to say, and how close its items are to what
its reader did, beside those of For you.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
NEWER = ("because-you-liked", "out-of-bubble", "worth-a-look")
ROUNDS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--people", type=int, default=80)
    arguments = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    from benchmarks import scratch, steering

    with tempfile.TemporaryDirectory(prefix="catalogue-surfaces-") as work:
        scratch.prepare(Path(work))
        people = steering.make_up(arguments.items, arguments.people)
        steering.say(f"{'lists of a home page':<34}{'median ms':>11}{'CPU ms':>8}{'queries':>9}")
        cost("without the newer ones", people, on=())
        for name in NEWER:
            cost(f"with {name}", people, on=(name,))
        cost("all of them", people, on=NEWER)
        closeness(people)


def switch(on: tuple[str, ...]) -> None:
    from recommendations.models import Placement

    for row in Placement.objects.filter(name__in=NEWER):
        row.is_on = row.name in on
        row.save()


def home(person):  # type: ignore[no-untyped-def]
    """All lists of a home page by the name of their surface."""
    from recommendations.surfaces import lists
    from recommendations.surfaces.ask import Ask
    from recommendations.visit import Visit

    visit = Visit(person)
    placed = [one for one in visit.placements.values() if one.is_at("home")]
    asks = {one.settings.name: Ask(visit, one.settings, one.settings.size) for one in placed}
    lists.expect(asks.values())
    made = {
        one.settings.name: lists.make(asks[one.settings.name]) for one in lists.first_of(placed)
    }
    return visit, made


def cost(name: str, people: list, *, on: tuple[str, ...]) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from benchmarks.steering import forget_causes, say

    switch(on)
    home(people[0])
    with CaptureQueriesContext(connection) as captured:
        home(people[0])
    took, used = [], []
    for _ in range(ROUNDS):
        for person in people:
            forget_causes()
            started, began = time.perf_counter(), time.process_time()
            home(person)
            took.append(1000 * (time.perf_counter() - started))
            used.append(1000 * (time.process_time() - began))
    middle, cpu = statistics.median(took), statistics.median(used)
    say(f"{name:<34}{middle:>11.1f}{cpu:>8.1f}{len(captured):>9}")


def closeness(people: list) -> None:
    from benchmarks.steering import say
    from recommendations.surfaces.bubble import closeness_to

    found: dict[str, list[tuple[float, float]]] = {name: [] for name in NEWER}
    for person in people:
        visit, made = home(person)
        model, history = visit.model, visit.ranked.history

        def close(lists) -> float:  # type: ignore[no-untyped-def]
            ids = [pick.item.pk for one in lists for pick in one.picks.items]
            rows = model.recommender.items.rows(map(str, ids))  # noqa: B023
            return float(closeness_to(model, history, rows[rows >= 0]).mean())  # noqa: B023

        for name in NEWER:
            if made[name]:
                found[name].append((close(made[name]), close(made["for-you"])))
    say(f"\n{'surface':<34}{'readers':>9}{'closeness':>11}{'For you':>9}{'farther':>9}")
    for name, pairs in found.items():
        own, usual = np.array(pairs).T if pairs else (np.zeros(0), np.zeros(0))
        farther = f"{100 * np.mean(own < usual):.0f} %" if pairs else "–"
        means = [f"{values.mean():.3f}" if pairs else "–" for values in (own, usual)]
        readers = f"{100 * len(pairs) / len(people):.0f} %"
        say(f"{name:<34}{readers:>9}{means[0]:>11}{means[1]:>9}{farther:>9}")


if __name__ == "__main__":
    main()
