"""What a rule would change, before it is saved: lists of a sample of people, with it and without.

Both are made by the functions that make the lists of pages, so that what is shown here is what will
be served. The sample are people who did something lately; which of them is settled by the items
that the rule means, so that a change of its strength is looked at on the same people. Nothing here
writes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2s

from catalog.covers import drawn_address
from catalog.models import Item, Person, Rating
from catalog.templatetags.catalog_tags import picture_address
from recommendations import favourites, selectors
from recommendations.ladder import Pick
from recommendations.models import Rule
from recommendations.rule_figures import Tried, tried
from recommendations.rules import force
from recommendations.rules.applying import Compiled
from recommendations.rules.model import MEANS, Surface
from recommendations.visit import Visit

SAMPLE, POOL, NEWEST_EVENTS = 50, 200, 5000
LIMIT, MOST_GENRES = 12, 2
"""As long as panels are, and as many."""
MOST_MOVED = 10
EXAMPLES = 3
NOT_SAVED = 2**62
"""The number of a rule that has none yet: it is the latest."""
Lists = Mapping[Surface, Sequence[Pick]]


@dataclass(frozen=True)
class Moved:
    """An item, and in how many lists more (or fewer) it stands."""

    item: Item
    lists: int

    @property
    def picture(self) -> str:
        return picture_address(self.item) or drawn_address(self.item)


@dataclass(frozen=True)
class Place:
    """A pick in an example, and what the rule did to it."""

    pick: Pick
    change: str  # "", "new", "up", "down" or "gone"


@dataclass(frozen=True)
class Example:
    """One list of somebody, before and after."""

    surface: Surface
    events: int  # that its person did
    before: list[Place]
    after: list[Place]


@dataclass(frozen=True)
class Preview:
    """What a rule would change in the sample."""

    people: int
    lists: int
    changed: int
    gain: list[Moved]
    lose: list[Moved]
    examples: list[Example]
    is_in_force: bool
    """Whether the rule holds now; else it is shown as it will be when it does."""
    tried: Tried | None
    """On what people did last; None where it is not about For you."""

    @property
    def percent(self) -> int:
        return round(100 * self.changed / self.lists) if self.lists else 0


def preview(rule: Rule, *, now: datetime) -> Preview:
    """A rule that was checked, saved or not."""
    without, wanted = governors(rule, now=now)
    people, pairs = sample(rule), []
    for person in people:
        first = Visit(person)
        pairs += _pairs(first, without, wanted, rule.surfaces)
    changed = [pair for pair in pairs if _ids(pair[2]) != _ids(pair[3])]
    gained: Counter[int] = Counter()
    items: dict[int, Item] = {}
    for _visit, _surface, before, after in changed:
        gained.update(_ids(after))
        gained.subtract(_ids(before))
        items |= {pick.item.pk: pick.item for pick in (*before, *after)}
    order = sorted(gained, key=lambda pk: (-gained[pk], pk))
    return Preview(
        people=len({id(pair[0]) for pair in pairs}),
        lists=len(pairs),
        changed=len(changed),
        gain=[Moved(items[pk], gained[pk]) for pk in order[:MOST_MOVED] if gained[pk] > 0],
        lose=[Moved(items[pk], -gained[pk]) for pk in order[::-1][:MOST_MOVED] if gained[pk] < 0],
        examples=_examples(changed or pairs),
        is_in_force=rule.is_in_force(at=now),
        tried=tried(people, without, wanted) if Surface.FOR_YOU in rule.surfaces else None,
    )


def sample(rule: Rule) -> list[Person]:
    """At most SAMPLE of the people who rated lately; the same ones for rules on the same items."""
    newest = Rating.objects.order_by("-pk").values_list("person_id", flat=True)[:NEWEST_EVENTS]
    lately = list(dict.fromkeys(newest))[:POOL]
    about = repr([getattr(rule, name) for name in MEANS])

    def place(pk: int) -> bytes:
        return blake2s(f"{about}/{pk}".encode(), digest_size=8).digest()

    chosen = sorted(lately, key=place)[:SAMPLE]
    people = Person.objects.in_bulk(chosen)
    return [people[pk] for pk in chosen if pk in people]


def governors(rule: Rule, *, now: datetime) -> tuple[list[Compiled], list[Compiled]]:
    """The rules in force without this one, and with it as if it were in force."""
    others = Rule.objects.not_over(now).exclude(pk=rule.pk)
    *kept, own = force.compiled([*others.order_by("pk"), rule], now=now)
    own = replace(own, rule_id=rule.pk or NOT_SAVED, starts_at=None, ends_at=None)
    return kept, sorted([*kept, own], key=lambda one: one.rule_id)


def lists_of(visit: Visit, surfaces: Iterable[Surface]) -> Lists:
    """What its person is shown, by sort of list."""
    make = {
        Surface.FOR_YOU: lambda: selectors.for_you(visit.person, limit=LIMIT, visit=visit).items,
        Surface.SIMILAR: lambda: _similar(visit),
        Surface.POPULAR: lambda: selectors.popular(limit=LIMIT, visit=visit).items,
        Surface.NEW: lambda: selectors.newest(limit=LIMIT, visit=visit).items,
        Surface.GENRES: lambda: _genres(visit),
    }
    return {surface: make[surface]() for surface in surfaces}


def _similar(visit: Visit) -> list[Pick]:
    """What is like the last item that its person did something to."""
    last = list(visit.items(event.item_id for event in visit.events[-1:]).values())
    return selectors.similar_to(last[0], limit=LIMIT, visit=visit).items if last else []


def _genres(visit: Visit) -> list[Pick]:
    found = favourites.favourites(visit, limit=LIMIT, most=MOST_GENRES)
    return [
        pick
        for favourite in found
        for pick in favourites.picks_of(favourite, limit=LIMIT, visit=visit).items
    ]


Pair = tuple[Visit, Surface, Sequence[Pick], Sequence[Pick]]


def _pairs(
    visit: Visit,
    without: Sequence[Compiled],
    wanted: Sequence[Compiled],
    surfaces: Sequence[Surface],
) -> list[Pair]:
    """(visit, sort of list, before, after); what is known of a person is asked for once."""
    visit.governed_by = without
    before = lists_of(visit, surfaces)
    again = copy(visit)
    again.governed_by = wanted
    after = lists_of(again, surfaces)
    return [(visit, surface, before[surface], after[surface]) for surface in surfaces]


def _ids(picks: Sequence[Pick]) -> list[int]:
    return [pick.item.pk for pick in picks]


def _examples(pairs: Sequence[Pair]) -> list[Example]:
    """One list of each of the first people."""
    first: dict[int, Pair] = {}
    for pair in pairs:
        first.setdefault(id(pair[0]), pair)
    return [
        Example(surface, len(visit.events), marked_before(before, after), marked(before, after))
        for visit, surface, before, after in list(first.values())[:EXAMPLES]
    ]


def marked_before(before: Sequence[Pick], after: Sequence[Pick]) -> list[Place]:
    kept = set(_ids(after))
    return [Place(pick, "" if pick.item.pk in kept else "gone") for pick in before]


def marked(before: Sequence[Pick], after: Sequence[Pick]) -> list[Place]:
    """Up and down are told among what stands in both lists: else one pin moves all others down."""
    was, now = _ids(before), _ids(after)
    both_before = [pk for pk in was if pk in now]
    both_after = [pk for pk in now if pk in was]
    marked = []
    for pick in after:
        change = "new"
        if pick.item.pk in was:
            moved = both_after.index(pick.item.pk) - both_before.index(pick.item.pk)
            change = "" if moved == 0 else "down" if moved > 0 else "up"
        marked.append(Place(pick, change))
    return marked
