"""Lists for pages: {% surface "for-you" %}, and all of a page with {% surfaces "home" %}.

Each prints sections of cards, or nothing at all where there is nothing true to say, as the admin
sets it (`recommendations.placements`). The lists of one page share what they need to know, so that
together they cost a home page ten queries at most.
What is said of one item for its reader (a predicted rating, reasons, not interested) is here, too.
"""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context

from catalog.models import Item
from recommendations import panels, verdicts

register = template.Library()


@register.inclusion_tag("recommendations/_panels.html", takes_context=True)
def surface(
    context: Context, name: str, item: Item | None = None, limit: int | None = None
) -> dict[str, Any]:
    """One surface by its name; on the page of an item, with that."""
    return {"panels": panels.surface(context["request"], name, item=item, limit=limit)}


@register.inclusion_tag("recommendations/_panels.html", takes_context=True)
def surfaces(
    context: Context, place: str, item: Item | None = None, start: int = 0, before: int = 65536
) -> dict[str, Any]:
    """All surfaces of a page, "home" or "item", whose place is from `start` to below `before`."""
    found = panels.surfaces(context["request"], place, item=item)
    return {"panels": [panel for panel in found if start <= panel["order"] < before]}


@register.inclusion_tag("recommendations/_welcome_invitation.html", takes_context=True)
def welcome_invitation(context: Context) -> dict[str, Any]:
    """A way to the welcome page, for who has hardly rated anything yet."""
    noun = context.get("item_noun_plural", "")
    return {**panels.invitation(context["request"]), "item_noun_plural": noun}


@register.inclusion_tag("recommendations/_predicted.html", takes_context=True)
def predicted_rating(context: Context, item: Item) -> dict[str, Any]:
    """What its reader will make of an item, for pages where they have not said so."""
    request = context["request"]
    return panels.unless_away(request, "prediction", lambda: panels.predicted(request, item)) or {}


@register.inclusion_tag("recommendations/_why.html", takes_context=True)
def why_this(context: Context, item: Item) -> dict[str, Any]:
    """What its reader did that speaks for an item."""
    request = context["request"]
    visit = panels.visit_of(request)
    reasons = panels.unless_away(request, "why this", lambda: verdicts.why(visit, item))
    has_acted = reasons is None or bool(visit.events)
    return {"request": request, "item": item, "reasons": reasons, "has_acted": has_acted}


@register.inclusion_tag("recommendations/_dismiss.html", takes_context=True)
def dismiss_button(context: Context, item: Item, place: str = "item") -> dict[str, Any]:
    """Not interested, or the way back from there."""
    request = context["request"]
    dismissed = item.pk in panels.dismissed(request)
    return {"request": request, "item": item, "place": place, "dismissed": dismissed}


@register.inclusion_tag("recommendations/steering/_leave_out.html", takes_context=True)
def leave_out_button(context: Context, item: Item, back: str = "") -> dict[str, Any]:
    """Leave what its reader did with an item out of their lists, or the way back from there."""
    request = context["request"]
    found = panels.unless_away(
        request, "what is left out", lambda: panels.visit_of(request).left_out
    )
    is_left_out = item.pk in (found or ())
    return {"request": request, "item": item, "is_left_out": is_left_out, "back": back}


@register.simple_tag(takes_context=True)
def has_acted(context: Context) -> bool:
    """Whether the reader of this page did anything here yet, dismissing included."""
    return panels.has_acted(context["request"])
