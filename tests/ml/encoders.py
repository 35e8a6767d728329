"""Encoders with random weights, and the plain computation that the fast one must agree with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ml.encoding import EncoderScorer, gap_codes, level_codes
from ml.snapshot import KINDS, Floats, History

LENGTH = 20
SCALE = (1.0, 5.0)
OPINIONS, MEAN = 2.0, 3.5


def random_arrays(
    *, items: int = 30, width: int = 16, heads: int = 4, blocks: int = 2, seed: int = 1
) -> dict[str, Floats]:
    rng = np.random.default_rng(seed)

    def normal(*shape: int, scale: float = 0.3, middle: float = 0.0) -> Floats:
        return (middle + scale * rng.standard_normal(shape)).astype(np.float32)

    arrays = {
        "item_vectors": normal(items, width),
        "item_bias": normal(items),
        "start": normal(width),
        "kind": normal(len(KINDS), width),
        "level": normal(11, width),
        "gap": normal(16, width),
        "final_scale": normal(width, middle=1.0),
        "final_shift": normal(width),
    }
    for block in range(blocks):
        named = {
            "average_scale": normal(width, middle=1.0),
            "average_shift": normal(width),
            "average_in": normal(width, 2 * width),
            "average_out": normal(width, width),
            "decay": np.geomspace(0.4, 0.995, heads).astype(np.float32),
            "forward_scale": normal(width, middle=1.0),
            "forward_shift": normal(width),
            "forward_in": normal(width, 4 * width),
            "forward_out": normal(2 * width, width),
        }
        arrays |= {f"block{block}_{name}": array for name, array in named.items()}
    return arrays


def scorer_of(arrays: Mapping[str, Floats], *, blocks: int = 2, length: int = LENGTH):
    settings: dict[str, Any] = {"history": length, "blocks": blocks, "scale": SCALE}
    settings |= {"opinion_weight": OPINIONS, "rating_mean": MEAN}
    return EncoderScorer(arrays, settings)


def random_history(length: int, *, items: int = 30, seed: int | None = None) -> History:
    rng = np.random.default_rng(length if seed is None else seed)
    stars = np.where(rng.random(length) < 0.5, rng.integers(1, 6, length), np.nan)
    return History(
        item=rng.integers(0, items, length).astype(np.int32),
        kind=rng.integers(0, len(KINDS), length).astype(np.int8),
        stars=stars.astype(np.float32),
        time=np.sort(rng.random(length) * 1e7),
    )


def plain_vector(
    arrays: Mapping[str, Floats], history: History, *, blocks: int = 2, length: int = LENGTH
) -> Floats:
    """(D,): the encoder as `ml.model` defines it, event by event, in double precision; and what the
    ratings add."""
    size = len(history)
    gaps = gap_codes(history.time, np.arange(size) == 0)
    levels = level_codes(history.stars, SCALE)
    x = arrays["item_vectors"][history.item] + arrays["kind"][history.kind]
    x = x + arrays["level"][levels] + arrays["gap"][gaps]
    x = np.concatenate([arrays["start"][None], x])[-length:].astype(np.float64)
    for block in range(blocks):
        x = _plain_block(x, {name: arrays[f"block{block}_{name}"] for name in BLOCK_NAMES})
    vector = _norm(x, arrays["final_scale"], arrays["final_shift"])[-1]
    return vector + _plain_opinions(arrays, history)


def _plain_opinions(arrays: Mapping[str, Floats], history: History) -> np.ndarray:
    events = zip(history.item, history.stars, strict=True)
    rated = [(item, stars) for item, stars in events if not np.isnan(stars)]
    usual = (sum(stars for _, stars in rated) + 5 * MEAN) / (len(rated) + 5)
    moved = np.zeros(arrays["start"].shape)
    for item, stars in rated:
        vector = arrays["item_vectors"][item]
        moved += (stars - usual) / (SCALE[1] - SCALE[0]) * vector / np.linalg.norm(vector)
    return OPINIONS * moved / (1 + len(rated) / 5)


BLOCK_NAMES = (
    *("average_scale", "average_shift", "average_in", "average_out", "decay"),
    *("forward_scale", "forward_shift", "forward_in", "forward_out"),
)


def _plain_block(x: np.ndarray, block: Mapping[str, Floats]) -> np.ndarray:
    normed = _norm(x, block["average_scale"], block["average_shift"])
    value, gate = np.split(normed @ block["average_in"], 2, axis=-1)
    decay = np.repeat(block["decay"], x.shape[1] // len(block["decay"])).astype(np.float64)
    average, averages = np.zeros(x.shape[1]), []
    for now in value:
        average = decay * average + np.sqrt(1 - decay**2) * now
        averages.append(average)
    x = x + (np.array(averages) * _silu(gate)) @ block["average_out"]
    normed = _norm(x, block["forward_scale"], block["forward_shift"])
    inner, opening = np.split(normed @ block["forward_in"], 2, axis=-1)
    return x + (inner * _silu(opening)) @ block["forward_out"]


def _norm(x: np.ndarray, scale: Floats, shift: Floats) -> np.ndarray:
    centred = x - x.mean(axis=-1, keepdims=True)
    return centred / np.sqrt(np.square(centred).mean(axis=-1, keepdims=True) + 1e-5) * scale + shift


def _silu(x: np.ndarray) -> np.ndarray:
    return x / (1 + np.exp(-x))
