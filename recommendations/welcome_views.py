"""The welcome page: rate a few, and the site is yours.

It works for visitors and members, with htmx and without. Ratings are written as on any page
(`catalog.services`); what somebody does not know is kept in their session only, also when they
join. Rendering writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_cookie
from django_htmx.http import trigger_client_event

from catalog import services
from catalog.forms import stars_of
from catalog.models import Item
from catalog.people import acting_person
from catalog.templatetags.catalog_tags import stars_text
from recommendations import panels
from recommendations.welcome import WALL, remembering, wall_for

SESSION_FIELD = "welcome_unknown"


@require_safe
@never_cache
@vary_on_cookie
def welcome(request: HttpRequest) -> HttpResponse:
    wall = wall_for(panels.visit_of(request), unknown=unknown_of(request))
    return render(request, "recommendations/welcome.html", {"wall": wall})


@require_POST
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """A rating, a "don't know it", or one of them taken back."""
    item = get_object_or_404(Item.objects.listed(), pk=pk)
    shown = _shown(request)
    if "unknown" in request.POST:
        _remember(request, [pk])
        said = _("You do not know %(title)s.") % {"title": item.title}
        return _changed(request, said, shown=shown, answered=item)
    try:
        stars = stars_of(request)
        if stars is not None:
            services.rate_item(acting_person(request), item, stars=stars)
            facts = {"title": item.title, "stars": stars_text(stars)}
            said = _("You rated %(title)s %(stars)s out of 5.") % facts
            _forget(request, pk)
            return _changed(request, said, shown=shown, answered=item)
        _forget(request, pk)
        services.take_back_rating(acting_person(request), item)
    except services.BadEvent as problem:
        return _refused(request, str(problem))
    said = _("Your answer about %(title)s is taken back.") % {"title": item.title}
    return _changed(request, said, shown=[pk, *shown][:WALL])


@require_POST
def others(request: HttpRequest) -> HttpResponse:
    """Nothing on the wall is known: a new wall, which takes that into account."""
    _remember(request, Item.objects.filter(pk__in=_shown(request)).values_list("pk", flat=True))
    return _changed(request, _("Here are others."), shown=[])


def unknown_of(request: HttpRequest) -> list[int]:
    return list(request.session.get(SESSION_FIELD, []))


def _remember(request: HttpRequest, ids: Iterable[int]) -> None:
    request.session[SESSION_FIELD] = remembering(unknown_of(request), ids)


def _forget(request: HttpRequest, pk: int) -> None:
    unknown = unknown_of(request)
    if pk in unknown:
        request.session[SESSION_FIELD] = remembering(unknown, but=[pk])


def _shown(request: HttpRequest) -> list[int]:
    """The ids on the wall that the form was sent from; what makes no sense is left out."""
    sent = request.POST.getlist("shown")[:WALL]
    return [int(text) for text in sent if text.isascii() and text.isdigit() and len(text) < 12]


def _changed(
    request: HttpRequest, said: str, *, shown: list[int], answered: Item | None = None
) -> HttpResponse:
    if not getattr(request, "htmx", False):
        messages.success(request, said)
        return redirect("recommendations:welcome")
    wall = wall_for(panels.visit_of(request), unknown=unknown_of(request), shown=shown)
    context = {"wall": wall, "said": said, "answered": answered, "swapped": True}
    return trigger_client_event(
        render(request, "recommendations/_wall.html", context), "events-changed"
    )


def _refused(request: HttpRequest, problem: str) -> HttpResponse:
    if getattr(request, "htmx", False):
        return HttpResponse(problem, status=422, content_type="text/plain; charset=utf-8")
    messages.error(request, problem)
    return redirect("recommendations:welcome")
