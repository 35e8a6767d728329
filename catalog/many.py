"""Questions about many rows at once, by their ids, keys, or pairs of a person and an item.

PostgreSQL takes any number of values as one array, so one question does: a list of placeholders
costs more to write and to read than the rows do to find. Other databases are asked some hundreds
at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from types import NoneType
from typing import Any, TypeVar

from django.db import connections
from django.db.models import QuerySet

T = TypeVar("T")
LOOK_UP = 500  # ids, or pairs of them, in one question, below every database's limit


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


CELLS: Mapping[type, Callable[[Any], str]] = {
    int: int.__repr__,
    bool: lambda flag: "t" if flag else "f",
    float: float.__repr__,
    datetime: datetime.isoformat,
    str: _quoted,
    NoneType: lambda _none: "NULL",
}


def as_array(values: Sequence[Any]) -> Any:
    """The values as PostgreSQL writes an array; as they are where the driver has to say how."""
    try:
        return "{" + ",".join([CELLS[type(value)](value) for value in values]) + "}"
    except KeyError:
        return list(values)


def batches(rows: Iterator[T], size: int) -> Iterator[list[T]]:
    """Lists of at most `size`; the last may be shorter."""
    while batch := list(islice(rows, size)):
        yield batch


def having(rows: Any, field: str, wanted: Iterable[Any]) -> Iterator[Any]:
    """Querysets that have the rows whose field is one of these."""
    known = sorted(set(wanted))
    if known and connections[rows.db].vendor == "postgresql":
        where = f"{_column(rows, field)} = ANY({_array_of(rows, field)})"
        yield rows.extra(where=[where], params=[as_array(known)])
        return
    for some in batches(iter(known), LOOK_UP):
        yield rows.filter(**{f"{field}__in": some})


def having_pairs(
    rows: Any, fields: tuple[str, str], wanted: Iterable[tuple[Any, Any]]
) -> Iterator[Any]:
    """Querysets that have the rows whose two fields together are one of these pairs."""
    known = sorted(set(wanted))
    columns = ", ".join(_column(rows, field) for field in fields)
    if known and connections[rows.db].vendor == "postgresql":
        arrays = ", ".join(_array_of(rows, field) for field in fields)
        where = f"({columns}) IN (SELECT * FROM UNNEST({arrays}))"
        yield rows.extra(
            where=[where], params=[as_array(side) for side in zip(*known, strict=True)]
        )
        return
    for some in batches(iter(known), LOOK_UP):
        where = f"({columns}) IN (VALUES {', '.join(['(%s, %s)'] * len(some))})"
        yield rows.extra(where=[where], params=[one for pair in some for one in pair])


def _column(rows: QuerySet[Any, Any], field: str) -> str:
    meta = rows.model._meta
    return f'"{meta.db_table}"."{_field(rows, field).column}"'


def _array_of(rows: QuerySet[Any, Any], field: str) -> str:
    """A placeholder of its type; a text that is too long finds nothing, and is not cut off."""
    kind = str(_field(rows, field).db_type(connections[rows.db]))
    return f"%s::{'text' if kind.startswith('varchar') else kind}[]"


def _field(rows: QuerySet[Any, Any], name: str) -> Any:
    meta = rows.model._meta
    return meta.pk if name == "pk" else meta.get_field(name)
