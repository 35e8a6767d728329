"""Not interested, and interested again: every write of a Dismissal.

What is dismissed leaves all lists that are made for its person, from the next one on; browsing and
searching still find it. When a visitor turns out to be a member, the member keeps what both said.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.dispatch import receiver
from django.utils import timezone
from django.utils.translation import gettext_lazy

from catalog import kept
from catalog.models import Item, Person
from catalog.signals import visitor_adopted
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
