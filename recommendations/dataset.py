"""Rows become arrays here, and nowhere else.

`build_snapshot` reads everything a model may learn from: all items, and the ratings, views and
shelves that count (`catalog.private`). `history_of` reads one person's newest
events at serving time, in the same form. Both order a person's events by time; equal times keep
the order ratings, views, shelves, and within each the order in which they were written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import chain
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import Case, F, Max, Model, Value, When
from django.db.models.expressions import Combinable
from numpy.typing import NDArray

from catalog import view_buffer
from catalog.epoch import Epoch
from catalog.models import (
    MAX_HALF_STARS,
    MIN_HALF_STARS,
    VIEW_PAUSE,
    Attribute,
    Item,
    ItemAttribute,
    ItemView,
    Person,
    Rating,
    ShelfEntry,
)
from catalog.prepared import Prepared
from ml.snapshot import KINDS, Events, History, ItemTable, Snapshot, Vocabulary

SCALE = (MIN_HALF_STARS / 2, MAX_HALF_STARS / 2)
CHUNK = 5000
NEWEST_VIEWS = 200
"""How many of a person's views lists are made from."""
ITEMS = "item"  # its name among the marks
VIEW = KINDS.index("view")
NO_STARS = -1  # while rows travel: not every database has NaN
NOT_WRITTEN = 2**62  # stands for a row's number: after all others
Row = tuple[int, int, int, int, float, int]
EVENT = np.dtype(
    [("person", "i8"), ("item", "i8"), ("kind", "i1"), ("half_stars", "i1"), ("time", "f8")]
)


@dataclass(frozen=True)
class Source:
    """A table of events: which field says when, what kind each row is, and its half stars."""

    model: type[Model]
    at: str
    kind: Combinable
    half_stars: Combinable

    @property
    def name(self) -> str:
        return str(self.model._meta.model_name)

    @property
    def table(self) -> Any:
        return self.model._default_manager

    def rows(self, *more: str, **where: Any) -> Any:
        """A queryset of (person, item, kind, half stars, time), as EVENT, and more fields."""
        return self.as_rows(self.table.filter(**where), *more)

    def counted(self, **where: Any) -> Any:
        """The events that may be learned from."""
        return self.table.counted().filter(**where)

    def as_rows(self, events: Any, *more: str) -> Any:
        return events.values_list(
            "person_id", "item_id", self.kind, self.half_stars, Epoch(F(self.at)), *more
        )


SOURCES = (
    Source(Rating, "rated_at", Value(KINDS.index("rating")), F("half_stars")),
    Source(ItemView, "viewed_at", Value(VIEW), Value(NO_STARS)),
    Source(
        ShelfEntry,
        "shelved_at",
        Case(
            *(
                When(shelf=shelf, then=Value(KINDS.index(shelf)))
                for shelf in ShelfEntry.Shelf.values
            )
        ),
        Value(NO_STARS),
    ),
)


def build_snapshot(*, until: datetime | None = None) -> Snapshot:
    """All items, and all events up to `until` that may be learned from."""
    items, item_rows = _read_items()
    found = np.concatenate([_read_events(source, until=until) for source in SOURCES])
    people, user = np.unique(found["person"], return_inverse=True)
    item = _rows_of(item_rows, found["item"])
    known = item >= 0  # an item may have been added, with events, since items were read
    found = found[known]
    events = Events.sorted(
        user=user[known].astype(np.int32),
        item=item[known].astype(np.int32),
        kind=found["kind"],
        stars=np.where(found["half_stars"] < 0, np.nan, found["half_stars"] / 2).astype(np.float32),
        time=found["time"],
    )
    return Snapshot(items, Vocabulary(tuple(map(str, people.tolist()))), events, SCALE)


def _read_events(source: Source, *, until: datetime | None) -> NDArray[Any]:
    rows = source.counted() if until is None else source.counted(**{f"{source.at}__lte": until})
    query = source.as_rows(rows).order_by("pk").query
    with (
        connection.chunked_cursor() as cursor
    ):  # past the ORM's row by row conversion: twice as fast
        cursor.execute(*query.sql_with_params())
        chunks = iter(lambda: cursor.fetchmany(CHUNK), [])
        return np.fromiter(chain.from_iterable(chunks), dtype=EVENT)


def _read_items() -> tuple[ItemTable, NDArray[np.int64]]:
    """The item table, and the database's id of each of its rows, rising."""
    rows = list(Item.objects.order_by("pk").values_list("pk", "title", "description", "year"))
    ids = np.fromiter((row[0] for row in rows), dtype=np.int64, count=len(rows))
    names, starts, attributes = _read_attributes(ids)
    table = ItemTable(
        ids=Vocabulary(tuple(map(str, ids.tolist()))),
        titles=tuple(row[1] for row in rows),
        texts=tuple(row[2] for row in rows),
        years=np.array([np.nan if row[3] is None else row[3] for row in rows], dtype=np.float32),
        attribute_names=names,
        attribute_starts=starts,
        attributes=attributes,
    )
    return table, ids


def _read_attributes(
    item_ids: NDArray[np.int64],
) -> tuple[tuple[str, ...], NDArray[np.int64], NDArray[np.int32]]:
    """Names, and in CSR form the attributes of each item, in the order of their positions."""
    links = (
        ItemAttribute.objects.order_by("item_id", "position", "pk")
        .values_list("item_id", "attribute_id")
        .iterator(chunk_size=CHUNK)
    )
    pairs = np.fromiter(links, dtype=[("item", "i8"), ("attribute", "i8")])
    pairs = pairs[_rows_of(item_ids, pairs["item"]) >= 0]
    used, attributes = np.unique(pairs["attribute"], return_inverse=True)
    named = {
        pk: f"{kind}:{name}"
        for pk, kind, name in Attribute.objects.values_list("pk", "kind", "name").iterator(
            chunk_size=CHUNK
        )
    }
    starts = np.searchsorted(pairs["item"], item_ids)
    return (
        tuple(named[pk] for pk in used.tolist()),
        np.append(starts, len(pairs)).astype(np.int64),
        attributes.astype(np.int32),
    )


def _rows_of(sorted_ids: NDArray[np.int64], ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """The place of each id in a rising array, -1 where it is not there."""
    if not len(sorted_ids):
        return np.full(len(ids), -1)
    rows = np.searchsorted(sorted_ids, ids).clip(max=len(sorted_ids) - 1)
    return np.where(sorted_ids[rows] == ids, rows, -1)


def marks() -> dict[str, int]:
    """The newest row of each event table, and of items: what is counted from later."""
    tables = {source.name: source.table for source in SOURCES} | {ITEMS: Item.objects}
    newest = {name: table.aggregate(newest=Max("pk")) for name, table in tables.items()}
    return {name: found["newest"] or 0 for name, found in newest.items()}


def events_since(marks: Mapping[str, int]) -> int:
    """How many events that count came after these marks, imports of old ones among them."""
    return sum(source.counted(pk__gt=marks.get(source.name, 0)).count() for source in SOURCES)


@dataclass(frozen=True)
class PersonEvent:
    """One thing that a person did, as serving needs it."""

    item_id: int
    kind: str  # one of ml.snapshot.KINDS
    stars: float | None  # None where it is no rating
    time: float  # seconds since 1970
    is_sent: bool = False  # named in a question, kept nowhere


def history_of(person: Person, *, limit: int = NEWEST_VIEWS) -> list[PersonEvent]:
    """All that one person rated and shelved, and their newest `limit` views, oldest first.

    One query. Serving ranks from the newest part, and masks what it finds in all of it. Views that
    wait in Redis to be written count at once.
    """
    rows = _past(limit).rows(person.pk)
    return as_events(in_order([*rows, *waiting_rows(person, rows)]))


def in_order(rows: Iterable[Row]) -> list[Row]:
    """The oldest first."""
    return sorted(rows, key=_place)


def as_events(rows: Iterable[Row]) -> list[PersonEvent]:
    return [
        PersonEvent(item, KINDS[kind], None if halves < 0 else halves / 2, time)
        for _, item, kind, halves, time, _ in rows
    ]


@cache
def _past(limit: int) -> Prepared:
    return Prepared(lambda person_id: past_rows(person_id, limit=limit))


def past_rows(person_id: int, *others: Any, limit: int = NEWEST_VIEWS) -> Any:
    """A query for the rows of what one person did, in no order, and of `others`, alike queries."""
    first, *more = (_own_rows(source, person_id, limit=limit) for source in SOURCES)
    return first.union(*more, *others, all=True)


def _own_rows(source: Source, person_id: int, *, limit: int) -> Any:
    if source.model is not ItemView:
        return source.rows("pk", person_id=person_id)
    newest = ItemView.objects.filter(person_id=person_id).order_by("-viewed_at", "-pk")[:limit]
    return source.rows("pk", pk__in=newest.values("pk"))


def waiting_rows(person: Person, written: Iterable[Row]) -> list[Row]:
    """The views of the last half hour that are not in the database yet."""
    waiting = view_buffer.recent(person.pk)
    if not waiting:
        return []
    latest: dict[int, float] = {}
    for _, item, kind, _, time, _ in written:
        if kind == VIEW:
            latest[item] = max(time, latest.get(item, time))
    pause = VIEW_PAUSE.total_seconds()
    return [
        (person.pk, item, VIEW, NO_STARS, at.timestamp(), NOT_WRITTEN)
        for item, at in waiting.items()
        if at.timestamp() - latest.get(item, -pause) >= pause
    ]


def _place(row: Row) -> tuple[float, int, int]:
    """By time; at the same time in the order of SOURCES, and of writing."""
    _person, _item, kind, _halves, at, pk = row
    return at, min(kind, len(SOURCES) - 1), pk


def as_history(
    events: Iterable[PersonEvent], items: Vocabulary
) -> tuple[History, Sequence[PersonEvent]]:
    """What a model with these items sees of the events, and which events those are."""
    known = [(row, event) for event in events if (row := items.row(str(event.item_id))) >= 0]
    history = History(
        item=np.array([row for row, _ in known], dtype=np.int32),
        kind=np.array([KINDS.index(event.kind) for _, event in known], dtype=np.int8),
        stars=np.array(
            [np.nan if event.stars is None else event.stars for _, event in known],
            dtype=np.float32,
        ),
        time=np.array([event.time for _, event in known], dtype=np.float64),
    )
    return history, [event for _, event in known]
