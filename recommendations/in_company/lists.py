"""A group's list, and what people of like taste rated well, as their surfaces are set."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import Http404

from catalog.models import Person
from recommendations.company import shared
from recommendations.company.likings import Liked
from recommendations.company.shared import SharedList, SharedPick
from recommendations.ladder import Picks
from recommendations.models import Group, Member
from recommendations.surfaces import lists
from recommendations.surfaces.ask import Ask, Company
from recommendations.surfaces.company import shared_of
from recommendations.timing import timed
from recommendations.visit import Visit

FOR_US, LIKE_TASTE = "for-us", "like-taste"


def visit_of(person: Person | None, surface: str) -> Visit:
    """For the API: 404 where this surface is switched off there."""
    visit = Visit(person)
    if not visit.placements[surface].is_at("api"):
        raise Http404
    return visit


def of_group(
    visit: Visit,
    group: Group,
    members: Sequence[Member],
    *,
    allows_seen: bool,
    limit: int | None = None,
) -> tuple[SharedList, Picks]:
    """With what each member would give; and the same as it is shown and measured."""
    settings = visit.placement(FOR_US)
    company = Company(group, tuple(members), allows_seen)
    ask = Ask(visit, settings, settings.size if limit is None else limit, company=company)
    picks = timed("page for-us", lambda: lists.make_one(ask).picks)
    shown = [pick for pick in picks.items if isinstance(pick, SharedPick)]
    return shared.as_list(shared_of(ask.deep()), shown, visit.as_all()), picks


def of_like_taste(visit: Visit, *, limit: int) -> tuple[list[Liked], Picks]:
    """With the figure of each; and the same as it is shown and measured."""
    ask = Ask(visit, visit.placement(LIKE_TASTE), limit)
    picks = timed("page like-taste", lambda: lists.make_one(ask).picks)
    return [pick for pick in picks.items if isinstance(pick, Liked)], picks
