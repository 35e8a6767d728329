"""What people of like taste made of items, where at least FEWEST of them stand behind it.

Told only to people who agreed to be counted themselves, and made only of people who still do: each
figure asks the database now, and it is withheld until tomorrow when anybody behind it left, or
changed or hid their rating, since last night. So nothing can be learned by looking before and
after. What is told is coarse: stars in halves from "1½ or less" to "4½ or more", people in steps.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import Item, Person, Rating
from catalog.templatetags.catalog_tags import stars_text
from recommendations import governing
from recommendations.company.circles import Ids, circle_of, eligible, midnight, ratings_of
from recommendations.governing import Surface
from recommendations.ladder import Pick, Reason, Rung
from recommendations.visit import Visit

SURFACE = "like-taste"
FEWEST = 5
STEPS = (5, 10, 20, 50, 100)
LOWEST, HIGHEST = 3, 9
"""Half stars: what lies further out is told as these, so that nobody learns that all gave 5."""
LIKED_FROM = 8
LIMIT, MOST = 24, 60
By = dict[int, dict[int, int]]
"""For each item, who gave how many half stars."""
SPARE = 2
"""So many times the items asked for are looked at, since some are withheld or seen."""


@dataclass(frozen=True)
class Figure:
    """What a circle made of one item, as coarse as it is told."""

    half_stars: int
    people: int
    """At least so many."""

    @property
    def stars(self) -> float:
        return self.half_stars / 2

    @property
    def text(self) -> str:
        return says(self)

    @property
    def short(self) -> str:
        """For a card of a list whose heading says the rest."""
        said = {"people": self.people, "stars": stars_text(self.stars)}
        if self.half_stars >= HIGHEST:
            return _("%(stars)s or more, from %(people)s or more") % said
        return _("about %(stars)s, from %(people)s or more") % said


@dataclass(frozen=True)
class Liked(Pick):
    """With what they made of it."""

    figure: Figure


def figure_of(half_stars: Collection[int]) -> Figure | None:
    """Of the ratings of one item; None where there are too few."""
    if len(half_stars) < FEWEST:
        return None
    mean = sum(half_stars) / len(half_stars)
    shown = min(max(int(np.floor(mean + 0.5)), LOWEST), HIGHEST)
    return Figure(shown, max(step for step in STEPS if step <= len(half_stars)))


def says(figure: Figure) -> str:
    said = {"people": figure.people, "stars": stars_text(figure.stars)}
    if figure.half_stars >= HIGHEST:
        return (
            _("At least %(people)s people of your taste rated this %(stars)s or more on average.")
            % said
        )
    if figure.half_stars <= LOWEST:
        return (
            _("At least %(people)s people of your taste rated this %(stars)s or less on average.")
            % said
        )
    return (
        _("At least %(people)s people of your taste rated this about %(stars)s on average.") % said
    )


def may_look(visit: Visit) -> bool:
    """Whether this person agreed, and neither is private nor pauses: whoever gives nothing is told
    nothing. No query that a page has not made. Quarantine is no matter here: it is not told."""
    person = visit.person
    if person is None or person.user_id is None or person.is_private or person.is_paused:
        return False
    return visit.is_personal and visit.is_of_like_taste


def of_item(visit: Visit, item: Item, *, now: datetime | None = None) -> Figure | None:
    """What people of this person's taste made of an item."""
    now = now or timezone.now()
    found = figures(visit, now=now, items=[item.pk])
    return found.get(item.pk)


def liked(visit: Visit, *, limit: int = LIMIT, now: datetime | None = None) -> list[Liked]:
    """What they rated well and this person has neither seen nor dismissed: by what is told of
    them, then in the order of ids, so that the order says no more than the figures do."""
    return picks_of(told(visit, limit=limit, now=now), visit, limit=limit)


def told(
    visit: Visit, *, limit: int, exclude: Collection[int] = (), now: datetime | None = None
) -> dict[int, Figure]:
    """The figures of what may be on that list, in its order; some more than `limit`."""
    if not may_look(visit):
        return {}
    only = visit.placements[SURFACE].only
    found = figures(
        visit,
        now=now or timezone.now(),
        items=None if only is None else only.ids.tolist(),
        banned=visit.seen | visit.dismissed | set(exclude),
        most=SPARE * min(max(limit, 0), MOST),
        least=LIKED_FROM,
    )
    order = sorted(found, key=lambda pk: _rank(found[pk], pk))
    allowed = governing.among(visit, Surface.FOR_YOU, order, placement=SURFACE)
    return {pk: found[pk] for pk in allowed}


def picks_of(
    told: Mapping[int, Figure], visit: Visit, *, limit: int, exclude: Collection[int] = ()
) -> list[Liked]:
    """The first `limit` of them that may be shown, each with its figure."""
    items = visit.items(pk for pk in told if pk not in exclude)
    found = [
        Liked(item, told[pk].stars, Reason(told[pk].short), Rung.CIRCLE, told[pk])
        for pk, item in items.items()
    ]
    return found[: min(max(limit, 0), MOST)]


def _rank(figure: Figure, pk: int) -> tuple[int, int, int]:
    return -figure.half_stars, -figure.people, pk


def figures(
    visit: Visit,
    *,
    now: datetime,
    items: Collection[int] | None = None,
    banned: Collection[int] = (),
    most: int | None = None,
    least: int = 0,
) -> dict[int, Figure]:
    """By item id: of these items, or of all but some; at most `most`, with `least` half stars."""
    person = visit.person
    if person is None or not may_look(visit) or not _is_eligible(person, now):
        return {}
    last_night = _by_item(*ratings_of(now).of(circle_of(person, now)), items=items)
    told = {
        pk: figure
        for pk, own in last_night.items()
        if pk not in banned and (figure := figure_of(own.values())) and figure.half_stars >= least
    }
    best = sorted(told, key=lambda pk: _rank(told[pk], pk))[:most]
    still = _now(best, {who for pk in best for who in last_night[pk]}, now)
    return {pk: told[pk] for pk in best if still.get(pk, {}).items() >= last_night[pk].items()}


def _is_eligible(person: Person, now: datetime) -> bool:
    return eligible(now).filter(pk=person.pk).exists()


def _by_item(
    who: Ids, item: Ids, half_stars: Iterable[int], *, items: Collection[int] | None
) -> By:
    found: defaultdict[int, dict[int, int]] = defaultdict(dict)
    halves = np.asarray(half_stars)
    if items is not None:
        wanted = np.isin(item, list(items))
        who, item, halves = who[wanted], item[wanted], halves[wanted]
    for person, pk, half in zip(who.tolist(), item.tolist(), halves.tolist(), strict=True):
        found[pk][person] = half
    return found


def _now(items: Collection[int], people: Collection[int], now: datetime) -> By:
    """The same from the database, of those who still agree and whose ratings still count."""
    found: defaultdict[int, dict[int, int]] = defaultdict(dict)
    if not items:
        return found
    rows = Rating.objects.counted().filter(item__in=items, rated_at__lt=midnight(now))
    rows = rows.filter(person__in=eligible(now).filter(pk__in=people).values("pk"))
    for pk, person, half in rows.values_list("item_id", "person_id", "half_stars"):
        found[pk][person] = half
    return found
