"""Removing that can be undone: what is removed is gone at once, and a button brings it back.

The button carries what was removed, signed, bound to the person, and good for an hour. It stands
in the message about the removal and belongs to the form of `catalog/_undo.html`, so it works
without JavaScript. Lists and reviews are only marked as removed; of them it carries the id.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import trigger_client_event

from catalog import privacy, services
from catalog.forms import way_back
from catalog.models import Item, ItemView, Person, Rating, ShelfEntry
from catalog.own import writing
from catalog.own.models import UNDO_TIME, List, Review
from catalog.people import acting_person, current_person

SALT = "catalog.undo"
Facts = dict[str, Any]


@dataclass(frozen=True)
class Removal:
    """What was removed, in words and as facts from which it can be made again."""

    said: str
    kind: str = ""
    facts: Facts = field(default_factory=dict)

    def message(self, person: Person) -> str | SafeString:
        if not self.kind:
            return self.said
        token = signing.dumps([person.pk, self.kind, self.facts], salt=SALT, compress=True)
        return format_html(
            '{} <button class="link undo" type="submit" form="undo" name="token" value="{}">{}'
            "</button>",
            self.said,
            token,
            _("Undo"),
        )


def answer(request: HttpRequest, removal: Removal, *, otherwise: str) -> HttpResponse:
    """Says what was removed, with the button, in place or on the page to go back to."""
    said = removal.message(acting_person(request))
    if getattr(request, "htmx", False):
        response = render(request, "catalog/_said.html", {"said": said})
        return trigger_client_event(response, "events-changed")
    messages.success(request, said)
    return redirect(way_back(request, otherwise=otherwise))


@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    back = way_back(request, otherwise=reverse("catalog:my_ratings"))
    person = current_person(request)
    try:
        owner, kind, facts = signing.loads(
            request.POST.get("token", ""), salt=SALT, max_age=UNDO_TIME
        )
        if person is None or owner != person.pk:
            raise signing.BadSignature
        messages.success(request, RESTORERS[kind](person, facts))
    except (services.BadEvent, writing.Refused) as problem:
        messages.error(request, str(problem))
    except (signing.BadSignature, Item.DoesNotExist, List.DoesNotExist, Review.DoesNotExist):
        messages.error(request, _("It is too late to undo that."))
    return redirect(back)


def _remove_rating(person: Person, item: Item) -> Removal:
    rating = Rating.objects.filter(person=person, item=item).first()
    said = _("Your rating of %(title)s is removed.") % {"title": item.title}
    if rating is None or not services.take_back_rating(person, item):
        return Removal(said)
    facts = {"item": item.pk, "stars": rating.stars, "at": _written(rating.rated_at)}
    facts["private"] = rating.is_private
    return Removal(said, "rating", facts)


def _remove_views(person: Person, item: Item) -> Removal:
    times = ItemView.objects.filter(person=person, item=item).order_by("viewed_at")
    at = [_written(moment) for moment in times.values_list("viewed_at", flat=True)]
    services.forget_views(person, item)
    said = _("It is forgotten that you looked at %(title)s.") % {"title": item.title}
    return Removal(said, "views", {"item": item.pk, "at": at}) if at else Removal(said)


def _remove_shelf(person: Person, item: Item) -> Removal:
    entry = ShelfEntry.objects.filter(person=person, item=item).first()
    said = _("%(title)s is off your shelf.") % {"title": item.title}
    if entry is None or not services.unshelve_item(person, item):
        return Removal(said)
    facts = {"item": item.pk, "shelf": entry.shelf, "at": _written(entry.shelved_at)}
    facts["private"] = entry.is_private
    return Removal(said, "shelf", facts)


REMOVALS: dict[str, Callable[[Person, Item], Removal]] = {
    "ratings": _remove_rating,
    "views": _remove_views,
    "shelves": _remove_shelf,
}


def _restore_rating(person: Person, facts: Facts) -> str:
    item = Item.objects.listed().get(pk=facts["item"])
    if not Rating.objects.filter(person=person, item=item).exists():
        rating = services.rate_item(person, item, stars=facts["stars"], at=_read(facts["at"]))
        privacy.keep_private(rating, is_private=bool(facts.get("private")))
    return _("Your rating of %(title)s is back.") % {"title": item.title}


def _restore_views(person: Person, facts: Facts) -> str:
    item = Item.objects.listed().get(pk=facts["item"])
    noted = [services.record_view(person, item, at=_read(moment)) for moment in facts["at"]]
    if not any(noted):
        raise writing.Refused(_("You have paused what is recorded: nothing was put back."))
    return _("It is known again that you looked at %(title)s.") % {"title": item.title}


def _restore_shelf(person: Person, facts: Facts) -> str:
    item = Item.objects.listed().get(pk=facts["item"])
    if not ShelfEntry.objects.filter(person=person, item=item).exists():
        entry = services.shelve_item(person, item, shelf=facts["shelf"], at=_read(facts["at"]))
        privacy.keep_private(entry, is_private=bool(facts.get("private")))
    return _("%(title)s is back on your shelf.") % {"title": item.title}


def _restore_list(person: Person, facts: Facts) -> str:
    made = writing.restore_list(person, facts["list"])
    return _("The list “%(title)s” is back.") % {"title": made.title}


def _restore_entry(person: Person, facts: Facts) -> str:
    item = Item.objects.listed().get(pk=facts["item"])
    writing.add_to_list(person, facts["list"], item, note=facts["note"], at=facts["position"])
    return _("%(title)s is back on the list.") % {"title": item.title}


def _restore_review(person: Person, facts: Facts) -> str:
    review = writing.restore_review(person, facts["review"])
    return _("Your review of %(title)s is back.") % {"title": review.item.title}


RESTORERS: dict[str, Callable[[Person, Facts], str]] = {
    "rating": _restore_rating,
    "views": _restore_views,
    "shelf": _restore_shelf,
    "list": _restore_list,
    "entry": _restore_entry,
    "review": _restore_review,
}


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _read(text: str) -> datetime:
    return datetime.fromisoformat(text)
