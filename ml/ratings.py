"""Predicted ratings without a network: mean + item's offset + person's offset, with an interval.

`fit_ratings` learns it from a snapshot; `RatingPrior` serves it. Nothing about a person is kept:
their offset comes from the history at hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.snapshot import Events, Floats, History, Rows, Snapshot

Arrays = Mapping[str, NDArray[Any]]

ITEM_SHRINKAGE, PERSON_SHRINKAGE = 3.0, 5.0
"""As many imagined ratings of offset 0 stand beside the real ones."""
INTERVAL = (0.1, 0.9)
TUNING_SEED = 7
NORMAL_80 = 1.2816
"""80 % of a normal distribution lie within this many standard deviations."""


def fit_ratings(snapshot: Snapshot) -> dict[str, NDArray[Any]]:
    """Arrays `level` (mean, low error, high error) and `item_offsets` (I,).

    The errors are what a random tenth of the ratings showed when the rest was fitted.
    """
    events = _rated(snapshot.events)
    size = len(snapshot.items)
    middle = (snapshot.scale[0] + snapshot.scale[1]) / 2
    if not len(events):
        reach = (snapshot.scale[1] - snapshot.scale[0]) / 2
        return _arrays(middle, -reach, reach, np.zeros(size))
    is_tested = np.random.default_rng(TUNING_SEED).random(len(events)) < 0.1
    low, high = snapshot.scale[0] - middle, snapshot.scale[1] - middle
    if 10 <= np.count_nonzero(is_tested) < len(events):
        errors = _errors(events.take(~is_tested), events.take(is_tested), size)
        low, high = np.quantile(errors, INTERVAL)
    mean, offsets = _offsets(events, size)
    return _arrays(mean, low, high, offsets)


class RatingPrior:
    def __init__(self, arrays: Arrays, scale: tuple[float, float]) -> None:
        self._mean, self._low, self._high = (float(value) for value in arrays["level"])
        self._offsets: Floats = arrays["item_offsets"]
        self._scale = scale

    def predict(self, history: History, rows: Rows) -> tuple[Floats, Floats, Floats]:
        """Rating, low and high of an 80 % interval, (P,) each; -1 is an item nobody knows."""
        base = self._mean + self._person_offset(history)
        offsets = np.where(rows >= 0, self._offsets[rows] if len(self._offsets) else 0, 0)
        stars = base + offsets
        return tuple(  # type: ignore[return-value]
            np.clip(value, *self._scale).astype(np.float32)
            for value in (stars, stars + self._low, stars + self._high)
        )

    def _person_offset(self, history: History) -> float:
        rated = ~np.isnan(history.stars)
        left = history.stars[rated] - self._mean - self._offsets[history.item[rated]]
        return float(left.sum() / (len(left) + PERSON_SHRINKAGE))


def interval(
    mean: Floats, spread: Floats, scale: tuple[float, float]
) -> tuple[Floats, Floats, Floats]:
    """What a rating head says, within the scale, with its 80 % interval."""
    reach = NORMAL_80 * spread
    low, high = scale
    return (
        np.clip(mean, low, high),
        np.clip(mean - reach, low, high),
        np.clip(mean + reach, low, high),
    )


def _arrays(mean: float, low: float, high: float, offsets: NDArray[Any]) -> dict[str, NDArray[Any]]:
    return {
        "level": np.array([mean, low, high], dtype=np.float32),
        "item_offsets": offsets.astype(np.float32),
    }


def _rated(events: Events) -> Events:
    return events.take(~np.isnan(events.stars))


def _offsets(events: Events, size: int) -> tuple[float, NDArray[np.float64]]:
    """The mean, and each item's shrunk offset once people's own offsets are taken away."""
    mean = float(events.stars.mean(dtype=np.float64))
    left = events.stars.astype(np.float64) - mean
    item_offsets = np.zeros(size)
    counts = np.bincount(events.item, minlength=size)
    for _ in range(3):
        person = _person_offsets(events, left - item_offsets[events.item])
        sums = np.bincount(events.item, left - person[events.user], minlength=size)
        item_offsets = sums / (counts + ITEM_SHRINKAGE)
    return mean, item_offsets


def _person_offsets(events: Events, left: NDArray[np.float64]) -> NDArray[np.float64]:
    counts = np.bincount(events.user)
    return np.bincount(events.user, left) / (counts + PERSON_SHRINKAGE)


def _errors(known: Events, tested: Events, size: int) -> NDArray[np.float64]:
    mean, offsets = _offsets(known, size)
    users = int(max(known.user.max(), tested.user.max())) + 1
    person = np.zeros(users)
    found = _person_offsets(known, known.stars - mean - offsets[known.item])
    person[: len(found)] = found
    predicted = mean + offsets[tested.item] + person[tested.user]
    errors: NDArray[np.float64] = tested.stars - predicted
    return errors
