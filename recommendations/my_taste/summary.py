"""What *My taste* says of somebody, and which regions of the map they know.

Its page and the API set it out, each in its own way. Figures of everybody else are in it where
enough people stand behind them, and nowhere without.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from django.conf import settings

from catalog.models import Item, ItemAttribute, Person
from recommendations.my_taste import figures
from recommendations.my_taste.atlas import Atlas, Region
from recommendations.my_taste.community import Community, community
from recommendations.my_taste.figures import Creator, Group, Streak, Unusual
from recommendations.my_taste.own import Own


@dataclass(frozen=True)
class Odd:
    """An unusual rating with its item."""

    item: Item
    found: Unusual


@dataclass(frozen=True)
class Summary:
    """What is said of somebody who rated something."""

    own: Own
    others: Community
    kindness: float | None
    genres: list[Group]
    decades: list[Group]
    likes: list[Odd]
    dislikes: list[Odd]
    creators: list[Creator]

    @property
    def days(self) -> int:
        """On so many something was rated."""
        return len(np.unique(self.own.days))

    @property
    def since(self) -> date:
        return date.fromordinal(int(self.own.days[0]))

    @property
    def streak(self) -> Streak | None:
        return figures.longest_streak(self.own)


@dataclass(frozen=True)
class Known:
    """A region of the map, and how much of it somebody rated."""

    region: Region
    rated: int
    best_known: list[tuple[int, str, int | None]]  # item id, title, own half stars


def summary_of(own: Own, person: Person | None) -> Summary | None:
    """None where nothing was rated. Two queries, beside everybody's."""
    if person is None or not len(own):
        return None
    others = own.others(community())
    likes, dislikes = figures.unusual(own)
    odd = [each.item_id for each in (*likes, *dislikes)]
    items = Item.objects.listed().cards().in_bulk(odd) if odd else {}
    made_by = (
        ItemAttribute.objects.filter(
            attribute__kind__in=settings.CREATOR_KINDS, item__ratings__person=person
        )
        .order_by("item_id", "position", "pk")
        .values_list("item_id", "attribute__name")
    )
    return Summary(
        own=own,
        others=others,
        kindness=figures.kindness(own),
        genres=figures.genres(own, others),
        decades=figures.decades(own, others),
        likes=_with_items(likes, items),
        dislikes=_with_items(dislikes, items),
        creators=figures.creators(own, made_by),
    )


def known_regions(drawn: Atlas | None, own: Own) -> list[Known]:
    if drawn is None:
        return []
    mine = dict(zip(own.item_ids.tolist(), own.half_stars.tolist(), strict=True))
    counts = np.bincount(drawn.region_of[np.isin(drawn.item_ids, own.item_ids)], minlength=1)
    counts = np.append(counts, np.zeros(len(drawn.regions) + 1, dtype=np.int64))
    return [
        Known(
            region,
            int(counts[region.number]),
            [(pk, title, mine.get(pk)) for pk, title in region.best_known],
        )
        for region in drawn.regions
    ]


def _with_items(found: list[Unusual], items: Mapping[int, Item]) -> list[Odd]:
    return [Odd(items[each.item_id], each) for each in found if each.item_id in items]
