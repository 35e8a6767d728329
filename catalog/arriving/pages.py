"""Pages of one's own imports: bring a file, look at what it means, take it in, take it back.

Everybody sees their own imports alone; of another's these pages say that they are not there.
"""

from __future__ import annotations

from typing import Any, BinaryIO, cast

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST, require_safe

from catalog.arriving import deciding, outlook
from catalog.arriving.archives import MAX_UPLOAD, Unreadable, is_too_long, too_large
from catalog.arriving.deciding import KINDS
from catalog.arriving.models import Arrival, ArrivalRow
from catalog.arriving.receiving import receive
from catalog.models import Item
from catalog.people import acting_person, current_person
from catalog.search import search

ROWS_A_PAGE, CANDIDATES, MAX_QUERY = 50, 12, 200
Outcome, Status = ArrivalRow.Outcome, Arrival.Status
SOURCES = {
    "letterboxd": "Letterboxd",
    "goodreads": "Goodreads",
    "storygraph": "StoryGraph",
    "imdb": "IMDb",
    "trakt": "Trakt",
    "table": gettext_lazy("a table"),
}


@require_safe
def my_imports(request: HttpRequest) -> HttpResponse:
    return _overview(request)


@csrf_exempt  # here: what is too large is refused before anything reads it
def bring(request: HttpRequest) -> HttpResponse:
    """The upload; refused with a sentence where nothing can be read."""
    if is_too_long(request.META.get("CONTENT_LENGTH")):
        return _overview(request, problem=str(too_large(_("The file"))))
    return _bring(request)


@csrf_protect
@require_POST
def _bring(request: HttpRequest) -> HttpResponse:
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile) or file.size is None:
        return _overview(request, problem=_("Choose a file first."))
    try:
        content = cast(BinaryIO, file.file)
        arrival = receive(acting_person(request), content, name=file.name or "", size=file.size)
    except Unreadable as problem:
        return _overview(request, problem=str(problem))
    return redirect("catalog:my_import", arrival.pk)


@require_safe
def my_import(request: HttpRequest, pk: int) -> HttpResponse:
    arrival = _own(request, pk)
    kind = request.GET.get("show", "all")
    kind = kind if kind in KINDS else "all"
    counts, outcomes = deciding.counts_of(arrival), deciding.outcomes_of(arrival)
    page = Paginator(deciding.rows_of(arrival, kind), ROWS_A_PAGE).get_page(request.GET.get("page"))
    done = sum(count for outcome, count in outcomes.items() if outcome not in ("", "refused"))
    is_preview = arrival.status == Status.PREVIEW
    found = outlook.outlook(arrival) if is_preview else {}
    wanted = [row.item_id for row in page.object_list if row.item_id] if is_preview else []
    own = outlook.here(arrival.person, wanted) if wanted else {}
    context = {
        "arrival": arrival,
        "source": SOURCES.get(arrival.source, arrival.source),
        "page": page,
        "rows": [(row, own.get(row.item_id or 0)) for row in page.object_list],
        "kind": kind,
        "kinds": [(name, label, counts[name]) for name, (label, _q) in KINDS.items()],
        "counts": counts,
        "outcomes": [(Outcome(name).label, count) for name, count in outcomes.items() if name],
        "policies": [(value, label, found.get(value)) for value, label in Arrival.Policy.choices],
        "address": f"{request.path}?show={kind}",
        "done": done,
        "all": sum(outcomes.values()),
    }
    part = "_import_progress" if getattr(request, "htmx", False) else "import"
    return render(request, f"catalog/arriving/{part}.html", context)


@require_POST
def take(request: HttpRequest, pk: int) -> HttpResponse:
    arrival = _own(request, pk)
    try:
        deciding.take(arrival, policy=request.POST.get("policy", ""))
    except deciding.NotNow as problem:
        messages.error(request, str(problem))
    return redirect("catalog:my_import", arrival.pk)


@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    arrival = _own(request, pk)
    try:
        messages.success(request, _undone(arrival, deciding.undo(arrival)))
    except deciding.NotNow as problem:
        messages.error(request, str(problem))
    return redirect("catalog:my_import", arrival.pk)


def _undone(arrival: Arrival, left: int) -> str:
    if not left:
        return _("%(file)s is undone: all is as before.") % {"file": arrival.file_name}
    said = ngettext(
        "%(file)s is undone, but for %(left)d that you changed since.",
        "%(file)s is undone, but for %(left)d that you changed since.",
        left,
    )
    return said % {"file": arrival.file_name, "left": left}


@require_POST
def forget(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove the list of what arrived; what was taken in stays."""
    arrival = _own(request, pk)
    try:
        deciding.forget(arrival)
        messages.success(request, _("The list of %(file)s is gone.") % {"file": arrival.file_name})
    except deciding.NotNow as problem:
        messages.error(request, str(problem))
    return redirect("catalog:my_imports")


def choose(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Which item a row means, or that it is to be left out."""
    arrival = _own(request, pk)
    row = get_object_or_404(arrival.rows.filter(deciding.READ), number=number)
    back = redirect("catalog:my_import", arrival.pk)
    try:
        deciding.check_may_choose(arrival, row)
    except deciding.NotNow as problem:
        messages.error(request, str(problem))
        return back
    if request.method == "POST":
        _choose(request, arrival, row)
        return back
    asked = request.GET.get("q", row.title).replace("\0", "")[:MAX_QUERY]
    found: Any = search(Item.objects.listed(), asked)
    found = found.order_by("match", "-rating_count", "pk")
    context = {"arrival": arrival, "row": row, "asked": asked, "items": found.cards()[:CANDIDATES]}
    return render(request, "catalog/arriving/choose.html", context)


def _choose(request: HttpRequest, arrival: Arrival, row: ArrivalRow) -> None:
    sent, item = request.POST.get("item", ""), None
    if sent.isascii() and sent.isdigit() and len(sent) < 19:
        item = get_object_or_404(Item.objects.listed(), pk=int(sent))
    deciding.choose(arrival, row, item=item, is_skipped=sent == "skip")


def _overview(request: HttpRequest, *, problem: str = "") -> HttpResponse:
    context = {
        "arrivals": deciding.own_arrivals(current_person(request))[:100],
        "problem": problem,
        "most": MAX_UPLOAD // 1_000_000,
        "sources": SOURCES,
    }
    return render(
        request, "catalog/arriving/overview.html", context, status=422 if problem else 200
    )


def _own(request: HttpRequest, pk: int) -> Arrival:
    mine = Arrival.objects.of(current_person(request)).select_related("person")
    return get_object_or_404(mine, pk=pk)


URLS: list[Any] = [
    path("", my_imports, name="my_imports"),
    path("bring/", bring, name="bring"),
    path("<int:pk>/", my_import, name="my_import"),
    path("<int:pk>/take/", take, name="take_import"),
    path("<int:pk>/undo/", undo, name="undo_import"),
    path("<int:pk>/forget/", forget, name="forget_import"),
    path("<int:pk>/rows/<int:number>/", choose, name="choose_import"),
]
