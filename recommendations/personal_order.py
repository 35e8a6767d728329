"""How much a request's person may like each of some items, for lists that others chose.

Search and browse pages ask this through `catalog.personal`: the live model scores with the person's
own recent events, as for *For you*. None where there is no model, or it knows nothing of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from django.db import DatabaseError
from django.http import HttpRequest

from recommendations import panels
from recommendations.dataset import as_history
from recommendations.engine import LiveModel
from recommendations.ladder import Rung
from recommendations.selectors import RECENT_EVENTS, rung_of


def scores(request: HttpRequest, item_ids: Sequence[int]) -> Mapping[int, float] | None:
    try:
        return _scores(request, item_ids)
    except DatabaseError:
        return None


def _scores(request: HttpRequest, item_ids: Sequence[int]) -> Mapping[int, float] | None:
    visit = panels.visit_of(request)
    if visit.person is None or visit.model is None or rung_of(visit.model) is Rung.POPULAR:
        return None
    history, known = as_history(visit.used[-RECENT_EVENTS:], visit.model.recommender.items)
    if not known:
        return None

    def question(model: LiveModel) -> dict[int, float]:
        rows = model.recommender.items.rows(map(str, item_ids))
        score = model.recommender.scores(history)
        return {
            pk: float(score[row])
            for pk, row in zip(item_ids, rows, strict=True)
            if row >= 0 and np.isfinite(score[row])
        }

    return visit.ask_model(question)
