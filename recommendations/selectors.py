"""From a person's events to the items of a panel: `for_you`, `popular`, `newest`, `carry_on`."""

from __future__ import annotations

from collections.abc import Iterable

from catalog.models import Item, Person
from recommendations import ladder, reasons
from recommendations.ladder import Pick, Picks, Rung

__all__ = ["Pick", "Picks", "carry_on", "for_you", "newest", "popular", "similar_to"]


def for_you(person: Person | None, *, limit: int = 24) -> Picks:
    shown = _fallback(Rung.POPULAR, ladder.popular_ids(), limit=limit)
    return Picks.of(shown, model_label=None, explanation=reasons.explain_rung(Rung.POPULAR))


def similar_to(item: Item, *, limit: int = 12) -> Picks:
    return Picks.of([], model_label=None, explanation="")


def popular(*, limit: int = 24) -> Picks:
    shown = _fallback(Rung.POPULAR, ladder.popular_ids(), limit=limit)
    return Picks.of(shown, model_label=None, explanation="")


def newest(*, limit: int = 24) -> Picks:
    shown = _fallback(Rung.NEWEST, ladder.newest_ids(), limit=limit)
    return Picks.of(shown, model_label=None, explanation="")


def carry_on(person: Person | None, *, limit: int = 24) -> Picks:
    return Picks.of([], model_label=None, explanation="")


def _fallback(rung: Rung, ids: Iterable[int], *, limit: int) -> list[Pick]:
    found = Item.objects.listed().defer("description", "search_text").in_bulk(list(ids)[:limit])
    return [Pick(found[pk], 0.0, reasons.for_rung(rung), rung) for pk in ids if pk in found]
