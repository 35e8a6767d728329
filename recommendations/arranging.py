"""A model's list as its person steers it: what `selectors.ranked` asks in place of the model alone.

Whoever has no dials set, dismissed nothing and passed nothing over gets exactly what the model
says, at no cost. For all others its CANDIDATES best are put into another order: what is close to
something dismissed steps back a little, and so does, where the site rotates, what was shown on days
before and not opened; the dials tilt (`ml.taste.arrange`), diversity arranges the HEAD. What is
masked is not among the candidates, so nothing here can bring it back; and nothing else is ever left
out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from django.utils import timezone

from ml.exploration import Shown, weariness
from ml.ranking import MASKED, Picks, best
from ml.snapshot import Floats, History, Rows, Vocabulary
from ml.taste import REACH, WEARY, Known, Taste, arrange
from recommendations.engine import LiveModel

HEAD = 24
"""So many first places are diverse: more than a panel or an answer of the API has."""
CANDIDATES = REACH * HEAD
"""However long the list, so that a panel shows how the whole list begins."""
RECENT_DISMISSALS = 20
DAY = 86_400.0
NOTHING = Shown.nothing()
SHYNESS = 0.5
"""What an item loses that is as close as can be to one of somebody's latest RECENT_DISMISSALS, in
standard deviations of the candidates' scores: a step back, about half of what a full dial does."""


def arranged(
    model: LiveModel,
    history: History,
    *,
    n: int,
    exclude: Rows,
    taste: Taste,
    measured: Known,
    dismissed: Rows,
    shown: Shown = NOTHING,
) -> Picks:
    """At most n items, none of them excluded; `dismissed` are rows, the latest last."""
    recommender = model.recommender
    is_steered = bool(taste.dials or taste.diversity)
    dismissed = dismissed[dismissed >= 0][-RECENT_DISMISSALS:]
    is_tired = bool(taste.rotation and len(shown.rows))
    if not n or not (is_steered or is_tired or len(dismissed)):
        return recommender.for_events(history, n=n, exclude=exclude)
    found = recommender.for_events(history, n=max(n, CANDIDATES), exclude=exclude)
    scores = np.full(len(recommender.items), MASKED, dtype=np.float32)
    scores[found.rows] = found.scores
    if len(dismissed) and len(found):
        near = recommender.likeness(dismissed, found.rows)  # (Q, P)
        scores[found.rows] = stepped_back(found.scores, near)
    if is_tired and len(found):
        weary = WEARY * taste.rotation * weariness(shown, found.rows)
        scores[found.rows] -= (found.scores.std() * weary).astype(np.float32)
    if not is_steered:
        return best(scores, n=n)
    return _steered(model, scores, history, n=n, taste=taste, known=measured)


def passed_over(before: Sequence[tuple[int, datetime]], items: Vocabulary) -> Shown:
    """What somebody was shown and did not open, (item id, when) each, as a model's rows."""
    if not before:
        return NOTHING
    now = timezone.now()
    days = np.array([(now - at).total_seconds() / DAY for _pk, at in before])
    return Shown(items.rows(str(pk) for pk, _at in before), np.ones(len(before)), days)


def stepped_back(scores: Floats, near: Floats) -> Floats:
    """(P,) of scores (P,), lower where an item is near (Q, P) to one of some dismissed ones."""
    closest = np.clip(near, 0.0, 1.0).max(axis=0)
    return np.asarray(scores - np.float32(SHYNESS * scores.std()) * closest, dtype=np.float32)


def _steered(
    model: LiveModel, scores: Floats, history: History, *, n: int, taste: Taste, known: Known
) -> Picks:
    """The whole list by the dials; its first places are diverse where that is asked for."""
    found = arrange(
        scores,
        n=max(n, HEAD),
        taste=taste,
        known=known,
        alike=model.recommender.likeness,
        history=history.item,
        shown=Shown.nothing(),
        rng=np.random.default_rng(0),  # explores nothing, so draws nothing
        varied=HEAD,
    )
    return Picks(found.rows[:n], found.scores[:n])
