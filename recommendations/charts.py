"""Numbers to the geometry of small pictures: paths, axes and titles, and nothing else.

Pure: no database, no colours, no words of its own. A chart is drawn into a box of WIDTH by HEIGHT,
which the page stretches to whatever room there is; so labels stand beside the drawing as text, and
dots are lines without length, which stay round. `templates/admin/recommendations/chart.html` shows
them; what a number means is said by `recommendations.pictures`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 600.0, 160.0
STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
MOST_TICKS = 4
GAP = 0.2
"""Share of a bar's room that is left free."""

Values = Sequence[float | None]
Interval = tuple[float, float]


@dataclass(frozen=True)
class Axis:
    """An upright axis over round numbers, from `low` at the bottom to `high` at the top."""

    low: float
    high: float
    step: float

    @classmethod
    def over(cls, values: Values, *, from_zero: bool = True) -> Axis:
        """The axis that shows all of these, in few and round steps."""
        known = [value for value in values if value is not None and math.isfinite(value)]
        if from_zero:
            known.append(0.0)
        low, high = min(known, default=0.0), max(known, default=1.0)
        if high <= low:
            high = low + 1.0
        step = _round_step((high - low) / MOST_TICKS)
        return cls(math.floor(low / step) * step, math.ceil(high / step - 1e-9) * step, step)

    @property
    def ticks(self) -> list[float]:
        """The numbers to be written beside it, from the top down."""
        count = round((self.high - self.low) / self.step)
        return [self.high - at * self.step for at in range(count + 1)]

    @property
    def places(self) -> str:
        """How many decimals the numbers need, as Django's `floatformat` takes it."""
        text = f"{self.step:.10f}".rstrip("0")
        return f"{len(text.split('.')[1])}g"

    @property
    def grid(self) -> str:
        """A path of level lines, one for each tick."""
        return "".join(f"M0 {_at(self.y(tick))}H{_at(WIDTH)}" for tick in self.ticks)

    def y(self, value: float) -> float:
        return HEIGHT * (1 - (value - self.low) / (self.high - self.low))


@dataclass(frozen=True)
class Shape:
    """One series: the path of its line or of its bars, its dots and whiskers where it has any."""

    name: str
    path: str
    dots: str = ""
    whiskers: str = ""


@dataclass(frozen=True)
class Slot:
    """A strip from top to bottom, and what is told of it to whoever points there."""

    x: float
    width: float
    title: str


@dataclass(frozen=True)
class Chart:
    """A drawing: shapes over an axis."""

    kind: str  # "line" or "bars"
    axis: Axis
    shapes: tuple[Shape, ...]
    slots: tuple[Slot, ...] = ()

    @property
    def box(self) -> str:
        return f"0 0 {WIDTH:g} {HEIGHT:g}"


@dataclass(frozen=True)
class Series:
    """Values in order, None where there is none; intervals around them, where they are known."""

    name: str
    values: Values
    intervals: Sequence[Interval | None] = ()

    @property
    def all(self) -> list[float | None]:
        return [*self.values, *(end for pair in self.intervals if pair for end in pair)]


def lines(
    series: Sequence[Series],
    *,
    titles: Sequence[str] = (),
    from_zero: bool = True,
    axis: Axis | None = None,
) -> Chart:
    """Lines over evenly spaced places, with dots, broken where a value is missing."""
    axis = axis or Axis.over([value for one in series for value in one.all], from_zero=from_zero)
    count = max((len(one.values) for one in series), default=0)
    xs = [(at + 0.5) * WIDTH / count for at in range(count)]
    shapes = tuple(
        Shape(
            one.name,
            path=_path(xs, one.values, axis),
            dots=_dots(xs, one.values, axis),
            whiskers=_whiskers(xs, one.intervals, axis),
        )
        for one in series
    )
    return Chart("line", axis, shapes, _slots(titles))


def curve(name: str, points: Sequence[tuple[float, float]], *, until: float) -> Chart:
    """One line through (x, y), where x runs from 0 to `until`; the axis fits what it shows."""
    axis = Axis.over([y for _, y in points], from_zero=False)
    xs = [WIDTH * x / max(until, 1e-9) for x, _ in points]
    return Chart("line", axis, (Shape(name, _path(xs, [y for _, y in points], axis)),))


def bars(
    series: Sequence[Series], *, titles: Sequence[str] = (), axis: Axis | None = None
) -> Chart:
    """Bars at evenly spaced places, the series one upon the other."""
    count = max((len(one.values) for one in series), default=0)
    totals = [sum(one.values[at] or 0.0 for one in series) for at in range(count)]
    axis, below, shapes = axis or Axis.over(totals), [0.0] * count, []
    for one in series:
        above = [low + (value or 0.0) for low, value in zip(below, one.values, strict=True)]
        shapes.append(Shape(one.name, _boxes(below, above, axis)))
        below = above
    return Chart("bars", axis, tuple(shapes), _slots(titles))


def _boxes(below: Sequence[float], above: Sequence[float], axis: Axis) -> str:
    room = WIDTH / max(len(below), 1)
    return "".join(
        f"M{_at((at + GAP / 2) * room)} {_at(axis.y(low))}"
        f"V{_at(axis.y(high))}h{_at((1 - GAP) * room)}V{_at(axis.y(low))}z"
        for at, (low, high) in enumerate(zip(below, above, strict=True))
        if high > low
    )


def _path(xs: Sequence[float], values: Values, axis: Axis) -> str:
    words, pen = [], "M"
    for x, value in zip(xs, values, strict=False):
        if value is None or not math.isfinite(value):
            pen = "M"
            continue
        words.append(f"{pen}{_at(x)} {_at(axis.y(value))}")
        pen = "L"
    return "".join(words)


def _dots(xs: Sequence[float], values: Values, axis: Axis) -> str:
    return "".join(
        f"M{_at(x)} {_at(axis.y(value))}h0"
        for x, value in zip(xs, values, strict=False)
        if value is not None and math.isfinite(value)
    )


def _whiskers(xs: Sequence[float], intervals: Sequence[Interval | None], axis: Axis) -> str:
    return "".join(
        f"M{_at(x)} {_at(axis.y(pair[0]))}V{_at(axis.y(pair[1]))}"
        for x, pair in zip(xs, intervals, strict=False)
        if pair
    )


def _slots(titles: Sequence[str]) -> tuple[Slot, ...]:
    room = WIDTH / max(len(titles), 1)
    return tuple(
        Slot(round(at * room, 2), round(room, 2), title) for at, title in enumerate(titles)
    )


def _round_step(least: float) -> float:
    """The smallest round number that is not less."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in STEPS if step * power >= least * (1 - 1e-9))


def _at(number: float) -> str:
    return f"{number:.1f}".rstrip("0").rstrip(".")
