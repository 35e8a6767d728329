"""Files that may be anything, read safely: lines, and from them rows of cells.

Memory stays flat whatever the file holds: a line is capped, a compressed file may only grow so
far, a quote that is never closed costs one row and not the rest of the file. What is wrong with
one row comes out as a BadRow; what is wrong with the file raises DataSetError.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from django.utils.translation import gettext as _

from catalog.importing.rows import DataSetError, Refused

CHUNK = 1 << 18
MAX_LINE = 1 << 20
MAX_LINES_A_ROW = 2000
RATIO_MATTERS_FROM = 1 << 24  # bytes: a small file may shrink as well as it likes
csv.field_size_limit(2 * MAX_LINE)

Line = tuple[int, bytes | None]  # None: longer than MAX_LINE
Progress = Callable[[int], object]


@dataclass(frozen=True)
class Limits:
    """How far a compressed file may grow."""

    max_bytes: int
    max_ratio: int


class Cells(NamedTuple):
    line: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class BadRow:
    line: int
    why: Refused


def read_lines(path: Path, *, limits: Limits, progress: Progress) -> Iterator[Line]:
    """Numbered lines, split at line feeds; `progress` is told the bytes read from the disk."""
    number, rest, is_overlong = 0, b"", False
    for chunk in _chunks(path, limits=limits, progress=progress):
        lines = (rest + chunk).split(b"\n")
        rest = lines.pop()
        for line in lines:
            number += 1
            if is_overlong or len(line) > MAX_LINE:
                yield number, None
                is_overlong = False
            else:
                yield number, line
        if len(rest) > MAX_LINE:
            rest, is_overlong = b"", True
    if rest or is_overlong:
        yield number + 1, None if is_overlong else rest


def check_packed(path: Path, *, limits: Limits) -> None:
    """Unpacks a file once without looking at it: quick, where reading the rows of a bomb is not."""
    if path.suffix == ".gz":
        for _chunk in _chunks(path, limits=limits, progress=lambda read: None):
            pass


def _chunks(path: Path, *, limits: Limits, progress: Progress) -> Iterator[bytes]:
    is_packed = path.suffix == ".gz"
    read = told = 0
    line = 1
    with path.open("rb") as raw, gzip.open(raw) if is_packed else nullcontext(raw) as stream:
        try:
            while chunk := stream.read(CHUNK):
                chunk = chunk if read else chunk.removeprefix(codecs.BOM_UTF8)
                read += len(chunk)
                if is_packed:
                    _check_growth(path, read, raw.tell(), limits=limits, line=line)
                line += chunk.count(b"\n")
                progress(raw.tell() - told)
                told = raw.tell()
                yield chunk
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise DataSetError(
                _("%(file)s, line %(line)d: the packed file is broken (%(error)s); copy it again")
                % {"file": path.name, "line": line, "error": error}
            ) from error


def _check_growth(path: Path, read: int, packed: int, *, limits: Limits, line: int) -> None:
    place = {"file": path.name, "line": line}
    if read > RATIO_MATTERS_FROM and read > limits.max_ratio * packed:
        raise DataSetError(
            _(
                "%(file)s, line %(line)d: unpacks to more than %(ratio)d times its size, as only "
                "harmful files do; if you trust it, raise IMPORT_MAX_RATIO or unpack it yourself"
            )
            % {**place, "ratio": limits.max_ratio}
        )
    if read > limits.max_bytes:
        raise DataSetError(
            _(
                "%(file)s, line %(line)d: unpacks to more than %(size)d bytes; if you trust it, "
                "raise IMPORT_MAX_BYTES or unpack it yourself"
            )
            % {**place, "size": limits.max_bytes}
        )


class RowReader:
    """Rows of cells from numbered lines, for files that are comma-separated or split by `::`."""

    def __init__(
        self,
        lines: Iterator[Line],
        *,
        encoding: str = "utf-8",
        separator: str = ",",
        may_span_lines: bool = False,
        has_quotes: bool | None = None,
    ) -> None:
        """`has_quotes`: None where only commas come with quotes."""
        self._lines, self._waiting = lines, deque[Line]()
        self._encoding, self._separator = encoding, separator
        self._has_quotes = separator == "," if has_quotes is None else has_quotes
        self._may_span_lines = may_span_lines

    def header(self) -> Cells | None:
        """The first row, None where the file has none."""
        row = next(iter(self.rows(width=None)), None)
        if isinstance(row, BadRow):
            raise row.why
        return row and Cells(row.line, [cell.strip() for cell in row.cells])

    def rows(self, *, width: int | None) -> Iterator[Cells | BadRow]:
        """Every row that is not blank; `width` is how many cells it must have."""
        while (line := self._next_line()) is not None:
            number, raw = line
            if raw in (b"", b"\r"):
                continue
            try:
                text = self._decoded(raw)
                if '"' in text and self._has_quotes:
                    cells = self._quoted(number, text, width=width)
                else:
                    cells = text.removesuffix("\r").split(self._separator)
                    _check_width(cells, width)
            except Refused as why:
                yield BadRow(number, why)
            else:
                yield Cells(number, cells)

    def _next_line(self) -> Line | None:
        return self._waiting.popleft() if self._waiting else next(self._lines, None)

    def _decoded(self, raw: bytes | None) -> str:
        if raw is None:
            raise Refused(
                "",
                "",
                reason=_("the line is longer than %(limit)d bytes") % {"limit": MAX_LINE},
                cure=_("break it up: a line end may be missing, or a quote may not be closed"),
            )
        try:
            text = raw.decode(self._encoding)
        except UnicodeDecodeError as error:
            raise Refused(
                "",
                raw.decode(self._encoding, "replace"),
                reason=_("the row is not in %(encoding)s") % {"encoding": self._encoding.upper()},
                cure=_("save the file in UTF-8; byte %(byte)d is wrong") % {"byte": error.start},
            ) from None
        if "\0" in text:
            raise Refused(
                "", text.replace("\0", "\ufffd"), reason=_("a NUL byte"), cure=_("remove it")
            )
        return text

    def _quoted(self, number: int, text: str, *, width: int | None) -> list[str]:
        """A row with quotes, joined from several lines where a quote stays open.

        Where that leads nowhere, only the first line is lost: the others are read again.
        """
        taken: list[Line] = []
        try:
            if self._may_span_lines:
                text = self._joined(text, taken)
            cells = _csv_cells(text.removesuffix("\r"), self._separator)
            _check_width(cells, width)
        except Refused:
            self._waiting.extendleft(reversed(taken))
            raise
        return cells

    def _joined(self, text: str, taken: list[Line]) -> str:
        parts, is_open, size = [text], text.count('"') % 2 == 1, len(text)
        while is_open and len(taken) < MAX_LINES_A_ROW and size < MAX_LINE:
            line = self._next_line()
            if line is None:
                break
            taken.append(line)
            more = self._decoded(line[1])
            parts.append(more)
            size += len(more)
            is_open ^= more.count('"') % 2 == 1
        return "\n".join(parts)


def _csv_cells(text: str, separator: str) -> list[str]:
    try:
        rows = list(csv.reader([text], strict=True, delimiter=separator))
    except csv.Error as error:
        raise Refused(
            "",
            text,
            reason=_("the quotes do not match"),
            cure=_('close every quote, and write a quote inside one as "" (%(error)s)')
            % {"error": error},
        ) from None
    return rows[0]


def _check_width(cells: list[str], width: int | None) -> None:
    if width is not None and len(cells) != width:
        raise Refused(
            "",
            ",".join(cells),
            reason=_("the row has too few or too many cells"),
            cure=_("%(here)d cells here, %(wanted)d in the header; quote cells that hold commas")
            % {"here": len(cells), "wanted": width},
        )
