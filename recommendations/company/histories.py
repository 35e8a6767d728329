"""What the members of a group did, as far as their group's list may be made from it.

Only what is not private: neither people who are private or pause, nor single ratings and shelf
entries that are. Two queries for all members, however many. Views that still wait to be written
come with the next look.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Value

from catalog.models import ItemView, Person
from ml.snapshot import KINDS
from recommendations.dataset import SOURCES, PersonEvent
from recommendations.models import Dismissal, LeftOut
from recommendations.visit import SEEN_KINDS

VIEWS_EACH = 200


@dataclass
class Past:
    """One member's; `used` are the events that lists are made from, oldest first."""

    used: list[PersonEvent] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)  # item ids
    dismissed: set[int] = field(default_factory=set)
    left_out: set[int] = field(default_factory=set)


def takes_part(person: Person) -> bool:
    """Whether a group's list may be made from what this person did."""
    return not (person.is_private or person.is_paused)


def pasts_of(people: Sequence[Person]) -> dict[int, Past]:
    """By the person's id, of those who take part."""
    found = {one.pk: Past() for one in people if takes_part(one)}
    plain = {one.pk for one in people if one.is_unpersonalised}
    if not found:
        return found
    for pk, item, kind in _said(list(found)):
        (found[pk].left_out if kind else found[pk].dismissed).add(item)
    for pk, item, kind, halves, at, _row in sorted(_events(list(found)), key=_in_order):
        past, name = found[pk], KINDS[kind]
        if name in SEEN_KINDS:
            past.seen.add(item)
        if pk not in plain and item not in past.left_out:
            past.used.append(PersonEvent(item, name, None if halves < 0 else halves / 2, at))
    return found


def _events(people: list[int]) -> Any:
    """(person, item, kind, half stars, time, row) of all of them: one query."""
    first, *others = (
        source.rows("pk", pk__in=_newest_views(people))
        if source.model is ItemView
        else source.rows("pk", person__in=people, is_private=False)
        for source in SOURCES
    )
    return first.union(*others, all=True)


def _newest_views(people: list[int]) -> Any:
    views = ItemView.objects.filter(person__in=people).order_by("-viewed_at", "-pk")
    return views[: VIEWS_EACH * len(people)].values("pk")


def _said(people: list[int]) -> Any:
    """(person, item, 0 where dismissed and 1 where left out): one query."""
    dismissed = Dismissal.objects.filter(person__in=people)
    left_out = LeftOut.objects.filter(person__in=people)
    return dismissed.values_list("person_id", "item_id", Value(0)).union(
        left_out.values_list("person_id", "item_id", Value(1)), all=True
    )


def _in_order(row: tuple[int, int, int, int, float, int]) -> tuple[float, int, int]:
    _person, _item, kind, _halves, at, pk = row
    return at, kind, pk
