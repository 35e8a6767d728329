"""What somebody said of their lists, all of it with one query: (which, id, when)."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet, Value

from recommendations.models import Dismissal, LeftOut, LikeTaste, Member, Steering
from recommendations.prepared import Prepared

DISMISSED, LEFT_OUT, STEERING, AGREED, JOINED = range(5)


def _said_by(person_id: int) -> QuerySet[Any, Any]:
    first, *others = (
        model.objects.filter(person_id=person_id).order_by().values_list(Value(kind), field, at)
        for model, kind, field, at in (
            (Dismissal, DISMISSED, "item_id", "dismissed_at"),
            (LeftOut, LEFT_OUT, "item_id", "left_out_at"),
            (Steering, STEERING, "pk", "changed_at"),
            (LikeTaste, AGREED, "pk", "since"),
            (Member, JOINED, "group_id", "group__made_at"),
        )
    )
    return first.union(*others, all=True)


SAID = Prepared(_said_by)
