"""What can be reported or hidden: a review, a list, or the name of somebody who has a page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext

from catalog.blocks import Hiding, between
from catalog.models import Person
from catalog.own.models import List, Review, shown_name
from catalog.reports import Report

Kind = Report.Kind
CAN_BE_HIDDEN = (Kind.REVIEW, Kind.LIST)


@dataclass(frozen=True)
class Thing:
    """Something that somebody made, as moderation needs it."""

    kind: str
    pk: int
    about: Person
    title: str
    text: str
    address: str

    @property
    def kind_label(self) -> str:
        return str(Kind(self.kind).label)

    @property
    def can_be_hidden(self) -> bool:
        """A name cannot: whoever does not want to meet it blocks the person."""
        return self.kind in CAN_BE_HIDDEN


def find(kind: str, pk: int, *, viewer: Person | None) -> Thing | None:
    """The thing, if this person can see it."""
    if kind == Kind.REVIEW:
        reviews = Review.objects.visible_to(viewer).select_related("person__user", "item")
        review = reviews.filter(pk=pk).first()
        return None if review is None else _review(review)
    if kind == Kind.LIST:
        found = List.objects.visible_to(viewer).select_related("person__user").filter(pk=pk).first()
        return None if found is None else _list(found)
    if kind == Kind.NAME:
        people = Person.objects.filter(is_public=True, user__is_active=True)
        person = people.select_related("user").filter(pk=pk).first()
        return _name(person) if person and not between(viewer, person) else None
    return None


def titles_of(hidings: Iterable[Hiding]) -> list[str]:
    """What somebody hid, in words; two queries. What is public no more is only a sort of thing."""
    hidings = list(hidings)
    ids = {
        kind: [hiding.thing for hiding in hidings if hiding.kind == kind] for kind in CAN_BE_HIDDEN
    }
    reviews = Review.objects.public().select_related("item").in_bulk(ids[Kind.REVIEW])
    lists = List.objects.public().in_bulk(ids[Kind.LIST])
    titles = {(Kind.REVIEW, pk): _review_title(review) for pk, review in reviews.items()}
    titles |= {(Kind.LIST, pk): found.title for pk, found in lists.items()}
    return [
        titles.get((Kind(hiding.kind), hiding.thing), str(Kind(hiding.kind).label))
        for hiding in hidings
    ]


def _review_title(review: Review) -> str:
    return gettext("A review of %(title)s") % {"title": review.item.title}


def find_any(kind: str, pk: int) -> Thing | None:
    """The thing, whoever may see it: for moderators."""
    if kind == Kind.REVIEW:
        review = Review.objects.select_related("person__user", "item").filter(pk=pk).first()
        return None if review is None else _review(review)
    if kind == Kind.LIST:
        found = List.objects.select_related("person__user").filter(pk=pk).first()
        return None if found is None else _list(found)
    person = Person.objects.select_related("user").filter(pk=pk).first()
    return None if person is None else _name(person)


def is_hidden(kind: str, pk: int) -> bool:
    if kind == Kind.NAME:
        return Person.objects.filter(pk=pk, is_name_hidden=True).exists()
    model = Review if kind == Kind.REVIEW else List
    return model._default_manager.filter(pk=pk, is_hidden=True).exists()


def set_hidden(kind: str, pk: int, *, hidden: bool) -> bool:
    """Hide something from everybody but its maker, or show it again; False where it is gone."""
    if kind == Kind.NAME:
        return bool(Person.objects.filter(pk=pk).update(is_name_hidden=hidden))
    model = Review if kind == Kind.REVIEW else List
    return bool(model._default_manager.filter(pk=pk).update(is_hidden=hidden))


def _review(review: Review) -> Thing:
    return Thing(
        Kind.REVIEW,
        review.pk,
        review.person,
        title=review.item.title,
        text=review.text,
        address=review.get_absolute_url(),
    )


def _list(found: List) -> Thing:
    notes = found.entries.exclude(note="").values_list("note", flat=True)[:50]
    text = "\n".join(filter(None, [found.title, found.description, *notes]))
    return Thing(
        Kind.LIST,
        found.pk,
        found.person,
        title=found.title,
        text=text,
        address=found.get_absolute_url(),
    )


def _name(person: Person) -> Thing:
    name = shown_name(person)
    return Thing(Kind.NAME, person.pk, person, title=name, text=name, address="")
