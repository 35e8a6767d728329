"""What a person did, page by page: ratings, views and shelves, for members and visitors alike."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Max, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from catalog.models import Item, ItemView, Rating, ShelfEntry
from catalog.people import current_person

ENTRIES_A_PAGE = 30
RATING_ORDERS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "newest": (_("Newest"), ("-rated_at", "-pk")),
    "highest": (_("Highest"), ("-half_stars", "-rated_at", "-pk")),
    "lowest": (_("Lowest"), ("half_stars", "-rated_at", "-pk")),
    "title": (_("Title"), ("item__title", "pk")),
}


@require_safe
def my_ratings(request: HttpRequest) -> HttpResponse:
    order = request.GET.get("sort", "")
    order = order if order in RATING_ORDERS else "newest"
    ratings = (
        Rating.objects.filter(person=current_person(request), item__is_listed=True)
        .select_related("item")
        .defer("item__description", "item__search_text")
        .order_by(*RATING_ORDERS[order][1])
    )
    orders = [(name, label, name == order) for name, (label, _fields) in RATING_ORDERS.items()]
    return _page(request, ratings, tab="ratings", choices=orders, choice=order)


@require_safe
def my_views(request: HttpRequest) -> HttpResponse:
    person = current_person(request)
    items = (
        Item.objects.listed()
        .cards()
        .filter(item_views__in=ItemView.objects.filter(person=person))
        .annotate(seen_at=Max("item_views__viewed_at"))
        .order_by("-seen_at", "-pk")
    )
    return _page(request, items, tab="views")


@require_safe
def my_shelves(request: HttpRequest) -> HttpResponse:
    shelf = request.GET.get("shelf", "")
    entries = (
        ShelfEntry.objects.filter(person=current_person(request), item__is_listed=True)
        .select_related("item")
        .defer("item__description", "item__search_text")
        .order_by("-shelved_at", "-pk")
    )
    if shelf in ShelfEntry.Shelf.values:
        entries = entries.filter(shelf=shelf)
    else:
        shelf = ""
    choices = [("", _("All"), not shelf)]
    choices += [(name, label, name == shelf) for name, label in ShelfEntry.Shelf.choices]
    return _page(request, entries, tab="shelves", choices=choices, choice=shelf)


def _page(
    request: HttpRequest,
    rows: QuerySet[Any],
    *,
    tab: str,
    choices: list[tuple[str, Any, bool]] | None = None,
    choice: str = "",
) -> HttpResponse:
    """One page of rows; an unknown page number shows the nearest page there is."""
    page = Paginator(rows, ENTRIES_A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "tab": tab, "choices": choices or [], "choice": choice}
    return render(request, "catalog/library.html", context)
