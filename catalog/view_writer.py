"""Moves buffered views from the Redis stream into the database, each exactly once.

A batch is one transaction: its views, the counts on their items, and up to where the stream has
been written. So a writer that dies before the commit wrote nothing; where one dies after it, with
the entries still in Redis, the next one passes over them. The mark's row is the lock that lets one
writer work at a time. What holds for a view that is written directly holds here too: half an hour
between two looks, nothing of people who pause or are gone, nothing taken back.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.db.models import F

from catalog.models import VIEW_PAUSE, Item, ItemView, Person, StreamMark
from catalog.view_buffer import STREAM, BufferedView, Reader

BATCH = 1000
SECONDS = 30.0


def write_views(*, seconds: float = SECONDS) -> int:
    """Writes until the stream is empty or the time is up; how many views there are now more.

    RedisError where Redis does not answer: what it holds stays there.
    """
    reader, written = Reader(), 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        views, new = _write_batch(reader)
        reader.drop(views)
        written += new
        if len(views) < BATCH:
            break
    return written


@transaction.atomic
def _write_batch(reader: Reader) -> tuple[list[BufferedView], int]:
    """The views that are dealt with once this commits, and how many of them were written."""
    mark, _created = StreamMark.objects.select_for_update().get_or_create(stream=STREAM)
    incarnation, views = reader.read(BATCH)
    if not views:
        return [], 0
    known = _position(mark.last_entry) if mark.incarnation == incarnation else (0, 0)
    fresh = [view for view in views if _position(view.entry) > known]
    new = _write(*_still_wanted(fresh, reader)) if fresh else 0
    mark.incarnation, mark.last_entry = incarnation, views[-1].entry
    mark.save()
    return views, new


def _still_wanted(
    views: list[BufferedView], reader: Reader
) -> tuple[list[BufferedView], dict[int, Person]]:
    """Views by whoever the visitor turned out to be, without those that were taken back; and who.

    People are locked before their fates are read: whoever takes a view back notes that first, and
    then waits for the lock.
    """
    people = _lock({view.person_id for view in views})
    fates = reader.fates(views)
    moved = {visitor: member for visitor, member in fates.members.items() if visitor not in people}
    people |= _lock(set(moved.values()) - people.keys())
    kept = []
    for view in views:
        owner = people.get(moved.get(view.person_id, view.person_id))
        forgotten = fates.forgotten.get((view.person_id, view.item_id))
        if owner and not owner.is_paused and (forgotten is None or view.at > forgotten):
            kept.append(replace(view, person_id=owner.pk))
    return kept, people


def _lock(people: set[int]) -> dict[int, Person]:
    """Locks those of the people that there are."""
    rows = Person.objects.select_for_update().filter(pk__in=people).order_by("pk")
    return {person.pk: person for person in rows}


def _write(views: Sequence[BufferedView], people: dict[int, Person]) -> int:
    """Writes those that are no repetition of one written or earlier in line."""
    if not views:
        return 0
    items = {view.item_id for view in views}
    there = set(
        Item.objects.select_for_update()
        .filter(pk__in=items)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    known = _known(views)
    rows = []
    for view in sorted(views, key=lambda view: view.at):
        times = known[view.person_id, view.item_id]
        if view.item_id in there and all(abs(view.at - at) >= VIEW_PAUSE for at in times):
            times.append(view.at)
            rows.append(ItemView(person_id=view.person_id, item_id=view.item_id, viewed_at=view.at))
    ItemView.objects.bulk_create(rows)
    _count(Counter(row.item_id for row in rows if people[row.person_id].is_counted))
    return len(rows)


def _known(views: Sequence[BufferedView]) -> defaultdict[tuple[int, int], list[datetime]]:
    """When these people looked at these items around these times, as far as it is written."""
    known: defaultdict[tuple[int, int], list[datetime]] = defaultdict(list)
    rows = ItemView.objects.filter(
        person__in={view.person_id for view in views},
        item__in={view.item_id for view in views},
        viewed_at__gt=min(view.at for view in views) - VIEW_PAUSE,
        viewed_at__lt=max(view.at for view in views) + VIEW_PAUSE,
    )
    for person, item, at in rows.values_list("person_id", "item_id", "viewed_at"):
        known[person, item].append(at)
    return known


def _count(views: Counter[int]) -> None:
    """Adds to the counts of the items; one query for each number of views."""
    items: defaultdict[int, list[int]] = defaultdict(list)
    for item, count in views.items():
        items[count].append(item)
    for count, some in items.items():
        Item.objects.filter(pk__in=some).update(view_count=F("view_count") + count)


def _position(entry: str) -> tuple[int, int]:
    """Where an entry stands in its stream; "" stands before all."""
    moment, _, sequence = entry.partition("-")
    return int(moment or 0), int(sequence or 0)
