"""SVG paths as polygons: what `raster` fills.

Reads the path language that drawn covers and letters are written in (M L H V C Q S T A Z, absolute
and relative) and gives each subpath as points, its curves cut into short lines. A transform is the
six numbers of an affine map.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

Matrix = tuple[float, float, float, float, float, float]
Point = tuple[float, float]
SAME: Matrix = (1, 0, 0, 1, 0, 0)
STEPS = 10
"""Lines a curve is cut into; covers are drawn small, so that this looks round."""
TOKEN = re.compile(r"([A-Za-z])|([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)")
NUMBERS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7, "Z": 0}


@dataclass(frozen=True)
class Line:
    """One subpath."""

    points: tuple[Point, ...]
    is_closed: bool


def subpaths(path: str) -> list[Line]:
    """The subpaths of a path, in its own units."""
    pen = _Pen()
    for command, numbers in _steps(path):
        pen.draw(command, numbers)
    pen.lift()
    return pen.lines


def moved(points: tuple[Point, ...], by: Matrix) -> list[Point]:
    a, b, c, d, e, f = by
    return [(a * x + c * y + e, b * x + d * y + f) for x, y in points]


def after(outer: Matrix, inner: Matrix) -> Matrix:
    """The map that does `inner` first."""
    a, b, c, d, e, f = outer
    g, h, i, j, k, m = inner
    return (
        a * g + c * h, b * g + d * h, a * i + c * j, b * i + d * j,
        a * k + c * m + e, b * k + d * m + f,
    )  # fmt: skip


def transform(text: str) -> Matrix:
    """The map that a `transform` attribute stands for."""
    matrix = SAME
    for name, inside in re.findall(r"(\w+)\(([^)]*)\)", text):
        numbers = [float(number) for number in re.split(r"[\s,]+", inside.strip())]
        matrix = after(matrix, _one_transform(name, numbers))
    return matrix


def _one_transform(name: str, numbers: list[float]) -> Matrix:
    if name == "translate":
        return (1, 0, 0, 1, numbers[0], numbers[1] if len(numbers) > 1 else 0)
    if name == "scale":
        return (numbers[0], 0, 0, numbers[-1], 0, 0)
    if name == "rotate":
        turn = math.radians(numbers[0])
        sine, cosine = math.sin(turn), math.cos(turn)
        round_zero: Matrix = (cosine, sine, -sine, cosine, 0, 0)
        if len(numbers) < 3:
            return round_zero
        x, y = numbers[1:3]
        return after(after((1, 0, 0, 1, x, y), round_zero), (1, 0, 0, 1, -x, -y))
    raise ValueError(f"{name} is no transform of drawn covers")


def _steps(path: str) -> Iterator[tuple[str, list[float]]]:
    """Commands with as many numbers as they take; repeated numbers repeat the command."""
    for command, inside in re.findall(r"([MmLlHhVvCcSsQqTtAaZz])([^MmLlHhVvCcSsQqTtAaZz]*)", path):
        count = NUMBERS[command.upper()]
        numbers = [float(found[1]) for found in TOKEN.findall(inside)]
        if not count:
            yield command, []
        for start in range(0, len(numbers), count or 1):
            if start and command in "Mm":
                yield "l" if command == "m" else "L", numbers[start : start + count]
            else:
                yield command, numbers[start : start + count]


class _Pen:
    """Follows a path, and keeps what it has drawn."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self._points: list[Point] = []
        self._at: Point = (0, 0)
        self._control: Point | None = None
        """The last curve's second control point, which S and T mirror."""

    def draw(self, command: str, numbers: list[float]) -> None:
        kind, control = command.upper(), None
        x, y = self._at if command.islower() else (0.0, 0.0)
        if kind == "M":
            self.lift()
            self._at = (x + numbers[0], y + numbers[1])
        elif not self._points:
            self._points = [self._at]
        if kind == "Z":
            self.lift(is_closed=True)
        elif kind == "H":
            self._go((x + numbers[0], self._at[1]))
        elif kind == "V":
            self._go((self._at[0], y + numbers[0]))
        elif kind == "A":
            self._arc(numbers, (x + numbers[5], y + numbers[6]))
        elif kind != "M":
            pairs = zip(numbers[::2], numbers[1::2], strict=True)
            control = self._curve(kind, [(x + a, y + b) for a, b in pairs])
        self._control = control

    def lift(self, *, is_closed: bool = False) -> None:
        start = self._points[0] if self._points else self._at
        if len(self._points) > 1:
            self.lines.append(Line(tuple(self._points), is_closed))
        self._points = []
        if is_closed:
            self._at = start

    def _go(self, to: Point) -> None:
        self._points.append(to)
        self._at = to

    def _curve(self, kind: str, points: list[Point]) -> Point | None:
        if kind in "ST":
            x, y = self._at
            mirrored = self._control or self._at
            points.insert(0, (2 * x - mirrored[0], 2 * y - mirrored[1]))
        ends = [self._at, *points]
        steps = 1 if kind == "L" else STEPS
        for step in range(1, steps + 1):
            self._points.append(_bezier(ends, step / steps))
        self._at = points[-1]
        return points[-2] if len(points) > 1 else None

    def _arc(self, numbers: list[float], to: Point) -> None:
        """An elliptic arc; drawn covers turn none of theirs, so that its angle is not read."""
        (x1, y1), (x2, y2) = self._at, to
        rx, ry, large, sweep = abs(numbers[0]), abs(numbers[1]), numbers[3], numbers[4]
        half_x, half_y = (x1 - x2) / 2 / rx, (y1 - y2) / 2 / ry
        reach = half_x**2 + half_y**2
        if reach > 1:
            rx, ry = rx * math.sqrt(reach), ry * math.sqrt(reach)
            half_x, half_y, reach = half_x / math.sqrt(reach), half_y / math.sqrt(reach), 1.0
        side = -1 if large == sweep else 1
        away = side * math.sqrt(max(0.0, 1 / reach - 1)) if reach else 0.0
        middle_x, middle_y = away * half_y, -away * half_x
        centre_x, centre_y = (x1 + x2) / 2 + middle_x * rx, (y1 + y2) / 2 + middle_y * ry
        start = math.atan2(half_y - middle_y, half_x - middle_x)
        turn = math.atan2(-half_y - middle_y, -half_x - middle_x) - start
        if sweep and turn < 0:
            turn += 2 * math.pi
        elif not sweep and turn > 0:
            turn -= 2 * math.pi
        steps = max(4, round(abs(turn) * STEPS))
        for step in range(1, steps):
            angle = start + turn * step / steps
            self._points.append((centre_x + rx * math.cos(angle), centre_y + ry * math.sin(angle)))
        self._points.append(to)
        self._at = to


def _bezier(ends: list[Point], part: float) -> Point:
    """De Casteljau: a point of a curve with any number of control points."""
    while len(ends) > 1:
        ends = [
            (x1 + (x2 - x1) * part, y1 + (y2 - y1) * part)
            for (x1, y1), (x2, y2) in zip(ends, ends[1:], strict=False)
        ]
    return ends[0]
