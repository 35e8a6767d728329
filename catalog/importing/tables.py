"""A table: one file of a data set, and how its rows are parsed. Formats are lists of tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from catalog.importing.lines import (
    BadRow,
    Cells,
    Limits,
    Progress,
    RowReader,
    check_packed,
    read_lines,
)
from catalog.importing.rows import DataSetError, Refused, Row, parse_text

Parse = Callable[[list[str]], Row]
"""The cells of one row to a value; raises Refused."""


@dataclass(frozen=True)
class Table:
    path: Path
    holds: str  # what the report calls its rows: items, events, attributes, outside ids
    parser_for: Callable[[list[str], Path], Parse]  # checks the header, raises DataSetError
    encoding: str = "utf-8"
    separator: str = ","
    header: tuple[str, ...] | None = None  # for files that begin without one
    may_span_lines: bool = False

    def check(self, *, limits: Limits) -> None:
        """Raises DataSetError where the file is broken, harmful or empty, or lacks a column."""
        check_packed(self.path, limits=limits)
        self._open(limits=limits, progress=lambda read: None)

    def rows(self, *, limits: Limits, progress: Progress) -> Iterator[tuple[int, Row | Refused]]:
        """Line number and value of every row; what cannot be taken comes as Refused."""
        reader, parse, width = self._open(limits=limits, progress=progress)
        for row in reader.rows(width=width):
            yield row.line, _parsed(row, parse)

    def _open(self, *, limits: Limits, progress: Progress) -> tuple[RowReader, Parse, int]:
        reader = RowReader(
            read_lines(self.path, limits=limits, progress=progress),
            encoding=self.encoding,
            separator=self.separator,
            may_span_lines=self.may_span_lines,
        )
        header = list(self.header) if self.header else self._read_header(reader)
        repeated = {name for name in header if header.count(name) > 1}
        if repeated:
            raise DataSetError(
                _("%(file)s, line 1: column %(name)r occurs twice; remove or rename one")
                % {"file": self.path.name, "name": min(repeated)}
            )
        return reader, self.parser_for(header, self.path), len(header)

    def _read_header(self, reader: RowReader) -> list[str]:
        try:
            header = reader.header()
        except Refused as why:
            raise DataSetError(
                _("%(file)s, line 1: %(reason)s; %(cure)s")
                % {"file": self.path.name, "reason": why.reason, "cure": why.cure}
            ) from why
        if header is None:
            raise DataSetError(
                _("%(file)s is empty; it has to begin with a line of column names")
                % {"file": self.path.name}
            )
        return [parse_text(name) for name in header.cells]


def _parsed(row: Cells | BadRow, parse: Parse) -> Row | Refused:
    if isinstance(row, BadRow):
        return row.why
    try:
        return parse(row.cells)
    except Refused as why:
        return why


def require_columns(header: Sequence[str], wanted: Sequence[str], path: Path) -> None:
    missing = [name for name in wanted if name not in header]
    if missing:
        raise DataSetError(
            _("%(file)s, line 1: column %(name)r is missing; found: %(found)s")
            % {"file": path.name, "name": missing[0], "found": ", ".join(header) or "-"}
        )
