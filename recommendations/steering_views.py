"""Steer: the page of one's own dials, with *For you* as they would make it, and what is left out.

A plain form that works without JavaScript: *Preview* shows, *Save* keeps. htmx sends the same form
while a slider moves and swaps the preview; nothing is written before *Save*. What is left out of
one's lists is so in the same answer: the list that the page shows comes with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from django.views.decorators.vary import vary_on_cookie
from django_htmx.http import trigger_client_event

from catalog.forms import way_back
from catalog.models import Item
from catalog.people import acting_person, current_person
from recommendations import panels, selectors, steering, verdicts, views
from recommendations.models import LeftOut, Steering
from recommendations.steering import VALUES
from recommendations.visit import Visit

PREVIEWED = 12
MOST_LISTED = 100
ATTRIBUTE = "attribute:"
"""Begins the name of a field that asks for more or less of something."""


@dataclass(frozen=True)
class Slider:
    """One dial of the page; its value as HTML wants it, in any language."""

    name: str
    label: Promise
    low: Promise
    high: Promise
    least: int = -1
    value: str = "0"


SLIDERS = (
    Slider(
        "adventurous",
        gettext_lazy("Familiar or adventurous"),
        gettext_lazy("familiar"),
        gettext_lazy("adventurous"),
    ),
    Slider(
        "niche", gettext_lazy("Popular or niche"), gettext_lazy("popular"), gettext_lazy("niche")
    ),
    Slider("old", gettext_lazy("New or old"), gettext_lazy("new"), gettext_lazy("old")),
    Slider(
        "diversity",
        gettext_lazy("Focused or varied"),
        gettext_lazy("focused"),
        gettext_lazy("varied"),
        least=0,
    ),
)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@vary_on_cookie
def my_steering(request: HttpRequest) -> HttpResponse:
    visit = panels.visit_of(request)
    if request.method != "POST":
        return _page(request, visit.steering)
    try:
        wanted = Steering() if "middle" in request.POST else read(request.POST)
    except ValidationError as error:
        return _page(request, visit.steering, problems=error.messages)
    if "save" in request.POST:
        if visit.person is not None or not wanted.is_middle:
            steering.steer(acting_person(request), wanted)
        messages.success(request, _("Saved. Your list follows it from now on."))
        return redirect("recommendations:steering")
    if getattr(request, "htmx", False):
        context = _previewed(visit, wanted)
        titles = [pick.item.title for pick in context["picks"].items[:3]]
        context["said"] = _("Preview: %(titles)s") % {"titles": ", ".join(titles)}
        return render(request, "recommendations/steering/_preview.html", context)
    return _page(request, wanted, is_preview=True)


def read(sent: QueryDict) -> Steering:
    """The dials that a form asks for; ValidationError where they make no sense."""
    asked = Steering(
        **{name: _number(sent.get(name, "0"), name) for name in VALUES},
        attributes={
            key.removeprefix(ATTRIBUTE): _number(value, key.removeprefix(ATTRIBUTE))
            for key, value in sent.items()
            if key.startswith(ATTRIBUTE) and isinstance(value, str) and value != "0"
        },
    )
    asked.clean()
    return asked


def _number(text: object, name: str) -> float:
    try:
        return float(str(text))
    except ValueError:
        said = _("%(name)s is no number.") % {"name": name}
        raise ValidationError(said) from None


def _previewed(visit: Visit, wanted: Steering) -> dict[str, Any]:
    """The list as these dials would make it."""
    visit.steering = wanted
    picks = selectors.for_you(visit.person, limit=PREVIEWED, visit=visit)
    return {"picks": picks, "is_personal": picks.model_label is not None}


def _page(
    request: HttpRequest,
    shown: Steering,
    *,
    is_preview: bool = False,
    problems: Sequence[str] = (),
) -> HttpResponse:
    visit = panels.visit_of(request)
    own = LeftOut.objects.filter(person=visit.person, item__is_listed=True)
    left_out = own.select_related("item").defer("item__description", "item__search_text")
    context = {
        "sliders": [
            Slider(dial.name, dial.label, dial.low, dial.high, dial.least, value)
            for dial in SLIDERS
            if (value := f"{getattr(shown, dial.name):g}")
        ],
        "genres": steering.genres_of(visit, shown.attributes),
        "left_out": left_out.order_by("-left_out_at", "-pk")[:MOST_LISTED],
        "shown": shown,
        "is_preview": is_preview,
        "problems": problems,
        "tab": "steering",
        **_previewed(visit, shown),
    }
    status = 400 if problems else 200
    return render(request, "recommendations/steering/my_steering.html", context, status=status)


@require_POST
def leave_out(request: HttpRequest, pk: int) -> HttpResponse:
    """Lists are not made from what its reader did with an item; with `undo`, they are again."""
    item = get_object_or_404(Item.objects.listed().cards(), pk=pk)
    is_left_out = "undo" not in request.POST
    if is_left_out:
        steering.leave_out(acting_person(request), item)
        said = _("%(title)s is left out of your lists now.") % {"title": item.title}
    else:
        if person := current_person(request):
            steering.take_in(person, item)
        said = _("%(title)s counts for your lists again.") % {"title": item.title}
    back = way_back(request, otherwise=reverse("recommendations:steering"))
    context = {"item": item, "is_left_out": is_left_out, "said": said, "back": back}
    if not getattr(request, "htmx", False):
        part = "recommendations/steering/_left_out_message.html"
        messages.success(request, render_to_string(part, context, request))
        return redirect(back)
    match request.POST.get("place"):
        case "why":
            return _with_its_list(request, context)
        case "list":
            answer = render(request, "recommendations/steering/_left_out_row.html", context)
        case _:
            answer = render(request, "recommendations/steering/_leave_out.html", context)
    return trigger_client_event(answer, "events-changed")


def _with_its_list(request: HttpRequest, left: dict[str, Any]) -> HttpResponse:
    """Why a card is shown, without what was left out, and the list on the page made anew."""
    sent = request.POST.get("card", "")
    number = int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 19 else 0
    card = get_object_or_404(Item.objects.listed().cards(), pk=number)
    visit = panels.visit_of(request)
    context = {
        "item": card,
        "reasons": verdicts.why(visit, card),
        "has_acted": True,
        "is_open": True,
        "left": left["item"] if left["is_left_out"] else None,
        "said": left["said"],
    }
    htmx: Any = getattr(request, "htmx", None)
    page = (htmx.current_url_abs_path or "").partition("?")[0]
    html = render_to_string("recommendations/_why.html", context, request)
    if page == reverse("catalog:home"):
        panel = panels.for_you(request) | {"is_swapped": True}
        html += render_to_string(panels.TEMPLATE, panel, request)
    elif page == reverse("recommendations:for_you"):
        whole = views.whole_list(request) | {"is_swapped": True}
        html += render_to_string("recommendations/_list.html", whole, request)
    return HttpResponse(html)
