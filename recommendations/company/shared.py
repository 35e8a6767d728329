"""A group's one list: what each member would give, nobody below their floor.

The live model is asked for all members at once. Left out is what anybody of them has seen (unless
seen things are allowed), dismissed, what the site withdrew or hides from *For you*, and what the
surface's own filter does not let in. Whoever is private or pauses is not asked, and nothing of
theirs leaves anything out. Where the model cannot tell ratings apart, members' places stand for
them: 2½ stars is the better half of what they could get. Pure choosing is in `ml.group`. Nothing
here writes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from django.utils.translation import gettext as _

from catalog.own.models import shown_name
from catalog.templatetags.catalog_tags import stars_text
from ml.group import Wide, places, pool, together
from ml.snapshot import Floats, Rows, Vocabulary
from recommendations import governing, ladder
from recommendations.company.histories import Past, pasts_of, takes_part
from recommendations.dataset import as_history
from recommendations.engine import LiveModel
from recommendations.governing import Surface
from recommendations.ladder import Pick, Reason, Rung
from recommendations.models import Member
from recommendations.selectors import RECENT_EVENTS
from recommendations.visit import Visit

SURFACE = "for-us"
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
class SharedPick(Pick):
    """With what each member would give."""

    said: tuple[Said, ...]


@dataclass(frozen=True)
class Shared:
    """What suits all members, before its items are read, best first: (M, n) `values` of `ids`.

    `problem` says in words why there is nothing; `silent` are members who were not asked, `new`
    those of whom nothing is known, who count as usual readers.
    """

    asked: tuple[Member, ...] = ()
    ids: Sequence[int] = ()
    values: Floats = field(default_factory=lambda: np.empty((0, 0), np.float32))
    in_stars: bool = True
    problem: str = ""
    silent: tuple[Member, ...] = ()
    new: tuple[Member, ...] = ()


@dataclass(frozen=True)
class SharedList:
    """A group's list as it is shown; the rest as Shared has it."""

    picks: list[SharedPick] = field(default_factory=list)
    problem: str = ""
    in_stars: bool = True
    silent: tuple[Member, ...] = ()
    new: tuple[Member, ...] = ()
    model_label: str | None = None


def find(
    visit: Visit,
    members: Sequence[Member],
    *,
    n: int,
    allows_seen: bool = False,
    exclude: Collection[int] = (),
) -> Shared:
    """At most n items for these members. The visit is anybody's: it knows model and rules."""
    asked = tuple(one for one in members if takes_part(one.person))
    silent = tuple(one for one in members if not takes_part(one.person))
    if len(asked) < 2:
        return Shared(problem=_too_few(members), silent=silent)
    pasts = pasts_of([one.person for one in asked])
    new = tuple(one for one in asked if not pasts[one.person_id].used)
    if visit.model is None:
        problem = _("There is no model yet that could tell what you would give.")
        return Shared(problem=problem, silent=silent, new=new)
    banned = set().union(*(past.dismissed for past in pasts.values()))
    if not allows_seen:
        banned = banned.union(*(past.seen for past in pasts.values()))
    answer = visit.ask_model(
        lambda model: _ask(model, asked, pasts, banned=banned, exclude=exclude, visit=visit, n=n)
    )
    if answer is None:
        problem = _("The model cannot answer right now. Try again in a minute.")
        return Shared(problem=problem, silent=silent, new=new)
    ids, values, in_stars = answer
    return Shared(asked, ids, values, in_stars, silent=silent, new=new)


def picks_of(found: Shared, visit: Visit) -> list[SharedPick]:
    """Those of the items that may be shown, each with what it is worth to whom."""
    items = visit.items(found.ids)
    names = [shown_name(one.person) for one in found.asked]
    picks = []
    for at, pk in enumerate(found.ids):
        if pk in items:
            own = found.values[:, at].tolist()
            said = tuple(map(Said, found.asked, names, own))
            reason = Reason(_reason(said, found.in_stars))
            score = float(len(found.ids) - at)  # the order weighs who got less so far
            picks.append(SharedPick(items[pk], score, reason, Rung.GROUP, said))
    return picks


def as_list(found: Shared, picks: Sequence[SharedPick], visit: Visit) -> SharedList:
    """As it is shown: these picks, or a sentence."""
    problem = found.problem
    if not picks and not problem:
        problem = _("Nothing is left that all of you would give enough.")
    label = visit.model.label if picks and visit.model else None
    return SharedList(list(picks), problem, found.in_stars, found.silent, found.new, label)


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
    exclude: Collection[int],
    visit: Visit,
    n: int,
) -> tuple[list[int], Floats, bool]:
    """Ids, what each of M members would give them (M, n), and whether that is in stars."""
    recommender = model.recommender
    items = recommender.items
    histories = [as_history(pasts[one.person_id].used[-RECENT_EVENTS:], items)[0] for one in asked]
    among = np.ones(len(items), dtype=bool)
    among[_known(items, {*banned, *ladder.withdrawn_ids()})] = False
    place = places(recommender.scores_many(histories), among)
    rows = pool(_let_in(place, items, visit, exclude), most=POOL)
    ids = [int(items.ids[row]) for row in rows]
    allowed = np.isin(ids, governing.among(visit, Surface.FOR_YOU, ids, placement=SURFACE))
    rows = rows[allowed]
    told = [recommender.predict_rating(history, rows) for history in histories]
    stars, low, high = (np.stack(part) for part in zip(*told, strict=True))  # (M, P) each
    lowest, highest = recommender.scale
    in_stars = bool(np.any((low > lowest) | (high < highest)))
    values = stars if in_stars else np.asarray(TOP * place[:, rows], dtype=np.float32)
    floors = np.array([one.floor / 2 for one in asked])
    chosen = together(values, floors, n=n)
    return [int(items.ids[row]) for row in rows[chosen]], values[:, chosen], in_stars


def _let_in(place: Wide, items: Vocabulary, visit: Visit, exclude: Collection[int]) -> Wide:
    """(M, I): NaN, too, where an item is excluded or the surface's filter lets it not in; the other
    places stay what they are among all items, so that neither moves anybody's floor."""
    only = visit.placements[SURFACE].only
    is_out = np.full(place.shape[1], only is not None)
    if only is not None:
        is_out[_known(items, only.ids.tolist())] = False
    is_out[_known(items, exclude)] = True
    return np.where(is_out, np.nan, place)


def _known(items: Vocabulary, ids: Collection[int]) -> Rows:
    rows = items.rows(map(str, ids))
    return rows[rows >= 0]


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
