"""Dials: what somebody asks of a list, as numbers from -1 to 1, and the tilt that they give it.

A dial adds its number times a measure to the candidates' standardised scores. So its strength is
the same whatever the scorer's units are, and its measure follows it for everybody: of all lists
of n, the best n by score + t * measure have a total of the measure that never falls as t rises.
(Let S be best at t, and S' at t' > t. Adding up that S beats S' at t and S' beats S at t' leaves
(t' - t) * (measure of S' - measure of S) >= 0.) That holds for each dial, however the others are
set. `ml.taste` puts dials, rotation, diversity and exploration together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ml.rerank import Wide, standardised

STRENGTH = 1.0
"""A dial at 1 gives one standard deviation of its measure the weight of one of the scores."""
STEP = 3.0
"""An attribute asked for is worth this many standard deviations: it is there or not, so a rare
one would weigh more than a common one if it were standardised."""
NEAREST = 3
"""An item is as close to somebody as to the mean of this many of their events, the nearest."""


class TasteError(ValueError):
    """A dial out of range, or one whose measure is not known; the message names it."""


@dataclass(frozen=True)
class Dials:
    """Each from -1 to 1; 0 leaves the list alone."""

    adventurous: float = 0.0  # -1 familiar: close to what the person did
    niche: float = 0.0  # -1 popular
    old: float = 0.0  # -1 new
    attributes: Mapping[str, float] = field(default_factory=dict)  # -1 less of it, 1 more

    def __post_init__(self) -> None:
        plain = {"adventurous": self.adventurous, "niche": self.niche, "old": self.old}
        for name, dial in (plain | dict(self.attributes)).items():
            check(name, dial, low=-1.0)

    def __bool__(self) -> bool:
        return any((self.adventurous, self.niche, self.old, *self.attributes.values()))


@dataclass(frozen=True)
class Measures:
    """What the dials turn, for each candidate (P,); None where nothing is known of any.

    A single candidate of which something is unknown is NaN there, and the dial leaves it alone.
    """

    closeness: NDArray[np.floating] | None = None
    events: NDArray[np.number] | None = None  # how many events each has
    moment: NDArray[np.floating] | None = None  # its year, or when it was added
    attributes: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)


def tilt(dials: Dials, measures: Measures, *, size: int) -> Wide:
    """(P,), P = size: what the dials add to standardised scores.

    Raises TasteError where a dial is set that nothing is known for.
    """
    total = np.zeros(size)
    for dial, measure in _turned(dials, measures):
        total += STRENGTH * dial * standardised(measure)
    for name, dial in dials.attributes.items():
        if dial:
            total += STEP * dial * _known(f"attributes[{name!r}]", measures.attributes.get(name))
    return total


def closeness(near: NDArray[np.floating]) -> Wide:
    """(P,) of near (T, P), how alike events' items and candidates are; 0 without events."""
    events, size = near.shape
    if not events:
        return np.zeros(size)
    most = min(NEAREST, events)
    nearest = np.partition(near, events - most, axis=0)[events - most :]
    return np.asarray(nearest.mean(axis=0), dtype=np.float64)


def log_popularity(events: NDArray[np.number]) -> Wide:
    """(P,): the logarithm of 1 + how many events each has."""
    return np.log1p(events.astype(np.float64))


def check(name: str, dial: float, *, low: float) -> None:
    """Raises TasteError for a dial that is no number from low to 1."""
    if not low <= dial <= 1:
        raise TasteError(f"{name} is {dial}; give a number from {low:g} to 1")


def _turned(dials: Dials, measures: Measures) -> Iterable[tuple[float, Wide]]:
    """Each dial that is set, and what it shall have more of."""
    if dials.adventurous:
        yield dials.adventurous, -_known("adventurous", measures.closeness)
    if dials.niche:
        yield dials.niche, -log_popularity(_known("niche", measures.events))
    if dials.old:
        yield dials.old, -_known("old", measures.moment)


def _known(name: str, measure: NDArray[np.generic] | None) -> Wide:
    if measure is None:
        raise TasteError(f"nothing is known for the dial {name}; set it to 0, or say its measure")
    return measure.astype(np.float64)
