"""Panels for pages: {% for_you_panel %}, {% similar_items_panel item %} and their neighbours.

Each prints a section of cards, or nothing at all where there is nothing true to say. The panels of
one page share what they need to know, so that together they cost a home page six queries at most.
"""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context

from catalog.models import Item
from recommendations import panels

register = template.Library()


@register.inclusion_tag(panels.TEMPLATE, takes_context=True)
def for_you_panel(context: Context, limit: int = panels.LIMIT) -> dict[str, Any]:
    """What the visitor of this page may like next."""
    return panels.for_you(context["request"], limit=limit)


@register.inclusion_tag(panels.TEMPLATE, takes_context=True)
def carry_on_panel(context: Context, limit: int = panels.LIMIT) -> dict[str, Any]:
    """What they looked at or began, and have not rated."""
    return panels.carry_on(context["request"], limit=limit)


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
