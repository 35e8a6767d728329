"""Events that are held back from network and rules, and what any scores make of them.

What is to be learned decides what is held back: where it is what comes next, last events; where it
is somebody's whole taste, a random fifth of their events. NumPy only.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ml.config import TrainConfig
from ml.lending import lending
from ml.ranking import MASKED
from ml.rules import RULES, SLOPES, Rule, fitted_rules
from ml.scorers import Scorer
from ml.snapshot import Floats, History, Rows, Snapshot

MOST_SCORES = 24_000_000  # held at once for each part: people x items
FAR = 1 << 40  # a place that no list reaches
EVENTS_AT_LEAST = 3  # of someone of whom something is held back
TASTE_SHARE = 0.2
NEXT_TO_NOTHING = 0.02
TRIES = 20  # of a blend, in the time that scoring with one rule takes
CUTS = {True: 10, False: 100}


def held_back(
    snapshot: Snapshot, config: TrainConfig, *, since: float | None = None
) -> NDArray[np.bool_]:
    """(N,): events of some people: see the module.

    Never of more than a fifth of them, unless that is next to nothing of all their events; only of
    those who did something later than `since`, where that is given.
    """
    offsets = snapshot.offsets
    able = np.flatnonzero(np.diff(offsets) >= EVENTS_AT_LEAST)
    if since is not None:
        able = able[snapshot.events.time[offsets[able + 1] - 1] > since]
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
    content: sparse.csr_array  # (I, F)
    people: list[History]  # of B people
    wanted: list[Rows]  # the items to be found, of each
    ordered: bool

    @classmethod
    def of(
        cls,
        snapshot: Snapshot,
        held: NDArray[np.bool_],
        content: sparse.csr_array,
        *,
        ordered: bool,
    ) -> HeldBack:
        given = snapshot.with_events(snapshot.events.take(~held))
        events = snapshot.events.take(held)
        users, starts = np.unique(events.user, return_index=True)
        most = MOST_SCORES // max(len(snapshot.items), 1)
        wanted = np.split(events.item, starts[1:])[:most] if len(users) else []
        people = [given.history(int(user)) for user in users[:most]]
        return cls(given, content, people, wanted, ordered)

    @cached_property
    def lending(self) -> sparse.csr_array | None:
        """Which items lend to those that nobody was given (`ml.lending`)."""
        return lending(self.given, self.content)

    @cached_property
    def rules(self) -> list[Rule]:
        """The rules that may stand beside the network, fitted on what is given."""
        return fitted_rules(self.given, RULES[self.ordered], self.lending, ordered=self.ordered)

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
        """The mean NDCG of (B, I) scores, what is given masked; next events tie by row."""
        cut = CUTS[self.ordered]
        gains = 1 / np.log2(np.arange(cut) + 2)
        best = np.cumsum(gains)
        if self.ordered:
            ranks = self._ranks_of_one(scores)
            return float(gains[ranks[ranks < cut]].sum()) / max(len(ranks), 1)
        starts = range(0, len(scores), 100)
        found = np.concatenate([self._found(scores[at : at + 100], at, cut) for at in starts])
        reached = found @ gains[: found.shape[1]]
        return float(np.mean(reached / best[np.minimum(self._sought.sum(axis=1), cut) - 1]))

    def _found(self, scores: Floats, at: int, cut: int) -> NDArray[np.bool_]:
        """(b, cut): whether each of the best items of some people, from `at` on, was wanted."""
        end = at + len(scores)
        masked = np.where(self._allowed[at:end], scores, MASKED)
        cut = min(cut, masked.shape[1])
        top = np.argpartition(masked, -cut, axis=1)[:, -cut:]
        order = np.argsort(-np.take_along_axis(masked, top, axis=1), axis=1, kind="stable")
        top = np.take_along_axis(top, order, axis=1)
        found: NDArray[np.bool_] = np.take_along_axis(self._sought[at:end], top, axis=1)
        return found

    def _ranks_of_one(self, scores: Floats) -> NDArray[np.int64]:
        """(B,): the place of the single wanted item of each person, FAR where it was given."""
        people = np.arange(len(self.people))
        wanted = np.array([items[0] for items in self.wanted], dtype=np.int64)
        hit = scores[people, wanted][:, None]
        ranks: NDArray[np.int64] = np.count_nonzero((scores > hit) & self._allowed, axis=1)
        close = ranks < CUTS[True]  # ties matter to these alone
        tied = (scores[close] == hit[close]) & self._allowed[close]
        tied &= np.arange(scores.shape[1]) < wanted[close, None]
        ranks[close] += np.count_nonzero(tied, axis=1)
        ranks[~self._allowed[people, wanted]] = FAR
        return ranks

    @cached_property
    def _sought(self) -> NDArray[np.bool_]:
        """(B, I): what was wanted, and not given."""
        sought = np.zeros((len(self.people), len(self.given.items)), dtype=bool)
        for row, items in zip(sought, self.wanted, strict=True):
            row[items] = True
        return sought & self._allowed

    @cached_property
    def _allowed(self) -> NDArray[np.bool_]:
        """(B, I): what was not given."""
        allowed = np.ones((len(self.people), len(self.given.items)), dtype=bool)
        for row, history in zip(allowed, self.people, strict=True):
            row[history.item] = False
        return allowed
