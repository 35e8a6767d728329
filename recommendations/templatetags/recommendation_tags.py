"""Panels for pages: {% for_you_panel %}, {% similar_items_panel item %} and their neighbours.

Each prints a section of cards, or nothing at all where there is nothing true to say. The panels of
one page share what they need to know, so that together they cost a home page ten queries at most.
What is said of one item for its reader (a predicted rating, reasons, not interested) is here, too.
"""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context

from catalog.models import Item
from recommendations import panels, verdicts

register = template.Library()


@register.inclusion_tag(panels.TEMPLATE, takes_context=True)
def for_you_panel(context: Context, limit: int = panels.LIMIT) -> dict[str, Any]:
    """What the visitor of this page may like next."""
    return panels.for_you(context["request"], limit=limit)


@register.inclusion_tag(panels.TEMPLATE, takes_context=True)
def carry_on_panel(context: Context, limit: int = panels.LIMIT) -> dict[str, Any]:
    """What they looked at or began, and have not rated."""
    return panels.carry_on(context["request"], limit=limit)


@register.inclusion_tag("recommendations/_panels.html", takes_context=True)
def genre_panels(context: Context, limit: int = panels.LIMIT) -> dict[str, Any]:
    """A panel for each genre that stands out in what they like."""
    return {"panels": panels.genres(context["request"], limit=limit)}


@register.inclusion_tag(panels.TEMPLATE, takes_context=True)
def popular_panel(context: Context, limit: int = panels.LIMIT) -> dict[str, Any]:
    """What most people met; nothing where the page says so already."""
    return panels.popular(context["request"], limit=limit)


@register.inclusion_tag(panels.TEMPLATE, takes_context=True)
def new_panel(context: Context, limit: int = panels.LIMIT) -> dict[str, Any]:
    """What came last."""
    return panels.newest(context["request"], limit=limit)


@register.inclusion_tag(panels.TEMPLATE, takes_context=True)
def similar_items_panel(context: Context, item: Item, limit: int = panels.LIMIT) -> dict[str, Any]:
    """What is like the item, and what they share."""
    return panels.similar(context["request"], item, limit=limit)


@register.inclusion_tag("recommendations/_welcome_invitation.html", takes_context=True)
def welcome_invitation(context: Context) -> dict[str, Any]:
    """A way to the welcome page, for who has hardly rated anything yet."""
    noun = context.get("item_noun_plural", "")
    return {**panels.invitation(context["request"]), "item_noun_plural": noun}


@register.inclusion_tag(panels.TEMPLATE, takes_context=True)
def together_panel(context: Context, item: Item, limit: int = panels.LIMIT) -> dict[str, Any]:
    """What the same people chose; after the panel of similar items, and only what that lacks."""
    return panels.together(context["request"], item, limit=limit)


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
