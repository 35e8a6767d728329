"""*People of like taste*: agreeing to be counted and taking it back, the list, and one item's line.

The line of an item is fetched when its page is there, so that the page itself costs nobody more.
"""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_cookie

from catalog.forms import way_back
from catalog.models import Item
from catalog.people import acting_person
from recommendations import panels
from recommendations.company import circles, keeping, likings
from recommendations.in_company import lists
from recommendations.ladder import Picks
from recommendations.measuring import tokens
from recommendations.surfaces.ask import NOTHING
from recommendations.surfaces.lists import nothing_said, title


@require_safe
@never_cache
@vary_on_cookie
def like_taste(request: HttpRequest) -> HttpResponse:
    visit = panels.visit_of(request)
    placed = visit.placements[lists.LIKE_TASTE]
    picks = Picks([])
    if placed.is_at("page"):
        found = panels.unless_away(
            request,
            "people of like taste",
            lambda: lists.of_like_taste(visit, limit=likings.MOST)[1],
        )
        picks = found or picks
    context: dict[str, object] = {
        "heading": title(placed.settings, NOTHING),
        "off": "" if placed.is_at("page") else nothing_said(placed),
        "picks": picks,
        "seen": tokens.token_of_list(visit, f"{lists.LIKE_TASTE}-page", picks),
        "has_agreed": visit.is_of_like_taste,
        "may_look": likings.may_look(visit),
        "fewest": likings.FEWEST,
        "fewest_ratings": circles.FEWEST_RATINGS,
        "days": circles.KNOWN_FOR.days,
        "tab": "like-taste",
    }
    return render(request, "recommendations/company/like_taste.html", context)


@require_safe
@never_cache
@vary_on_cookie
def of_item(request: HttpRequest, pk: int) -> HttpResponse:
    """One line, as a part of the item's page or, without scripts, as a page of its own."""
    item = get_object_or_404(Item.objects.listed().cards(), pk=pk)
    visit = panels.visit_of(request)
    if not visit.placement(lists.LIKE_TASTE).is_on:
        raise Http404
    figure = panels.unless_away(
        request,
        "people of like taste",
        lambda: likings.of_item(visit, item),
    )
    context = {"item": item, "figure": figure, "has_agreed": visit.is_of_like_taste}
    is_part = bool(getattr(request, "htmx", False))
    name = "_like_taste_line" if is_part else "like_taste_item"
    return render(request, f"recommendations/company/{name}.html", context)


@require_POST
@login_required
def choose(request: HttpRequest) -> HttpResponse:
    """Agree, or take it back: it holds from the next request on."""
    person = acting_person(request)
    if "agree" in request.POST:
        keeping.agree(person)
        messages.success(request, _("Thank you. You are counted from tomorrow on."))
    elif keeping.take_back(person):
        messages.success(request, _("You are counted no more."))
    return redirect(way_back(request, otherwise=reverse("recommendations:like_taste")))
