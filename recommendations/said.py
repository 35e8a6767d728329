"""What one person did, and what they said of their lists: all of it with one query."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db.models import F, Value

from catalog.epoch import Epoch
from catalog.models import Person
from catalog.prepared import Prepared
from recommendations.dataset import Row, past_rows, with_waiting
from recommendations.models import Dismissal, LeftOut, LikeTaste, Member, Steering

DISMISSED, LEFT_OUT, STEERING, AGREED, JOINED = range(100, 105)
"""Beside the kinds of events, which are less."""


class Past(NamedTuple):
    """Rows as `dataset` reads them, and what was said, in time's order: (which, id)."""

    done: Sequence[Row]
    said: Sequence[tuple[int, int]]


def past_of(person: Person) -> Past:
    rows = _ALL.rows(person.pk)
    said = sorted((row for row in rows if row[2] >= DISMISSED), key=lambda row: row[4:])
    done = with_waiting(person, (row for row in rows if row[2] < DISMISSED))
    return Past(done, [(which, pk) for _, pk, which, *_ in said])


def _all(person_id: int) -> Any:
    said = (
        model.objects.filter(person_id=person_id)
        .order_by()
        .values_list("person_id", field, Value(which), Value(0), Epoch(F(at)), "pk")
        for model, which, field, at in (
            (Dismissal, DISMISSED, "item_id", "dismissed_at"),
            (LeftOut, LEFT_OUT, "item_id", "left_out_at"),
            (Steering, STEERING, "pk", "changed_at"),
            (LikeTaste, AGREED, "pk", "since"),
            (Member, JOINED, "group_id", "group__made_at"),
        )
    )
    return past_rows(person_id, *said)


_ALL = Prepared(_all)
