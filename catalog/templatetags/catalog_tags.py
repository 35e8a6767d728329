"""Small things that many templates show: covers, stars, years, kinds of attributes."""

from __future__ import annotations

from functools import cache
from html import escape
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django import template
from django.core.paginator import Page
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from catalog import covers
from catalog.models import MAX_HALF_STARS, MIN_HALF_STARS, Item

register = template.Library()

KIND_LABELS = {
    "authors": gettext_lazy("Authors"),
    "genres": gettext_lazy("Genres"),
    "subjects": gettext_lazy("Subjects"),
    "tags": gettext_lazy("Tags"),
    "directors": gettext_lazy("Directors"),
    "actors": gettext_lazy("Actors"),
}


@register.simple_tag
def cover(item: Item, size: str = "card") -> SafeString:
    """The drawn cover, with the item's own picture lying over it where it has one.

    Written without a template of its own: a page has dozens of covers.
    """
    images = _image("drawn", covers.drawn_address(item), "lazy" if size == "card" else "eager")
    if picture := picture_address(item):
        images += _image("picture", picture, "lazy", ' referrerpolicy="no-referrer"')
    return SafeString(f'<span class="cover cover-{escape(size)}">{images}</span>')


@register.simple_tag
def card(item: Item, reason: str = "") -> SafeString:
    """An item as lists show it, and why it is there. Without a template, as its cover.

    Its last link opens what can be done with it: on the item's page, or by `cards.js` on this one.
    """
    by = escape(item.creator_line)
    if item.creator_line and item.year is not None:
        by += '<span aria-hidden="true">&nbsp;·</span> '
    if item.year is not None:
        by += f'<span class="card-year">{escape(covers.year_text(item.year))}</span>'
    why = f'<p class="card-reason">{escape(reason)}</p>' if reason else ""
    address = escape(item.get_absolute_url())
    more = escape(_("Rate, shelve or dismiss %(title)s") % {"title": item.title})
    return SafeString(
        f'<article class="card"><a class="card-link" href="{address}">'
        f'{cover(item)}<span class="card-title">{escape(item.title)}</span></a>'
        f'<p class="card-by">{by}</p>{why}'
        f'<a class="card-more" href="{address}#yours" aria-label="{more}">⋯</a></article>'
    )


def _image(kind: str, address: str, loading: str, more: str = "") -> str:
    return (
        f'<img class="cover-{kind}" src="{escape(address)}" alt="" width="240" height="360"'
        f' loading="{loading}" decoding="async"{more}>'
    )


def picture_address(item: Item) -> str:
    """The uploaded picture or the cover address, if it is one that a page may load."""
    if item.cover:
        return str(item.cover.url)
    return item.cover_url if urlsplit(item.cover_url).scheme == "https" else ""


@register.filter
def stars_text(stars: float) -> str:
    """4.5 as 4½, 0.5 as ½, 5.0 as 5."""
    whole, half = divmod(round(stars * 2), 2)
    return (str(whole) if whole or not half else "") + ("½" if half else "")


@register.filter
def stars_named(half_stars: int) -> str:
    """What a rating is called aloud: "4½ stars", "1 star"."""
    text = stars_text(half_stars / 2)
    if half_stars <= 2:
        return _("%(stars)s star") % {"stars": text}
    return _("%(stars)s stars") % {"stars": text}


@register.filter
def year_text(year: int) -> str:
    return covers.year_text(year)


@register.filter
def kind_label(kind: str) -> str:
    """What a kind of attribute is called on a page."""
    return str(KIND_LABELS.get(kind) or kind.replace("_", " ").capitalize())


class Step(NamedTuple):
    """One rating of those there are: in half stars, as a form sends it, and as it is called."""

    half: int
    value: str
    name: str


@register.simple_tag
def half_star_steps() -> list[Step]:
    """Every rating there is, in order."""
    return _steps(get_language())


@cache
def _steps(language: str | None) -> list[Step]:
    halves = range(MIN_HALF_STARS, MAX_HALF_STARS + 1)
    return [Step(half, f"{half / 2:g}", stars_named(half)) for half in halves]


@register.inclusion_tag("catalog/_stars.html")
def star_row(stars: float) -> dict[str, Any]:
    """Five stars, so much of them filled."""
    return {"stars": stars, "filled": round(stars * 20), "text": f"{stars:.1f}"}


@register.filter
def page_numbers(page: Page[Any]) -> list[int | None]:
    """The page numbers to link to; None where some are left out."""
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    return [number if isinstance(number, int) else None for number in numbers]
