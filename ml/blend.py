"""How much the network and the simple rules count: chosen on held-back last events.

The network's scores are logits; a rule's sums become comparable as log(floor + sum). On little
data the network is hungry and the rules get more weight; on much, less. NumPy only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.baselines import fit_baseline
from ml.encoding import EncoderScorer
from ml.ranking import MASKED
from ml.ratings import NORMAL_80
from ml.scorers import ItemItemScorer, Scorer
from ml.snapshot import Floats, History, Snapshot
from ml.split import Targets

RULES = ("markov", "ease")
RULE_FLOOR = 1e-4  # in log(floor + sum): what a rule says where it knows nothing
WEIGHTS = (0.0, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 1.0, 1.5, 2.5, 5.0)
"""Of a rule, beside the network's 1."""
UNTRIED = 0.3  # the first rule's weight where nothing could be held back
WORTH = 0.002  # NDCG@10 that a rule has to add to be kept, since it costs memory and time
MOST_SCORES = 8_000_000  # held at once for the network and each rule: people x items
LEAST_ERRORS = 20  # fewer say too little about how far predictions miss
EVENTS_AT_LEAST = 3  # of someone whose last event is held back


@dataclass(frozen=True)
class Blend:
    weights: dict[str, float]  # of each rule that is worth its place
    ndcg: dict[str, float]  # NDCG@10 on the held-back events: each part alone, and "blend"


@dataclass(frozen=True)
class Rule:
    """A baseline that stands beside the network."""

    baseline: str
    arrays: dict[str, NDArray[Any]]
    settings: dict[str, Any]

    def scorer(self, snapshot: Snapshot) -> ItemItemScorer:
        return ItemItemScorer(self.arrays, {**self.settings, "scale": snapshot.scale})


def fitted_rules(snapshot: Snapshot, names: Iterable[str]) -> list[Rule]:
    """Simple rules as parts of the hybrid: log(floor + sum) is of a kind with logits."""
    rules = []
    for name in names:
        fitted = fit_baseline(snapshot, name, shared={})
        settings = {**fitted.manifest["components"][0], "log_floor": RULE_FLOOR}
        rules.append(Rule(name, fitted.component(settings["name"]), settings))
    return rules


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


def choose_blend(
    network: Scorer, rules: Mapping[str, Scorer], given: Snapshot, targets: Targets
) -> Blend:
    """The rules' weights with the best NDCG@10, found one rule at a time; small ones if equal."""
    count = min(len(targets), MOST_SCORES // max(len(given.items), 1))
    if not count:
        return Blend(dict.fromkeys(list(rules)[:1], UNTRIED), {})
    wanted = targets.item[:count]
    histories = [given.history(int(user)) for user in targets.user[:count]]
    base = _scores(network, histories)
    parts = {name: _scores(rule, histories) for name, rule in rules.items()}
    for row, history in zip(base, histories, strict=True):
        row[history.item] = MASKED
    ndcg = {"network": mean_ndcg(base, wanted)}
    ndcg |= {
        name: mean_ndcg(np.where(base > MASKED, part, MASKED), wanted)
        for name, part in parts.items()
    }
    weights = dict.fromkeys(parts, 0.0)
    for name in (*parts, *parts):  # twice: the second rule changes what the first is worth
        rest = base.copy()
        for other, part in parts.items():
            rest += np.float32(0.0 if other == name else weights[other]) * part
        weights[name], ndcg["blend"] = _best_weight(rest, parts[name], wanted)
    return Blend(
        {name: weight for name, weight in weights.items() if weight},
        {name: round(value, 5) for name, value in ndcg.items()},
    )


def _best_weight(rest: Floats, part: Floats, wanted: NDArray[np.integer]) -> tuple[float, float]:
    """The weight of one rule beside the rest, and the NDCG@10 that it brings."""
    found = {weight: mean_ndcg(rest + np.float32(weight) * part, wanted) for weight in WEIGHTS}
    best = max(WEIGHTS, key=lambda weight: (round(found[weight], 6), -weight))
    best = best if found[best] >= found[0.0] + WORTH else 0.0
    return best, found[best]


def _scores(scorer: Scorer, histories: Sequence[History]) -> Floats:
    """(B, I), in parts of bounded size."""
    parts = [
        np.array(scorer.scores_many(histories[at : at + 100]), dtype=np.float32)
        for at in range(0, len(histories), 100)
    ]
    return np.concatenate(parts)


def mean_ndcg(scores: Floats, wanted: NDArray[np.integer]) -> float:
    """NDCG@10 of one target a person in (B, I) scores; equal ones rank by row, masked ones last."""
    hit = scores[np.arange(len(scores)), wanted][:, None]
    before = np.arange(scores.shape[1])[None, :] < wanted[:, None]
    rank = np.count_nonzero((scores > hit) | ((scores == hit) & before), axis=1)
    found = (rank < 10) & (hit[:, 0] > MASKED)
    return float(np.mean(np.where(found, 1 / np.log2(rank + 2.0), 0.0)))


def rating_spread(network: EncoderScorer, given: Snapshot, targets: Targets) -> float:
    """The standard deviation that makes 80 % intervals hold 80 % of the held-back ratings."""
    errors = [
        abs(float(network.predict_ratings(given.history(int(user)), np.array([item]))[0][0] - star))
        for user, item, star in zip(targets.user, targets.item, targets.stars, strict=True)
        if not np.isnan(star)
    ]
    if len(errors) < LEAST_ERRORS:
        return (given.scale[1] - given.scale[0]) / 4
    return float(np.quantile(errors, 0.8)) / NORMAL_80
