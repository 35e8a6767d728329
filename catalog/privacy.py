"""What people decide about their own activity, and its counts that follow at once.

Pages and the admin change a person's switches here, and nowhere else: whoever becomes private is
taken out of the counts of items in the same transaction, and whoever is no longer so comes back in.
So do single ratings. `forget_...` deletes all of a kind, with what still waits to be written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Count, F, OuterRef, Subquery

from catalog import view_buffer
from catalog.models import Item, ItemView, Person, Rating, ShelfEntry
from catalog.signals import choices_made

SWITCHES = (
    "is_private",
    "is_paused",
    "is_stopped",
    "is_unpersonalised",
    "shows_ratings",
    "shows_shelves",
    "shows_reviews",
    "shows_lists",
)
QUARANTINED = "is_quarantined"
STAYS_ON = ("is_private", "is_paused", "is_stopped", "is_unpersonalised")
"""What a visitor asked for holds for the member that they turn out to be."""


def choose(person: Person, **switches: bool) -> None:
    """Set these switches, in the row and on this object. Stopped people are paused, too."""
    if unknown := switches.keys() - set(SWITCHES):
        raise ValueError(f"no such switch: {', '.join(sorted(unknown))}")
    _set(person, switches)


def quarantine(person: Person, *, is_quarantined: bool) -> None:
    """Take all that this person did out of every number, or bring it back, exactly."""
    _set(person, {QUARANTINED: is_quarantined})


@transaction.atomic
def _set(person: Person, switches: Mapping[str, bool]) -> None:
    row = Person.objects.select_for_update().get(pk=person.pk)
    was_counted = row.is_counted
    for name, is_on in switches.items():
        setattr(row, name, is_on)
    row.is_paused = row.is_paused or row.is_stopped
    row.save(update_fields=(*SWITCHES, QUARANTINED))
    if row.is_counted != was_counted:
        _shift(person, by=1 if row.is_counted else -1)
    for name in (*SWITCHES, QUARANTINED):
        setattr(person, name, getattr(row, name))
    choices_made.send(Person, person=person)


@transaction.atomic
def adopt_choices(visitor: Person, member: Person) -> None:
    """The member asks for what either of them did; both are counted, or neither is."""
    asked = {name: getattr(visitor, name) or getattr(member, name) for name in STAYS_ON}
    both = Person.objects.filter(pk__in=[visitor.pk, member.pk])
    asked[QUARANTINED] = both.filter(is_quarantined=True).exists()
    _set(visitor, asked)
    _set(member, asked)


@transaction.atomic
def keep_private(row: Rating | ShelfEntry, *, is_private: bool) -> None:
    """One rating or shelf entry that is, or is no longer, left out of models and counts."""
    person = Person.objects.select_for_update().get(pk=row.person_id)
    changed = type(row)._default_manager.filter(pk=row.pk, is_private=not is_private)
    if changed.update(is_private=is_private) and isinstance(row, Rating) and person.is_counted:
        row.refresh_from_db(fields=["half_stars", "is_held"])
        by = 0 if row.is_held else -1 if is_private else 1
        Item.objects.filter(pk=row.item_id).update(
            rating_count=F("rating_count") + by,
            half_star_sum=F("half_star_sum") + by * row.half_stars,
        )
    row.is_private = is_private


def forget_ratings(person: Person) -> int:
    return _forget(person, Rating, uncount=_shift_ratings)


def forget_shelves(person: Person) -> int:
    return _forget(person, ShelfEntry)


def forget_views(person: Person) -> int:
    """All views, those that wait in Redis among them."""
    view_buffer.forget_person(person.pk)
    return _forget(person, ItemView, uncount=_shift_views)


@transaction.atomic
def _forget(person: Person, model: Any, *, uncount: Callable[..., None] | None = None) -> int:
    row = Person.objects.select_for_update().get(pk=person.pk)
    if uncount is not None and row.is_counted:
        uncount(person, by=-1)
    deleted, _models = model.objects.filter(person=person).delete()
    return int(deleted)


def _shift(person: Person, *, by: int) -> None:
    _shift_ratings(person, by=by)
    _shift_views(person, by=by)


def _shift_ratings(person: Person, *, by: int) -> None:
    """Put a person's ratings into the counts of their items (by 1), or take them out (by -1)."""
    own = Rating.objects.filter(person=person, is_private=False, is_held=False).order_by()
    half_stars = Subquery(own.filter(item=OuterRef("pk")).values("half_stars")[:1])
    Item.objects.filter(pk__in=own.values("item")).update(
        rating_count=F("rating_count") + by, half_star_sum=F("half_star_sum") + by * half_stars
    )


def _shift_views(person: Person, *, by: int) -> None:
    own = ItemView.objects.filter(person=person).order_by()
    views = own.filter(item=OuterRef("pk")).values("item").annotate(n=Count("pk")).values("n")
    Item.objects.filter(pk__in=own.values("item")).update(
        view_count=F("view_count") + by * Subquery(views)
    )
