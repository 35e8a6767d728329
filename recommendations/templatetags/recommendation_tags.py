"""Panels for pages: {% for_you_panel %}, {% similar_items_panel item %} and their neighbours.

Each prints a section of cards, or nothing at all where there is nothing true to say.
"""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context
from django.utils.translation import gettext as _

from catalog.models import Item
from catalog.people import current_person
from recommendations import selectors
from recommendations.ladder import Picks

register = template.Library()
PANEL = "recommendations/_panel.html"


@register.inclusion_tag(PANEL, takes_context=True)
def for_you_panel(context: Context, limit: int = 12) -> dict[str, Any]:
    picks = selectors.for_you(current_person(context["request"]), limit=limit)
    return panel("for-you", _("For you"), picks, more="recommendations:for_you")


@register.inclusion_tag(PANEL, takes_context=True)
def carry_on_panel(context: Context, limit: int = 12) -> dict[str, Any]:
    picks = selectors.carry_on(current_person(context["request"]), limit=limit)
    return panel("carry-on", _("Carry on"), picks)


@register.inclusion_tag(PANEL)
def popular_panel(limit: int = 12) -> dict[str, Any]:
    return panel("popular", _("Popular here"), selectors.popular(limit=limit))


@register.inclusion_tag(PANEL)
def new_panel(limit: int = 12) -> dict[str, Any]:
    return panel("new", _("New here"), selectors.newest(limit=limit))


@register.inclusion_tag(PANEL)
def similar_items_panel(item: Item, limit: int = 12) -> dict[str, Any]:
    return panel("similar", _("Similar to this"), selectors.similar_to(item, limit=limit))


def panel(name: str, heading: str, picks: Picks, *, more: str | None = None) -> dict[str, Any]:
    """What `_panel.html` needs."""
    return {"name": name, "heading": heading, "picks": picks, "more": more}
