"""How much the network and the simple rules count: chosen on held-back events.

What is to be learned decides what is held back. Where it is what comes next: last events, and a
rule's sums become of a kind with logits as log(floor + sum). Where it is somebody's whole taste: a
random fifth of their events, and the sums stay as they are. A part that adds too little is left
out, so nobody is served something worse than a rule because the network was hungry. NumPy only.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.baselines import fit_rule
from ml.config import TrainConfig
from ml.lending import lenders, lent
from ml.ranking import MASKED, mask
from ml.scorers import ItemItemScorer, Scorer
from ml.snapshot import Floats, History, Rows, Snapshot

RULES = {True: ("markov", "ease"), False: ("companions", "markov")}
"""Beside a network that learns what comes next, or whole taste."""
NETWORK = "network"
RULE_FLOOR = 1e-4  # in log(floor + sum): what a rule says where it knows nothing
WEIGHTS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 1.0, 1.3, 1.7, 2.5, 4.0)
"""Of a part, in units in which all parts' scores differ as much between items."""
SLOPES = (1.5, 0.75, 0.0)
"""How much less what somebody rated low weighs in the rules: the first where few can tell, else the
best."""
OPINIONS = (5.0, 2.5, 0.0)
"""How far what they think of items moves somebody's vector (`ml.opinions`): the first where few can
tell, else the first that is hardly worse than the best."""
ENOUGH_TO_TELL = 500
"""Held-back people. Whoever rates expects it to matter, so fewer do not decide that it does not."""
HARDLY = 0.001  # of NDCG
NOT_FAR = 0.75  # of the best part's NDCG, at least, makes the network worth leading
UNTRIED = 0.3  # the first rule's weight where nothing could be held back
WORTH = 0.002  # NDCG that a part has to add to be kept, since it costs memory and time
MOST_SCORES = 24_000_000  # held at once for each part: people x items
EVENTS_AT_LEAST = 3  # of someone of whom something is held back
TASTE_SHARE = 0.2
NEXT_TO_NOTHING = 0.02
TRIES = 20  # of a blend, in the time that scoring with one rule takes
CUTS = {True: 10, False: 100}


@dataclass(frozen=True)
class Blend:
    network: float  # the network's weight
    weights: dict[str, float]  # of each rule that is worth its place
    slope: float  # how much less what somebody rated low weighs in the rules
    opinions: float  # how much the network's vector is moved by ratings
    figures: dict[str, float]  # NDCG on the held-back events: of each part alone, and the blend


@dataclass(frozen=True)
class Rule:
    """A baseline that stands beside the network."""

    name: str
    arrays: dict[str, NDArray[Any]]
    settings: dict[str, Any]

    def scorer(self, snapshot: Snapshot, *, slope: float) -> ItemItemScorer:
        settings = {**self.settings, "scale": snapshot.scale, "rating_slope": slope}
        return ItemItemScorer(self.arrays, settings)


def fitted_rules(
    snapshot: Snapshot, names: Iterable[str], *, ordered: bool, slope: float = SLOPES[0]
) -> list[Rule]:
    """Simple rules as parts of the hybrid; new items borrow what they say of known ones."""
    names = list(names)
    met = np.bincount(snapshot.events.item, minlength=len(snapshot.items)) > 0
    table = lenders(snapshot.items, met) if names and not met.all() and met.any() else None
    rules = []
    for name in names:
        settings, arrays = fit_rule(snapshot, name, ordered=ordered)
        settings |= {"rating_slope": slope, "log_floor": RULE_FLOOR if ordered else None}
        rules.append(Rule(name, arrays if table is None else lent(arrays, table), settings))
    return rules


def held_back(snapshot: Snapshot, config: TrainConfig) -> NDArray[np.bool_]:
    """(N,): events of some people: see the module.

    Never of more than a fifth of them, unless that is next to nothing of all their events.
    """
    offsets = snapshot.offsets
    able = np.flatnonzero(np.diff(offsets) >= EVENTS_AT_LEAST)
    chosen = np.zeros(len(snapshot.events), dtype=bool)
    share = len(able) // 5 if len(able) >= 10 else len(able) // 2
    if config.ordered:
        share = max(share, int(NEXT_TO_NOTHING * len(snapshot.events)))
    most = config.validation_people if config.ordered else config.validation_people // 3
    count = min(most, share, len(able))
    rng = np.random.default_rng(config.seed)
    people = rng.choice(able, count, replace=False) if count else able[:0]
    if config.ordered:
        chosen[offsets[people + 1] - 1] = True
        return chosen
    for person in people:
        size = offsets[person + 1] - offsets[person]
        wanted = max(1, round(TASTE_SHARE * int(size)))
        chosen[offsets[person] + rng.choice(size, wanted, replace=False)] = True
    return chosen


@dataclass(frozen=True)
class HeldBack:
    """People, what is given of each, and what is to be found."""

    given: Snapshot
    people: list[History]  # of B people
    wanted: list[Rows]  # the items to be found, of each
    ordered: bool

    @classmethod
    def of(cls, snapshot: Snapshot, held: NDArray[np.bool_], *, ordered: bool) -> HeldBack:
        given = snapshot.with_events(snapshot.events.take(~held))
        events = snapshot.events.take(held)
        users, starts = np.unique(events.user, return_index=True)
        most = MOST_SCORES // max(len(snapshot.items), 1)
        wanted = np.split(events.item, starts[1:])[:most] if len(users) else []
        return cls(given, [given.history(int(user)) for user in users[:most]], wanted, ordered)

    @cached_property
    def rules(self) -> list[Rule]:
        """The rules that may stand beside the network, fitted on what is given."""
        return fitted_rules(self.given, RULES[self.ordered], ordered=self.ordered)

    def seconds_to_blend(self) -> float:
        """About how long the choice of a blend will take, and fitting its rules again."""
        began = time.monotonic()
        rules = self.rules
        fitted = time.monotonic()
        if self.people:
            self.ndcg(self.scores(rules[0].scorer(self.given, slope=SLOPES[0])))
        return fitted - began + TRIES * (time.monotonic() - fitted)

    @property
    def measure(self) -> str:
        return f"ndcg@{CUTS[self.ordered]}"

    def scores(self, scorer: Scorer) -> Floats:
        """(B, I)"""
        parts = [
            np.array(scorer.scores_many(self.people[at : at + 100]), dtype=np.float32)
            for at in range(0, len(self.people), 100)
        ]
        return np.concatenate(parts)

    def ndcg(self, scores: Floats) -> float:
        """The mean NDCG of (B, I) scores, what is given masked; equal ones rank by row."""
        cut = CUTS[self.ordered]
        gains = 1 / np.log2(np.arange(cut) + 2)
        best = np.cumsum(gains)
        if self.ordered:
            ranks = self._ranks_of_one(scores)
            return float(gains[ranks[ranks < cut]].sum()) / max(len(ranks), 1)
        total = 0.0
        for row, history, wanted in zip(scores, self.people, self.wanted, strict=True):
            wanted = np.unique(wanted)
            ranks = _ranks(mask(row, exclude=history.item), wanted)
            total += float(gains[ranks[ranks < cut]].sum() / best[min(len(wanted), cut) - 1])
        return total / max(len(self.wanted), 1)

    def _ranks_of_one(self, scores: Floats) -> NDArray[np.int64]:
        """(B,): the place of the single wanted item of each person, I where it was given."""
        people = np.arange(len(self.people))
        wanted = np.array([items[0] for items in self.wanted], dtype=np.int64)
        hit = scores[people, wanted][:, None]
        ranks: NDArray[np.int64] = np.count_nonzero((scores > hit) & self._allowed, axis=1)
        close = ranks < CUTS[True]  # ties matter to these alone
        tied = (scores[close] == hit[close]) & self._allowed[close]
        tied &= np.arange(scores.shape[1]) < wanted[close, None]
        ranks[close] += np.count_nonzero(tied, axis=1)
        ranks[~self._allowed[people, wanted]] = scores.shape[1]
        return ranks

    @cached_property
    def _allowed(self) -> NDArray[np.bool_]:
        """(B, I): what was not given."""
        allowed = np.ones((len(self.people), len(self.given.items)), dtype=bool)
        for row, history in zip(allowed, self.people, strict=True):
            row[history.item] = False
        return allowed


def _ranks(scores: Floats, wanted: Rows) -> NDArray[np.int64]:
    """The place of each wanted item that is not masked, from 0."""
    found = wanted[scores[wanted] > MASKED]
    order = np.argsort(-scores, kind="stable")
    place = np.empty(len(scores), dtype=np.int64)
    place[order] = np.arange(len(scores))
    ranks: NDArray[np.int64] = place[found]
    return ranks


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
    if not rated or len(back.people) < ENOUGH_TO_TELL:
        return with_ratings(SLOPES[0], OPINIONS[0])
    loud = max((with_ratings(slope, OPINIONS[0]) for slope in SLOPES), key=reached)
    tried = [loud, *(with_ratings(loud.slope, opinions) for opinions in OPINIONS[1:])]
    enough = max(map(reached, tried)) - HARDLY
    return next(blend for blend in tried if reached(blend) >= enough)


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
