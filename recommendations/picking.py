"""Candidates become picks here: the first that may be shown, none twice, each with its reason.

Selectors and surfaces say which candidates there are and what speaks for each; the items are read
with all others of the page.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from catalog.models import Item
from recommendations import reasons
from recommendations.dataset import PersonEvent
from recommendations.ladder import Pick, Reason, Rung
from recommendations.visit import Visit


@dataclass(frozen=True)
class Candidate:
    """An item that may become a pick, and the events that speak for it, the strongest first."""

    item_id: int
    score: float
    rung: Rung
    events: tuple[PersonEvent, ...] = ()


def first(wanted: Sequence[Candidate], visit: Visit, *, limit: int) -> list[Pick]:
    """The first `limit` candidates that may be shown, none twice, with their reasons."""
    named = (event.item_id for candidate in wanted for event in candidate.events)
    items = visit.items([*(candidate.item_id for candidate in wanted), *named])
    best: dict[int, Candidate] = {}
    for candidate in wanted:
        if candidate.item_id in items:
            best.setdefault(candidate.item_id, candidate)
    return [
        Pick(
            item=items[pk],
            score=candidate.score,
            reason=_reason(candidate, items=items, not_liked=visit.not_liked),
            rung=candidate.rung,
        )
        for pk, candidate in list(best.items())[: max(limit, 0)]
    ]


def _reason(
    candidate: Candidate, *, items: Mapping[int, Item], not_liked: Collection[int]
) -> Reason:
    if candidate.rung in (Rung.STEERED, Rung.POPULAR, Rung.NEWEST, Rung.PINNED):
        return reasons.for_rung(candidate.rung)
    if candidate.rung is Rung.OWN:
        return reasons.for_unfinished(candidate.events[0])
    told = [event for event in candidate.events if event.item_id not in not_liked]
    return reasons.because_of(told, pick=candidate.item_id, items=items)
