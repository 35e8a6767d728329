"""Social cards: what a link to this site looks like where somebody shares it.

A PNG of 1200 by 630, put together as an SVG of the cover and a few words, then rasterised. An
item's own picture stands in for the drawn cover if it was uploaded; pictures of other sites are
never fetched. The address of a card names a version of all that is on it, so that it is kept for
ever, and the stars on it are rounded, so that not every rating makes a new card.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import replace
from hashlib import blake2s

from django.conf import settings
from django.core.files.base import File
from django.utils.translation import gettext as _
from PIL import Image, ImageFilter

from catalog import covers
from catalog.cover_colours import Palette
from catalog.lettering import Style, face, fit, set_line
from catalog.models import Item
from catalog.outward.raster import rasterise
from catalog.search import LINE_SEPARATOR

WIDTH, HEIGHT = 1200, 630
DRAWING = 1
"""Goes up whenever the card itself changes."""
BOOK = (306, 459)
LEFT, RIGHT = 500, 1130
LEADING = 1.1
SITE_INK, SITE_GROUND, STAR = "#f7f1e3", "#17513f", "#e9c46a"
STAR_PATH = "M10 1.6l2.3 5.8 6.3.4-4.9 4 1.6 6.1-5.3-3.4-5.3 3.4 1.6-6.1-4.9-4 6.3-.4z"
ICON = (
    '<rect width="32" height="32" rx="7" fill="#f7f1e3"/><path fill="#17513f" d="M7 24V8h4v16zm6 '
    '0V11h4v13zm6.3-.6 3-15 3.9.8-3 15z"/><path fill="#17513f" d="M5 25h22v2H5z"/>'
)
"""The site's icon, catalog/static/catalog/icon.svg, with its colours turned round."""


def version_of(item: Item) -> str:
    """A short name for everything that is on the card."""
    parts = [DRAWING, settings.SITE_NAME, covers.version_of(item), item.cover.name, _mean(item)]
    return blake2s(repr(parts).encode(), digest_size=8).hexdigest()


def site_version() -> str:
    return blake2s(repr([DRAWING, settings.SITE_NAME]).encode(), digest_size=8).hexdigest()


def draw(item: Item) -> bytes:
    """The card of an item, as PNG."""
    colours = covers.colours_of(item)
    card = _ground(colours.dark)
    _lay(card, _book(item, BOOK), middle=(247, HEIGHT // 2), turn=2)
    card.alpha_composite(rasterise(_words(item, colours), width=WIDTH, height=HEIGHT))
    return _png(card)


def draw_site(items: Iterable[Item]) -> bytes:
    """The card of the site itself, with some covers in its window."""
    card = _ground(SITE_GROUND)
    places = ((815, -9, 0.85), (1055, 9, 0.85), (935, 0, 1.0))
    for item, (x, turn, scale) in zip(items, places, strict=False):
        size = (round(BOOK[0] * scale), round(BOOK[1] * scale))
        _lay(card, _book(item, size), middle=(x, HEIGHT // 2), turn=-turn)
    heading = Style("serif", 84, SITE_INK, anchor="start")
    name, bottom = _block(settings.SITE_NAME, heading, x=70, top=230, width=590)
    line = _("Find %(things)s that you will like") % {"things": settings.ITEM_NOUN_PLURAL}
    text = Style("sans", 32, SITE_INK, anchor="start")
    below, _end = _block(line, text, x=70, top=bottom + 26, width=590)
    mark = f'<g transform="translate(70 116) scale(2.4)">{ICON}</g>'
    card.alpha_composite(rasterise(_svg(mark + name + below), width=WIDTH, height=HEIGHT))
    return _png(card)


def _words(item: Item, colours: Palette) -> str:
    """Title, creators, stars and the site's name, as far as there are letters for them."""
    title = Style("serif", 84, colours.pale, anchor="start")
    words, bottom = _block(covers.printable(item.title), title, x=LEFT, top=86, width=RIGHT - LEFT)
    by = Style("sans", 32, colours.pale, 0.01, "start")
    words += _block(_line_of(item), by, x=LEFT, top=bottom + 22, width=RIGHT - LEFT)[0]
    if mean := _mean(item):
        words += _stars(mean, colours)
    site = Style("sans", 25, colours.pale, 0.02, "start")
    rule = f"M{LEFT} 540h{RIGHT - LEFT}v1.5H{LEFT}z"
    words += f'<path fill="{colours.pale}" opacity=".35" d="{rule}"/>'
    words += f'<g transform="translate({LEFT} 562) scale(1.06)">{ICON}</g>'
    if face("sans").has(settings.SITE_NAME):
        words += set_line(settings.SITE_NAME, site, x=LEFT + 48, y=588)
    return _svg(words)


def _block(text: str, style: Style, *, x: float, top: float, width: float) -> tuple[str, float]:
    """Lines from `top` on, as large as fit, and where they end; none if the face lacks letters."""
    if not text or not face(style.face).has(text):
        return "", top
    room, most = (270, 4) if style.face == "serif" else (76, 2)
    block = fit(text, style, width=width, height=room, most_lines=most, leading=LEADING)
    sized = replace(style, size=block.size)
    drawn = [
        set_line(line, sized, x=x, y=top + block.size * (0.8 + LEADING * place))
        for place, line in enumerate(block.lines)
    ]
    return "".join(drawn), top + len(block.lines) * block.size * LEADING


def _stars(mean: str, colours: Palette) -> str:
    filled, drawn = round(float(mean) * 2) / 2, ""
    for place in range(5):
        at = f"translate({LEFT + place * 46} 468) scale(2)"
        part = min(1.0, max(0.0, filled - place))
        drawn += f'<path transform="{at}" fill="{colours.pale}" opacity=".28" d="{STAR_PATH}"/>'
        if part:
            half = "M10 1.6v12.9l-5.3 3.4 1.6-6.1-4.9-4 6.3-.4z"
            path = STAR_PATH if part == 1 else half
            drawn += f'<path transform="{at}" fill="{STAR}" d="{path}"/>'
    number = Style("sans", 32, colours.pale, 0.0, "start")
    return drawn + set_line(mean, number, x=LEFT + 5 * 46 + 10, y=499)


def _mean(item: Item) -> str:
    return "" if item.mean_stars is None else f"{item.mean_stars:.1f}"


def _line_of(item: Item) -> str:
    names = LINE_SEPARATOR.join(item.creator_line.split(LINE_SEPARATOR)[:3])
    parts = [names, "" if item.year is None else covers.year_text(item.year)]
    return covers.printable(" · ".join(part for part in parts if part))


def _book(item: Item, size: tuple[int, int]) -> Image.Image:
    picture = _own_picture(item.cover) if item.cover else None
    if picture is None:
        return rasterise(covers.draw(item), width=size[0], height=size[1])
    across, down = picture.size
    scale = max(size[0] / across, size[1] / down)
    kept = (size[0] / scale, size[1] / scale)
    left, top = (across - kept[0]) / 2, (down - kept[1]) / 2
    return picture.resize(
        size, Image.Resampling.LANCZOS, box=(left, top, left + kept[0], top + kept[1])
    )


def _own_picture(stored: File[bytes]) -> Image.Image | None:
    """The uploaded picture; None where it is gone or no picture, for which the drawn one stands."""
    try:
        with stored.open("rb") as file:
            return Image.open(file).convert("RGBA")
    except (OSError, ValueError, Image.DecompressionBombError):
        return None


def _lay(card: Image.Image, book: Image.Image, *, middle: tuple[int, int], turn: float) -> None:
    """Puts a book on the card, a little turned, with its shadow."""
    turned = book.rotate(turn, Image.Resampling.BICUBIC, expand=True)
    margin = 60
    shadow = Image.new("RGBA", (turned.width + 2 * margin, turned.height + 2 * margin))
    shade = turned.getchannel("A").point(lambda value: value * 6 // 10)
    shadow.paste((0, 0, 0, 255), (margin, margin), shade)
    left, top = middle[0] - turned.width // 2, middle[1] - turned.height // 2
    _over(card, shadow.filter(ImageFilter.GaussianBlur(18)), left - margin, top - margin + 14)
    _over(card, turned, left, top)


def _over(card: Image.Image, picture: Image.Image, left: int, top: int) -> None:
    """Composites a picture that may reach over the card's edges."""
    layer = Image.new("RGBA", card.size)
    layer.paste(picture, (left, top))
    card.alpha_composite(layer)


def _ground(fill: str) -> Image.Image:
    return Image.new("RGBA", (WIDTH, HEIGHT), fill)


def _svg(inside: str) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">{inside}</svg>'


def _png(card: Image.Image) -> bytes:
    """As few bytes as look the same: drawings have few colours."""
    out = io.BytesIO()
    card.convert("RGB").quantize(192, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()
