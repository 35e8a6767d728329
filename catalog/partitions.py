"""The table of views in monthly parts, on PostgreSQL: for sites with very many of them.

`convert` turns the ordinary table into a partitioned one, in one transaction; `make_ahead` is asked
every day for the parts of the coming months. Django goes on using the table as before: only its
primary key gets wider, to (id, viewed_at), as PostgreSQL wants it. Everything before the first
month is one part, and one more takes what fits in no other, so that no view is ever refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from catalog.models import ItemView

MONTHS_BACK, MONTHS_AHEAD = 24, 3
TABLE = ItemView._meta.db_table
OLD, OTHERS = f"{TABLE}_old", f"{TABLE}_others"


@dataclass(frozen=True, order=True)
class Month:
    """A calendar month of UTC: a part's bounds must not depend on the site's time zone."""

    number: int  # since the year 0

    @classmethod
    def of(cls, day: date) -> Month:
        return cls(day.year * 12 + day.month - 1)

    @property
    def start(self) -> str:
        return f"{self.number // 12:04}-{self.number % 12 + 1:02}-01 00:00:00+00"

    @property
    def table(self) -> str:
        return f"{TABLE}_{self.number // 12:04}_{self.number % 12 + 1:02}"


def is_possible() -> bool:
    return connection.vendor == "postgresql"


def is_partitioned() -> bool:
    if not is_possible():
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT relkind FROM pg_class WHERE oid = %s::regclass", [TABLE])
        return bool(cursor.fetchone() == ("p",))


@transaction.atomic
def convert(*, today: date | None = None) -> int:
    """Partitions the table, which waits for nobody else meanwhile; how many views were moved."""
    first = Month.of(today or timezone.now().date())
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {TABLE} IN ACCESS EXCLUSIVE MODE")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks to come stays
        indexes = _definitions(
            cursor,
            "SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema() AND tablename = %s"
            " AND indexname <> %s",
            [TABLE, f"{TABLE}_pkey"],
        )
        constraints = _definitions(
            cursor,
            "SELECT format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname,"
            " pg_get_constraintdef(oid)) FROM pg_constraint"
            " WHERE conrelid = %s::regclass AND contype = 'f'",
            [TABLE],
        )
        cursor.execute(f"SELECT COALESCE(MAX(id), 0), COUNT(*) FROM {TABLE}")
        newest, moved = cursor.fetchone()
        cursor.execute(f"ALTER TABLE {TABLE} RENAME TO {TABLE}_whole")
        cursor.execute(
            f"CREATE TABLE {TABLE} (LIKE {TABLE}_whole INCLUDING DEFAULTS INCLUDING IDENTITY)"
            " PARTITION BY RANGE (viewed_at)"
        )
        bound = Month(first.number - MONTHS_BACK)
        cursor.execute(
            f"CREATE TABLE {OLD} PARTITION OF {TABLE} FOR VALUES FROM (MINVALUE)"
            f" TO ('{bound.start}')"
        )
        cursor.execute(f"CREATE TABLE {OTHERS} PARTITION OF {TABLE} DEFAULT")
        for number in range(bound.number, first.number + MONTHS_AHEAD + 1):
            _make(cursor, Month(number))
        cursor.execute(f"INSERT INTO {TABLE} OVERRIDING SYSTEM VALUE SELECT * FROM {TABLE}_whole")
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [TABLE, max(newest, 1)]
        )
        cursor.execute(f"DROP TABLE {TABLE}_whole")
        cursor.execute(f"ALTER TABLE {TABLE} ADD PRIMARY KEY (id, viewed_at)")
        for statement in (*indexes, *constraints):
            cursor.execute(statement)
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    return int(moved)


@transaction.atomic
def make_ahead(*, today: date | None = None) -> list[str]:
    """The parts of this month and the next ones that were missing; none for an ordinary table."""
    if not is_partitioned():
        return []
    first = Month.of(today or timezone.now().date())
    with connection.cursor() as cursor:
        wanted = [Month(first.number + ahead) for ahead in range(MONTHS_AHEAD + 1)]
        missing = [month for month in wanted if not _exists(cursor, month)]
        if missing:
            cursor.execute(f"LOCK TABLE {TABLE} IN ACCESS EXCLUSIVE MODE")
            missing = [month for month in missing if not _exists(cursor, month)]
        for month in missing:
            _make(cursor, month)
    return [month.table for month in missing]


def _make(cursor: CursorWrapper, month: Month) -> None:
    """Makes a month's part, and moves there what came before it was made."""
    bounds = f"viewed_at >= '{month.start}' AND viewed_at < '{Month(month.number + 1).start}'"
    cursor.execute(f"CREATE TABLE {month.table} (LIKE {TABLE} INCLUDING DEFAULTS)")
    cursor.execute(
        f"WITH moved AS (DELETE FROM {OTHERS} WHERE {bounds} RETURNING *)"
        f" INSERT INTO {month.table} SELECT * FROM moved"
    )
    cursor.execute(
        f"ALTER TABLE {TABLE} ATTACH PARTITION {month.table}"
        f" FOR VALUES FROM ('{month.start}') TO ('{Month(month.number + 1).start}')"
    )


def _exists(cursor: CursorWrapper, month: Month) -> bool:
    cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [month.table])
    return bool(cursor.fetchone()[0])


def _definitions(cursor: CursorWrapper, query: str, values: list[str]) -> list[str]:
    cursor.execute(query, values)
    return [row[0] for row in cursor.fetchall()]
