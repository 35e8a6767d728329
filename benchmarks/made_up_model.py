"""An artifact of the right shapes without a training, for benchmarks of serving."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ml.artifact import Artifact
from ml.ratings import fit_ratings
from ml.snapshot import Events, Floats, History, ItemTable, Snapshot, Vocabulary

WIDTH, HEADS, BLOCKS, INNER, LENGTH = 128, 16, 2, 256, 200
CLUSTERS, TASTES = 300, 24  # what structure the items have: some near ones, few dimensions
LINKS = 30  # of each item, to those that often follow
SCALE = (1.0, 5.0)


def made_up_model(items: int) -> Artifact:
    """A network and a Markov rule with random weights, over items in clusters."""
    rng = np.random.default_rng(1)
    encoder = {"name": "encoder", "scorer": "encoder", "weight": 1.0}
    encoder |= {"history": LENGTH, "blocks": BLOCKS}
    rule = {"name": "transitions", "scorer": "item-item", "weight": 0.6, "half_life": 2.0}
    rule |= {"log_floor": 1e-4, "similar_power": 0.3}
    arrays = {f"encoder.{name}": array for name, array in _encoder(items, rng)}
    arrays |= {f"transitions.{name}": array for name, array in _links(items, rng)}
    arrays |= {f"ratings.{name}": array for name, array in _ratings(items).items()}
    manifest = {
        "kind": "hybrid",
        "label": "made up",
        "scale": list(SCALE),
        "components": [encoder, rule],
        "counts": {"items": items, "people": 0, "events": 0, "ratings": 1},
    }
    return Artifact(manifest, Vocabulary(tuple(map(str, range(items)))), arrays)


def made_up_history(length: int, items: int, rng: np.random.Generator) -> History:
    """Ratings, some days apart."""
    return History(
        item=rng.integers(0, items, length, dtype=np.int32),
        kind=np.zeros(length, dtype=np.int8),
        stars=rng.integers(1, 6, length).astype(np.float32),
        time=1e9 + np.cumsum(rng.exponential(86_400.0, length)),
    )


def _encoder(items: int, rng: np.random.Generator) -> Iterator[tuple[str, Floats]]:
    def normal(*shape: int, scale: float = WIDTH**-0.5) -> Floats:
        return rng.standard_normal(shape, dtype=np.float32) * np.float32(scale)

    tastes = normal(TASTES, WIDTH)
    middles = normal(CLUSTERS, TASTES, scale=1.0)
    vectors = normal(items, TASTES, scale=0.4)
    vectors += middles[rng.integers(0, CLUSTERS, items)]
    yield "item_vectors", vectors @ tastes + normal(items, WIDTH, scale=0.02)
    yield "item_bias", normal(items, scale=0.5)
    yield "start", normal(WIDTH)
    for name, rows in (("kind", 5), ("level", 11), ("gap", 16)):
        yield name, normal(rows, WIDTH, scale=0.02)
    for name in ("final", *(f"block{number}_{part}" for number in range(BLOCKS) for part in NORMS)):
        yield f"{name}_scale", 1 + normal(WIDTH, scale=0.1)
        yield f"{name}_shift", normal(WIDTH, scale=0.1)
    for number in range(BLOCKS):
        yield f"block{number}_average_in", normal(WIDTH, 2 * WIDTH)
        yield f"block{number}_average_out", normal(WIDTH, WIDTH)
        yield f"block{number}_decay", 0.5 ** (1 / np.geomspace(0.7, 150, HEADS, dtype=np.float32))
        yield f"block{number}_forward_in", normal(WIDTH, 2 * INNER)
        yield f"block{number}_forward_out", normal(INNER, WIDTH)


NORMS = ("average", "forward")


def _links(items: int, rng: np.random.Generator) -> Iterator[tuple[str, np.ndarray]]:
    each = min(LINKS, items)
    columns = rng.integers(0, items, (items, each), dtype=np.int32)
    yield "columns", np.sort(columns, axis=1).ravel()
    yield "values", rng.random(items * each, dtype=np.float32)
    yield "starts", np.arange(items + 1, dtype=np.int64) * each
    yield "popularity", rng.zipf(1.5, items).clip(1, 10_000).astype(np.float32)


def _ratings(items: int) -> dict[str, np.ndarray]:
    """Of a catalogue without a single rating."""
    ids = Vocabulary(tuple(map(str, range(items))))
    table = ItemTable(
        ids=ids,
        titles=ids.ids,
        texts=("",) * items,
        years=np.full(items, np.nan, dtype=np.float32),
        attribute_names=(),
        attribute_starts=np.zeros(items + 1, dtype=np.int64),
        attributes=np.empty(0, dtype=np.int32),
    )
    none = np.empty(0, dtype=np.int32)
    stars = np.empty(0, dtype=np.float32)
    events = Events(none, none, none.astype(np.int8), stars, stars.astype(np.float64))
    return fit_ratings(Snapshot(table, Vocabulary(()), events, SCALE))
