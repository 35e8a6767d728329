"""Which new items one person's list gives a place to, for one day.

What fits them by content is tried on them: a new item borrows its score from known ones with which
it shares attributes, as the live model scores those for this person (`memory`). Items that lack
more of their quota come first by as much as HASTE; a draw that stays the same all day decides
between near ones (`ml.exploration`). Only lists that a model made for somebody, and people whose
impressions count: others would try it in vain. What is seen, dismissed, withdrawn or kept out by a
rule is never tried. Nothing here asks the database but what `memory` has to.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from hashlib import blake2s
from itertools import islice

import numpy as np
from django.utils import timezone

from ml.exploration import doubted, spread, steady_noise
from ml.rerank import standardised
from ml.snapshot import Floats, History
from recommendations import reasons
from recommendations.chances import memory
from recommendations.chances.memory import Tried
from recommendations.engine import LiveModel
from recommendations.ladder import Pick, Rung
from recommendations.rules.model import Surface
from recommendations.visit import Visit

HASTE = 2.0
"""What an item without any impression is ahead of one with all of them, in standard deviations."""
SPARE = 2
"""For items that were withdrawn a moment ago."""
KEEPS_DOWN = ("hide", "bury")


def chosen(visit: Visit, *, banned: Collection[int], limit: int) -> dict[int, float]:
    """New items for this list, the fittest first, with how well they fit by the model's scores.

    The visit reads them with the items that it is asked for next.
    """
    count, found, person = places(visit, limit), visit.ranked, visit.person
    if not count or person is None or not person.is_counted or not visit.is_personal:
        return {}
    if found is None or not len(found.rows):
        return {}
    seed = seed_of(person.pk, timezone.localdate())
    fit = visit.ask_model(lambda model: _fittest(model, found.history, banned, seed=seed)) or {}
    free = (pk for pk in fit if not _kept_out(pk, visit))
    few = {pk: fit[pk] for pk in islice(free, count + SPARE)}
    visit.expect(few)
    return few


def given(
    picks: Sequence[Pick], wanted: Mapping[int, float], visit: Visit, *, limit: int
) -> list[Pick]:
    """The list with some of its places given to these new items, at most its share.

    The first place and all down to the last pinned item stay as they are. New items that the list
    has anyway count towards the share.
    """
    if not wanted:
        return list(picks)
    listed = {pick.item.pk for pick in picks}
    most = min(places(visit, limit), places(visit, len(picks)))
    most -= sum(pk in listed for pk in wanted)
    items = visit.items(pk for pk in wanted if pk not in listed)
    tried: list[Pick] = []
    for pk, item in items.items():
        if len(tried) < most and _has_room(pk, [*picks, *tried], visit):
            tried.append(Pick(item, wanted[pk], reasons.for_rung(Rung.TRIED), Rung.TRIED))
    pins = [at for at, pick in enumerate(picks) if pick.rung is Rung.PINNED]
    after = pins[-1] + 1 if pins else 0
    if not tried or after + len(tried) >= len(picks):
        return list(picks)
    kept = list(picks[: len(picks) - len(tried)])
    for at, pick in zip(spread(len(picks) - after, len(tried)), tried, strict=True):
        kept.insert(after + int(at), pick)
    return kept


def places(visit: Visit, limit: int) -> int:
    """How many places of a list of this length may go to new items."""
    return int(visit.exploration * limit + 1e-9)


def seed_of(person_id: int, day: date) -> int:
    """The same all day for the same person."""
    return int.from_bytes(
        blake2s(f"{person_id}:{day.isoformat()}".encode(), digest_size=8).digest()
    )


def _fittest(
    model: LiveModel, history: History, banned: Collection[int], *, seed: int
) -> dict[int, float]:
    tried = memory.tried(model.run_id, model.recommender.items)
    if not len(tried):
        return {}
    fit = fits(model, history, tried)
    noise = steady_noise(seed, tried.ids)
    values = doubted(standardised(fit), tried.seen, noise) + HASTE * tried.missing
    order = np.argsort(-values, kind="stable")
    best = zip(tried.ids[order].tolist(), fit[order].tolist(), strict=True)
    return {pk: score for pk, score in best if pk not in banned}


def fits(model: LiveModel, history: History, tried: Tried) -> Floats:
    """(C,): what a model would score the new items for somebody; 0 where it cannot say."""
    if not len(tried.lenders):
        return np.zeros(len(tried), dtype=np.float32)
    scores = model.recommender.scores_of(history, tried.lenders)  # (L,)
    return np.asarray(tried.shares @ scores, dtype=np.float32)  # (C, L) @ (L,) -> (C,)


def _kept_out(pk: int, visit: Visit) -> bool:
    """Whether a rule hides the item, or does not want it up here."""
    alone = np.array([pk], dtype=np.int64)
    for rule in visit.rules(Surface.FOR_YOU):
        means = bool(rule.means(alone)[0])
        if (rule.action in KEEPS_DOWN and means) or (rule.action == "only" and not means):
            return True
    return False


def _has_room(pk: int, picks: Sequence[Pick], visit: Visit) -> bool:
    """Whether no rule says that there is enough of its group already."""
    for rule in visit.rules(Surface.FOR_YOU):
        if rule.action == "at_most" and (own := rule.groups_of(pk)):
            listed = [group for pick in picks for group in rule.groups_of(pick.item.pk)]
            if any(listed.count(group) >= rule.amount for group in own):
                return False
    return True
