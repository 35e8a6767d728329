"""What is wrong with a placement, by field, each with its cure. Pure: asks nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from recommendations.placements import settings
from recommendations.placements.defaults import DEFAULTS, FILLED_IN, HAVE_PAGES, NEEDS_ITEM
from recommendations.placements.settings import ALONE, SHARES, Source

if TYPE_CHECKING:
    from recommendations.placements.model import Placement


def problems(placement: Placement) -> dict[str, str]:
    """By field; empty where the placement makes sense."""
    said = {
        name: getattr(placement, name)
        for name in ("name", "title", "size", "sources", "only_attributes", "fallback", *SHARES)
    }
    found = settings.problems(**said)
    return {**_of_title(placement), **_of_places(placement, found), **found}


def _of_title(placement: Placement) -> dict[str, str]:
    """A title stays true: it names what the list is about, and says what it is made from."""
    wanted = FILLED_IN.get(placement.name, "")
    if placement.title and wanted and wanted not in placement.title:
        words = _("Write %(part)s where the name belongs, or leave the title empty.")
        return {"title": words % {"part": wanted}}
    return {}


def _of_sources(placement: Placement, used: list[Source]) -> dict[str, str]:
    default = DEFAULTS.get(placement.name)
    own = next(iter(default.settings.shares)) if default else None
    if own is None or used == [own]:
        return {}
    if placement.name in FILLED_IN:
        words = _("This list is about %(part)s: leave “%(source)s” as its only source.")
        part = FILLED_IN[placement.name].strip("{}")
        return {"sources": words % {"part": part, "source": own.label}}
    if not placement.title and (placement.name != "for-you" or own not in used):
        words = _("Its own words hold for “%(source)s” alone: say what the list is now.")
        return {"title": words % {"source": own.label}}
    return {}


def _of_places(placement: Placement, wrong: dict[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    if placement.on_page and placement.name not in HAVE_PAGES:
        found["on_page"] = _("This list has no page of its own; switch this off.")
    if placement.on_item and placement.name in ALONE:
        found["on_item"] = _("This list is about nothing on the page of an item; switch this off.")
    if "sources" in wrong:
        return found
    used = [Source(name) for name, weight in placement.sources.items() if weight]
    found |= _of_sources(placement, used)
    needing = [str(source.label) for source in used if source in NEEDS_ITEM]
    if needing and placement.on_home:
        words = _("“%(source)s” says nothing on the home page: give it the weight 0, or leave it.")
        found["on_home"] = words % {"source": needing[0]}
    if Source.PERSONAL not in used:
        for name in ("exploration", "rotation"):
            if getattr(placement, name) and name not in wrong:
                found[name] = _(
                    "This works on what the model chooses: give the source “%(source)s” "
                    "a weight, or put this to 0."
                ) % {"source": Source.PERSONAL.label}
    return found
