"""Words that people send: cleaned before they are kept, made safe HTML when they are shown.

No markup but two things: an empty line begins a paragraph, and what stands between two pairs of
upright strokes, ||like this||, is folded away until a reader opens it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from html import escape

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

SPOILER = "||"
PARA, PARA_END = '<div class="para" dir="auto">', "</div>"
TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that turn the direction of all that follows. A paragraph finds its direction by itself;
these would only let one text run over into another. Plain left-to-right marks are kept."""


def clean(text: str) -> str:
    """Text without control characters and turns, its line ends plain, its edges and gaps short."""
    lines = re.sub(r"\r\n?|[\u2028\u2029\x0b\x0c\x85]", "\n", text)
    kept = "".join(letter for letter in lines if _is_kept(letter))
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+\n", "\n", kept)).strip()


def clean_line(text: str) -> str:
    """`clean` for what stands on one line: a title, a note."""
    return " ".join(clean(text).split())


def paragraphs(text: str) -> SafeString:
    """Plain text as paragraphs of HTML, with its spoilers folded; one may span paragraphs."""
    pieces = [_spoiler(part) if is_spoiler else _open(part) for part, is_spoiler in _parts(text)]
    return SafeString(f"{PARA}{''.join(pieces)}{PARA_END}" if pieces else "")


def without_spoilers(text: str) -> str:
    """Text for places that cannot fold: feeds, descriptions."""
    return "".join("…" if is_spoiler else part for part, is_spoiler in _parts(text))


def _is_kept(letter: str) -> bool:
    if letter in "\n\t":
        return True
    return letter not in TURNS and unicodedata.category(letter) not in ("Cc", "Cs")


def _open(part: str) -> str:
    return re.sub(r"\n{2,}", PARA_END + PARA, escape(part)).replace("\n", "<br>")


def _spoiler(part: str) -> str:
    name, folded = escape(_("Spoiler")), escape(part).replace("\n", "<br>")
    return f'<details class="spoiler"><summary>{name}</summary><span>{folded}</span></details>'


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """The text in pieces, and of each whether it is a spoiler; lone strokes stay text."""
    pieces = text.split(SPOILER)
    if len(pieces) % 2 == 0:
        last = pieces.pop()
        pieces[-1] += SPOILER + last
    for number, piece in enumerate(pieces):
        if number % 2 and piece.strip():
            yield piece, True
        elif number % 2:
            yield SPOILER + piece + SPOILER, False
        elif piece:
            yield piece, False
