"""The lists of many people, made for one request with a fixed number of queries.

What each visit would ask the database is asked here once for all of them: the live model, what they
did and said, what they were shown. Items are known last, for which ones follows from all else; so
each list is made twice, first with stand-ins that only note which items it names, and then, when
all of these are read, for good. What a model thought best is kept from the first time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from copy import copy
from datetime import datetime
from functools import cached_property
from typing import Any

from catalog.models import Item, Person
from recommendations import engine
from recommendations.dataset import PersonEvent
from recommendations.engine import LiveModel
from recommendations.histories import histories_of
from recommendations.ladder import Picks
from recommendations.models import Impression, Steering
from recommendations.said import STEERING, said_by
from recommendations.visit import Visit

Make = Callable[[Visit], Picks]
STAND_IN = Item(title="…")


def lists_of(people: Sequence[Person | None], make: Make) -> list[tuple[Visit, Picks]]:
    """The list that `make` makes for each of these people, None for nobody in particular, with its
    visit. As many queries for a hundred people as for two."""
    known = {None if person is None else person.pk: person for person in people}
    party = Party([person for person in known.values() if person is not None])
    guests = {pk: Guest(person, party) for pk, person in known.items()}
    party.rehearse(guests.values(), make)
    lists = {pk: (guest, make(guest)) for pk, guest in guests.items()}
    return [lists[None if person is None else person.pk] for person in people]


class Party:
    """What the visits of these people share."""

    def __init__(self, people: Collection[Person]) -> None:
        self._people = list(people)
        self._ids = [person.pk for person in people]
        self._named: set[int] | None = None  # items, while a list is rehearsed
        self._read: dict[int, Item | None] = {}

    def rehearse(self, guests: Collection[Guest], make: Make) -> None:
        """Reads the items that their lists name."""
        self._named = set()
        for guest in guests:
            _ = guest.model, guest.seen, guest.dismissed, guest.not_liked, guest.steering
            other = copy(guest)  # knows the same
            other.start_anew()
            make(other)
            guest.ranked, guest.model_failed = other.ranked, other.model_failed
        named, self._named = self._named, None
        self.items(named)

    @cached_property
    def models(self) -> Mapping[int | None, LiveModel | None]:
        return engine.current_of([None, *self._ids])

    @cached_property
    def events(self) -> Mapping[int, list[PersonEvent]]:
        return histories_of([one for one in self._people if not one.is_unpersonalised])

    @cached_property
    def said(self) -> Mapping[int, list[tuple[Any, ...]]]:
        return said_by(self._ids)

    @cached_property
    def steering(self) -> Mapping[int, Steering]:
        own = [pk for said in self.said.values() for kind, pk, _at in said if kind == STEERING]
        return Steering.objects.in_bulk(own) if own else {}

    @cached_property
    def ignored(self) -> Mapping[int, list[tuple[int, datetime]]]:
        found: defaultdict[int, list[tuple[int, datetime]]] = defaultdict(list)
        rows = Impression.objects.ignored(self._ids)
        for person_id, item_id, at in rows.values_list("person_id", "item_id", "seen_at"):
            found[person_id].append((item_id, at))
        return found

    def items(self, ids: Collection[int]) -> dict[int, Item]:
        """Those of the items that may be shown; while lists are rehearsed, something for each."""
        if self._named is not None:
            self._named.update(ids)
            return dict.fromkeys(ids, STAND_IN)
        missing = {pk for pk in ids if pk not in self._read}
        if missing:
            found = Item.objects.listed().cards().in_bulk(missing)
            self._read |= {pk: found.get(pk) for pk in missing}
        return {pk: item for pk in ids if (item := self._read[pk]) is not None}


class Guest(Visit):
    """One of a party: what it needs to know is read for all of them."""

    def __init__(self, person: Person | None, party: Party) -> None:
        super().__init__(person)
        self._party = party

    def start_anew(self) -> None:
        """As before any list was made."""
        self.told, self.shown, self.found = set(), set(), {}
        self._items, self._expected = {}, set()

    def _read_model(self, person_id: int | None) -> LiveModel | None:
        return self._party.models[person_id]

    def _read_events(self, person: Person) -> list[PersonEvent]:
        return self._party.events[person.pk]

    def _read_said(self, person_id: int) -> list[tuple[Any, ...]]:
        return self._party.said[person_id]

    def _read_steering(self, pk: int) -> Steering | None:
        return self._party.steering.get(pk)

    def _read_ignored(self, person_id: int) -> list[tuple[int, datetime]]:
        return self._party.ignored[person_id]

    def _read_items(self, ids: Collection[int]) -> Mapping[int, Item]:
        return self._party.items(ids)
