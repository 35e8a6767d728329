"""Intervals that hold however often somebody looks: confidence sequences. Pure arithmetic.

- `difference` of two means, or of two ratios: the asymptotic confidence sequence of Waudby-Smith,
  Arbour, Sinha, Kennedy and Ramdas (Annals of Statistics 2024), which is Robbins' normal mixture
  with an estimated variance; the same as the mixture sequential ratio test of Johari, Koomen,
  Pekelis and Walsh (Operations Research 2022). It needs LEAST_PEOPLE in both arms.
- `signs`: how often one side wins against the other; the beta-binomial mixture (Robbins 1970),
  which is exact from the first win on.
- `mismatch`: whether arms have as many people as they should (Lindon and Malek, NeurIPS 2022).

With probability 1 - error the truth is never outside, at any of infinitely many looks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from scipy.optimize import brentq
from scipy.special import betaln, gammaln

ERROR = 0.05
LEAST_PEOPLE = 50
"""In each arm, before an interval is said: it holds for large numbers only."""
TUNED_FOR = 500.0
"""The interval is narrowest, for its kind, at so many people: 1 / (1 / one arm + 1 / the other)."""
PRIOR = 10.0
"""Wins are expected between a third and two thirds: both parameters of the beta distribution."""


@dataclass(frozen=True)
class Sums:
    """Of the people of one arm: an outcome y, how much each of them saw x, squares and products."""

    people: int = 0
    y: float = 0.0
    yy: float = 0.0
    x: float = 0.0
    xx: float = 0.0
    xy: float = 0.0

    def __add__(self, other: Sums) -> Sums:
        return Sums(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    @classmethod
    def of(cls, y: Sequence[float], x: Sequence[float] | None = None) -> Sums:
        a = np.asarray(y, dtype=float)
        b = np.ones(len(a)) if x is None else np.asarray(x, dtype=float)
        return cls(len(a), a.sum(), (a * a).sum(), b.sum(), (b * b).sum(), (a * b).sum())

    def value(self, *, is_ratio: bool) -> float:
        """The mean of y, or all y over all x; NaN of nobody."""
        below = self.x if is_ratio else self.people
        return self.y / below if below else math.nan

    def variance(self, *, is_ratio: bool) -> float:
        """Of one person's contribution; for a ratio by the delta method."""
        if not self.people or (is_ratio and not self.x):
            return math.nan
        if not is_ratio:
            return max(self.yy / self.people - (self.y / self.people) ** 2, 0.0)
        ratio, seen = self.y / self.x, self.x / self.people
        residuals = self.yy - 2 * ratio * self.xy + ratio * ratio * self.xx
        return max(residuals / self.people, 0.0) / seen**2


@dataclass(frozen=True)
class Interval:
    """An estimate, and between what it truly lies."""

    value: float
    low: float
    high: float

    @property
    def is_known(self) -> bool:
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def excludes_zero(self) -> bool:
        return self.is_known and not self.low <= 0.0 <= self.high


UNKNOWN = Interval(math.nan, -math.inf, math.inf)


def difference(
    arm: Sums,
    control: Sums,
    *,
    is_ratio: bool = False,
    error: float = ERROR,
    tuned_for: float = TUNED_FOR,
) -> Interval:
    """How much more an arm has than the control, with its confidence sequence."""
    if min(arm.people, control.people) < LEAST_PEOPLE:
        return UNKNOWN
    value = arm.value(is_ratio=is_ratio) - control.value(is_ratio=is_ratio)
    variance = (
        arm.variance(is_ratio=is_ratio) / arm.people
        + control.variance(is_ratio=is_ratio) / control.people
    )
    if not (math.isfinite(value) and variance > 0):
        return UNKNOWN
    n = 1 / (1 / arm.people + 1 / control.people)
    half = math.sqrt(variance * n) * radius(n, error=error, tuned_for=tuned_for)
    return Interval(value, value - half, value + half)


def radius(n: float, *, error: float = ERROR, tuned_for: float = TUNED_FOR) -> float:
    """Half the width of the sequence at n observations of variance 1: formula (9) of the paper."""
    rho = (-2 * math.log(error) + math.log(-2 * math.log(error) + 1)) / tuned_for  # rho squared
    bound = 2 * (n * rho + 1) / (n * n * rho) * math.log(math.sqrt(n * rho + 1) / error)
    return math.sqrt(bound)


@dataclass(frozen=True)
class Signs:
    """How often the second of two sides won, and lost; ties tell nothing."""

    wins: int
    losses: int

    @property
    def evidence(self) -> float:
        """Against both being equally good; at 1 / error the test has decided. A test martingale."""
        return math.exp(min(_log_evidence(self.wins, self.losses, 0.5), 700.0))

    def share(self, *, error: float = ERROR) -> Interval:
        """How often the second wins, among those where one does."""
        n = self.wins + self.losses
        if not n:
            return Interval(math.nan, 0.0, 1.0)
        value, limit = self.wins / n, -math.log(error)

        def above(p: float) -> float:
            return _log_evidence(self.wins, self.losses, p) - limit

        edge = 1e-12
        low = 0.0 if above(edge) < 0 or not self.wins else brentq(above, edge, max(value, 2 * edge))
        high = (
            1.0
            if above(1 - edge) < 0 or not self.losses
            else brentq(above, min(value, 1 - 2 * edge), 1 - edge)
        )
        return Interval(value, float(low), float(high))


def mismatch(counts: Sequence[Sequence[int]]) -> float:
    """The evidence, at its highest day, that people are not spread evenly over the arms.

    One row for each day, in order: how many people each arm got in all until then. A sample ratio
    mismatch is proven, at any look, where 1 / error is passed.
    """
    most = 0.0
    for row in counts:
        arms, n = len(row), sum(row)
        weight = gammaln(arms) - gammaln(arms + n) + sum(gammaln(1 + one) for one in row)
        most = max(most, float(weight) + n * math.log(arms))
    return math.exp(min(most, 700.0))


def _log_evidence(wins: int, losses: int, p: float) -> float:
    mixed = betaln(PRIOR + wins, PRIOR + losses) - betaln(PRIOR, PRIOR)
    plain = (wins * math.log(p) if wins else 0.0) + (losses * math.log1p(-p) if losses else 0.0)
    return float(mixed - plain)
