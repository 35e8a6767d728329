"""*For us*: one's groups, a group with its list, and the way into one. Plain forms throughout.

A group is there for its members only; for everybody else its address is 404. What only its maker
may do is 403 for the other members.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_cookie

from catalog.own.models import shown_name
from catalog.people import acting_person, current_person
from recommendations import panels
from recommendations.agreed import FLOOR, MAX_NAME
from recommendations.company import groups
from recommendations.company.groups import Refused
from recommendations.company.shared import SharedList
from recommendations.in_company import lists
from recommendations.ladder import Picks
from recommendations.measuring import tokens
from recommendations.models import Group, Invitation, Member
from recommendations.surfaces.ask import NOTHING
from recommendations.surfaces.lists import nothing_said, title

HOME, GROUP = "recommendations:for_us", "recommendations:group"


@require_safe
@never_cache
@vary_on_cookie
def for_us(request: HttpRequest) -> HttpResponse:
    person = current_person(request)
    context = {
        "groups": groups.groups_of(person).prefetch_related("members__person__user"),
        "invitations": groups.asked_of(person, timezone.now()),
        "floor": FLOOR,
        "most": groups.MOST,
        "longest_name": MAX_NAME,
        "tab": "for-us",
        **_placed(request),
    }
    return render(request, "recommendations/company/for_us.html", context)


@require_POST
@login_required
def make(request: HttpRequest) -> HttpResponse:
    try:
        group = groups.make(acting_person(request), name=request.POST.get("name", ""))
    except Refused as problem:
        messages.error(request, str(problem))
        return redirect(HOME)
    return redirect(GROUP, pk=group.pk)


@require_safe
@never_cache
@vary_on_cookie
def group(request: HttpRequest, pk: int) -> HttpResponse:
    shown, members, own = _of(request, pk)
    now = timezone.now()
    allows_seen = request.GET.get("seen") == "1"
    is_maker = groups.is_maker(members, own.person)
    placed = _placed(request)
    visit = panels.visit_of(request)
    found, picks = SharedList(problem=placed["off"]), Picks([])
    if not placed["off"]:
        found, picks = lists.of_group(visit, shown, members, allows_seen=allows_seen)
    context = {
        **placed,
        "group": shown,
        "own": own,
        "members": [(one, shown_name(one.person)) for one in members],
        "is_maker": is_maker,
        "allows_seen": allows_seen,
        "list": found,
        "picks": picks,
        "seen": tokens.token_of_list(visit, f"{lists.FOR_US}-page", picks),
        "has_room": len(members) < groups.MOST,
        "most": groups.MOST,
        "longest_name": MAX_NAME,
        "tab": "for-us",
    }
    if is_maker:
        context["invitations"] = Invitation.objects.open(now).filter(group=shown).order_by("pk")
        if shown.has_link(now):
            address = "recommendations:join_group", groups.token_of(shown)
            context["link"] = request.build_absolute_uri(_address(*address))
    return render(request, "recommendations/company/group.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def join(request: HttpRequest, token: str) -> HttpResponse:
    """What a link leads to: what one agrees to, and the button that does."""
    person = current_person(request)
    found = groups.group_of(token, person)
    if found is None:
        return render(request, "recommendations/company/over.html", status=404)
    members = groups.members_of(found)
    if any(one.person == person for one in members):
        return redirect(GROUP, pk=found.pk)
    if request.method == "POST":
        return _answered(
            request,
            lambda: groups.join(found, acting_person(request), floor=_floor(request)),
            otherwise=request.path,
        )
    context = {"group": found, "maker": groups.maker_of(found), "floor": FLOOR}
    return render(request, "recommendations/company/join.html", context)


@require_POST
@login_required
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept or decline an invitation by name."""
    person = current_person(request)
    asked = get_object_or_404(groups.open_to(person, timezone.now()), pk=pk)
    if "accept" in request.POST:
        return _answered(
            request, lambda: groups.accept(asked, floor=_floor(request)), otherwise=_address(HOME)
        )
    groups.decline(asked)
    messages.success(request, _("You declined. Nobody is told."))
    return redirect(HOME)


@require_POST
def set_floor(request: HttpRequest, pk: int) -> HttpResponse:
    _group, _members, own = _of(request, pk)
    return _done(request, pk, lambda: groups.set_floor(own, _floor(request)), _("Saved."))


@require_POST
def leave(request: HttpRequest, pk: int) -> HttpResponse:
    left, _members, own = _of(request, pk)
    groups.leave(own)
    messages.success(request, _("You left %(name)s.") % {"name": left.name})
    return redirect(HOME)


@require_POST
def invite(request: HttpRequest, pk: int) -> HttpResponse:
    made = _made(request, pk)
    name = request.POST.get("username", "")
    said = _("If somebody has this name, they find your invitation under “For us”.")
    return _done(request, pk, lambda: groups.invite(made, name=name), said)


@require_POST
def withdraw(request: HttpRequest, pk: int, invitation: int) -> HttpResponse:
    made = _made(request, pk)
    waiting = Invitation.objects.open(timezone.now()).filter(group=made)
    asked = get_object_or_404(waiting, pk=invitation)
    return _done(request, pk, lambda: groups.withdraw(asked), _("The invitation is withdrawn."))


@require_POST
def link(request: HttpRequest, pk: int) -> HttpResponse:
    made = _made(request, pk)
    if "revoke" in request.POST:
        said = _("The link leads nowhere any more.")
        return _done(request, pk, lambda: groups.revoke_link(made), said)
    said = _("Here is a link. Pass it on to whom you want in this group.")
    return _done(request, pk, lambda: groups.make_link(made), said)


@require_POST
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    made = _made(request, pk)
    name = request.POST.get("name", "")
    return _done(request, pk, lambda: groups.rename(made, name=name), _("Saved."))


@require_POST
def remove(request: HttpRequest, pk: int, member: int) -> HttpResponse:
    made = _made(request, pk)
    gone = get_object_or_404(Member.objects.filter(group=made), pk=member)
    if gone.person == current_person(request):
        raise Http404
    return _done(request, pk, lambda: groups.leave(gone), _("They are out of this group."))


@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    made = _made(request, pk)
    groups.delete(made)
    messages.success(request, _("%(name)s is deleted.") % {"name": made.name})
    return redirect(HOME)


def _placed(request: HttpRequest) -> dict[str, str]:
    """What the list is called, and what is said where it is switched off."""
    placed = panels.visit_of(request).placements[lists.FOR_US]
    off = "" if placed.is_at("page") else nothing_said(placed)
    return {
        "heading": title(placed.settings, NOTHING),
        "off": off,
        "own_heading": placed.settings.title,
    }


def _of(request: HttpRequest, pk: int) -> tuple[Group, list[Member], Member]:
    """A group, its members, and whoever asks among them; else 404."""
    person = current_person(request)
    found = get_object_or_404(groups.groups_of(person), pk=pk)
    members = groups.members_of(found)
    own = next((one for one in members if one.person == person), None)
    if own is None:
        raise Http404
    return found, members, own


def _made(request: HttpRequest, pk: int) -> Group:
    """A group of which whoever asks is the maker."""
    found, members, own = _of(request, pk)
    if not groups.is_maker(members, own.person):
        raise PermissionDenied
    return found


def _answered(request: HttpRequest, act: Callable[[], Member], *, otherwise: str) -> HttpResponse:
    try:
        member = act()
    except Refused as problem:
        messages.error(request, str(problem))
        return redirect(otherwise)
    messages.success(request, _("You are in. The list counts you from now on."))
    return redirect(GROUP, pk=member.group_id)


def _done(request: HttpRequest, pk: int, act: Callable[[], Any], said: str) -> HttpResponse:
    try:
        act()
        messages.success(request, said)
    except Refused as problem:
        messages.error(request, str(problem))
    return redirect(GROUP, pk=pk)


def _floor(request: HttpRequest) -> int:
    sent = request.POST.get("floor", str(FLOOR))
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 3 else 0


def _address(name: str, *args: Any) -> str:
    return reverse(name, args=args)
