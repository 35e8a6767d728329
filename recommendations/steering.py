"""Every write of what somebody says about their own *For you*: dials, and what is left out.

It holds from the next list on. When a visitor turns out to be a member, the member's own dials hold
where there are any, and what either left out is left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.dispatch import receiver
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog import kept
from catalog.library import export
from catalog.models import Attribute, Item, ItemAttribute, Person
from catalog.signals import visitor_adopted
from recommendations.models import LeftOut, Steering
from recommendations.steered import DIALS
from recommendations.visit import Visit

VALUES = (*DIALS, "diversity")
MOST_GENRES = 8
MOST_LIKED = 200
"""So many of somebody's latest good ratings say which genres they may want more or less of."""


def steer(person: Person, wanted: Steering, *, at: datetime | None = None) -> None:
    """These dials hold from now on; with all of them at the middle, no row is kept."""
    if wanted.is_middle:
        Steering.objects.filter(person=person).delete()
        return
    attributes = {key: dial for key, dial in wanted.attributes.items() if dial}
    values: dict[str, Any] = {name: getattr(wanted, name) for name in VALUES}
    values |= {"attributes": attributes, "changed_at": at or timezone.now()}
    Steering.objects.update_or_create(person=person, defaults=values)


def leave_out(person: Person, item: Item, *, at: datetime | None = None) -> None:
    """No list is made from what this person did with this item; saying it again changes nothing."""
    when = at or timezone.now()
    LeftOut.objects.get_or_create(person=person, item=item, defaults={"left_out_at": when})


def take_in(person: Person, item: Item) -> bool:
    """It counts again; False where it was not left out."""
    deleted, _models = LeftOut.objects.filter(person=person, item=item).delete()
    return deleted > 0


@dataclass(frozen=True)
class Step:
    """One setting of a genre that a page offers."""

    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True)
class Genre:
    """A genre that somebody may want more or less of."""

    key: str  # "KIND:NAME"
    name: str
    dial: float

    @property
    def choices(self) -> list[Step]:
        """Less, as it is, more; and what else was set through the API."""
        labels = {-1.0: _("less"), 0.0: _("as it is"), 1.0: _("more")}
        labels.setdefault(self.dial, _("as set: %(number)s") % {"number": f"{self.dial:g}"})
        return [
            Step(f"{dial:g}", label, dial == self.dial) for dial, label in sorted(labels.items())
        ]


def genres_of(visit: Visit, attributes: Mapping[str, float]) -> list[Genre]:
    """The commonest genres of what a person likes, and those that are set. One query."""
    liked = [
        event.item_id
        for event in visit.used
        if event.kind == "rating" and event.item_id not in visit.not_liked
    ][-MOST_LIKED:]
    links = ItemAttribute.objects.filter(
        item__in=liked, attribute__kind__in=settings.GENRE_KINDS
    ).order_by("attribute__name")
    named = links.values_list("attribute__kind", "attribute__name") if liked else []
    common = Counter(f"{kind}:{name}" for kind, name in named)
    keys = [key for key, _count in common.most_common(MOST_GENRES)]
    keys += [key for key in attributes if key not in keys]
    return [Genre(key, key.partition(":")[2], attributes.get(key, 0.0)) for key in keys]


def unknown_attributes(keys: Sequence[str]) -> list[str]:
    """Those that no item of the catalogue can have. One query."""
    names = {key.partition(":")[2] for key in keys}
    known = Attribute.objects.filter(name__in=names).values_list("kind", "name")
    there = {f"{kind}:{name}" for kind, name in known}
    return [key for key in keys if key not in there]


@receiver(visitor_adopted, dispatch_uid="recommendations.adopt_steering")
def adopt_steering(sender: Any, *, visitor: Person, member: Person, **_kwargs: Any) -> None:
    """The member's dials, else the visitor's; and all that either left out."""
    if not Steering.objects.filter(person=member).exists():
        Steering.objects.filter(person=visitor).update(person=member)
    known = member.left_out.values("item")
    visitor.left_out.exclude(item__in=known).update(person=member)


kept.keep(
    kept.Kind(
        "steering",
        gettext_lazy("How you steer your lists"),
        gettext_lazy("Your dials. Deleted, all of them are at the middle again."),
        Steering,
        kept.delete_rows(Steering),
    )
)
kept.keep(
    kept.Kind(
        "left_out",
        gettext_lazy("Left out of your lists"),
        gettext_lazy("What your lists shall not be made from. Deleted, it counts again."),
        LeftOut,
        kept.delete_rows(LeftOut),
    )
)
export.also(
    export.Kind(
        "steering",
        (*VALUES, "attributes", "changed_at"),
        lambda person: Steering.objects.filter(person=person),
        lambda row: (
            *(getattr(row, name) for name in VALUES),
            "; ".join(f"{key} {dial:g}" for key, dial in row.attributes.items()),
            export.time_text(row.changed_at),
        ),
        has_item=False,
    )
)
export.also(
    export.Kind(
        "left_out",
        ("left_out_at",),
        lambda person: person.left_out.all(),
        lambda row: (export.time_text(row.left_out_at),),
    )
)
