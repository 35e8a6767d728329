"""Data sets of other kinds, made out of one: python benchmarks/kinds.py FOLDER OUT

FOLDER is a data set folder (`interactions.csv[.gz]`, `items.csv[.gz]`) or MovieLens' own files
(`ratings.csv`, `movies.csv`, `tags.csv`). Each kind becomes a data set folder below OUT, the same
for the same seed: nothing is invented, only taken away. A model that needs no tuning does well on
all of them, not only on the one that it grew up with.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import random
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

Row = dict[str, str]
EVENT_COLUMNS = ("user_id", "item_id", "rating", "timestamp")
ONE_VALUE = ("item_id", "title", "year", "description")
SHORTEST, LONGEST = 5, 10
FEW = 300
TITLE_AND_YEAR = re.compile(r"^(.*?)\s*\((\d{4})\)\s*$")


@dataclass(frozen=True)
class DataSet:
    """Rows of the two files; events of one person with equal times keep their order."""

    items: list[Row]
    events: list[Row]

    def histories(self) -> dict[str, list[Row]]:
        """Each person's events, oldest first."""
        found: dict[str, list[Row]] = defaultdict(list)
        for event in self.events:
            found[event["user_id"]].append(event)
        for history in found.values():
            history.sort(key=lambda event: float(event["timestamp"] or "inf"))
        return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="a data set folder, or MovieLens' files")
    parser.add_argument("out", type=Path, help="gets a folder for each kind")
    parser.add_argument("--kind", action="append", choices=KINDS, help="only these; default all")
    parser.add_argument("--people", type=int, default=1500, help="at most, where not short; 0: all")
    parser.add_argument("--seed", type=int, default=42)
    arguments = parser.parse_args()
    whole = read(arguments.folder)
    for kind in arguments.kind or KINDS:
        make, says = KINDS[kind]
        rng = random.Random(f"{arguments.seed} {kind}")
        made = make(whole, rng, arguments.people)
        write(made, arguments.out / kind)
        people = len({event["user_id"] for event in made.events})
        sys.stdout.write(
            f"{kind:<10} {people:>6} people {len(made.items):>6} items {len(made.events):>8} events"
            f"  {says}\n"
        )


def whole(data: DataSet, rng: random.Random, people: int) -> DataSet:
    return data


def short(data: DataSet, rng: random.Random, people: int) -> DataSet:
    events = []
    for history in data.histories().values():
        size = min(rng.randint(SHORTEST, LONGEST), len(history))
        start = rng.randint(0, len(history) - size)
        events += history[start : start + size]
    return replace(data, events=events)


def implicit(data: DataSet, rng: random.Random, people: int) -> DataSet:
    some = some_people(data, rng, people)
    return replace(some, events=[event | {"rating": ""} for event in some.events])


def unordered(data: DataSet, rng: random.Random, people: int) -> DataSet:
    some = some_people(data, rng, people)
    events = [event | {"timestamp": ""} for event in some.events]
    rng.shuffle(events)
    return replace(some, events=events)


def few(data: DataSet, rng: random.Random, people: int) -> DataSet:
    return some_people(data, rng, FEW)


def text(data: DataSet, rng: random.Random, people: int) -> DataSet:
    """Titles and descriptions are all that is known of items."""
    some = some_people(data, rng, people)
    kept = ("item_id", "title", "description")
    return replace(some, items=[{name: item.get(name, "") for name in kept} for item in data.items])


def tags(data: DataSet, rng: random.Random, people: int) -> DataSet:
    """All attributes in one column, and no title, year or text that says more."""
    some = some_people(data, rng, people)
    items = []
    for item in data.items:
        own = [item[name] for name in item if name not in ONE_VALUE and item[name]]
        items.append({"item_id": item["item_id"], "title": item["item_id"], "tags": "|".join(own)})
    return replace(some, items=items)


def bare(data: DataSet, rng: random.Random, people: int) -> DataSet:
    """Who met what, and nothing else: no ratings, times, titles or attributes."""
    some = unordered(implicit(data, rng, people), rng, 0)
    items = [{"item_id": item["item_id"], "title": item["item_id"]} for item in data.items]
    return replace(some, items=items)


def some_people(data: DataSet, rng: random.Random, count: int) -> DataSet:
    everyone = sorted({event["user_id"] for event in data.events})
    if not count or count >= len(everyone):
        return data
    chosen = set(rng.sample(everyone, count))
    return replace(data, events=[event for event in data.events if event["user_id"] in chosen])


KINDS: dict[str, tuple[Callable[[DataSet, random.Random, int], DataSet], str]] = {
    "whole": (whole, "as it is, in the generic form"),
    "short": (short, f"a run of {SHORTEST} to {LONGEST} events of each person"),
    "implicit": (implicit, "no ratings"),
    "unordered": (unordered, "no times, events shuffled"),
    "few": (few, f"{FEW} people"),
    "text": (text, "items have a title and a text only"),
    "tags": (tags, "items have tags only"),
    "bare": (bare, "no ratings, no times, no content"),
}


def read(folder: Path) -> DataSet:
    if (folder / "movies.csv").exists():
        return read_movielens(folder)
    return DataSet(list(rows_of(folder, "items")), list(rows_of(folder, "interactions")))


def read_movielens(folder: Path) -> DataSet:
    """MovieLens' files of any year since 2014, in the generic form."""
    tagged: dict[str, set[str]] = defaultdict(set)
    for row in rows_of(folder, "tags"):
        tagged[row["movieId"]].add(row["tag"].strip().casefold().replace("|", " "))
    items = []
    for row in rows_of(folder, "movies"):
        found = TITLE_AND_YEAR.match(row["title"])
        title, year = found.groups() if found else (row["title"], "")
        genres = "" if row["genres"].startswith("(") else row["genres"]
        own = {"item_id": row["movieId"], "title": title, "year": year, "genres": genres}
        items.append(own | {"tags": "|".join(sorted(tagged[row["movieId"]]))})
    events = [
        {
            "user_id": row["userId"],
            "item_id": row["movieId"],
            "rating": row["rating"],
            "timestamp": row["timestamp"],
        }
        for row in rows_of(folder, "ratings")
    ]
    return DataSet(items, events)


def rows_of(folder: Path, name: str) -> Iterator[Row]:
    plain, packed = folder / f"{name}.csv", folder / f"{name}.csv.gz"
    opened = partial(gzip.open, packed) if packed.exists() else partial(open, plain)
    with opened(mode="rt", encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def write(data: DataSet, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    columns = tuple(data.items[0]) if data.items else ("item_id", "title")
    tables = (("items", columns, data.items), ("interactions", EVENT_COLUMNS, data.events))
    for name, header, rows in tables:
        with gzip.open(folder / f"{name}.csv.gz", "wt", 3, "utf-8", newline="") as file:
            writer = csv.DictWriter(file, header, extrasaction="ignore", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    main()
