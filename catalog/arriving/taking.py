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

from catalog.arriving.models import Arrival, ArrivalRow
from catalog.models import Item, Person, Rating, ShelfEntry
from catalog.own.models import Review
from catalog.services import recount

CHUNK = 500
Outcome, Policy, Status = ArrivalRow.Outcome, Arrival.Policy, Arrival.Status


@dataclass
class Own:
    """What a person did to some items, as it will be when the chunk is written."""

    person: Person
    ratings: dict[int, Rating]
    shelves: dict[int, ShelfEntry]
    reviews: dict[int, Review]
    changed: list[Rating | ShelfEntry | Review] = field(default_factory=list)

    @classmethod
    def of(cls, person: Person, items: set[int]) -> Own:
        return cls(
            person,
            {row.item_id: row for row in _locked(Rating.objects, person, items)},
            {row.item_id: row for row in _locked(ShelfEntry.objects, person, items)},
            {row.item_id: row for row in _locked(Review.objects.kept(), person, items)},
        )

    def write(self) -> None:
        """All changes, in three queries for what is new and three for what is not."""
        changed = list({id(row): row for row in self.changed}.values())
        kinds: tuple[tuple[Any, list[str]], ...] = (
            (Rating, ["half_stars", "rated_at"]),
            (ShelfEntry, ["shelf", "shelved_at"]),
            (Review, ["text", "written_at"]),
        )
        for model, fields in kinds:
            rows = [row for row in changed if isinstance(row, model)]
            model.objects.bulk_create([row for row in rows if row.pk is None])
            model.objects.bulk_update([row for row in rows if row.pk is not None], fields)


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
    if row.half_stars is not None:
        rating = own.ratings.get(_item(row))
        differs |= rating is None or rating.half_stars != row.half_stars
        if rating is None or (
            rating.half_stars != row.half_stars and wins(row.rated_at, rating.rated_at, policy)
        ):
            before["rating"] = rating and [rating.half_stars, rating.rated_at.isoformat()]
            row.rated_at = row.rated_at or now
            rating = rating or Rating(person=own.person, item_id=_item(row))
            rating.half_stars, rating.rated_at = row.half_stars, row.rated_at
            own.ratings[_item(row)] = rating
            own.changed.append(rating)
    if row.shelf:
        entry = own.shelves.get(_item(row))
        differs |= entry is None or entry.shelf != row.shelf
        if entry is None or (
            entry.shelf != row.shelf and wins(row.shelved_at, entry.shelved_at, policy)
        ):
            before["shelf"] = entry and [entry.shelf, entry.shelved_at.isoformat()]
            row.shelved_at = row.shelved_at or now
            entry = entry or ShelfEntry(person=own.person, item_id=_item(row))
            entry.shelf, entry.shelved_at = row.shelf, row.shelved_at
            own.shelves[_item(row)] = entry
            own.changed.append(entry)
    if row.review and _item(row) not in own.reviews:
        before["review"] = None
        review = Review(
            person=own.person,
            item_id=_item(row),
            text=row.review,
            written_at=row.shelved_at or row.rated_at or now,
        )
        own.reviews[_item(row)] = review
        own.changed.append(review)
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
            gone: list[Rating | ShelfEntry | Review] = []
            for row in rows:
                _put_back(row, own, gone)
            own.changed = [row for row in own.changed if row not in gone]
            own.write()
            for each in gone:
                each.delete()
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


def _put_back(row: ArrivalRow, own: Own, gone: list[Rating | ShelfEntry | Review]) -> None:
    before, left = row.before or {}, False
    if "rating" in before:
        rating = own.ratings.get(_item(row))
        mine = rating and (rating.half_stars, rating.rated_at)
        if rating is None or mine != (row.half_stars, row.rated_at):
            left = True
        elif before["rating"] is None:
            gone.append(own.ratings.pop(_item(row)))
        else:
            rating.half_stars, rating.rated_at = before["rating"][0], _time(before["rating"][1])
            own.changed.append(rating)
    if "shelf" in before:
        entry = own.shelves.get(_item(row))
        now = entry and (entry.shelf, entry.shelved_at)
        if entry is None or now != (row.shelf, row.shelved_at):
            left = True
        elif before["shelf"] is None:
            gone.append(own.shelves.pop(_item(row)))
        else:
            entry.shelf, entry.shelved_at = before["shelf"][0], _time(before["shelf"][1])
            own.changed.append(entry)
    if "review" in before:
        review = own.reviews.get(_item(row))
        if review is None or review.text != row.review or review.is_public:
            left = True
        else:
            gone.append(own.reviews.pop(_item(row)))
    row.before, row.outcome = None, Outcome.LEFT if left else Outcome.RESTORED


def _time(text: str) -> datetime:
    moment = parse_datetime(text)
    assert moment is not None
    return moment
