"""What is decided about raters and about items under attack. Each can be taken back, exactly.

Nobody is told in public, and who is in quarantine sees and uses their own ratings as before.
"""

from __future__ import annotations

from datetime import datetime

from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from catalog import privacy
from catalog.freezes import Freeze
from catalog.models import Item, Person, Rating, User
from catalog.services import recount
from catalog.signals import visitor_adopted
from catalog.trust.models import TrustCase, TrustDecision

Status = TrustCase.Status


def quarantine(case: TrustCase, *, by: User | None) -> None:
    """Nothing of theirs counts any more; without `by` the nightly check says so."""
    _decide(case, Status.QUARANTINED, by=by)


def release(case: TrustCase, *, by: User) -> None:
    """All of theirs counts again, and these signals propose nothing any more."""
    _decide(case, Status.FINE, by=by)


find_fine = release
"""The same for somebody who was proposed only."""


@transaction.atomic
def _decide(case: TrustCase, status: str, *, by: User | None) -> None:
    row = TrustCase.objects.select_for_update().select_related("person").get(pk=case.pk)
    if row.status == status:
        return
    row.status = status
    if status == Status.FINE:
        row.excused = sorted({*row.excused, *(signal["name"] for signal in row.signals)})
    row.save(update_fields=["status", "excused"])
    privacy.quarantine(row.person, is_quarantined=status == Status.QUARANTINED)
    TrustDecision.objects.create(case=row, status=status, by=by, is_automatic=by is None)
    case.status, case.excused = row.status, row.excused


@transaction.atomic
def freeze(
    item: Item, *, until: datetime, by: User, since: datetime | None = None, why: str = ""
) -> Freeze:
    """Ratings since then are held back, those that are there already among them."""
    made = Freeze(item=item, begins_at=since or timezone.now(), ends_at=until, why=why)
    begin(made, by=by)
    return made


@transaction.atomic
def begin(made: Freeze, *, by: User) -> None:
    """Write a freeze and hold back what was rated since it begins."""
    made.made_by = by
    made.save()
    if made.is_active:
        Rating.objects.filter(item=made.item_id, rated_at__gte=made.begins_at).update(is_held=True)
        recount(Item.objects.filter(pk=made.item_id))
    _log(made, by, f"Frozen until {made.ends_at:%Y-%m-%d %H:%M}")


@transaction.atomic
def lift(made: Freeze, *, by: User) -> None:
    """End a freeze now; what was held back counts, unless another one holds."""
    if Freeze.objects.filter(pk=made.pk, lifted_at=None).update(lifted_at=timezone.now()):
        count_released()
        _log(made, by, "Freeze lifted")
    made.refresh_from_db()


@transaction.atomic
def count_released() -> int:
    """Count the ratings whose item is frozen no longer; how many."""
    frozen = Exists(Freeze.objects.active().filter(item=OuterRef("item")))
    held = Rating.objects.select_for_update().filter(~frozen, is_held=True).order_by("pk")
    rows = list(held.values_list("pk", "item"))
    Rating.objects.filter(pk__in=[pk for pk, _item in rows]).update(is_held=False)
    recount(Item.objects.filter(pk__in={item for _pk, item in rows}))
    return len(rows)


def _log(made: Freeze, by: User, words: str) -> None:
    items = Item.objects.filter(pk=made.item_id)
    LogEntry.objects.log_actions(by.pk, items, CHANGE, words, single_object=True)


def _adopt(sender: type[Person], *, visitor: Person, member: Person, **_more: object) -> None:
    """A visitor's case is the member's, unless they have one: then that one is decided on."""
    theirs = TrustCase.objects.filter(person=visitor).first()
    own = TrustCase.objects.filter(person=member).first()
    if theirs is None:
        return
    if own is None:
        TrustCase.objects.filter(pk=theirs.pk).update(person=member)
    elif theirs.status == Status.QUARANTINED:
        TrustCase.objects.filter(pk=own.pk).update(status=Status.QUARANTINED)
        theirs.decisions.update(case=own)


visitor_adopted.connect(_adopt, dispatch_uid="catalog.trust.adopt")
