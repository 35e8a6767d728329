"""One person's ratings as arrays, and what the others gave the same items. One query.

Only the person's own pages read this; what is made of it is never kept. Withdrawn items are left
out, as everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from django.utils import timezone
from numpy.typing import NDArray

from catalog.models import Person, Rating
from recommendations.my_taste.community import (
    FEWEST_PEOPLE,
    Community,
    Numbers,
)


@dataclass(frozen=True)
class Own:
    """Ratings, oldest first, each with what other people who are not private gave the item."""

    item_ids: Numbers  # (N,)
    half_stars: Numbers  # (N,)
    days: Numbers  # (N,) ordinals of local dates
    other_counts: Numbers  # (N,)
    other_sums: Numbers  # (N,)
    is_counted: Numbers  # (N,) 1 where others' figures know this very rating

    def __len__(self) -> int:
        return len(self.item_ids)

    def where(self, chosen: NDArray[np.bool_]) -> Own:
        return Own(
            self.item_ids[chosen],
            self.half_stars[chosen],
            self.days[chosen],
            self.other_counts[chosen],
            self.other_sums[chosen],
            self.is_counted[chosen],
        )

    def of_year(self, year: int) -> Own:
        first, last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
        return self.where((self.days >= first) & (self.days <= last))

    @property
    def years(self) -> list[int]:
        """The years in which something was rated, the latest first."""
        return sorted({date.fromordinal(day).year for day in set(self.days.tolist())}, reverse=True)

    @property
    def mean(self) -> float | None:
        """In stars."""
        return float(self.half_stars.mean()) / 2 if len(self) else None

    @property
    def told(self) -> NDArray[np.bool_]:
        """(N,): whether enough others rated the item to say what they think."""
        return self.other_counts >= FEWEST_PEOPLE

    @property
    def beyond(self) -> NDArray[np.float64]:
        """(N,): by how many stars each rating is above the others' mean; NaN where untold."""
        means = self.other_sums / np.maximum(self.other_counts, 1)
        return np.where(self.told, (self.half_stars - means) / 2, np.nan)

    def others(self, everybody: Community) -> Community:
        """Everybody but this person. Counts of own items are those of this very moment."""
        rows = everybody.rows(self.item_ids)
        known = rows >= 0
        counts, sums = everybody.counts.copy(), everybody.sums.copy()
        counts[rows[known]] = self.other_counts[known]
        sums[rows[known]] = self.other_sums[known]
        own = np.bincount(self.half_stars[self.is_counted > 0], minlength=11)[1:11]
        histogram = np.maximum(everybody.histogram - own, 0)
        return replace(everybody, counts=counts, sums=sums, histogram=histogram)


def own_ratings(person: Person | None) -> Own:
    """Of somebody who has not done anything yet, none."""
    if person is None:
        return _arrays([])
    own = Rating.objects.filter(person=person, item__is_listed=True)
    fields = ("item_id", "half_stars", "rated_at", "item__rating_count", "item__half_star_sum")
    rows = own.order_by("rated_at", "pk").values_list(*fields, "is_private", "is_held")
    zone, table = timezone.get_current_timezone(), []
    for item_id, half_stars, rated_at, count, total, is_private, is_held in rows:
        day = rated_at.astimezone(zone).toordinal()
        counts = int(person.is_counted and not is_private and not is_held)
        others = (count - counts, total - half_stars * counts)
        table.append((item_id, half_stars, day, *others, counts))
    return _arrays(table)


def _arrays(table: Sequence[tuple[int, ...]]) -> Own:
    columns = np.array(table, dtype=np.int64).reshape(-1, 6).T
    item_ids, half_stars, days, counts, sums, own = columns
    return Own(item_ids, half_stars, days, np.maximum(counts, 0), np.maximum(sums, 0), own)
