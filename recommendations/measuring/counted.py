"""Which rows are in figures: those of people whose activity counts.

Whoever pauses or becomes private has no rows left; this says it a second time, where figures are
made. (The rows themselves know nothing of the catalogue, since the engine loads their module.)
"""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model, QuerySet

from catalog.models import Person

Row = TypeVar("Row", bound=Model)


def counted(rows: QuerySet[Row]) -> QuerySet[Row]:
    """Those of the rows whose `person` is neither private nor paused."""
    return rows.exclude(person__in=Person.objects.uncounted().values("pk"))
