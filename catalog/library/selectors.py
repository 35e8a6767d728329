"""What pages and the API show of lists and reviews: one's own, and what somebody made public.

Each is a query in the order in which it is shown. What is private, hidden or removed, and what
either of two people does not want to see of the other, is in none but its owner's.
"""

from __future__ import annotations

from django.db.models import QuerySet

from catalog.blocks import between
from catalog.models import Person, Rating, ShelfEntry
from catalog.own.models import List, ListEntry, ListQuerySet, Review, ReviewQuerySet

LONG = ("item__description", "item__search_text")
"""What no row shows of its item."""


def own_lists(person: Person | None) -> ListQuerySet:
    return List.objects.kept().filter(person=person).counted().order_by("-changed_at", "-pk")


def own_reviews(person: Person | None) -> ReviewQuerySet:
    own = Review.objects.kept().filter(person=person, item__is_listed=True)
    return own.select_related("item").defer(*LONG).with_authors(person).newest()


def entries_of(shown: List) -> QuerySet[ListEntry]:
    """What is on a list, in order, without items that are no longer listed."""
    entries = ListEntry.objects.filter(list=shown, item__is_listed=True).select_related("item")
    return entries.defer(*LONG).order_by("position", "pk")


def person_with_page(pk: int, viewer: Person | None) -> Person | None:
    """Somebody who chose to have a public page that this person may see."""
    people = Person.objects.filter(is_public=True, user__is_active=True).select_related("user")
    shown = people.filter(pk=pk).first()
    return None if shown is None or between(viewer, shown) else shown


def public_lists(shown: Person, viewer: Person | None) -> ListQuerySet:
    lists = List.objects.visible_to(viewer).filter(person=shown, is_public=True, is_hidden=False)
    return lists.counted().order_by("-changed_at", "-pk")


def public_reviews(shown: Person, viewer: Person | None) -> ReviewQuerySet:
    reviews = Review.objects.visible_to(viewer).filter(
        person=shown, is_public=True, is_hidden=False, item__is_listed=True
    )
    return reviews.select_related("item").defer(*LONG).with_authors(viewer).newest()


def best_rated(shown: Person, viewer: Person | None) -> QuerySet[Rating]:
    """What they rated highest, if they show it."""
    rows = Rating.objects.shown_to(viewer).filter(person=shown, item__is_listed=True)
    return rows.select_related("item").defer(*LONG).order_by("-half_stars", "-rated_at", "-pk")


def last_shelved(shown: Person, viewer: Person | None) -> QuerySet[ShelfEntry]:
    """What they put on a shelf last, if they show it."""
    rows = ShelfEntry.objects.shown_to(viewer).filter(person=shown, item__is_listed=True)
    return rows.select_related("item").defer(*LONG).order_by("-shelved_at", "-pk")
