"""What to ship, or nothing, with reasons. Pure: figures in, a verdict in words out.

All candidates were fitted on the same past and judged on the same people's future. A candidate is
out if it could not be trained, scores nonsense, or is not clearly better than a popularity list;
of those left, the highest NDCG@10 wins, and of equals the hybrid. A network that broke down never
costs the site the one that is live: then nothing is shipped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

BASELINES = ("popularity", "recent-popularity", "markov", "ease")
HYBRID = "hybrid"
CANDIDATES = (*BASELINES, HYBRID)
LABELS = {
    "popularity": "Popularity",
    "recent-popularity": "Recent popularity",
    "markov": "Markov",
    "ease": "EASE",
    HYBRID: "The hybrid model",
}
"""What a candidate is called until its artifact says it better."""
IMPERSONAL = ("popularity", "recent-popularity")
"""Candidates that are meant to show everyone the same."""
MEASURE = "ndcg@10"
LEAST_EVENTS, LEAST_PEOPLE, LEAST_JUDGED = 20, 2, 10
EQUAL_SHARE = 0.95
"""The hybrid is as good as a rule that leads it by less than this, and not clearly."""
RESAMPLES, CONFIDENCE, SEED = 2000, 0.95, 1


@dataclass(frozen=True)
class Candidate:
    """One model kind, and how it did; `problem` says why it has no figures."""

    name: str
    label: str
    values: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    """NDCG@10 of each person judged, a mean over their events, in one order for all candidates."""
    problem: str = ""

    @property
    def mean(self) -> float:
        return float(self.values.mean()) if len(self.values) else 0.0


@dataclass(frozen=True)
class Difference:
    """How much better one candidate is than another, with its bootstrap interval."""

    mean: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        return self.low > 0

    def __str__(self) -> str:
        return f"{self.mean:+.4f} (95 % interval {self.low:+.4f} to {self.high:+.4f})"


@dataclass(frozen=True)
class Choice:
    """The candidate to ship, None for nothing, and why: sentences."""

    winner: str | None
    sentences: tuple[str, ...]

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
        found = f"{_count(events, 'event')} of {_count(people, 'person', 'people')}"
        cure = f"at least {LEAST_EVENTS} events of {LEAST_PEOPLE} people are needed"
    return f"too little to learn from: {found}; {cure}."


def fault(name: str, scores: NDArray[np.floating], *, top: int = 10) -> str:
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


def choose(candidates: Sequence[Candidate], *, live: str | None = None) -> Choice:
    """The winner among candidates; `live` is the kind of the model that serves now."""
    problems = tuple(f"{c.label} is out: {c.problem}." for c in candidates if c.problem)
    sound = [c for c in candidates if not c.problem]
    if live == HYBRID and not any(c.name == HYBRID for c in sound):
        return Choice(None, (*problems, "The live hybrid model stays, rather than a simpler one."))
    if not sound:
        return Choice(None, (*problems, "Nothing is left to ship; what is live stays."))
    people = len(sound[0].values)
    if people < LEAST_JUDGED:
        return _without_comparison(sound, people, problems)
    return _best(sound, people, problems)


def _without_comparison(
    sound: Sequence[Candidate], people: int, problems: tuple[str, ...]
) -> Choice:
    simplest = next((c for c in sound if c.name in IMPERSONAL), None)
    few = f"Only {_count(people, 'person', 'people')} could be judged, {LEAST_JUDGED} are needed"
    if simplest is None:
        return Choice(None, (*problems, f"{few}; nothing is shipped."))
    reason = f"{few} to compare models; {simplest.label} serves until there are more."
    return Choice(simplest.name, (*problems, reason))


def _best(sound: Sequence[Candidate], people: int, problems: tuple[str, ...]) -> Choice:
    plain = max((c for c in sound if c.name in IMPERSONAL), key=lambda c: c.mean, default=None)
    said = [f"{people:,} people were judged, the same for all candidates."]
    passed = []
    for candidate in sorted(sound, key=lambda c: -c.mean):
        if plain is None or candidate.name in IMPERSONAL:
            passed.append(candidate)
            continue
        gain = difference(candidate.values, plain.values)
        if gain.is_clear:
            passed.append(candidate)
        else:
            said.append(
                f"{candidate.label} is not clearly better than {plain.label}: {gain}; it is out."
            )
    passed = passed or [sound[0]]
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


def difference(values: NDArray[np.float64], others: NDArray[np.float64]) -> Difference:
    """The mean difference over the same people, resampled to see how sure it is."""
    gains = values - others  # (N,)
    rng = np.random.default_rng(SEED)
    means = np.array(
        [gains[rng.integers(0, len(gains), len(gains))].mean() for _ in range(RESAMPLES)]
    )
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return Difference(float(gains.mean()), float(low), float(high))


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
