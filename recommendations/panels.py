"""Lists as panels: what `templates/recommendations/_panel.html` needs, for a request.

The tags and the htmx view call this. All panels of a request share one Visit. A database that
cannot answer leaves a panel out; it is never worth an error page.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.db import DatabaseError, OperationalError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from catalog.models import Item
from catalog.people import current_person
from recommendations import ladder, selectors, welcome
from recommendations.ladder import Picks, Rung
from recommendations.selectors import Visit
from recommendations.timing import timed

logger = logging.getLogger(__name__)
TEMPLATE = "recommendations/_panel.html"
LIMIT = 12
SAYS_ALL = {"heading_says_all": True}
"""For panels whose heading is every card's reason."""
_VISIT, _AWAY = "_recommendations_visit", "_recommendations_database_is_away"
Panel = dict[str, Any]


def visit_of(request: HttpRequest) -> Visit:
    """What this request knows so far; made anew where somebody else is signed in since."""
    person = current_person(request)
    visit: Visit | None = request.__dict__.get(_VISIT)
    if visit is None or visit.person != person:
        visit = request.__dict__[_VISIT] = Visit(person)
    return visit


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
    return _panel(request, "for-you", _("For you"), choose, more=more, refresh=refresh)


def carry_on(request: HttpRequest, *, limit: int = LIMIT) -> Panel:
    def choose(visit: Visit) -> Picks:
        return selectors.carry_on(visit.person, limit=limit, visit=visit)

    return _panel(request, "carry-on", _("Carry on"), choose)


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
        return selectors.similar_to(item, limit=limit, visit=visit)

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


def _panel(
    request: HttpRequest, name: str, heading: str, choose: Callable[[Visit], Picks], **links: str
) -> Panel:
    picks = Picks([])
    if not request.__dict__.get(_AWAY):  # one panel that waited in vain is enough for a page
        try:
            picks = timed(f"panel {name}", lambda: choose(visit_of(request)))
        except DatabaseError as error:
            logger.exception("panel %s is left out: the database cannot answer", name)
            request.__dict__[_AWAY] = isinstance(error, OperationalError)
    return {"name": name, "heading": heading, "picks": picks, **links}


def _unless_told(rung: Rung, visit: Visit) -> Picks | None:
    """An empty list where another one of this page is made from the same rung."""
    return Picks([]) if rung in visit.told else None


def _expect_neighbours(visit: Visit, *, limit: int) -> None:
    """The other panels of a home page come with the same query as this one."""
    visit.expect(ladder.popular_ids()[: limit + selectors.SPARE])
    visit.expect(ladder.newest_ids()[: limit + selectors.SPARE])
    visit.expect(event.item_id for event in visit.unfinished[: limit + selectors.SPARE])
