"""What a surface shows one reader, as it is set and as a form would set it. Writes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.models import Item, Person
from recommendations import ladder
from recommendations.models import Placement
from recommendations.placements.settings import PlacementSettings
from recommendations.surfaces import lists
from recommendations.surfaces.ask import Ask, Made
from recommendations.visit import Visit


@dataclass(frozen=True)
class Titled:
    """A list under its title."""

    title: str
    made: Made


@dataclass(frozen=True)
class Comparison:
    """The lists of a surface before and after; `item` is the one that they are about, if any."""

    before: list[Titled]
    after: list[Titled]
    item: Item | None


def compare(placement: Placement, person: Person | None) -> Comparison:
    """A placement that was checked, saved or not; as it is set means as the database has it."""
    saved = Placement.objects.get(pk=placement.pk)
    item = _example()
    return Comparison(
        before=_shown(saved.settings, person, item),
        after=_shown(placement.settings, person, item),
        item=item if placement.on_item else None,
    )


def _shown(settings: PlacementSettings, person: Person | None, item: Item | None) -> list[Titled]:
    visit = Visit(person)
    visit.tried = {settings.name: settings}
    found = lists.make(Ask(visit, settings, settings.size, item))
    return [Titled(lists.title(settings, made), made) for made in found]


def _example() -> Item | None:
    """The item that most people met, else the newest."""
    ids = [*ladder.popular_ids()[:1], *ladder.newest_ids()[:1]]
    return Item.objects.listed().filter(pk__in=ids[:1]).first()
