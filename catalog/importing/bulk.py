"""Many rows into one table with one prepared statement: ten times as fast as model instances.

The same SQL on SQLite and PostgreSQL. For events, of which there are millions, and for items that
are sent by the thousand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connections, models, router
from django.db.backends.base.base import BaseDatabaseWrapper


def upsert(
    model: type[models.Model],
    *,
    fields: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
    unique: Sequence[str] = (),
) -> None:
    """Inserts rows of values in the order of `fields`; where the `unique` fields are there
    already, the other fields are overwritten."""
    if not rows:
        return
    connection = connections[router.db_for_write(model)]
    quote = connection.ops.quote_name
    columns = {name: quote(_column(model, name)) for name in fields}
    sql = (
        f"INSERT INTO {quote(model._meta.db_table)} ({', '.join(columns.values())}) "
        f"VALUES ({', '.join(['%s'] * len(columns))})"
    )
    if unique:
        taken = [columns[name] for name in fields if name not in unique]
        sql += (
            f" ON CONFLICT ({', '.join(columns[name] for name in unique)}) DO UPDATE SET "
            + ", ".join(f"{column} = EXCLUDED.{column}" for column in taken)
        )
    _execute(connection, sql, rows)


def update(
    model: type[models.Model], *, fields: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Overwrites these fields of the rows whose primary key is the last value of each."""
    if not rows:
        return
    connection = connections[router.db_for_write(model)]
    quote = connection.ops.quote_name
    changes = ", ".join(f"{quote(_column(model, name))} = %s" for name in fields)
    key = quote(_column(model, model._meta.pk.name))
    sql = f"UPDATE {quote(model._meta.db_table)} SET {changes} WHERE {key} = %s"
    _execute(connection, sql, rows)


def _execute(connection: BaseDatabaseWrapper, sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
    times = [at for at, cell in enumerate(rows[0]) if isinstance(cell, datetime)]
    adapt = _time_adapter(connection)
    for at in times:
        rows = [(*row[:at], adapt(row[at]), *row[at + 1 :]) for row in rows]
    with connection.cursor() as cursor:
        cursor.executemany(sql, rows)


def _time_adapter(connection: BaseDatabaseWrapper) -> Callable[[datetime], Any]:
    """What the database takes for a time; on SQLite the same text as Django's, but sooner."""
    if connection.vendor == "sqlite" and connection.timezone == UTC:
        return lambda at: at.replace(tzinfo=None).isoformat(" ")
    return connection.ops.adapt_datetimefield_value


def _column(model: type[models.Model], name: str) -> str:
    column = model._meta.get_field(name).column  # type: ignore[union-attr]
    return str(column)
