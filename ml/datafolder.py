"""A data set folder as a Snapshot, and a Snapshot as a folder.

A data set folder holds `interactions.csv[.gz]` (user_id,item_id,rating,timestamp and, if wanted,
kind) and `items.csv[.gz]` (item_id,title, then any of year, description and multi-valued columns
joined by "|"). A saved snapshot holds snapshot.json and .npy files. Whatever is wrong is refused
with file, row and cure; row 1 is a file's header.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.eventfile import Codes, read_events
from ml.files import new_folder
from ml.snapshot import Events, ItemTable, Snapshot, SnapshotError, Vocabulary
from ml.tables import DataFolderError, Table, find_table, open_table

__all__ = ["DataFolderError", "load_folder", "save_snapshot"]

SNAPSHOT_FORMAT = 1
DEFAULT_SCALE = (0.5, 5.0)
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


def scale_of(events: Events) -> tuple[float, float]:
    """Lowest and highest rating there is: the data's own scale."""
    if np.all(np.isnan(events.stars)):
        return DEFAULT_SCALE
    return float(np.nanmin(events.stars)), float(np.nanmax(events.stars))


def _read_items(path: Path) -> ItemTable:
    codes, attributes = Codes(), Codes()
    titles: list[str] = []
    texts: list[str] = []
    years: list[NDArray[np.float64]] = []
    starts, rows = [0], []
    with open_table(path) as table:
        table.require("item_id", "title")
        many = [name for name in table.columns if not _is_single(name)]
        for first_row, columns in table.chunks():
            _add_item_ids(table, first_row, columns["item_id"], codes)
            size = len(columns["item_id"])
            titles += columns["title"]
            texts += columns.get("description", [""] * size)
            years.append(table.numbers(first_row, "year", columns.get("year"), size))
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
_SITE_COLUMNS = ("cover_url", "added_at", "is_listed")


def _is_single(name: str) -> bool:
    """Whether a column says one thing about one item; outside ids and what only a site's export
    has say nothing that items could share."""
    return name in _SINGLE_COLUMNS or name in _SITE_COLUMNS or name.endswith("_id")


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
