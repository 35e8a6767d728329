"""What a person made public, as everybody sees it: a list, its feed, a person's page.

What is private, hidden or removed is not there for anybody else: 404.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.syndication.views import Feed
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from catalog.library import selectors
from catalog.library.selectors import entries_of
from catalog.own import writing
from catalog.own.models import List, ListEntry, shown_name
from catalog.people import acting_person, current_person

if TYPE_CHECKING:
    _Feed = Feed[ListEntry, List]
else:  # generic in its stubs only
    _Feed = Feed

ENTRIES_A_PAGE, REVIEWS_A_PAGE, IN_A_FEED, CARDS = 60, 10, 50, 12


@require_safe
def list_page(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    person = current_person(request)
    visible = List.objects.visible_to(person).select_related("person__user")
    shown = get_object_or_404(visible, pk=pk)
    if slug != shown.slug:
        return redirect(shown)
    page = Paginator(entries_of(shown), ENTRIES_A_PAGE).get_page(request.GET.get("page"))
    is_own = person is not None and shown.person_id == person.pk
    context = {"list": shown, "page": page, "is_own": is_own, "maker": shown.person}
    return render(request, "catalog/list.html", context)


@require_safe
def person_page(request: HttpRequest, pk: int) -> HttpResponse:
    """A person's public lists and reviews, if they chose to have a page."""
    viewer = current_person(request)
    shown = selectors.person_with_page(pk, viewer)
    if shown is None:
        raise Http404
    reviews = selectors.public_reviews(shown, viewer)
    context = {
        "shown": shown,
        "lists": selectors.public_lists(shown, viewer),
        "best": selectors.best_rated(shown, viewer)[:CARDS],
        "shelved": selectors.last_shelved(shown, viewer)[:CARDS],
        "page": Paginator(reviews, REVIEWS_A_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "catalog/person.html", context)


@require_POST
def profile(request: HttpRequest) -> HttpResponse:
    """Under which name one is shown, and whether one has a public page."""
    person = acting_person(request)
    try:
        writing.introduce(
            person, name=request.POST.get("name", ""), is_public="is_public" in request.POST
        )
        messages.success(request, _("Your public page is saved."))
    except writing.Refused as problem:
        messages.error(request, str(problem))
    return redirect(reverse("catalog:my_lists"))


class ListFeed(_Feed):
    """What was put on a public list last."""

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> List:
        public = List.objects.public().select_related("person__user")
        return get_object_or_404(public, pk=kwargs["pk"])

    def title(self, shown: List) -> str:
        return shown.title

    def description(self, shown: List) -> str:
        return shown.description or _("A list by %(name)s") % {"name": shown_name(shown.person)}

    def link(self, shown: List) -> str:
        return shown.get_absolute_url()

    def items(self, shown: List) -> list[ListEntry]:
        return list(entries_of(shown).order_by("-added_at", "-pk")[:IN_A_FEED])

    def item_title(self, entry: Any) -> str:
        return str(entry.item)

    def item_description(self, entry: Any) -> str:
        return str(entry.note)

    def item_link(self, entry: ListEntry) -> str:
        return entry.item.get_absolute_url()

    def item_pubdate(self, entry: ListEntry) -> Any:
        return entry.added_at

    def item_guid(self, entry: ListEntry) -> str:
        return f"list-{entry.list_id}-{entry.item_id}"

    item_guid_is_permalink = False
