"""Lists as panels: what `templates/recommendations/_panel.html` needs, for a request.

The tags and the htmx view call this. All panels of a request share one Visit, and what they will
show is read together. A database that cannot answer leaves a panel out; it is never worth an error
page.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from itertools import islice
from typing import Any, TypeVar

from django.db import DatabaseError, OperationalError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from catalog.models import Item
from catalog.people import current_person
from recommendations import favourites, ladder, likeness, selectors, verdicts, welcome
from recommendations.favourites import Favourite
from recommendations.ladder import Pick, Picks, Reason, Rung
from recommendations.measuring import tokens, track_record
from recommendations.selectors import Visit
from recommendations.timing import timed

logger = logging.getLogger(__name__)
TEMPLATE = "recommendations/_panel.html"
LIMIT = 12
MOST_GENRES = 2
FEWEST_TOGETHER = 4
SAYS_ALL = {"heading_says_all": True}
"""For panels whose heading is every card's reason."""
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


def for_you(request: HttpRequest, *, limit: int = LIMIT, alone: bool = False) -> Panel:
    """The personal panel; `alone` where it is not the first of a page with more of them."""

    def choose(visit: Visit) -> Picks:
        if not alone:
            _expect_neighbours(visit, limit=limit)
        picks = selectors.for_you(visit.person, limit=limit, visit=visit)
        visit.told.add(picks.rung)
        return picks

    refresh = f"{reverse('recommendations:for_you_panel')}?limit={limit}"
    more = reverse("recommendations:for_you")
    panel = _panel(request, "for-you", _("For you"), choose, more=more, refresh=refresh)
    return {**panel, "is_own": True}


def carry_on(request: HttpRequest, *, limit: int = LIMIT) -> Panel:
    def choose(visit: Visit) -> Picks:
        return selectors.carry_on(visit.person, limit=limit, visit=visit)

    return _panel(request, "carry-on", _("Carry on"), choose, more=reverse("catalog:my_views"))


def genres(request: HttpRequest, *, limit: int = LIMIT) -> list[Panel]:
    """A panel for each of the genres that stand out in what this person likes."""
    found = unless_away(
        request, "genre panels", lambda: _favourites(visit_of(request), limit=limit)
    )
    return [
        {
            **_panel(
                request,
                f"genre-{number}",
                _("More %(genre)s") % {"genre": favourite.genre.label},
                lambda visit, favourite=favourite: favourites.picks_of(  # type: ignore[misc]
                    favourite, limit=limit, visit=visit
                ),
                more=favourite.genre.address,
            ),
            **SAYS_ALL,
        }
        for number, favourite in enumerate(found or [], start=1)
    ]


def popular(request: HttpRequest, *, limit: int = LIMIT) -> Panel:
    def choose(visit: Visit) -> Picks:
        return _unless_told(Rung.POPULAR, visit) or selectors.popular(limit=limit, visit=visit)

    more = f"{reverse('catalog:browse')}?sort=popular"
    return {**_panel(request, "popular", _("Popular here"), choose, more=more), **SAYS_ALL}


def newest(request: HttpRequest, *, limit: int = LIMIT) -> Panel:
    def choose(visit: Visit) -> Picks:
        return _unless_told(Rung.NEWEST, visit) or selectors.newest(limit=limit, visit=visit)

    more = f"{reverse('catalog:browse')}?sort=newest"
    return {**_panel(request, "new", _("New here"), choose, more=more), **SAYS_ALL}


def similar(request: HttpRequest, item: Item, *, limit: int = LIMIT) -> Panel:
    def choose(visit: Visit) -> Picks:
        visit.expect(likeness.chosen_together(item, visit))
        picks = selectors.similar_to(item, limit=limit, visit=visit)
        visit.shown.update(pick.item.pk for pick in picks.items)
        return picks

    more = reverse("recommendations:similar", args=[item.pk])
    return _panel(request, "similar", _("Similar to this"), choose, more=more)


def invitation(request: HttpRequest) -> Panel:
    """Whether somebody has yet to be asked what they like, and how many ratings are missing."""
    try:
        visit = visit_of(request)
        missing = welcome.PERSONAL_FROM - welcome.ratings_of(visit)
        return {"missing": missing if missing > 0 and ladder.newest_ids() else 0}
    except DatabaseError:
        logger.exception("the invitation is left out: the database cannot answer")
        return {"missing": 0}


def together(request: HttpRequest, item: Item, *, limit: int = LIMIT) -> Panel:
    """What the same people chose, as far as the panel of similar items does not show it."""

    def choose(visit: Visit) -> Picks:
        ids = [pk for pk in likeness.chosen_together(item, visit) if pk not in visit.shown]
        items = list(visit.items(ids).values())[:limit]
        if len(items) < FEWEST_TOGETHER:
            return Picks([])
        reason = Reason(str(Rung.CO_OCCURRENCE.label), (item.pk,))
        scored = enumerate(reversed(items), start=1)
        picks = [Pick(one, float(at), reason, Rung.CO_OCCURRENCE) for at, one in scored]
        return Picks(picks[::-1], Rung.CO_OCCURRENCE)

    heading = _("People who chose this also chose")
    return {**_panel(request, "together", heading, choose), **SAYS_ALL}


def predicted(request: HttpRequest, item: Item) -> Panel:
    """What a reader will make of an item, and how often that was right before."""
    visit = visit_of(request)
    said = verdicts.predicted(visit, item)
    return {
        "predicted": said,
        "said": tokens.token_of_prediction(visit, item, said),
        "record": track_record.of(visit.person) if said else None,
    }


def _panel(
    request: HttpRequest, name: str, heading: str, choose: Callable[[Visit], Picks], **links: str
) -> Panel:
    picks = unless_away(
        request, f"panel {name}", lambda: timed(f"panel {name}", lambda: choose(visit_of(request)))
    )
    surface = name.rstrip("-0123456789")  # all panels of genres are one
    seen = tokens.token_of_list(visit_of(request), surface, picks) if picks else ""
    return {"name": name, "heading": heading, "picks": picks or Picks([]), "seen": seen, **links}


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


def _favourites(visit: Visit, *, limit: int) -> list[Favourite]:
    """Found once for a page: what they show is read together with the other panels."""
    if visit.favourites is None:
        visit.favourites = favourites.favourites(visit, limit=limit, most=MOST_GENRES)
    return visit.favourites


def _unless_told(rung: Rung, visit: Visit) -> Picks | None:
    """An empty list where another one of this page is made from the same rung."""
    return Picks([]) if rung in visit.told else None


def _expect_neighbours(visit: Visit, *, limit: int) -> None:
    """The other panels of a home page come with the same query as this one."""
    for favourite in _favourites(visit, limit=limit):
        visit.expect(favourites.ids_of(favourite))
    unfinished = [event.item_id for event in visit.unfinished]
    begun = (pk for pk in unfinished if pk not in visit.dismissed)
    visit.expect(islice(begun, limit + selectors.SPARE))
    for rung in (Rung.POPULAR, Rung.NEWEST):
        visit.expect(one.item_id for one in selectors.plain(rung, visit=visit, limit=limit))
