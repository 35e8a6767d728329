"""A year as a picture to keep or to share: PNG, wide for links, tall for phones.

It says what the page says and no more, and names nobody: whose year it is stays with whoever shows
it. Drawn at twice its size and made smaller, so that edges are smooth.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from random import Random

from django.conf import settings
from django.http import Http404
from django.template.defaultfilters import floatformat
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from PIL import Image, ImageDraw

from catalog.cover_colours import Palette, palette
from catalog.search import LINE_SEPARATOR
from recommendations.my_taste.community import community
from recommendations.my_taste.lettering import Face, Point, width_of, wrapped, write
from recommendations.my_taste.own import Own
from recommendations.my_taste.year import Favourite, Review, in_calendar, review_of

FINER = 2
PAPER, INK, SOFT, LINE, GREEN = "#fbf8f1", "#2b241d", "#6a5f54", "#e2d9c8", "#1d5a43"
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Shape:
    """A format: its size in pixels, and where things stand on it."""

    width: int
    height: int
    margin: int
    year_size: int
    text_size: int
    favourites: int
    favourites_at: Point
    cover: int  # width of a drawn cover
    lines: int  # of sentences

    @property
    def is_wide(self) -> bool:
        return self.width > self.height


SHAPES = {
    "wide": Shape(1200, 630, 64, 168, 30, 4, (640, 118), 62, 3),
    "tall": Shape(1080, 1350, 80, 230, 38, 4, (80, 770), 72, 2),
}


class Sheet:
    """A picture in the making, in the units of its final size."""

    def __init__(self, shape: Shape) -> None:
        size = (shape.width * FINER, shape.height * FINER)
        self._image = Image.new("RGB", size, PAPER)
        self._draw = ImageDraw.Draw(self._image)

    def text(self, at: Point, text: str, size: int, *, face: Face = "sans", fill: str = INK) -> int:
        point = (at[0] * FINER, at[1] * FINER)
        width = write(self._draw, point, text, face=face, size=size * FINER, fill=fill)
        return round(width / FINER)

    def box(self, box: Box, fill: str, *, radius: float = 0) -> None:
        left, top, right, bottom = (each * FINER for each in box)
        self._draw.rounded_rectangle((left, top, right, bottom), radius * FINER, fill=fill)

    def star(self, middle: Point, radius: float, fill: str) -> None:
        points = []
        for corner in range(10):
            length = radius * (1 if corner % 2 == 0 else 0.42)
            turn = math.pi * corner / 5 - math.pi / 2
            points.append(
                (middle[0] + length * math.cos(turn), middle[1] + length * math.sin(turn))
            )
        self._draw.polygon([(x * FINER, y * FINER) for x, y in points], fill=fill)

    def png(self) -> bytes:
        width, height = self._image.size
        small = self._image.resize((width // FINER, height // FINER), Image.Resampling.LANCZOS)
        kept = io.BytesIO()
        small.save(kept, "PNG", optimize=True)
        return kept.getvalue()


def of_year(own: Own, year: int, shape: str) -> bytes:
    """PNG; 404 for a year without ratings, and a shape that there is not."""
    review = review_of(own, in_calendar(year), community())
    if shape not in SHAPES or not review.count:
        raise Http404
    return draw(review, SHAPES[shape])


def draw(review: Review, shape: Shape) -> bytes:
    """The PNG of a year in which something was rated."""
    sheet = Sheet(shape)
    sheet.box((0, 0, shape.width, 14), GREEN)
    _figures(sheet, review, shape)
    _favourites(sheet, review, shape)
    return sheet.png()


def _figures(sheet: Sheet, review: Review, shape: Shape) -> None:
    """The year, how much and how well, its months, and a sentence or two."""
    left, size = shape.margin, shape.text_size
    width = (shape.favourites_at[0] if shape.is_wide else shape.width) - 2 * shape.margin
    y = float(shape.margin + size)
    sheet.text((left, y), str(settings.SITE_NAME), size, face="strong", fill=GREEN)
    y += shape.year_size * 0.95
    sheet.text((left - shape.year_size * 0.04, y), str(review.year), shape.year_size, face="serif")
    y += size * 1.9
    sheet.text((left, y), _in_short(review), round(size * 1.2), face="strong")
    y += size
    _months(sheet, review.by_month, (left, y, left + width, y + size * 3))
    y += size * 4.2
    left_over = shape.lines
    for sentence in review.sentences:
        lines = wrapped(sentence, "sans", size * FINER, width=width * FINER, most=shape.lines)
        left_over -= len(lines)
        for line in lines if left_over >= 0 else ():
            y += size * 1.25
            sheet.text((left, y), line, size, fill=SOFT)


def _in_short(review: Review) -> str:
    rated = ngettext("%(count)s rated", "%(count)s rated", review.count)
    words = rated % {"count": number_format(review.count, force_grouping=True)}
    return f"{words} · {_('%(stars)s stars') % {'stars': floatformat(review.mean, 1)}}"


def _months(sheet: Sheet, counts: list[int], box: Box) -> None:
    left, top, right, bottom = box
    room, most = (right - left) / len(counts), max([*counts, 1])
    for month, count in enumerate(counts):
        height = max(3.0, (bottom - top) * count / most)
        x = left + month * room
        fill = GREEN if count else LINE
        sheet.box((x, bottom - height, x + room * 0.72, bottom), fill, radius=3)


def _favourites(sheet: Sheet, review: Review, shape: Shape) -> None:
    x, y = shape.favourites_at
    size, high = shape.text_size, shape.cover * 1.5
    sheet.text((x, y), _("Favourites"), round(size * 1.2), face="serif", fill=GREEN)
    y += size * 0.9
    for favourite in review.favourites[: shape.favourites]:
        _cover(sheet, favourite, (x, y, x + shape.cover, y + high))
        start = x + shape.cover + size * 0.9
        width = shape.width - shape.margin - start
        title_size = round(size * 1.05)
        (title,) = wrapped(
            favourite.item.title, "serif", title_size * FINER, width=width * FINER, most=1
        )
        sheet.text((start, y + high * 0.36), title, title_size, face="serif")
        by = favourite.item.creator_line
        if by:
            (line,) = wrapped(by, "sans", round(size * 0.72) * FINER, width=width * FINER, most=1)
            sheet.text((start, y + high * 0.62), line, round(size * 0.72), fill=SOFT)
        _stars(sheet, favourite.half_stars, (start, y + high * 0.84), size * 0.38)
        y += high + size * 0.6


def _stars(sheet: Sheet, half_stars: int, at: Point, radius: float) -> None:
    """So many stars, and a half as a sign beside them."""
    x, y = at
    for number in range(half_stars // 2):
        sheet.star((x + radius * (1 + 2.3 * number), y), radius, GREEN)
    if half_stars % 2:
        start = x + radius * 2.3 * (half_stars // 2) + radius * 0.2
        sheet.text((start, y + radius * 0.9), "½", round(radius * 2.2), face="strong", fill=GREEN)


def _cover(sheet: Sheet, favourite: Favourite, box: Box) -> None:
    """A small drawn cover in the colours of the first genre, with the title's first letter."""
    item = favourite.item
    colours: Palette = palette(
        item.genre_line.partition(LINE_SEPARATOR)[0],
        Random(item.key),
    )
    left, top, right, bottom = box
    wide, high = right - left, bottom - top
    sheet.box(box, colours.ground, radius=4)
    sheet.box((left, top + high * 0.72, right, bottom), colours.strong, radius=4)
    sheet.box((left, top + high * 0.68, right, top + high * 0.76), colours.strong)
    sheet.box((left, top, left + wide * 0.09, bottom), colours.deep, radius=2)
    letter = next((each for each in item.title if each.isalnum()), "")
    size = round(wide * 0.62)
    offset = width_of(letter, "serif", size)
    place = (left + wide * 0.54 - offset / 2, top + high * 0.5)
    sheet.text(place, letter, size, face="serif", fill=colours.ink)
