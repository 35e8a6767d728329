"""CSV files, plain or gzipped, read in chunks of columns and refused with file, row and cure.

Memory is bounded whatever the file holds: a line may have a million characters, and a compressed
file may not expand without limit.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO, TextIO, cast

import numpy as np
from numpy.typing import NDArray

CHUNK_ROWS = 5_000
MAX_LINE = 1_000_000
MAX_EXPANSION, EXPANSION_FLOOR = 200, 100_000_000
UNPACK_ERRORS = (EOFError, gzip.BadGzipFile, zlib.error)


class DataFolderError(ValueError):
    """A data set that cannot be used; the message names file, row and cure."""


def find_table(folder: Path, name: str) -> Path:
    """`name`.csv or `name`.csv.gz in a folder."""
    found = [path for path in (folder / f"{name}.csv", folder / f"{name}.csv.gz") if path.exists()]
    if len(found) == 1:
        return found[0]
    if found:
        raise DataFolderError(f"{folder} has both {name}.csv and {name}.csv.gz; remove one")
    raise DataFolderError(f"{folder / name}.csv is missing; add it, plain or as .csv.gz")


@dataclass
class Table:
    """An open CSV file; `columns` are the names in its header."""

    path: Path
    columns: list[str]
    _reader: Iterator[list[str]]
    _raw: BinaryIO
    _binary: BinaryIO

    def error(self, row: int, what: str, *, cure: str) -> DataFolderError:
        return DataFolderError(f"{self.path}, row {row}: {what}; {cure}")

    def require(self, *names: str) -> None:
        for name in names:
            if name not in self.columns:
                raise self.error(1, f"column {name} is missing", cure="add it to the header")

    def allow(self, *names: str) -> None:
        for column in self.columns:
            if column not in names:
                raise self.error(
                    1,
                    f"column {column[:40]!r} is unknown",
                    cure=f"remove it; this file may have {', '.join(names)}",
                )

    def chunks(self) -> Iterator[tuple[int, dict[str, Sequence[str]]]]:
        """(row number of the chunk's first row, cells by column), in the file's order."""
        first = 2
        while rows := self._rows(first, CHUNK_ROWS):
            if set(map(len, rows)) != {len(self.columns)}:
                raise self._wrong_width(first, rows)
            yield first, dict(zip(self.columns, zip(*rows, strict=True), strict=True))
            first += len(rows)

    def numbers(
        self, first_row: int, name: str, column: Sequence[str] | None, size: int
    ) -> NDArray[np.float64]:
        """A column of finite numbers, NaN where a cell or the column is empty."""
        values = np.full(size, np.nan)
        if column is None:
            return values
        try:
            values[:] = np.fromiter(map(float, column), dtype=np.float64, count=size)
        except ValueError:  # an empty cell, or something worse
            for at, text in enumerate(column):
                values[at] = _number(text) if text else np.nan
        if not np.all(np.isfinite(values)):
            for at in np.flatnonzero(~np.isfinite(values)).tolist():
                if column[at]:
                    raise self._no_number(first_row + at, name, column[at])
        return values

    def read_header(self) -> None:
        rows = self._rows(1, 1)
        if not rows:
            raise DataFolderError(f"{self.path} is empty; give it a header and rows")
        self.columns = [name.strip() for name in rows[0]]
        for at, name in enumerate(self.columns):
            if not name:
                raise self.error(1, f"column {at + 1} has no name", cure="name it or remove it")
            if name in self.columns[:at]:
                raise self.error(1, f"column {name[:40]} is repeated", cure="remove one")

    def _rows(self, first: int, count: int) -> list[list[str]]:
        """The next rows; blank ones at the end of the file are none."""
        rows: list[list[str]] = []
        what, cure = "", ""
        try:
            rows.extend(islice(self._reader, count))
        except UNPACK_ERRORS as error:
            what, cure = f"the file is cut short or damaged ({error})", "copy it again"
        except csv.Error as error:
            what, cure = f"this is no CSV row ({error})", "quote it as CSV does"
        except UnicodeDecodeError:
            what, cure = "here or soon after, text is not UTF-8", "save the file as UTF-8"
        if what:
            raise self.error(first + len(rows), what, cure=cure)
        self._check_expansion(first + len(rows))
        while rows and not rows[-1]:
            rows.pop()
        return rows

    def _wrong_width(self, first: int, rows: list[list[str]]) -> DataFolderError:
        at = next(at for at, row in enumerate(rows) if len(row) != len(self.columns))
        few = len(rows[at]) < len(self.columns)
        return self.error(
            first + at,
            f"{len(rows[at])} cells instead of {len(self.columns)}",
            cure="complete the row, or copy the file again if it was cut short"
            if few
            else "quote cells that hold commas",
        )

    def _no_number(self, row: int, name: str, text: str) -> DataFolderError:
        shown = text if len(text) <= 40 else f"{text[:40]}..."
        wanted = "seconds since 1970" if name == "timestamp" else "a plain number"
        cure = f"give {wanted}, or leave it empty"
        return self.error(row, f"{name} {shown!r} is no number", cure=cure)

    def _check_expansion(self, row: int) -> None:
        if self._binary is self._raw:
            return
        read, packed = self._binary.tell(), max(self._raw.tell(), 1)
        if read > EXPANSION_FLOOR and read > MAX_EXPANSION * packed:
            raise self.error(
                row,
                f"the file expands to more than {MAX_EXPANSION} times its size",
                cure="unpack it first if that is meant",
            )


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return np.inf


def _lines(text: TextIO) -> Iterator[str]:
    """The lines of a text, checked. (readline() is thrice as slow.)"""
    rest = ""
    while block := text.read(MAX_LINE):
        *lines, rest = (rest + block).split("\n")
        if "\0" in block or max(map(len, [*lines, rest])) > MAX_LINE:
            yield from map(_checked, [*lines, rest])  # raises at the bad one
        yield from [line + "\n" for line in lines]
    if rest:
        yield rest


def _checked(line: str) -> str:
    if len(line) > MAX_LINE:
        raise csv.Error(f"a line has more than {MAX_LINE:,} characters")
    if "\0" in line:
        raise csv.Error("it holds a zero byte")
    return line + "\n"


@contextmanager
def open_table(path: Path) -> Iterator[Table]:
    """The CSV file at `path`, its header read and checked."""
    path = Path(path)
    try:
        raw = path.open("rb")
    except OSError as error:
        raise DataFolderError(f"{path} cannot be read: {error.strerror}; name a file") from error
    with raw:
        packed = path.name.endswith(".gz")
        binary = cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if packed else raw
        with io.TextIOWrapper(binary, encoding="utf-8-sig", newline="") as text:
            table = Table(path, [], csv.reader(_lines(text), strict=True), raw, binary)
            table.read_header()
            yield table
