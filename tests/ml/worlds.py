"""Tiny worlds with known answers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ml.snapshot import KINDS, Events, ItemTable, Snapshot, Vocabulary

NAN = float("nan")


def items_of(
    count: int,
    *,
    attributes: Sequence[Sequence[str]] | None = None,
    titles: Sequence[str] | None = None,
    texts: Sequence[str] | None = None,
) -> ItemTable:
    attributes = attributes or [[] for _ in range(count)]
    names = sorted({name for own in attributes for name in own})
    rows = [names.index(name) for own in attributes for name in own]
    return ItemTable(
        ids=Vocabulary(tuple(f"i{row}" for row in range(count))),
        titles=tuple(titles or [f"Item {row}" for row in range(count)]),
        texts=tuple(texts or [""] * count),
        years=np.full(count, np.nan, dtype=np.float32),
        attribute_names=tuple(names),
        attribute_starts=np.cumsum([0, *(len(own) for own in attributes)]),
        attributes=np.array(rows, dtype=np.int32),
    )


def snapshot_of(
    histories: Sequence[Sequence[int]],
    *,
    items: ItemTable | int,
    stars: Sequence[Sequence[float]] | None = None,
    times: bool = True,
    scale: tuple[float, float] = (1.0, 5.0),
) -> Snapshot:
    """One list of item rows for each person, oldest first; views, or ratings with `stars`."""
    table = items_of(items) if isinstance(items, int) else items
    flat = [item for history in histories for item in history]
    given = [star for own in stars for star in own] if stars else [NAN] * len(flat)
    users = [user for user, history in enumerate(histories) for _ in history]
    clock = [float(at) for history in histories for at in range(len(history))]
    kind = KINDS.index("rating" if stars else "view")
    events = Events.sorted(
        user=np.array(users, dtype=np.int32),
        item=np.array(flat, dtype=np.int32),
        kind=np.full(len(flat), kind, dtype=np.int8),
        stars=np.array(given, dtype=np.float32),
        time=np.array(clock if times else [NAN] * len(flat), dtype=np.float64),
    )
    people = Vocabulary(tuple(f"u{row}" for row in range(len(histories))))
    return Snapshot(table, people, events, scale)


def checkerboard(*, people: int = 80, items: int = 40, seed: int = 3) -> Snapshot:
    """Even people meet and like even items, odd people odd ones; each met half of theirs."""
    rng = np.random.default_rng(seed)
    histories = [
        rng.permutation(np.arange(person % 2, items, 2))[: items // 4].tolist()
        for person in range(people)
    ]
    attributes = [["side:even"] if row % 2 == 0 else ["side:odd"] for row in range(items)]
    stars = [rng.integers(3, 6, size=len(history)).tolist() for history in histories]
    return snapshot_of(histories, items=items_of(items, attributes=attributes), stars=stars)
