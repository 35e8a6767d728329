"""What pages say of people of like taste, and of groups."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context

from catalog.models import Item
from recommendations import panels
from recommendations.company import circles, groups, likings

register = template.Library()


@register.inclusion_tag("recommendations/company/_like_taste_place.html", takes_context=True)
def like_taste_line(context: Context, item: Item) -> dict[str, Any]:
    """The place of a line that is fetched later; nothing, and no query, for who did not agree."""
    request = context["request"]
    may = panels.unless_away(
        request, "like taste", lambda: likings.may_look(panels.visit_of(request))
    )
    return {"item": item, "may_look": bool(may)}


@register.inclusion_tag("recommendations/company/_like_taste_choice.html", takes_context=True)
def like_taste_choice(context: Context, back: str = "") -> dict[str, Any]:
    """To be counted by like taste, or no more: a form for members."""
    request = context["request"]
    has_agreed = panels.unless_away(
        request, "like taste", lambda: panels.visit_of(request).is_of_like_taste
    )
    return {
        "request": request,
        "user": request.user,
        "has_agreed": bool(has_agreed),
        "back": back,
        "fewest": likings.FEWEST,
        "days": circles.KNOWN_FOR.days,
    }


@register.inclusion_tag("recommendations/company/_how.html")
def how_company_works() -> dict[str, Any]:
    """The parameters of both, for the page that says how ranking works."""
    return {
        "most": groups.MOST,
        "fewest": likings.FEWEST,
        "circle": circles.LARGEST,
        "shared": circles.FEWEST_SHARED,
        "ratings": circles.FEWEST_RATINGS,
        "days": circles.KNOWN_FOR.days,
    }
