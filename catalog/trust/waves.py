"""Waves: new accounts that came within some weeks and gave one item the same extreme stars.

What is to be expected is learned from the ratings themselves: from everybody else, and from those
who were no newcomers at the same time, so that a release that all speak of is no wave.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from catalog.trust import thresholds as t
from catalog.trust.table import RatingTable

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Waves:
    """For each rater (R,) the strongest wave they were part of; item -1 where in none."""

    excess: Floats  # share of the wave that is not to be expected
    item: Ints
    count: Ints
    expected: Floats
    is_high: Flags


def waves_of(table: RatingTable) -> Waves:
    """Grids of several spans, each also half a span later: no campaign falls between two spans."""
    people = len(table.came)
    found = Waves(
        np.zeros(people),
        np.full(people, -1),
        np.zeros(people, dtype=np.int64),
        np.zeros(people),
        np.zeros(people, dtype=bool),
    )
    if len(table.rater):
        since = table.time - table.time.min()
        for span, shift, is_high in product(t.WAVE_SPANS, (0.0, 0.5), (True, False)):
            _look(table, np.floor(since / span + shift).astype(np.int64), is_high, found)
    return found


def _look(table: RatingTable, span: Ints, is_high: bool, found: Waves) -> None:
    """Notes in `found` all waves in one direction on one grid of spans."""
    spans, people = int(span.max()) + 1, len(table.came)
    extreme = table.stars >= t.HIGH if is_high else table.stars <= t.LOW
    new = table.is_new & table.judged[table.rater]
    newcomers = _distinct(span[new], table.rater[new], people, spans)
    settled = _distinct(span[~new], table.rater[~new], people, spans)

    key = table.item * spans + span
    rows = np.flatnonzero(new)
    groups, group, size = np.unique(key[rows], return_inverse=True, return_counts=True)
    hits = np.bincount(group[extreme[rows]], minlength=len(groups)).astype(np.float64)
    told = (hits >= t.FEWEST_IN_WAVE) & (hits >= t.WAVE_SHARE * size)
    if not told.any():
        return
    item, at = groups // spans, groups % spans
    everybody = np.bincount(table.item[extreme], minlength=int(table.item.max()) + 1)
    others = (everybody[item] - hits + 1) / (people - newcomers[at] + 2)
    among_settled = np.isin(key, groups[told]) & ~new & extreme
    kept, counts = np.unique(key[among_settled], return_counts=True)
    theirs = np.zeros(len(groups))
    theirs[np.searchsorted(groups, kept)] = counts
    expected = newcomers[at] * np.maximum(others, theirs / (settled[at] + t.CALM))
    told &= _log_chance(hits, expected) <= t.WAVE_CHANCE
    _note(table, rows[extreme[rows] & told[group]], key, groups, hits, expected, is_high, found)


def _note(
    table: RatingTable,
    rows: Ints,
    key: Ints,
    groups: Ints,
    hits: Floats,
    expected: Floats,
    is_high: bool,
    found: Waves,
) -> None:
    """A member of a wave is one of its excess with the chance 1 - expected / found."""
    group = np.searchsorted(groups, key[rows])
    excess = 1 - expected[group] / hits[group]
    order = np.argsort(excess, kind="stable")  # of a rater in two, the stronger is written last
    rows, group, excess = rows[order], group[order], excess[order]
    better = excess > found.excess[table.rater[rows]]
    rows, group, excess = rows[better], group[better], excess[better]
    who = table.rater[rows]
    found.excess[who] = excess
    found.item[who] = table.item[rows]
    found.count[who] = hits[group].astype(np.int64)
    found.expected[who] = expected[group]
    found.is_high[who] = is_high


def _distinct(span: Ints, rater: Ints, people: int, spans: int) -> Floats:
    """(W,): how many people there were in each span."""
    pairs = np.unique(span * people + rater)
    return np.bincount(pairs // people, minlength=spans).astype(np.float64)


def _log_chance(hits: Floats, expected: Floats) -> Floats:
    """log10 of an upper bound on meeting so many where `expected` are usual (Chernoff's)."""
    n, e = np.maximum(hits, 1.0), np.maximum(expected, 1e-9)
    return np.where(n > e, (n - e - n * np.log(n / e)) / np.log(10), 0.0)
