"""What was agreed on is written, and can be taken back as a whole.

Rows are taken in a chunk at a time, each in a transaction with the counts of its items, and know
afterwards what became of them; so work that was cut off goes on where it stopped. Each row keeps
what it replaced. Taking back restores that, save where the person did something else since.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from catalog import freezes
from catalog.arriving.models import Arrival, ArrivalRow
from catalog.models import Item, Person, Rating, ShelfEntry
from catalog.own.models import Review
from catalog.services import recount

CHUNK = 500
Outcome, Policy, Status = ArrivalRow.Outcome, Arrival.Policy, Arrival.Status


@dataclass(frozen=True)
class Part:
    """One thing that a row may say; the fields have the same names on rows and on what is kept."""

    name: str
    model: Any
    value: str
    time: str


RATING = Part("rating", Rating, "half_stars", "rated_at")
SHELF = Part("shelf", ShelfEntry, "shelf", "shelved_at")
REVIEW = Part("review", Review, "text", "written_at")


@dataclass
class Own:
    """What a person did to some items, as it will be when the chunk is written."""

    person: Person
    kept: dict[Part, dict[int, Any]]
    changed: dict[int, Any] = field(default_factory=dict)  # by identity, each once
    gone: dict[int, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, person: Person, items: set[int]) -> Own:
        found = {
            RATING: _locked(Rating.objects, person, items),
            SHELF: _locked(ShelfEntry.objects, person, items),
            REVIEW: _locked(Review.objects.kept(), person, items),
        }
        kept = {part: {row.item_id: row for row in rows} for part, rows in found.items()}
        return cls(person, kept)

    def set(self, part: Part, item: int, value: object, at: datetime) -> None:
        own = self.kept[part].setdefault(item, part.model(person=self.person, item_id=item))
        setattr(own, part.value, value)
        setattr(own, part.time, at)
        self.changed[id(own)] = own

    def drop(self, part: Part, item: int) -> None:
        own = self.kept[part].pop(item)
        self.changed.pop(id(own), None)
        self.gone[id(own)] = own

    def write(self) -> None:
        """All changes, in at most three queries for each part."""
        for part in self.kept:
            rows = [row for row in self.changed.values() if isinstance(row, part.model)]
            gone = [row.pk for row in self.gone.values() if isinstance(row, part.model)]
            fields = [part.value, part.time]
            if part is RATING:
                freezes.hold_back(rows)
                fields.append("is_held")
            part.model.objects.bulk_create([row for row in rows if row.pk is None])
            known = [row for row in rows if row.pk is not None]
            part.model.objects.bulk_update(known, fields)
            part.model.objects.filter(pk__in=gone).delete()


def update(model: type[Model], rows: Sequence[Model], fields: list[str]) -> None:
    """`bulk_update` for rows that are locked: it slows down with the square of their number."""
    model._default_manager.bulk_create(
        rows, update_conflicts=True, unique_fields=["id"], update_fields=fields
    )


def _locked(objects: Any, person: Person, items: set[int]) -> QuerySet[Any]:
    found: QuerySet[Any] = objects.select_for_update().filter(person=person, item__in=items)
    return found


def begin(arrival: Arrival, *, policy: str) -> bool:
    """From preview to waiting; False where it was begun already, or another one is under way."""
    if policy not in Policy.values:
        policy = Policy.NEWER
    busy = Arrival.objects.filter(person=arrival.person_id, status=Status.WAITING)
    with transaction.atomic():
        Person.objects.select_for_update().get(pk=arrival.person_id)
        if busy.exists():
            return False
        begun = Arrival.objects.filter(pk=arrival.pk, status=Status.PREVIEW).update(
            status=Status.WAITING, policy=policy, taken_at=timezone.now()
        )
    arrival.refresh_from_db()
    return bool(begun)


def take_in(arrival: Arrival) -> None:
    """Writes all rows that are open; safe to be called twice, and after being cut off."""
    while take_chunk(arrival):
        pass
    with transaction.atomic():
        rows = arrival.rows.filter(outcome=Outcome.OPEN)
        rows.filter(is_skipped=True).update(outcome=Outcome.SKIPPED)
        rows.filter(item=None).update(outcome=Outcome.UNMATCHED)
        Arrival.objects.filter(pk=arrival.pk, status=Status.WAITING).update(status=Status.TAKEN)
    arrival.refresh_from_db()


def take_chunk(arrival: Arrival) -> int:
    """Takes in the next open rows that have an item; how many. None of whoever stopped that."""
    with transaction.atomic():
        Arrival.objects.select_for_update().get(pk=arrival.pk)
        person = Person.objects.select_for_update().get(pk=arrival.person_id)
        if person.is_stopped:
            return 0
        rows = list(
            arrival.rows.filter(
                outcome__in=[Outcome.OPEN, Outcome.UNMATCHED], item__isnull=False, is_skipped=False
            ).order_by("number")[:CHUNK]
        )
        items = {row.item_id for row in rows if row.item_id is not None}
        own = Own.of(person, items)
        for row in rows:
            _take(row, own, policy=arrival.policy, now=timezone.now())
        own.write()
        update(ArrivalRow, rows, ["outcome", "before", "rated_at", "shelved_at"])
        recount(Item.objects.filter(pk__in=items))
    return len(rows)


def _take(row: ArrivalRow, own: Own, *, policy: str, now: datetime) -> None:
    """Decides about one row, and notes what it replaces."""
    before: dict[str, Any] = {}
    differs = False
    for part in (RATING, SHELF):
        brought, at = getattr(row, part.value), getattr(row, part.time)
        mine = own.kept[part].get(_item(row))
        had = None if mine is None else [getattr(mine, part.value), getattr(mine, part.time)]
        if not brought or (had is not None and had[0] == brought):
            continue
        differs = True
        if had is None or wins(at, had[1], policy):
            before[part.name] = had and [had[0], had[1].isoformat()]
            setattr(row, part.time, at or now)
            own.set(part, _item(row), brought, at or now)
    if row.review and _item(row) not in own.kept[REVIEW]:
        before[REVIEW.name] = None
        own.set(REVIEW, _item(row), row.review, row.shelved_at or row.rated_at or now)
    row.before = before or None
    row.outcome = Outcome.TAKEN if before else Outcome.KEPT if differs else Outcome.SAME


def wins(theirs: datetime | None, mine: datetime, policy: str) -> bool:
    """Whether what is brought stands over what is here; without a date it counts as older."""
    if policy == Policy.NEWER:
        return theirs is not None and theirs > mine
    return policy == Policy.THEIRS


def _item(row: ArrivalRow) -> int:
    assert row.item_id is not None
    return row.item_id


def undo(arrival: Arrival) -> None:
    """Everything as it was before; what the person changed since is left, and said to be."""
    for rows in _written(arrival):
        with transaction.atomic():
            Arrival.objects.select_for_update().get(pk=arrival.pk)
            items = {_item(row) for row in rows}
            own = Own.of(arrival.person, items)
            for row in rows:
                _put_back(row, own)
            own.write()
            update(ArrivalRow, rows, ["outcome", "before"])
            recount(Item.objects.filter(pk__in=items))
    Arrival.objects.filter(pk=arrival.pk).update(status=Status.UNDONE)
    arrival.refresh_from_db()


def _written(arrival: Arrival) -> Iterator[list[ArrivalRow]]:
    """Rows that changed something, the last first: two of them may be about one item."""
    while rows := list(
        arrival.rows.filter(before__isnull=False, item__isnull=False).order_by("-number")[:CHUNK]
    ):
        yield rows


def _put_back(row: ArrivalRow, own: Own) -> None:
    """What the row replaced, for each part that is still as the row left it."""
    left = False
    for part in own.kept:
        if part.name not in (row.before or {}):
            continue
        before = (row.before or {})[part.name]
        mine = own.kept[part].get(_item(row))
        if mine is None or not _is_untouched(mine, row, part):
            left = True
        elif before is None:
            own.drop(part, _item(row))
        else:
            own.set(part, _item(row), before[0], _time(before[1]))
    row.before, row.outcome = None, Outcome.LEFT if left else Outcome.RESTORED


def _is_untouched(mine: Any, row: ArrivalRow, part: Part) -> bool:
    if part == REVIEW:
        return bool(mine.text == row.review and not mine.is_public)
    return all(getattr(mine, name) == getattr(row, name) for name in (part.value, part.time))


def _time(text: str) -> datetime:
    moment = parse_datetime(text)
    assert moment is not None
    return moment
