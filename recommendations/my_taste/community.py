"""What everybody together thinks of items, as arrays: what one person's taste is held against.

Only sums are kept, never who rated what, and private people count in none of them. A figure is told
where at least FEWEST_PEOPLE stand behind it (`is_told`); whoever is compared does not count on the
other side (`Own.others` in `recommendations.my_taste.own`). The table is made once in a while per
process, from the counts that items keep; the six queries do not grow with the number of ratings,
save the histogram's, which reads an index.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from django.conf import settings
from django.db.models import Count, QuerySet
from numpy.typing import NDArray

from catalog.models import MAX_HALF_STARS, MIN_HALF_STARS, Item, ItemAttribute, Rating
from catalog.remember import remembered

FEWEST_PEOPLE = 5
SECONDS = 600
Numbers = NDArray[np.int64]
Ids = Mapping[int, tuple[int, int]]


@dataclass(frozen=True)
class Community:
    """Listed items in the order of their ids, what people who are not private gave them, and
    what they are. `genres` of item `row` are `genre_of[starts[row]:starts[row + 1]]`."""

    item_ids: Numbers  # (I,)
    counts: Numbers  # (I,) ratings, one a person
    sums: Numbers  # (I,) of their half stars
    years: Numbers  # (I,); NO_YEAR where unknown
    genres: tuple[str, ...]
    genre_of: Numbers
    starts: Numbers  # (I + 1,)
    histogram: Numbers  # (10,) ratings of each number of half stars

    def rows(self, item_ids: Numbers) -> Numbers:
        """Where items stand; -1 for those that came, or were withdrawn, since."""
        at = np.searchsorted(self.item_ids, item_ids)
        at = np.minimum(at, max(len(self.item_ids) - 1, 0))
        if not len(self.item_ids):
            return np.full(len(item_ids), -1)
        return np.where(self.item_ids[at] == item_ids, at, -1)

    def genre_links(self, rows: Numbers) -> tuple[Numbers, Numbers]:
        """(L,), (L,): for each genre of each of the rows, which row it is (0 is the first of
        them), and the genre."""
        sizes = self.starts[rows + 1] - self.starts[rows]
        place = np.repeat(np.arange(len(rows)), sizes)
        within = np.arange(len(place)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return place, self.genre_of[self.starts[rows][place] + within]


NO_YEAR = -30_000


def is_told(counts: Numbers) -> bool:
    """Whether some item among these has enough raters: then at least so many people stand
    behind the figure, which a mere sum of ratings would not show."""
    return bool(counts.max(initial=0) >= FEWEST_PEOPLE)


def community() -> Community:
    """As it was within the last ten minutes."""
    return remembered("taste-community", read_community, seconds=SECONDS)


def read_community() -> Community:
    """As it is now."""
    items = Item.objects.listed().order_by("pk")
    rows = list(items.values_list("pk", "rating_count", "half_star_sum", "year"))
    table = np.array(
        [(pk, count, total, NO_YEAR if year is None else year) for pk, count, total, year in rows],
        dtype=np.int64,
    ).reshape(-1, 4)
    item_ids, counts, sums, years = table.T
    names, genre_of, starts = _genres(item_ids)
    return Community(
        item_ids=item_ids,
        counts=counts,
        sums=sums,
        years=years,
        genres=names,
        genre_of=genre_of,
        starts=starts,
        histogram=_histogram(Rating.objects.counted()),
    )


def _histogram(ratings: QuerySet[Rating]) -> Numbers:
    counts = dict(ratings.order_by().values_list("half_stars").annotate(Count("pk")))
    steps = range(MIN_HALF_STARS, MAX_HALF_STARS + 1)
    return np.array([counts.get(half, 0) for half in steps], dtype=np.int64)


def _genres(item_ids: Numbers) -> tuple[tuple[str, ...], Numbers, Numbers]:
    links = (
        ItemAttribute.objects.filter(attribute__kind__in=settings.GENRE_KINDS, item__is_listed=True)
        .order_by("item_id", "position", "pk")
        .values_list("item_id", "attribute__name")
    )
    pairs = list(links)
    names = tuple(sorted({name for _item, name in pairs}))
    number = {name: at for at, name in enumerate(names)}
    of_item = np.array([item for item, _name in pairs], dtype=np.int64)
    genre_of = np.array([number[name] for _item, name in pairs], dtype=np.int64)
    kept = np.isin(of_item, item_ids)  # an item may have come between two queries
    of_item, genre_of = of_item[kept], genre_of[kept]
    starts = np.searchsorted(of_item, np.append(item_ids, np.iinfo(np.int64).max))
    return names, genre_of, starts.astype(np.int64)
