"""Rules, applied to a list of candidates: one pure function.

In this order, whatever the order in which rules were written: hide and only-among take out, boost
and bury shift scores, at-most counts from the top, pins take their places. Scores are compared
within a tier only (what a model says, what is popular, what is new), and tiers stay in their order.
A shift is in standard deviations of its tier's scores. Where several rules take out, the first that
did is named. Nothing here asks the database or a clock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]
TAKES_OUT, SHIFTS = ("hide", "only"), ("boost", "bury")


@dataclass(frozen=True, eq=False)
class Compiled:
    """A rule, and the items that it means: ids, rising; with groups, an id may come again."""

    rule_id: int
    action: str
    ids: Ids
    groups: Ids
    """(N,) beside ids: to which group an item belongs, for at-most; zeros where there is one."""
    surfaces: frozenset[str] = frozenset()
    amount: float = 0.0
    """The strength, the place or the number."""
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    def means(self, ids: Ids) -> NDArray[np.bool_]:
        """(C,) -> (C,)"""
        if not len(self.ids):
            return np.zeros(len(ids), dtype=np.bool_)
        at = np.searchsorted(self.ids, ids).clip(max=len(self.ids) - 1)
        return np.asarray(self.ids[at] == ids)

    def groups_of(self, item_id: int) -> list[int]:
        first, last = (
            np.searchsorted(self.ids, item_id),
            np.searchsorted(self.ids, item_id, "right"),
        )
        return [int(group) for group in self.groups[first:last]]


@dataclass(frozen=True)
class Scored:
    """A candidate: the higher its score, the better, within its tier; low tiers come first."""

    item_id: int
    score: float
    tier: int = 0


@dataclass(frozen=True)
class Placed:
    """What became of a candidate; `at` is its index among them, None where only a pin brings it."""

    item_id: int
    score: float
    at: int | None
    pinned_by: int | None = None
    moved_by: tuple[int, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """The list, and by which rule each item was taken out."""

    placed: list[Placed]
    out: Mapping[int, int] = field(default_factory=dict)


def applied(
    candidates: Sequence[Scored],
    rules: Sequence[Compiled],
    *,
    banned: Collection[int] = (),
    never_pinned: Collection[int] = (),
    limit: int,
) -> Outcome:
    """The first `limit` of the candidates, best first, as the rules want them.

    Nothing banned is in it, and no pin brings what may never be pinned or what another rule hides.
    At-most looks at candidates only until the list is full.
    """
    best = {one.item_id: at for at, one in reversed(list(enumerate(candidates)))}
    left = [at for at, one in enumerate(candidates) if best[one.item_id] == at]
    left = [at for at in left if candidates[at].item_id not in banned]
    out: dict[int, int] = {}
    left = _without_hidden(left, candidates, rules, out)
    ordered = _shifted(left, candidates, rules)
    pins = _pins(rules, banned={*banned, *never_pinned}, limit=limit)
    pinned = {pin.item_id for pin in pins.values()}
    ordered = (one for one in ordered if one.item_id not in pinned)
    kept = list(islice(_counted(ordered, rules, pins.values(), out), max(limit, 0)))
    placed = _pinned(kept, pins, best)[: max(limit, 0)]
    shown = {one.item_id for one in placed}
    out = {pk: by for pk, by in out.items() if pk not in shown}
    return Outcome(placed, out)


def _without_hidden(
    left: list[int], candidates: Sequence[Scored], rules: Sequence[Compiled], out: dict[int, int]
) -> list[int]:
    for rule in rules:
        if rule.action not in TAKES_OUT or not left:
            continue
        meant = rule.means(np.array([candidates[at].item_id for at in left], dtype=np.int64))
        gone = meant if rule.action == "hide" else ~meant
        out.update((candidates[at].item_id, rule.rule_id) for at in np.array(left)[gone])
        left = [at for at, is_gone in zip(left, gone, strict=True) if not is_gone]
    return left


def _shifted(
    left: Sequence[int], candidates: Sequence[Scored], rules: Sequence[Compiled]
) -> Iterator[Placed]:
    """Tier by tier; equal scores stay in their order."""
    shifts = [rule for rule in rules if rule.action in SHIFTS]
    for tier in sorted({candidates[at].tier for at in left}):
        own = [at for at in left if candidates[at].tier == tier]
        ids = np.array([candidates[at].item_id for at in own], dtype=np.int64)
        scores = np.array([candidates[at].score for at in own], dtype=np.float64)
        unit = float(scores.std()) or 1.0
        meant = [(rule, rule.means(ids)) for rule in shifts]
        for rule, who in meant:
            scores[who] += unit * (rule.amount if rule.action == "boost" else -rule.amount)
        is_moved = any(who.any() for _rule, who in meant)
        order = np.argsort(-scores, kind="stable") if is_moved else np.arange(len(own))
        for n in order.tolist():
            yield Placed(
                int(ids[n]),
                float(scores[n]),
                own[n],
                moved_by=tuple(rule.rule_id for rule, who in meant if who[n]),
            )


def _pins(rules: Sequence[Compiled], *, banned: Collection[int], limit: int) -> dict[int, Placed]:
    """By place, from 1. Where two want the same place, the later rule takes the next one."""
    pins: dict[int, Placed] = {}
    wanted = [rule for rule in rules if rule.action == "pin" and len(rule.ids)]
    for rule in sorted(wanted, key=lambda rule: (rule.amount, rule.rule_id)):
        item_id, place = int(rule.ids[0]), int(rule.amount)
        if item_id in banned or _is_hidden(item_id, rules):
            continue
        if any(pin.item_id == item_id for pin in pins.values()):
            continue
        while place in pins:
            place += 1
        pins[place] = Placed(item_id, 0.0, None, pinned_by=rule.rule_id)
    return {place: pin for place, pin in pins.items() if place <= limit}


def _is_hidden(item_id: int, rules: Sequence[Compiled]) -> bool:
    alone = np.array([item_id], dtype=np.int64)
    return any(rule.action == "hide" and rule.means(alone)[0] for rule in rules)


def _counted(
    ordered: Iterable[Placed],
    rules: Sequence[Compiled],
    pins: Collection[Placed],
    out: dict[int, int],
) -> Iterator[Placed]:
    """Without what is one too many of its group. Pins count first, and stay."""
    counts = [(rule, Counter[int]()) for rule in rules if rule.action == "at_most"]
    for pin in pins:
        for rule, count in counts:
            count.update(rule.groups_of(pin.item_id))
    for one in ordered:
        groups = [(rule, count, rule.groups_of(one.item_id)) for rule, count in counts]
        full = next((r for r, count, own in groups if any(count[g] >= r.amount for g in own)), None)
        if full is not None:
            out[one.item_id] = full.rule_id
            continue
        for _rule, count, own in groups:
            count.update(own)
        yield one


def _pinned(
    kept: list[Placed], pins: Mapping[int, Placed], best: Mapping[int, int]
) -> list[Placed]:
    """Pins at their places, with the score of what they stand before; else at the end."""
    listed = list(kept)
    for place in sorted(pins):
        pin, at = pins[place], min(place - 1, len(listed))
        beside = listed[at : at + 1] or listed[at - 1 : at]
        score = beside[0].score if beside else 0.0
        listed.insert(at, Placed(pin.item_id, score, best.get(pin.item_id), pin.pinned_by))
    return listed
