"""All that is one person's, as rows: what a download is made of.

Rows come in batches, so that a long history never stands in memory whole; each is a flat dict with
the item's outside ids, under the column names that an import reads. In CSV a text that a
spreadsheet would take for a formula gets an apostrophe (`importing.rows.defused`); JSON needs none.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from django.db.models import F, QuerySet

from catalog.importing.folder import OUTSIDE_SUFFIX
from catalog.importing.rows import defused
from catalog.models import OutsideId, Person
from catalog.own.models import ListEntry

BATCH, CHUNK = 500, 64 * 1024
Cell = str | int | float | bool | None
Row = dict[str, Cell]
ITEM_COLUMNS = ("item_id", "title", "creators", "year")


@dataclass(frozen=True)
class Kind:
    """One file of a download: which rows it has, and what each says."""

    name: str
    columns: tuple[str, ...]
    rows: Callable[[Person], QuerySet[Any]]
    cells: Callable[[Any], tuple[Cell, ...]]
    has_item: bool = True


KINDS = [
    Kind(
        "ratings",
        ("stars", "rated_at"),
        lambda person: person.ratings.all(),
        lambda rating: (rating.stars, moment(rating.rated_at)),
    ),
    Kind(
        "views",
        ("viewed_at",),
        lambda person: person.item_views.all(),
        lambda view: (moment(view.viewed_at),),
    ),
    Kind(
        "shelves",
        ("shelf", "shelved_at"),
        lambda person: person.shelf_entries.all(),
        lambda entry: (entry.shelf, moment(entry.shelved_at)),
    ),
    Kind(
        "reviews",
        ("review", "has_spoilers", "is_public", "written_at", "edited_at"),
        lambda person: person.reviews.filter(removed_at=None),
        lambda review: (
            review.text,
            review.has_spoilers,
            review.is_public,
            moment(review.written_at),
            moment(review.edited_at),
        ),
    ),
    Kind(
        "lists",
        ("list_id", "list", "description", "is_ranked", "is_public", "made_at", "changed_at"),
        lambda person: person.lists.filter(removed_at=None),
        lambda made: (
            made.pk,
            made.title,
            made.description,
            made.is_ranked,
            made.is_public,
            moment(made.made_at),
            moment(made.changed_at),
        ),
        has_item=False,
    ),
    Kind(
        "list_entries",
        ("list_id", "list", "position", "note", "added_at"),
        lambda person: ListEntry.objects.filter(
            list__person=person, list__removed_at=None
        ).annotate(list_title=F("list__title")),
        lambda entry: (
            entry.list_id,
            entry.list_title,
            entry.position,
            entry.note,
            moment(entry.added_at),
        ),
    ),
]


def also(kind: Kind) -> None:
    """One more file: for apps that keep rows about people."""
    KINDS.append(kind)


def csv_archive(person: Person | None) -> Iterator[bytes]:
    """A zip with one CSV file per kind, in pieces."""
    out = _Pipe()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        sources = _sources()
        for kind in KINDS:
            with archive.open(f"{kind.name}.csv", "w") as member:
                for line in csv_lines(person, kind, sources=sources):
                    member.write(line)
                    if out.waiting > CHUNK:
                        yield out.take()
    yield out.take()


def json_document(person: Person | None) -> Iterator[bytes]:
    """One JSON object with a list per kind, in pieces."""
    head = {"format": "own-export", "version": 1, "person": _about(person)}
    yield (json.dumps(head, ensure_ascii=False)[:-1]).encode()
    sources = _sources()
    for kind in KINDS:
        yield f', "{kind.name}": ['.encode()
        mark = "\n"
        for row in rows_of(person, kind, sources=sources):
            yield (mark + json.dumps(row, ensure_ascii=False)).encode()
            mark = ",\n"
        yield b"]"
    yield b"}\n"


def csv_lines(person: Person | None, kind: Kind, *, sources: list[str]) -> Iterator[bytes]:
    """The header and the rows of one CSV file; the first bytes tell Excel that it is UTF-8."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)  # with \r\n, so that either of them in a cell gets it quoted
    yield b"\xef\xbb\xbf"
    columns = _columns(kind, sources)
    header: Row = {column: column for column in columns}
    for row in chain([header], rows_of(person, kind, sources=sources)):
        writer.writerow([csv_cell(row[column]) for column in columns])
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()


def csv_cell(value: Cell) -> str:
    if isinstance(value, str):
        return defused(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    return f"{value:g}" if isinstance(value, float) else str(value)


def rows_of(person: Person | None, kind: Kind, *, sources: list[str]) -> Iterator[Row]:
    if person is None:
        return
    rows = kind.rows(person).order_by("pk")
    if kind.has_item:
        rows = rows.select_related("item")
        rows = rows.defer("item__description", "item__search_text")
    after = 0
    while batch := list(rows.filter(pk__gt=after)[:BATCH]):
        outside = _outside_ids(batch) if kind.has_item else {}
        for found in batch:
            row: Row = dict(zip(kind.columns, kind.cells(found), strict=True))
            yield _of_item(found.item, outside, sources) | row if kind.has_item else row
        after = batch[-1].pk


def _of_item(item: Any, outside: dict[tuple[int, str], str], sources: list[str]) -> Row:
    row: Row = {
        "item_id": item.key,
        "title": item.title,
        "creators": item.creator_line,
        "year": item.year,
    }
    return row | {f"{source}{OUTSIDE_SUFFIX}": outside.get((item.pk, source)) for source in sources}


def _columns(kind: Kind, sources: list[str]) -> list[str]:
    if not kind.has_item:
        return list(kind.columns)
    return [*ITEM_COLUMNS, *(f"{source}{OUTSIDE_SUFFIX}" for source in sources), *kind.columns]


def _outside_ids(batch: list[Any]) -> dict[tuple[int, str], str]:
    found = OutsideId.objects.filter(item__in=[row.item_id for row in batch])
    return {
        (item, source): value
        for item, source, value in found.values_list("item", "source", "value")
    }


def _sources() -> list[str]:
    """The other catalogues whose ids items have; a name that is taken is left out."""
    names = OutsideId.objects.order_by("source").values_list("source", flat=True).distinct()
    return [name for name in names if f"{name}{OUTSIDE_SUFFIX}" not in ("item_id", "list_id")]


def _about(person: Person | None) -> dict[str, Cell]:
    if person is None:
        return {}
    user = person.user
    return {
        "name": person.name,
        "username": user.get_username() if user is not None else None,
        "email": user.email if user is not None else None,
        "is_public": person.is_public,
        "is_private": person.is_private,
        "is_paused": person.is_paused,
        "created_at": moment(person.created_at),
    }


def moment(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat()


class _Pipe(io.RawIOBase):
    """What a zip is written to: it cannot go back, and holds what nobody has taken yet."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []
        self.waiting = 0

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self._pieces.append(bytes(piece))
        self.waiting += len(self._pieces[-1])
        return len(self._pieces[-1])

    def take(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces.clear()
        self.waiting = 0
        return taken
