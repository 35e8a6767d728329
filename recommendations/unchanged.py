"""A personal list is not made anew while all that it follows from is the same.

`basis_of` says what that is, as a digest: what the person did and said, the model, the settings,
rules and new items in force, the day, and what the list was asked for. So a rating, a rule or a new
model counts at the next request, and whoever did nothing since gets what was found out before. Kept
by each process: which items, and the events that speak for them; their words and the items
themselves are read each time.
"""

from __future__ import annotations

import marshal
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2s

from django.utils import timezone

from catalog.local import local
from recommendations import ladder
from recommendations.chances import memory
from recommendations.gist import gist_of
from recommendations.ladder import Pick
from recommendations.picking import Candidate
from recommendations.rules.applying import Compiled
from recommendations.rules.model import Surface
from recommendations.visit import Visit

SECONDS = 600


@dataclass(frozen=True)
class Found:
    """What was found out for a list, before its items were read."""

    wanted: Sequence[Candidate]
    new: Mapping[int, float]
    not_liked: frozenset[int]
    counted: Mapping[str, int]
    """How many events of each kind the model knew."""


def basis_of(visit: Visit, *, limit: int, exclude: Collection[int]) -> str | None:
    """Of this visit's personal list; None where that is no model's, or follows from more."""
    model, person = visit.model, visit.person
    if model is None or person is None or visit.model_failed or not visit.is_personal:
        return None
    gist = gist_of(visit)
    if not gist.is_middle or visit.shown_before:
        return None
    is_tried = memory.tried(model.run_id, model.recommender.items) if visit.exploration else None
    said = (
        (model.run_id, model.is_previous, person.pk, person.is_counted, limit, sorted(exclude)),
        visit.shows_seen,
        gist.digest,
        _given(visit),
        repr(visit.placement("for-you")),
        ladder.withdrawn_mark(),
        is_tried.mark if is_tried else b"",
        timezone.localdate().toordinal(),
    )
    ruled = digest_of(visit.rules(Surface.FOR_YOU), said=marshal.dumps(said))
    return f"recommendations:for-you:{ruled}"


def found_before(visit: Visit, basis: str | None) -> Found | None:
    """The same as when this was kept; None where there is none, or an item of it is gone."""
    found: Found | None = local().get(basis) if basis else None
    if found is None:
        return None
    visit.expect(found.new)
    named = (event.item_id for one in found.wanted for event in one.events[:1])
    needed = {*(one.item_id for one in found.wanted), *named}
    if len(visit.items(needed)) < len(needed):
        return None
    visit.not_liked = found.not_liked
    return found


def keep(
    basis: str | None,
    visit: Visit,
    wanted: Sequence[Candidate],
    picks: Iterable[Pick],
    *,
    new: Mapping[int, float],
    counted: Mapping[str, int],
) -> None:
    """What these picks were made from, as far as it is shown."""
    if basis is None:
        return
    reasons = {pick.item.pk: pick.reason.item_ids for pick in picks}
    shown = [_shown(one, named=reasons[one.item_id]) for one in wanted if one.item_id in reasons]
    found = Found(tuple(shown), dict(new), visit.not_liked, dict(counted))
    local().set(basis, found, SECONDS)


def _shown(one: Candidate, *, named: Collection[int]) -> Candidate:
    """With the events that its reason names alone."""
    own = {*named} or {one.item_id}
    return replace(one, events=tuple(event for event in one.events if event.item_id in own))


def _given(visit: Visit) -> list[tuple[object, ...]]:
    """The events of a visit that was told others than the person's, or has looked at these."""
    if "events" not in vars(visit):
        return []
    return [(one.item_id, one.kind, one.stars, one.time) for one in visit.events]


def digest_of(rules: Iterable[Compiled], *, said: bytes = b"") -> str:
    """Another one where the rules do something else, or something else is said."""
    digest = blake2s(said, digest_size=16)
    for rule in rules:
        digest.update(repr((rule.rule_id, rule.action, rule.amount, len(rule.ids))).encode())
        digest.update(rule.ids.tobytes())
        digest.update(rule.groups.tobytes())
    return digest.hexdigest()
