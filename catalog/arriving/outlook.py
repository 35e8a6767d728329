"""What taking an import in would change: what the file says beside what the person has here.

Nothing is written; `taking` decides by the same rule when it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from catalog.arriving.models import Arrival, ArrivalRow
from catalog.arriving.taking import wins
from catalog.models import Person, Rating, ShelfEntry

NEW, CHANGED, KEPT = "new", "changed", "kept"


class Here(NamedTuple):
    """What somebody has for one item."""

    half_stars: int | None = None
    rated_at: datetime | None = None
    shelf: str = ""
    shelved_at: datetime | None = None

    @property
    def shelf_name(self) -> str:
        return str(ShelfEntry.Shelf(self.shelf).label) if self.shelf else ""


def here(person: Person, items: Collection[int] | None = None) -> dict[int, Here]:
    """By item; of these items, or of all. Two queries."""
    of = {} if items is None else {"item__in": items}
    ratings = Rating.objects.filter(person=person, **of)
    shelves = ShelfEntry.objects.filter(person=person, **of)
    found = {
        item: Here(half_stars, at)
        for item, half_stars, at in ratings.values_list("item_id", "half_stars", "rated_at")
    }
    for item, shelf, at in shelves.values_list("item_id", "shelf", "shelved_at"):
        found[item] = found.get(item, Here())._replace(shelf=shelf, shelved_at=at)
    return found


def outlook(arrival: Arrival) -> dict[str, Counter[str]]:
    """For each policy, how many ratings and shelves would be new, changed or kept."""
    own = here(arrival.person)
    rows = ArrivalRow.objects.filter(arrival=arrival, item__isnull=False, is_skipped=False)
    fields = ("item_id", "half_stars", "rated_at", "shelf", "shelved_at")
    found: dict[str, Counter[str]] = {policy: Counter() for policy in Arrival.Policy.values}
    for row in rows.only(*fields).order_by():
        mine = own.get(row.item_id or 0, Here())
        for policy, counts in found.items():
            counts.update(_outcomes(row, mine, policy=policy))
    return found


def _outcomes(row: ArrivalRow, mine: Here, *, policy: str) -> list[str]:
    return [
        NEW if not had else CHANGED if had_at is not None and wins(at, had_at, policy) else KEPT
        for brought, at, had, had_at in (
            (row.half_stars, row.rated_at, mine.half_stars, mine.rated_at),
            (row.shelf, row.shelved_at, mine.shelf, mine.shelved_at),
        )
        if brought and brought != had
    ]
