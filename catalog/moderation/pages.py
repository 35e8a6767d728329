"""Reporting, hiding and blocking, as plain pages that work without JavaScript.

What somebody cannot see they cannot report, hide or block through: it is not there for them (404).
"""

from __future__ import annotations

from allauth.core import ratelimit
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.blocks import Block, Hiding
from catalog.forms import way_back
from catalog.models import Person
from catalog.moderation import acts, things
from catalog.moderation.things import Thing
from catalog.own.models import shown_name
from catalog.people import acting_person, current_person
from catalog.reports import MAX_WORDS, Report

HOME = "catalog:home"


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def report(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Report something, hide it, or block whoever made it: all from one page."""
    thing = _seen(request, kind, pk)
    problem = ""
    if request.method == "POST":
        if not ratelimit.consume(request, action="report"):
            problem = _("Too many reports come from where you are. Try again later.")
        else:
            try:
                said = {"reason": request.POST.get("reason", "")}
                acts.report(
                    acting_person(request), thing, words=request.POST.get("words", ""), **said
                )
            except acts.Refused as refused:
                problem = str(refused)
            else:
                if request.POST.get("hide") and thing.can_be_hidden:
                    acts.hide_for(acting_person(request), thing)
                messages.success(request, _("Thank you. A moderator will read it."))
                return redirect(_after(request, thing))
    context = {
        "thing": thing,
        "reasons": Report.Reason.choices,
        "chosen": request.POST.get("reason", ""),
        "words": request.POST.get("words", ""),
        "most": MAX_WORDS,
        "problem": problem,
        "name": shown_name(thing.about),
        "is_own": thing.about == current_person(request),
    }
    return render(request, "catalog/report.html", context, status=422 if problem else 200)


@require_POST
def hide(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    thing = _seen(request, kind, pk)
    if not thing.can_be_hidden:
        raise Http404
    try:
        acts.hide_for(acting_person(request), thing)
        messages.success(request, _("It is hidden. My privacy lets you show it again."))
    except acts.Refused as refused:
        messages.error(request, str(refused))
    return redirect(_after(request, thing))


@require_POST
def block(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Block whoever made this: somebody is met by what they made."""
    thing = _seen(request, kind, pk)
    try:
        acts.block(acting_person(request), thing.about)
        said = _(
            "You and %(name)s do not see each other any more. Under My privacy you can undo it."
        )
        messages.success(request, said % {"name": shown_name(thing.about)})
    except acts.Refused as refused:
        messages.error(request, str(refused))
    return redirect(_after(request, thing))


@require_safe
@never_cache
def unseen(request: HttpRequest) -> HttpResponse:
    """Whom one blocked, and what one hid."""
    person = current_person(request)
    blocks = Block.objects.filter(person=person).select_related("blocked__user").order_by("-pk")
    hidings = Hiding.objects.filter(person=person).order_by("-pk")[:200]
    context = {
        "blocks": [(made, shown_name(made.blocked)) for made in blocks],
        "hidden": list(zip(hidings, things.titles_of(hidings), strict=True)),
    }
    return render(request, "catalog/unseen.html", context)


@require_POST
def unblock(request: HttpRequest, pk: int) -> HttpResponse:
    person = current_person(request)
    made = Block.objects.filter(person=person, pk=pk).select_related("blocked").first()
    if person is None or made is None:
        raise Http404
    acts.unblock(person, made.blocked)
    messages.success(request, _("You may see each other again."))
    return redirect("catalog:unseen")


@require_POST
def show_again(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    person = current_person(request)
    if person is None:
        raise Http404
    acts.show_again(person, kind, pk)
    messages.success(request, _("It is shown again."))
    return redirect("catalog:unseen")


def _seen(request: HttpRequest, kind: str, pk: int) -> Thing:
    thing = things.find(kind, pk, viewer=current_person(request))
    if thing is None:
        raise Http404
    return thing


def _after(request: HttpRequest, thing: Thing) -> str:
    """Where to go on: not to a page that is not there any more."""
    viewer: Person | None = current_person(request)
    back = way_back(request, otherwise="")
    if things.find(thing.kind, thing.pk, viewer=viewer) is not None:
        return back or thing.address or reverse(HOME)
    return reverse(HOME) if thing.kind != Report.Kind.REVIEW else thing.address or reverse(HOME)
