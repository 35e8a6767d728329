"""From scores to the list that somebody asked for: dials, rotation, diversity, exploration.

`arrange` is the recipe. Scores come in masked (`ml.ranking.mask`): what may not be shown is -inf,
and none of the steps brings it back. Only exploration looks past the best candidates. Pure: what
was shown, and randomness, are arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ml.dials import Dials, Measures, TasteError, check, closeness, tilt
from ml.exploration import FEW_EVENTS, Shown, explore, weariness
from ml.ranking import MASKED, Picks, best
from ml.rerank import POOL, Wide, diversify, standardised
from ml.snapshot import Floats, Rows

REACH = 20
"""The dials choose a list of n among this many times n candidates."""
EVENTS = 50
"""Closeness is to this many of somebody's latest events."""
WEARY = 3.0
"""What the most weariness takes from a score, in standard deviations; rotation is a share of it."""

Alike = Callable[[Rows, Rows], Floats]
"""(rows (P,), others (Q,)) -> (P, Q): how alike items are, from 0 to 1."""


@dataclass(frozen=True)
class Taste:
    """What somebody asks of their list; the default asks for nothing but the best scores."""

    dials: Dials = field(default_factory=Dials)
    diversity: float = 0.0  # 0 to 1
    rotation: float = 0.0  # 0 to 1: how much what was shown and ignored steps back
    exploration: float = 0.0  # 0 to 1: the most of a list that goes to new items

    def __post_init__(self) -> None:
        for name in ("diversity", "rotation", "exploration"):
            check(name, getattr(self, name), low=0.0)


@dataclass(frozen=True)
class Known:
    """What is known of all items, (I,) each; None where it is not known of any."""

    events: NDArray[np.number] | None = None
    moment: NDArray[np.floating] | None = None  # NaN where unknown
    attributes: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)


def arrange(
    scores: Floats,
    *,
    n: int,
    taste: Taste,
    known: Known,
    alike: Alike,
    history: Rows,
    shown: Shown,
    rng: np.random.Generator,
    varied: int | None = None,
) -> Picks:
    """At most n items by masked scores (I,), as the taste wants them; their scores unchanged.

    Diversity arranges the first `varied` of them, by default all; the others follow by the dials.
    `history` (T,) are the items of the person's events, oldest first. Raises TasteError where a
    dial is set whose measure is not known.
    """

    def wanted(picks: Picks) -> Picks:
        measures = _measures(picks.rows, taste.dials, known, alike, history)
        values = standardised(picks.scores)
        values += tilt(taste.dials, measures, size=len(picks))
        values -= WEARY * taste.rotation * weariness(shown, picks.rows)
        return _sorted(picks.rows, values)

    listed = wanted(best(scores, n=REACH * n))
    if taste.diversity:
        size = n if varied is None else varied
        pool = Picks(listed.rows[: POOL * size], listed.scores[: POOL * size])
        near = alike(pool.rows, pool.rows)
        head = diversify(pool, near, n=size, diversity=taste.diversity)
        others = ~np.isin(listed.rows, head.rows)
        listed = Picks(
            np.concatenate([head.rows, listed.rows[others]]),
            np.concatenate([head.scores, listed.scores[others]]),
        )
    if taste.exploration:
        events = _events(known)
        newcomers = wanted(best(np.where(events < FEW_EVENTS, scores, MASKED), n=REACH * n))
        counts = events[newcomers.rows]
        listed = explore(listed, newcomers, counts, n=n, share=taste.exploration, rng=rng)
    rows = listed.rows[:n]
    return Picks(rows, scores[rows])


def _measures(rows: Rows, dials: Dials, known: Known, alike: Alike, history: Rows) -> Measures:
    """Of the candidates only; closeness, which costs most, only where it is asked for."""
    near = closeness(alike(history[-EVENTS:], rows)) if dials.adventurous else None
    return Measures(
        closeness=near,
        events=None if known.events is None else known.events[rows],
        moment=None if known.moment is None else known.moment[rows],
        attributes={
            name: known.attributes[name][rows]
            for name, dial in dials.attributes.items()
            if dial and name in known.attributes
        },
    )


def _sorted(rows: Rows, values: Wide) -> Picks:
    """Best first; equal ones stay in their order."""
    order = np.argsort(-values, kind="stable")
    return Picks(rows[order], values[order].astype(np.float32))


def _events(known: Known) -> NDArray[np.number]:
    if known.events is None:
        raise TasteError("exploration needs to know how many events items have; set it to 0")
    return known.events
