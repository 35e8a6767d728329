"""What one surface shows: a frozen value that checks itself, to and from JSON.

A surface is a place where a list is shown; its settings say from which sources the list comes, and
how it is arranged. `recommendations.placements.model` keeps them as rows, `Visit.placement` hands
them to whoever makes a list. `changed` gives the same with other values, for whoever tries some.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from math import isfinite
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

NAME = re.compile(r"[a-z]+(-[a-z]+)*")
LONGEST_NAME, LONGEST_TITLE = 20, 80
MOST_SHOWN = 60
MOST_WEIGHT = 100.0
MOST_ATTRIBUTES = 20
SHARES = ("diversity", "exploration", "rotation")
SWITCHES = ("is_on", "fallback")


class Source(TextChoices):
    """Where the items of a list may come from."""

    PERSONAL = "personal", gettext_lazy("what the model thinks best for its reader")
    OUTSIDE = (
        "outside",
        gettext_lazy("what the model thinks best outside of where its reader mostly is"),
    )
    LIKED = "liked", gettext_lazy("what is like one thing that its reader liked")
    GENRES = "genres", gettext_lazy("genres that its reader likes")
    UNFINISHED = "unfinished", gettext_lazy("what its reader began")
    ALIKE = "alike", gettext_lazy("what is like the item of the page")
    TOGETHER = "together", gettext_lazy("what the same people chose")
    POPULAR = "popular", gettext_lazy("what most people met")
    NEW = "new", gettext_lazy("what came last")
    WORTHY = "worthy", gettext_lazy("what came lately, the best for its reader first")
    GROUP = "group", gettext_lazy("what everybody of a group would like")
    CIRCLE = "circle", gettext_lazy("what people of like taste rated well")


ALONE = {"for-us": Source.GROUP, "like-taste": Source.CIRCLE}
"""Surfaces with what alone their lists are made from. Nothing else can: it would not hold of
another item that nobody is below their floor, or that so many people rated it well."""
WITHOUT_MEANING = {
    "for-us": ("exploration", "rotation", "fallback"),
    "like-taste": ("diversity", "exploration", "rotation", "fallback"),
}
"""Settings of these that have to stay off."""


class SettingsError(ValueError):
    """Settings that make no sense; `problems` says why, in a sentence for each field."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = dict(problems)


@dataclass(frozen=True)
class PlacementSettings:
    """The settings of one surface. Raises SettingsError where they make no sense."""

    name: str
    """The same in templates, in the API, in rules and in what is measured."""
    sources: Mapping[str, float] = field(default_factory=lambda: {Source.PERSONAL.value: 1.0})
    """By the name of a Source: its weight; only how weights compare with each other counts."""
    is_on: bool = True
    size: int = 12
    """So many items at most."""
    title: str = ""
    """Empty: the surface's own words, in the language of the page."""
    diversity: float = 0.0
    """0 to 1: fewer items that are alike; what a person asks for adds to it."""
    exploration: float = 0.0
    """0 to 1: the most of a list that may go to new items."""
    rotation: float = 0.0
    """0 to 1: how much what was shown and ignored steps back."""
    only_attributes: tuple[str, ...] = ()
    """"KIND:NAME" each; only items with one of them are shown. Empty: all may be."""
    fallback: bool = True
    """Whether popular and new items fill a list that its sources cannot."""

    def __post_init__(self) -> None:
        if found := problems(**{one.name: getattr(self, one.name) for one in fields(self)}):
            raise SettingsError(found)
        object.__setattr__(self, "sources", dict(self.sources))
        object.__setattr__(self, "only_attributes", tuple(self.only_attributes))

    @property
    def shares(self) -> dict[Source, float]:
        """The sources in use with their share of the list, the largest first; 1 in all."""
        total = sum(self.sources.values())
        used = [(Source(name), weight / total) for name, weight in self.sources.items() if weight]
        order = list(Source)
        return dict(sorted(used, key=lambda one: (-one[1], order.index(one[0]))))

    def changed(self, **changes: Any) -> PlacementSettings:
        """The same with other values."""
        return replace(self, **changes)

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "only_attributes": list(self.only_attributes)}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> PlacementSettings:
        """What `as_json` gave; what is not said has its default."""
        known = {one.name for one in fields(cls)}
        for name in said:
            if name not in known:
                words = _("There is no setting %(name)s; there are %(known)s.")
                said_so = words % {"name": repr(name), "known": ", ".join(sorted(known))}
                raise SettingsError({str(name): said_so})
        if "name" not in said:
            raise SettingsError({"name": _("Say of which surface these are the settings.")})
        return cls(**said)


def problems(**said: Any) -> dict[str, str]:
    """What is wrong with settings, by field: a sentence that names the cure."""
    checks: dict[str, Callable[[Any], str]] = {
        "name": _of_name,
        "title": _of_title,
        "size": _of_size,
        "sources": _of_sources,
        "only_attributes": _of_attributes,
        **dict.fromkeys(SHARES, _of_share),
        **dict.fromkeys(SWITCHES, _of_switch),
    }
    found = {name: check(said[name]) for name, check in checks.items() if name in said}
    wrong = {name: words for name, words in found.items() if words}
    return _of_standing_alone(said) | wrong


def _of_standing_alone(said: Mapping[str, Any]) -> dict[str, str]:
    """What a surface may not have because of what it is made from, and others not because of it."""
    name, sources = said.get("name"), said.get("sources")
    wrong = {
        setting: _("This list has no use for it: switch it off, or put it to 0.")
        for setting in WITHOUT_MEANING.get(str(name), ())
        if said.get(setting)
    }
    if name is None or not isinstance(sources, Mapping):
        return wrong
    used = {source for source, weight in sources.items() if weight}
    own = ALONE.get(str(name))
    strange = next((one for one in ALONE.values() if one in used and one is not own), None)
    if own is not None and used != {own}:
        words = _("This list is made from “%(source)s” alone: leave that as its only source.")
        wrong["sources"] = words % {"source": own.label}
    elif strange is not None:
        words = _("“%(source)s” stands alone, in a list of its own: give it no weight here.")
        wrong["sources"] = words % {"source": strange.label}
    return wrong


def _of_name(name: Any) -> str:
    is_name = isinstance(name, str) and len(name) <= LONGEST_NAME and NAME.fullmatch(name)
    return "" if is_name else _("A name is small letters with hyphens between words: for-you.")


def _of_title(title: Any) -> str:
    if isinstance(title, str) and len(title) <= LONGEST_TITLE:
        return ""
    return _("A title has %(most)d letters at most; shorten it.") % {"most": LONGEST_TITLE}


def _of_size(size: Any) -> str:
    if isinstance(size, int) and not isinstance(size, bool) and 1 <= size <= MOST_SHOWN:
        return ""
    return _("Show from 1 to %(most)d items; to show none, switch it off.") % {"most": MOST_SHOWN}


def _of_share(share: Any) -> str:
    return "" if _is_number(share, most=1.0) else _("Give a number from 0, none, to 1, the most.")


def _of_switch(is_on: Any) -> str:
    return "" if isinstance(is_on, bool) else _("This is on or off: true or false.")


def _of_sources(sources: Any) -> str:
    if not isinstance(sources, Mapping):
        return _("Give the sources as names with weights, such as personal: 2, new: 1.")
    for name, weight in sources.items():
        if name not in Source.values:
            words = _("There is no source %(name)s; choose among %(known)s.")
            return words % {"name": repr(name), "known": ", ".join(Source.values)}
        if not _is_number(weight, most=MOST_WEIGHT):
            words = _("The weight of %(name)s has to be a number from 0 to %(most)d.")
            return words % {"name": name, "most": MOST_WEIGHT}
    if not any(sources.values()):
        return _("Give at least one source a weight above 0; to show nothing, switch it off.")
    return ""


def _of_attributes(names: Any) -> str:
    if not isinstance(names, list | tuple):
        return _("Give the attributes as a list of KIND:NAME, such as genres:Comedy.")
    if len(names) > MOST_ATTRIBUTES:
        words = _("These are %(count)d attributes; %(most)d at most can be asked for.")
        return words % {"count": len(names), "most": MOST_ATTRIBUTES}
    for name in names:
        kind, _colon, of_kind = name.partition(":") if isinstance(name, str) else ("", "", "")
        if not (kind and of_kind):
            words = _("%(name)s is no attribute; write it as KIND:NAME, such as genres:Comedy.")
            return words % {"name": repr(name)[:80]}
    return ""


def _is_number(value: Any, *, most: float) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and isfinite(value) and 0 <= value <= most
