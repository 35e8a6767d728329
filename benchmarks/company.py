"""Lists for groups and people of like taste: python -m benchmarks.company FOLDER [--part PART]

`groups`: fits EASE on people of a data set with 300,000 ratings, makes up groups of two to six, and
compares ways to put the places that items have for each of them into one list of ten.
`like-taste`: all people of the data set agree, as rows in a SQLite database of its own;
milliseconds and queries of the first look of a day and of later ones, and how near the circle's
mean is to ratings that were held back.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array

ROOT = Path(__file__).resolve().parent.parent
NOW = datetime(2026, 6, 1, 15, tzinfo=UTC)
LISTED, TRIES, PEOPLE = 10, 300, 300
FLOOR = 2.5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--part", choices=("groups", "like-taste"))
    arguments = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    if arguments.part != "like-taste":
        groups(arguments.folder)
    if arguments.part != "groups":
        with tempfile.TemporaryDirectory(prefix="catalogue-company-") as work:
            from benchmarks.scratch import prepare

            prepare(Path(work))
            like_taste(arguments.folder)
        nearness(arguments.folder)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def groups(folder: Path) -> None:
    """What each way gives to members: as shares of the best they could get above their floor."""
    from ml import group
    from ml.baselines import fit_baseline
    from ml.datafolder import load_folder
    from ml.serving import Recommender

    snapshot = load_folder(folder).of_some_people(300_000, seed=1)
    recommender = Recommender(fit_baseline(snapshot, "ease"))
    active = np.flatnonzero(np.diff(snapshot.offsets) >= 20)
    rng = np.random.default_rng(2)
    found: dict[tuple[str, str], list[tuple[float, ...]]] = {}
    spent = []
    for at in range(TRIES):
        size = 2 + at % 5
        people = rng.choice(active, size, replace=False)
        histories = [snapshot.history(int(person)) for person in people]
        among = np.ones(len(snapshot.items), dtype=bool)
        among[np.concatenate([history.item for history in histories])] = False
        started = time.process_time()
        place = group.places(recommender.scores_many(histories), among)
        rows = group.pool(place, most=1000)
        stars = 5 * place[:, rows]
        floors = np.full(size, FLOOR)
        chosen = group.together(stars, floors, n=LISTED)
        spent.append(1000 * (time.process_time() - started))
        fine = np.flatnonzero((stars >= floors[:, None]).all(axis=0))
        ways = {
            "mean": np.argsort(-stars.mean(axis=0), kind="stable"),
            "least misery": np.argsort(-stars.min(axis=0), kind="stable"),
            "mean without misery": fine[np.argsort(-stars[:, fine].mean(axis=0), kind="stable")],
            "together (ours)": chosen,
        }
        best = np.maximum(stars.max(axis=1) - FLOOR, 1e-6)[:, None]
        for way, order in ways.items():
            for kind in ("all", "2 people" if size == 2 else "6 people" if size == 6 else ""):
                if kind and len(order):
                    got = stars[:, order[:LISTED]]
                    worth = (got - FLOOR) / best
                    worst = np.argmin(worth, axis=0)
                    always = np.bincount(worst, minlength=size).max() / len(worst)
                    row = (got.mean(), got.min(), worth.mean(axis=1).min(), always)
                    found.setdefault((kind, way), []).append(tuple(map(float, row)))
    say("| groups | way | mean | least | worst off gets | same one worst |")
    say("| --- | --- | --- | --- | --- | --- |")
    for (kind, way), rows in sorted(found.items()):
        mean, least, share, always = np.mean(rows, axis=0)
        say(f"| {kind} | {way} | {mean:.2f} | {least:.2f} | {share:.2f} | {always:.2f} |")
    say(
        f"\n{statistics.median(spent):.0f} processor ms for a list (median),"
        f" of {len(snapshot.items)} items"
    )


def like_taste(folder: Path) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from catalog.models import Item, Person, Rating, User
    from ml.datafolder import load_folder
    from recommendations.company import circles, likings
    from recommendations.models import LikeTaste
    from recommendations.visit import Visit

    snapshot = load_folder(folder)
    events, then = snapshot.events, NOW - timedelta(days=60)
    titles = snapshot.items.titles
    items = Item.objects.bulk_create((Item(title=t or "?") for t in titles), batch_size=500)
    names = (User(username=f"u{n}") for n in range(len(snapshot.users)))
    users = User.objects.bulk_create(names, batch_size=500)
    people = Person.objects.bulk_create(
        (Person(user=user, created_at=then) for user in users), batch_size=500
    )
    LikeTaste.objects.bulk_create(
        (LikeTaste(person=person, since=then) for person in people), batch_size=500
    )
    rows = zip(events.user.tolist(), events.item.tolist(), events.stars.tolist(), strict=True)
    Rating.objects.bulk_create(
        (
            Rating(person=people[u], item=items[i], half_stars=round(2 * stars), rated_at=then)
            for u, i, stars in rows
        ),
        batch_size=2000,
    )
    started = time.perf_counter()
    circles.ratings_of(NOW)
    say(f"\nreading {len(events)} ratings once a day: {time.perf_counter() - started:.1f} s\n")
    rng = np.random.default_rng(3)
    some = [people[at] for at in rng.choice(len(people), 40, replace=False)]
    shown = [items[at] for at in rng.choice(events.item, 40)]
    steps = {
        "a circle is found": lambda n: circles.circle_of(some[n], NOW),
        "an item's line": lambda n: likings.of_item(Visit(some[n]), shown[n], now=NOW),
        "the list of 24": lambda n: likings.liked(Visit(some[n]), now=NOW),
        "the list of 60": lambda n: likings.liked(Visit(some[n]), now=NOW, limit=60),
    }
    say("| step | ms, median | worst of 40 | queries |\n| --- | --- | --- | --- |")
    for name, step in steps.items():
        spent, queries = [], 0
        for n in range(len(some)):
            with CaptureQueriesContext(connection) as captured:
                started = time.perf_counter()
                step(n)
                spent.append(1000 * (time.perf_counter() - started))
            queries = max(queries, len(captured))
        say(f"| {name} | {statistics.median(spent):.0f} | {max(spent):.0f} | {queries} |")


def nearness(folder: Path) -> None:
    """A tenth of the ratings held back: the root mean square error of the circle's mean, where
    five of it rated the item, and of everybody's mean there."""
    from ml.agreement import agreement, offsets
    from ml.datafolder import load_folder
    from recommendations.company import circles

    snapshot = load_folder(folder)
    user, item, stars = snapshot.events.user, snapshot.events.item, snapshot.events.stars
    rng = np.random.default_rng(1)
    held = rng.random(len(stars)) < 0.1
    kept = ~held
    shape = (len(snapshot.users), len(snapshot.items))

    def table(values: np.ndarray) -> csr_array:
        return csr_array((values, (user[kept], item[kept])), shape=shape)

    known = table(offsets(user[kept], item[kept], stars[kept]))
    known.sort_indices()
    given, ones = table(stars[kept]), table(np.ones(kept.sum()))
    usual = np.asarray(given.sum(axis=0)) / np.maximum(np.asarray(ones.sum(axis=0)), 1)
    theirs, everybodys, sizes, asked = [], [], [], 0
    for person in rng.choice(shape[0], PEOPLE, replace=False):
        alike, both = agreement(known, int(person))
        like = np.flatnonzero((alike >= circles.AGREES_FROM) & (both >= circles.FEWEST_SHARED))
        circle = like[np.argsort(-alike[like], kind="stable")][: circles.LARGEST]
        sizes.append(len(circle))
        own = held & (user == person)
        asked += int(own.sum())
        if len(circle):
            count = np.asarray(ones[circle].sum(axis=0))[item[own]]
            mean = np.asarray(given[circle].sum(axis=0))[item[own]] / np.maximum(count, 1)
            told = count >= 5
            theirs += ((mean - stars[own])[told] ** 2).tolist()
            everybodys += ((usual[item[own]] - stars[own])[told] ** 2).tolist()
    say(
        f"\ncircles of {statistics.median(sizes):.0f} (median); a figure for"
        f" {len(theirs) / asked:.0%} of held-back ratings; error {np.sqrt(np.mean(theirs)):.3f},"
        f" of everybody's mean {np.sqrt(np.mean(everybodys)):.3f}"
    )


if __name__ == "__main__":
    main()
