"""A model's list as its person steers it: what `selectors.ranked` asks in place of the model alone.

Whoever has no dials set and dismissed nothing gets exactly what the model says, at no cost. For all
others its CANDIDATES best are put into another order: what is close to something dismissed steps
back a little, the dials tilt (`ml.taste.arrange`), diversity arranges the HEAD. What is masked is
not among the candidates, so nothing here can bring it back; and nothing else is ever left out.
"""

from __future__ import annotations

import numpy as np

from ml.exploration import Shown
from ml.ranking import MASKED, Picks, best
from ml.snapshot import Floats, History, Rows
from ml.taste import REACH, Known, Taste, arrange
from recommendations.engine import LiveModel

HEAD = 24
"""So many first places are diverse: more than a panel or an answer of the API has."""
CANDIDATES = REACH * HEAD
"""However long the list, so that a panel shows how the whole list begins."""
RECENT_DISMISSALS = 20
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
) -> Picks:
    """At most n items, none of them excluded; `dismissed` are rows, the latest last."""
    recommender = model.recommender
    is_steered = bool(taste.dials or taste.diversity)
    dismissed = dismissed[dismissed >= 0][-RECENT_DISMISSALS:]
    if not n or not (is_steered or len(dismissed)):
        return recommender.for_events(history, n=n, exclude=exclude)
    found = recommender.for_events(history, n=max(n, CANDIDATES), exclude=exclude)
    scores = np.full(len(recommender.items), MASKED, dtype=np.float32)
    scores[found.rows] = found.scores
    if len(dismissed) and len(found):
        near = recommender.likeness(dismissed, found.rows)  # (Q, P)
        scores[found.rows] = stepped_back(found.scores, near)
    if not is_steered:
        return best(scores, n=n)
    return _steered(model, scores, history, n=n, taste=taste, known=measured)


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
