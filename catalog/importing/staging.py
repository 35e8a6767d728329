"""A temporary SQLite file between reading and writing, so that memory stays flat.

Rows come in as the files have them; items come out in file order, of several events about the
same thing only the latest, by person and time. It lies in the system's
temporary folder (TMPDIR) and is gone when the import ends.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from catalog.importing.rows import EVENT_KINDS, EventRow, ItemRow, LinkRow, TagRow

FLUSH_AT = 20_000
CODES = {kind: code for code, kind in enumerate(EVENT_KINDS)}
NO_TIME = -(1 << 62)  # sorts before every real time
_SCHEMA = """
CREATE TABLE item (line INTEGER PRIMARY KEY, key TEXT, payload TEXT, file TEXT);
CREATE TABLE tag (item TEXT, kind TEXT, name TEXT, file TEXT);
CREATE TABLE link (item TEXT, payload TEXT, file TEXT);
CREATE TABLE event (person TEXT, item TEXT, kind INTEGER, half_stars INTEGER, at INTEGER,
                    file TEXT);
"""
# Of the same person and item there is one rating and one shelf, and one view for each time.
_SETTLE = """
CREATE TABLE ranked AS
SELECT *, ROW_NUMBER() OVER (
    PARTITION BY person, item, slot, CASE slot WHEN 1 THEN at END ORDER BY at DESC, number DESC
) AS place
FROM (SELECT *, rowid AS number, MIN(kind, 2) AS slot FROM event)
"""


class StagedItem(NamedTuple):
    file: str
    row: ItemRow
    tags: list[TagRow]
    tag_file: str
    links: list[dict[str, str]]
    link_file: str


class StagedEvent(NamedTuple):
    file: str
    person: str
    item: str
    slot: int  # 0 rating, 1 view, 2 shelf
    kind: str
    half_stars: int | None
    at: int | None


class Staging:
    """Use as a context manager; `keys` are the items that events may name."""

    def __init__(self, known_keys: Iterator[str]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="import-")
        self._database = sqlite3.connect(Path(self._folder.name) / "rows.sqlite3")
        self._database.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + _SCHEMA)
        self._events: list[tuple[object, ...]] = []
        self.keys = set(known_keys)
        self.first_lines: dict[str, tuple[str, int]] = {}
        self.item_count = self.event_count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._database.close()
        self._folder.cleanup()

    def add_item(self, row: ItemRow, *, file: str, line: int) -> None:
        payload = json.dumps([row.fields, row.attributes, row.outside])
        self._database.execute(
            "INSERT INTO item (key, payload, file) VALUES (?, ?, ?)", (row.key, payload, file)
        )
        self.keys.add(row.key)
        self.first_lines[row.key] = (file, line)
        self.item_count += 1

    def add_tag(self, row: TagRow, *, file: str) -> None:
        self._database.execute(
            "INSERT INTO tag VALUES (?, ?, ?, ?)", (row.item, row.kind, row.name, file)
        )

    def add_link(self, row: LinkRow, *, file: str) -> None:
        self._database.execute(
            "INSERT INTO link VALUES (?, ?, ?)", (row.item, json.dumps(row.outside), file)
        )

    def add_event(self, row: EventRow, *, file: str) -> None:
        person, item, kind, half_stars, at = row
        time = NO_TIME if at is None else at
        self._events.append((person, item, CODES[kind], half_stars, time, file))
        self.event_count += 1
        if len(self._events) >= FLUSH_AT:
            self._flush()

    def _flush(self) -> None:
        self._database.executemany("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?)", self._events)
        self._events.clear()

    def items(self) -> Iterator[StagedItem]:
        """Every item that a file names, in the order of the files, with its tags and links."""
        self._database.execute("CREATE INDEX tag_item ON tag (item)")
        self._database.execute("CREATE INDEX link_item ON link (item)")
        rows = self._database.execute("SELECT file, key, payload FROM item ORDER BY line")
        for file, key, payload in rows:
            fields, attributes, outside = json.loads(payload)
            tags = self._database.execute(
                "SELECT item, kind, name, file FROM tag WHERE item = ? ORDER BY rowid", (key,)
            ).fetchall()
            links = self._database.execute(
                "SELECT payload, file FROM link WHERE item = ? ORDER BY rowid", (key,)
            ).fetchall()
            yield StagedItem(
                file=file,
                row=ItemRow(key, fields, attributes, outside),
                tags=[TagRow(*tag[:3]) for tag in tags],
                tag_file=tags[0][3] if tags else "",
                links=[json.loads(link[0]) for link in links],
                link_file=links[0][1] if links else "",
            )

    def settle_events(self) -> list[tuple[str, int, int]]:
        """Keeps the latest event of each subject; how many were not, by file and slot."""
        self._flush()
        self._database.execute(_SETTLE)
        return self._database.execute(
            "SELECT file, slot, COUNT(*) FROM ranked WHERE place > 1 GROUP BY file, slot"
        ).fetchall()

    def latest_events(self) -> Iterator[StagedEvent]:
        """The settled events by person and time; equal times keep the order of the file."""
        rows = self._database.execute(
            "SELECT file, person, item, slot, kind, half_stars, at FROM ranked WHERE place = 1 "
            "ORDER BY person, at, number"
        )
        for file, person, item, slot, kind, half_stars, at in rows:
            time = None if at == NO_TIME else at
            yield StagedEvent(file, person, item, slot, EVENT_KINDS[kind], half_stars, time)
