"""Lists as panels: what `templates/recommendations/_panel.html` needs, for a request.

The tags and the htmx view call this. All panels of a request share one Visit, and what they will
show is read together. A database that cannot answer leaves a panel out; it is never worth an error
page.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.db import DatabaseError, OperationalError
from django.http import HttpRequest
from django.urls import reverse

from catalog.models import Item
from catalog.people import current_person
from recommendations import ladder, verdicts, welcome
from recommendations.ladder import Picks
from recommendations.measuring import tokens, track_record
from recommendations.placements.defaults import Placed
from recommendations.surfaces import lists
from recommendations.surfaces.ask import Ask, Made
from recommendations.timing import timed
from recommendations.visit import Visit

logger = logging.getLogger(__name__)
TEMPLATE = "recommendations/_panel.html"
PAGES = {
    "for-you": "recommendations:for_you",
    "for-us": "recommendations:for_us",
    "like-taste": "recommendations:like_taste",
}
"""Surfaces with a page that is no plain list."""
_VISIT, _AWAY = "_recommendations_visit", "_recommendations_database_is_away"
Panel = dict[str, Any]
Answer = TypeVar("Answer")


def visit_of(request: HttpRequest) -> Visit:
    """What this request knows so far; made anew where somebody else is signed in since."""
    person = current_person(request)
    visit: Visit | None = request.__dict__.get(_VISIT)
    if visit is None or visit.person != person:
        visit = request.__dict__[_VISIT] = Visit(person)
    return visit


def dismissed(request: HttpRequest) -> frozenset[int]:
    """The items that whoever looks at this page is not interested in."""
    found = unless_away(request, "what was dismissed", lambda: visit_of(request).dismissed)
    return found or frozenset()


def has_acted(request: HttpRequest) -> bool:
    """Whether whoever looks at this page did anything here yet."""

    def ask() -> bool:
        visit = visit_of(request)
        return bool(visit.events or visit.dismissed)

    return bool(unless_away(request, "the person's past", ask))


def surface(
    request: HttpRequest, name: str, *, item: Item | None = None, limit: int | None = None
) -> list[Panel]:
    """One surface by its name, wherever it is placed; [] where it is switched off or empty."""
    placed = _placements(request).get(name)
    if placed is None or not placed.settings.is_on:
        return []
    return _panels(request, placed, item=item, limit=limit)


def surfaces(request: HttpRequest, place: str, *, item: Item | None = None) -> list[Panel]:
    """All surfaces of a page in their order: of the place "home" or "item". Made once a request."""
    visit = visit_of(request)
    made: dict[str, list[Panel]] = visit.found.setdefault("panels", {})
    if place not in made:
        placed = [one for one in _placements(request).values() if one.is_at(place)]
        asks = [_ask(visit, one, item=item) for one in placed]
        unless_away(request, f"the lists of {place}", lambda: lists.expect(asks))
        found = {
            one.settings.name: _panels(request, one, item=item) for one in lists.first_of(placed)
        }
        made[place] = [panel for one in placed for panel in found[one.settings.name]]
    return made[place]


def for_you(request: HttpRequest, *, limit: int | None = None) -> Panel:
    """The personal panel alone; where it is empty or switched off, one without picks."""
    found = surface(request, "for-you", limit=limit)
    return found[0] if found else {"name": "for-you", "picks": Picks([])}


def invitation(request: HttpRequest) -> Panel:
    """Whether somebody has yet to be asked what they like, and how many ratings are missing."""
    try:
        visit = visit_of(request)
        missing = welcome.PERSONAL_FROM - welcome.ratings_of(visit)
        return {"missing": missing if missing > 0 and ladder.newest_ids() else 0}
    except DatabaseError:
        logger.exception("the invitation is left out: the database cannot answer")
        return {"missing": 0}


def predicted(request: HttpRequest, item: Item) -> Panel:
    """What a reader will make of an item, and how often that was right before."""
    visit = visit_of(request)
    said = verdicts.predicted(visit, item)
    return {
        "predicted": said,
        "said": tokens.token_of_prediction(visit, item.pk, said),
        "record": track_record.of(visit.person) if said else None,
    }


def unless_away(request: HttpRequest, name: str, choose: Callable[[], Answer]) -> Answer | None:
    """The answer; None where the database cannot give it."""
    if request.__dict__.get(_AWAY):  # one panel that waited in vain is enough for a page
        return None
    try:
        return choose()
    except DatabaseError as error:
        logger.exception("%s is left out: the database cannot answer", name)
        request.__dict__[_AWAY] = isinstance(error, OperationalError)
        return None


def _placements(request: HttpRequest) -> dict[str, Placed]:
    found = unless_away(request, "the page's lists", lambda: visit_of(request).placements)
    return dict(found or {})


def _ask(visit: Visit, placed: Placed, *, item: Item | None, limit: int | None = None) -> Ask:
    return Ask(visit, placed.settings, placed.settings.size if limit is None else limit, item)


def _panels(
    request: HttpRequest, placed: Placed, *, item: Item | None, limit: int | None = None
) -> list[Panel]:
    """What the template needs for each list of a surface."""
    name = placed.settings.name
    found: list[Made] = []

    def choose() -> Picks:
        found.extend(lists.make(_ask(visit_of(request), placed, item=item, limit=limit)))
        return found[0].picks if found else Picks([])

    unless_away(request, f"panel {name}", lambda: timed(f"panel {name}", choose))
    size = placed.settings.size if limit is None else limit
    return [
        _panel(request, placed, made, item=item, number=number, size=size)
        for number, made in enumerate(_numbered(name, found), start=1)
    ]


def _numbered(name: str, found: Sequence[Made]) -> Sequence[Made]:
    return found if name == "genre" else found[:1]


def _panel(
    request: HttpRequest, placed: Placed, made: Made, *, item: Item | None, number: int, size: int
) -> Panel:
    name = placed.settings.name
    is_own = name == "for-you"
    return {
        "name": f"genre-{number}" if name == "genre" else name,
        "order": placed.order,
        "heading": lists.title(placed.settings, made),
        "picks": made.picks,
        "seen": tokens.token_of_list(visit_of(request), name, made.picks),
        "more": _more(placed, made, item=item),
        "refresh": f"{reverse('recommendations:for_you_panel')}?limit={size}" if is_own else "",
        "is_own": is_own,
        "heading_says_all": made.says_all,
    }


def _more(placed: Placed, made: Made, *, item: Item | None) -> str:
    """Where the whole list is; "" where it is nowhere."""
    name = placed.settings.name
    if made.address:
        return made.address
    if made.about:
        return reverse("recommendations:similar", args=[made.about.pk])
    addresses = {
        "carry-on": lambda: reverse("catalog:my_views"),
        "popular": lambda: f"{reverse('catalog:browse')}?sort=popular",
        "new": lambda: f"{reverse('catalog:browse')}?sort=newest",
    }
    if name in addresses:
        return addresses[name]()
    return page_of(name, item=item) if placed.is_at("page") else ""


def page_of(name: str, *, item: Item | None = None) -> str:
    """The address of the page of a surface's own."""
    if name in PAGES:
        return reverse(PAGES[name])
    if name == "similar":
        return reverse("recommendations:similar", args=[item.pk]) if item else ""
    return reverse("recommendations:surface", args=[name])
