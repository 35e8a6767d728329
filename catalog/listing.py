"""The items of a browse page in order: the same for everybody, or by one person's taste.

The neutral order asks nobody who is looking. The personal one takes the first of the neutral order
and sorts them anew by what `catalog.personal` says of this person; a query's closer matches stay
before its looser ones. Each entry says how far taste moved it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median
from typing import overload

from django.db.models import F, FloatField
from django.db.models.functions import Cast
from django.utils.translation import ngettext

from catalog.matches import Matches
from catalog.models import Item, ItemQuerySet
from catalog.popularity import POPULAR

PERSONAL = "for-you"
MOST_JUDGED = 1000
"""So many items of the neutral order are put in a personal one."""
DOUBTED_RATINGS, DOUBTED_HALF_STARS = 5, 35
"""Sorting by rating counts this many ratings more, of 3.5 stars: one lone 5 is not the best."""
LOOSER = (0, 1, 1, 1, 2, 3)
"""By `match` of a hit: taste moves hits only among those that match as closely."""
Judge = Callable[[Sequence[int]], Mapping[int, float] | None]


@dataclass(frozen=True)
class Entry:
    """An item in a list, and by how many places taste moved it up."""

    item: Item
    moved: int = 0

    @property
    def reason(self) -> str:
        if self.moved > 0:
            text = ngettext("%(n)d place up for you", "%(n)d places up for you", self.moved)
        elif self.moved < 0:
            text = ngettext("%(n)d place down for you", "%(n)d places down for you", -self.moved)
        else:
            return ""
        return text % {"n": abs(self.moved)}


class Listing(Sequence[Entry]):
    """A list to take pages from; `judge` is asked where the order is personal."""

    def __init__(self, matches: Matches, *, order: str, judge: Judge | None = None) -> None:
        self.matches, self._order, self._judge = matches, order, judge

    def __len__(self) -> int:
        return self.matches.count

    @overload
    def __getitem__(self, at: int) -> Entry: ...
    @overload
    def __getitem__(self, at: slice) -> list[Entry]: ...
    def __getitem__(self, at: int | slice) -> Entry | list[Entry]:
        if isinstance(at, int):
            return self[at : at + 1][0]
        start, stop, _step = at.indices(len(self))
        head = self._head[start:stop]
        found = Item.objects.cards().in_bulk([pk for pk, _moved in head])
        entries = [Entry(found[pk], moved) for pk, moved in head if pk in found]
        start = max(start, len(self._head))
        if start < stop:
            entries += [Entry(item) for item in self._neutral.cards()[start:stop]]
        return entries

    @property
    def is_personal(self) -> bool:
        """Whether the order is one person's own: asked for, and something is known of them."""
        return self._order == PERSONAL and self._scores is not None

    @cached_property
    def _neutral(self) -> ItemQuerySet:
        return in_order(self.matches.items, self._neutral_order)

    @property
    def _neutral_order(self) -> str:
        if self._order != PERSONAL:
            return self._order
        return "match" if self.matches.narrowing.query else "popular"

    @cached_property
    def _head(self) -> list[tuple[int, int]]:
        """The first items whose order is known one by one, and how far each was moved."""
        if self.is_personal:
            return self._by_taste()
        if self._neutral_order == "match" and self.matches.rows is not None:
            return [(hit.pk, 0) for hit in self.matches.hits]
        return []

    @cached_property
    def _first(self) -> list[tuple[int, int]]:
        """The first items of the neutral order, and how loosely each matches."""
        if self.matches.rows is not None and self._neutral_order == "match":
            return [(hit.pk, LOOSER[hit.match]) for hit in self.matches.hits[:MOST_JUDGED]]
        if self._neutral_order == "match":
            pairs = self._neutral.values_list("pk", "match")  # type: ignore[misc]
            return [(pk, LOOSER[match]) for pk, match in pairs[:MOST_JUDGED]]
        return [(pk, 0) for pk in self._neutral.values_list("pk", flat=True)[:MOST_JUDGED]]

    @cached_property
    def _scores(self) -> Mapping[int, float] | None:
        return self._judge([pk for pk, _looser in self._first]) if self._judge else None

    def _by_taste(self) -> list[tuple[int, int]]:
        scores = self._scores or {}
        unknown = median(scores.values()) if scores else 0.0
        places = {pk: at for at, (pk, _looser) in enumerate(self._first)}
        ordered = sorted(
            self._first, key=lambda one: (one[1], -scores.get(one[0], unknown), places[one[0]])
        )
        return [(pk, places[pk] - at) for at, (pk, _looser) in enumerate(ordered)]


def in_order(items: ItemQuerySet, order: str) -> ItemQuerySet:
    """Items in an order that is the same for everybody."""
    if order == "match":
        return items.order_by("match", *POPULAR)  # type: ignore[misc]
    if order == "rating":
        mean = Cast(F("half_star_sum") + DOUBTED_HALF_STARS, FloatField()) / (
            F("rating_count") + DOUBTED_RATINGS
        )
        return items.order_by(mean.desc(), "-rating_count", "pk")
    if order == "newest":
        return items.newest()
    if order == "title":
        return items.order_by("title_key", "title", "pk")
    return items.popular()
