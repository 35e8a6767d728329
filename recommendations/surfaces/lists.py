"""The lists of a surface, as its placement sets them: what panels, pages and the API show.

A surface with one source is what that source makes. Several are woven by their shares. Then
diversity arranges the first places, and popular and new items fill up what is left, where the
placement says so. No item stands twice in a list.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from django.utils.translation import gettext as _

from ml import ranking, rerank
from recommendations import ladder, trying
from recommendations.engine import LiveModel
from recommendations.ladder import Pick, Picks
from recommendations.placements.defaults import FILLED_IN, TITLES, Placed
from recommendations.placements.settings import PlacementSettings, Source
from recommendations.surfaces.ask import NOTHING, Ask, Made
from recommendations.surfaces.sources import EXPECTED, SOURCES, by_turns, newest, of_genres, popular
from recommendations.surfaces.weaving import woven
from recommendations.visit import Visit


def make(ask: Ask) -> list[Made]:
    """What a surface shows: one list, none, or one for each of several genres.

    Whose person takes part in an experiment on this surface gets what their arm says.
    """
    trial = trying.trial_of(ask.visit, ask.settings.name)
    if trial is None:
        return _made(ask)
    lists = [_made(_as_in(own, ask)) for own in trial.visits]
    trial.give_back(ask.visit)
    if not trial.is_interleaved:
        return [replace(one, picks=trial.noted(one.picks)) for one in lists[0]]
    first, second = (one[0] if one else NOTHING for one in lists)
    picks = trial.drafted([first.picks, second.picks])
    return [replace(first, picks=picks)] if picks.items else []


def _as_in(visit: Visit, ask: Ask) -> Ask:
    """What is asked for as another visit's settings have it; a panel is as long as they say."""
    settings = visit.placement(ask.settings.name)
    limit = settings.size if ask.limit == ask.settings.size else ask.limit
    return replace(ask, visit=visit, settings=settings, limit=limit)


def _made(ask: Ask) -> list[Made]:
    shares = ask.settings.shares
    if not ask.settings.is_on or ask.limit < 1:
        return []
    if list(shares) == [Source.GENRES]:
        lists = [_cut(one, ask.limit) for one in of_genres(ask.deep())]
    else:
        lists = [_woven(ask) if len(shares) > 1 else _alone(ask, next(iter(shares)))]
    found = [one for one in lists if one.picks.items]
    for one in found:
        ask.visit.shown.update(pick.item.pk for pick in one.picks.items)
    return found


def make_one(ask: Ask) -> Made:
    """The same as one list: where there is one for each of several genres, all of them by turns."""
    lists = make(ask)
    if len(lists) < 2:
        return lists[0] if lists else NOTHING
    return by_turns(lists, limit=ask.limit)


def expect(asks: Iterable[Ask]) -> None:
    """The items of all lists of a page come with one query."""
    for ask in asks:
        for source in ask.settings.shares:
            ask.visit.expect(EXPECTED[source](ask))


def title(settings: PlacementSettings, made: Made) -> str:
    """What a list is called, with what it names filled in."""
    words = settings.title or str(TITLES[settings.name])
    about = made.about.title if made.about else ""
    for part, name in (("{item}", about), ("{genre}", made.genre)):
        words = words.replace(part, name)
    return words


def first_of(placed: Iterable[Placed]) -> list[Placed]:
    """In the order in which lists are made: what the others stand back for comes first."""
    return sorted(placed, key=lambda one: Source.PERSONAL not in one.settings.shares)


def _alone(ask: Ask, source: Source) -> Made:
    """What one source makes. The personal one knows diversity and filling up by itself."""
    if source is Source.PERSONAL:
        return SOURCES[source](ask)
    if source is Source.GROUP:  # its members all see one list
        ask = replace(ask, visit=ask.visit.as_all())
    made = SOURCES[source](ask.deep())
    picks = _diverse(_kept(made.picks.items, ask), ask)
    return _filled(replace(made, picks=replace(made.picks, items=picks)), ask)


def _woven(ask: Ask) -> Made:
    """From several sources; each pick keeps its own reason."""
    bare = replace(ask, settings=ask.settings.changed(fallback=False))
    deep = bare.deep()
    lists = {source: SOURCES[source](deep).picks for source in ask.settings.shares}
    places = woven(
        {source: picks.items for source, picks in lists.items()},
        ask.settings.shares,
        limit=deep.limit,
    )
    used = dict.fromkeys(source for source, _pick in places)
    said = dict.fromkeys(filter(None, (lists[source].explanation for source in used)))
    labels = filter(None, (lists[source].model_label for source in used))
    steered = next(filter(None, (lists[source].steered for source in used)), "")
    items = _diverse(_kept([pick for _source, pick in places], ask), ask)
    made = Picks(items, ladder.best_rung(items), next(labels, None), " · ".join(said), steered)
    return _filled(Made(made), ask)


def _cut(made: Made, limit: int) -> Made:
    return replace(made, picks=replace(made.picks, items=made.picks.items[:limit]))


def _kept(picks: Sequence[Pick], ask: Ask) -> list[Pick]:
    """Those that the surface's filter lets in."""
    only = ask.visit.placements[ask.settings.name].only
    if only is None:
        return list(picks)
    is_let_in = only.means(np.array([pick.item.pk for pick in picks], dtype=np.int64))
    return [pick for pick, is_in in zip(picks, is_let_in, strict=True) if is_in]


def _filled(made: Made, ask: Ask) -> Made:
    """With popular and new items at its end; not where its title would lose its ground."""
    missing = ask.limit - len(made.picks.items)
    is_sound = bool(made.picks.items) or ask.settings.name not in FILLED_IN
    if missing <= 0 or not ask.settings.fallback or not is_sound:
        return made
    own = frozenset(pick.item.pk for pick in made.picks.items)
    rest = replace(ask, limit=missing, exclude=ask.exclude | own)
    more = {pick.item.pk: pick for part in (popular, newest) for pick in part(rest).picks.items}
    items = [*made.picks.items, *_kept(list(more.values()), ask)[:missing]]
    picks = replace(made.picks, items=items, rung=ladder.best_rung(items))
    return replace(made, picks=picks, says_all=made.says_all and not more)


def _diverse(picks: Sequence[Pick], ask: Ask) -> list[Pick]:
    """The first `limit`, fewer of them alike; what the model does not know is like nothing."""
    diversity = ask.settings.diversity
    if not diversity or len(picks) < 2:
        return list(picks[: ask.limit])

    def question(model: LiveModel) -> list[Pick]:
        items = model.recommender.items
        rows = items.rows(str(pick.item.pk) for pick in picks)
        known = np.flatnonzero(rows >= 0)
        near = np.zeros((len(rows), len(rows)), dtype=np.float32)
        near[np.ix_(known, known)] = model.recommender.likeness(rows[known], rows[known])
        places = np.arange(len(picks), dtype=np.int32)
        scores = -np.log2(2.0 + places).astype(np.float32)  # as much as a place is worth
        chosen = rerank.diversify(
            ranking.Picks(places, scores), near, n=ask.limit, diversity=diversity
        )
        return [picks[at] for at in chosen.rows]

    return ask.visit.ask_model(question) or list(picks[: ask.limit])


def nothing_said(placed: Placed) -> str:
    """What a page of a surface says where its list is empty."""
    if not placed.is_at("page"):
        return _("This list is switched off now.")
    if placed.settings.name == "for-you":
        return _("There is nothing left that you have not seen.")
    return _("There is nothing to show here yet. Rate a few, and there may be.")
