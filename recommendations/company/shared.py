"""A group's one list: what each member would give, nobody below their floor.

The live model is asked for all members at once. Left out is what anybody of them has seen (unless
seen things are allowed), dismissed, what the site withdrew or hides from *For you*. Whoever is
private or pauses is not asked, and nothing of theirs leaves anything out. Where the model cannot
tell ratings apart, members' places stand for them: 2½ stars is the better half of what they could
get. Pure choosing is in `ml.group`. Nothing here writes.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from django.utils.translation import gettext as _

from catalog.models import Item
from catalog.own.models import shown_name
from catalog.templatetags.catalog_tags import stars_text
from ml.group import places, pool, together
from ml.snapshot import Floats
from recommendations import governing, ladder
from recommendations.company.histories import Past, pasts_of, takes_part
from recommendations.dataset import as_history
from recommendations.engine import LiveModel
from recommendations.governing import Surface
from recommendations.models import Member
from recommendations.selectors import RECENT_EVENTS, SPARE
from recommendations.visit import Visit

logger = logging.getLogger(__name__)
LIMIT = 24
POOL = 1000
"""The best items for all together, among which the list is made."""
TOP = 5.0
"""What the best place is worth, where places stand for ratings."""


@dataclass(frozen=True)
class Said:
    """What one member would give an item: stars, or a place from 0 to 1."""

    member: Member
    name: str
    value: float

    @property
    def text(self) -> str:
        return stars_text(self.value)


@dataclass(frozen=True)
class SharedPick:
    item: Item
    reason: str
    said: tuple[Said, ...]


@dataclass(frozen=True)
class SharedList:
    """`problem` says in words why there is none; `silent` are members who were not asked, `new`
    those of whom nothing is known, who count as usual readers."""

    picks: list[SharedPick] = field(default_factory=list)
    problem: str = ""
    in_stars: bool = True
    silent: tuple[Member, ...] = ()
    new: tuple[Member, ...] = ()
    model_label: str | None = None


@dataclass(frozen=True)
class _Answer:
    """Rows of the list, what each of M members would give them (M, n), and whether in stars."""

    ids: list[int]
    values: Floats
    in_stars: bool


def shared_list(
    members: Sequence[Member], *, limit: int = LIMIT, allows_seen: bool = False
) -> SharedList:
    """What suits all of these members who take part, best first; empty, with a reason, where less
    than two do."""
    asked = [one for one in members if takes_part(one.person)]
    silent = tuple(one for one in members if not takes_part(one.person))
    if len(asked) < 2:
        return SharedList(problem=_too_few(members), silent=silent)
    pasts = pasts_of([one.person for one in asked])
    visit = Visit(None)
    new = tuple(one for one in asked if not pasts[one.person_id].used)
    if visit.model is None:
        problem = _("There is no model yet that could tell what you would give.")
        return SharedList(problem=problem, silent=silent, new=new)
    banned = set().union(*(past.dismissed for past in pasts.values()))
    if not allows_seen:
        banned = banned.union(*(past.seen for past in pasts.values()))
    answer = visit.ask_model(
        lambda model: _ask(model, asked, pasts, banned=banned, visit=visit, n=limit + SPARE)
    )
    if answer is None:
        problem = _("The model cannot answer right now. Try again in a minute.")
        return SharedList(problem=problem, silent=silent, new=new)
    picks = _picks(answer, asked, visit)[: max(limit, 0)]
    problem = "" if picks else _("Nothing is left that all of you would give enough.")
    label = visit.model.label if picks else None
    return SharedList(picks, problem, answer.in_stars, silent, new, label)


def _too_few(members: Sequence[Member]) -> str:
    if len(members) < 2:
        return _("A list for several needs at least two. Invite somebody.")
    return _("At least two of you must take part: whoever is private or pauses does not.")


def _ask(
    model: LiveModel,
    asked: Sequence[Member],
    pasts: Mapping[int, Past],
    *,
    banned: set[int],
    visit: Visit,
    n: int,
) -> _Answer:
    recommender = model.recommender
    items = recommender.items
    histories = [as_history(pasts[one.person_id].used[-RECENT_EVENTS:], items)[0] for one in asked]
    masked = items.rows(map(str, {*banned, *ladder.withdrawn_ids()}))
    among = np.ones(len(items), dtype=bool)
    among[masked[masked >= 0]] = False
    place = places(recommender.scores_many(histories), among)
    rows = pool(place, most=POOL)
    ids = [int(items.ids[row]) for row in rows]
    allowed = np.isin(ids, governing.among(visit, Surface.FOR_YOU, ids))
    rows = rows[allowed]
    told = [recommender.predict_rating(history, rows) for history in histories]
    stars, low, high = (np.stack(part) for part in zip(*told, strict=True))  # (M, P) each
    lowest, highest = recommender.scale
    in_stars = bool(np.any((low > lowest) | (high < highest)))
    values = stars if in_stars else np.asarray(TOP * place[:, rows], dtype=np.float32)
    floors = np.array([one.floor / 2 for one in asked])
    chosen = together(values, floors, n=n)
    return _Answer([int(items.ids[row]) for row in rows[chosen]], values[:, chosen], in_stars)


def _picks(answer: _Answer, asked: Sequence[Member], visit: Visit) -> list[SharedPick]:
    items = visit.items(answer.ids)
    names = [shown_name(one.person) for one in asked]
    picks = []
    for at, pk in enumerate(answer.ids):
        if pk in items:
            own = answer.values[:, at].tolist()
            said = tuple(map(Said, asked, names, own))
            picks.append(SharedPick(items[pk], _reason(said, answer.in_stars), said))
    return picks


def _reason(said: Sequence[Said], in_stars: bool) -> str:
    """ "Ada 4½, Bo 4; nobody below 4"."""
    least = min(said, key=lambda one: one.value)
    if in_stars:
        each = ", ".join(f"{one.name} {one.text}" for one in said)
        return _("%(each)s; nobody below %(least)s") % {"each": each, "least": least.text}
    shares = [(one.name, max(1, round(100 * (1 - one.value / TOP)))) for one in said]
    each = ", ".join(_("%(name)s top %(share)s %%") % {"name": n, "share": s} for n, s in shares)
    share = max(share for _name, share in shares)
    return _("%(each)s; for nobody below the top %(share)s %%") % {"each": each, "share": share}
