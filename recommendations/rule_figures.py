"""What a rule would do to figures about lists, tried on what people did last.

The last HELD_BACK events of each person are held back; *For you* is made from the others, without
the rule and with it, and what was held back is looked for in it. A model in use has learned from
those events too, the same with the rule and without: what the two numbers differ by is the rule's
doing, while each alone says too much. Nothing here writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from catalog.models import Person
from recommendations import selectors
from recommendations.dataset import PersonEvent
from recommendations.rules.applying import Compiled
from recommendations.visit import Visit

HELD_BACK = 3
LENGTH = 60
"""As long as the page For you is."""


@dataclass
class Figures:
    """Of the lists of some people, all made in the same way."""

    found: int = 0
    """How many of the things that people did last stand in their list."""
    ratings: list[int] = field(default_factory=list)
    """How many ratings each item has, for each place of all lists."""
    items: set[int] = field(default_factory=set)

    @property
    def distinct(self) -> int:
        return len(self.items)

    @property
    def popularity(self) -> float:
        """Ratings of an item in a list, on average."""
        return sum(self.ratings) / max(len(self.ratings), 1)


@dataclass(frozen=True)
class Tried:
    """The same people's lists without a rule and with it."""

    people: int
    held_back: int
    before: Figures
    after: Figures


def tried(
    people: Sequence[Person], without: Sequence[Compiled], wanted: Sequence[Compiled]
) -> Tried:
    """About those who did more than is held back."""
    before, after = Figures(), Figures()
    judged = held_back = 0
    for person in people:
        events = Visit(person).events
        if len(events) <= HELD_BACK:
            continue
        judged += 1
        known = events[:-HELD_BACK]
        last = {event.item_id for event in events[-HELD_BACK:]} - {one.item_id for one in known}
        held_back += len(last)
        for figures, rules in ((before, without), (after, wanted)):
            _add(figures, _visit(person, known, rules), last)
    return Tried(judged, held_back, before, after)


def _visit(person: Person, known: list[PersonEvent], rules: Sequence[Compiled]) -> Visit:
    """As if these were all that the person did."""
    visit = Visit(person)
    visit.events = known
    visit.governed_by = rules
    return visit


def _add(figures: Figures, visit: Visit, last: set[int]) -> None:
    for pick in selectors.for_you(visit.person, limit=LENGTH, visit=visit).items:
        figures.found += pick.item.pk in last
        figures.items.add(pick.item.pk)
        figures.ratings.append(pick.item.rating_count)
