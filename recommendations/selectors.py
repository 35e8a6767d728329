"""From a person's events to the items of a list: what the panels, pages and the API show.

`for_you` asks the live model with the person's own recent events, as they steer it (`arranging`),
leaves out what they have seen or dismissed and what may not be shown, tops up from the fallback
ladder, lets rules govern (`governing`), gives new items a place (`chances`), and says why.
`similar_to` is in `likeness`, a person's genres in `favourites`. Whatever is missing (a model,
events, items, the cache) makes a list plainer, never an error. Nothing here writes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np

from catalog.models import Person
from recommendations import governing, ladder, measures, reasons, trying, unchanged
from recommendations.arranging import arranged, passed_over
from recommendations.causes import causes_of
from recommendations.chances import choosing
from recommendations.dataset import PersonEvent, as_history
from recommendations.engine import LiveModel
from recommendations.governing import Surface
from recommendations.ladder import Pick, Picks, Rung
from recommendations.likeness import similar_to
from recommendations.picking import Candidate, first
from recommendations.visit import Ranked, Visit

__all__ = ["Pick", "Picks", "Visit", "carry_on", "for_you", "newest", "popular", "similar_to"]
__all__ += ["causes_of", "ranked"]

RECENT_EVENTS = 200
"""How many of a person's newest events a model gets."""
SPARE = 6
"""Picks beyond the limit, for items that were withdrawn a moment ago."""
RUNG_OF_KIND = {
    "markov": Rung.CO_OCCURRENCE,
    "ease": Rung.CO_OCCURRENCE,
    "popularity": Rung.POPULAR,
    "recent-popularity": Rung.POPULAR,
}
"""No more than this; any other model is personal."""
PERSONAL_RUNGS = (Rung.PERSONAL, Rung.PREVIOUS, Rung.CO_OCCURRENCE, Rung.STEERED)


def for_you(
    person: Person | None,
    *,
    limit: int = 24,
    exclude: Collection[int] = (),
    visit: Visit | None = None,
    is_filled: bool | None = None,
) -> Picks:
    """What this person may like next.

    Never an item twice, nor one that is seen, dismissed, excluded or withdrawn. Filled up with
    popular and new items as its placement says, unless that is said here.
    """
    return trying.served(
        visit or Visit(person),
        "for-you",
        lambda own: own_list(own, limit=limit, exclude=exclude, is_filled=is_filled),
    )


def own_list(
    visit: Visit, *, limit: int, exclude: Collection[int] = (), is_filled: bool | None = None
) -> Picks:
    """The same, whatever experiment its person is in."""
    is_filled = visit.placement("for-you").fallback if is_filled is None else is_filled
    basis = unchanged.basis_of(visit, limit=limit, exclude=exclude)
    if found := unchanged.found_before(visit, basis):
        picks = first(found.wanted, visit, limit=limit)
        picks = choosing.given(picks, found.new, visit, limit=limit)
        return _told(picks, visit, counted=found.counted)
    banned = visit.seen | visit.dismissed | set(exclude)
    deep = governing.depth(visit, Surface.FOR_YOU, otherwise=limit + SPARE)
    is_explained = not visit.rules(Surface.FOR_YOU)
    known, personal = _personal(visit, banned=banned, n=deep, is_explained=is_explained)
    new = choosing.chosen(visit, banned=banned, limit=limit)
    wanted = _ruled(personal, visit, banned=banned, limit=limit)
    picks = first(wanted, visit, limit=limit) if len(wanted) >= limit else []
    counted = Counter(event.kind for event in known)
    if len(picks) < limit:  # what is popular and new is looked through only where it is needed
        others = _fallback(visit, banned=banned, limit=deep) if is_filled else ()
        wanted = _ruled([*personal, *others], visit, banned=banned, limit=limit)
        picks = first(wanted, visit, limit=limit)
    elif not visit.model_failed:
        unchanged.keep(basis, visit, wanted, picks, new=new, counted=counted)
    return _told(choosing.given(picks, new, visit, limit=limit), visit, counted=counted)


def _told(picks: list[Pick], visit: Visit, *, counted: Mapping[str, int]) -> Picks:
    """With what the list is made from, in words; `counted` events of each kind are known."""
    rung = ladder.best_rung(picks)
    if visit.model is not None and rung in PERSONAL_RUNGS:
        steered = reasons.explain_steering(visit.steering.wishes)
        are_sent = visit.person is None and any(event.is_sent for event in visit.used[:1])
        explanation = reasons.explain_personal(counted, visit.model, are_sent=are_sent)
        return Picks(picks, rung, visit.model.label, explanation, steered)
    why = reasons.why_for_everybody()
    if visit.is_personal:
        asked = None if visit.model_failed else visit.model
        why = reasons.why_not_personal(asked, acted=bool(visit.used), known=bool(counted))
    return Picks(picks, rung, None, reasons.explain_fallback(rung, why=why))


def popular(*, limit: int = 24, exclude: Collection[int] = (), visit: Visit | None = None) -> Picks:
    """The items that most people rated or looked at, but for what is no news to the person."""
    return _plain(Rung.POPULAR, visit=visit or Visit(None), limit=limit, exclude=exclude)


def newest(*, limit: int = 24, exclude: Collection[int] = (), visit: Visit | None = None) -> Picks:
    """The items that came last, but for what is no news to the person."""
    return _plain(Rung.NEWEST, visit=visit or Visit(None), limit=limit, exclude=exclude)


def carry_on(
    person: Person | None,
    *,
    limit: int = 24,
    exclude: Collection[int] = (),
    visit: Visit | None = None,
) -> Picks:
    """What this person looked at or began and has not rated or finished; the latest first."""
    visit = visit or Visit(person)
    wanted = [
        Candidate(event.item_id, event.time, Rung.OWN, (event,))
        for event in visit.unfinished
        if event.item_id not in visit.dismissed and event.item_id not in exclude
    ]
    picks = first(wanted[: limit + SPARE], visit, limit=limit)
    return Picks(picks, ladder.best_rung(picks))


def ranked(visit: Visit, *, banned: Collection[int], n: int) -> Ranked | None:
    """What the live model thinks best for a person; None where it can say nothing.

    Asked once for a page: a longer answer is kept on the visit for whoever needs less of it.
    """
    kept: Ranked | None = visit.ranked
    if kept is not None and kept.banned == banned and kept.asked >= n:
        return kept
    if visit.model is None or not visit.used:
        return None
    items = visit.model.recommender.items
    history, known = as_history(visit.used[-RECENT_EVENTS:], items)
    masked = items.rows(map(str, {*banned, *ladder.withdrawn_ids()}))
    measured = measures.known(visit.model, visit.taste.dials)
    dismissed = items.rows(map(str, visit.dismissals))

    def question(model: LiveModel) -> Ranked:
        may_say = bool(known) and rung_of(model) is not Rung.POPULAR
        picks = arranged(
            model,
            history,
            n=n if may_say else 0,
            exclude=np.concatenate([masked[masked >= 0], visit.rows_to_hide(items)]),
            taste=visit.taste,
            measured=measured,
            dismissed=dismissed,
            shown=passed_over(visit.shown_before, items),
        )
        return Ranked(history, known, picks, frozenset(banned), n)

    visit.ranked = visit.ask_model(question)
    return visit.ranked


def _personal(
    visit: Visit, *, banned: Collection[int], n: int, is_explained: bool = True
) -> tuple[Sequence[PersonEvent], list[Candidate]]:
    """The events that the model knows, and what it makes of them; causes may be found later."""
    found = ranked(visit, banned=banned, n=n)
    if found is None:
        return [], []
    known = found.known
    rows, scores = found.rows[:n], found.scores[:n]
    is_steered = not visit.steering.is_middle

    def question(model: LiveModel) -> list[Candidate]:
        ids = model.recommender.items.ids
        causes = causes_of(model, found.history, rows) if is_explained else [[] for _row in rows]
        rung, is_simple = rung_of(model), model.kind in RUNG_OF_KIND
        return [
            Candidate(
                item_id=int(ids[row]),
                score=float(score),
                rung=rung if cause or not is_explained or not is_simple else Rung.STEERED,
                events=tuple(known[at] for at in cause),
            )
            for row, score, cause in zip(rows, scores, causes, strict=True)
            # A simple rule knows all causes: without any, an item is there because it is popular,
            # or because its person steers towards it.
            if cause or is_steered or not is_explained or not is_simple
        ]

    return known, (visit.ask_model(question) or []) if len(rows) else []


def governed(
    wanted: Sequence[Candidate],
    visit: Visit,
    surface: Surface,
    *,
    banned: Collection[int],
    limit: int,
) -> list[Candidate]:
    """What the site's rules make of the candidates; the same ones where there are none."""
    if not visit.rules(surface):
        return list(wanted)
    scored = [(one.item_id, one.score, one.rung) for one in wanted]
    outcome = governing.govern(visit, surface, scored, banned=banned, limit=limit + SPARE)
    return [
        Candidate(one.item_id, one.score, Rung.PINNED)
        if one.pinned_by is not None or one.at is None
        else replace(wanted[one.at], score=one.score)
        for one in outcome.placed
    ]


def _ruled(
    wanted: Sequence[Candidate], visit: Visit, *, banned: Collection[int], limit: int
) -> list[Candidate]:
    """What the site's rules make of For you, with causes: of the first ones, or where a simple
    model knows none of some, of all, so that those are not called personal."""
    if not visit.rules(Surface.FOR_YOU):
        return list(wanted)

    def has_cause(one: Candidate) -> bool:
        is_simple = visit.model is not None and visit.model.kind in RUNG_OF_KIND
        needs_one = one.rung in PERSONAL_RUNGS and one.rung is not Rung.STEERED
        return bool(one.events) or not is_simple or not needs_one

    shown = governed(wanted, visit, Surface.FOR_YOU, banned=banned, limit=limit)
    shown = _explained(shown, visit)
    if all(map(has_cause, shown)):
        return shown
    wanted = [one for one in _explained(wanted, visit) if has_cause(one)]
    return governed(wanted, visit, Surface.FOR_YOU, banned=banned, limit=limit)


def _explained(wanted: Sequence[Candidate], visit: Visit) -> list[Candidate]:
    """With the causes of what the model chose, where they were not found yet."""
    found, model = visit.ranked, visit.model
    own = [one for one in wanted if one.rung in PERSONAL_RUNGS and not one.events]
    if found is None or model is None or not own:
        return list(wanted)
    rows = model.recommender.items.rows(str(one.item_id) for one in own)
    causes = visit.ask_model(lambda model: causes_of(model, found.history, rows)) or []
    events = {
        one.item_id: tuple(found.known[at] for at in cause)
        for one, cause in zip(own, causes, strict=False)
    }
    is_steered = model.kind in RUNG_OF_KIND and not visit.steering.is_middle
    return [
        replace(one, rung=Rung.STEERED)
        if is_steered and events.get(one.item_id) == ()
        else replace(one, events=events.get(one.item_id, one.events))
        for one in wanted
    ]


def rung_of(model: LiveModel) -> Rung:
    """What a person's list is made from where this model serves."""
    rung = RUNG_OF_KIND.get(model.kind, Rung.PERSONAL)
    return Rung.PREVIOUS if model.is_previous and rung is not Rung.POPULAR else rung


def _fallback(visit: Visit, *, banned: Collection[int], limit: int) -> Iterator[Candidate]:
    """Popular items, then new ones; at most `limit` of each."""
    for rung, ids in ((Rung.POPULAR, ladder.popular_ids()), (Rung.NEWEST, ladder.newest_ids())):
        shown = visit.may_show(ids)
        yield from _on(rung, list(islice((pk for pk in shown if pk not in banned), limit)))


def _on(rung: Rung, ids: Sequence[int]) -> list[Candidate]:
    """Items of a rung that orders without scores: they count down to 1."""
    return [Candidate(pk, float(len(ids) - at), rung) for at, pk in enumerate(ids)]


def plain(
    rung: Rung, *, visit: Visit, limit: int, exclude: Collection[int] = ()
) -> list[Candidate]:
    """The first items of a rung that is the same for everybody, unless seen or dismissed."""
    banned = visit.seen | visit.dismissed | set(exclude)
    surface = Surface.POPULAR if rung is Rung.POPULAR else Surface.NEW
    ids = ladder.popular_ids() if rung is Rung.POPULAR else ladder.newest_ids()
    deep = governing.depth(visit, surface, otherwise=limit + SPARE)
    kept = list(islice((pk for pk in visit.may_show(ids) if pk not in banned), deep))
    return governed(_on(rung, kept), visit, surface, banned=banned, limit=limit)


def _plain(rung: Rung, *, visit: Visit, limit: int, exclude: Collection[int]) -> Picks:
    wanted = plain(rung, visit=visit, limit=limit, exclude=exclude)
    picks = first(wanted, visit, limit=limit)
    return Picks(picks, ladder.best_rung(picks))
