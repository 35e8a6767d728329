"""What steering costs: python benchmarks/steering.py [--items 10000] [--people 80]

Makes up a catalogue with years and genres, and readers who rate by taste, in a SQLite database of
its own; then asks `for_you` as a panel (12) and as a whole page (60) do, for people with all dials
at the middle, with one, with all of them, with dismissals and with rules of the site; of a Markov
model, and of one with the network's shapes (its weights are made up: it costs what a real one
does). Prints milliseconds by the clock and of the processor, and queries, what a process knows
being warm; then those of once, cold. Nothing is left behind.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")  # as web servers have it; NumPy reads it when it is imported
import numpy as np  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
GENRES, PAST, CROWD = 20, 50, 3000
ROUNDS = 3
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ALL = {"adventurous": 0.5, "niche": 0.5, "old": -0.5, "diversity": 0.5}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--people", type=int, default=80)
    arguments = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    from benchmarks.scratch import prepare

    with tempfile.TemporaryDirectory(prefix="catalogue-steering-") as work:
        prepare(Path(work))
        people = make_up(arguments.items, arguments.people)
        say(f"{platform.machine()}, {os.cpu_count()} cores, one process; {len(people)} people")
        measure("Markov", people)
        publish_network()
        measure("network", people)


def make_up(items: int, people: int) -> list:
    """Readers like three genres each, and read popular items more; gives the last of them."""
    from catalog import services
    from catalog.models import Attribute, Item, ItemAttribute, Person, Rating
    from tests.recommendations.worlds import published

    rng = np.random.default_rng(4)
    years = rng.integers(1900, 2026, items).tolist()
    shelf = Item.objects.bulk_create(
        (Item(title=f"Item {n}", year=year) for n, year in enumerate(years)), batch_size=500
    )
    genres = Attribute.objects.bulk_create(
        Attribute(kind="genres", name=f"Genre {n}") for n in range(GENRES)
    )
    of_item = rng.integers(0, GENRES, items)
    ItemAttribute.objects.bulk_create(
        (ItemAttribute(item=item, attribute=genres[of_item[n]]) for n, item in enumerate(shelf)),
        batch_size=500,
    )
    readers = Person.objects.bulk_create(Person(name=f"Reader {n}") for n in range(CROWD))
    weight = rng.pareto(1.0, items) + 0.1
    ratings = []
    for reader in readers:
        liked = np.isin(of_item, rng.choice(GENRES, 3, replace=False))
        chance = weight * np.where(liked, 1.0, 0.02)
        chosen = rng.choice(items, PAST, replace=False, p=chance / chance.sum())
        ratings += [
            Rating(
                person=reader,
                item=shelf[place],
                half_stars=int(rng.integers(5, 11)),
                rated_at=NOON + timedelta(days=at),
            )
            for at, place in enumerate(chosen.tolist())
        ]
    Rating.objects.bulk_create(ratings, batch_size=500)
    services.recount()
    published("markov")
    return readers[-people:]


def publish_network() -> None:
    """A network with made-up weights becomes the live model."""
    from benchmarks.made_up_model import made_up_model
    from catalog.models import Item
    from ml.artifact import Artifact, save_artifact
    from ml.snapshot import Vocabulary
    from recommendations import services, store
    from recommendations.lease import Lease
    from recommendations.models import ModelRun

    ids = Item.objects.order_by("pk").values_list("pk", flat=True)
    made_up = made_up_model(len(ids))
    model = Artifact(made_up.manifest, Vocabulary(tuple(map(str, ids))), made_up.arrays)
    lease = Lease.take(ModelRun.objects.create(trigger=ModelRun.Trigger.COMMAND))
    name = services.artifact_name(lease)
    digest = store.publish(save_artifact(model, store.folder_of(name)))
    services.publish(lease, artifact=name, artifact_digest=digest, chosen="hybrid", label="network")


def govern() -> None:
    """Rules of each kind that changes a list as a whole."""
    from catalog.models import Attribute
    from recommendations.models import Rule

    of_number = {one.name: one for one in Attribute.objects.filter(kind="genres")}
    for fields in (
        {"action": "boost", "strength": 1.0, "attribute": of_number["Genre 1"]},
        {"action": "bury", "strength": 1.0, "attribute": of_number["Genre 2"]},
        {"action": "hide", "attribute": of_number["Genre 4"]},
        {"action": "at_most", "most": 3, "group_by": "genre"},
    ):
        rule = Rule(note="benchmark", **fields)
        rule.full_clean()
        rule.save()


def measure(model: str, people: list) -> None:
    from recommendations.dismissals import dismiss, undo_dismissal
    from recommendations.models import Rule, Steering
    from recommendations.steering import steer

    say(f"\n{model}")
    heads = f"{'median ms':>11}{'p95':>7}{'CPU ms':>8}{'queries':>9}{'cold ms':>9}{'cold':>6}"
    say(f"{'dials':<34}{'n':>4}{heads}")
    genres = {"genres:Genre 3": 1.0, "genres:Genre 7": -1.0}
    for name, dials in (
        ("all at the middle", {}),
        ("adventurous", {"adventurous": 0.5}),
        ("niche", {"niche": 0.5}),
        ("two genres", {"attributes": genres}),
        ("diversity", {"diversity": 0.5}),
        ("all of them", ALL | {"attributes": genres}),
    ):
        for person in people:
            steer(person, Steering(**dials))
        for limit in (12, 60):
            row(name, people, limit)
    for person in people:
        for item in list(person.ratings.all()[:10]):
            dismiss(person, item.item)
    row("all of them, ten dismissed", people, 12)
    govern()
    row("all of them, dismissed, four rules", people, 12)
    for rule in Rule.objects.all():
        rule.delete()
    for person in people:
        steer(person, Steering())
    row("ten dismissed", people, 12)
    for person in people:
        for item in person.dismissals.all():
            undo_dismissal(person, item.item)


def row(name: str, people: list, limit: int) -> None:
    from django.core.cache import caches
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from recommendations import selectors

    def seconds(person) -> float:  # type: ignore[no-untyped-def]
        started = time.perf_counter()
        picks = selectors.for_you(person, limit=limit)
        assert len(picks.items) == limit
        return time.perf_counter() - started

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            selectors.for_you(people[0], limit=limit)
        return len(captured)

    caches["local"].clear()
    cold = 1000 * seconds(people[0])
    caches["local"].clear()
    cold_queries = queries()
    took, used = [], []
    for _ in range(ROUNDS):
        for person in people:
            forget_causes()
            began = time.process_time()
            took.append(1000 * seconds(person))
            used.append(1000 * (time.process_time() - began))
    took.sort()
    middle, p95 = statistics.median(took), took[int(0.95 * len(took))]
    say(
        f"{name:<34}{limit:>4}{middle:>11.1f}{p95:>7.1f}{statistics.median(used):>8.1f}"
        f"{queries():>9}{cold:>9.1f}{cold_queries:>6}"
    )


def forget_causes() -> None:
    """Reasons are remembered by past; a new rating makes them anew, and so does this."""
    from django.core.cache import caches

    cache = caches["local"]
    for key in [key for key in cache._cache if ":causes:" in key]:  # type: ignore[attr-defined]
        cache.delete(key.partition(":")[2].partition(":")[2])


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
