"""Queries that Django compiles once a process, not once a page.

Compiling a union of three tables takes longer than SQLite or PostgreSQL needs to answer it. Only
for queries that each page asks, and that differ in whom they are about alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection
from django.db.models import QuerySet

STAND_IN = -(2**62) - 1
"""Stands for the person while a query is compiled: no row has such an id."""


class Prepared:
    """A query about the person whose id it is given; `build` must use that as a value."""

    def __init__(self, build: Callable[[int], QuerySet[Any, Any]]) -> None:
        self._build = build
        self._compiled: dict[str, tuple[str, Sequence[Any]]] = {}  # by kind of database

    def rows(self, person_id: int) -> list[tuple[Any, ...]]:
        """One query; its values are as the database's driver gives them."""
        with connection.cursor() as cursor:
            cursor.execute(*self.sql(person_id))
            return list(cursor.fetchall())

    def sql(self, person_id: int = STAND_IN) -> tuple[str, list[Any]]:
        """The query and its parameters, for `Model.objects.raw`."""
        if connection.vendor not in self._compiled:
            query = self._build(STAND_IN).query
            self._compiled[connection.vendor] = query.sql_with_params()
        sql, values = self._compiled[connection.vendor]
        return sql, [person_id if value == STAND_IN else value for value in values]
