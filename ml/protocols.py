"""The four ways in which a model is judged: next event, whole taste, cold items, ratings.

Each splits a snapshot, has models fitted on what they may see, and judges them through
`ml.evaluate`. No target chooses anything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ml.artifact import Artifact
from ml.evaluate import judge, judge_ratings
from ml.serving import Recommender
from ml.snapshot import Snapshot
from ml.split import (
    Split,
    cold_items,
    hide_items,
    leave_last_out,
    rating_tenth,
    whole_taste,
)

Fit = Callable[[Snapshot], Artifact]
Judge = Callable[[Recommender, Split], dict[str, float]]


@dataclass(frozen=True)
class Protocol:
    """`ordered` False: what is to be found is no next event, so recency means little."""

    split: Callable[[Snapshot], Split]
    judge: Judge
    main: str  # the measure to compare models by
    baselines: tuple[str, ...] = ("popularity", "recent-popularity", "markov", "ease")
    ordered: bool | None = None

    def figures(self, split: Split, artifact: Artifact) -> dict[str, float]:
        return self.judge(Recommender(artifact), split)


def _next_event(recommender: Recommender, split: Split) -> dict[str, float]:
    return judge(recommender, split.given, split.targets).to_json()


def _whole_taste(recommender: Recommender, split: Split) -> dict[str, float]:
    return judge(recommender, split.given, split.targets, at=(10, 20, 100)).to_json()


def _cold(recommender: Recommender, split: Split) -> dict[str, Any]:
    """Cold targets among all items and among cold ones, and warm targets among all."""
    cold = cold_items(split.given)
    is_cold = cold[split.targets.item]
    cold_targets = split.targets.where(is_cold)
    everywhere = judge(recommender, split.given, cold_targets).to_json()
    among = judge(recommender, split.given, cold_targets, among=cold).to_json()
    warm = judge(recommender, split.given, split.targets.where(~is_cold)).to_json()
    chosen = ("ndcg@10", "ndcg@10_se", "recall@10", "recall@10_se")
    return (
        everywhere
        | {f"among_cold_{name}": among[name] for name in chosen}
        | {f"warm_{name}": warm[name] for name in chosen}
    )


def _ratings(recommender: Recommender, split: Split) -> dict[str, float]:
    return judge_ratings(recommender, split.given, split.targets)


def _hide_a_tenth(snapshot: Snapshot) -> Split:
    return hide_items(snapshot, cold_items(snapshot))


PROTOCOLS: dict[str, Protocol] = {
    "next-event": Protocol(leave_last_out, _next_event, "ndcg@10"),
    "whole-taste": Protocol(whole_taste, _whole_taste, "ndcg@100", ordered=False),
    "cold": Protocol(_hide_a_tenth, _cold, "among_cold_recall@10"),
    "rating": Protocol(rating_tenth, _ratings, "rmse", baselines=("popularity",)),
}
