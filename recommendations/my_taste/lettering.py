"""Words on pictures of pixels: set in the site's own fonts, in another one where they lack letters.

Used by `recommendations.my_taste.poster` alone. A letter that no font here has is left out.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from PIL import ImageDraw, ImageFont

FONTS = Path(__file__).parent / "fonts"
FACES = {
    "serif": "newsreader-500.ttf",
    "sans": "figtree-400.ttf",
    "strong": "figtree-600.ttf",
    "others": "dejavu-sans.ttf",
}
ELLIPSIS = "…"
Face = Literal["serif", "sans", "strong", "others"]
Point = tuple[float, float]


@cache
def font(face: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONTS / FACES[face], size, layout_engine=ImageFont.Layout.BASIC)


@cache
def has(face: str, letter: str) -> bool:
    """Whether a face can draw a letter: what it cannot is drawn as the same empty box."""
    if letter.isspace():
        return True
    box = font(face, 40)
    drawn, missing = box.getmask(letter), box.getmask("\U000e0fff")
    return drawn.size != missing.size or bytes(drawn) != bytes(missing)


def runs(text: str, face: Face) -> list[tuple[str, str]]:
    """(face, letters) in order, each run in the first of the two faces that has its letters."""
    found: list[tuple[str, str]] = []
    for letter in text:
        chosen = next((each for each in (face, "others") if has(each, letter)), None)
        if chosen is None:
            continue
        if found and found[-1][0] == chosen:
            found[-1] = chosen, found[-1][1] + letter
        else:
            found.append((chosen, letter))
    return found


def width_of(text: str, face: Face, size: int) -> float:
    return sum(font(chosen, size).getlength(part) for chosen, part in runs(text, face))


def write(
    draw: ImageDraw.ImageDraw, at: Point, text: str, *, face: Face, size: int, fill: str
) -> float:
    """One line, its baseline's start at a point; gives its width."""
    x, y = at
    for chosen, part in runs(text, face):
        draw.text((x, y), part, font=font(chosen, size), fill=fill, anchor="ls")
        x += font(chosen, size).getlength(part)
    return x - at[0]


def wrapped(text: str, face: Face, size: int, *, width: float, most: int) -> list[str]:
    """The text in lines that fit, at most so many; the last is cut where it must be."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and width_of(longer, face, size) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    if len(lines) > most:
        lines = [*lines[: most - 1], " ".join(lines[most - 1 :])]
    return [_cut(line, face, size, width) for line in lines]


def _cut(line: str, face: Face, size: int, width: float) -> str:
    if width_of(line, face, size) <= width:
        return line
    while len(line) > 1 and width_of(line + ELLIPSIS, face, size) > width:
        line = line[:-1].rstrip(" ,:;–-")
    return line + ELLIPSIS
