"""What another policy would have got, from a log of what was shown. Pure arithmetic.

Each of N rows is one decision: the reward, how likely the policy that served was to decide so
(propensity), and how likely the other policy is to (target). Three estimates of the other one's
mean reward:

- `ips`, inverse propensity scoring (Horvitz and Thompson 1952): unbiased, and wide;
- `snips`, self-normalised (Swaminathan and Joachims, NeurIPS 2015): a little bias, less width;
- `doubly_robust` (Dudik, Langford and Li, ICML 2011): with a guess of each reward; right where
  either the guess or the propensities are.

Rows of one person resemble each other: standard errors are over people, where they are given. All
of them refuse with NoOverlap where the log cannot say anything about the other policy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import ArrayLike, NDArray

Z = 1.959964
LEAST_EFFECTIVE = 30.0
"""Rows that the log must be worth for the other policy (Kish's effective sample size)."""
OFF_BY = 0.1
"""Weights average to 1 where there is overlap; so much less, beyond chance, and there is none."""
Floats = NDArray[np.float64]


class NoOverlap(ValueError):
    """The log does not say what the other policy would have got; the message says why."""


@dataclass(frozen=True)
class Estimate:
    """A mean reward, its standard error, and how many rows the log is worth."""

    value: float
    error: float
    effective: float

    @property
    def interval(self) -> tuple[float, float]:
        """At 95 %, for one look."""
        return self.value - Z * self.error, self.value + Z * self.error


@dataclass(frozen=True)
class Log:
    """(N,) each; `people` says whose a row is, and is one for each row where it is left out."""

    rewards: Floats
    propensities: Floats
    targets: Floats
    people: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        rewards: ArrayLike,
        propensities: ArrayLike,
        targets: ArrayLike,
        people: ArrayLike | None = None,
    ) -> Log:
        """Raises NoOverlap, or ValueError where lengths differ or a number makes no sense."""
        r, p, t = (np.asarray(one, dtype=float) for one in (rewards, propensities, targets))
        whose = np.arange(len(r)) if people is None else np.asarray(people)
        if not len(r) == len(p) == len(t) == len(whose):
            raise ValueError(
                f"{len(r)} rewards, {len(p)} propensities, {len(t)} targets and {len(whose)} "
                "people: give one of each for every row"
            )
        if not len(r) or not np.isfinite(p).any():
            raise NoOverlap(
                _(
                    "Nothing was shown by lot: the log has no propensities. Run an interleaved "
                    "experiment, or exploration, and ask again."
                )
            )
        if not (np.isfinite(r).all() and (p > 0).all() and (p <= 1).all()):
            raise ValueError("rewards are finite, and propensities above 0 and at most 1")
        if not ((t >= 0) & (t <= 1)).all():
            raise ValueError("targets are probabilities, from 0 to 1")
        _codes, groups = np.unique(whose, return_inverse=True)
        return cls(r, p, t, groups)

    @property
    def weights(self) -> Floats:
        return np.asarray(self.targets / self.propensities)

    def standard_error(self, parts: Floats) -> float:
        """Of the mean of parts (N,), summed up by person first."""
        sums = np.bincount(self.people, weights=parts - parts.mean())
        people = len(sums)
        scale = people / (people - 1) if people > 1 else 1.0
        return float(np.sqrt(scale * (sums**2).sum()) / len(parts))


def ips(log: Log) -> Estimate:
    effective, weights = check(log), log.weights
    parts = weights * log.rewards
    return Estimate(float(parts.mean()), log.standard_error(parts), effective)


def snips(log: Log) -> Estimate:
    effective, weights = check(log), log.weights
    value = float((weights * log.rewards).sum() / weights.sum())
    parts = weights * (log.rewards - value) / weights.mean()
    return Estimate(value, log.standard_error(parts), effective)


def doubly_robust(log: Log, *, guessed: ArrayLike, guessed_of_target: ArrayLike) -> Estimate:
    """`guessed` (N,) is the reward expected of what was shown, `guessed_of_target` (N,) of what the
    other policy would show. Neither may be fitted on the rows' own rewards."""
    effective = check(log)
    own, others = np.asarray(guessed, dtype=float), np.asarray(guessed_of_target, dtype=float)
    parts = others + log.weights * (log.rewards - own)
    return Estimate(float(parts.mean()), log.standard_error(parts), effective)


def check(log: Log) -> float:
    """The effective sample size; NoOverlap where the log says too little."""
    weights = log.weights
    if not weights.any():
        raise NoOverlap(_("Nothing that the other policy would show was ever shown."))
    effective = float(weights.sum() ** 2 / (weights**2).sum())
    mean, error = float(weights.mean()), log.standard_error(weights)
    if abs(mean - 1) > OFF_BY + 3 * error:
        raise NoOverlap(
            _(
                "The log covers %(share)d %% of what the other policy would show: the rest was "
                "never shown, so nothing is known of it."
            )
            % {"share": round(100 * min(mean, 1.0))}
            if mean < 1
            else _(
                "Weights average to %(mean).2f in place of 1: the propensities are not those that "
                "the lists were drawn by."
            )
            % {"mean": mean}
        )
    if effective < LEAST_EFFECTIVE:
        raise NoOverlap(
            _(
                "The log is worth %(effective)d rows for the other policy, and %(least)d are "
                "needed: it mostly shows something else."
            )
            % {"effective": effective, "least": LEAST_EFFECTIVE}
        )
    return effective
