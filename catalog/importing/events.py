"""Staged events into the catalogue, a batch at a time, the latest of each subject only.

Of two events about the same person and item the later one counts, within the file and against the
catalogue: a rating older than the one that is there is counted as superseded, and not written.
An event without a time gets the time of the import, and never replaces one that says the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from django.db import reset_queries, transaction

from catalog.importing.bulk import upsert
from catalog.importing.report import Report
from catalog.importing.rows import to_datetime
from catalog.importing.staging import StagedEvent, Staging
from catalog.many import batches
from catalog.models import Item, ItemView, Person, Rating, ShelfEntry

BATCH = 25_000
LOOK_UP = 500  # ids in one question, below every database's limit
WHAT = ("ratings", "views", "shelves")  # by slot
SIMULATED = "simulated-"


class Wanted(NamedTuple):
    """An event with the ids of the catalogue and the time that it will get."""

    staged: StagedEvent
    person: int
    item: int
    at: datetime | None


Outcomes = list[tuple[Wanted, str]]


def write_events(
    staging: Staging, report: Report, *, now: datetime, progress: Callable[[int], object]
) -> None:
    items = dict(Item.objects.values_list("key", "pk"))
    for file, slot, number in staging.settle_events():
        report.count(file, WHAT[slot], "superseded", number)
        progress(number)
    for batch in batches(staging.latest_events(), BATCH):
        with transaction.atomic():
            people = _people({event.person for event in batch})
            wanted = [
                Wanted(
                    event,
                    people[event.person],
                    items[event.item],
                    None if event.at is None else to_datetime(event.at),
                )
                for event in batch
            ]
            written = [
                write([one for one in wanted if one.staged.slot == slot], now=now)
                for slot, write in enumerate((_write_ratings, _write_views, _write_shelves))
            ]
        for slot, outcomes in enumerate(written):
            counts = Counter((one.staged.file, outcome) for one, outcome in outcomes)
            for (file, outcome), number in counts.items():
                report.count(file, WHAT[slot], outcome, number)
        progress(len(batch))
        reset_queries()


def _people(keys: set[str]) -> dict[str, int]:
    """Ids of people by their outside id; those that are not known yet become readers."""
    known = _person_ids(keys)
    missing = [
        Person(key=key, name=_name(key), is_simulated=key.startswith(SIMULATED))
        for key in sorted(keys - known.keys())
    ]
    if missing:
        Person.objects.bulk_create(missing, ignore_conflicts=True)
        known |= _person_ids(person.key for person in missing if person.key)
    return known


def _name(key: str) -> str:
    if key.startswith(SIMULATED):
        return f"Simulated reader {key.removeprefix(SIMULATED)}"[:150]
    return f"Reader {key}"[:150]


def _person_ids(keys: Iterable[str]) -> dict[str, int]:
    return {
        key: pk
        for some in batches(iter(keys), LOOK_UP)
        for key, pk in Person.objects.filter(key__in=some).values_list("key", "pk")
        if key is not None
    }


def _write_ratings(wanted: list[Wanted], *, now: datetime) -> Outcomes:
    had: dict[tuple[int, int], tuple[object, datetime]] = {}
    for some in _people_of(wanted):
        rows = Rating.objects.filter(person__in=some)
        for person, item, half_stars, at in rows.values_list(
            "person_id", "item_id", "half_stars", "rated_at"
        ):
            had[person, item] = (half_stars, at)
    outcomes = [(one, _compared(one, one.staged.half_stars, had)) for one in wanted]
    upsert(
        Rating,
        fields=["person", "item", "half_stars", "rated_at"],
        unique=["person", "item"],
        rows=[
            (one.person, one.item, one.staged.half_stars, one.at or now)
            for one, outcome in outcomes
            if outcome in ("new", "changed")
        ],
    )
    return outcomes


def _write_shelves(wanted: list[Wanted], *, now: datetime) -> Outcomes:
    had: dict[tuple[int, int], tuple[object, datetime]] = {}
    for some in _people_of(wanted):
        rows = ShelfEntry.objects.filter(person__in=some)
        for person, item, shelf, at in rows.values_list(
            "person_id", "item_id", "shelf", "shelved_at"
        ):
            had[person, item] = (shelf, at)
    outcomes = [(one, _compared(one, one.staged.kind, had)) for one in wanted]
    upsert(
        ShelfEntry,
        fields=["person", "item", "shelf", "shelved_at"],
        unique=["person", "item"],
        rows=[
            (one.person, one.item, one.staged.kind, one.at or now)
            for one, outcome in outcomes
            if outcome in ("new", "changed")
        ],
    )
    return outcomes


def _compared(
    one: Wanted, value: object, had: dict[tuple[int, int], tuple[object, datetime]]
) -> str:
    """What the event is beside the one that the catalogue has of the same subject."""
    there = had.get((one.person, one.item))
    if there is None:
        return "new"
    had_value, had_at = there
    if one.at is None:
        return "same" if value == had_value else "changed"
    if one.at < had_at:
        return "superseded"
    return "same" if (value, one.at) == there else "changed"


def _write_views(wanted: list[Wanted], *, now: datetime) -> Outcomes:
    had: set[tuple[int, int, datetime | None]] = set()
    for some in _people_of(wanted):
        rows = ItemView.objects.filter(person__in=some)
        for person, item, at in rows.values_list("person_id", "item_id", "viewed_at"):
            had |= {(person, item, at), (person, item, None)}
    outcomes = [(one, "same" if (one.person, one.item, one.at) in had else "new") for one in wanted]
    upsert(
        ItemView,
        fields=["person", "item", "viewed_at"],
        rows=[
            (one.person, one.item, one.at or now) for one, outcome in outcomes if outcome == "new"
        ],
    )
    return outcomes


def _people_of(wanted: list[Wanted]) -> Iterator[list[int]]:
    return batches(iter({one.person for one in wanted}), LOOK_UP)
