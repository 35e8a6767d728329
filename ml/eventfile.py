"""Events from a CSV file, checked row by row; used for data sets and by the command line.

`Codes` hands out rows to new ids. What is wrong is refused with file, row and cure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.snapshot import KINDS, Events, Floats, Vocabulary
from ml.tables import Table, open_table

EVENT_COLUMNS = ("user_id", "item_id", "rating", "timestamp", "kind")


class Codes(dict[str, int]):
    """Gives each new id the next row."""

    def __missing__(self, id_: str) -> int:
        self[id_] = row = len(self)
        return row

    def vocabulary(self) -> Vocabulary:
        return Vocabulary(tuple(self))


def read_events(
    path: Path,
    *,
    users: Codes,
    items: Vocabulary,
    scale: tuple[float, float] | None = None,
    skip_unknown: bool = False,
) -> Events:
    """The events of an interactions file; new users are added to `users`.

    An item that `items` lacks is an error, or left out with `skip_unknown`; so is a rating
    outside of `scale`, where one is given.
    """
    reader = _EventReader(users=users, items=items, scale=scale, skip_unknown=skip_unknown)
    with open_table(path) as table:
        table.require("user_id", "item_id")
        table.allow(*EVENT_COLUMNS)
        for first_row, columns in table.chunks():
            reader.add(table, first_row, columns)
    return reader.events()


@dataclass
class _EventReader:
    users: Codes
    items: Vocabulary
    scale: tuple[float, float] | None
    skip_unknown: bool
    parts: list[tuple[NDArray[Any], ...]] = field(default_factory=list)

    def add(self, table: Table, first_row: int, columns: dict[str, Sequence[str]]) -> None:
        for name in ("user_id", "item_id"):
            if "" in columns[name]:
                at = first_row + columns[name].index("")
                raise table.error(at, f"{name} is empty", cure="give every row one")
        item = self.items.rows(columns["item_id"])
        size = len(item)
        if not self.skip_unknown and size and item.min() < 0:
            at = int(np.argmin(item))
            raise table.error(
                first_row + at,
                f"item {columns['item_id'][at]!r} is not in the item table",
                cure="add it to items.csv or remove the row",
            )
        user = np.fromiter(
            map(self.users.__getitem__, columns["user_id"]), dtype=np.int32, count=size
        )
        stars = table.numbers(first_row, "rating", columns.get("rating"), size).astype(np.float32)
        time = table.numbers(first_row, "timestamp", columns.get("timestamp"), size)
        self._check_scale(table, first_row, stars)
        kind = _kinds(table, first_row, columns.get("kind"), stars)
        keep: slice | NDArray[np.bool_] = item >= 0 if self.skip_unknown else slice(None)
        self.parts.append(tuple(array[keep] for array in (user, item, kind, stars, time)))

    def _check_scale(self, table: Table, first_row: int, stars: Floats) -> None:
        if self.scale is None:
            return
        outside = np.flatnonzero((stars < self.scale[0]) | (stars > self.scale[1]))
        if len(outside):
            raise table.error(
                first_row + int(outside[0]),
                f"rating {stars[outside[0]]:g} lies outside the model's scale "
                f"{self.scale[0]:g} to {self.scale[1]:g}",
                cure="convert the ratings to that scale",
            )

    def events(self) -> Events:
        empty = (np.int32, np.int32, np.int8, np.float32, np.float64)
        parts = self.parts or [tuple(np.empty(0, dtype=dtype) for dtype in empty)]
        user, item, kind, stars, time = (
            np.concatenate(column) for column in zip(*parts, strict=True)
        )
        return Events.sorted(user=user, item=item, kind=kind, stars=stars, time=time)


def _kinds(
    table: Table, first_row: int, column: Sequence[str] | None, stars: Floats
) -> NDArray[np.int8]:
    """The kind column's codes; where it is empty, a rating or else a view."""
    rating, view = KINDS.index("rating"), KINDS.index("view")
    kinds = np.where(np.isnan(stars), view, rating).astype(np.int8)
    if column is None:
        return kinds
    codes = {"": -1, **{name: code for code, name in enumerate(KINDS)}}
    try:
        given = np.fromiter(map(codes.__getitem__, column), dtype=np.int8, count=len(column))
    except KeyError as error:
        at = column.index(error.args[0])
        raise table.error(
            first_row + at,
            f"kind {column[at][:40]!r} is unknown",
            cure=f"use one of {', '.join(KINDS)}, or leave it empty",
        ) from None
    wrong = np.flatnonzero((given == rating) & np.isnan(stars))
    if len(wrong):
        raise table.error(
            first_row + int(wrong[0]), "a rating event has no rating", cure="give it a number"
        )
    return np.where(given < 0, kinds, given).astype(np.int8)
