"""Setting words on drawn covers: measured, wrapped and written as outlines.

An SVG shown as a picture may load no fonts, and the fonts of the reader's machine are unknown. So
the letters of three faces lie here as outlines (`letters/*.json`, made by tools/build_lettering.py)
and every line is measured exactly. A line with a letter that a face lacks (Chinese, Arabic, ...)
is set as text in the reader's own fonts, with widths guessed from the script.
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

LETTERS = Path(__file__).parent / "letters"
EM = 1000
FALLBACK = "Georgia, 'Noto Serif', 'Noto Serif CJK SC', serif"
WIDE, NARROW = 1.0, 0.6
"""Guessed advances in em, where there are no outlines."""
ELLIPSIS = "…"


@dataclass(frozen=True)
class Face:
    """The outlines of one typeface, in a square of EM units."""

    capital: int
    advances: dict[str, int]
    outlines: dict[str, str]
    kerning: dict[str, int]

    def has(self, text: str) -> bool:
        return all(letter in self.advances for letter in text)


@dataclass(frozen=True)
class Style:
    """How a line is set: face, size in picture units, extra space between letters in em."""

    face: str
    size: float
    fill: str
    tracking: float = 0.0
    anchor: str = "middle"


@dataclass(frozen=True)
class Block:
    """Lines that fit a box, with the size at which they fit."""

    lines: tuple[str, ...]
    size: float


@cache
def face(name: str) -> Face:
    """A face by its name: serif, italic or sans."""
    stored = json.loads((LETTERS / f"{name}.json").read_text(encoding="utf-8"))
    return Face(
        capital=stored["capital"],
        advances={letter: advance for letter, (advance, _path) in stored["letters"].items()},
        outlines={letter: path for letter, (_advance, path) in stored["letters"].items()},
        kerning=stored["kerning"],
    )


def width_of(text: str, style: Style) -> float:
    """How wide a line is, in picture units."""
    chosen = face(style.face)
    if not chosen.has(text):
        return sum(_guessed_advance(letter) + style.tracking for letter in text) * style.size
    units = sum(chosen.advances[letter] for letter in text)
    units += sum(chosen.kerning.get(first + second, 0) for first, second in _pairs(text))
    return (units / EM + style.tracking * max(0, len(text) - 1)) * style.size


def set_line(text: str, style: Style, *, x: float, y: float) -> str:
    """One line as SVG, its baseline at y; x is its start, middle or end."""
    chosen = face(style.face)
    if not chosen.has(text):
        return (
            f'<text x="{x:g}" y="{y:g}" font-family="{FALLBACK}" font-size="{style.size:g}" '
            f'font-weight="600" text-anchor="{style.anchor}" fill="{style.fill}">'
            f"{escape(text)}</text>"
        )
    start = x - width_of(text, style) * {"start": 0.0, "middle": 0.5, "end": 1.0}[style.anchor]
    at, parts = 0.0, []
    for place, letter in enumerate(text):
        parts.append(f"M{at:.0f} 0{chosen.outlines[letter]}" if chosen.outlines[letter] else "")
        kern = chosen.kerning.get(text[place : place + 2], 0)
        at += chosen.advances[letter] + kern + style.tracking * EM
    scale = style.size / EM
    return (
        f'<path transform="translate({start:.1f} {y:.1f}) scale({scale:.4f})" '
        f'fill="{style.fill}" d="{"".join(parts)}"/>'
    )


def fit(
    text: str, style: Style, *, width: float, height: float, most_lines: int, leading: float
) -> Block:
    """The text in as few, as even and as large lines as fit a box; cut where nothing fits."""
    words = _words(text)
    size = style.size
    while True:
        sized = Style(style.face, size, style.fill, style.tracking, style.anchor)
        lines = _wrap(words, sized, width)
        fits = len(lines) <= most_lines and len(lines) * size * leading <= height
        if fits and all(width_of(line, sized) <= width for line in lines):
            return Block(tuple(_even(words, sized, width, len(lines))), size)
        if size <= style.size * 0.36:
            return Block(tuple(_cut(lines, sized, width, most_lines)), size)
        size *= 0.94


def _even(words: list[str], style: Style, width: float, count: int) -> list[str]:
    """The same number of lines, in the narrowest column that still needs no more of them."""
    lines = _wrap(words, style, width)
    for narrower in range(96, 40, -4):
        column = width * narrower / 100
        tried = _wrap(words, style, column)
        if len(tried) > count or any(width_of(line, style) > column for line in tried):
            break
        lines = tried
    return lines


def _wrap(words: list[str], style: Style, width: float) -> list[str]:
    lines: list[str] = []
    for word in words:
        longer = lines[-1] + word if lines else ""
        if longer and width_of(longer.strip(), style) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return [line.strip() for line in lines]


def _cut(lines: list[str], style: Style, width: float, most_lines: int) -> list[str]:
    """At most so many lines, each cut to the width with an ellipsis."""
    kept = lines[:most_lines]
    if len(lines) > most_lines:
        kept[-1] += ELLIPSIS
    for place, line in enumerate(kept):
        while width_of(line, style) > width and len(line) > 2:
            line = line.rstrip(ELLIPSIS)[:-1] + ELLIPSIS
        kept[place] = line
    return kept


def _words(text: str) -> list[str]:
    """Pieces between which a line may end, each with the space before it."""
    pieces = re.findall(r"\s*[^\s\-–—/]*[\-–—/]|\s*[^\s\-–—/]+", text) or [text]
    words: list[str] = []
    for piece in pieces:
        if any(_is_wide(letter) for letter in piece):
            words.extend(piece)
        else:
            words.append(re.sub(r"\s+", " ", piece))
    return words


def _guessed_advance(letter: str) -> float:
    if unicodedata.combining(letter):
        return 0.0
    return WIDE if _is_wide(letter) else NARROW


def _is_wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in ("W", "F")


def _pairs(text: str) -> zip[tuple[str, str]]:
    return zip(text, text[1:], strict=False)
