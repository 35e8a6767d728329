"""`python -m ml recommend`, `predict` and `similar`: lists and ratings for files of people."""

from __future__ import annotations

import csv
import os
import sys
from argparse import Namespace
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml.artifact import load_artifact
from ml.eventfile import Codes, read_events
from ml.files import new_text_file
from ml.ranking import mask
from ml.serving import Recommender, batch_size
from ml.snapshot import Events, History, Rows, Vocabulary
from ml.tables import DataFolderError, open_table


def recommend(arguments: Namespace) -> None:
    recommender = Recommender(load_artifact(arguments.model))
    people = _People(arguments.events, recommender)
    among = _among(arguments.among, recommender.items) if arguments.among else None
    size = batch_size(len(recommender.items))
    parts = [
        range(start, min(start + size, len(people.ids)))
        for start in range(0, len(people.ids), size)
    ]

    def lists(users: range) -> list[Rows]:
        return list(_lists(recommender, [people.history(u) for u in users], arguments, among))

    with new_text_file(arguments.out) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["user_id", "item_ids"])
        for users, found in _side_by_side(lists, parts, threads=arguments.threads):
            for user, rows in zip(users, found, strict=True):
                writer.writerow([people.ids.ids[user], _spaced(recommender.items, rows)])


def _side_by_side(
    work: Callable[[range], list[Rows]], parts: Iterable[range], *, threads: int | None
) -> Iterator[tuple[range, list[Rows]]]:
    """Each part with what came of it, in order; a core for each of a few parts at a time."""
    threads = threads or os.cpu_count() or 1
    waiting: deque[tuple[range, Future[list[Rows]]]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for part in parts:
            waiting.append((part, pool.submit(work, part)))
            if len(waiting) > threads:
                done, future = waiting.popleft()
                yield done, future.result()
        for done, future in waiting:
            yield done, future.result()


def predict(arguments: Namespace) -> None:
    recommender = Recommender(load_artifact(arguments.model))
    people = _People(arguments.events, recommender)
    users, items = _read_pairs(arguments.pairs)
    stars, low, high = (np.empty(len(users)) for _ in range(3))
    for user, places in _grouped(users):
        rows = recommender.items.rows(items[at] for at in places)
        known = people.ids.row(user)
        history = people.history(known) if known >= 0 else History.empty()
        stars[places], low[places], high[places] = recommender.predict_rating(history, rows)
    with new_text_file(arguments.out) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["user_id", "item_id", "rating", "low", "high"])
        for cells in zip(users, items, stars, low, high, strict=True):
            writer.writerow([*cells[:2], *(f"{number:.4f}" for number in cells[2:])])


def similar(arguments: Namespace) -> None:
    recommender = Recommender(load_artifact(arguments.model))
    items = recommender.items
    with new_text_file(arguments.out) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["item_id", "item_ids"])
        size = batch_size(len(items))
        for start in range(0, len(items), size):
            rows = np.arange(start, min(start + size, len(items)), dtype=np.int32)
            for row, picks in zip(
                rows, recommender.similar_to_each(rows, n=arguments.top), strict=True
            ):
                writer.writerow([items.ids[row], _spaced(items, picks.rows)])


class _People:
    """Everyone in an events file, in the order in which they appear."""

    def __init__(self, path: Path, recommender: Recommender) -> None:
        users = Codes()
        scale = recommender.scale if recommender.manifest["counts"]["ratings"] else None
        self._events: Events = read_events(
            path, users=users, items=recommender.items, scale=scale, skip_unknown=True
        )
        self.ids: Vocabulary = users.vocabulary()
        self._offsets = self._events.offsets(len(self.ids))

    def history(self, user: int) -> History:
        part = slice(self._offsets[user], self._offsets[user + 1])
        events = self._events
        return History(events.item[part], events.kind[part], events.stars[part], events.time[part])


def _lists(
    recommender: Recommender,
    histories: list[History],
    arguments: Namespace,
    among: NDArray[np.bool_] | None,
) -> Iterator[Rows]:
    for scores, history in zip(recommender.scores_many(histories), histories, strict=True):
        masked = mask(scores, exclude=None if arguments.include_seen else history.item, among=among)
        yield recommender.diverse(masked, n=arguments.top, diversity=arguments.diversity).rows


def _spaced(items: Vocabulary, rows: Rows) -> str:
    return " ".join(items.ids[row] for row in rows)


def _among(path: Path, items: Vocabulary) -> NDArray[np.bool_]:
    """(I,): the items that a file names; those that the model does not know are said."""
    among = np.zeros(len(items), dtype=bool)
    unknown = 0
    with open_table(path) as table:
        table.require("item_id")
        for _, columns in table.chunks():
            rows = items.rows(columns["item_id"])
            among[rows[rows >= 0]] = True
            unknown += int(np.count_nonzero(rows < 0))
    if not among.any():
        raise DataFolderError(f"{path} names no item that the model knows; train it on these items")
    if unknown:
        sys.stderr.write(f"{unknown} items of {path} are unknown to the model and left out\n")
    return among


def _read_pairs(path: Path) -> tuple[list[str], list[str]]:
    users: list[str] = []
    items: list[str] = []
    with open_table(path) as table:
        table.require("user_id", "item_id")
        for _, columns in table.chunks():
            users += columns["user_id"]
            items += columns["item_id"]
    return users, items


def _grouped(users: list[str]) -> Iterator[tuple[str, NDArray[np.int64]]]:
    """Each user, and at which places of the list they stand."""
    codes = Codes()
    rows = np.fromiter(map(codes.__getitem__, users), dtype=np.int64, count=len(users))
    order = np.argsort(rows, kind="stable")
    starts = np.searchsorted(rows[order], np.arange(1, len(codes)))
    yield from zip(codes, np.split(order, starts), strict=True) if len(codes) else ()
