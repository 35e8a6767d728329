"""What became of every row: counted by file, and each refused one written to a CSV file."""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from django.utils.translation import gettext as _

from catalog.importing.rows import Refused, defused

OUTCOMES = ("new", "changed", "same", "superseded", "refused")
REJECT_COLUMNS = ("file", "line", "field", "value", "reason", "cure")
MAX_VALUE = 200


class Report:
    """Counts of rows, as (file, what they are) to outcome. Attribute values are counted apart:
    a file may hold several in one row."""

    def __init__(self, rejects: Rejects | None = None) -> None:
        self.rows: dict[str, int] = Counter()
        self.outcomes: dict[tuple[str, str], Counter[str]] = {}
        self.values: Counter[str] = Counter()
        self.reasons: Counter[tuple[str, str]] = Counter()
        self.removed_values = 0
        self._rejects = rejects

    def read(self, file: str, *, rows: int = 1) -> None:
        self.rows[file] += rows

    def count(self, file: str, what: str, outcome: str, number: int = 1) -> None:
        self.outcomes.setdefault((file, what), Counter())[outcome] += number

    def refuse(self, file: str, what: str, *, line: int, why: Refused) -> None:
        self.count(file, what, "refused")
        self.reasons[(file, why.reason)] += 1
        if self._rejects is not None:
            self._rejects.write(file, line, why)

    def total(self, outcome: str) -> int:
        return sum(counts[outcome] for counts in self.outcomes.values())

    @property
    def changed_something(self) -> bool:
        return bool(self.total("new") or self.total("changed"))

    def adds_up(self) -> bool:
        """Every row of every file has exactly one outcome."""
        sums: Counter[str] = Counter()
        for (file, _what), counts in self.outcomes.items():
            sums[file] += sum(counts.values())
        return all(sums[file] == rows for file, rows in self.rows.items())

    def lines(self) -> Iterator[str]:
        """The table, for people."""
        yield _row(_("file"), _("what"), _("rows"), *OUTCOMES)
        for (file, what), counts in self.outcomes.items():
            yield _row(file, what, sum(counts.values()), *(counts[name] for name in OUTCOMES))
        if self.values:
            total = sum(self.values.values())
            yield _row("", _("attribute values"), total, *(self.values[name] for name in OUTCOMES))
        if self.removed_values:
            yield _("%(number)d attribute values are gone from the file, and from their items") % {
                "number": self.removed_values
            }
        for (file, reason), number in self.reasons.most_common():
            yield _("refused: %(number)d rows of %(file)s: %(reason)s") % {
                "number": number,
                "file": file,
                "reason": reason,
            }
        rows = " + ".join(f"{number} ({file})" for file, number in self.rows.items())
        yield _("rows read: %(rows)s; the outcomes add up: %(verdict)s") % {
            "rows": rows,
            "verdict": _("yes") if self.adds_up() else _("NO, please report this"),
        }


def _row(file: str, what: str, *numbers: object) -> str:
    return f"{file:<22} {what:<17}" + "".join(f"{number:>11}" for number in numbers)


class Rejects:
    """The file of refused rows; written beside its place and moved there at the end.

    It appears only where a row was refused, or where `always` asks for it.
    """

    def __init__(self, path: Path, *, always: bool) -> None:
        self.path, self._always = path, always
        self._partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
        self._stream: IO[str] | None = None
        self._writer: Any = None
        self.count = 0

    def __enter__(self) -> Self:
        if self._always:
            self._open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._stream is not None:
            self._stream.close()
            os.replace(self._partial, self.path)

    def _open(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._stream = self._partial.open("w", newline="", encoding="utf-8")
        self._writer = csv.writer(self._stream)
        self._writer.writerow(REJECT_COLUMNS)

    def write(self, file: str, line: int, why: Refused) -> None:
        if self._stream is None:
            self._open()
        cells = [file, line, why.field, why.value[:MAX_VALUE], why.reason, why.cure]
        self._writer.writerow([defused(str(cell)) for cell in cells])
        self.count += 1
