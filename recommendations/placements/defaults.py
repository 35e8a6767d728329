"""The surfaces that there are, and how each is set until somebody changes its row.

A surface's name is the same everywhere. What its title says has to stay true, so a title with a
name in braces says which part the list fills in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext_lazy as _

from recommendations.placements.settings import PlacementSettings, Source
from recommendations.rules.applying import Compiled

A_TWELFTH = 0.084
"""One place of a panel of 12 goes to a new item."""
BELOW = 50
"""Lists of the home page with this place or a later one stand below the genres."""


@dataclass(frozen=True)
class Placed:
    """Settings of a surface, and where it stands."""

    settings: PlacementSettings
    on_home: bool = False
    on_item: bool = False
    on_page: bool = False
    on_api: bool = True
    order: int = 0
    only: Compiled | None = None
    """The items that it may show, as a rule; None: all."""

    def is_at(self, place: str) -> bool:
        """Whether it is shown there: home, item, page or api."""
        return self.settings.is_on and bool(getattr(self, f"on_{place}"))

    def with_settings(self, settings: PlacementSettings) -> Placed:
        return replace(self, settings=settings, only=None)


TITLES = {
    "for-you": _("For you"),
    "because-you-liked": _("Because you liked {item}"),
    "carry-on": _("Carry on"),
    "genre": _("More {genre}"),
    "out-of-bubble": _("Out of your bubble"),
    "popular": _("Popular here"),
    "worth-a-look": _("New and worth a look"),
    "new": _("New here"),
    "similar": _("Similar to this"),
    "together": _("People who chose this also chose"),
    "for-us": _("For us"),
    "like-taste": _("People of like taste"),
}
FILLED_IN = {"because-you-liked": "{item}", "genre": "{genre}"}
"""What a title has to name, so that it is true."""
NEEDS_ITEM = frozenset({Source.ALIKE, Source.TOGETHER})
"""Sources that say nothing but on the page of an item."""
PLACES = ("home", "item", "page", "api")
HAVE_PAGES = frozenset(
    {"for-you", "similar", "out-of-bubble", "worth-a-look", "for-us", "like-taste"}
)
"""Surfaces whose whole list can be a page of its own."""


def _placed(
    name: str, source: Source, *places: str, order: int, fallback: bool = False, **more: Any
) -> Placed:
    settings = PlacementSettings(name, {source.value: 1.0}, fallback=fallback, **more)
    at: dict[str, Any] = {f"on_{place}": place in (*places, "api") for place in PLACES}
    return Placed(settings, order=order, **at)


def in_order(placed: Mapping[str, Placed]) -> dict[str, Placed]:
    """By name, in the order of a page."""
    return dict(sorted(placed.items(), key=lambda one: one[1].order))


_ALL = (
    _placed(
        *("for-you", Source.PERSONAL, "home", "page"),
        order=10,
        fallback=True,
        exploration=A_TWELFTH,
    ),
    _placed("carry-on", Source.UNFINISHED, "home", order=20),
    _placed("because-you-liked", Source.LIKED, "home", order=25),
    _placed("genre", Source.GENRES, "home", order=30),
    _placed("popular", Source.POPULAR, "home", order=40),
    _placed("out-of-bubble", Source.OUTSIDE, "home", "page", order=60),
    _placed("worth-a-look", Source.WORTHY, "home", "page", order=65),
    _placed("new", Source.NEW, "home", order=70),
    _placed("similar", Source.ALIKE, "item", "page", order=10),
    _placed("together", Source.TOGETHER, "item", order=20),
    _placed("for-us", Source.GROUP, "page", order=15, size=24),
    _placed("like-taste", Source.CIRCLE, "page", order=62, size=24),
)
DEFAULTS: Mapping[str, Placed] = in_order({one.settings.name: one for one in _ALL})
