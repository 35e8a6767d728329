"""What pages say of people of like taste, and of groups."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context

from catalog.models import Item
from recommendations import panels
from recommendations.company import circles, groups, likings, shared

register = template.Library()


@register.inclusion_tag("recommendations/company/_like_taste_place.html", takes_context=True)
def like_taste_line(context: Context, item: Item) -> dict[str, Any]:
    """The place of a line that is fetched later; nothing, and no query, for who did not agree."""
    request = context["request"]

    def look() -> bool:
        visit = panels.visit_of(request)
        return likings.may_look(visit) and visit.placement(likings.SURFACE).is_on

    may = panels.unless_away(request, "like taste", look)
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
        "is_on": _is_on(context, likings.SURFACE),
        "user": request.user,
        "has_agreed": bool(has_agreed),
        "back": back,
        "fewest": likings.FEWEST,
        "days": circles.KNOWN_FOR.days,
    }


@register.inclusion_tag("recommendations/company/_how.html", takes_context=True)
def how_company_works(context: Context) -> dict[str, Any]:
    """The parameters of both, for the page that says how ranking works."""
    return {
        "has_groups": _is_on(context, shared.SURFACE),
        "has_like_taste": _is_on(context, likings.SURFACE),
        "most": groups.MOST,
        "fewest": likings.FEWEST,
        "circle": circles.LARGEST,
        "shared": circles.FEWEST_SHARED,
        "ratings": circles.FEWEST_RATINGS,
        "days": circles.KNOWN_FOR.days,
    }


def _is_on(context: Context, surface: str) -> bool:
    request = context["request"]
    found = panels.unless_away(
        request, "the page's lists", lambda: panels.visit_of(request).placement(surface).is_on
    )
    return found is not False
