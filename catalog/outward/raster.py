"""A drawn picture as pixels, for those who read no SVG: social cards, icons of phones.

Knows the SVG that this site draws itself (paths, circles, groups, one kind of gradient), no other:
nothing that a person wrote is ever parsed as SVG here. Words in a script without outlines
(`catalog.lettering`) are left out, for the server has no fonts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from xml.etree import ElementTree

from PIL import Image, ImageChops, ImageColor, ImageDraw

from catalog.outward.outlines import SAME, Line, Matrix, Point, after, moved, subpaths, transform

FINER = 2
"""Drawn so many times as large, then scaled down: smooth edges."""
Stops = list[tuple[float, tuple[int, int, int], float]]


@dataclass(frozen=True)
class Pen:
    """What a group hands down to what is in it."""

    matrix: Matrix = SAME
    fill: str = "#000"
    opacity: float = 1.0


def rasterise(drawing: str, *, width: int, height: int) -> Image.Image:
    """The drawing, scaled to a picture of this size."""
    root = ElementTree.fromstring(drawing)
    _, _, across, down = (float(number) for number in root.attrib["viewBox"].split())
    size = (width * FINER, height * FINER)
    canvas = Image.new("RGBA", size, (0, 0, 0, 0))
    pen = Pen(matrix=(size[0] / across, 0, 0, size[1] / down, 0, 0))
    _Canvas(canvas, _gradients(root)).draw(root, pen)
    return canvas.resize((width, height), Image.Resampling.BOX)


class _Canvas:
    def __init__(self, picture: Image.Image, gradients: dict[str, Stops]) -> None:
        self._picture = picture
        self._gradients = gradients

    def draw(self, element: ElementTree.Element, pen: Pen) -> None:
        tag = element.tag.rpartition("}")[2]
        pen = replace(
            pen,
            matrix=after(pen.matrix, transform(element.get("transform", ""))),
            fill=element.get("fill", pen.fill),
            opacity=pen.opacity * float(element.get("opacity", 1)),
        )
        if tag in ("svg", "g"):
            for child in element:
                self.draw(child, pen)
        elif tag in ("path", "circle", "rect"):
            lines = _lines_of(tag, element)
            if pen.fill != "none":
                self._fill([moved(line.points, pen.matrix) for line in lines], pen)
            if stroke := element.get("stroke"):
                width = float(element.get("stroke-width", 1))
                self._stroke(lines, width, replace(pen, fill=stroke))

    def _fill(self, polygons: list[list[Point]], pen: Pen) -> None:
        polygons.sort(key=lambda points: -abs(_area(points)))
        box = _box([point for points in polygons for point in points], self._picture.size)
        if box is None:
            return
        mask = Image.new("L", (box[2] - box[0], box[3] - box[1]), 0)
        brush = ImageDraw.Draw(mask)
        for points in polygons:
            inside = [(x - box[0], y - box[1]) for x, y in points]
            # The other way round within what is filled already, it is a hole, as in an o.
            is_hole = _area(points) * _area(polygons[0]) < 0 and _is_set(mask, inside[0])
            brush.polygon(inside, fill=0 if is_hole else 255)
        self._paint(mask, box, pen)

    def _stroke(self, lines: list[Line], width: float, pen: Pen) -> None:
        scale = abs(pen.matrix[0] * pen.matrix[3] - pen.matrix[1] * pen.matrix[2]) ** 0.5
        mask = Image.new("L", self._picture.size, 0)
        brush = ImageDraw.Draw(mask)
        for line in lines:
            points = moved(line.points, pen.matrix)
            closing = points[:2] if line.is_closed else []
            brush.line(points + closing, fill=255, width=round(width * scale), joint="curve")
        self._paint(mask, (0, 0, *mask.size), pen)

    def _paint(self, mask: Image.Image, box: tuple[int, int, int, int], pen: Pen) -> None:
        if found := re.fullmatch(r"url\(#(\w+)\)", pen.fill):
            layer = _gradient(self._gradients[found[1]], mask.size)
        else:
            layer = Image.new("RGBA", mask.size, ImageColor.getrgb(pen.fill))
        seen = mask if pen.opacity == 1 else mask.point(lambda value: round(value * pen.opacity))
        layer.putalpha(ImageChops.multiply(layer.getchannel("A"), seen))
        self._picture.alpha_composite(layer, (box[0], box[1]))


def _lines_of(tag: str, element: ElementTree.Element) -> list[Line]:
    if tag == "path":
        return subpaths(element.attrib["d"])
    if tag == "circle":
        x, y, r = (float(element.attrib[name]) for name in ("cx", "cy", "r"))
        return subpaths(f"M{x - r} {y}a{r} {r} 0 0 1 {2 * r} 0a{r} {r} 0 0 1 {-2 * r} 0z")
    x, y = (float(element.get(name, 0)) for name in ("x", "y"))
    width, height = (float(element.attrib[name]) for name in ("width", "height"))
    r = float(element.get("rx", 0)) or 0.001
    across, down = width - 2 * r, height - 2 * r
    return subpaths(
        f"M{x + r} {y}h{across}a{r} {r} 0 0 1 {r} {r}v{down}a{r} {r} 0 0 1 {-r} {r}"
        f"h{-across}a{r} {r} 0 0 1 {-r} {-r}v{-down}a{r} {r} 0 0 1 {r} {-r}z"
    )


def _gradients(root: ElementTree.Element) -> dict[str, Stops]:
    """Gradients from left to right over what they fill, by their names."""
    found = {}
    for element in root.iter():
        if element.tag.endswith("linearGradient"):
            found[element.attrib["id"]] = [
                (
                    float(stop.attrib["offset"]),
                    ImageColor.getrgb(stop.get("stop-color", "#000"))[:3],
                    float(stop.get("stop-opacity", 1)),
                )
                for stop in element
            ]
    return found


def _gradient(stops: Stops, size: tuple[int, int]) -> Image.Image:
    strip = Image.new("RGBA", (size[0], 1))
    for x in range(size[0]):
        part = (x + 0.5) / size[0]
        before = max((stop for stop in stops if stop[0] <= part), default=stops[0])
        beyond = min((stop for stop in stops if stop[0] > part), default=stops[-1])
        share = (part - before[0]) / ((beyond[0] - before[0]) or 1)
        colour = [round(a + (b - a) * share) for a, b in zip(before[1], beyond[1], strict=True)]
        alpha = round(255 * (before[2] + (beyond[2] - before[2]) * share))
        strip.putpixel((x, 0), (colour[0], colour[1], colour[2], alpha))
    return strip.resize(size)


def _area(points: list[Point]) -> float:
    """Twice the area inside; negative where the points go the other way round."""
    turned = zip(points, points[1:] + points[:1], strict=True)
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in turned)


def _box(points: list[Point], size: tuple[int, int]) -> tuple[int, int, int, int] | None:
    """The part of the picture that the points reach, if they reach any."""
    if not points:
        return None
    left, top = (max(0, int(min(point[axis] for point in points))) for axis in (0, 1))
    right, bottom = (
        min(size[axis], int(max(point[axis] for point in points)) + 2) for axis in (0, 1)
    )
    return (left, top, right, bottom) if left < right and top < bottom else None


def _is_set(mask: Image.Image, point: Point) -> bool:
    x, y = (min(max(0, int(point[axis])), mask.size[axis] - 1) for axis in (0, 1))
    return mask.getpixel((x, y)) != 0
