"""A surface in plain words, for the page that says how ranking works."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from recommendations.placements.defaults import BELOW, TITLES, Placed
from recommendations.placements.settings import PlacementSettings

NAMED = {"{item}": "…", "{genre}": "…"}


@dataclass(frozen=True)
class Described:
    """What a surface is called, what it is made from, and how it is arranged."""

    name: str
    title: str
    sources: list[str]
    more: list[str]


def described(placements: Iterable[Placed]) -> list[Described]:
    """Those that readers can see somewhere, in the order of the pages."""
    shown = [one for one in placements if any(one.is_at(at) for at in ("home", "item", "page"))]
    return [_described(one) for one in sorted(shown, key=lambda one: (not one.on_home, one.order))]


def _described(placed: Placed) -> Described:
    settings = placed.settings
    title = settings.title or str(TITLES[settings.name])
    for part, words in NAMED.items():
        title = title.replace(part, words)
    return Described(settings.name, title, sources_of(settings), list(_more(placed)))


def sources_of(settings: PlacementSettings) -> list[str]:
    """Where the items come from; with the share of each where there are several."""
    shares = settings.shares
    if len(shares) == 1:
        return [str(source.label) for source in shares]
    return [
        _("%(percent)s %% %(source)s")
        % {"percent": number_format(round(100 * share)), "source": source.label}
        for source, share in shares.items()
    ]


def _more(placed: Placed) -> Iterable[str]:
    settings = placed.settings
    size = number_format(settings.size)
    yield ngettext("%(n)s item at most", "%(n)s items at most", settings.size) % {"n": size}
    if placed.on_home and placed.order >= BELOW:
        yield _("below the genres")
    parts = (
        (settings.diversity, _("variety: %(percent)s %%")),
        (settings.exploration, _("up to %(percent)s %% for items that few have met")),
        (settings.rotation, _("what you saw and did not open steps back: %(percent)s %%")),
    )
    for share, words in parts:
        if share:
            yield words % {"percent": number_format(round(100 * share))}
    if settings.only_attributes:
        names = ", ".join(name.partition(":")[2] for name in settings.only_attributes)
        yield _("only among: %(names)s") % {"names": names}
    if settings.fallback:
        yield _("filled up with what is popular and new")
