"""What the dials turn: the year and the number of events of each item that a model knows.

From catalogue rows, which follow what happens, while an artifact has no years. The same for
everybody, so each process keeps it for a while, by run: two queries at most where it is cold, and
none after. Only what a set dial asks for is read.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from hashlib import blake2s
from typing import Any

import numpy as np
from django.db.models import F, Q
from numpy.typing import NDArray

from catalog.local import local
from catalog.models import Item, ItemAttribute
from ml.dials import Dials
from ml.taste import Known
from recommendations.engine import LiveModel

FRESH_SECONDS = 600
NO_YEAR = -(2**15)  # while rows travel: not every database has NaN
ROW = np.dtype([("item", "i8"), ("year", "i4"), ("events", "i8")])


def known(model: LiveModel, dials: Dials) -> Known:
    """What these dials need to know of the model's items."""
    events = moment = None
    if dials.niche or dials.old:
        events, moment = _figures(model)
    return Known(
        events, moment, _having(model, [key for key, dial in dials.attributes.items() if dial])
    )


def _figures(model: LiveModel) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Both (I,): how many events each item has, and its year, NaN where unknown."""
    key = f"recommendations:figures:{model.run_id}"
    found: Any = local().get(key)
    if found is None:
        found = _read_figures(model)
        local().set(key, found, FRESH_SECONDS)
    events, moment = found
    return events, moment


def _read_figures(model: LiveModel) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    items = Item.objects.order_by().values_list("pk", "year", F("rating_count") + F("view_count"))
    found = np.fromiter(
        ((pk, NO_YEAR if year is None else year, events) for pk, year, events in items.iterator()),
        dtype=ROW,
    )
    rows = model.recommender.items.rows(map(str, found["item"].tolist()))
    found, rows = found[rows >= 0], rows[rows >= 0]
    events = np.zeros(len(model.recommender.items), dtype=np.float32)
    moment = np.full(len(events), np.nan, dtype=np.float32)
    events[rows] = found["events"]
    moment[rows] = np.where(found["year"] == NO_YEAR, np.nan, found["year"])
    return events, moment


def _having(model: LiveModel, names: Sequence[str]) -> dict[str, NDArray[np.bool_]]:
    """For each attribute, "KIND:NAME", which items have it, (I,); one query for all new ones."""
    keys = {name: f"recommendations:having:{model.run_id}:{_safe(name)}" for name in names}
    found: dict[str, Any] = local().get_many(keys.values()) if keys else {}
    missing = [name for name, key in keys.items() if key not in found]
    if missing:
        read = {keys[name]: rows for name, rows in _read_having(model, missing).items()}
        local().set_many(read, FRESH_SECONDS)
        found |= read
    masks = {}
    for name, key in keys.items():
        masks[name] = np.zeros(len(model.recommender.items), dtype=bool)
        masks[name][found[key]] = True
    return masks


def _read_having(model: LiveModel, names: Collection[str]) -> dict[str, NDArray[np.int32]]:
    """The rows of the items with each attribute."""
    wanted = Q()
    for name in names:
        kind, _colon, of_kind = name.partition(":")
        wanted |= Q(attribute__kind=kind, attribute__name=of_kind)
    links = ItemAttribute.objects.filter(wanted).order_by()
    of_name: dict[str, list[str]] = {name: [] for name in names}
    for pk, kind, of_kind in links.values_list(
        "item_id", "attribute__kind", "attribute__name"
    ).iterator():
        of_name[f"{kind}:{of_kind}"].append(str(pk))
    rows = {name: model.recommender.items.rows(ids) for name, ids in of_name.items()}
    return {name: own[own >= 0] for name, own in rows.items()}


def _safe(name: str) -> str:
    """An attribute as part of a cache's key, which may be neither long nor have spaces."""
    return blake2s(name.encode(), digest_size=16).hexdigest()
