"""Items as cards show them, by their ids."""

from __future__ import annotations

from collections.abc import Collection

from catalog.models import Item
from catalog.prepared import PreparedModels

LEAST_PREPARED, MOST_PREPARED = 8, 256
"""From so many to so many, the query is compiled once for each power of two."""


def cards_of(ids: Collection[int]) -> list[Item]:
    """Those of the items that may be shown, in no order. One query."""
    if not ids:
        return []
    if len(ids) > MOST_PREPARED:
        return list(Item.objects.listed().cards().filter(pk__in=ids))
    size = LEAST_PREPARED
    while size < len(ids):
        size *= 2
    return _CARDS.of(*ids, *[next(iter(ids))] * (size - len(ids)))


_CARDS = PreparedModels[Item](lambda *ids: Item.objects.listed().cards().filter(pk__in=ids))
