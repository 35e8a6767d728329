"""What the welcome page asks somebody, and when it has asked enough.

`wall_for` begins an interview (`ml.onboarding`) with what the person did so far and what they said
they do not know, and lays out the items worth asking about. Items of the wall before stay in their
places while they are among the best questions. Without a model that knows who knows what, popular
items are asked about, as if tastes differed as genres do. Nothing here writes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from catalog.models import Item
from catalog.remember import remembered
from catalog.search import LINE_SEPARATOR
from ml.acquaintance import Acquaintance, Matrix
from ml.onboarding import Interview, places_of, with_model, without_model
from ml.snapshot import Rows
from recommendations import ladder
from recommendations.dataset import as_history
from recommendations.engine import LiveModel
from recommendations.selectors import PERSONAL_RUNGS, RECENT_EVENTS, rung_of
from recommendations.visit import Visit

WALL = 12
PERSONAL_FROM = 3
"""So many ratings make a home page personal."""
STAYING = 4 * WALL
"""An item stays on the wall while it is among so many of the best questions."""
MOST_UNKNOWN = 300
"""So many items that somebody does not know are heeded, the latest."""
MOST_POPULAR = 200
"""So many popular items may be asked about where no model knows better."""


@dataclass(frozen=True)
class Wall:
    """The items to ask about, and how far the interview has come."""

    items: list[Item]
    ratings: int
    is_learned: bool  # whether a model heeds ratings
    is_over: bool  # more answers would hardly change anything

    @property
    def is_personal(self) -> bool:
        return self.ratings >= PERSONAL_FROM

    @property
    def missing(self) -> int:
        """How many ratings more make the home page personal."""
        return max(PERSONAL_FROM - self.ratings, 0)


@dataclass(frozen=True)
class Supposed:
    """Popular items, their ids as rows, and what may be thought of them without a model."""

    acquaintance: Acquaintance
    alike: Matrix


def remembering(
    unknown: Iterable[int], new: Iterable[int] = (), *, but: Collection[int] = ()
) -> list[int]:
    """What somebody does not know, with what they just said; without what they rated."""
    ids = dict.fromkeys([*unknown, *new])
    return [pk for pk in ids if pk not in but][-MOST_UNKNOWN:]


def wall_for(visit: Visit, *, unknown: Collection[int], shown: Sequence[int] = ()) -> Wall:
    """What to ask next. `unknown` and `shown` are ids: not known, and on the wall before.

    An id of 0 among `shown` is a place that is empty now.
    """

    def ask(model: LiveModel) -> tuple[list[int], bool] | None:
        return _learned(model, visit, unknown=unknown, shown=shown)

    found = visit.ask_model(ask)
    ids, is_over = found or _supposed(visit, unknown=unknown, shown=shown)
    ratings = ratings_of(visit)
    items = list(visit.items(ids).values())
    is_over = not items or (is_over and ratings >= PERSONAL_FROM)
    return Wall(items, ratings, is_learned=_is_learned(visit), is_over=is_over)


def ratings_of(visit: Visit) -> int:
    return sum(event.kind == "rating" for event in visit.events)


def _is_learned(visit: Visit) -> bool:
    model = None if visit.model_failed else visit.model
    return model is not None and rung_of(model) in PERSONAL_RUNGS


def _learned(
    model: LiveModel, visit: Visit, *, unknown: Collection[int], shown: Sequence[int]
) -> tuple[list[int], bool] | None:
    """Ids, and whether they are hardly worth asking; None where the model has no acquaintance."""
    ask = model.recommender
    acquaintance = ask.acquaintance
    if acquaintance is None:
        return None
    history, _known = as_history(visit.events[-RECENT_EVENTS:], ask.items)
    ids = np.array([int(ask.items.ids[row]) for row in acquaintance.rows])
    interview = with_model(
        ask,
        acquaintance,
        history,
        unknown=ask.items.rows(map(str, unknown)),
        free=~np.isin(ids, _banned(visit, unknown)),
    )
    return _laid_out(interview, ids, shown), interview.is_over


def _supposed(
    visit: Visit, *, unknown: Collection[int], shown: Sequence[int]
) -> tuple[list[int], bool]:
    supposed = remembered("welcome-supposed", _suppose)
    ids = supposed.acquaintance.rows
    interview = without_model(
        supposed.acquaintance,
        supposed.alike,
        rated=places_of(_rows(visit.seen), supposed.acquaintance),
        unknown=places_of(_rows(unknown), supposed.acquaintance),
        free=~np.isin(ids, _banned(visit, unknown)),
    )
    return _laid_out(interview, ids, shown), interview.is_over


def _banned(visit: Visit, unknown: Collection[int]) -> list[int]:
    return [*visit.seen, *unknown, *ladder.withdrawn_ids()]


def _laid_out(interview: Interview, ids: Rows, shown: Sequence[int]) -> list[int]:
    """Ids for the wall: those that stay in their places, and new ones in the others."""
    worth = interview.worth()
    best = set(ids[np.argsort(-worth, kind="stable")[:STAYING]].tolist())
    free = set(ids[interview.free].tolist())
    wall = [pk if pk in best & free else 0 for pk in shown[:WALL]]
    wall += [0] * (WALL - len(wall))
    staying = np.flatnonzero(np.isin(ids, wall))
    new = iter(ids[interview.questions(wall.count(0), beside=staying)].tolist())
    return [pk for pk in (place or next(new, 0) for place in wall) if pk]


def _suppose() -> Supposed:
    """From how often items were rated and looked at, and the genres that they share."""
    chosen = list(ladder.popular_ids()[:MOST_POPULAR] or ladder.newest_ids()[:MOST_POPULAR])
    fields = ("pk", "rating_count", "view_count", "genre_line")
    found = {facts[0]: facts for facts in Item.objects.filter(pk__in=chosen).values_list(*fields)}
    known = [found[pk] for pk in chosen if pk in found]
    counts = np.array([ratings + views for _, ratings, views, _ in known], dtype=np.int64)
    alike = _alike([genres for *_, genres in known])
    ids = _rows([pk for pk, *_ in known])
    return Supposed(Acquaintance.supposed(ids, counts, alike), alike)


def _alike(genre_lines: Sequence[str]) -> Matrix:
    """(Q, Q): the cosine of what two items have of genres; 1 of each with itself."""
    sets = [set(filter(None, line.split(LINE_SEPARATOR))) for line in genre_lines]
    names = {name: column for column, name in enumerate(sorted(set().union(*sets)))}
    has = np.zeros((len(sets), len(names)))
    for row, own in enumerate(sets):
        has[row, [names[name] for name in own]] = 1 / np.sqrt(len(own) or 1)
    alike = has @ has.T  # (Q, G) @ (G, Q)
    np.fill_diagonal(alike, 1)
    return alike


def _rows(ids: Collection[int]) -> Rows:
    return np.fromiter(ids, dtype=np.int64, count=len(ids))
