"""Every write of an Impression and a ShownPrediction: what a page says was seen of it.

The same report twice is one: a row stands for an hour of a surface, and knows the newest list that
was counted for it. The person's row is locked meanwhile, and read again: whoever paused or became
private a moment ago is not measured. A fixed number of queries, however many positions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F

from catalog.models import Item, Person, Rating
from catalog.told import Outcome
from recommendations.measuring.tokens import Said, ShownList
from recommendations.models import Impression, ShownPrediction

Key = tuple[int, str, datetime]  # item, surface, hour
Noted = dict[Key, Outcome]
"""What became of each row that was told of: new, seen again or opened since, or known already."""


@dataclass(frozen=True)
class Look:
    """At one list: which of its positions were seen, and which were opened."""

    shown: ShownList
    seen: frozenset[int]
    opened: frozenset[int] = frozenset()

    def key(self, position: int) -> Key:
        """Which row tells of it."""
        hour = self.shown.rendered_at.replace(minute=0, second=0, microsecond=0)
        return self.shown.item_ids[position], self.shown.surface, hour


@transaction.atomic
def record(
    person: Person, *, looks: Sequence[Look], said: Sequence[Said] = (), now: datetime
) -> Noted | None:
    """Note what was seen; None where this person is not measured."""
    locked = Person.objects.select_for_update().filter(pk=person.pk).first()
    if locked is None or not locked.is_counted:
        return None
    wanted = {pk for look in looks for pk in look.shown.item_ids} | {one.item_id for one in said}
    items = set(Item.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    _record_said(locked, [one for one in said if one.item_id in items], now=now)
    return _record_looks(locked, looks, items, now=now)


def _record_looks(
    person: Person, looks: Sequence[Look], items: set[int], *, now: datetime
) -> Noted:
    rows = _rows(person, looks, items, now=now)
    if not rows:
        return {}
    known = {
        (row.item_id, row.surface, row.hour): row
        for row in Impression.objects.filter(
            person=person,
            item__in={item for item, _surface, _hour in rows},
            surface__in={surface for _item, surface, _hour in rows},
            hour__in={hour for _item, _surface, hour in rows},
        )
    }
    new = [row for key, row in rows.items() if key not in known]
    Impression.objects.bulk_create(new, ignore_conflicts=True)
    again: defaultdict[datetime, list[int]] = defaultdict(list)
    opened = []
    noted = {key: Outcome.UNCHANGED if key in known else Outcome.CREATED for key in rows}
    for key, row in rows.items():
        before = known.get(key)
        if before is not None and row.rendered_at > before.rendered_at:
            again[row.rendered_at].append(before.pk)
            noted[key] = Outcome.CHANGED
        if before is not None and row.opened_at and before.opened_at is None:
            opened.append(before.pk)
            noted[key] = Outcome.CHANGED
    for rendered_at, pks in again.items():
        Impression.objects.filter(pk__in=pks).update(times=F("times") + 1, rendered_at=rendered_at)
    if opened:
        Impression.objects.filter(pk__in=opened).update(opened_at=now)
    return noted


def _rows(
    person: Person, looks: Sequence[Look], items: set[int], *, now: datetime
) -> dict[Key, Impression]:
    """One for each item, surface and hour; of a list that was sent twice, the newer."""
    rows: dict[Key, Impression] = {}
    for look in sorted(looks, key=lambda look: look.shown.rendered_at):
        shown = look.shown
        for position in sorted(look.seen | look.opened):
            item, _surface, hour = key = look.key(position)
            if item not in items:
                continue
            was_opened = position in look.opened or bool(key in rows and rows[key].opened_at)
            rows[key] = Impression(
                person=person,
                item_id=item,
                surface=shown.surface,
                hour=hour,
                position=shown.first + position,
                run=shown.run_at(position),
                arm=shown.arm_at(position),
                chance=shown.chance_at(position),
                rung=shown.rungs[position],
                rendered_at=shown.rendered_at,
                seen_at=now,
                opened_at=now if was_opened else None,
            )
    return rows


def _record_said(person: Person, said: Sequence[Said], *, now: datetime) -> None:
    """What stands is the last that was said before the person rated."""
    if not said:
        return
    rated = Rating.objects.filter(person=person, item__in=[one.item_id for one in said])
    known = set(rated.values_list("item", flat=True))
    rows = {
        one.item_id: ShownPrediction(
            person=person,
            item_id=one.item_id,
            run=one.run,
            half_stars=one.half_stars,
            low=one.low,
            high=one.high,
            shown_at=now,
        )
        for one in said
        if one.item_id not in known
    }
    ShownPrediction.objects.bulk_create(
        rows.values(),
        update_conflicts=True,
        unique_fields=["person", "item"],
        update_fields=["run", "half_stars", "low", "high", "shown_at"],
    )
