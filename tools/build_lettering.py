"""Make the letter files of drawn covers from font files; run by hand, never by the site.

    python tools/build_lettering.py serif spectral-{latin,latin-ext,cyrillic}-600-normal.woff2

needs fonttools, brotli and uharfbuzz, and writes catalog/letters/serif.json: for every letter its
advance and its outline (an SVG path in a square of 1000, y downwards), and the kerning of pairs.
"""

from __future__ import annotations

import io
import json
import string
import sys
from pathlib import Path
from typing import Any

import uharfbuzz
from fontTools.pens.basePen import BasePen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont

EM = 1000
LETTERS = (
    "".join(
        chr(code)
        for low, high in (
            (0x20, 0x7E),
            (0xA1, 0x17F),
            (0x386, 0x3CE),
            (0x400, 0x45F),
            (0x1E80, 0x1E85),
        )
        for code in range(low, high + 1)
    )
    + "–—‘’‚“”„†•…ȘșȚț"
)
KERNED = string.ascii_letters + "’.,- "


def main(name: str, files: list[str]) -> None:
    letters: dict[str, list[Any]] = {}
    kerning: dict[str, int] = {}
    capital = 0
    for file in files:
        font = TTFont(file)
        scale = EM / font["head"].unitsPerEm
        capital = capital or round(font["OS/2"].sCapHeight * scale)
        for letter in LETTERS:
            glyph = font.getBestCmap().get(ord(letter))
            if glyph is not None and letter not in letters:
                letters[letter] = outline(font, glyph, scale)
        if font.getBestCmap().get(ord("A")):
            kerning |= kerning_of(font, scale)
    target = Path(__file__).parents[1] / "catalog" / "letters" / f"{name}.json"
    face = {"capital": capital, "letters": letters, "kerning": kerning}
    target.write_text(json.dumps(face, ensure_ascii=False, separators=(",", ":")) + "\n")


def outline(font: TTFont, glyph: str, scale: float) -> list[Any]:
    glyphs = font.getGlyphSet()
    pen = RelativePen(glyphs)
    glyphs[glyph].draw(TransformPen(pen, (scale, 0, 0, -scale, 0, 0)))
    return [round(glyphs[glyph].width * scale), "".join(pen.commands)]


class RelativePen(BasePen):
    """Writes a glyph as a short SVG path: whole numbers, relative to the point before."""

    def __init__(self, glyphs: Any) -> None:
        super().__init__(glyphs)
        self.commands: list[str] = []
        self.at = (0, 0)

    def _write(self, command: str, *points: tuple[float, float]) -> None:
        ends = [(round(x), round(y)) for x, y in points]
        numbers = [number for x, y in ends for number in (x - self.at[0], y - self.at[1])]
        text = command + " ".join(map(str, numbers)).replace(" -", "-")
        self.commands.append(text)
        self.at = ends[-1]

    def _moveTo(self, pt: tuple[float, float]) -> None:
        self._write("m", pt)
        self.start = self.at

    def _lineTo(self, pt: tuple[float, float]) -> None:
        self._write("l", pt)

    def _curveToOne(self, pt1: Any, pt2: Any, pt3: Any) -> None:
        self._write("c", pt1, pt2, pt3)

    def _qCurveToOne(self, pt1: Any, pt2: Any) -> None:
        self._write("q", pt1, pt2)

    def _closePath(self) -> None:
        self.commands.append("z")
        self.at = self.start


def kerning_of(font: TTFont, scale: float) -> dict[str, int]:
    plain = io.BytesIO()
    font.flavor = None
    font.save(plain)
    shaper = uharfbuzz.Font(uharfbuzz.Face(plain.getvalue()))
    alone = {letter: advance(shaper, letter) for letter in KERNED}
    pairs = {}
    for first in KERNED:
        for second in KERNED:
            kern = round((advance(shaper, first + second) - alone[first] - alone[second]) * scale)
            if abs(kern) >= 8:
                pairs[first + second] = kern
    return pairs


def advance(shaper: uharfbuzz.Font, text: str) -> int:
    buffer = uharfbuzz.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    uharfbuzz.shape(shaper, buffer, {"kern": True, "liga": False})
    return sum(position.x_advance for position in buffer.glyph_positions)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
