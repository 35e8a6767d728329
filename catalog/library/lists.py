"""Lists of one's own: all of them, one that is being changed, and the lists of one item.

Forms send `do`, what to do with an item on a list; every one of them works without JavaScript.
Another person's list is not there: 404, as one that never was.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from catalog.forms import way_back
from catalog.library import undo
from catalog.library.selectors import entries_of, own_lists
from catalog.library.shown import MAX_TEXT, words_of
from catalog.models import Item, Person
from catalog.own import writing
from catalog.own.models import List, ListEntry
from catalog.people import acting_person, current_person

FOUND_ITEMS = 8
MAX_PLACE = 6
"""Digits of a place that a form may send."""


@require_http_methods(["GET", "HEAD", "POST"])
def my_lists(request: HttpRequest) -> HttpResponse:
    """All of one's lists, and the form that makes another."""
    context: dict[str, Any] = {}
    if request.method == "POST":
        try:
            made = writing.make_list(acting_person(request), _words(request))
        except writing.Refused as problem:
            context = {"problem": str(problem), "sent": request.POST}
        else:
            messages.success(request, _("The list “%(title)s” is made.") % {"title": made.title})
            return redirect("catalog:my_list", made.pk)
    person = current_person(request)
    context |= {"lists": own_lists(person), "person": person}
    return render(
        request, "catalog/my_lists.html", context, status=422 if "sent" in context else 200
    )


@require_http_methods(["GET", "HEAD", "POST"])
def my_list(request: HttpRequest, pk: int) -> HttpResponse:
    """One of one's lists with all that can be changed on it."""
    person = current_person(request)
    mine = get_object_or_404(List.objects.kept(), pk=pk, person=person)
    assert person is not None  # whose list was found
    context: dict[str, Any] = {}
    if request.method == "POST":
        try:
            writing.change_list(person, pk, _words(request))
        except writing.Refused as problem:
            context = {"problem": str(problem), "sent": request.POST}
        else:
            messages.success(request, _("The list is saved."))
            return redirect("catalog:my_list", pk)
    query = request.GET.get("find", "").replace("\0", "").strip()[:MAX_TEXT]
    found = _findable(mine, query) if query else None
    context |= {"list": mine, "entries": entries_of(mine), "find": query, "found": found}
    return render(
        request, "catalog/my_list.html", context, status=422 if "sent" in context else 200
    )


@require_POST
def remove_list(request: HttpRequest, pk: int) -> HttpResponse:
    person = acting_person(request)
    try:
        gone = writing.remove_list(person, pk)
    except List.DoesNotExist:
        raise Http404 from None
    said = _("The list “%(title)s” is removed.") % {"title": gone.title}
    removal = undo.Removal(said, "list", {"list": gone.pk})
    return undo.answer(request, removal, otherwise=reverse("catalog:my_lists"))


@require_POST
def list_item(request: HttpRequest, pk: int, item_pk: int) -> HttpResponse:
    """Put an item on a list, take it off, move it, or say something about it there."""
    item = get_object_or_404(Item.objects.listed(), pk=item_pk)
    person, do = acting_person(request), request.POST.get("do", "")
    said: str
    try:
        if do == "off":
            entry = writing.take_off_list(person, pk, item)
            facts = {"list": pk, "item": item.pk, "note": entry.note, "position": entry.position}
            gone = _("%(title)s is off the list.") % {"title": item.title}
            said = undo.Removal(gone, "entry", facts).message(person)
        elif do == "add":
            writing.add_to_list(person, pk, item, note=request.POST.get("note", ""))
            said = _("%(title)s is on the list.") % {"title": item.title}
        elif do == "note":
            writing.note_entry(person, pk, item, note=request.POST.get("note", ""))
            said = _("Your note on %(title)s is saved.") % {"title": item.title}
        else:
            place = writing.move_entry(person, pk, item, to=_place(person, pk, item, do))
            said = _("%(title)s stands at place %(place)d.") % {"title": item.title, "place": place}
    except (List.DoesNotExist, ListEntry.DoesNotExist):
        raise Http404 from None
    except writing.Refused as problem:
        return _refused(request, pk, str(problem))
    if not getattr(request, "htmx", False):
        messages.success(request, said)
        return redirect(way_back(request, otherwise=reverse("catalog:my_list", args=[pk])))
    mine = List.objects.get(pk=pk, person=person)
    if request.POST.get("place") == "item":
        return _item_part(request, item, person, said=said)
    context = {"list": mine, "entries": entries_of(mine), "said": said}
    return render(request, "catalog/_list_entries.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def item_lists(request: HttpRequest, pk: int) -> HttpResponse:
    """On which of one's lists an item stands; a new list can begin with it."""
    item = get_object_or_404(Item.objects.listed(), pk=pk)
    if request.method != "POST":
        return _item_part(request, item, current_person(request))
    person = acting_person(request)
    try:
        made = writing.make_list(person, writing.ListWords(title=request.POST.get("title", "")))
        writing.add_to_list(person, made.pk, item)
    except writing.Refused as problem:
        return _item_part(request, item, person, problem=str(problem))
    said = _("%(title)s is on your new list “%(list)s”.") % {
        "title": item.title,
        "list": made.title,
    }
    if getattr(request, "htmx", False):
        return _item_part(request, item, person, said=said)
    messages.success(request, said)
    return redirect("catalog:item_lists", item.pk)


def _item_part(
    request: HttpRequest, item: Item, person: Person | None, **more: Any
) -> HttpResponse:
    stands = ListEntry.objects.filter(list=OuterRef("pk"), item=item)
    lists = List.objects.kept().filter(person=person).annotate(has_it=Exists(stands))
    context = {"item": item, "lists": lists.order_by("-changed_at", "-pk"), **more}
    whole = "catalog/item_lists.html"
    part = "catalog/_item_lists.html" if getattr(request, "htmx", False) else whole
    status = 422 if "problem" in more and part == whole else 200
    return render(request, part, context, status=status)


def _findable(mine: List, query: str) -> QuerySet[Item]:
    items = Item.objects.listed().cards().popular()
    for word in words_of(query):
        items = items.filter(search_text__contains=word)
    on_it = ListEntry.objects.filter(list=mine, item=OuterRef("pk"))
    return items.annotate(has_it=Exists(on_it))[:FOUND_ITEMS]


def _place(person: Person, pk: int, item: Item, do: str) -> int:
    """Which place among the entries `up`, `down` or a number means."""
    if do.isascii() and do.isdigit() and len(do) <= MAX_PLACE:
        return int(do)
    steps = {"up": -1, "down": 1}
    if do not in steps:
        raise writing.Refused(_("Choose what to do with it: up, down, or off the list."))
    mine = ListEntry.objects.filter(list=pk, list__person=person)
    order = list(mine.order_by("position", "pk").values_list("item", flat=True))
    if item.pk not in order:
        raise ListEntry.DoesNotExist
    return order.index(item.pk) + 1 + steps[do]


def _words(request: HttpRequest) -> writing.ListWords:
    return writing.ListWords(
        title=request.POST.get("title", ""),
        description=request.POST.get("description", ""),
        is_ranked="is_ranked" in request.POST,
        is_public="is_public" in request.POST,
    )


def _refused(request: HttpRequest, pk: int, problem: str) -> HttpResponse:
    if getattr(request, "htmx", False):
        return HttpResponse(problem, status=422, content_type="text/plain; charset=utf-8")
    messages.error(request, problem)
    return redirect(way_back(request, otherwise=reverse("catalog:my_list", args=[pk])))
