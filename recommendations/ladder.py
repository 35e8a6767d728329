"""What is shown where no model can say anything, and the order in which it is tried.

`selectors` steps down these rungs until a panel is full. The ids of popular, new and withdrawn
items are the same for everybody and are kept in the cache for a short while; whoever shows an
item reads it again from the database, so that a withdrawn one is never shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db.models import Q, TextChoices
from django.utils.translation import gettext_lazy as _

from catalog.models import Item

FRESH_SECONDS = 60
MOST_FALLBACKS = 100
"""How many popular and new items are known by heart: enough for those who have seen many."""


class Rung(TextChoices):
    """What a list is made from, best first."""

    PERSONAL = "personal", _("The model, from what you did")
    PREVIOUS = "previous", _("The model before, from what you did")
    CO_OCCURRENCE = "co-occurrence", _("What goes with what you did")
    POPULAR = "popular", _("Popular here")
    NEWEST = "newest", _("New here")
    EMPTY = "empty", _("Nothing yet")


@dataclass(frozen=True)
class Reason:
    """Why an item is shown: a sentence, and the ids of the items that it names."""

    text: str
    item_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class Pick:
    """An item that is shown, how strongly, why, and from which rung."""

    item: Item
    score: float
    reason: Reason
    rung: Rung


@dataclass(frozen=True)
class Picks:
    """A list of items with what it is made from; `rung` is the best one that it stands on."""

    items: list[Pick]
    rung: Rung
    model_label: str | None
    explanation: str

    @classmethod
    def of(cls, items: list[Pick], *, model_label: str | None, explanation: str) -> Picks:
        """The list, on the best rung of any of its items; an empty one explains nothing."""
        order = list(Rung)
        rung = min((pick.rung for pick in items), key=order.index, default=Rung.EMPTY)
        return cls(items, rung, model_label, explanation if items else "")


def popular_ids() -> list[int]:
    """The items with most ratings and views, most first; only such as have any."""
    met = Item.objects.listed().filter(Q(rating_count__gt=0) | Q(view_count__gt=0))
    return _remembered("popular", met.popular())


def newest_ids() -> list[int]:
    return _remembered("newest", Item.objects.listed().newest())


def _remembered(name: str, items: Any) -> list[int]:
    key = f"recommendations:{name}"
    ids: list[int] | None = cache.get(key)
    if ids is None:
        ids = list(items.values_list("pk", flat=True)[:MOST_FALLBACKS])
        cache.set(key, ids, FRESH_SECONDS)
    return ids
