"""When a new item's trial is over, and how it ended. Pure arithmetic.

Nothing ends before the quota is reached: that many impressions are promised. Then the question is
whether the item is opened at least half as often as others at the same places. It has found its
audience where that is likely (SURE), its trial ends where it is as unlikely; else it goes on, up to
twice the quota, where the likelier answer counts. How likely is said by a Beta distribution: what
is usual, as if PRIOR impressions had said so, and what was counted since.
"""

from __future__ import annotations

from dataclasses import dataclass

from scipy.special import betainc

from recommendations.chance import ItemChance

State = ItemChance.State
BAR = 0.5
"""Opened so many times as often as is usual, an item has an audience."""
SURE = 0.8
PRIOR = 10.0
LONGEST = 2
"""So many quotas at most."""
LEAST_RATE = 1e-3
"""Where nothing is ever opened, one opening in so many is more than usual."""


@dataclass(frozen=True)
class Counted:
    """What a new item was given, and what came of it."""

    seen: int
    opened: int
    usual: float
    """So many of as many impressions at the same places are opened of other items."""


def likely(counted: Counted) -> float:
    """From 0 to 1: that the item is opened at least BAR times as often as is usual."""
    usual = min(max(counted.usual / max(counted.seen, 1), LEAST_RATE), 1.0)
    hits = counted.opened + PRIOR * usual
    misses = max(counted.seen - counted.opened, 0) + PRIOR * (1 - usual)
    return float(1 - betainc(hits, max(misses, 1e-9), BAR * usual))


def verdict(counted: Counted, *, quota: int) -> State:
    """TRIED while the trial goes on, else FOUND or ENDED."""
    if counted.seen < quota:
        return State.TRIED
    chance = likely(counted)
    bar = 0.5 if counted.seen >= LONGEST * quota else SURE
    if chance >= bar:
        return State.FOUND
    return State.ENDED if chance <= 1 - bar else State.TRIED
