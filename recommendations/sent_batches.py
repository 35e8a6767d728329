"""A batch of rows as a program sends it: read, written in one transaction, each with its result.

A row is read by itself (`sent_events`), items are looked up together, and what makes sense is
written in one transaction (`catalog.batches`, `dismissals`); what does not is refused, in a
sentence. Whose the rows are is the caller's to say: one person's, or those whom a service names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from catalog import batches
from catalog.told import SAME, Fate, Outcome, Told, find_items
from recommendations import dismissals, sent_events
from recommendations.sent_events import Bad, Sent

Whose = Callable[[Mapping[int, Sent]], Mapping[int, int]]
"""The ids of the people of these rows, by place, asked inside the transaction; without one there is
nothing of theirs that could be taken back."""
NO_RESULT: dict[str, Any] = {"id": None, "field": None, "detail": None}


def taken(
    rows: Sequence[Any],
    *,
    now: datetime,
    whose: Whose,
    check: Callable[[Any], object] = lambda row: None,
) -> list[dict[str, Any]]:
    """Writes the rows that make sense; the result of each, in their order. `check` may raise Bad
    for a row."""
    results: list[dict[str, Any]] = [dict(NO_RESULT) for _row in rows]
    read: dict[int, Sent] = {}
    keep = settings.VIEWS_KEEP_DAYS
    since = now - timedelta(days=keep) if keep else None
    for place, row in enumerate(rows):
        try:
            results[place]["id"] = sent_events.client_id(row)
            check(row)
            read[place] = sent_events.read(row, now=now, views_since=since)
        except Bad as bad:
            results[place] |= _refused(bad)
    items, is_listed = _items(read, results)
    for place, fate in _written({place: read[place] for place in items}, items, whose).items():
        if fate == SAME and not is_listed[items[place]]:
            results[place] |= _refused(_not_here(read[place]))
            continue
        refused = fate.outcome is Outcome.REFUSED
        results[place]["result"] = fate.outcome.value
        results[place]["detail"] = str(fate.why) or None
        results[place]["field"] = "kind" if refused else None
    return results


def _items(
    read: dict[int, Sent], results: list[dict[str, Any]]
) -> tuple[dict[int, int], dict[int, bool]]:
    """The ids of the items that there are, by place; and which items are listed. Of a withdrawn
    item only what its person has may be taken back."""
    ids = {sent.item for sent in read.values() if sent.item is not None}
    keys = {sent.key for sent in read.values() if sent.key is not None}
    is_listed, by_key = find_items(ids, keys)
    items: dict[int, int] = {}
    for place, sent in read.items():
        pk = sent.item if sent.key is None else by_key.get(sent.key)
        if pk is None or pk not in is_listed or (sent.is_new and not is_listed[pk]):
            results[place] |= _refused(_not_here(sent))
        else:
            items[place] = pk
    return items, dict(is_listed)


def _written(read: Mapping[int, Sent], items: Mapping[int, int], whose: Whose) -> dict[int, Fate]:
    """What became of each of these rows, by place."""
    fates = dict.fromkeys(read, SAME)
    if not read:
        return fates
    with transaction.atomic():
        people = whose(read)
        places = [place for place in read if place in people]
        events = [
            Told(
                person_id=people[place],
                kind=read[place].kind,
                item_id=items[place],
                value=read[place].value,
                at=read[place].at,
            )
            for place in places
        ]
        settled = dict(enumerate(batches.write(events))) | dismissals.settle(events)
    return fates | {places[at]: fate for at, fate in settled.items()}


def _not_here(sent: Sent) -> Bad:
    if sent.key is None:
        return Bad("item", _("No item of that id is shown here; look it up under items/."))
    words = _("No item of that outside id is shown here; look it up under items/?key=.")
    return Bad("key", words)


def _refused(bad: Bad) -> dict[str, Any]:
    return {"result": Outcome.REFUSED.value, "field": bad.field, "detail": str(bad)}
