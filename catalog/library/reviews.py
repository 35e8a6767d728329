"""Reviews: one's own, those of an item, and the form that writes, changes and removes one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.forms import way_back
from catalog.library import selectors, undo
from catalog.models import Item, Person
from catalog.own import writing
from catalog.own.models import Review
from catalog.people import acting_person, current_person

REVIEWS_A_PAGE = 10


@require_safe
def my_reviews(request: HttpRequest) -> HttpResponse:
    own = selectors.own_reviews(current_person(request))
    page = Paginator(own, REVIEWS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "catalog/my_reviews.html", {"page": page})


@require_safe
def item_reviews(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, get_object_or_404(Item.objects.listed(), pk=pk))


@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of a review's form; what was sent stays in it when it cannot be kept."""
    item = get_object_or_404(Item.objects.listed(), pk=pk)
    if request.method != "POST":
        return _page(request, item, is_open=True)
    sent: dict[str, Any] = {
        "text": request.POST.get("text", ""),
        "has_spoilers": "has_spoilers" in request.POST,
        "is_public": "is_public" in request.POST,
    }
    person = acting_person(request)
    try:
        own = writing.write_review(
            person,
            item,
            text=request.POST.get("text", ""),
            has_spoilers="has_spoilers" in request.POST,
            is_public="is_public" in request.POST,
        )
    except writing.Refused as problem:
        more = {"problem": str(problem), "sent": sent, "is_open": True}
        if getattr(request, "htmx", False):
            return _own_part(request, item, person, **more)
        return _page(request, item, status=422, **more)
    said = _("Your review of %(title)s is saved.") % {"title": item.title}
    if getattr(request, "htmx", False):
        return _own_part(request, item, person, own_review=own, said=said)
    messages.success(request, said)
    return redirect(way_back(request, otherwise=item.get_absolute_url() + "#reviews"))


@require_POST
def remove_review(request: HttpRequest, pk: int) -> HttpResponse:
    item = get_object_or_404(Item.objects.listed(), pk=pk)
    person = acting_person(request)
    said = _("Your review of %(title)s is removed.") % {"title": item.title}
    try:
        gone = writing.remove_review(person, item)
        removal = undo.Removal(said, "review", {"review": gone.pk})
    except Review.DoesNotExist:
        removal = undo.Removal(said)
    if getattr(request, "htmx", False) and request.POST.get("place") == "item":
        return _own_part(request, item, person, said=removal.message(person))
    return undo.answer(request, removal, otherwise=reverse("catalog:my_reviews"))


def _own_part(request: HttpRequest, item: Item, person: Person, **more: Any) -> HttpResponse:
    """One's own review on an item's page, and what was done to it."""
    context = {"item": item, "person": person, **more}
    return render(request, "catalog/_own_review.html", context)


def _page(request: HttpRequest, item: Item, *, status: int = 200, **more: Any) -> HttpResponse:
    person = current_person(request)
    reviews = Review.objects.by_others(item, person)
    own = None
    if person is not None:
        own = Review.objects.kept().filter(person=person, item=item).first()
    page = Paginator(reviews, REVIEWS_A_PAGE).get_page(request.GET.get("page"))
    context = {"item": item, "person": person, "own_review": own, "page": page} | more
    return render(request, "catalog/reviews.html", context, status=status)
