"""Predicted ratings without a network: offsets and factors of items, with an interval.

`fit_ratings` learns them from a snapshot (`ml.rating_factors`, `ml.rating_features`) and
`RatingModel` serves them. Nothing about a person is kept: what is believed of one is computed from
the history at hand, rated events and others. A rating is mean + item's offset + person's offset +
product of factors, in units of the ratings' standard deviation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.rating_factors import Factors, Matrix, Ratings, fit_factors, inverse, known_items
from ml.rating_features import Features, from_content, known_share, met_features
from ml.snapshot import Events, Floats, History, Rows, Snapshot

Arrays = Mapping[str, NDArray[Any]]

MOST_FACTORS = 24
RATINGS_PER_SQUARE = 300
"""So many ratings for 1 factor, four times as many for 2, nine times for 3."""
WORTH = 0.99
"""Factors have to bring the squared error below this share of what is had without."""
WORK = 1.1e9
"""Products in one iteration: past it there are fewer factors, ..."""
MOST_EVENTS = 5_000_000
"""... and past this many events, random people are left out."""
TUNING_SEED = 7
HELD_BACK, MOST_JUDGED = 0.1, 2_000
"""A share of the ratings, and people."""
LEAST_TESTED = 10
"""Fewer held-back ratings say nothing: the interval is the whole scale."""
INTERVAL = (0.1, 0.9)
NORMAL_80 = 1.2816
"""80 % of a normal distribution lie within this many standard deviations."""
NOISE_KNOWN = 10.0
"""As many imagined ratings of the usual noise stand beside a person's own."""


def fit_ratings(
    snapshot: Snapshot, *, factors: bool = True, start: tuple[Arrays, Rows] | None = None
) -> dict[str, NDArray[Any]]:
    """The arrays of a RatingModel, the same for one snapshot each time.

    A random tenth of the ratings is held back at first: it says how many factors are worth having
    (none, or as many as there is time for), and how wide an interval must be. `factors` False:
    none. `start` are the arrays of an earlier model and each item's row there, or -1: it is only
    brought up to date, and its intervals are kept.
    """
    snapshot = snapshot.of_some_people(MOST_EVENTS, seed=TUNING_SEED)
    events = snapshot.events
    rated = ~np.isnan(events.stars)
    if start is not None and np.any(rated):
        low, high = start[0]["errors"]
        return _arrays(_fit(snapshot, rank=0, start=start), errors=(float(low), float(high)))
    tested = rated & (np.random.default_rng(TUNING_SEED).random(len(events)) < HELD_BACK)
    ratings = np.count_nonzero(rated)
    if not LEAST_TESTED <= np.count_nonzero(tested) < ratings:
        whole = 10 * (snapshot.scale[1] - snapshot.scale[0])
        return _arrays(_fit(snapshot, rank=0), errors=(-whole, whole))
    known, held = snapshot.with_events(events.take(~tested)), events.take(tested)
    most = _most_factors(int(ratings), len(snapshot.items) + len(snapshot.users))
    ranks = (0, most) if factors else (0,)
    tries = [_fit(known, rank=rank) for rank in ranks]
    judged = [_judged(_arrays(fitted), known, held) for fitted in tries]
    best = int(factors and judged[1][0] < WORTH * judged[0][0])
    again = _fit(snapshot, rank=ranks[best], start=tries[best].factors)
    return _arrays(again, errors=judged[best][1])


def _most_factors(ratings: int, rows: int) -> int:
    """As many as these ratings can tell of, and as there is time for."""
    width = np.arange(MOST_FACTORS + 1) + 2.0
    affordable = np.count_nonzero(ratings * width**2 + 2 * rows * width**3 <= WORK) - 1
    told = int(np.sqrt(ratings / RATINGS_PER_SQUARE))
    return max(1, min(told, int(affordable)))


class RatingModel:
    def __init__(self, arrays: Arrays, scale: tuple[float, float]) -> None:
        self._mean, self._unit, self._noise = (float(value) for value in arrays["level"])
        self._low, self._high = (float(value) for value in arrays["errors"])
        self._items: Floats = arrays["items"]  # (I + 1, D) offset, factors; the last: unknown
        self._doubts: Floats = arrays["doubts"]  # (I + 1, D) variances of these
        self._tastes: Floats = arrays["tastes"]  # (I, D) what having met an item says of a person
        person = arrays["person"].astype(np.float64)  # (3, D)
        self._usual, self._by_count, self._shift = person[0], person[1], person[2]
        self._precision: Matrix = arrays["precision"].astype(np.float64)  # (D, D)
        self._scale = scale

    def predict(self, history: History, rows: Rows) -> tuple[Floats, Floats, Floats]:
        """Rating, low and high of an 80 % interval, (P,) each; -1 is an item nobody knows."""
        stars, spread = self.spread(history, rows)
        return tuple(  # type: ignore[return-value]
            np.clip(value, *self._scale).astype(np.float32)
            for value in (stars, stars + self._low * spread, stars + self._high * spread)
        )

    def spread(self, history: History, rows: Rows) -> tuple[Matrix, Matrix]:
        """Rating, not held within the scale, and its standard deviation, (P,) each."""
        person, covariance, noise = self._person(history)
        offset, item, doubt = self._of(rows)
        stars = offset + item @ person
        variance = noise + np.einsum("pi,ij,pj->p", item, covariance, item)
        variance += doubt[:, 0] + doubt[:, 1:] @ (person**2 + np.diag(covariance))[1:]
        return self._mean + self._unit * stars, self._unit * np.sqrt(variance)

    def doubt(self, history: History, rows: Rows) -> tuple[Matrix, float]:
        """What is not known of a person's ratings: its covariance over items (P, P), and the noise
        of one rating; both in units of the ratings' variance."""
        _person, covariance, noise = self._person(history)
        _offset, item, _doubt = self._of(rows)
        return item @ covariance @ item.T, noise  # (P, D) @ (D, D) @ (D, P)

    def _person(self, history: History) -> tuple[Matrix, Matrix, float]:
        """Offset and factors (D,), their covariance (D, D), and the noise of the ratings."""
        rated = ~np.isnan(history.stars)
        offset, item, doubt = self._of(history.item[rated])
        left = (history.stars[rated] - self._mean) / self._unit - offset
        precision = item.T @ item  # (D, n) @ (n, D)
        precision[np.diag_indices_from(precision)] += np.append(0, doubt[:, 1:].sum(axis=0))
        covariance = inverse(precision / self._noise + self._precision)
        prior = self._precision @ self._expected(history)
        person = covariance @ (prior + left @ item / self._noise)
        missed = float(np.sum((left - item @ person) ** 2))
        noise = (NOISE_KNOWN * self._noise + missed) / (NOISE_KNOWN + len(left))
        return person, covariance, noise

    def _expected(self, history: History) -> Matrix:
        """(D,) of somebody who met these items, before any rating."""
        count = len(history)
        tastes = self._tastes[history.item].sum(axis=0, dtype=np.float64) / np.sqrt(max(count, 1))
        said = tastes + self._by_count * np.log(max(count, 1)) - self._shift
        expected: Matrix = self._usual + known_share(count) * said
        return expected

    def _of(self, rows: Rows) -> tuple[Matrix, Matrix, Matrix]:
        """Offsets (n,), what multiplies a person's row (n, D), and variances (n, D)."""
        item = self._items[rows].astype(np.float64)
        offset = item[:, 0].copy()
        item[:, 0] = 1
        return offset, item, self._doubts[rows].astype(np.float64)


@dataclass(frozen=True)
class _Fitted:
    snapshot: Snapshot
    mean: float
    unit: float  # what the ratings are divided by
    features: Features
    factors: Factors


def _fit(
    snapshot: Snapshot, *, rank: int, start: Factors | tuple[Arrays, Rows] | None = None
) -> _Fitted:
    events = snapshot.events
    shape = (len(snapshot.users), len(snapshot.items))
    rated = ~np.isnan(events.stars)
    stars = events.stars[rated].astype(np.float64)
    low, high = snapshot.scale
    mean = float(stars.mean()) if len(stars) else (low + high) / 2
    unit = (float(stars.std()) if len(stars) else 0) or (high - low) / 4 or 1.0
    features = met_features(events.user, events.item, shape)
    ratings = Ratings.of(events.user[rated], events.item[rated], (stars - mean) / unit, shape)
    if isinstance(start, tuple):
        start = _known_items(*start, features)
    factors = fit_factors(ratings, features.people, features.items, rank=rank, start=start)
    return _Fitted(snapshot, mean, unit, features, factors)


def _known_items(arrays: Arrays, rows: Rows, features: Features) -> Factors:
    """What an earlier model believes of items; a new one is like those that nobody knows."""
    mean, variance = (arrays[name][rows].astype(np.float64) for name in ("items", "doubts"))
    noise = float(arrays["level"][2])
    return known_items(mean, variance, noise, people=features.people, items=features.items)


def _arrays(
    fitted: _Fitted, errors: tuple[float, float] = (-NORMAL_80, NORMAL_80)
) -> dict[str, NDArray[Any]]:
    arrays = {
        "level": np.array([fitted.mean, fitted.unit, fitted.factors.noise]),
        "errors": np.array(errors),
        **_items(fitted.factors, fitted.snapshot),
        **_people(fitted.factors, fitted.features),
    }
    return {name: array.astype(np.float32) for name, array in arrays.items()}


def _items(factors: Factors, snapshot: Snapshot) -> dict[str, Matrix]:
    """Of items that nobody has met, what their attributes say."""
    side, events, size = factors.items, snapshot.events, len(snapshot.items)
    own = np.delete(side.mean, side.fixed, axis=1)
    doubts = np.delete(side.variance, side.fixed, axis=1)
    counts = np.bincount(events.item[~np.isnan(events.stars)], minlength=size)
    met = np.bincount(events.item, minlength=size)
    expected, variance = from_content(snapshot.items, own, counts)
    own[met == 0], doubts[met == 0] = expected[met == 0], variance
    usual = side.weights[0]
    spread = np.diag(inverse(side.prior_precision)) + variance
    return {"items": np.vstack([own, usual]), "doubts": np.vstack([doubts, spread])}


def _people(factors: Factors, features: Features) -> dict[str, Matrix]:
    """What is expected of a person, as sums over the events of a history."""
    weights = factors.people.weights  # (F, D): 1, tastes, count
    by_feature = weights[1:] / features.scale[:, None]
    return {
        "tastes": features.tastes @ by_feature[:-1],  # (I, T) @ (T, D) -> (I, D)
        "person": np.stack([weights[0], by_feature[-1], features.shift @ by_feature]),
        "precision": factors.people.prior_precision,
    }


def _judged(
    arrays: dict[str, NDArray[Any]], known: Snapshot, held: Events
) -> tuple[float, tuple[float, float]]:
    """Mean squared error, and quantiles of errors in standard deviations, on held-back ratings."""
    model = RatingModel(arrays, known.scale)
    people = np.unique(held.user)
    people = people[:: -(-len(people) // MOST_JUDGED)]
    held = held.take(np.isin(held.user, people))
    parts = [
        model.spread(known.history(int(user)), rows)
        for user, rows in zip(people, _each(held.user, held.item), strict=True)
    ]
    stars, spread = (np.concatenate(part) for part in zip(*parts, strict=True))
    errors = held.stars - stars
    low, high = np.quantile(errors / spread, INTERVAL)
    clipped = held.stars - np.clip(stars, *known.scale)
    return float(np.mean(clipped**2)), (float(low), float(high))


def _each(user: Rows, item: Rows) -> list[Rows]:
    """The items of one user after the other."""
    return np.split(item, np.flatnonzero(np.diff(user)) + 1)
