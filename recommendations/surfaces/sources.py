"""Where the items of a surface come from: for each source, the list that it makes alone.

`make` gives picks with their own reasons; `expected` says which items it will ask for, as far as
that is known beforehand, so that a page reads the items of all its lists together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice, zip_longest

from recommendations import favourites, ladder, likeness, selectors
from recommendations.favourites import Favourite
from recommendations.ladder import Pick, Picks, Reason, Rung
from recommendations.placements.settings import Source
from recommendations.surfaces import bubble, company, liked, worthy
from recommendations.surfaces.ask import FEWEST, NOTHING, Ask, Made

MOST_GENRES = 2
KEY_GENRES = "favourites"
Make = Callable[[Ask], Made]


def personal(ask: Ask) -> Made:
    picks = selectors.own_list(
        ask.visit, limit=ask.limit, exclude=ask.exclude, is_filled=ask.settings.fallback
    )
    ask.visit.told.add(picks.rung)
    return Made(picks)


def unfinished(ask: Ask) -> Made:
    picks = selectors.carry_on(
        ask.visit.person, limit=ask.limit, exclude=ask.exclude, visit=ask.visit
    )
    return Made(picks)


def alike(ask: Ask) -> Made:
    if ask.item is None:
        return NOTHING
    picks = likeness.similar_list(ask.item, limit=ask.limit, exclude=ask.exclude, visit=ask.visit)
    return Made(picks)


def together(ask: Ask) -> Made:
    """What the same people chose, as far as no other list of the page shows it."""
    if ask.item is None:
        return NOTHING
    ids = likeness.chosen_together(ask.item, ask.visit)
    items = ask.visit.items(pk for pk in ids if pk not in ask.beside().exclude)
    shown = list(items.values())[: ask.limit]
    if len(shown) < FEWEST:
        return NOTHING
    reason = Reason(str(Rung.CO_OCCURRENCE.label), (ask.item.pk,))
    picks = [
        Pick(one, float(len(shown) - at), reason, Rung.CO_OCCURRENCE)
        for at, one in enumerate(shown)
    ]
    return Made(Picks(picks, Rung.CO_OCCURRENCE), says_all=True)


def popular(ask: Ask) -> Made:
    """Nothing where another list of the page is made from the same."""
    if Rung.POPULAR in ask.visit.told:
        return NOTHING
    picks = selectors.popular(limit=ask.limit, exclude=ask.exclude, visit=ask.visit)
    return Made(picks, says_all=True)


def newest(ask: Ask) -> Made:
    if Rung.NEWEST in ask.visit.told:
        return NOTHING
    picks = selectors.newest(limit=ask.limit, exclude=ask.exclude, visit=ask.visit)
    return Made(picks, says_all=True)


def of_genres(ask: Ask) -> list[Made]:
    """A list for each of the genres that stand out in what somebody likes."""
    return [made for one in found_genres(ask) if (made := _of_genre(one, ask)).picks.items]


def genres(ask: Ask) -> Made:
    """All of them in one list."""
    return by_turns(of_genres(ask), limit=ask.limit)


def by_turns(lists: Sequence[Made], *, limit: int) -> Made:
    """One of each, the next of each; each pick keeps its reason."""
    columns = zip_longest(*(made.picks.items for made in lists))
    picks = [pick for column in columns for pick in column if pick is not None][:limit]
    return Made(Picks(picks, ladder.best_rung(picks)))


def found_genres(ask: Ask) -> list[Favourite]:
    """Found once for a page."""
    visit = ask.visit
    if KEY_GENRES not in visit.found:
        limit = ask.limit + len(ask.exclude)
        visit.found[KEY_GENRES] = favourites.favourites(visit, limit=limit, most=MOST_GENRES)
    found: list[Favourite] = visit.found[KEY_GENRES]
    return found


def _of_genre(favourite: Favourite, ask: Ask) -> Made:
    picks = favourites.picks_of(favourite, limit=ask.limit, exclude=ask.exclude, visit=ask.visit)
    genre = favourite.genre
    return Made(picks, genre=genre.label, address=genre.address, says_all=True)


SOURCES: Mapping[Source, Make] = {
    Source.PERSONAL: personal,
    Source.OUTSIDE: lambda ask: bubble.picks(ask.beside()),
    Source.LIKED: lambda ask: liked.picks(ask.beside()),
    Source.GENRES: genres,
    Source.UNFINISHED: unfinished,
    Source.ALIKE: alike,
    Source.TOGETHER: together,
    Source.POPULAR: popular,
    Source.NEW: newest,
    Source.WORTHY: lambda ask: worthy.picks(ask.beside()),
    Source.GROUP: company.for_us,
    Source.CIRCLE: company.like_taste,
}


# --- what a list will ask for -----------------------------------------------------------------
def _personal_ids(ask: Ask) -> Iterable[int]:
    """None: it is made first, and its causes say which items it names."""
    return ()


def _outside_ids(ask: Ask) -> Iterable[int]:
    found = bubble.outside(ask.visit)
    return _likely(found.item_ids, ask) if found else ()


def _liked_ids(ask: Ask) -> Iterable[int]:
    found = liked.near(ask.visit)
    return (found.event.item_id, *_likely(found.item_ids, ask)) if found else ()


def _worthy_ids(ask: Ask) -> Iterable[int]:
    found = worthy.worthy(ask.visit)
    return _likely(found.item_ids, ask) if found else ()


def _likely(ids: Sequence[int], ask: Ask) -> Sequence[int]:
    """Those of them that will be asked for unless other lists show many."""
    return ids[: ask.limit + 2 * selectors.SPARE]


def _genre_ids(ask: Ask) -> Iterable[int]:
    return [pk for one in found_genres(ask) for pk in favourites.ids_of(one)]


def _unfinished_ids(ask: Ask) -> Iterable[int]:
    begun = (event.item_id for event in ask.visit.unfinished)
    wanted = (pk for pk in begun if pk not in ask.visit.dismissed)
    return islice(wanted, ask.limit + selectors.SPARE)


def _together_ids(ask: Ask) -> Iterable[int]:
    return likeness.chosen_together(ask.item, ask.visit) if ask.item else ()


def _popular_ids(ask: Ask) -> Iterable[int]:
    found = selectors.plain(Rung.POPULAR, visit=ask.visit, limit=ask.limit)
    return (one.item_id for one in found)


def _newest_ids(ask: Ask) -> Iterable[int]:
    found = selectors.plain(Rung.NEWEST, visit=ask.visit, limit=ask.limit)
    return (one.item_id for one in found)


EXPECTED: Mapping[Source, Callable[[Ask], Iterable[int]]] = {
    Source.PERSONAL: _personal_ids,
    Source.OUTSIDE: _outside_ids,
    Source.LIKED: _liked_ids,
    Source.GENRES: _genre_ids,
    Source.UNFINISHED: _unfinished_ids,
    Source.ALIKE: _personal_ids,
    Source.TOGETHER: _together_ids,
    Source.POPULAR: _popular_ids,
    Source.NEW: _newest_ids,
    Source.WORTHY: _worthy_ids,
    Source.GROUP: company.for_us_ids,
    Source.CIRCLE: company.like_taste_ids,
}
