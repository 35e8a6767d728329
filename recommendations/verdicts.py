"""What the live model says of one item for one person: a predicted rating, and what moved it.

Item pages and opened cards ask. Nothing is said where there is no model, where it knows neither the
item nor anything of the person, or where its interval would hold every rating there is.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor

import numpy as np

from catalog.models import MAX_HALF_STARS, MIN_HALF_STARS, Item
from recommendations import reasons, selectors
from recommendations.dataset import as_history
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
    if visit.model is None or not visit.used:
        return None
    known_items = visit.model.recommender.items
    history, known = as_history(visit.used[-selectors.RECENT_EVENTS :], known_items)
    row = known_items.row(str(item.pk))
    if row < 0 or not known:
        return None

    def question(model: LiveModel) -> Prediction:
        rows = np.array([row], dtype=np.int32)
        stars, low, high = model.recommender.predict_rating(history, rows)
        return Prediction.of(stars=float(stars[0]), low=float(low[0]), high=float(high[0]))

    prediction = visit.ask_model(question)
    return prediction if prediction is not None and prediction.says_something else None


def why(visit: Visit, item: Item) -> list[Reason]:
    """The person's own doings that raise this item for them, the strongest first; at most three."""
    if visit.model is None or not visit.used:
        return []
    known_items = visit.model.recommender.items
    history, known = as_history(visit.used[-selectors.RECENT_EVENTS :], known_items)
    row = known_items.row(str(item.pk))
    if row < 0 or not known or selectors.rung_of(visit.model) is Rung.POPULAR:
        return []

    def question(model: LiveModel) -> list[int]:
        return selectors.causes_of(model, history, np.array([row], dtype=np.int32))[0]

    events = [known[at] for at in visit.ask_model(question) or []]
    items = visit.items(event.item_id for event in events)
    told = [event for event in events if event.item_id not in visit.not_liked]
    return reasons.each_of(told, pick=item.pk, items=items, most=MOST_REASONS)
