"""How much the network and the simple rules count: chosen on held-back last events.

The network's scores are logits; the Markov rule's sums become comparable as log(floor + sum).
Little data leaves the network hungry and the rule gets more weight; much data, less. NumPy only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml import metrics
from ml.encoding import EncoderScorer
from ml.ranking import best, mask
from ml.ratings import NORMAL_80
from ml.scorers import Scorer
from ml.serving import batch_size
from ml.snapshot import Floats, Snapshot
from ml.split import Targets

WEIGHTS = (0.0, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 1.0, 1.5, 2.5, 5.0)
"""Of the rule beside the network's 1."""
LEAST_ERRORS = 20  # fewer say too little about how far predictions miss
EVENTS_AT_LEAST = 3  # of someone whose last event is held back


@dataclass(frozen=True)
class Blend:
    weight: float  # of the rule
    ndcg: dict[str, float]  # NDCG@10 of "network", "rule" and "blend" on the held-back events


def held_back(snapshot: Snapshot, people: int, seed: int) -> NDArray[np.bool_]:
    """(N,): the last events of some people, never of more than a fifth of them."""
    offsets = snapshot.offsets
    able = np.flatnonzero(np.diff(offsets) >= EVENTS_AT_LEAST)
    chosen = np.zeros(len(snapshot.events), dtype=bool)
    count = min(people, len(able) // 5) if len(able) >= 10 else len(able) // 2
    rng = np.random.default_rng(seed)
    picked = rng.choice(able, count, replace=False) if count else able[:0]
    chosen[offsets[picked + 1] - 1] = True
    return chosen


def choose_blend(network: Scorer, rule: Scorer, given: Snapshot, targets: Targets) -> Blend:
    """The weight of the rule with the best NDCG@10; the smaller of equal ones."""
    if not len(targets):
        return Blend(WEIGHTS[3], {})
    gains: dict[float, list[float]] = {weight: [] for weight in (*WEIGHTS, np.inf)}
    size = batch_size(len(given.items)) // 2 + 1
    for start in range(0, len(targets), size):
        histories = [given.history(int(user)) for user in targets.user[start : start + size]]
        both = zip(network.scores_many(histories), rule.scores_many(histories), strict=True)
        for history, wanted, (ours, its) in zip(
            histories, targets.item[start : start + size], both, strict=True
        ):
            for weight, found in gains.items():
                scores = its if np.isinf(weight) else ours + np.float32(weight) * its
                found.append(_gain(scores, history.item, int(wanted)))
    means = {weight: float(np.mean(found)) for weight, found in gains.items()}
    rule_alone = means.pop(np.inf)
    weight = max(means, key=lambda candidate: (round(means[candidate], 6), -candidate))
    ndcg = {"network": means[0.0], "rule": rule_alone, "blend": means[weight]}
    return Blend(weight, {name: round(value, 5) for name, value in ndcg.items()})


def _gain(scores: Floats, seen: NDArray[np.integer[Any]], wanted: int) -> float:
    ranked = best(mask(scores, exclude=seen), n=10).rows
    return metrics.ndcg(metrics.hits(ranked, np.array([wanted])), targets=1, at=10)


def rating_spread(network: EncoderScorer, given: Snapshot, targets: Targets) -> float:
    """The standard deviation that makes 80 % intervals hold 80 % of the held-back ratings."""
    errors = [
        abs(
            float(network.predict_ratings(given.history(int(user)), np.array([item]))[0][0] - stars)
        )
        for user, item, stars in zip(targets.user, targets.item, targets.stars, strict=True)
        if not np.isnan(stars)
    ]
    if len(errors) < LEAST_ERRORS:
        return (given.scale[1] - given.scale[0]) / 4
    return float(np.quantile(errors, 0.8)) / NORMAL_80
