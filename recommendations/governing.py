"""The site's rules at work on one list of one page: what selectors, likeness and favourites call.

A visit knows which rules hold on which sort of list. Without any, a list stays as it is, and costs
nothing more. With some, `DEEP` candidates are looked through, so that a list stays full where much
of it is hidden and what is boosted can come from far below.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from recommendations.ladder import Rung
from recommendations.rules.applying import Compiled, Outcome, Scored, applied
from recommendations.rules.model import Surface
from recommendations.visit import Visit

__all__ = ["DEEP", "Surface", "among", "depth", "govern", "pinned_ids"]

DEEP = 300
"""So many candidates of each rung are looked through where there are rules."""


def depth(visit: Visit, surface: Surface, *, otherwise: int) -> int:
    return max(DEEP, otherwise) if visit.rules(surface) else otherwise


def govern(
    visit: Visit,
    surface: Surface,
    candidates: Sequence[tuple[int, float, Rung]],
    *,
    limit: int,
    banned: Collection[int] = (),
    rules: Sequence[Compiled] | None = None,
) -> Outcome:
    """The list that the rules make of (item id, score, rung), best first.

    Pins never bring what is banned, seen or dismissed.
    """
    rules = visit.rules(surface) if rules is None else rules
    order = list(Rung)
    scored = [Scored(pk, score, order.index(rung)) for pk, score, rung in candidates]
    has_pins = any(rule.action == "pin" for rule in rules)
    return applied(
        scored,
        rules,
        banned=banned,
        never_pinned=visit.seen | visit.dismissed if has_pins else (),
        limit=limit,
    )


def among(visit: Visit, surface: Surface, ids: Sequence[int], *, placement: str = "") -> list[int]:
    """Those of the items that no rule hides there, in their order; nothing is moved or pinned."""
    masks = [
        rule
        for rule in visit.rules(surface, placement=placement)
        if rule.action in ("hide", "only")
    ]
    if not masks:
        return list(ids)
    left = applied([Scored(pk, 0.0) for pk in ids], masks, limit=len(ids))
    return [one.item_id for one in left.placed]


def pinned_ids(visit: Visit, surface: Surface) -> list[int]:
    return [
        int(rule.ids[0]) for rule in visit.rules(surface) if rule.action == "pin" and len(rule.ids)
    ]
