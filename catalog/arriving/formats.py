"""The files of other sites, each known by its columns: from cells to ArrivedRow.

A further site is one more Sheet. What a file has no column for is left as it is; a file that no
Sheet knows is named in the notes and not read. Trakt's JSON is in `trakt`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from catalog.arriving.archives import Member, Unreadable, as_utf8
from catalog.arriving.rows import (
    MAX_REVIEW,
    MAX_TITLE,
    ArrivedRow,
    RefusedRow,
    half_stars_of,
    time_of,
    title_of,
    year_of,
)
from catalog.importing.lines import MAX_LINE, BadRow, Line, RowReader
from catalog.importing.rows import Refused, parse_text
from catalog.own.text import clean_line

Cells = Mapping[str, str]
Read = ArrivedRow | RefusedRow
SEPARATORS = (",", ";", "\t")
SHELVES = {
    "want": "want", "to-read": "want", "to read": "want", "watchlist": "want", "wishlist": "want",
    "plan to watch": "want", "tbr": "want", "backlog": "want", "doing": "doing",
    "currently-reading": "doing", "reading": "doing", "watching": "doing", "playing": "doing",
    "in progress": "doing", "done": "done", "read": "done", "watched": "done", "seen": "done",
    "finished": "done", "completed": "done", "played": "done",
}  # fmt: skip
TITLES = ("title", "name", "film", "movie", "book", "game")
YEARS = ("year", "release year", "year published", "original publication year")
CREATORS = ("creators", "creator", "authors", "author", "directors", "director", "artist")
STARS = ("stars", "my rating", "your rating", "star rating", "rating", "score")
RATED = (
    "rated_at", "date rated", "rated at", "date", "timestamp", "date read", "last date read",
    "date added",
)  # fmt: skip
STATES = ("shelf", "exclusive shelf", "read status", "status")
SHELVED = ("shelved_at", "watched date", "created", "listed_at", *RATED)
REVIEWS = ("review", "my review")
OUTSIDE = {
    "imdb": "imdb", "imdb_id": "imdb", "const": "imdb", "tmdb": "tmdb", "tmdb_id": "tmdb",
    "isbn": "isbn", "isbn_id": "isbn", "isbn13": "isbn", "isbn/uid": "isbn",
    "goodreads_id": "goodreads", "book id": "goodreads",
}  # fmt: skip


@dataclass(frozen=True)
class Sheet:
    """A kind of file: the columns that tell it, and what its rows say."""

    source: str
    needs: tuple[str, ...]
    best: float = 5  # the highest rating; 0: seen from the column itself
    shelf: str = ""  # of every row, where the file is a list of one sort
    file: str = ""  # the end of its name, where columns are not enough
    ignored: bool = False

    def knows(self, name: str, columns: Iterable[str]) -> bool:
        return set(self.needs) <= set(columns) and re.search(self.file, name) is not None


LEFT_OUT = r"(^|/)(deleted|orphaned|lists|likes)/"
SHEETS = (
    Sheet("letterboxd", ("letterboxd uri",), file=LEFT_OUT, ignored=True),
    Sheet("letterboxd", ("letterboxd uri", "rating"), file=r"ratings\.csv$"),
    Sheet("letterboxd", ("letterboxd uri", "watched date"), shelf="done"),  # diary and reviews
    Sheet("letterboxd", ("letterboxd uri", "name"), file=r"watchlist\.csv$", shelf="want"),
    Sheet("letterboxd", ("letterboxd uri", "name"), file=r"watched\.csv$", shelf="done"),
    Sheet("goodreads", ("book id", "exclusive shelf", "my rating")),
    Sheet("storygraph", ("read status", "star rating", "isbn/uid")),
    Sheet("imdb", ("const", "your rating", "position"), best=10, shelf="want"),
    Sheet("imdb", ("const", "your rating"), best=10, shelf="done"),
    Sheet("imdb", ("const", "position"), best=10, shelf="want"),
    Sheet("table", ("list_id",), ignored=True),  # of this site's own export
    Sheet("table", ("import_id",), ignored=True),
    Sheet("table", ("viewed_at",), ignored=True),
    Sheet("table", (), best=0),
)  # fmt: skip


@dataclass
class Reading:
    """What a whole upload holds, as it is read."""

    now: datetime
    rows: list[Read] = field(default_factory=list)
    sources: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, source: str, rows: Iterator[Read], *, most: int) -> None:
        for row in rows:
            if len(self.rows) >= most:
                raise Unreadable(
                    _("there are more than %(most)d rows; split the file, and bring one by one")
                    % {"most": most}
                )
            self.rows.append(row)
            self.sources[source] = self.sources.get(source, 0) + 1

    @property
    def source(self) -> str:
        return max(self.sources, key=lambda name: self.sources[name], default="table")


def read_sheet(member: Member, reading: Reading, *, most: int) -> None:
    """The rows of a comma-separated file, into the reading."""
    content, said = as_utf8(member)
    separator = _separator(content)
    reader = RowReader(_lines(content), separator=separator, may_span_lines=True, has_quotes=True)
    try:
        header = reader.header()
    except Refused as why:
        raise Unreadable(
            _("%(file)s, line 1: %(reason)s; %(cure)s")
            % {"file": member.name, "reason": why.reason, "cure": why.cure}
        ) from why
    columns = [parse_text(name).lower() for name in header.cells] if header else []
    sheet = next(sheet for sheet in SHEETS if sheet.knows(member.name, columns))
    if sheet.ignored or not any(name in columns for name in (*TITLES, "const")):
        reading.notes.append(_("%(file)s is not read here") % {"file": member.name})
        return
    if said:
        reading.notes.append(said)
    rows = list(reader.rows(width=None))
    cells = [
        row if isinstance(row, BadRow) else (row.line, _named(columns, row.cells)) for row in rows
    ]
    best = sheet.best or _best_of(cells)
    parse = Parser(sheet, member.name, best=best, now=reading.now)
    reading.add(sheet.source, (parse(row) for row in cells), most=most)


def _lines(content: bytes) -> Iterator[Line]:
    for number, line in enumerate(content.split(b"\n"), 1):
        yield number, line if len(line) <= MAX_LINE else None


def _separator(content: bytes) -> str:
    """Whichever is most often in the first line."""
    first = content[:MAX_LINE].split(b"\n", 1)[0].decode("utf-8", "replace")
    return max(SEPARATORS, key=first.count)


def _named(columns: list[str], cells: list[str]) -> dict[str, str]:
    """Cells by column; a row that is short lacks the last ones, and too many are an error later."""
    named = dict(zip(columns, map(parse_text, cells), strict=False))
    if len(cells) > len(columns) and any(cell.strip() for cell in cells[len(columns) :]):
        named["\0"] = str(len(cells))
    return named


def _best_of(rows: list[BadRow | tuple[int, dict[str, str]]]) -> float:
    """The scale of a table that does not say it: 5, 10 or 100, by its highest number."""
    highest = 0.0
    for row in rows:
        if not isinstance(row, BadRow):
            cell = _first(row[1], STARS).replace(",", ".")
            if re.fullmatch(r"\d{1,3}(\.\d+)?", cell):
                highest = max(highest, float(cell))
    return 5 if highest <= 5 else 10 if highest <= 10 else 100


def _first(cells: Cells, names: Iterable[str]) -> str:
    return next((cells[name] for name in names if cells.get(name)), "")


class Parser:
    """Cells of one sheet to rows; what cannot be read becomes a RefusedRow."""

    def __init__(self, sheet: Sheet, file: str, *, best: float, now: datetime) -> None:
        self._sheet, self._file, self._best, self._now = sheet, file, best, now

    def __call__(self, row: BadRow | tuple[int, dict[str, str]]) -> Read:
        if isinstance(row, BadRow):
            return RefusedRow(self._file, row.line, f"{row.why.reason}; {row.why.cure}")
        line, cells = row
        try:
            return self._row(line, cells)
        except Refused as why:
            title = clean_line(_first(cells, TITLES))[:MAX_TITLE]
            return RefusedRow(self._file, line, f"{why.reason}; {why.cure}", title)

    def _row(self, line: int, cells: Cells) -> ArrivedRow:
        if "\0" in cells:
            raise Refused(
                "",
                "",
                reason=_("the row has too many cells"),
                cure=_("quote cells that hold the separator"),
            )
        stars = half_stars_of(_first(cells, STARS), best=self._best)
        shelf = self._shelf(cells, has_stars=stars is not None)
        review = _plain(_first(cells, REVIEWS))[:MAX_REVIEW]
        if stars is None and not shelf and not review:
            raise Refused(
                "",
                "",
                reason=_("neither a rating nor a shelf nor a review"),
                cure=_("there is nothing to take in"),
            )
        return ArrivedRow(
            file=self._file,
            line=line,
            title=title_of(_first(cells, TITLES)),
            year=year_of(_first(cells, reversed(YEARS))),
            creators=_first(cells, CREATORS)[:500],
            outside=_outside(cells),
            half_stars=stars,
            rated_at=time_of(_first(cells, RATED), now=self._now) if stars else None,
            shelf=shelf,
            shelved_at=time_of(_first(cells, SHELVED), now=self._now) if shelf else None,
            review=review,
        )

    def _shelf(self, cells: Cells, *, has_stars: bool) -> str:
        named = SHELVES.get(_first(cells, STATES).strip().lower(), "")
        if named or not self._sheet.shelf:
            return named
        return "done" if self._sheet.shelf == "want" and has_stars else self._sheet.shelf


def _outside(cells: Cells) -> dict[str, str]:
    """Ids elsewhere; Goodreads writes an ISBN as ="0441172717"."""
    found: dict[str, str] = {}
    for column, source in OUTSIDE.items():
        value = cells.get(column, "").strip('="').strip()
        if value and len(value) <= 200:
            found[source] = value
    for column, value in cells.items():
        source = column.removesuffix("_id")
        if source not in (column, "user", "item") and value and len(value) <= 200:
            found.setdefault(source[:50], value)
    return found


def _plain(text: str) -> str:
    """A review without the tags that some sites keep in it."""
    text = re.sub(r"(?i)<br\s*/?>", "\n", text)
    return re.sub(r"<[^>]{1,200}>", "", text).strip()
