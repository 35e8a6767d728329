"""Home and item pages, and the forms on them; browsing is in `browse_views`.

Every form works without JavaScript: it redirects back, with a message. Sent by htmx, the same form
gets the changed part of the page, and the page is told that events changed, so that what is made
from them can renew itself. Rendering a page writes nothing: a view counts when it is posted.
"""

from __future__ import annotations

from django.contrib import messages
from django.db.models import CharField, Exists, IntegerField, OuterRef, Prefetch, Subquery, Value
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_cookie
from django_htmx.http import trigger_client_event

from catalog import covers, services
from catalog.browsing import attribute_address, genres, shop_window
from catalog.forms import stars_of, way_back
from catalog.freezes import Freeze
from catalog.histogram import histogram_of
from catalog.models import Item, ItemAttribute, ItemQuerySet, Person, Rating, ShelfEntry
from catalog.people import acting_person, current_person
from catalog.templatetags.catalog_tags import stars_text

HOME_GENRES = 16
YEAR_SECONDS = 31_536_000
PLACES = ("item", "list", "card")
"""Where a form may stand, which decides how it looks when it comes back."""


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    known = genres()[:HOME_GENRES]
    is_empty = not known and not Item.objects.listed().exists()
    context = {"genres": known, "is_empty": is_empty, "window": shop_window()}
    return render(request, "catalog/home.html", context)


@require_safe
def item(request: HttpRequest, pk: int) -> HttpResponse:
    person = current_person(request)
    links = Prefetch("item_attributes", ItemAttribute.objects.select_related("attribute"))
    items = _with_own_events(Item.objects.listed(), person).prefetch_related(links)
    frozen = Freeze.objects.active().filter(item=OuterRef("pk"))
    shown = get_object_or_404(items.annotate(is_frozen=Exists(frozen)), pk=pk)
    facts: dict[str, list[dict[str, str]]] = {}
    for link in shown.item_attributes.all():
        kind, name = link.attribute.kind, link.attribute.name
        facts.setdefault(kind, []).append({"name": name, "address": attribute_address(kind, name)})
    context = _item_context(shown) | {"facts": facts, "person": person}
    return render(request, "catalog/item.html", context)


@require_safe
@never_cache
@vary_on_cookie
def actions(request: HttpRequest, pk: int) -> HttpResponse:
    """What a card offers once it is opened; fetched then, so that pages of cards stay small."""
    items = _with_own_events(Item.objects.listed().cards(), current_person(request))
    context = {"item": get_object_or_404(items, pk=pk), "shelves": ShelfEntry.Shelf.choices}
    return render(request, "catalog/_actions.html", context)


@require_POST
def rate(request: HttpRequest, pk: int) -> HttpResponse:
    rated = get_object_or_404(Item.objects.listed(), pk=pk)
    try:
        stars = stars_of(request)
        person = acting_person(request)
        if stars is None:
            services.take_back_rating(person, rated)
            said = _("Your rating of %(title)s is taken back.") % {"title": rated.title}
        else:
            services.rate_item(person, rated, stars=stars)
            said = _("You rated %(title)s %(stars)s out of 5.") % {
                "title": rated.title,
                "stars": stars_text(stars),
            }
    except services.BadEvent as problem:
        return _refused(request, rated, str(problem))
    return _changed(request, rated, person, said, part="catalog/_rated.html")


@require_POST
def shelve(request: HttpRequest, pk: int) -> HttpResponse:
    shelved = get_object_or_404(Item.objects.listed(), pk=pk)
    shelf = request.POST.get("shelf", "")
    person = acting_person(request)
    try:
        if shelf == "":
            services.unshelve_item(person, shelved)
            said = _("%(title)s is off your shelf.") % {"title": shelved.title}
        else:
            entry = services.shelve_item(person, shelved, shelf=shelf)
            said = _("%(title)s is on your shelf “%(shelf)s”.") % {
                "title": shelved.title,
                "shelf": entry.get_shelf_display(),
            }
    except services.BadEvent as problem:
        return _refused(request, shelved, str(problem))
    return _changed(request, shelved, person, said, part="catalog/_shelf.html")


@require_POST
def view(request: HttpRequest, pk: int) -> HttpResponse:
    """The page says that it was really looked at."""
    viewed = get_object_or_404(Item.objects.listed(), pk=pk)
    services.record_view(acting_person(request), viewed)
    return HttpResponse(status=204)


@require_safe
def cover(request: HttpRequest, pk: int, version: str) -> HttpResponse:
    """The drawn cover; kept for ever under the address of what is drawn on it."""
    drawn = get_object_or_404(Item.objects.listed().cards(), pk=pk)
    if version != covers.version_of(drawn):
        return HttpResponseRedirect(covers.drawn_address(drawn))
    response = HttpResponse(covers.draw(drawn), content_type="image/svg+xml")
    response["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable"
    return response


def _with_own_events(items: ItemQuerySet, person: Person | None) -> ItemQuerySet:
    """Items with this person's rating and shelf."""
    own_rating = Rating.objects.filter(person=person, item=OuterRef("pk")).values("half_stars")
    own_shelf = ShelfEntry.objects.filter(person=person, item=OuterRef("pk")).values("shelf")
    nothing = person is None
    return items.annotate(
        own_half_stars=Value(None, IntegerField()) if nothing else Subquery(own_rating[:1]),
        own_shelf=Value(None, CharField()) if nothing else Subquery(own_shelf[:1]),
    )


def _item_context(shown: Item) -> dict[str, object]:
    """What the changing parts of an item page need."""
    return {"item": shown, "histogram": histogram_of(shown), "shelves": ShelfEntry.Shelf.choices}


def _changed(
    request: HttpRequest, item: Item, person: Person, said: str, *, part: str
) -> HttpResponse:
    """The answer to a form that changed something."""
    if not getattr(request, "htmx", False):
        messages.success(request, said)
        return redirect(way_back(request, otherwise=item.get_absolute_url()))
    shown = _with_own_events(Item.objects.listed(), person).get(pk=item.pk)
    place = request.POST.get("place", "")
    place = place if place in PLACES else "item"
    context = _item_context(shown) | {
        "place": place,
        "said": said,
        "back": way_back(request, otherwise=""),
    }
    return trigger_client_event(render(request, part, context), "events-changed")


def _refused(request: HttpRequest, item: Item, problem: str) -> HttpResponse:
    """The answer to a form that made no sense: what to do instead."""
    if getattr(request, "htmx", False):
        return HttpResponse(problem, status=422, content_type="text/plain; charset=utf-8")
    messages.error(request, problem)
    return redirect(way_back(request, otherwise=item.get_absolute_url()))
