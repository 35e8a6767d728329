"""What somebody said of their lists, all of it with one query: (which, id, when)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet, Value

from recommendations.models import Dismissal, LeftOut, LikeTaste, Member, Steering
from recommendations.prepared import Prepared

DISMISSED, LEFT_OUT, STEERING, AGREED, JOINED = range(5)


KINDS = (
    (Dismissal, DISMISSED, "item_id", "dismissed_at"),
    (LeftOut, LEFT_OUT, "item_id", "left_out_at"),
    (Steering, STEERING, "pk", "changed_at"),
    (LikeTaste, AGREED, "pk", "since"),
    (Member, JOINED, "group_id", "group__made_at"),
)


def _said(*more: str, **whose: Any) -> QuerySet[Any, Any]:
    first, *others = (
        model.objects.filter(**whose).order_by().values_list(Value(kind), field, at, *more)
        for model, kind, field, at in KINDS
    )
    return first.union(*others, all=True)


SAID = Prepared(lambda person_id: _said(person_id=person_id))


def said_by(people: Collection[int]) -> dict[int, list[tuple[Any, ...]]]:
    """The same of each of these people, by id, with one query for all of them."""
    found: dict[int, list[tuple[Any, ...]]] = {pk: [] for pk in people}
    for *said, person_id in _said("person_id", person_id__in=people):
        found[person_id].append(tuple(said))
    return found
