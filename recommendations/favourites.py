"""The genres that somebody likes, and what they may like next of each.

A genre is liked where a person rated several items of it well, and it takes a larger share of what
they like than of the catalogue: else everybody would be told of the largest one. Its items come in
the order in which the model ranks them for this person, else by popularity. One query for all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import log

from django.conf import settings

from catalog.browsing import Choice, genres
from catalog.models import ItemAttribute
from recommendations import governing, ladder, reasons, selectors
from recommendations.dataset import PersonEvent
from recommendations.governing import Surface
from recommendations.ladder import Pick, Picks, Reason, Rung
from recommendations.visit import Visit

DEEP = 300
"""So many of somebody's best items are looked through for those of a genre."""
MOST_RATINGS = 200
LEAST_LIKED = 2
"""So many items of a genre have to be liked before it is somebody's."""
FEWEST = 4
"""A panel with less than this is not worth a row."""


@dataclass(frozen=True)
class Favourite:
    """A genre that somebody likes: their ratings that say so, the best first, and items of it."""

    genre: Choice
    liked: Sequence[PersonEvent]
    item_ids: Sequence[int]
    is_personal: bool
    pinned: frozenset[int] = frozenset()  # those that the site picked


def favourites(visit: Visit, *, limit: int, most: int) -> list[Favourite]:
    """At most so many genres, the clearest first; no item in two of them, nor in For you."""
    own = liked(visit)
    if len(own) < LEAST_LIKED:
        return []
    wanted, is_personal = _candidates(visit)
    taken = set(_in_for_you(wanted, visit, limit=limit, is_personal=is_personal))
    pins = governing.pinned_ids(visit, Surface.GENRES)
    of_item = {
        pk: [key.partition(":")[2] for key in keys]
        for pk, keys in genres_of(
            visit, [*(event.item_id for event in own), *wanted, *pins]
        ).items()
    }
    found: list[Favourite] = []
    for genre, events in _clearest(own, of_item, genres()):
        ids = [pk for pk in wanted if pk not in taken and genre.label in of_item.get(pk, ())]
        elsewhere = {pk for pk in pins if genre.label not in of_item.get(pk, ())} | taken
        ids, pinned = _governed(ids, visit, not_here=elsewhere, limit=limit)
        if len(ids) >= FEWEST:
            shown = ids[: limit + selectors.SPARE]
            found.append(Favourite(genre, events, shown, is_personal, pinned))
            taken.update(ids[:limit])
        if len(found) == most:
            break
    return found


def liked(visit: Visit) -> list[PersonEvent]:
    """Somebody's good ratings among their latest MOST_RATINGS, one an item."""
    rated = {event.item_id: event for event in visit.used if event.kind == "rating"}
    return [rated[pk] for pk in list(rated)[-MOST_RATINGS:] if pk not in visit.not_liked]


def picks_of(
    favourite: Favourite, *, limit: int, exclude: Collection[int] = (), visit: Visit
) -> Picks:
    """The items of a genre that may be shown, and the ratings by which it is somebody's."""
    named = favourite.liked[:2]
    items = visit.items([*favourite.item_ids, *(event.item_id for event in named)])
    shown = [pk for pk in favourite.item_ids if pk in items and pk not in exclude][:limit]
    rung = Rung.PERSONAL if favourite.is_personal else Rung.POPULAR
    picks = [
        Pick(items[pk], float(len(shown) - at), reasons.for_rung(Rung.PINNED), Rung.PINNED)
        if pk in favourite.pinned
        else Pick(items[pk], float(len(shown) - at), Reason(favourite.genre.label), rung)
        for at, pk in enumerate(shown)
    ]
    told = [event for event in named if event.item_id in items]
    if len(picks) < FEWEST or not told:
        return Picks([])
    return Picks(picks, rung, None, reasons.explain_genre(told, items=items))


def ids_of(favourite: Favourite) -> list[int]:
    """Every item that `picks_of` asks for."""
    return [*favourite.item_ids, *(event.item_id for event in favourite.liked[:2])]


def _candidates(visit: Visit) -> tuple[list[int], bool]:
    """Ids, the best first, and whether a model ranked them for this person."""
    banned = visit.seen | visit.dismissed
    ranked = selectors.ranked(visit, banned=banned, n=DEEP)
    if ranked is not None and visit.model is not None and len(ranked.rows):
        ids = visit.model.recommender.items.ids
        return [int(ids[row]) for row in ranked.rows], True
    return [pk for pk in ladder.popular_ids() if pk not in banned][:DEEP], False


def _in_for_you(wanted: list[int], visit: Visit, *, limit: int, is_personal: bool) -> list[int]:
    """What For you shows of them, so that no panel of a genre does."""
    if not visit.rules(Surface.FOR_YOU):
        return wanted[:limit]
    rung = Rung.PERSONAL if is_personal else Rung.POPULAR
    scored = [(pk, float(len(wanted) - at), rung) for at, pk in enumerate(wanted)]
    outcome = governing.govern(visit, Surface.FOR_YOU, scored, limit=limit)
    return [one.item_id for one in outcome.placed]


def _governed(
    ids: list[int], visit: Visit, *, not_here: Collection[int], limit: int
) -> tuple[list[int], frozenset[int]]:
    """What the site's rules make of a genre's items, and which of them it picked."""
    if not visit.rules(Surface.GENRES):
        return ids, frozenset()
    scored = [(pk, float(len(ids) - at), Rung.PERSONAL) for at, pk in enumerate(ids)]
    outcome = governing.govern(
        visit, Surface.GENRES, scored, banned=not_here, limit=limit + selectors.SPARE
    )
    pinned = frozenset(one.item_id for one in outcome.placed if one.pinned_by is not None)
    return [one.item_id for one in outcome.placed], pinned


def genres_of(visit: Visit, ids: Sequence[int]) -> dict[int, list[str]]:
    """The genres of items, "KIND:NAME" each. One query for all that the page does not know yet."""
    known: dict[int, list[str]] = visit.found.setdefault("genres", {})
    if missing := [pk for pk in ids if pk not in known]:
        known.update((pk, []) for pk in missing)
        links = ItemAttribute.objects.filter(
            item__in=missing, attribute__kind__in=settings.GENRE_KINDS
        )
        for pk, kind, name in links.order_by().values_list(
            "item_id", "attribute__kind", "attribute__name"
        ):
            known[pk].append(f"{kind}:{name}")
    return known


def _clearest(
    liked: Sequence[PersonEvent],
    of_item: Mapping[int, Collection[str]],
    known: Sequence[Choice],
) -> list[tuple[Choice, list[PersonEvent]]]:
    """Genres with the ratings that speak for them; those first that set this person apart most."""
    by_genre: dict[str, list[PersonEvent]] = defaultdict(list)
    for event in liked:
        for name in of_item.get(event.item_id, ()):
            by_genre[name].append(event)
    links = sum(len(events) for events in by_genre.values())
    all_links = sum(genre.count or 0 for genre in known)
    clear = []
    for genre in known:
        events = by_genre.get(genre.label, [])
        if len(events) >= LEAST_LIKED and genre.count:
            gain = log((len(events) / links) / (genre.count / all_links))
            clear.append((len(events) * gain, genre, events))
    clear.sort(key=lambda found: (-found[0], found[1].label))
    return [
        (genre, sorted(events, key=lambda event: (-(event.stars or 0), -event.time)))
        for gain, genre, events in clear
        if gain > 0
    ]
