"""What the live model says of an item for one person: a predicted rating, and what moved it.

Item pages, opened cards and the API ask. Nothing is said where there is no model, where it knows
neither the item nor anything of the person, or where its interval would hold every rating there is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor

from catalog.models import MAX_HALF_STARS, MIN_HALF_STARS, Item
from ml.snapshot import History, Rows
from recommendations import reasons, selectors
from recommendations.dataset import PersonEvent, as_history
from recommendations.engine import LiveModel
from recommendations.ladder import Reason, Rung
from recommendations.visit import Visit

MOST_REASONS = 3
ROUNDING = 1e-4
"""What a float32 may be off: an end that lies on a half star stays on it."""


@dataclass(frozen=True)
class Prediction:
    """Half stars, as people rate: what is expected, and between which eight in ten will be."""

    half_stars: int
    low: int
    high: int

    @classmethod
    def of(cls, *, stars: float, low: float, high: float) -> Prediction:
        """Rounding the ends inwards leaves out no rating that lies between them."""
        lowest, highest = ceil(2 * low - ROUNDING), floor(2 * high + ROUNDING)
        if lowest > highest:  # both between two neighbours
            lowest = highest = round(2 * stars)
        lowest, highest = max(lowest, MIN_HALF_STARS), min(highest, MAX_HALF_STARS)
        return cls(min(max(round(2 * stars), lowest), highest), lowest, highest)

    @property
    def stars(self) -> float:
        return self.half_stars / 2

    @property
    def low_stars(self) -> float:
        return self.low / 2

    @property
    def high_stars(self) -> float:
        return self.high / 2

    @property
    def says_something(self) -> bool:
        return (self.low, self.high) != (MIN_HALF_STARS, MAX_HALF_STARS)


def predicted(visit: Visit, item: Item) -> Prediction | None:
    """The rating that this person will give, as far as the model can tell."""
    return predicted_for(visit, [item.pk]).get(item.pk)


def predicted_for(visit: Visit, item_ids: Sequence[int]) -> dict[int, Prediction]:
    """The same for many items, by their ids; those of which nothing can be said are missing."""
    asked = _asked(visit, item_ids)
    if asked is None:
        return {}

    def question(model: LiveModel) -> list[Prediction]:
        parts = model.recommender.predict_rating(asked.history, asked.rows)
        return [
            Prediction.of(stars=stars, low=low, high=high)
            for stars, low, high in zip(*(part.tolist() for part in parts), strict=True)
        ]

    found = zip(asked.item_ids, visit.ask_model(question) or [], strict=False)
    return {pk: prediction for pk, prediction in found if prediction.says_something}


def why(visit: Visit, item: Item) -> list[Reason]:
    """The person's own doings that raise this item for them, the strongest first; at most three."""
    return why_for(visit, [item.pk]).get(item.pk, [])


def why_for(visit: Visit, item_ids: Sequence[int]) -> dict[int, list[Reason]]:
    """The same for many items, by their ids."""
    asked = _asked(visit, item_ids)
    if asked is None or visit.model is None or selectors.rung_of(visit.model) is Rung.POPULAR:
        return {}

    def question(model: LiveModel) -> list[list[int]]:
        return selectors.causes_of(model, asked.history, asked.rows)

    causes = visit.ask_model(question) or []
    items = visit.items(asked.known[at].item_id for cause in causes for at in cause)
    found: dict[int, list[Reason]] = {}
    for pk, cause in zip(asked.item_ids, causes, strict=False):
        events = [asked.known[at] for at in cause]
        told = [event for event in events if event.item_id not in visit.not_liked]
        found[pk] = reasons.each_of(told, pick=pk, items=items, most=MOST_REASONS)
    return found


@dataclass(frozen=True)
class _Asked:
    """What a model knows of a person, and of the items that it is asked about."""

    history: History
    known: Sequence[PersonEvent]  # the events in the history
    item_ids: Sequence[int]
    rows: Rows


def _asked(visit: Visit, item_ids: Sequence[int]) -> _Asked | None:
    """None where there is nothing to ask."""
    if visit.model is None or not visit.used:
        return None
    items = visit.model.recommender.items
    history, known = as_history(visit.used[-selectors.RECENT_EVENTS :], items)
    rows = items.rows(map(str, item_ids))
    its_own = [pk for pk, row in zip(item_ids, rows, strict=True) if row >= 0]
    return _Asked(history, known, its_own, rows[rows >= 0]) if its_own and known else None
