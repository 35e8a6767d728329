"""An upload becomes a preview: opened, read, merged, matched, and stored as rows to look at.

Nothing that the person did is touched before they agree. What was only previewed makes way for
their next upload.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.arriving.archives import Unreadable, open_upload
from catalog.arriving.formats import Reading, read_sheet
from catalog.arriving.matching import match
from catalog.arriving.merging import Merged, merge
from catalog.arriving.models import MAX_SAID, Arrival, ArrivalRow
from catalog.arriving.rows import ArrivedRow, RefusedRow
from catalog.arriving.trakt import read_json
from catalog.models import Item, Person
from catalog.own.models import MAX_REVIEW
from catalog.own.text import clean

MAX_ROWS = 50_000
ROWS_AT_ONCE = 1_000


def receive(person: Person, file: BinaryIO, *, name: str, size: int) -> Arrival:
    """A preview of what the file holds. Raises Unreadable, with nothing stored."""
    name = name.replace("\0", "")[-200:] or "file"
    reading = read(file, name=name, size=size)
    merged = merge(row for row in reading.rows if isinstance(row, ArrivedRow))
    matches = match([each.row for each in merged])
    refused = [row for row in reading.rows if isinstance(row, RefusedRow)]
    with transaction.atomic():
        Arrival.objects.filter(person=person, status=Arrival.Status.PREVIEW).delete()
        arrival = Arrival.objects.create(
            person=person,
            file_name=name,
            source=reading.source,
            rows_read=len(reading.rows),
            notes=reading.notes,
            last_item=Item.objects.aggregate(last=Max("pk"))["last"] or 0,
        )
        rows = [
            *(
                _row(arrival, number, each, found)
                for number, (each, found) in enumerate(zip(merged, matches, strict=True))
            ),
            *_refused(arrival, refused, first=len(merged)),
        ]
        ArrivalRow.objects.bulk_create(rows, batch_size=ROWS_AT_ONCE)
    return arrival


def read(file: BinaryIO, *, name: str, size: int) -> Reading:
    """All rows of an upload, read and refused ones."""
    reading = Reading(now=timezone.now())
    for member in open_upload(file, name=name, size=size):
        reader = read_json if member.name.endswith(".json") else read_sheet
        reader(member, reading, most=MAX_ROWS)
    if not reading.rows:
        raise Unreadable(
            _(
                "%(name)s holds no ratings, shelves or reviews that are read here; bring the "
                "archive as the other site made it, or a table with a column “title”"
            )
            % {"name": name}
        )
    return reading


def _row(arrival: Arrival, number: int, merged: Merged, found: object) -> ArrivalRow:
    row = merged.row
    stored = ArrivalRow(
        arrival=arrival,
        number=number,
        origins=[list(origin) for origin in merged.origins],
        title=row.title[:MAX_SAID],
        year=row.year,
        creators=row.creators,
        outside=row.outside,
        half_stars=row.half_stars,
        rated_at=row.rated_at,
        shelf=row.shelf,
        shelved_at=row.shelved_at,
        review=clean(row.review)[:MAX_REVIEW],
    )
    take_match(stored, found)
    return stored


def take_match(row: ArrivalRow, found: object) -> None:
    """Notes which item the row means."""
    if isinstance(found, tuple):
        row.item_id, row.how, row.likeness = found


def _refused(arrival: Arrival, rows: list[RefusedRow], *, first: int) -> Iterator[ArrivalRow]:
    for number, row in enumerate(rows, first):
        yield ArrivalRow(
            arrival=arrival,
            number=number,
            origins=[[row.file, row.line]],
            title=row.title,
            problem=row.why[:MAX_SAID],
            outcome=ArrivalRow.Outcome.REFUSED,
        )
