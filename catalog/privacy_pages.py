"""*My privacy*: what is kept about whoever asks, their switches, and deleting.

Members and visitors alike; plain forms, that work without JavaScript. Looking at a page makes
nobody and changes nothing. Members who delete everything show first that it is them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from allauth.account.decorators import reauthentication_required
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth import logout
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog import kept, privacy
from catalog.forms import PrivacyForm, way_back
from catalog.models import Person, Rating, ShelfEntry
from catalog.people import SESSION_FIELD, acting_person, current_person
from catalog.private import Receipt

PRIVATE_ROWS: dict[str, type[Rating] | type[ShelfEntry]] = {
    "rating": Rating,
    "shelf": ShelfEntry,
}


@dataclass(frozen=True)
class KeptRows:
    """One line of the page."""

    kind: kept.Kind
    count: int


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def my_privacy(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        form = PrivacyForm(request.POST)
        if form.is_valid():
            privacy.choose(acting_person(request), **form.switches())
            messages.success(request, _("Saved. It holds from now on."))
            return redirect("catalog:my_privacy")
    else:
        form = PrivacyForm.of(current_person(request) or Person())
    person = current_person(request)
    rows = [KeptRows(kind, kind.count(person)) for kind in kept.kinds()]
    context = {"form": form, "rows": rows, "person": person, "tab": "privacy"}
    return render(request, "catalog/privacy.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def delete_kind(request: HttpRequest, name: str) -> HttpResponse:
    kind = kept.kind_named(name)
    if kind is None:
        raise Http404
    person = current_person(request)
    if request.method == "POST" and person is not None:
        return redirect(kept.forget_kind(person, kind))
    context = {"kind": kind, "count": kind.count(person)}
    return render(request, "catalog/privacy_delete.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def delete_everything(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _sure(request) if request.user.is_authenticated else _forget_visitor(request)
    person = current_person(request)
    rows = [KeptRows(kind, kind.count(person)) for kind in kept.kinds()]
    context = {"rows": [row for row in rows if row.count], "is_everything": True}
    return render(request, "catalog/privacy_delete.html", context)


@reauthentication_required  # type: ignore[untyped-decorator]
def _sure(request: HttpRequest) -> HttpResponse:
    """A member, who gave their password or passkey a moment ago; else they are asked for it."""
    user: Any = request.user
    for session in UserSession.objects.filter(user=user):
        session.end()
    person = current_person(request)
    logout(request)
    return redirect(kept.forget_everything(person, user))


def _forget_visitor(request: HttpRequest) -> HttpResponse:
    receipt = kept.forget_everything(current_person(request), None)
    request.session.pop(SESSION_FIELD, None)
    return redirect(receipt)


@require_safe
@never_cache
def receipt(request: HttpRequest, token: UUID) -> HttpResponse:
    shown = get_object_or_404(Receipt, pk=token)
    labels = {kind.name: kind.label for kind in kept.kinds()}
    rows = [(labels.get(name, name), count) for name, count in shown.counts.items()]
    return render(request, "catalog/receipt.html", {"receipt": shown, "rows": rows})


@require_POST
def keep_private(request: HttpRequest, what: str, pk: int) -> HttpResponse:
    """One's own rating of, or shelf entry for, an item is private from now on, or no longer."""
    model = PRIVATE_ROWS.get(what)
    person = current_person(request)
    if model is None or person is None:
        raise Http404
    rows: QuerySet[Any] = model.objects.filter(person=person, item=pk)
    row = get_object_or_404(rows.select_related("item"))
    is_private = request.POST.get("private") == "1"
    privacy.keep_private(row, is_private=is_private)
    words = (
        _("What you did with %(title)s is private: no model learns from it.")
        if is_private
        else _("What you did with %(title)s is no longer private.")
    )
    messages.success(request, words % {"title": row.item.title})
    return redirect(way_back(request, otherwise=row.item.get_absolute_url()))
