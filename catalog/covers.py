"""Drawn covers, for items that have no picture, and while a picture is missing.

The art follows from the item's key and first genre, the words from its title, creators and year.
The address of a cover names a version that changes when any of these does, so that a cover can be
kept by browsers for ever.
"""

from __future__ import annotations

import re
from hashlib import blake2s
from html import escape
from random import Random

from django.utils.translation import gettext as _

from catalog.addresses import cover_address
from catalog.cover_art import COMPOSITIONS, HEIGHT, WIDTH, Composition, Layout
from catalog.cover_colours import Palette, palette
from catalog.cover_scenes import SCENES
from catalog.lettering import ELLIPSIS, Block, Style, fit, set_line, width_of
from catalog.models import Item
from catalog.search import LINE_SEPARATOR

DRAWING = 3
"""Goes up whenever the drawing itself changes, so that browsers ask anew."""
SUBTITLE = re.compile(r"\s*(?:: |; or,? | - )\s*")
LEADING = 1.08
MOST_LINES = 5


def version_of(item: Item) -> str:
    """A short name for everything that is drawn on the cover."""
    parts = [DRAWING, item.key, item.title, item.creator_line, item.genre_line, item.year]
    return blake2s(repr(parts).encode(), digest_size=8).hexdigest()


def drawn_address(item: Item) -> str:
    return cover_address(item.pk, version_of(item))


def draw(item: Item) -> str:
    """The whole SVG."""
    compose, colours, random = _look(item)
    art, layout = compose(colours, random)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" role="img">'
        f"<title>{escape(printable(item.title))}</title>{art}"
        f"{_title(printable(item.title), layout, colours)}"
        f"{_creator(printable(item.creator_line), item.year, layout, colours)}"
        f"{HINGE}</svg>"
    )


def colours_of(item: Item) -> Palette:
    """The colours of an item's cover, for what is drawn around it."""
    return _look(item)[1]


def _look(item: Item) -> tuple[Composition, Palette, Random]:
    """What follows from an item's key and first genre; the random source goes on to the art."""
    random = Random(blake2s(item.key.encode(), digest_size=8).hexdigest())
    every = COMPOSITIONS + SCENES
    compose = every[int(random.random() * len(every))]
    return compose, palette(item.genre_line.partition(LINE_SEPARATOR)[0], random), random


HINGE = (
    '<defs><linearGradient id="h"><stop offset="0" stop-opacity=".22"/>'
    '<stop offset=".35" stop-opacity=".05"/><stop offset=".5" stop-opacity=".2"/>'
    '<stop offset=".62" stop-color="#fff" stop-opacity=".16"/>'
    '<stop offset="1" stop-color="#fff" stop-opacity="0"/></linearGradient></defs>'
    '<path fill="url(#h)" d="M0 0h16v360H0z"/>'
)
"""The fold of the binding along the left edge."""


def _title(title: str, layout: Layout, colours: Palette) -> str:
    main, rest = _halves(title)
    ink = layout.ink or colours.ink
    space = layout.height * (0.74 if rest else 1)
    style = Style(
        layout.face, layout.size, ink, 0.04 if layout.capitals else 0.0, anchor=layout.anchor
    )
    words = main.upper() if layout.capitals else main
    block = fit(
        words, style, width=layout.width, height=space, most_lines=MOST_LINES, leading=LEADING
    )
    below = Style("italic", 15, ink, anchor=layout.anchor)
    under = (
        fit(rest, below, width=layout.width, height=38, most_lines=2, leading=1.2)
        if rest
        else Block((), 0)
    )
    total = len(block.lines) * block.size * LEADING + len(under.lines) * under.size * 1.2
    y = layout.top + max(0.0, (layout.height - total) / 2)
    x = layout.left if layout.anchor == "start" else layout.left + layout.width / 2
    parts = []
    for lines, size, face, leading in (
        (block.lines, block.size, layout.face, LEADING),
        (under.lines, under.size, "italic", 1.2),
    ):
        for line in lines:
            sized = Style(
                face, size, ink, style.tracking if face == layout.face else 0, style.anchor
            )
            parts.append(set_line(line, sized, x=x, y=y + size * 0.84))
            y += size * leading
    return "".join(parts)


def _halves(title: str) -> tuple[str, str]:
    """A title and its subtitle, where it has one worth setting apart."""
    found = SUBTITLE.search(title)
    if found is None or found.start() < 3:
        return title, ""
    return title[: found.start()], title[found.end() :]


def _creator(creators: str, year: int | None, layout: Layout, colours: Palette) -> str:
    ink = layout.creator_ink or colours.ink
    words = creators
    names = creators.split(LINE_SEPARATOR)
    if len(names) > 2:
        words = f"{names[0]}, {names[1]} {ELLIPSIS}"
    if year is not None:
        when = year_text(year)
        words = f"{words} · {when}" if words else when
    style = Style("sans", 13, ink, 0.04, layout.anchor)
    while width_of(words, style) > layout.width and style.size > 8:
        style = Style("sans", style.size - 0.5, ink, style.tracking * 0.8, layout.anchor)
    while width_of(words, style) > layout.width and len(words) > 2:
        words = words.rstrip(ELLIPSIS)[:-1] + ELLIPSIS
    x = layout.left if layout.anchor == "start" else layout.left + layout.width / 2
    return set_line(words, style, x=x, y=layout.creator_y) if words else ""


def year_text(year: int) -> str:
    """A year as people write it: 1815, or 458 BC for -458."""
    return str(year) if year > 0 else _("%(year)d BC") % {"year": -year}


def printable(text: str) -> str:
    """Without control characters, which no XML may hold."""
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()
