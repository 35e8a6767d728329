"""All that the site keeps about a person, by kind: in words, how much, and how it is deleted.

The page *My privacy* is made from this. An app that keeps rows about people adds its kinds when it
is loaded (`keep`); a test walks all tables that point at a person, and names those that are missing
here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from catalog import privacy
from catalog.blocks import Block, Hiding
from catalog.models import ItemView, Person, Rating, ShelfEntry, User
from catalog.own.models import List, Review
from catalog.private import Receipt
from catalog.reports import Report
from catalog.services import forget_people


@dataclass(frozen=True)
class Kind:
    """Rows of one sort that belong to people."""

    name: str
    label: Any  # these three are lazy translations
    why: Any
    model: type[models.Model]
    forget: Callable[[Person], int]
    is_learned: bool = False
    """Whether models learn from it."""
    person: str = "person"
    """The field that says whose it is."""

    def count(self, person: Person | None) -> int:
        if person is None:
            return 0
        return self.model._default_manager.filter(**{self.person: person}).count()


_kinds: dict[str, Kind] = {}


def keep(kind: Kind) -> None:
    _kinds[kind.name] = kind


def kinds() -> Iterable[Kind]:
    """In the order in which they were added."""
    return _kinds.values()


def kind_named(name: str) -> Kind | None:
    return _kinds.get(name)


def delete_rows(model: type[models.Model], *, person: str = "person") -> Callable[[Person], int]:
    """Deletes all rows of a model that are this person's: for kinds that nothing counts."""
    field = person

    def forget(person: Person) -> int:
        deleted, by_model = model._default_manager.filter(**{field: person}).delete()
        return by_model.get(model._meta.label, 0) if deleted else 0

    return forget


@transaction.atomic
def forget_kind(person: Person, kind: Kind) -> Receipt:
    """All of one kind is gone, at once."""
    learned = kind.is_learned and person.is_counted
    return Receipt.objects.create(counts={kind.name: kind.forget(person)}, was_learned=learned)


@transaction.atomic
def forget_everything(person: Person | None, user: User | None) -> Receipt:
    """A person with all that is kept of them, and their account."""
    counts = {kind.name: kind.count(person) for kind in kinds()}
    if person is not None:
        forget_people([person])
    if user is not None:
        user.delete()
    learned = person is not None and person.is_counted
    return Receipt.objects.create(
        counts={name: count for name, count in counts.items() if count},
        is_account=True,
        was_learned=learned,
    )


keep(
    Kind(
        "ratings",
        _("Ratings"),
        _("Kept until you take them back. Your lists are made from them."),
        Rating,
        privacy.forget_ratings,
        is_learned=True,
    )
)
keep(
    Kind(
        "shelves",
        _("Shelf entries"),
        _("Kept until you take them off. Your lists are made from them."),
        ShelfEntry,
        privacy.forget_shelves,
        is_learned=True,
    )
)
keep(
    Kind(
        "views",
        _("Views"),
        _(
            "Which pages you looked at, and when. Old ones become a number for each day, which "
            "knows nobody."
        ),
        ItemView,
        privacy.forget_views,
        is_learned=True,
    )
)
keep(
    Kind(
        "lists",
        _("Lists"),
        _("Kept until you remove them. Only you see those that you did not make public."),
        List,
        delete_rows(List),
    )
)
keep(
    Kind(
        "reviews",
        _("Reviews"),
        _("Kept until you remove them. Only you see those that you did not make public."),
        Review,
        delete_rows(Review),
    )
)
keep(
    Kind(
        "hidings",
        _("Hidden reviews and lists"),
        _("Kept so that you need not see them again. Deleted, they are shown again."),
        Hiding,
        delete_rows(Hiding),
    )
)
keep(
    Kind(
        "blocks",
        _("Blocked people"),
        _("Kept so that you and they do not see each other. Deleted, you do again."),
        Block,
        delete_rows(Block),
    )
)
keep(
    Kind(
        "reports",
        _("Reports you made"),
        _("Kept until a moderator has read them, and a year after."),
        Report,
        delete_rows(Report, person="reporter"),
        person="reporter",
    )
)
