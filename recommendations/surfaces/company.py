"""For us and People of like taste as surfaces: lists that people have from each other.

What is on them is made in `recommendations.company`; nothing is mixed in or filled up, so that what
they say holds for each of their items.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.urls import reverse
from django.utils.translation import gettext as _

from recommendations.company import groups, likings, shared
from recommendations.company.likings import FEWEST, Figure
from recommendations.company.shared import Shared
from recommendations.ladder import Picks, Rung
from recommendations.selectors import SPARE
from recommendations.surfaces.ask import NOTHING, Ask, Company, Made

KEY_GROUP, KEY_CIRCLE, KEY_COMPANY = "group", "circle", "company"


# --- for us --------------------------------------------------------------------------------------
def for_us(ask: Ask) -> Made:
    """The list of the group that is asked for, else of its reader's newest."""
    company = company_of(ask)
    if company is None:
        return NOTHING
    visit = ask.visit.as_all()
    found = shared_of(ask)
    picks = shared.picks_of(found, visit)
    if not picks or visit.model is None:
        return NOTHING
    words = _("%(group)s: nobody below their floor") % {"group": company.group.name}
    run = visit.model.run_id
    made = Picks(list(picks), Rung.GROUP, visit.model.label, words, run_id=run)
    has_page = visit.placements[shared.SURFACE].is_at("page")
    address = reverse("recommendations:group", args=[company.group.pk]) if has_page else ""
    return Made(made, address=address)


def for_us_ids(ask: Ask) -> Iterable[int]:
    return shared_of(ask.deep()).ids if company_of(ask) else ()


def shared_of(ask: Ask) -> Shared:
    """What suits all of the group; found once for a page. Two queries."""
    company = company_of(ask)
    if company is None:
        return Shared()
    key = (KEY_GROUP, company.group.pk, company.allows_seen, ask.limit, ask.exclude)
    found: Shared | None = ask.visit.found.get(str(key))
    if found is None:
        found = ask.visit.found[str(key)] = shared.find(
            ask.visit.as_all(),
            company.members,
            n=ask.limit + SPARE,
            allows_seen=company.allows_seen,
            exclude=ask.exclude,
        )
    return found


def problem_of(ask: Ask) -> str:
    """Why there is no list for the group that is asked for, in a sentence."""
    return shared.as_list(shared_of(ask.deep()), [], ask.visit).problem


def company_of(ask: Ask) -> Company | None:
    """Who is asked for, else their newest group; one query, and none for who is in no group."""
    visit = ask.visit
    if ask.company is not None or visit.newest_group is None or not visit.is_personal:
        return ask.company
    if KEY_COMPANY not in visit.found:
        members = groups.members_of(visit.newest_group)
        is_in = any(one.person == visit.person for one in members)
        visit.found[KEY_COMPANY] = Company(members[0].group, tuple(members)) if is_in else None
    found: Company | None = visit.found[KEY_COMPANY]
    return found


# --- people of like taste ------------------------------------------------------------------------
def like_taste(ask: Ask) -> Made:
    """What no other list of the page shows."""
    shown = frozenset(ask.visit.shown)
    picks = likings.picks_of(told(ask), ask.visit, limit=ask.limit, exclude=shown)
    if not picks:
        return NOTHING
    words = _("Each was rated well by %(number)s or more people who rate as you do")
    said = words % {"number": FEWEST}
    return Made(Picks(list(picks), Rung.CIRCLE, None, said))


def like_taste_ids(ask: Ask) -> Iterable[int]:
    return told(ask.deep())


def told(ask: Ask) -> Mapping[int, Figure]:
    """Figures; found once for a page. Two queries, four for the first of a day; none for who did
    not agree."""
    key = f"{KEY_CIRCLE}:{ask.limit}:{sorted(ask.exclude)}"
    if key not in ask.visit.found:
        ask.visit.found[key] = likings.told(ask.visit, limit=ask.limit, exclude=ask.exclude)
    found: Mapping[int, Figure] = ask.visit.found[key]
    return found
