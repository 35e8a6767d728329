"""The colours of drawn covers: a hue for each genre, and palettes of colours that go together.

Worked out in OKLCH, where equal lightness looks equally light: so words stay readable on any hue.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from hashlib import blake2s
from random import Random

GENRE_HUES = {
    "adventure": 55, "animation": 95, "biography": 75, "children": 95, "children's": 95,
    "comedy": 85, "coming of age": 130, "crime": 15, "documentary": 220, "drama": 25,
    "epic": 45, "essays": 200, "fantasy": 305, "folk tales": 115, "ghost stories": 285,
    "gothic": 345, "history": 65, "historical": 65, "horror": 20, "humour": 90, "modernist": 235,
    "mystery": 265, "nature": 145, "philosophy": 210, "poetry": 0, "politics": 30,
    "psychological": 325, "religion": 290, "romance": 10, "satire": 105, "sci-fi": 245,
    "science": 195, "science fiction": 245, "sea stories": 225, "short stories": 170,
    "social novel": 160, "thriller": 255, "tragedy": 350, "travel": 185, "war": 120, "western": 50,
}  # fmt: skip


@dataclass(frozen=True)
class Palette:
    """Colours that go together; `ink` is readable on `ground`, and `dark` on `pale`."""

    ground: str
    ink: str
    strong: str
    soft: str
    deep: str
    pale: str
    dark: str


def colour(lightness: float, chroma: float, hue: float) -> str:
    """An OKLCH colour as #rrggbb, clipped to what screens show."""
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    return "#" + "".join(f"{round(255 * _gamma(min(1.0, max(0.0, part)))):02x}" for part in linear)


def palette(genre: str, random: Random) -> Palette:
    """Colours for a genre: its hue is the genre's own, how light they are the item's."""
    hue = hue_of(genre) + random.random() * 16 - 8
    mood = int(random.random() * 3)
    pale, dark = colour(0.955, 0.022, 85), colour(0.27, 0.06, hue)
    if mood == 0:
        return Palette(
            pale, dark, colour(0.6, 0.15, hue), colour(0.8, 0.09, hue + 35),
            colour(0.42, 0.1, hue - 25), pale, dark,
        )  # fmt: skip
    if mood == 1:
        return Palette(
            colour(0.33, 0.075, hue), pale, colour(0.68, 0.14, hue + 30), colour(0.49, 0.1, hue),
            colour(0.24, 0.055, hue - 15), pale, dark,
        )  # fmt: skip
    return Palette(
        colour(0.78, 0.095, hue), colour(0.23, 0.055, hue), colour(0.945, 0.04, 85),
        colour(0.66, 0.13, hue + 20), colour(0.43, 0.11, hue - 150), pale, dark,
    )  # fmt: skip


def is_dark(colour_code: str) -> bool:
    red, green, blue = (int(colour_code[at : at + 2], 16) for at in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue < 140


def hue_of(genre: str) -> float:
    """A genre's own hue, in degrees; unknown ones get theirs by chance, the same each time."""
    by_chance = blake2s(genre.casefold().encode()).digest()[0] * 360 // 256
    return float(GENRE_HUES.get(genre.casefold(), by_chance))


def _gamma(linear: float) -> float:
    return 12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055
