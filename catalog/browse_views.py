"""Searching and browsing: the page with its filters, and what is suggested while somebody types.

All of it works as plain links and one form. htmx gets the next page of the list alone, and puts it
below the one before; `suggest.js` puts the suggestions under the search field.
"""

from __future__ import annotations

from django.core.paginator import EmptyPage, PageNotAnInteger, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalog import personal
from catalog.browsing import MAX_QUERY_LENGTH, Browse
from catalog.listing import Listing
from catalog.models import Item
from catalog.search import find

ITEMS_A_PAGE = 30
SUGGESTIONS = 7
SUGGEST_SECONDS = 60
MORE = "more"
"""The id of what htmx replaces by the next page."""


@require_safe
def browse(request: HttpRequest) -> HttpResponse:
    page_of = Browse.read(request.GET)
    listing = Listing(
        page_of.matches,
        order=page_of.order,
        judge=lambda ids: personal.scores_for(request, ids),
    )
    paginator = Paginator(listing, ITEMS_A_PAGE)
    asked = request.GET.get("page", "1")
    try:
        page = paginator.page(asked)
    except (EmptyPage, PageNotAnInteger):
        page = None
    context = {
        "browse": page_of,
        "found": page_of.matches.found,
        "listing": listing,
        "page": page,
        "paginator": paginator,
        "asked": asked[:20],
    }
    is_more = _wants_more(request) and page is not None
    template = "catalog/_browse_page.html" if is_more else "catalog/browse.html"
    response = render(request, template, context, status=404 if page is None else 200)
    response["Vary"] = ", ".join(filter(None, [response.get("Vary"), "HX-Request"]))
    return response


@require_safe
def suggest(request: HttpRequest) -> HttpResponse:
    """A list box of the first hits; nothing for a query that finds nothing."""
    query = request.GET.get("q", "").replace("\0", "").strip()[:MAX_QUERY_LENGTH]
    hits = find(Item.objects.listed(), query, most=SUGGESTIONS, typing=True).hits if query else ()
    items = Item.objects.cards().in_bulk([hit.pk for hit in hits[:SUGGESTIONS]])
    context = {
        "items": [items[hit.pk] for hit in hits if hit.pk in items],
        "all_address": Browse(query=query).address,
        "query": query,
    }
    response = render(request, "catalog/_suggestions.html", context)
    response["Cache-Control"] = f"private, max-age={SUGGEST_SECONDS}"
    return response


def _wants_more(request: HttpRequest) -> bool:
    htmx = getattr(request, "htmx", None)
    if not htmx or htmx.history_restore_request:
        return False
    return bool(htmx.target == MORE)
