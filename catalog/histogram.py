"""How the ratings of one item are spread over the half stars."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count

from catalog.models import MAX_HALF_STARS, MIN_HALF_STARS, Item, Rating


@dataclass(frozen=True)
class Bar:
    """One bar: its rating, how many gave it, and its height in percent of the highest."""

    half_stars: int
    count: int
    height: int

    @property
    def stars(self) -> float:
        return self.half_stars / 2

    @property
    def top(self) -> int:
        return 100 - self.height


def histogram_of(item: Item) -> list[Bar]:
    """Ten bars, from half a star to five; empty where nobody rated. One query over an index."""
    counts = dict(
        Rating.objects.counted()
        .filter(item=item)
        .order_by()
        .values_list("half_stars")
        .annotate(count=Count("pk"))
    )
    if not counts:
        return []
    highest = max(counts.values())
    return [
        Bar(half, counts.get(half, 0), -(-100 * counts.get(half, 0) // highest))
        for half in range(MIN_HALF_STARS, MAX_HALF_STARS + 1)
    ]
