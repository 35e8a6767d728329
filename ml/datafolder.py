"""A data set folder as a Snapshot, and a Snapshot as a folder.

A data set folder holds `interactions.csv[.gz]` (user_id,item_id,rating,timestamp and, if wanted,
kind) and `items.csv[.gz]` (item_id,title, then any of year, description and multi-valued columns
joined by "|"). A saved snapshot holds snapshot.json and .npy files. Whatever is wrong is refused
with file, row and cure; row 1 is a file's header.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.files import new_folder
from ml.snapshot import KINDS, Events, ItemTable, Snapshot, SnapshotError, Vocabulary
from ml.tables import DataFolderError, Table, find_table, open_table

__all__ = ["DataFolderError", "load_folder", "read_events", "save_snapshot"]

SNAPSHOT_FORMAT = 1
DEFAULT_SCALE = (0.5, 5.0)
EVENT_COLUMNS = ("user_id", "item_id", "rating", "timestamp", "kind")
EVENT_ARRAYS = ("user", "item", "kind", "stars", "time")
ITEM_ARRAYS = ("years", "attribute_starts", "attributes")


def load_folder(folder: Path) -> Snapshot:
    """The snapshot in a data set folder or in a folder that `save_snapshot` wrote."""
    folder = Path(folder)
    if not folder.is_dir():
        raise DataFolderError(
            f"{folder} is no folder; give one with interactions.csv and items.csv"
        )
    if (folder / "snapshot.json").is_file():
        return _load_snapshot(folder)
    items = _read_items(find_table(folder, "items"))
    users = Codes()
    events = read_events(find_table(folder, "interactions"), users=users, items=items.ids)
    return Snapshot(items, users.vocabulary(), events, scale_of(events))


class Codes(dict[str, int]):
    """Gives each new id the next row."""

    def __missing__(self, id_: str) -> int:
        self[id_] = row = len(self)
        return row

    def vocabulary(self) -> Vocabulary:
        return Vocabulary(tuple(self))


def scale_of(events: Events) -> tuple[float, float]:
    """Lowest and highest rating there is: the data's own scale."""
    if np.all(np.isnan(events.stars)):
        return DEFAULT_SCALE
    return float(np.nanmin(events.stars)), float(np.nanmax(events.stars))


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
        stars = _numbers(table, first_row, "rating", columns.get("rating"), size)
        time = _numbers(table, first_row, "timestamp", columns.get("timestamp"), size)
        self._check_scale(table, first_row, stars)
        kind = _kinds(table, first_row, columns.get("kind"), stars)
        keep: slice | NDArray[np.bool_] = item >= 0 if self.skip_unknown else slice(None)
        self.parts.append(
            tuple(array[keep] for array in (user, item, kind, stars.astype(np.float32), time))
        )

    def _check_scale(self, table: Table, first_row: int, stars: NDArray[np.float64]) -> None:
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


def _numbers(
    table: Table, first_row: int, name: str, column: Sequence[str] | None, size: int
) -> NDArray[np.float64]:
    """A column of finite numbers, NaN where it is empty."""
    if column is None:
        return np.full(size, np.nan)
    try:
        values = np.fromiter(map(float, column), dtype=np.float64, count=size)
        blank = 0
    except ValueError:
        values, blank = _numbers_with_blanks(table, first_row, name, column)
    if np.count_nonzero(np.isfinite(values)) + blank != size:
        at = next(i for i, text in enumerate(column) if text and not math.isfinite(float(text)))
        raise _no_number(table, first_row + at, name, column[at])
    return values


def _numbers_with_blanks(
    table: Table, first_row: int, name: str, column: Sequence[str]
) -> tuple[NDArray[np.float64], int]:
    values, blank = np.full(len(column), np.nan), 0
    for at, text in enumerate(column):
        if not text:
            blank += 1
            continue
        try:
            values[at] = float(text)
        except ValueError:
            raise _no_number(table, first_row + at, name, text) from None
    return values, blank


def _no_number(table: Table, row: int, name: str, text: str) -> DataFolderError:
    cures = {
        "timestamp": "give seconds since 1970, or leave it empty",
        "rating": "give a plain number, or leave it empty",
    }
    shown = text if len(text) <= 40 else f"{text[:40]}..."
    return table.error(
        row,
        f"{name} {shown!r} is no number",
        cure=cures.get(name, "give a number or leave it empty"),
    )


def _kinds(
    table: Table, first_row: int, column: Sequence[str] | None, stars: NDArray[np.float64]
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


def _read_items(path: Path) -> ItemTable:
    codes, attributes = Codes(), Codes()
    titles: list[str] = []
    texts: list[str] = []
    years: list[NDArray[np.float64]] = []
    starts, rows = [0], []
    with open_table(path) as table:
        table.require("item_id", "title")
        many = [name for name in table.columns if name not in _SINGLE_COLUMNS]
        for first_row, columns in table.chunks():
            _add_item_ids(table, first_row, columns["item_id"], codes)
            size = len(columns["item_id"])
            titles += columns["title"]
            texts += columns.get("description", [""] * size)
            years.append(_numbers(table, first_row, "year", columns.get("year"), size))
            for values in (
                zip(*(columns[name] for name in many), strict=True) if many else ((),) * size
            ):
                found = _attribute_rows(many, values, attributes)
                rows += found
                starts.append(starts[-1] + len(found))
    return ItemTable(
        ids=codes.vocabulary(),
        titles=tuple(titles),
        texts=tuple(texts),
        years=np.concatenate([*years, np.empty(0)]).astype(np.float32),
        attribute_names=tuple(attributes),
        attribute_starts=np.asarray(starts, dtype=np.int64),
        attributes=np.asarray(rows, dtype=np.int32),
    )


_SINGLE_COLUMNS = ("item_id", "title", "year", "description")


def _add_item_ids(table: Table, first_row: int, ids: Sequence[str], codes: Codes) -> None:
    for at, id_ in enumerate(ids):
        if not id_:
            raise table.error(first_row + at, "item_id is empty", cure="give every item one")
        if id_ in codes:
            raise table.error(
                first_row + at, f"item_id {id_!r} is repeated", cure="keep one row for each item"
            )
        codes[id_] = len(codes)


def _attribute_rows(names: Sequence[str], values: Sequence[str], attributes: Codes) -> list[int]:
    found: dict[int, None] = {}
    for name, cell in zip(names, values, strict=True):
        if cell:
            for part in cell.split("|"):
                if value := part.strip():
                    found[attributes[f"{name}:{value}"]] = None
    return list(found)


def save_snapshot(snapshot: Snapshot, folder: Path) -> Path:
    """Write a snapshot such that `load_folder` gives the same; the folder appears whole."""
    items = snapshot.items
    texts = {
        "format": SNAPSHOT_FORMAT,
        "scale": list(snapshot.scale),
        "users": snapshot.users.ids,
        "items": items.ids.ids,
        "titles": items.titles,
        "texts": items.texts,
        "attribute_names": items.attribute_names,
        "fingerprint": snapshot.fingerprint(),
    }
    with new_folder(Path(folder)) as draft:
        (draft / "snapshot.json").write_text(json.dumps(texts), encoding="utf-8")
        for name in EVENT_ARRAYS:
            np.save(draft / f"events.{name}.npy", getattr(snapshot.events, name))
        for name in ITEM_ARRAYS:
            np.save(draft / f"items.{name}.npy", getattr(items, name))
    return Path(folder)


def _load_snapshot(folder: Path) -> Snapshot:
    cure = "write the snapshot again"
    try:
        texts = json.loads((folder / "snapshot.json").read_text(encoding="utf-8"))
        if texts.get("format") != SNAPSHOT_FORMAT:
            raise DataFolderError(f"{folder} has format {texts.get('format')!r}; {cure}")
        strings = {name: tuple(texts[name]) for name in _SNAPSHOT_STRINGS}
        arrays = _loader(folder)
        items = ItemTable(
            ids=Vocabulary(strings["items"]),
            titles=strings["titles"],
            texts=strings["texts"],
            attribute_names=strings["attribute_names"],
            **{name: arrays(f"items.{name}") for name in ITEM_ARRAYS},
        )
        events = Events(**{name: arrays(f"events.{name}") for name in EVENT_ARRAYS})
        low, high = texts["scale"]
        snapshot = Snapshot(items, Vocabulary(strings["users"]), events, (low, high))
    except (OSError, EOFError, KeyError, TypeError, ValueError, SnapshotError) as error:
        raise DataFolderError(f"{folder} is no whole snapshot ({error}); {cure}") from error
    if snapshot.fingerprint() != texts.get("fingerprint"):
        raise DataFolderError(f"{folder} was changed after it was written; {cure}")
    return snapshot


_SNAPSHOT_STRINGS = ("users", "items", "titles", "texts", "attribute_names")


def _loader(folder: Path) -> Callable[[str], NDArray[Any]]:
    def load(name: str) -> NDArray[Any]:
        array: NDArray[Any] = np.load(folder / f"{name}.npy", allow_pickle=False)
        return array

    return load


def rows_of(path: Path, *columns: str) -> Iterator[tuple[int, dict[str, Sequence[str]]]]:
    """The chunks of any CSV that has these columns: the first row's number, the columns' cells."""
    with open_table(path) as table:
        table.require(*columns)
        yield from table.chunks()
