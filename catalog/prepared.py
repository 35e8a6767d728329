"""Queries that Django compiles once a process, not once a page.

Compiling a union of three tables, or a join with all its fields, takes longer than SQLite or
PostgreSQL needs to answer it. Only for queries that nearly each request asks, and that differ in a
few values alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators

STAND_IN = -(2**62) - 1
"""Stands for a value while a query is compiled: no row has such an id. Further ones count down."""
NEVER = 2**31
"""So often must psycopg see a question that did not ask for it to have its plan kept."""
M = TypeVar("M", bound=Model)


class Prepared:
    """A query about the person whose id it is given; `build` must use that as a value."""

    def __init__(self, build: Callable[[int], QuerySet[Any, Any]]) -> None:
        self._build = build
        self._compiled: dict[str, tuple[str, Sequence[Any]]] = {}  # by kind of database

    def rows(self, person_id: int) -> list[tuple[Any, ...]]:
        """One query; its values are as the database's driver gives them."""
        if connection.vendor not in self._compiled:
            query = self._build(STAND_IN).query
            self._compiled[connection.vendor] = query.sql_with_params()
        sql, values = self._compiled[connection.vendor]
        return _ask(sql, [person_id if value == STAND_IN else value for value in values])


@dataclass(frozen=True)
class _Compiled:
    """A query with how its rows become objects, as `django.db.models.query.ModelIterable` does."""

    sql: str
    values: Sequence[Any]
    model: type[Model]
    fields: tuple[slice, list[str]]
    related: list[Any]
    annotations: dict[str, int]
    converters: list[tuple[int, list[Callable[..., Any]], Any]]

    @staticmethod
    def of(found: QuerySet[Any]) -> _Compiled:
        compiler = found.query.get_compiler(connection=connection)
        sql, values = compiler.as_sql()
        info, select = compiler.klass_info or {}, compiler.select or []
        own = slice(info["select_fields"][0], info["select_fields"][-1] + 1)
        expressions = [column[0] for column in select]
        return _Compiled(
            sql,
            values,
            info["model"],
            (own, [column[0].target.attname for column in select[own]]),
            get_related_populators(info, select, DEFAULT_DB_ALIAS),  # type: ignore[call-arg]
            compiler.annotation_col_map or {},
            [(at, *both) for at, both in compiler.get_converters(expressions).items()],
        )

    def objects(self, values: Sequence[Any]) -> list[Any]:
        own, names = self.fields
        found, database = [], connections[DEFAULT_DB_ALIAS]
        for row in _ask(self.sql, values):
            if self.converters:
                changed = list(row)
                for at, converters, expression in self.converters:
                    for convert in converters:
                        changed[at] = convert(changed[at], expression, database)
                row = tuple(changed)
            one = self.model.from_db(DEFAULT_DB_ALIAS, names, row[own])
            for populator in self.related:
                populator.populate(row, one)
            for name, at in self.annotations.items():
                setattr(one, name, row[at])
            found.append(one)
        return found


class PreparedModels(Generic[M]):
    """A query for objects, with what it joins and annotates but for prefetched ones.

    `build` gets the values that it is asked for, or what stands for them, and must use each as a
    value.
    """

    def __init__(self, build: Callable[..., QuerySet[M]]) -> None:
        self._build = build
        self._compiled: dict[tuple[str, int], _Compiled] = {}  # by kind of database, and how many

    def of(self, *values: Any) -> list[M]:
        """One query."""
        key = (connection.vendor, len(values))
        if key not in self._compiled:
            self._compiled[key] = _Compiled.of(self._build(*stand_ins(len(values))))
        compiled = self._compiled[key]
        place = {str(one): value for one, value in zip(stand_ins(len(values)), values, strict=True)}
        return compiled.objects([place.get(str(value), value) for value in compiled.values])


def stand_ins(count: int) -> list[int]:
    return [STAND_IN - at for at in range(count)]


def _ask(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with _cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def _cursor() -> Any:
    """Django's cursor; on PostgreSQL one whose plans the server keeps, which Django's are not."""
    database: Any = connections[DEFAULT_DB_ALIAS]
    if database.vendor != "postgresql" or not settings.DATABASE_KEEPS_PLANS:
        return database.cursor()
    database.ensure_connection()
    if database.connection.prepare_threshold is None:  # Django's: nothing is ever prepared
        database.connection.prepare_threshold = NEVER
    return database._prepare_cursor(_planned_once()(database.connection))


@cache
def _planned_once() -> type[Any]:
    from django.db.backends.postgresql.base import ServerBindingCursor  # needs psycopg

    class PlannedOnce(ServerBindingCursor):
        def execute(self, sql: str, values: Any = None) -> Any:
            return super().execute(sql, values, prepare=True)  # type: ignore[misc]

    return PlannedOnce
