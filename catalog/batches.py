"""Many events of one person, written at once: what comes in batches from programs.

Of several about one subject the latest stands, and of equal times the last; it is compared with
what the catalogue has, and only the difference is written, with the counts of the items, in a few
statements. So the same events sent again change nothing: an older one never replaces a newer one,
and one without a time replaces only what says something else. Views keep the half hour between two
looks. What a person may have recorded holds here as it does for single events (`services`).
"""

from __future__ import annotations

from bisect import bisect, insort
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import connections, router, transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog import freezes, view_buffer
from catalog.importing.bulk import upsert
from catalog.importing.staging import batches
from catalog.models import VIEW_PAUSE, Item, ItemView, Person, Rating, ShelfEntry
from catalog.private import PrivacyChoices
from catalog.services import STOPPED, wishes_of

LOOK_UP = 500  # ids in one question, below every database's limit


@dataclass(frozen=True, kw_only=True)
class Told:
    """One event as its person tells it: without a value it is taken back, without a time it is
    of now. Times are in UTC."""

    kind: str  # "rating", "view" or "shelf"; other kinds are settled by whoever knows them
    item_id: int
    value: int | str | None = None  # half stars, or the name of a shelf
    at: datetime | None = None


class Outcome(StrEnum):
    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True)
class Fate:
    """What became of an event; `why` is a sentence where that needs one."""

    outcome: Outcome
    why: str | Promise = ""


CREATED, CHANGED, SAME = Fate(Outcome.CREATED), Fate(Outcome.CHANGED), Fate(Outcome.UNCHANGED)
SUPERSEDED = Fate(
    Outcome.UNCHANGED, _("Another row of this batch says something later about it, which stands.")
)
OLDER = Fate(
    Outcome.UNCHANGED, _("What is here is newer than this, and stands; send a later time.")
)
NOT_NEWS = Fate(Outcome.UNCHANGED, _("Looks at one item within 30 minutes are one view."))
PAUSED = Fate(Outcome.UNCHANGED, _("Views are not recorded, as you asked under My privacy."))
NOTHING_KEPT = Fate(Outcome.REFUSED, STOPPED)


@dataclass(frozen=True)
class Kept:
    """Rows of which a person has one for each item."""

    model: Any
    value: str
    time: str
    more: tuple[str, ...] = ()


RATINGS = Kept(Rating, "half_stars", "rated_at", ("is_held",))
SHELVES = Kept(ShelfEntry, "shelf", "shelved_at")


class Counts:
    """By how much the counts of items change: ratings, half stars, views."""

    def __init__(self) -> None:
        self._by_item: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0, 0])

    def add_rating(self, rating: Rating, times: int) -> None:
        if rating.may_count:
            own = self._by_item[rating.item_id]
            own[0] += times
            own[1] += times * rating.half_stars

    def add_view(self, item_id: int) -> None:
        self._by_item[item_id][2] += 1

    def write(self) -> None:
        rows = [(*change, pk) for pk, change in self._by_item.items() if any(change)]
        if not rows:
            return
        connection = connections[router.db_for_write(Item)]
        quote = connection.ops.quote_name
        fields = ("rating_count", "half_star_sum", "view_count")
        changes = ", ".join(f"{quote(name)} = {quote(name)} + %s" for name in fields)
        sql = f"UPDATE {quote(Item._meta.db_table)} SET {changes} WHERE {quote('id')} = %s"
        with connection.cursor() as cursor:
            cursor.executemany(sql, rows)


@transaction.atomic
def write(person: Person, events: Sequence[Told]) -> list[Fate]:
    """Writes one person's ratings, views and shelves; what became of each, in their order.

    All is written or nothing. Events of other kinds are left alone, and their fate is SAME.
    """
    now, wishes, counts = timezone.now(), wishes_of(person), Counts()
    _lock({event.item_id for event in events})
    fates = [SUPERSEDED if event.kind in ("rating", "shelf") else SAME for event in events]
    for kind, kept in (("rating", RATINGS), ("shelf", SHELVES)):
        places = standing(events, kind=kind, now=now)
        told = [events[place] for place in places]
        for place, fate in zip(places, _settle(kept, person, told, wishes, counts), strict=True):
            fates[place] = fate
    places = [place for place, event in enumerate(events) if event.kind == "view"]
    looks = [events[place].at or now for place in places]
    items = [events[place].item_id for place in places]
    for place, fate in zip(places, _look(person, items, looks, wishes, counts), strict=True):
        fates[place] = fate
    if wishes.is_counted:
        counts.write()
    return fates


def _lock(items: Collection[int]) -> None:
    """In the order of their ids, as `view_writer` does, so that nobody waits for each other."""
    for some in batches(iter(sorted(items)), LOOK_UP):
        rows = Item.objects.select_for_update(no_key=True).filter(pk__in=some).order_by("pk")
        list(rows.values_list("pk"))


def standing(events: Sequence[Told], *, kind: str, now: datetime) -> list[int]:
    """The places of those events of a kind that stand: the latest about each item."""
    best: dict[int, int] = {}
    for place, event in enumerate(events):
        if event.kind != kind:
            continue
        other = best.get(event.item_id)
        if other is None or (event.at or now) >= (events[other].at or now):
            best[event.item_id] = place
    return sorted(best.values())


def compared(event: Told, had: tuple[object, datetime] | None) -> Fate:
    """What an event is beside the row about the same subject, (value, time), if there is one."""
    if had is None:
        return SAME if event.value is None else CREATED
    value, since = had
    if event.at is not None and event.at < since:
        return OLDER
    return SAME if event.value == value and event.at in (None, since) else CHANGED


def own_rows(rows: Any, person: Person, items: Iterable[int]) -> Iterator[Any]:
    """A person's rows about these items, locked for the rest of the transaction."""
    for some in batches(iter(items), LOOK_UP):
        yield from rows.select_for_update().filter(person=person, item__in=some)


def _settle(
    kept: Kept, person: Person, told: Sequence[Told], wishes: PrivacyChoices, counts: Counts
) -> list[Fate]:
    """Compares with what is there, and writes the difference."""
    rows = own_rows(kept.model.objects, person, (event.item_id for event in told))
    own = {row.item_id: row for row in rows}
    fates, written, gone, now = [], [], [], timezone.now()
    for event in told:
        row = own.get(event.item_id)
        had = row and (getattr(row, kept.value), getattr(row, kept.time))
        fate = compared(event, had)
        if wishes.is_stopped and event.value is not None:
            fate = NOTHING_KEPT
        fates.append(fate)
        if fate not in (CREATED, CHANGED):
            continue
        if row is not None and kept is RATINGS:
            counts.add_rating(row, -1)
        if event.value is None:
            gone.append(own[event.item_id].pk)
            continue
        row = row or kept.model(person=person, item_id=event.item_id)
        setattr(row, kept.value, event.value)
        setattr(row, kept.time, event.at or now)
        written.append(row)
    if kept is RATINGS:
        _hold_back(written)
        for row in written:
            counts.add_rating(row, 1)
    _write(kept, written, gone)
    return fates


def _hold_back(ratings: Sequence[Rating]) -> None:
    for some in batches(iter(ratings), LOOK_UP):
        freezes.hold_back(some)


def _write(kept: Kept, rows: Sequence[Any], gone: Sequence[int]) -> None:
    """One statement for all that are new or changed, and one for each 500 that go."""
    fields = (kept.value, kept.time, *kept.more)
    upsert(
        kept.model,
        fields=["person", "item", *fields],
        unique=["person", "item"],
        rows=[
            (row.person_id, row.item_id, *(getattr(row, name) for name in fields)) for row in rows
        ],
    )
    for some in batches(iter(gone), LOOK_UP):
        kept.model.objects.filter(pk__in=some).delete()


def _look(
    person: Person,
    items: Sequence[int],
    looks: Sequence[datetime],
    wishes: PrivacyChoices,
    counts: Counts,
) -> list[Fate]:
    """Writes those views that are no repetition of one written, buffered, or earlier in time."""
    if wishes.is_paused:
        return [PAUSED] * len(items)
    known = _looked_at(person, items, looks)
    fates, rows = [NOT_NEWS] * len(items), []
    for place in sorted(range(len(items)), key=lambda place: looks[place]):
        item_id, at = items[place], looks[place]
        times = known[item_id]
        after = bisect(times, at)
        near = times[max(0, after - 1) : after + 1]  # the last one before it, and the next
        if any(abs(at - other) < VIEW_PAUSE for other in near):
            continue
        insort(times, at)
        fates[place] = CREATED
        rows.append((person.pk, item_id, at))
        counts.add_view(item_id)
    upsert(ItemView, fields=["person", "item", "viewed_at"], rows=rows)
    return fates


def _looked_at(
    person: Person, items: Collection[int], looks: Collection[datetime]
) -> defaultdict[int, list[datetime]]:
    """When this person looked at these items around these times, in order."""
    known: defaultdict[int, list[datetime]] = defaultdict(list)
    if not items:
        return known
    for item_id, at in view_buffer.recent(person.pk).items():
        known[item_id].append(at)
    around = {
        "viewed_at__gt": min(looks) - VIEW_PAUSE,
        "viewed_at__lt": max(looks) + VIEW_PAUSE,
    }
    for some in batches(iter(set(items)), LOOK_UP):
        rows = ItemView.objects.filter(person=person, item__in=some, **around)
        for item_id, at in rows.values_list("item_id", "viewed_at"):
            known[item_id].append(at)
    for times in known.values():
        times.sort()
    return known


def find_items(
    ids: Collection[int], keys: Collection[str]
) -> tuple[Mapping[int, bool], Mapping[str, int]]:
    """Which of these items there are: whether each is listed, by its id; and ids by outside id."""
    found = [*_items("pk", ids), *_items("key", keys)]
    listed = {pk: is_listed for pk, _key, is_listed in found}
    return listed, {key: pk for pk, key, _is_listed in found}


def _items(field: str, wanted: Collection[Any]) -> Iterator[tuple[int, str, bool]]:
    for some in batches(iter(wanted), LOOK_UP):
        found = Item.objects.filter(**{f"{field}__in": some})
        yield from found.values_list("pk", "key", "is_listed")
