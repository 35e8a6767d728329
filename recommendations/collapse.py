"""Candidates that have become a shadow of what their kind was. Pure; a part of the gate.

A training can go wrong without an error: lists shrink to the same few items, or the network forgets
what it knew. Each candidate is compared with the last sound one of its kind; where there was none,
the hybrid with the best rule of its own run. A loss that all share is the data's, and passes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

HYBRID = "hybrid"
IMPERSONAL = ("popularity", "recent-popularity")
"""Candidates that are meant to show everyone the same."""
AS_MANY = 0.8
"""Share of the people judged before that it takes for lists to show as much."""
KEPT = 0.75
"""Of its last figure: what a candidate must have for the data to be as they were."""


@dataclass(frozen=True)
class Candidate:
    """One model kind, and how it did; `problem` says why it has no figures."""

    name: str
    label: str
    values: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    """NDCG@10 of each person judged, a mean over their events, in one order for all candidates."""
    problem: str = ""
    shown: int | None = None
    """How many different items stand in the lists of all people judged; None where not known."""
    share: float = 0.0
    """Of the catalogue that those are."""

    @property
    def mean(self) -> float:
        return float(self.values.mean()) if len(self.values) else 0.0


@dataclass(frozen=True)
class Before:
    """How the last sound candidate of a kind did."""

    mean: float  # NDCG@10
    shown: int  # different items in lists
    share: float  # of the catalogue that those were
    people: int  # judged


def collapses(candidates: Sequence[Candidate], before: Mapping[str, Before]) -> dict[str, str]:
    """Personal candidates that are a shadow of the last of their kind, and in what.

    A loss that all share is the data's, not a candidate's.
    """
    judged = [c for c in candidates if not c.problem and c.name not in IMPERSONAL and len(c.values)]
    found = {}
    for candidate in judged:
        last = before.get(candidate.name)
        others = [c for c in judged if c is not candidate]
        if last is None:
            reason = _narrower_than_the_best(candidate, others)
        else:
            reason = _narrower(candidate, last) or _weaker(candidate, last, others, before)
        if reason:
            found[candidate.name] = reason
    return found


def _narrower_than_the_best(candidate: Candidate, others: Sequence[Candidate]) -> str:
    rules = [c for c in others if c.name != HYBRID and c.shown is not None]
    best = max(rules, key=lambda c: c.mean, default=None)
    if candidate.name != HYBRID or best is None or candidate.shown is None or best.shown is None:
        return ""
    if candidate.shown * 2 > best.shown:
        return ""
    return (
        f"all lists together hold {counted(candidate.shown, 'different item')}, less than half of "
        f"the {best.shown:,} that {best.label} shows"
    )


def _narrower(candidate: Candidate, last: Before) -> str:
    """Less than half of the items, and of the share of the catalogue, for as many people."""
    few, people = candidate.shown, len(candidate.values)
    if few is None or few * 2 >= last.shown or candidate.share * 2 >= last.share:
        return ""
    if people < AS_MANY * last.people:
        return ""
    return (
        f"all lists together hold {counted(few, 'different item')}; those of the last of its kind "
        f"held {last.shown:,}"
    )


def _weaker(
    candidate: Candidate,
    last: Before,
    others: Sequence[Candidate],
    before: Mapping[str, Before],
) -> str:
    """Less than half of the last figure, while other personal candidates kept theirs."""
    kept = any(c.mean >= KEPT * before[c.name].mean for c in others if c.name in before)
    if candidate.mean * 2 >= last.mean or not kept:
        return ""
    return (
        f"its NDCG@10 fell to {candidate.mean:.4f}, less than half of the {last.mean:.4f} of the "
        "last of its kind, and those of others did not"
    )


def counted(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
