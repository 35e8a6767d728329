"""Signals in sentences, for moderators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.models import Item

Signal = dict[str, Any]


def sentences(signals: Sequence[Signal]) -> list[str]:
    """What each says, in their order."""
    items = {signal["item"] for signal in signals if "item" in signal}
    titles = {item.pk: str(item) for item in Item.objects.cards().filter(pk__in=items)}
    return [WORDS[signal["name"]](signal, titles) for signal in signals if signal["name"] in WORDS]


def _wave(signal: Signal, titles: dict[int, str]) -> str:
    said = {
        "count": signal["count"],
        "title": titles.get(signal["item"], "?"),
        "expected": round(signal["expected"], 1),
    }
    if signal["high"]:
        return (
            _(
                "Is one of %(count)d new accounts that gave “%(title)s” 4 stars or more "
                "at one time; %(expected)s were to be expected."
            )
            % said
        )
    return _(
        "Is one of %(count)d new accounts that gave “%(title)s” 2 stars or fewer at one time; "
        "%(expected)s were to be expected."
    ) % said  # fmt: skip


def _twins(signal: Signal, titles: dict[int, str]) -> str:
    return ngettext(
        "%(count)d other new account gave the same stars to nearly the same rare items.",
        "%(count)d other new accounts gave the same stars to nearly the same rare items.",
        signal["count"],
    ) % {"count": signal["count"]}


def _deviation(signal: Signal, titles: dict[int, str]) -> str:
    return _(
        "Rates far from others, by %(distance).1f times the usual spread; most people are at 0.5."
    ) % {"distance": signal["distance"]}


def _pace(signal: Signal, titles: dict[int, str]) -> str:
    return _("Gave %(count)d ratings within ten minutes.") % {"count": signal["count"]}


def _new(signal: Signal, titles: dict[int, str]) -> str:
    return _("Gave nearly all ratings while the account was new.")


WORDS = {"wave": _wave, "twins": _twins, "deviation": _deviation, "pace": _pace, "new": _new}
