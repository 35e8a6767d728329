"""New and worth a look: of what came lately, what the model thinks best for somebody.

Only what it puts into the better half of the whole catalogue for them, and what the row of new
items does not show anyway. For somebody of whom nothing is known there is nothing to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from catalog.models import Item
from recommendations import ladder, reasons, selectors
from recommendations.causes import causes_of
from recommendations.engine import LiveModel
from recommendations.governing import Surface
from recommendations.ladder import Pick, Picks, Reason, Rung
from recommendations.surfaces.ask import FEWEST, NOTHING, Ask, Made
from recommendations.visit import Visit

LATELY, SHARE = 200, 0.1
"""So many items, and this share of the catalogue at most, came lately."""
KEY = "worthy"


@dataclass(frozen=True)
class Worthy:
    """Items that came lately, the best for somebody first."""

    item_ids: Sequence[int]
    scores: Sequence[float]
    among: int
    rung: Rung


def worthy(visit: Visit) -> Worthy | None:
    """None where the model can say nothing of this person. No query."""
    if KEY not in visit.found:
        visit.found[KEY] = _find(visit)
    found: Worthy | None = visit.found[KEY]
    return found


def picks(ask: Ask) -> Made:
    visit, found = ask.visit, worthy(ask.visit)
    if found is None or visit.model is None:
        return NOTHING
    ids = ask.among(Surface.NEW, found.item_ids)
    score = dict(zip(found.item_ids, found.scores, strict=True))
    listed = [
        Pick(item, score[pk], _reason(item), found.rung) for pk, item in ask.first(ids).items()
    ]
    if len(listed) < FEWEST:
        return NOTHING
    words = _("The best for you of the %(number)s that came last")
    said = words % {"number": number_format(found.among)}
    small_print = f"{said} · {reasons.explain_similar(visit.model)}"
    return Made(Picks(listed, found.rung, visit.model.label, small_print))


def lately() -> Sequence[int]:
    """The items that came last: at most LATELY, and at most a SHARE of all."""
    newest = ladder.newest_ids()
    return newest[: min(LATELY, int(SHARE * len(newest)))]


def _find(visit: Visit) -> Worthy | None:
    banned = visit.seen | visit.dismissed
    first = selectors.ranked(visit, banned=banned, n=1)
    new = lately()
    if first is None or not len(first.rows):
        return None
    on_the_shelf = visit.placement("new").size if visit.placements["new"].is_at("home") else 0
    newest = selectors.plain(Rung.NEWEST, visit=visit, limit=on_the_shelf)
    shelf = {one.item_id for one in newest[:on_the_shelf]}
    wanted = [pk for pk in new if pk not in banned and pk not in shelf]

    def question(model: LiveModel) -> Worthy:
        rows = model.recommender.items.rows(map(str, wanted))
        rows = rows[rows >= 0]
        scores = model.recommender.scores(first.history)
        rows = rows[scores[rows] > np.median(scores)]
        rows = rows[np.argsort(-scores[rows], kind="stable")]
        if model.kind in selectors.RUNG_OF_KIND:  # without a cause, it is there for everybody
            causes = causes_of(model, first.history, rows)
            rows = rows[np.array([bool(cause) for cause in causes], dtype=bool)]
        ids = [int(model.recommender.items.ids[row]) for row in rows]
        return Worthy(ids, scores[rows].tolist(), len(new), selectors.rung_of(model))

    return visit.ask_model(question)


def _reason(item: Item) -> Reason:
    age = timesince(item.added_at, timezone.now(), depth=1)
    return Reason(_("came %(age)s ago") % {"age": age})
