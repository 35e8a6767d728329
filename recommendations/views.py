"""Pages of recommendations: the whole lists, the personal panel alone, and what was dismissed.

Not interested works as the forms of `catalog.views` do: without JavaScript it redirects back with
a message, which has a way to undo it; sent by htmx, it gets the part of the page that takes its
place.
"""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_cookie
from django_htmx.http import trigger_client_event

from catalog.forms import way_back
from catalog.models import Item
from catalog.people import acting_person, current_person
from recommendations import dismissals, panels
from recommendations.ladder import Picks
from recommendations.measuring import tokens
from recommendations.models import Dismissal
from recommendations.surfaces import lists
from recommendations.surfaces.ask import NOTHING, Ask
from recommendations.timing import timed

WHOLE_LIST = 60
DISMISSED_A_PAGE = 30
PARTS = {
    "item": "recommendations/_dismiss.html",
    "card": "recommendations/_gone.html",
    "list": "recommendations/_dismissed_row.html",
}
"""What a form gets back, by where it stands."""


@require_safe
@never_cache
@vary_on_cookie
def for_you_panel(request: HttpRequest) -> HttpResponse:
    """The panel that a page swaps in after its person rated, shelved or viewed something."""
    asked = request.GET.get("limit", "")
    limit = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 4 else None
    context = panels.for_you(request, limit=None if limit is None else min(limit, WHOLE_LIST))
    return render(request, panels.TEMPLATE, context)


@require_safe
@never_cache
@vary_on_cookie
def for_you(request: HttpRequest) -> HttpResponse:
    return render(request, "recommendations/list.html", whole_list(request))


@require_safe
@never_cache
@vary_on_cookie
def surface(request: HttpRequest, name: str) -> HttpResponse:
    """The whole list of a surface that has a page of its own, and no other address."""
    placed = panels.visit_of(request).placements.get(name)
    if placed is None or not placed.is_at("page") or name in (*panels.PAGES, "similar"):
        raise Http404
    return render(request, "recommendations/list.html", _whole(request, name))


def whole_list(request: HttpRequest) -> dict[str, object]:
    """What the page of the whole personal list shows."""
    return {**_whole(request, "for-you"), "is_own": True}


def _whole(request: HttpRequest, name: str) -> dict[str, object]:
    visit = panels.visit_of(request)
    placed = visit.placements[name]
    made = NOTHING

    def choose() -> Picks:
        nonlocal made
        made = lists.make_one(Ask(visit, placed.settings, WHOLE_LIST))
        return made.picks

    if placed.is_at("page"):
        timed(f"page {name}", choose)
    return {
        "heading": lists.title(placed.settings, made),
        "picks": made.picks,
        "seen": tokens.token_of_list(visit, f"{name}-page", made.picks),
        "nothing": lists.nothing_said(placed),
    }


@require_safe
def similar(request: HttpRequest, pk: int) -> HttpResponse:
    item = get_object_or_404(Item.objects.listed(), pk=pk)
    picks = timed("page similar", lambda: _all_similar(request, item))
    if not panels.visit_of(request).placements["similar"].is_at("page"):
        raise Http404
    context = {
        "item": item,
        "heading": _("Similar to %(title)s") % {"title": item.title},
        "picks": picks,
        "seen": tokens.token_of_list(panels.visit_of(request), "similar-page", picks),
        "nothing": _("Nothing that we know of is like this."),
    }
    return render(request, "recommendations/list.html", context)


def _all_similar(request: HttpRequest, item: Item) -> Picks:
    visit = panels.visit_of(request)
    return lists.make_one(Ask(visit, visit.placement("similar"), WHOLE_LIST, item)).picks


@require_POST
def dismiss(request: HttpRequest, pk: int) -> HttpResponse:
    """Not interested in an item; with `undo`, interested again."""
    item = get_object_or_404(Item.objects.listed().cards(), pk=pk)
    dismissed = "undo" not in request.POST
    if dismissed:
        dismissals.dismiss(acting_person(request), item)
        said = _("%(title)s is not recommended to you any more.") % {"title": item.title}
    else:
        if person := current_person(request):
            dismissals.undo_dismissal(person, item)
        said = _("%(title)s may be recommended to you again.") % {"title": item.title}
    back = way_back(request, otherwise=item.get_absolute_url())
    place = request.POST.get("place", "item")
    context = {"item": item, "dismissed": dismissed, "said": said, "back": back, "place": place}
    if not getattr(request, "htmx", False):
        part = "recommendations/_dismissed_message.html"
        messages.success(request, render_to_string(part, context, request))
        return redirect(back)
    answer = render(request, PARTS.get(place, PARTS["item"]), context)
    if place == "card":  # its page renews itself when the way back is left
        return answer
    return trigger_client_event(answer, "events-changed")


@require_safe
@never_cache
@vary_on_cookie
def my_dismissed(request: HttpRequest) -> HttpResponse:
    """All that somebody is not interested in, the latest first; an unknown page is the nearest."""
    own = Dismissal.objects.filter(person=current_person(request), item__is_listed=True)
    rows = own.select_related("item").defer("item__description", "item__search_text")
    paginator = Paginator(rows.order_by("-dismissed_at", "-pk"), DISMISSED_A_PAGE)
    page = paginator.get_page(request.GET.get("page"))
    return render(request, "recommendations/dismissed.html", {"page": page})
