"""How much the network and the simple rules count: chosen on held-back events (`ml.held_back`).

A part that adds too little is left out, so nobody is served something worse than a rule because
the network was hungry for data. NumPy only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from ml.held_back import HeldBack
from ml.rules import RULES, SLOPES
from ml.scorers import Scorer
from ml.snapshot import Floats

NETWORK = "network"
WEIGHTS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 1.0, 1.3, 1.7, 2.5, 4.0)
"""Of a part, in units in which all parts' scores differ as much between items."""
OPINIONS = (5.0, 2.5, 0.0)
"""How far what they think of items moves somebody's vector (`ml.opinions`): the first where few can
tell, else the first that is hardly worse than the best."""
ENOUGH_TO_TELL = 500
"""Held-back events. Whoever rates expects it to matter, so fewer do not decide that it does not."""
HARDLY = 0.001  # of NDCG
NOT_FAR = 0.75  # of the best part's NDCG, at least, makes the network worth leading
UNTRIED = 0.3  # the first rule's weight where nothing could be held back
WORTH = 0.002  # NDCG that a part has to add to be kept, since it costs memory and time


@dataclass(frozen=True)
class Blend:
    network: float  # the network's weight
    weights: dict[str, float]  # of each rule that is worth its place
    slope: float  # how much less what somebody rated low weighs in the rules
    opinions: float  # how much the network's vector is moved by ratings
    figures: dict[str, float]  # NDCG on the held-back events: of each part alone, and the blend
    level: float = 0.0  # what is added to the scores of new items (`ml.new_items`)


def choose_blend(network: Callable[[float], Scorer], back: HeldBack) -> Blend:
    """The weights with the best NDCG; `network` gives the network with opinions of a weight."""
    names = RULES[back.ordered]
    if not back.people:
        return Blend(1.0, dict.fromkeys(names[:1], UNTRIED), SLOPES[0], OPINIONS[0], {})

    @cache
    def of_network(opinions: float) -> dict[str, Floats]:
        return {NETWORK: back.scores(network(opinions))}

    @cache
    def of_rules(slope: float) -> dict[str, Floats]:
        return {r.name: back.scores(r.scorer(back.given, slope=slope)) for r in back.rules}

    def with_ratings(slope: float, opinions: float) -> Blend:
        return _weighed(of_network(opinions) | of_rules(slope), back, slope, opinions)

    def reached(blend: Blend) -> float:
        return blend.figures[back.measure]

    rated = np.any(~np.isnan(back.given.events.stars))
    if not rated or sum(map(len, back.wanted)) < ENOUGH_TO_TELL:
        return with_ratings(SLOPES[0], OPINIONS[0])
    loud = max((with_ratings(slope, OPINIONS[0]) for slope in SLOPES), key=reached)
    tried = [loud, *(with_ratings(loud.slope, opinions) for opinions in OPINIONS[1:])]
    enough = max(map(reached, tried)) - HARDLY
    return next(blend for blend in tried if reached(blend) >= enough)


def judged(blend: Blend, network: Callable[[float], Scorer], back: HeldBack) -> Blend:
    """The same blend with its figures on other held-back events."""
    if not back.people:
        return replace(blend, figures={})
    scores = {NETWORK: back.scores(network(blend.opinions))}
    for rule in back.rules:
        scores[rule.name] = back.scores(rule.scorer(back.given, slope=blend.slope))
    figures = {f"{back.measure}_{name}": back.ndcg(part) for name, part in scores.items()}
    weights = {NETWORK: blend.network} | blend.weights
    total = sum(np.float32(weight) * scores[name] for name, weight in weights.items())
    figures[back.measure] = back.ndcg(np.asarray(total))
    return replace(blend, figures={name: round(value, 5) for name, value in figures.items()})


def _weighed(scores: Mapping[str, Floats], back: HeldBack, slope: float, opinions: float) -> Blend:
    """A part that leads, and whatever adds to it, found one part at a time.

    The best part leads, or the network where it is not far behind and the blend hardly worse: it
    alone hears opinions in full, and knows what new items are like.
    """
    alone = {name: back.ndcg(part) for name, part in scores.items()}
    best = max(scores, key=lambda name: alone[name])
    found = _led_by(best, scores, alone, back, slope, opinions)
    if not found.network and alone[NETWORK] >= NOT_FAR * alone[best]:
        other = _led_by(NETWORK, scores, alone, back, slope, opinions)
        if other.figures[back.measure] > found.figures[back.measure] - WORTH:
            return other
    return found


def _led_by(
    lead: str,
    scores: Mapping[str, Floats],
    alone: Mapping[str, float],
    back: HeldBack,
    slope: float,
    opinions: float,
) -> Blend:
    spread = {name: _spread(part) for name, part in scores.items()}
    weights = dict.fromkeys(scores, 0.0) | {lead: 1.0}
    others = sorted((name for name in scores if name != lead), key=lambda name: -alone[name])
    best = alone[lead]
    for name in (*others, *others):  # twice: the second part changes what the first is worth
        rest = sum(
            np.float32(weight / spread[other]) * scores[other]
            for other, weight in weights.items()
            if weight and other != name
        )
        weights[name], best = _best_weight(rest, scores[name] / spread[name], back)
    figures = {f"{back.measure}_{name}": round(value, 5) for name, value in alone.items()}
    scaled = {name: float(weight / spread[name]) for name, weight in weights.items()}
    network = scaled.pop(NETWORK)
    unit = network or 1.0
    kept = {name: weight / unit for name, weight in scaled.items() if weight}
    figures[back.measure] = round(best, 5)
    return Blend(float(bool(network)), kept, slope, opinions, figures)


def _spread(scores: Floats) -> np.float32:
    """How much scores differ between items, in the mean over people."""
    return np.float32(max(float(scores.std(axis=1).mean()), 1e-6))


def _best_weight(rest: Any, part: Floats, back: HeldBack) -> tuple[float, float]:
    """The weight of one part beside the rest, and the NDCG that it brings; small ones if equal."""
    found = {weight: back.ndcg(rest + np.float32(weight) * part) for weight in WEIGHTS}
    best = max(WEIGHTS, key=lambda weight: (round(found[weight], 6), -weight))
    best = best if found[best] >= found[0.0] + WORTH else 0.0
    return best, found[best]
