"""Many events written at once, of one person or of many: what comes in batches from programs.

What stands of them (`told`) is compared with what the catalogue has, and only the difference is
written, with the counts of the items, in a few statements. So the same events sent again change
nothing: an older one never replaces a newer one, and one without a time replaces only what says
something else. Views keep the half hour between two looks. What people may have recorded holds here
as it does for single events (`services`).
"""

from __future__ import annotations

from bisect import bisect, insort
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from catalog import freezes, view_buffer
from catalog.importing.bulk import add, upsert
from catalog.many import LOOK_UP, batches, having
from catalog.models import VIEW_PAUSE, Item, ItemView, Person, Rating, ShelfEntry
from catalog.private import UNCOUNTED
from catalog.told import (
    CHANGED,
    CREATED,
    NOT_NEWS,
    NOTHING_KEPT,
    PAUSED,
    SAME,
    SUPERSEDED,
    Fate,
    Subject,
    Told,
    compared,
    of_subjects,
    own_rows,
    standing,
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks for, as far as events go; see `PrivacyChoices`."""

    is_counted: bool
    is_paused: bool
    is_stopped: bool


Wishes = Mapping[int, Wish]
"""What each person asks for, by id."""
GONE = Wish(is_counted=False, is_paused=True, is_stopped=True)


@dataclass(slots=True)
class Row:
    """A rating or a shelf entry, as far as it is needed: a model's instance takes much longer."""

    pk: int | None
    person_id: int
    item_id: int
    value: int | str
    at: datetime
    is_private: bool = False
    is_held: bool = False

    @property
    def may_count(self) -> bool:
        return not (self.is_private or self.is_held)


@dataclass(frozen=True)
class Kept:
    """Rows of which a person has one for each item; their value, their time, what else a Row
    has of them, and what of that is written."""

    model: Any
    value: str
    time: str
    known: tuple[str, ...] = ()
    written: tuple[str, ...] = ()


RATINGS = Kept(Rating, "half_stars", "rated_at", ("is_private", "is_held"), ("is_held",))
SHELVES = Kept(ShelfEntry, "shelf", "shelved_at")


class Counts:
    """By how much the counts of items change: ratings, half stars, views, of who counts."""

    def __init__(self, wishes: Wishes) -> None:
        self._wishes = wishes
        self._by_item: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0, 0])

    def add_rating(self, rating: Row, times: int) -> None:
        if rating.may_count and self._wishes[rating.person_id].is_counted:
            own = self._by_item[rating.item_id]
            own[0] += times
            own[1] += times * int(rating.value)

    def add_view(self, person_id: int, item_id: int) -> None:
        if self._wishes[person_id].is_counted:
            self._by_item[item_id][2] += 1

    def write(self) -> None:
        """Items are locked last, and briefly: others wait for the same popular ones."""
        rows = [(*change, pk) for pk, change in sorted(self._by_item.items()) if any(change)]
        _lock([pk for *_change, pk in rows])
        add(Item, fields=["rating_count", "half_star_sum", "view_count"], rows=rows)


@transaction.atomic(savepoint=False)
def write(events: Sequence[Told]) -> list[Fate]:
    """Writes ratings, views and shelves; what became of each, in their order.

    All is written or nothing. Events of other kinds are left alone, and their fate is SAME.
    """
    now, wishes = timezone.now(), _wishes({event.person_id for event in events})
    counts = Counts(wishes)
    fates = [SUPERSEDED if event.kind in ("rating", "shelf") else SAME for event in events]
    for kind, kept in (("rating", RATINGS), ("shelf", SHELVES)):
        places = standing(events, kind=kind, now=now)
        told = [events[place] for place in places]
        for place, fate in zip(places, _settle(kept, told, wishes, counts), strict=True):
            fates[place] = fate
    places = [place for place, event in enumerate(events) if event.kind == "view"]
    looks = [(events[place].subject, events[place].at or now) for place in places]
    for place, fate in zip(places, _look(looks, wishes, counts), strict=True):
        fates[place] = fate
    counts.write()
    return fates


def _wishes(people: Collection[int]) -> Wishes:
    """As `services.wishes_of`; people in the order of their ids. Whoever is gone wants nothing."""
    found: dict[int, Wish] = dict.fromkeys(people, GONE)
    locked = Person.objects.select_for_update(no_key=True).order_by("pk")
    for some in having(locked.annotate(counts=~UNCOUNTED), "pk", people):
        rows = some.values_list("pk", "counts", "is_paused", "is_stopped")
        found.update({pk: Wish(bool(counts), *more) for pk, counts, *more in rows})
    return found


def _lock(items: Collection[int]) -> None:
    """In the order of their ids, as `view_writer` does, so that nobody waits for each other."""
    for some in having(Item.objects.select_for_update(no_key=True).order_by("pk"), "pk", items):
        list(some.values_list("pk"))


def _settle(kept: Kept, told: Sequence[Told], wishes: Wishes, counts: Counts) -> list[Fate]:
    """Compares with what is there, and writes the difference."""
    own = _own(kept, told)
    fates, written, gone, now = [], [], [], timezone.now()
    for event in told:
        row = own.get(event.subject)
        fate = compared(event, None if row is None else (row.value, row.at))
        if event.value is not None and wishes[event.person_id].is_stopped:
            fate = NOTHING_KEPT
        fates.append(fate)
        if fate is not CREATED and fate is not CHANGED:
            continue
        if row is not None and kept is RATINGS:
            counts.add_rating(row, -1)
        if event.value is None:
            gone.append(own[event.subject].pk)
            continue
        at = event.at or now
        if row is None:
            row = Row(None, event.person_id, event.item_id, event.value, at)
        row.value, row.at = event.value, at
        written.append(row)
    if kept is RATINGS and written:
        freezes.hold_back(written)
        for row in written:
            counts.add_rating(row, 1)
    _write(kept, written, gone)
    return fates


def _own(kept: Kept, told: Sequence[Told]) -> dict[Subject, Row]:
    """What there is about the same subjects, locked."""
    rows = own_rows(
        kept.model.objects.values_list(
            "pk", "person_id", "item_id", kept.value, kept.time, *kept.known
        ),
        (event.subject for event in told),
    )
    return {(row[1], row[2]): Row(*row) for row in rows}


def _write(kept: Kept, rows: Sequence[Row], gone: Sequence[int | None]) -> None:
    """One statement for all that are new or changed, and one for those that go."""
    upsert(
        kept.model,
        fields=["person", "item", kept.value, kept.time, *kept.written],
        unique=["person", "item"],
        rows=[
            (row.person_id, row.item_id, row.value, row.at)
            + tuple(getattr(row, name) for name in kept.written)
            for row in sorted(rows, key=lambda row: (row.person_id, row.item_id))
        ],
    )
    for some in batches(iter(gone), LOOK_UP):
        kept.model.objects.filter(pk__in=some).delete()


def _look(looks: Sequence[tuple[Subject, datetime]], wishes: Wishes, counts: Counts) -> list[Fate]:
    """Writes those views that are no repetition of one written, buffered, or earlier in time."""
    known = _looked_at([look for look in looks if not wishes[look[0][0]].is_paused])
    fates, rows = [NOT_NEWS] * len(looks), []
    for place in sorted(range(len(looks)), key=lambda place: looks[place][1]):
        (person_id, item_id), at = looks[place]
        if wishes[person_id].is_paused:
            fates[place] = PAUSED
            continue
        times = known[person_id, item_id]
        after = bisect(times, at)
        near = times[max(0, after - 1) : after + 1]  # the last one before it, and the next
        if any(abs(at - other) < VIEW_PAUSE for other in near):
            continue
        insort(times, at)
        fates[place] = CREATED
        rows.append((person_id, item_id, at))
        counts.add_view(person_id, item_id)
    upsert(ItemView, fields=["person", "item", "viewed_at"], rows=rows)
    return fates


def _looked_at(
    looks: Sequence[tuple[Subject, datetime]],
) -> defaultdict[Subject, list[datetime]]:
    """When these people looked at these items around these times, in order."""
    known: defaultdict[Subject, list[datetime]] = defaultdict(list)
    if not looks:
        return known
    for subject, at in view_buffer.recent_of({person for (person, _item), _at in looks}).items():
        known[subject].append(at)
    around = {
        "viewed_at__gt": min(at for _subject, at in looks) - VIEW_PAUSE,
        "viewed_at__lt": max(at for _subject, at in looks) + VIEW_PAUSE,
    }
    views = ItemView.objects.filter(**around)
    for some in of_subjects(views, (subject for subject, _at in looks)):
        for person_id, item_id, at in some.values_list("person_id", "item_id", "viewed_at"):
            known[person_id, item_id].append(at)
    for times in known.values():
        times.sort()
    return known
