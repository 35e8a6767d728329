"""What one person did, and what they said of their lists: all of it with one query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import F, Value

from catalog.epoch import Epoch
from catalog.models import Person
from catalog.prepared import Prepared
from recommendations.dataset import Row, in_order, past_rows, waiting_rows
from recommendations.models import Dismissal, LeftOut, LikeTaste, Member, Steering

DISMISSED, LEFT_OUT, STEERING, AGREED, JOINED = range(100, 105)
"""Beside the kinds of events, which are less."""


@dataclass(frozen=True)
class Past:
    """Rows as the database gave them, in no order."""

    rows: Sequence[Row] = ()

    @cached_property
    def done(self) -> Sequence[Row]:
        """What the person did, in time's order."""
        return in_order(row for row in self.rows if row[2] < DISMISSED)

    @cached_property
    def said(self) -> Sequence[tuple[int, int]]:
        """What they said, in time's order: (which, id)."""
        said = [row for row in self.rows if row[2] >= DISMISSED]
        return [(which, pk) for _, pk, which, *_ in sorted(said, key=lambda row: row[4:])]


def past_of(person: Person) -> Past:
    """With the views that wait in Redis to be written."""
    rows = _ALL.rows(person.pk)
    return Past([*rows, *waiting_rows(person, rows)])


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
