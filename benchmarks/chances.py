"""What new items and rotation cost: python benchmarks/chances.py [--items 10000] [--people 60]

The world of `steering.py`: readers who rate by taste, a Markov model, a SQLite database of its own.
Asks `for_you` as a panel (12) and as a whole page (60) do, first with no new item, then with 100 of
them being tried, then with rotation after a week of lists that were seen. Prints what `steering.py`
prints, and what choosing among the new items takes by itself. Nothing is left behind.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.scratch import prepare  # noqa: E402
from benchmarks.steering import GENRES, make_up, row, say  # noqa: E402

NEW, DAYS = 100, 7


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--people", type=int, default=60)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="catalogue-chances-") as work:
        prepare(Path(work))
        people = make_up(arguments.items, arguments.people)
        measure(people)


def measure(people: list) -> None:
    from django.utils import timezone

    from catalog.models import Attribute, Item, ItemAttribute
    from recommendations.chances import keeping
    from tests.recommendations.placing import placed

    Item.objects.update(added_at=timezone.now() - timedelta(days=400))
    heads = f"{'median ms':>11}{'p95':>7}{'CPU ms':>8}{'queries':>9}{'cold ms':>9}{'cold':>6}"
    say(f"{'':<34}{'n':>4}{heads}")
    for limit in (12, 60):
        row("no new item", people, limit)
    rng = np.random.default_rng(8)
    new = Item.objects.bulk_create(Item(title=f"New {n}") for n in range(NEW))
    genres = list(Attribute.objects.all())
    ItemAttribute.objects.bulk_create(
        ItemAttribute(item=item, attribute=genres[at])
        for item in new
        for at in rng.choice(GENRES, 2, replace=False)
    )
    keeping.keep(now=timezone.now())
    for limit in (12, 60):
        row(f"{NEW} new items are tried", people, limit)
    alone(people)
    for person in people:
        show(person)
    placed("for-you", rotation=0.25)
    for limit in (12, 60):
        row("and what was ignored steps back", people, limit)


def alone(people: list) -> None:
    """Choosing among the new items, without the rest of the list."""
    from recommendations import selectors
    from recommendations.chances import choosing
    from recommendations.visit import Visit

    used = []
    for person in people:
        visit = Visit(person)
        selectors.for_you(person, limit=12, visit=visit)
        banned = visit.seen | visit.dismissed
        began = time.thread_time()
        assert choosing.chosen(visit, banned=banned, limit=12)
        used.append(1000 * (time.thread_time() - began))
    say(f"choosing among {NEW} alone: {statistics.median(used):.2f} ms of the processor, median")


def show(person) -> None:  # type: ignore[no-untyped-def]
    """A week of lists that this person saw and left alone."""
    from django.utils import timezone

    from recommendations import selectors
    from recommendations.models import Impression

    picks = selectors.for_you(person, limit=12).items
    for day in range(1, DAYS + 1):
        at = timezone.now() - timedelta(days=day)
        Impression.objects.bulk_create(
            Impression(
                person=person,
                item=pick.item,
                surface="for-you",
                hour=at.replace(minute=0, second=0, microsecond=0),
                position=n,
                rung=pick.rung,
                rendered_at=at,
                seen_at=at,
            )
            for n, pick in enumerate(picks)
        )


if __name__ == "__main__":
    main()
