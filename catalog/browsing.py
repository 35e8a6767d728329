"""What the address of a browse page says: words, filters, an order; and the addresses it leads to.

Everything about a browse page is in its address, so that it can be shared. Several genres narrow
the list down together; the count beside a choice is how many items would be left after it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from random import Random
from typing import TypeVar
from urllib.parse import urlencode

from django.conf import settings
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog import personal
from catalog.listing import PERSONAL
from catalog.matches import RATING_STEPS, Counts, Matches, Narrowing
from catalog.models import Item
from catalog.remember import remembered

T = TypeVar("T")
MAX_QUERY_LENGTH = 200
MAX_FILTERS = 6
WINDOW_ITEMS, WINDOW_CHOICE = 5, 60
ORDERS = {
    "popular": gettext_lazy("Popular"),
    "rating": gettext_lazy("Best rated"),
    "newest": gettext_lazy("New here"),
    "title": gettext_lazy("Title"),
}


@dataclass(frozen=True)
class Choice:
    """One link of a facet."""

    label: str
    address: str
    count: int | None = None
    is_chosen: bool = False


@dataclass(frozen=True)
class Facet:
    """What a list can be narrowed down to in one respect."""

    name: str
    label: str
    choices: list[Choice]


def attribute_address(kind: str, name: str) -> str:
    """The browse page of all items that share an attribute."""
    if kind in settings.GENRE_KINDS:
        return Browse(genres=(name,)).address
    return Browse(attributes=((kind, name),)).address


def genres() -> list[Choice]:
    """All genres of listed items with their counts, largest first; remembered for a minute."""
    counted = remembered("genres", lambda: Matches(Narrowing()).genres())
    return [Choice(name, Browse(genres=(name,)).address, count) for name, count in counted]


def shop_window() -> list[Item]:
    """A few well-known items for the top of the home page, others every day."""
    day = timezone.localdate()
    return remembered(f"shop-window-{day}", lambda: _dress_window(day.toordinal()))


@dataclass(frozen=True)
class Browse:
    """One browse page, as its address says it."""

    query: str = ""
    genres: tuple[str, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    decade: int | None = None
    half_stars: int | None = None
    sort: str = ""
    path: str = field(default_factory=lambda: reverse("catalog:browse"))

    @classmethod
    def read(cls, address: QueryDict) -> Browse:
        """The page that an address asks for; what makes no sense in it is left out."""
        pairs = (text.partition(":") for text in _distinct(address.getlist("with")))
        decade, rating = address.get("decade", ""), address.get("rating", "")
        steps = {_rating_value(step): step for step in RATING_STEPS}
        return cls(
            query=address.get("q", "").replace("\0", "").strip()[:MAX_QUERY_LENGTH],
            genres=_distinct(address.getlist("genre")),
            attributes=tuple((kind, name) for kind, _colon, name in pairs if name),
            decade=int(decade)
            if decade.isascii() and decade.isdigit() and len(decade) < 5
            else None,
            half_stars=steps.get(rating),
            sort=address.get("sort", ""),
        )

    @property
    def address(self) -> str:
        """The address without a page number; adding `page_mark` and a number makes it whole."""
        pairs: list[tuple[str, str | int]] = [("q", self.query)] if self.query else []
        pairs += [("genre", genre) for genre in self.genres]
        pairs += [("with", f"{kind}:{name}") for kind, name in self.attributes]
        pairs += [("decade", self.decade)] if self.decade is not None else []
        pairs += [("rating", _rating_value(self.half_stars))] if self.half_stars else []
        pairs += [("sort", self.sort)] if self.is_sorted else []
        return f"{self.path}?{urlencode(pairs)}" if pairs else self.path

    @property
    def page_mark(self) -> str:
        return "&page=" if "?" in self.address else "?page="

    @property
    def is_sorted(self) -> bool:
        """Whether the address names an order that there is; only a query has a best match."""
        return self.sort in self.orders

    @property
    def orders(self) -> dict[str, str]:
        """The sort orders there are, by name, with what to call them."""
        best_match = {"match": _("Best match")} if self.query else {}
        own = {PERSONAL: _("For you")} if personal.is_offered() else {}
        return best_match | own | {name: str(label) for name, label in ORDERS.items()}

    @property
    def order(self) -> str:
        return self.sort if self.is_sorted else self.neutral_order

    @property
    def neutral_order(self) -> str:
        """The order that nobody asked for."""
        return "match" if self.query else "popular"

    @property
    def is_for_you(self) -> bool:
        return self.order == PERSONAL

    @property
    def neutral_address(self) -> str:
        return replace(self, sort="").address

    @property
    def for_you_address(self) -> str:
        return replace(self, sort=PERSONAL).address

    @property
    def heading(self) -> str:
        """What the one filter is called, where there is just one; else nothing."""
        names = [*self.genres, *(name for _kind, name in self.attributes)]
        alone = len(names) == 1 and self.decade is None and not self.half_stars
        return names[0] if alone else ""

    @property
    def is_narrowed(self) -> bool:
        return bool(self.narrowing)

    @property
    def narrowing(self) -> Narrowing:
        return Narrowing(self.query, self.genres, self.attributes, self.decade, self.half_stars)

    @cached_property
    def matches(self) -> Matches:
        return Matches(self.narrowing)

    def asking(self, query: str) -> str:
        """The address of the same page for other words, without its filters."""
        return Browse(query=query, path=self.path).address

    @property
    def suggestion(self) -> Choice | None:
        """Other words that may have been meant."""
        text = self.matches.found.suggestion if self.matches.found else ""
        return Choice(text, self.asking(text)) if text else None

    @property
    def unfiltered_address(self) -> str:
        """All that the words find, for where the filters leave nothing of it."""
        found = self.matches.found
        return self.asking(self.query) if found and found.hits else ""

    def sort_choices(self) -> list[Choice]:
        return [
            Choice(label, replace(self, sort=name).address, is_chosen=name == self.order)
            for name, label in self.orders.items()
        ]

    def chosen(self) -> list[Choice]:
        """What narrows the list, each with the address that lets go of it."""
        choices = [
            Choice(name, replace(self, genres=_without(self.genres, name)).address)
            for name in self.genres
        ]
        choices += [
            Choice(pair[1], replace(self, attributes=_without(self.attributes, pair)).address)
            for pair in self.attributes
        ]
        if self.decade is not None:
            choices.append(Choice(decade_label(self.decade), replace(self, decade=None).address))
        if self.half_stars:
            label = rating_label(self.half_stars)
            choices.append(Choice(label, replace(self, half_stars=None).address))
        if self.query:
            choices.append(Choice(f"“{self.query}”", replace(self, query="", sort="").address))
        return choices

    def facets(self) -> list[Facet]:
        """What the list can still be narrowed down to; what would change nothing is left out."""
        counts = self.matches.counts() if self.is_narrowed else whole_counts()
        whole = self.matches.count
        genres_left = [
            Choice(name, replace(self, genres=(*self.genres, name)).address, count)
            for name, count in counts.genres
        ]
        creators_left = [
            Choice(pair[1], replace(self, attributes=(*self.attributes, pair)).address, count)
            for pair, count in counts.creators
        ]
        decades_left = [
            Choice(decade_label(at), replace(self, decade=at).address, count)
            for at, count in (counts.decades if self.decade is None else [])
        ]
        ratings_left = [
            Choice(rating_label(step), replace(self, half_stars=step).address, count)
            for step, count in counts.ratings
            if count and count < whole and (self.half_stars is None or step > self.half_stars)
        ]
        facets = [
            Facet("genre", _("Genre"), genres_left),
            Facet("rating", _("Mean rating"), ratings_left),
            Facet("decade", _("Decade"), decades_left),
            Facet("creator", _("Creator"), creators_left),
        ]
        return [facet for facet in facets if facet.choices]


def decade_label(decade: int) -> str:
    return _("%(decade)ds") % {"decade": decade}


def rating_label(half_stars: int) -> str:
    stars = f"{half_stars // 2}½" if half_stars % 2 else str(half_stars // 2)
    return _("%(stars)s stars and up") % {"stars": stars}


def _rating_value(half_stars: int) -> str:
    return f"{half_stars / 2:g}"


def whole_counts() -> Counts:
    """What the whole catalogue can be narrowed down to."""
    return remembered("facets", lambda: Matches(Narrowing()).counts())


def _dress_window(day: int) -> list[Item]:
    known = list(Item.objects.listed().popular().cards()[:WINDOW_CHOICE])
    return Random(day).sample(known, WINDOW_ITEMS) if len(known) >= WINDOW_ITEMS else []


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name and "\0" not in name))[:MAX_FILTERS]


def _without(parts: tuple[T, ...], part: T) -> tuple[T, ...]:
    return tuple(other for other in parts if other != part)
