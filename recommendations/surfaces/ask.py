"""What a surface is asked for, and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

from catalog.models import Item
from ml import rerank
from recommendations import governing
from recommendations.governing import Surface
from recommendations.ladder import Picks
from recommendations.models import Group, Member
from recommendations.placements.settings import PlacementSettings
from recommendations.selectors import SPARE
from recommendations.visit import Visit

FEWEST = 4
"""A list that is about one thing is not worth a row with less than this."""


@dataclass(frozen=True)
class Company:
    """A group and who is in it; whether its list may have what some of them have seen."""

    group: Group
    members: tuple[Member, ...]
    allows_seen: bool = False


@dataclass(frozen=True)
class Ask:
    """One list of one page; `item` or `company` is what the page is about."""

    visit: Visit
    settings: PlacementSettings
    limit: int
    item: Item | None = None
    exclude: frozenset[int] = frozenset()
    company: Company | None = None

    @property
    def banned(self) -> frozenset[int]:
        """What is no news to the visit's person, and what shall not be in the list."""
        return self.visit.seen | self.visit.dismissed | self.exclude

    def among(self, surface: Surface, ids: Sequence[int]) -> list[int]:
        """Those that neither a rule on this sort of list hides nor this surface's filter."""
        return governing.among(self.visit, surface, ids, placement=self.settings.name)

    def first(self, ids: Sequence[int]) -> dict[int, Item]:
        """The first `limit` of the items that may be shown and are not excluded."""
        wanted = [pk for pk in ids if pk not in self.exclude][: self.limit + SPARE]
        return dict(islice(self.visit.items(wanted).items(), self.limit))

    def deep(self) -> Ask:
        """Asking for more, where some of it will be left out, or fewer than make a list."""
        is_narrowed = (
            self.settings.diversity or self.visit.placements[self.settings.name].only is not None
        )
        return replace(self, limit=max(self.limit, FEWEST) * (rerank.POOL if is_narrowed else 1))

    def beside(self) -> Ask:
        """The same, without what another list of the page shows."""
        return replace(self, exclude=self.exclude | self.visit.shown)


@dataclass(frozen=True)
class Made:
    """A list, and what its title names."""

    picks: Picks
    about: Item | None = None
    """The item that it is about, where its person liked one."""
    genre: str = ""
    address: str = ""
    """Where all of it is, if not on a page of its surface."""
    says_all: bool = False
    """Whether the title is every card's reason."""


NOTHING = Made(Picks([]))
