"""From ratings to trust: five signals, each of which can be said in a sentence.

Pure: arrays in, arrays out, no clock and no database. The whole is linear in the ratings, save
twins, which are looked for among newcomers and on rare items only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from catalog.trust import thresholds as t
from catalog.trust.table import RatingTable
from catalog.trust.waves import Waves, waves_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Judgement:
    """Of each rater (R,): trust, and what it is made of. Trust is 1 for whoever is not judged."""

    trust: Floats
    strengths: Mapping[str, Floats]  # by the name of the signal
    waves: Waves
    distance: Floats  # spreads from the medians, on average; 0 where too little is known
    twins: Ints  # how many others
    pace: Ints  # ratings within ten minutes, at most


def judge(table: RatingTable, *, now: float) -> Judgement:
    """`now` in seconds: accounts that came lately are compared with each other."""
    waves = waves_of(table)
    distance, twins, pace = distances(table), twins_of(table, now=now), paces(table)
    known = table.judged & (table.counts >= t.FEWEST_RATINGS)
    new = np.bincount(table.rater, weights=table.is_new, minlength=len(table.came))
    strengths = {
        "wave": _ramp(waves.excess, t.WAVE_EXCESS),
        "twins": np.minimum(twins / t.TWINS_FOR_SURE, 1.0) * (twins > 0),
        "deviation": _ramp(distance, t.DEVIATES),
        "pace": _ramp(pace.astype(np.float64), t.PACE),
        "new": (new >= t.NEW_RATINGS * table.counts).astype(np.float64),
    }
    strengths = {name: np.where(known, strength, 0.0) for name, strength in strengths.items()}
    trust = np.ones(len(table.came))
    for name, strength in strengths.items():
        trust *= 1 - t.WEIGHTS[name] * strength
    return Judgement(trust, strengths, waves, distance, twins, pace)


def _ramp(values: Floats, between: tuple[float, float]) -> Floats:
    low, high = between
    return np.clip((values - low) / (high - low), 0.0, 1.0)


def distances(table: RatingTable) -> Floats:
    """(R,): the mean distance from the items' medians in spreads, own leniency taken off."""
    median, count = _medians(table.item, table.stars)
    off = table.stars - median[table.item]
    spread, _ = _medians(table.item, np.abs(off))
    spread = np.maximum(1.4826 * spread, t.LEAST_SPREAD)
    compared = count[table.item] >= t.FEWEST_OF_ITEM
    rater, off = table.rater[compared], off[compared] / spread[table.item[compared]]
    own, known = _medians(rater, off, size=len(table.came))
    total = np.bincount(rater, weights=np.abs(off - own[rater]), minlength=len(table.came))
    return np.where(known >= t.FEWEST_COMPARED, total / np.maximum(known, 1), 0.0)


def _medians(group: Ints, values: Floats, *, size: int = 0) -> tuple[Floats, Ints]:
    """The median of each group, and how many values it has."""
    count = np.bincount(group, minlength=size)
    ordered = values[np.lexsort((values, group))]
    if not len(ordered):
        return np.zeros(len(count)), count
    start, most = np.cumsum(count) - count, len(ordered) - 1
    low = np.minimum(start + np.maximum(count - 1, 0) // 2, most)
    high = np.minimum(start + count // 2, most)
    return (ordered[low] + ordered[high]) / 2, count


def paces(table: RatingTable) -> Ints:
    """(R,): the most ratings of a person within ten minutes. What an archive brought is none."""
    rows = np.flatnonzero(~table.brought)
    most = np.zeros(len(table.came), dtype=np.int64)
    if not len(rows):
        return most
    time = table.time[rows] - table.time[rows].min()
    line = table.rater[rows] * (time.max() + 2 * t.PACE_SPAN) + time  # one after the other
    order = np.argsort(line, kind="stable")
    line = line[order]
    within = np.searchsorted(line, line + t.PACE_SPAN, side="right") - np.arange(len(line))
    np.maximum.at(most, table.rater[rows][order], within)
    return most


def twins_of(table: RatingTable, *, now: float) -> Ints:
    """(R,): how many other newcomers gave nearly all of one's rare items the same stars."""
    people = len(table.came)
    twins = np.zeros(people, dtype=np.int64)
    lately = table.judged & (table.came >= now - t.TWINS_CAME)
    items = int(table.item.max(initial=-1)) + 1
    young = lately[table.rater]
    settled = np.bincount(table.item[~young], minlength=items)
    newcomers = np.bincount(table.item[young], minlength=items)
    unknown = settled <= max(t.RARE_AT_LEAST, t.RARE_SHARE * people)
    rare = unknown & (newcomers > 1) & (newcomers <= t.MOST_OF_RARE)
    rows = np.flatnonzero(young & rare[table.item])
    if not len(rows):
        return twins
    who, row = np.unique(table.rater[rows], return_inverse=True)
    own = np.bincount(table.rater[young & unknown[table.item]], minlength=people)[who]
    said = table.item[rows] * 16 + np.rint(2 * table.stars[rows]).astype(np.int64)
    said, column = np.unique(said, return_inverse=True)
    same = csr_array((np.ones(len(rows)), (row, column)), shape=(len(who), len(said)))
    shared = (same @ same.T).tocoo()  # (young, young)
    one, other = shared.coords
    fewer = np.minimum(own[one], own[other])
    alike = (one != other) & (shared.data >= t.FEWEST_SHARED)
    alike &= shared.data >= t.TWIN_SHARE * fewer
    twins[who] = np.bincount(one[alike], minlength=len(who))
    return twins
