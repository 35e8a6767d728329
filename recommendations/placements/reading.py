"""The placements in force: the rows, else the defaults, with the items that each may show.

A process reads them when one was changed, and once a minute: one query, and one more where a
surface shows certain attributes only; none in between. It says, by the way, whether there is any
rule at all.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np
from django.db.models import Exists, Q
from django.utils import timezone
from numpy.typing import NDArray

from catalog.models import ItemAttribute
from recommendations.placements import memory
from recommendations.placements.defaults import DEFAULTS, Placed, in_order
from recommendations.placements.model import Placement
from recommendations.placements.settings import SettingsError
from recommendations.remembered import RULES
from recommendations.rules.applying import Compiled
from recommendations.rules.model import Rule

logger = logging.getLogger(__name__)


def in_force(*, is_watched: bool = False) -> Mapping[str, Placed]:
    """By name, in their order; `is_watched` where a model's query tells of changes."""
    known: Mapping[str, Placed] | None = memory.recall()
    if known is None:
        has_rules = Exists(Rule.objects.not_over(timezone.now()))
        rows = {row.name: row for row in Placement.objects.annotate(has_rules=has_rules)}
        for row in list(rows.values())[:1]:
            RULES.note(are_there=getattr(row, "has_rules", True))
        placed = {
            name: _of_row(rows[name]) if name in rows else DEFAULTS[name] for name in DEFAULTS
        }
        known = with_filters(in_order(placed))
        revision = sum(row.revision for row in rows.values())
        memory.keep(known, revision=revision, is_watched=is_watched)
    return known


def with_filters(placed: Mapping[str, Placed]) -> dict[str, Placed]:
    """With the items that each may show, where that is not all. One query for all of them."""
    wanted = {name for one in placed.values() for name in one.settings.only_attributes}
    if not wanted:
        return dict(placed)
    having = _having(wanted)
    return {
        name: replace(one, only=_only(one, having)) if one.settings.only_attributes else one
        for name, one in placed.items()
    }


def narrowed(placed: Mapping[str, Placed], only: Compiled) -> dict[str, Placed]:
    """The same, each showing nothing but these items."""
    return {name: replace(one, only=_both(one.only, only)) for name, one in placed.items()}


def _both(one: Compiled | None, other: Compiled) -> Compiled:
    return other if one is None else only_of(np.intersect1d(one.ids, other.ids))


def only_of(ids: NDArray[np.int64]) -> Compiled:
    """Nothing but these items, rising."""
    return Compiled(rule_id=0, action="only", ids=ids, groups=np.zeros(len(ids), dtype=np.int64))


def _of_row(row: Placement) -> Placed:
    """As the row says; a row that makes no sense, written by hand, changes nothing."""
    try:
        return row.placed
    except SettingsError as error:
        logger.warning("the placement %s is not used: %s", row.name, error)
        return DEFAULTS[row.name]


def _only(placed: Placed, having: Mapping[str, Collection[int]]) -> Compiled:
    ids = sorted({pk for name in placed.settings.only_attributes for pk in having.get(name, ())})
    return only_of(np.array(ids, dtype=np.int64))


def _having(names: Collection[str]) -> dict[str, list[int]]:
    """For each "KIND:NAME", the items that have it."""
    wanted = Q()
    for name in names:
        kind, _colon, of_kind = name.partition(":")
        wanted |= Q(attribute__kind=kind, attribute__name=of_kind)
    found: dict[str, list[int]] = defaultdict(list)
    links = ItemAttribute.objects.filter(wanted).order_by()
    for pk, kind, of_kind in links.values_list(
        "item_id", "attribute__kind", "attribute__name"
    ).iterator():
        found[f"{kind}:{of_kind}"].append(pk)
    return found
