"""Why somebody is shown an item, or the one reason why not; for staff who are asked about a list.

The list is the one that is served: it is made by `selectors.for_you`. What is not in it is out for
one reason, the first of: withdrawn, seen, dismissed, a rule, not known to the model, below the cut.
With another run's model the same is said of the list that this model would make now. Reading it
writes nothing; whoever asks is kept in the admin's log by `recommendations.admin_inspector`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import Item, Person, ShelfEntry
from catalog.templatetags.catalog_tags import stars_text
from recommendations import ladder, selectors
from recommendations.dataset import PersonEvent, as_history
from recommendations.engine import LiveModel
from recommendations.ladder import Pick, Picks, Rung
from recommendations.models import Rule, Steering
from recommendations.rules.applying import Compiled, Scored, applied
from recommendations.rules.model import Surface
from recommendations.selectors import PERSONAL_RUNGS, RECENT_EVENTS
from recommendations.visit import Visit

CUT = 60
"""As long as the page For you is."""
TOP = 12
MOST_CAUSES = 8
NEWEST_EVENTS = 20


class Setting(TextChoices):
    """How a list is set that stands beside the one that is served."""

    NO_DIALS = "dials", gettext_lazy("without this person's dials")
    NO_RULES = "rules", gettext_lazy("without the site's rules")


class Outcome(TextChoices):
    SHOWN = "shown", gettext_lazy("It is shown")
    WITHDRAWN = "withdrawn", gettext_lazy("It is withdrawn from the catalogue")
    SEEN = "seen", gettext_lazy("This person rated it, has it under way, or is done with it")
    DISMISSED = "dismissed", gettext_lazy("This person is not interested in it")
    RULE = "rule", gettext_lazy("A rule takes it out")
    UNKNOWN = "unknown", gettext_lazy("The model does not know it")
    BELOW = "below", gettext_lazy("It is below the cut")


@dataclass(frozen=True)
class Standing:
    """How an item stands in somebody's list: exactly one outcome."""

    outcome: Outcome
    place: int | None = None
    """In the list that is served."""
    pick: Pick | None = None
    score: float | None = None
    rank: int | None = None
    """By the model alone, or where none speaks, by popularity, among all that may be shown."""
    among: int | None = None
    steered: int | None = None
    """As the person steers the model, before rules; None so far down that it was not asked for."""
    rule: Rule | None = None
    """The one that took it out or pinned it."""
    at_work: tuple[Rule, ...] = ()
    """All rules on this sort of list that mean the item."""


@dataclass(frozen=True)
class Told:
    """An event in words, and how much the item's score would fall without it."""

    title: str
    what: str
    at: float
    strength: float = 0.0
    share: int = 0  # of the strongest one, in per cent


@dataclass(frozen=True)
class Inspection:
    """What is known of one list, and of one item in it."""

    model: LiveModel | None
    picks: Picks
    standing: Standing | None
    causes: list[Told]
    events: list[Told]
    has_personal_lists: bool


def inspect(
    person: Person,
    item: Item | None,
    *,
    model: LiveModel | None = None,
    setting: Setting | None = None,
) -> Inspection:
    """Somebody's list, and how an item stands in it; by another model or setting, if given."""
    visit = Visit(person)
    if setting is Setting.NO_DIALS:
        visit.steering = Steering()
    elif setting is Setting.NO_RULES:
        visit.governed_by = []
    if model is None:
        picks = selectors.for_you(person, limit=CUT, visit=visit)
    else:
        visit.model = model
        picks = selectors.own_list(visit, limit=CUT)
    recent = visit.events[: -NEWEST_EVENTS - 1 : -1]
    titles = visit.items(event.item_id for event in recent)
    return Inspection(
        model=visit.model,
        picks=picks,
        standing=None if item is None else standing(visit, item, picks),
        causes=[] if item is None else _causes(visit, item),
        events=[_told(event, titles) for event in recent],
        has_personal_lists=visit.is_personal,
    )


def standing(visit: Visit, item: Item, picks: Picks) -> Standing:
    rules = visit.rules(Surface.FOR_YOU)
    at_work = _rows([rule for rule in rules if rule.means(np.array([item.pk]))[0]])
    steered = _steered_place(visit, item)
    for place, pick in enumerate(picks.items, start=1):
        if pick.item.pk == item.pk:
            pins = [rule for rule in at_work if rule.action == "pin"]
            by = pins[0] if pick.rung is Rung.PINNED and pins else None
            rank, among, _score = _rank(visit, item, picks) or (None, None, None)
            return Standing(
                Outcome.SHOWN, place, pick, pick.score, rank, among, steered, by, tuple(at_work)
            )
    if not item.is_listed:
        return Standing(Outcome.WITHDRAWN)
    if item.pk in visit.seen:
        return Standing(Outcome.SEEN)
    if item.pk in visit.dismissed:
        return Standing(Outcome.DISMISSED)
    if taken := _taken_out_by(item, rules, picks):
        by = next(iter(_rows([taken])), None)
        return Standing(Outcome.RULE, rule=by, at_work=tuple(at_work))
    found = _rank(visit, item, picks)
    if found is None:
        return Standing(Outcome.UNKNOWN, at_work=tuple(at_work))
    rank, among, score = found
    return Standing(
        Outcome.BELOW,
        score=score,
        rank=rank,
        among=among,
        steered=steered,
        at_work=tuple(at_work),
    )


def _steered_place(visit: Visit, item: Item) -> int | None:
    if visit.ranked is None or visit.model is None:
        return None
    row = visit.model.recommender.items.row(str(item.pk))
    at = np.flatnonzero(visit.ranked.rows == row)
    return int(at[0]) + 1 if row >= 0 and len(at) else None


def _taken_out_by(item: Item, rules: Sequence[Compiled], picks: Picks) -> Compiled | None:
    """A rule that hides the item, or that lets in no more of its group."""
    masks = [rule for rule in rules if rule.action in ("hide", "only")]
    out = applied([Scored(item.pk, 0.0)], masks, limit=1).out
    for rule in rules:
        if rule.rule_id == out.get(item.pk):
            return rule
        if rule.action == "at_most":
            listed = [group for pick in picks.items for group in rule.groups_of(pick.item.pk)]
            if any(listed.count(group) >= rule.amount for group in rule.groups_of(item.pk)):
                return rule
    return None


def _rows(rules: Sequence[Compiled]) -> list[Rule]:
    found = Rule.objects.select_related("item", "attribute").in_bulk(
        [rule.rule_id for rule in rules]
    )
    return [found[rule.rule_id] for rule in rules if rule.rule_id in found]


def _rank(visit: Visit, item: Item, picks: Picks) -> tuple[int, int, float | None] | None:
    """(rank, among how many, score) before any rule; None where the model does not know it."""
    if visit.model is None or picks.rung not in PERSONAL_RUNGS:
        return _plain_rank(visit, item)

    def question(model: LiveModel) -> tuple[int, int, float | None] | None:
        items = model.recommender.items
        row = items.row(str(item.pk))
        if row < 0:
            return None
        history, _known = as_history(visit.used[-RECENT_EVENTS:], items)
        scores = np.array(model.recommender.scores(history), dtype=np.float64)
        banned = visit.seen | visit.dismissed | set(ladder.withdrawn_ids())
        masked = items.rows(map(str, banned))
        score = float(scores[row])
        scores[masked[masked >= 0]] = -np.inf
        return int((scores > score).sum()) + 1, int(np.isfinite(scores).sum()), score

    return visit.ask_model(question)


def _plain_rank(visit: Visit, item: Item) -> tuple[int, int, float | None] | None:
    """Popular items, then new ones: what a list is made from where no model speaks."""
    order = dict.fromkeys((*ladder.popular_ids(), *ladder.newest_ids()))
    ids = [pk for pk in order if pk not in visit.seen and pk not in visit.dismissed]
    return (ids.index(item.pk) + 1, len(ids), None) if item.pk in order and item.pk in ids else None


def _causes(visit: Visit, item: Item) -> list[Told]:
    """The events without which the model would give the item less, the strongest first."""
    if visit.model is None or not visit.used:
        return []
    items = visit.model.recommender.items
    row = items.row(str(item.pk))
    history, known = as_history(visit.used[-RECENT_EVENTS:], items)
    if row < 0 or not known:
        return []

    def question(model: LiveModel) -> list[tuple[int, float]]:
        rows = np.array([row], dtype=np.int32)
        return model.recommender.explain(history, rows, n=MOST_CAUSES)[0]

    causes = visit.ask_model(question) or []
    titles = visit.items(known[at].item_id for at, _effect in causes)
    most = max((effect for _at, effect in causes), default=0.0) or 1.0
    return [
        _told(known[at], titles, strength=effect, share=round(100 * effect / most))
        for at, effect in causes
    ]


def _told(
    event: PersonEvent, titles: dict[int, Item], *, strength: float = 0.0, share: int = 0
) -> Told:
    if event.stars is not None:
        what = _("rated %(stars)s") % {"stars": stars_text(event.stars)}
    elif event.kind == "view":
        what = _("looked at")
    else:
        what = str(ShelfEntry.Shelf(event.kind).label)
    item = titles.get(event.item_id)
    title = item.title if item else _("a withdrawn item")
    return Told(title, what, event.time, strength, share)
