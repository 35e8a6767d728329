"""Out of your bubble: what the model thinks best for somebody outside of where they mostly are.

Where somebody mostly is, are the few genres that hold two thirds of what they rated well, and the
neighbourhood of what they did. An item is outside if it has none of these genres, and is farther
from their latest events than the first items of For you are on the average; none of these is it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext as _

from ml.dials import Dials, closeness
from ml.snapshot import Floats, History, Rows
from ml.taste import EVENTS
from recommendations import favourites, ladder, measures, reasons, selectors
from recommendations.arranging import arranged
from recommendations.causes import causes_of
from recommendations.engine import LiveModel
from recommendations.governing import Surface
from recommendations.ladder import Pick, Picks, Reason, Rung
from recommendations.surfaces.ask import FEWEST, NOTHING, Ask, Made
from recommendations.visit import Visit

DEEP = 120
ENOUGH = 60
"""With fewer of somebody's best items outside of these genres, all items are looked through."""
LEAST_EVENTS = 3
"""With fewer, nobody can say where somebody mostly is."""
MOST_GENRES = 5
"""Whoever needs more genres than this for two thirds of what they like is in none mostly."""
MOSTLY = 2 / 3
KEY = "outside"


@dataclass(frozen=True)
class Outside:
    """Items outside of where somebody mostly is, the best first, and the genres that they lack."""

    item_ids: Sequence[int]
    scores: Sequence[float]
    genres: Sequence[str]
    rung: Rung


def outside(visit: Visit) -> Outside | None:
    """None where there is no bubble, or nobody can tell.

    One query, which panels of genres ask, too; one more where all items are looked through and
    nobody has asked for these genres lately.
    """
    if KEY not in visit.found:
        visit.found[KEY] = _find(visit)
    found: Outside | None = visit.found[KEY]
    return found


def picks(ask: Ask) -> Made:
    visit, found = ask.visit, outside(ask.visit)
    if found is None or visit.model is None:
        return NOTHING
    ids = ask.among(Surface.FOR_YOU, found.item_ids)
    score = dict(zip(found.item_ids, found.scores, strict=True))
    reason = Reason(_reason(found.genres))
    listed = [Pick(item, score[pk], reason, found.rung) for pk, item in ask.first(ids).items()]
    if len(listed) < FEWEST:
        return NOTHING
    words = reason.text[:1].upper() + reason.text[1:]
    small_print = f"{words} · {reasons.explain_similar(visit.model)}"
    return Made(Picks(listed, found.rung, visit.model.label, small_print), says_all=True)


def home_genres(liked: Sequence[Sequence[str]]) -> list[str]:
    """The fewest genres, greedily, that hold MOSTLY of these items; [] where it takes many.

    Each item is the genres that it has; items without any do not count. Pure.
    """
    left = [set(genres) for genres in liked if genres]
    needed = MOSTLY * len(left)
    found: list[str] = []
    held = 0
    while held < needed - 1e-9:
        counts = Counter(genre for genres in left for genre in genres)
        best = min(counts, key=lambda genre: (-counts[genre], genre))
        found.append(best)
        held += counts[best]
        left = [genres for genres in left if best not in genres]
        if len(found) > MOST_GENRES:
            return []
    return found


def _find(visit: Visit) -> Outside | None:
    banned = visit.seen | visit.dismissed
    first = selectors.ranked(visit, banned=banned, n=favourites.DEEP)
    if first is None or visit.model is None or len(first.known) < LEAST_EVENTS:
        return None
    liked = [event.item_id for event in favourites.liked(visit)]
    rows = first.rows[: favourites.DEEP]
    best = [int(visit.model.recommender.items.ids[row]) for row in rows]
    of_item = favourites.genres_of(visit, [*liked, *best])
    genres = home_genres([of_item[pk] for pk in liked])
    if not genres and any(of_item[pk] for pk in liked):
        return None  # at home everywhere
    nearby = first.rows[: visit.placement("for-you").size]
    is_outside = np.array([not set(genres) & set(of_item[pk]) for pk in best], dtype=bool)
    is_outside[: len(nearby)] = False  # these are in For you
    is_deep = is_outside.sum() < ENOUGH and len(best) == favourites.DEEP
    inside = _having(visit.model, genres) if is_deep else None

    def question(model: LiveModel) -> Outside:
        found, scores = rows[is_outside], first.scores[: len(rows)][is_outside]
        if inside is not None:
            found, scores = _best_outside(model, visit, first.history, inside)
        close = closeness_to(model, first.history, found)
        usual = closeness_to(model, first.history, nearby).mean() if len(nearby) else 0.0
        is_far = (close < usual) & ~np.isin(found, nearby)
        found, scores = found[is_far], scores[is_far]
        if model.kind in selectors.RUNG_OF_KIND:  # without a cause, it is there for everybody
            causes = causes_of(model, first.history, found)
            spoken_for = np.array([bool(cause) for cause in causes], dtype=bool)
            found, scores = found[spoken_for], scores[spoken_for]
        ids = [int(model.recommender.items.ids[row]) for row in found[:DEEP]]
        names = [genre.partition(":")[2] for genre in genres]
        return Outside(ids, scores[:DEEP].tolist(), names, selectors.rung_of(model))

    return visit.ask_model(question)


def closeness_to(model: LiveModel, history: History, rows: Rows) -> Floats:
    """(P,): how close items are to the latest of a person's events; what a dial turns, too."""
    near = model.recommender.likeness(history.item[-EVENTS:], rows)
    return np.asarray(closeness(near), dtype=np.float32)


def _having(model: LiveModel, genres: Sequence[str]) -> Rows:
    """The rows of all items with any of these genres. One query where it is cold."""
    known = measures.known(model, Dials(attributes=dict.fromkeys(genres, 1.0)))
    found = np.any([known.attributes[genre] for genre in genres], axis=0)
    return np.flatnonzero(found).astype(np.int32)


def _best_outside(
    model: LiveModel, visit: Visit, history: History, inside: Rows
) -> tuple[Rows, Floats]:
    items = model.recommender.items
    banned = {*visit.seen, *visit.dismissed, *ladder.withdrawn_ids()}
    masked = items.rows(map(str, banned))
    taste = visit.steering.taste
    found = arranged(
        model,
        history,
        n=DEEP,
        exclude=np.union1d(masked[masked >= 0], inside).astype(np.int32),
        taste=taste,
        measured=measures.known(model, taste.dials),
        dismissed=items.rows(map(str, visit.dismissals)),
    )
    return found.rows, found.scores


def _reason(genres: Sequence[str]) -> str:
    if not genres:
        return _("far from what you did here")
    return _("outside of %(genres)s, where you mostly are") % {"genres": ", ".join(genres)}
