"""Not interested, and interested again: every write of a Dismissal.

What is dismissed leaves all lists that are made for its person, from the next one on; browsing and
searching still find it. When a visitor turns out to be a member, the member keeps what both said.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.dispatch import receiver
from django.utils import timezone
from django.utils.translation import gettext_lazy

from catalog import kept
from catalog.many import LOOK_UP, batches
from catalog.models import Item, Person
from catalog.signals import visitor_adopted
from catalog.told import (
    CHANGED,
    CREATED,
    SAME,
    SUPERSEDED,
    Fate,
    Told,
    compared,
    own_rows,
    standing,
)
from recommendations.models import Dismissal


def dismiss(person: Person, item: Item, *, at: datetime | None = None) -> Dismissal:
    """Never recommend this item to this person; saying it again changes nothing."""
    when = at or timezone.now()
    dismissal, _created = Dismissal.objects.get_or_create(
        person=person, item=item, defaults={"dismissed_at": when}
    )
    return dismissal


def undo_dismissal(person: Person, item: Item) -> bool:
    """The item may be recommended again; False where it was not dismissed."""
    deleted, _models = Dismissal.objects.filter(person=person, item=item).delete()
    return deleted > 0


@transaction.atomic(savepoint=False)
def settle(events: Sequence[Told]) -> dict[int, Fate]:
    """Many at once: those of kind "dismissal", with a value where not interested, without one where
    interested again. What became of each, by its place among the events."""
    now = timezone.now()
    fates = {place: SUPERSEDED for place, event in enumerate(events) if event.kind == "dismissal"}
    if not fates:
        return fates
    places = standing(events, kind="dismissal", now=now)
    rows = own_rows(Dismissal.objects, (events[place].subject for place in places))
    own = {(row.person_id, row.item_id): row for row in rows}
    new, gone = [], []
    for place in places:
        event, row = events[place], own.get(events[place].subject)
        if row is not None and event.value is not None:
            fates[place] = SAME
            continue
        fates[place] = compared(event, None if row is None else (True, row.dismissed_at))
        if fates[place] == CREATED:
            at = event.at or now
            person_id, item_id = event.subject
            new.append(Dismissal(person_id=person_id, item_id=item_id, dismissed_at=at))
        elif row is not None and fates[place] == CHANGED:
            gone.append(row.pk)
    Dismissal.objects.bulk_create(new, ignore_conflicts=True, batch_size=LOOK_UP)
    for some in batches(iter(gone), LOOK_UP):
        Dismissal.objects.filter(pk__in=some).delete()
    return fates


@receiver(visitor_adopted, dispatch_uid="recommendations.adopt_dismissals")
def adopt_dismissals(sender: Any, *, visitor: Person, member: Person, **_kwargs: Any) -> None:
    """What the visitor dismissed, the member has dismissed."""
    known = member.dismissals.values("item")
    visitor.dismissals.exclude(item__in=known).update(person=member)


kept.keep(
    kept.Kind(
        "dismissals",
        gettext_lazy("Not interested"),
        gettext_lazy("What you do not want recommended. Deleted, it may be recommended again."),
        Dismissal,
        kept.delete_rows(Dismissal),
    )
)
