"""What a person did, page by page: ratings, views and shelves, for members and visitors alike.

Each row is edited in place by the forms that item pages have; removing is at once, and can be
undone.
"""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from catalog.library import undo
from catalog.library.shown import Shown
from catalog.models import Item, ShelfEntry
from catalog.people import acting_person, current_person

ENTRIES_A_PAGE = 30


@require_safe
def my_ratings(request: HttpRequest) -> HttpResponse:
    return _page(request, tab="ratings", heading=_("My ratings"))


@require_safe
def my_views(request: HttpRequest) -> HttpResponse:
    return _page(request, tab="views", heading=_("My views"))


@require_safe
def my_shelves(request: HttpRequest) -> HttpResponse:
    return _page(request, tab="shelves", heading=_("My shelves"))


@require_POST
def remove(request: HttpRequest, tab: str, pk: int) -> HttpResponse:
    """Forget a rating, the views of an item or its place on a shelf; can be undone."""
    if tab not in undo.REMOVALS:
        raise Http404
    item = get_object_or_404(Item.objects.listed(), pk=pk)
    removal = undo.REMOVALS[tab](acting_person(request), item)
    return undo.answer(request, removal, otherwise=reverse(f"catalog:my_{tab}"))


def _page(request: HttpRequest, *, tab: str, heading: str) -> HttpResponse:
    """One page of items; an unknown page number shows the nearest page there is."""
    person = current_person(request)
    shown = Shown.read(request.GET, tab=tab)
    page = Paginator(shown.items(person), ENTRIES_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "shown": shown,
        "genres": shown.genres(person),
        "heading": heading,
        "shelves": ShelfEntry.Shelf.choices,
    }
    return render(request, "catalog/library.html", context)
