"""Because you liked X: what is like one thing that somebody liked, and like nothing else they did.

X is one of their latest well-rated items, another one each day. Of the NEAREST items that the model
finds, only what is more like X than like any other of those is shown, and nothing that For you
begins with. So no item stands in the lists of two of them, and the title is true.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.templatetags.catalog_tags import stars_text
from ml.snapshot import Rows
from recommendations import favourites, ladder, likeness, reasons, selectors
from recommendations.dataset import PersonEvent
from recommendations.engine import LiveModel
from recommendations.governing import Surface
from recommendations.ladder import Pick, Picks, Reason, Rung
from recommendations.surfaces.ask import FEWEST, NOTHING, Ask, Made
from recommendations.visit import Visit

LATEST = 12
"""X is one of so many of somebody's latest well-rated items."""
NEAREST = 40
"""What is farther down among what is like X is hardly shown because of X."""
KEY = "liked"


@dataclass(frozen=True)
class Near:
    """An event that its person liked, and what is closest to it among all that they liked."""

    event: PersonEvent
    item_ids: Sequence[int]
    scores: Sequence[float]
    rung: Rung


def near(visit: Visit, *, today: date | None = None) -> Near | None:
    """Of today's X; where that has too little, of the next one that has enough. No query."""
    if KEY not in visit.found:
        visit.found[KEY] = _find(visit, today or timezone.localdate())
    found: Near | None = visit.found[KEY]
    return found


def picks(ask: Ask) -> Made:
    visit, found = ask.visit, near(ask.visit)
    if found is None or visit.model is None:
        return NOTHING
    ids = ask.among(Surface.SIMILAR, found.item_ids)
    about = visit.items([found.event.item_id]).get(found.event.item_id)
    shown = ask.first(ids) if about else {}
    if about is None or len(shown) < FEWEST:
        return NOTHING
    score = dict(zip(found.item_ids, found.scores, strict=True))
    reason = Reason(_("much like %(title)s") % {"title": about.title}, (about.pk,))
    said = _("You rated it %(stars)s") % {"stars": stars_text(found.event.stars or 0)}
    small_print = f"{said} · {reasons.explain_similar(visit.model)}"
    listed = [Pick(item, score[pk], reason, found.rung) for pk, item in shown.items()]
    made = Picks(listed, found.rung, visit.model.label, small_print)
    return Made(made, about=about, says_all=True)


def liked(visit: Visit) -> list[PersonEvent]:
    """Somebody's latest well-rated items, the latest first; none dismissed or left out."""
    rated = {event.item_id: event for event in visit.used if event.kind == "rating"}
    out = visit.not_liked | visit.dismissed | set(ladder.withdrawn_ids())
    return [event for pk, event in reversed(rated.items()) if pk not in out][:LATEST]


def _find(visit: Visit, today: date) -> Near | None:
    first = selectors.ranked(visit, banned=visit.seen | visit.dismissed, n=favourites.DEEP)
    if first is None or not len(first.rows):
        return None
    elsewhere = first.rows[: visit.placement("for-you").size]
    return visit.ask_model(lambda model: _first_with_enough(model, visit, elsewhere, today))


def _first_with_enough(model: LiveModel, visit: Visit, elsewhere: Rows, today: date) -> Near | None:
    rung = likeness.RUNG_OF_KIND.get(model.kind, Rung.MODEL)
    if rung is Rung.SHARED:
        return None  # a model that knows no likeness
    items = model.recommender.items
    own = {items.row(str(event.item_id)): event for event in liked(visit)}
    own.pop(-1, None)
    if not own:
        return None
    rows = np.array(list(own), dtype=np.int32)
    banned = items.rows(map(str, {*visit.seen, *visit.dismissed, *ladder.withdrawn_ids()}))
    banned = np.union1d(banned[banned >= 0], elsewhere)
    known = np.ones(len(items), dtype=bool)
    known[banned] = False
    start = today.toordinal() % len(rows)
    for at in (*range(start, len(rows)), *range(start)):
        found = model.recommender.similar_to(int(rows[at]), n=NEAREST, among=known)
        close = model.recommender.likeness(rows, found.rows)  # (K, P)
        is_own = close.argmax(axis=0) == at
        is_own &= (close == close[at]).sum(axis=0) == 1  # as like another one is not because of X
        if is_own.sum() >= FEWEST:
            ids = [int(items.ids[row]) for row in found.rows[is_own]]
            return Near(own[int(rows[at])], ids, found.scores[is_own].tolist(), rung)
    return None
