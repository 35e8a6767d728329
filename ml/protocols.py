"""The four ways in which a model is judged: next event, whole taste, cold items, ratings.

Each splits a snapshot, has models fitted on what they may see, and judges them through
`ml.evaluate`. No target chooses anything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.artifact import Artifact
from ml.evaluate import Answers, Figures, Served, judge_answers, judge_stars
from ml.serving import Recommender
from ml.snapshot import Snapshot
from ml.split import (
    Split,
    Targets,
    cold_items,
    hide_items,
    leave_last_out,
    rating_tenth,
    whole_taste,
)

Fit = Callable[[Snapshot], Artifact]
Judge = Callable[[Answers, Split], dict[str, float]]


@dataclass(frozen=True)
class Protocol:
    """`ordered` False: what is to be found is no next event, so recency means little."""

    split: Callable[[Snapshot], Split]
    judge: Judge
    main: str  # the measure to compare models by
    baselines: tuple[str, ...] = ("popularity", "recent-popularity", "markov", "ease")
    ordered: bool | None = None

    def figures(self, split: Split, artifact: Artifact) -> dict[str, float]:
        return self.judge(Served(Recommender(artifact), split.given), split)


def _next_event(answers: Answers, split: Split) -> dict[str, float]:
    return judge_answers(answers, split.given, split.targets, known=split.train).to_json()


def _whole_taste(answers: Answers, split: Split) -> dict[str, float]:
    cuts = (10, 20, 100)
    return judge_answers(answers, split.given, split.targets, at=cuts, known=split.train).to_json()


def _cold(answers: Answers, split: Split) -> dict[str, float]:
    """Cold targets among all items and among cold ones; warm ones, and both together, among all."""
    if split.cold is None:
        raise ValueError("this split hides no items; hide_items() makes one that does")
    is_cold = split.cold[split.targets.item]

    def figures(targets: Targets, among: NDArray[np.bool_] | None = None) -> Figures:
        return judge_answers(answers, split.given, targets, among=among, known=split.train)

    cold = figures(split.targets.where(is_cold))
    warm = figures(split.targets.where(~is_cold))
    parts = {
        "among_cold": figures(split.targets.where(is_cold), split.cold).to_json(),
        "warm": warm.to_json(),
        "all": cold.with_people_of(warm).to_json(),
    }
    chosen = ("ndcg@10", "ndcg@10_se", "recall@10", "recall@10_se")
    return cold.to_json() | {
        f"{part}_{name}": found[name] for part, found in parts.items() for name in chosen
    }


def _ratings(answers: Answers, split: Split) -> dict[str, float]:
    return judge_stars(answers, split.targets, activity=np.diff(split.given.offsets))


def _hide_a_tenth(snapshot: Snapshot) -> Split:
    return hide_items(snapshot, cold_items(snapshot))


PROTOCOLS: dict[str, Protocol] = {
    "next-event": Protocol(leave_last_out, _next_event, "ndcg@10"),
    "whole-taste": Protocol(whole_taste, _whole_taste, "ndcg@100", ordered=False),
    "cold": Protocol(_hide_a_tenth, _cold, "among_cold_recall@10"),
    "rating": Protocol(rating_tenth, _ratings, "rmse", baselines=("popularity",)),
}
