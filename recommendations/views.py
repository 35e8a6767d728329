"""Pages of recommendations: the whole lists, and the personal panel alone for htmx."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_cookie

from catalog.models import Item
from recommendations import panels, selectors
from recommendations.ladder import Picks
from recommendations.timing import timed

WHOLE_LIST = 60


@require_safe
@never_cache
@vary_on_cookie
def for_you_panel(request: HttpRequest) -> HttpResponse:
    """The panel that a page swaps in after its person rated, shelved or viewed something."""
    asked = request.GET.get("limit", "")
    limit = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 4 else panels.LIMIT
    context = panels.for_you(request, limit=min(limit, WHOLE_LIST), alone=True)
    return render(request, panels.TEMPLATE, context)


@require_safe
@never_cache
@vary_on_cookie
def for_you(request: HttpRequest) -> HttpResponse:
    visit = panels.visit_of(request)
    context = {
        "heading": _("For you"),
        "picks": timed(
            "page for-you", lambda: selectors.for_you(visit.person, limit=WHOLE_LIST, visit=visit)
        ),
        "nothing": _("There is nothing left that you have not seen."),
    }
    return render(request, "recommendations/list.html", context)


@require_safe
def similar(request: HttpRequest, pk: int) -> HttpResponse:
    item = get_object_or_404(Item.objects.listed(), pk=pk)
    context = {
        "item": item,
        "heading": _("Similar to %(title)s") % {"title": item.title},
        "picks": timed("page similar", lambda: _all_similar(request, item)),
        "nothing": _("Nothing that we know of is like this."),
    }
    return render(request, "recommendations/list.html", context)


def _all_similar(request: HttpRequest, item: Item) -> Picks:
    return selectors.similar_to(item, limit=WHOLE_LIST, visit=panels.visit_of(request))
