"""What to ship, or nothing, with reasons. Pure: figures in, a verdict in words out.

All candidates were fitted on the same past and judged on the same people's future. A candidate is
out if it could not be trained, scores nonsense, collapsed against the last of its kind
(`recommendations.collapse`), or is not better than a popularity list beyond doubt; of those left,
the highest NDCG@10 wins, and of equals the hybrid. A network that broke down never costs the site
the one that is live: then nothing is shipped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from recommendations.collapse import (
    HYBRID,
    IMPERSONAL,
    Before,
    Candidate,
    collapses,
    counted,
)

__all__ = ["HYBRID", "IMPERSONAL", "Before", "Candidate"]  # and what is defined here

BASELINES = ("popularity", "recent-popularity", "markov", "ease")
CANDIDATES = (*BASELINES, HYBRID)
LABELS = {
    "popularity": "Popularity",
    "recent-popularity": "Recent popularity",
    "markov": "Markov",
    "ease": "EASE",
    HYBRID: "The hybrid model",
}
"""What a candidate is called until its artifact says it better."""
MEASURE = "ndcg@10"
LEAST_EVENTS, LEAST_PEOPLE, LEAST_JUDGED = 20, 2, 10
EQUAL_SHARE = 0.95
"""The hybrid is as good as a rule that leads it by less than this, and not clearly."""
LISTED = 10
RESAMPLES, SEED = 10_000, 1
AT_ONCE = 1_000_000  # people drawn
CONFIDENCE, BEYOND_DOUBT = 0.95, 0.999
"""Of intervals: of any difference, and of that to popularity, which decides whether anything
personal is shown. At 95 % one training in forty would find a taste where there is none."""


@dataclass(frozen=True)
class Difference:
    """How much better one candidate is than another, with its bootstrap interval."""

    mean: float
    low: float
    high: float
    confidence: float = CONFIDENCE

    @property
    def is_clear(self) -> bool:
        return self.low > 0

    def __str__(self) -> str:
        interval = f"{self.confidence * 100:g} % interval {self.low:+.4f} to {self.high:+.4f}"
        return f"{self.mean:+.4f} ({interval})"


@dataclass(frozen=True)
class Choice:
    """The candidate to ship, None for nothing, and why: sentences."""

    winner: str | None
    sentences: tuple[str, ...]
    collapsed: Mapping[str, str] = field(default_factory=dict)
    """Candidates that were out for what they have become, and why."""

    @property
    def verdict(self) -> str:
        return " ".join(self.sentences)


def too_little(*, events: int, people: int, items: int) -> str | None:
    """Why there is nothing to learn from yet, or None."""
    if items and events >= LEAST_EVENTS and people >= LEAST_PEOPLE:
        return None
    if not items:
        found, cure = "there are no items", "add items to the catalogue, or import a data set"
    else:
        found = f"{counted(events, 'event')} of {counted(people, 'person', 'people')}"
        cure = f"at least {LEAST_EVENTS} events of {LEAST_PEOPLE} people are needed"
    return f"too little to learn from: {found}; {cure}."


def fault(name: str, scores: NDArray[np.floating], *, top: int = LISTED) -> str:
    """What is wrong with the scores (B, I) for people with different histories; "" if nothing."""
    if not scores.size:
        return "it has no items to rank"
    if not np.all(np.isfinite(scores)):
        return "its scores are not all numbers"
    if name in IMPERSONAL or len(scores) < 2 or scores.shape[1] <= top:
        return ""
    best = np.argsort(-scores, axis=1, kind="stable")[:, :top]
    if np.all(best == best[0]):
        return "it gives everyone the same list"
    return ""


def choose(
    candidates: Sequence[Candidate],
    *,
    live: str | None = None,
    before: Mapping[str, Before] | None = None,
) -> Choice:
    """The winner among candidates. `live` is the kind of the model that serves now, `before` says
    how the last candidate of each kind did.
    """
    collapsed = collapses(candidates, before or {})
    problems = tuple(
        f"{c.label} is out: {reason}."
        for c in candidates
        if (reason := c.problem or collapsed.get(c.name))
    )
    sound = [c for c in candidates if not c.problem and c.name not in collapsed]
    if live == HYBRID and not any(c.name == HYBRID for c in sound):
        stays = "The live hybrid model stays, rather than a simpler one."
        return Choice(None, (*problems, stays), collapsed)
    if not sound:
        return Choice(None, (*problems, "Nothing is left to ship; what is live stays."), collapsed)
    people = len(sound[0].values)
    decide = _without_comparison if people < LEAST_JUDGED else _best
    return replace(decide(sound, people, problems), collapsed=collapsed)


def _without_comparison(
    sound: Sequence[Candidate], people: int, problems: tuple[str, ...]
) -> Choice:
    simplest = next((c for c in sound if c.name in IMPERSONAL), None)
    few = f"Only {counted(people, 'person', 'people')} could be judged, {LEAST_JUDGED} are needed"
    if simplest is None:
        return Choice(None, (*problems, f"{few}; nothing is shipped."))
    reason = f"{few} to compare models; {simplest.label} serves until there are more."
    return Choice(simplest.name, (*problems, reason))


def _best(sound: Sequence[Candidate], people: int, problems: tuple[str, ...]) -> Choice:
    plain = max((c for c in sound if c.name in IMPERSONAL), key=lambda c: c.mean, default=None)
    if plain is None:
        alone = "There is no popularity list to compare with; nothing is shipped."
        return Choice(None, (*problems, alone))
    said = [f"{people:,} people were judged, the same for all candidates."]
    passed = []
    for candidate in sorted(sound, key=lambda c: -c.mean):
        if candidate.name in IMPERSONAL:
            passed.append(candidate)
            continue
        gain = difference(candidate.values, plain.values, confidence=BEYOND_DOUBT)
        if gain.is_clear:
            passed.append(candidate)
        else:
            said.append(
                f"{candidate.label} is not better than {plain.label} beyond doubt: {gain}; "
                "it is out."
            )
    if preferred := _as_good(passed):
        said.append(
            f"{passed[0].label} has {passed[0].mean:.4f}, which is not clearly more than "
            f"{preferred.label}; of equals the network serves: it knows new items by content."
        )
        passed = [preferred, *(c for c in passed if c is not preferred)]
    winner, *others = passed
    said.append(f"{winner.label} wins with an NDCG@10 of {winner.mean:.4f}.")
    if others:
        gain = difference(winner.values, others[0].values)
        doubt = "" if gain.is_clear else ", which may be chance"
        said.append(f"Next is {others[0].label} with {others[0].mean:.4f}: {gain}{doubt}.")
    return Choice(winner.name, (*said, *problems))


def _as_good(passed: Sequence[Candidate]) -> Candidate | None:
    """The hybrid, where another one leads by so little that it may be chance."""
    first = passed[0]
    hybrid = next((c for c in passed[1:] if c.name == HYBRID), None)
    if hybrid is None or hybrid.mean < EQUAL_SHARE * first.mean:
        return None
    return None if difference(first.values, hybrid.values).is_clear else hybrid


def difference(
    values: NDArray[np.float64], others: NDArray[np.float64], *, confidence: float = CONFIDENCE
) -> Difference:
    """The mean difference over the same people, resampled to see how sure it is."""
    gains = values - others  # (N,)
    rng = np.random.default_rng(SEED)
    size = len(gains)
    at_once = max(1, AT_ONCE // size)
    means = np.concatenate(
        [
            gains[rng.integers(0, size, (min(at_once, RESAMPLES - done), size))].mean(axis=1)
            for done in range(0, RESAMPLES, at_once)
        ]
    )
    tail = (1 - confidence) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return Difference(float(gains.mean()), float(low), float(high), confidence)
