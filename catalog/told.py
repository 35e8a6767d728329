"""Events as somebody tells them, many at once, and what becomes of each. Writes nothing.

Of several about one subject, a person with an item, the latest stands, and of equal times the last.
Every look-up here is by the pair, so that a batch may be about one person or about thousands.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog.many import having, having_pairs
from catalog.models import Item
from catalog.services import STOPPED

Subject = tuple[int, int]
"""A person's id and an item's."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """One event as its person tells it: without a value it is taken back, without a time it is
    of now. Times are in UTC."""

    person_id: int
    kind: str  # "rating", "view" or "shelf"; other kinds are settled by whoever knows them
    item_id: int
    value: int | str | None = None  # half stars, or the name of a shelf
    at: datetime | None = None

    @property
    def subject(self) -> Subject:
        return self.person_id, self.item_id


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


def standing(events: Sequence[Told], *, kind: str, now: datetime) -> list[int]:
    """The places of those events of a kind that stand: the latest about each subject."""
    best: dict[Subject, int] = {}
    for place, event in enumerate(events):
        if event.kind != kind:
            continue
        other = best.get(event.subject)
        if other is None or (event.at or now) >= (events[other].at or now):
            best[event.subject] = place
    return sorted(best.values())


def compared(event: Told, had: tuple[object, datetime] | None) -> Fate:
    """What an event is beside the row about the same subject, (value, time), if there is one."""
    if had is None:
        return SAME if event.value is None else CREATED
    value, since = had
    if event.at is not None and event.at < since:
        return OLDER
    return SAME if event.value == value and event.at in (None, since) else CHANGED


def own_rows(rows: Any, subjects: Iterable[Subject]) -> Iterator[Any]:
    """The rows about these subjects, locked for the rest of the transaction."""
    for some in of_subjects(rows, subjects):
        yield from some.select_for_update()


def of_subjects(rows: Any, subjects: Iterable[Subject]) -> Iterator[Any]:
    """Querysets that have the rows about these subjects."""
    yield from having_pairs(rows, ("person", "item"), subjects)


def find_items(
    ids: Collection[int], keys: Collection[str]
) -> tuple[Mapping[int, bool], Mapping[str, int]]:
    """Which of these items there are: whether each is listed, by its id; and ids by outside id."""
    found = [*_items("pk", ids), *_items("key", keys)]
    listed = {pk: is_listed for pk, _key, is_listed in found}
    return listed, {key: pk for pk, key, _is_listed in found}


def _items(field: str, wanted: Collection[Any]) -> Iterator[tuple[int, str, bool]]:
    for some in having(Item.objects.all(), field, wanted):
        yield from some.values_list("pk", "key", "is_listed")
