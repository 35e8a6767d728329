"""The catalogue and its events as a data set folder, which `import_dataset` reads back without
loss.

People appear under their outside id; who has none gets one, so that their events find them again.
What is private, and who is private or pauses, is left out. Cells are safe in spreadsheets: see
`importing.rows.defused`.
"""

from __future__ import annotations

import csv
import gzip
import heapq
import io
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from catalog.importing.folder import INTERACTION_COLUMNS, ITEM_COLUMNS, OUTSIDE_SUFFIX
from catalog.importing.rows import DataSetError, defused, to_micros
from catalog.models import (
    Attribute,
    Item,
    ItemAttribute,
    ItemView,
    OutsideId,
    Person,
    Rating,
    ShelfEntry,
)

CHUNK = 2000


class Exported(NamedTuple):
    items: int
    events: int
    private_people: int


def export_dataset(folder: Path) -> Exported:
    """Writes the folder, which must not exist yet; it appears whole or not at all."""
    if folder.exists():
        raise DataSetError(_("%(folder)s exists already; name a new folder") % {"folder": folder})
    partial = folder.with_name(f".{folder.name}.{os.getpid()}.partial")
    partial.mkdir(parents=True)
    try:
        items = _write(partial / "items.csv.gz", _item_rows())
        give_keys()
        events = _write(partial / "interactions.csv.gz", _event_rows())
        os.rename(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return Exported(items, events, Person.objects.uncounted().count())


def give_keys() -> None:
    """An outside id for every person who has none."""
    without = Person.objects.filter(key=None, is_private=False, is_paused=False)
    people = [Person(pk=pk, key=_new_key()) for pk in without.values_list("pk", flat=True)]
    Person.objects.bulk_update(people, ["key"], batch_size=200)


def _new_key() -> str:
    return f"person-{uuid.uuid4().hex[:16]}"


def _write(path: Path, rows: Iterable[list[str]]) -> int:
    """Writes rows and returns how many there are, without the header."""
    count = -1
    with _packed(path) as stream:
        writer = csv.writer(stream)  # with \r\n, so that either of them in a cell gets it quoted
        for row in rows:
            writer.writerow(row)
            count += 1
    return count


@contextmanager
def _packed(path: Path) -> Iterator[io.TextIOWrapper]:
    """A gzip file with nothing of today in it, on the disk when it closes."""
    with path.open("wb") as raw:
        with (
            gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0, compresslevel=6) as packed,
            io.TextIOWrapper(packed, encoding="utf-8", newline="") as stream,
        ):
            yield stream
        raw.flush()
        os.fsync(raw.fileno())


def _item_rows() -> Iterator[list[str]]:
    kinds = list(Attribute.objects.order_by("kind").values_list("kind", flat=True).distinct())
    sources = list(OutsideId.objects.order_by("source").values_list("source", flat=True).distinct())
    for kind in kinds:
        if kind in ITEM_COLUMNS or kind.endswith(OUTSIDE_SUFFIX) or kind != kind.strip():
            raise DataSetError(
                _("attribute kind %(kind)r is the name of another column; rename it first")
                % {"kind": kind}
            )
    yield [defused(name) for name in (*ITEM_COLUMNS, *kinds)] + [
        defused(f"{source}{OUTSIDE_SUFFIX}") for source in sources
    ]
    for batch in _batches(Item.objects.order_by("pk")):
        names = _names_by_kind(batch)
        outside = {
            (found.item_id, found.source): found.value
            for found in OutsideId.objects.filter(item__in=batch)
        }
        for item in batch:
            yield [
                *_item_cells(item),
                *(defused("|".join(names.get((item.pk, kind), []))) for kind in kinds),
                *(defused(outside.get((item.pk, source), "")) for source in sources),
            ]


def _item_cells(item: Item) -> list[str]:
    return [
        defused(item.key),
        defused(item.title),
        "" if item.year is None else str(item.year),
        defused(item.description),
        defused(item.cover_url),
        seconds(to_micros(item.added_at)),
        "1" if item.is_listed else "0",
    ]


def _names_by_kind(batch: list[Item]) -> dict[tuple[int, str], list[str]]:
    names: dict[tuple[int, str], list[str]] = {}
    rows = ItemAttribute.objects.filter(item__in=batch).order_by("position", "pk")
    for pk, kind, name in rows.values_list("item_id", "attribute__kind", "attribute__name"):
        names.setdefault((pk, kind), []).append(name.replace("|", "/"))
    return names


def _batches(items: QuerySet[Item]) -> Iterator[list[Item]]:
    """Items in the order of their ids, a batch at a time, without holding a cursor open."""
    after = 0
    while batch := list(items.filter(pk__gt=after)[:500]):
        yield batch
        after = batch[-1].pk


def _event_rows() -> Iterator[list[str]]:
    yield list(INTERACTION_COLUMNS)
    ratings = Rating.objects.counted().order_by("person_id", "rated_at", "pk")
    views = ItemView.objects.counted().order_by("person_id", "viewed_at", "pk")
    shelves = ShelfEntry.objects.counted().order_by("person_id", "shelved_at", "pk")
    merged = heapq.merge(
        _events(ratings, "rated_at", "half_stars"),
        _events(views, "viewed_at"),
        _events(shelves, "shelved_at", "shelf"),
        key=itemgetter(0, 1),
    )
    for _person, events in groupby(merged, key=itemgetter(0)):
        for _pk, at, key, item, value in events:
            stars = f"{value / 2:g}" if isinstance(value, int) else ""
            kind = "rating" if stars else value or "view"
            yield [defused(key), defused(item), stars, seconds(to_micros(at)), kind]


def _events(rows: QuerySet[Any], time: str, *value: str) -> Iterator[tuple[Any, ...]]:
    """(person, time, person's key, item's key, value or None) of one kind of event."""
    fields = ("person_id", time, "person__key", "item__key", *value)
    for row in rows.values_list(*fields).iterator(chunk_size=CHUNK):
        yield row if value else (*row, None)


def seconds(micros: int) -> str:
    """Microseconds as seconds since 1970, with no more decimals than needed."""
    sign, size = ("-", -micros) if micros < 0 else ("", micros)
    whole, rest = divmod(size, 1_000_000)
    return f"{sign}{whole}.{rest:06d}".rstrip("0").rstrip(".") if rest else f"{sign}{whole}"
