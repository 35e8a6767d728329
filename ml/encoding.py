"""A person's vector from their events, and every item's score from it, in NumPy.

The arrays come from `ml.train`, which trains the same computation in TensorFlow (`ml.model`); the
two agree to 1e-4. `ml.serving` calls this for every request, so nothing here loads TensorFlow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.snapshot import Events, Floats, History

LEVELS = 11  # 0: not rated; 1 to 10: tenths of the rating scale
GAPS = 16  # 0: unknown; 1 to 15: doublings of the seconds since the event before
EXPLAINED = 48
"""Only so many of the latest events are weighed as reasons, ..."""
CANDIDATES = 12
"""... and of them only so many, those whose items are closest to what is explained."""
Codes = NDArray[np.int32]


def level_codes(stars: Floats, scale: tuple[float, float]) -> Codes:
    """Where on the scale a rating lies, as a code below LEVELS. Any shape."""
    low, high = scale
    share = (stars - low) / (high - low) if high > low else np.where(np.isnan(stars), np.nan, 1.0)
    codes = 1 + np.rint(9 * np.clip(np.nan_to_num(share), 0, 1))
    return np.where(np.isnan(stars), 0, codes).astype(np.int32)


def gap_codes(time: NDArray[np.float64], first: NDArray[np.bool_]) -> Codes:
    """How long after the event before it each event came; `first` marks those without one. (N,)"""
    gap = np.diff(time, prepend=np.nan)
    gap[first] = np.nan
    codes = 1 + np.floor(np.log2(1 + np.clip(np.nan_to_num(gap), 0, None) / 60))
    return np.where(np.isnan(gap), 0, np.minimum(codes, GAPS - 1)).astype(np.int32)


def event_gaps(events: Events) -> Codes:
    """`gap_codes` of many people's events at once."""
    return gap_codes(events.time, np.diff(events.user, prepend=-1) != 0)


@dataclass(frozen=True)
class Block:
    """One residual block: causal averages, then a gated feed-forward layer."""

    average_scale: Floats  # (D,)
    average_shift: Floats  # (D,)
    average_in: Floats  # (D, 2D)
    average_out: Floats  # (D, D)
    decay: Floats  # (H,) in (0, 1)
    forward_scale: Floats  # (D,)
    forward_shift: Floats  # (D,)
    forward_in: Floats  # (D, 2E)
    forward_out: Floats  # (E, D)


BLOCK_ARRAYS = tuple(Block.__dataclass_fields__)


def layer_norm(x: Floats, scale: Floats, shift: Floats) -> Floats:
    """Normalise the last axis. (..., D) -> (..., D)"""
    centred = x - x.mean(axis=-1, keepdims=True)
    variance = np.square(centred).mean(axis=-1, keepdims=True)
    result: Floats = centred / np.sqrt(variance + 1e-5) * scale + shift
    return result


def silu(x: Floats) -> Floats:
    result: Floats = x / (1 + np.exp(-x))
    return result


def toeplitz(decay: Floats, length: int) -> Floats:
    """(H, T, T): weight of event s in the average at t, sqrt(1 - a^2) a^(t - s), 0 for s > t."""
    distance = np.arange(length)[:, None] - np.arange(length)[None, :]
    powers = decay[:, None, None] ** np.maximum(distance, 0)
    scale = np.sqrt(1 - decay**2)[:, None, None]
    return np.where(distance >= 0, powers * scale, 0).astype(np.float32)


def averages(value: Floats, kernel: Floats) -> Floats:
    """Averages by head: (B, T, D) with a kernel (H, S, T) -> (B, S, D)."""
    batch, length, width = value.shape
    heads = len(kernel)
    by_head = value.reshape(batch, length, heads, width // heads).transpose(0, 2, 1, 3)
    mixed: Floats = kernel @ by_head  # (H, S, T) @ (B, H, T, D/H) -> (B, H, S, D/H)
    return mixed.transpose(0, 2, 1, 3).reshape(batch, -1, width)


def run_block(x: Floats, block: Block, kernel: Floats, *, only_last: bool) -> Floats:
    """(B, T, D) -> (B, T, D), or (B, 1, D): the last position alone. `kernel` is (H, L, L)."""
    length, width = x.shape[1:]
    kernel = kernel[:, length - 1 : length, :length] if only_last else kernel[:, :length, :length]
    normed = layer_norm(x, block.average_scale, block.average_shift)
    value = normed @ block.average_in[:, :width]
    here = slice(-1, None) if only_last else slice(None)
    gate = normed[:, here] @ block.average_in[:, width:]
    mixed = averages(value, kernel) * silu(gate)
    x = (x[:, here] + mixed @ block.average_out).astype(np.float32, copy=False)
    normed = layer_norm(x, block.forward_scale, block.forward_shift)
    inner, opening = np.split(normed @ block.forward_in, 2, axis=-1)
    result: Floats = x + (inner * silu(opening)) @ block.forward_out
    return result


class EncoderScorer:
    """The encoder over saved arrays; a scorer in the sense of `ml.serving`."""

    def __init__(self, arrays: Mapping[str, Floats], settings: Mapping[str, Any]) -> None:
        self.history_length = int(settings["history"])
        self.scale = (float(settings["scale"][0]), float(settings["scale"][1]))
        self.item_vectors = arrays["item_vectors"]  # (I, D)
        self.item_bias = arrays["item_bias"]  # (I,)
        self.start = arrays["start"]  # (D,) stands before the first event
        self.kind = arrays["kind"]  # (KINDS, D)
        self.level = arrays["level"]  # (LEVELS, D)
        self.gap = arrays["gap"]  # (GAPS, D)
        self.final = (arrays["final_scale"], arrays["final_shift"])
        self.blocks = [
            Block(**{name: arrays[f"block{number}_{name}"] for name in BLOCK_ARRAYS})
            for number in range(int(settings["blocks"]))
        ]
        self.kernels = [toeplitz(block.decay, self.history_length) for block in self.blocks]
        self.rating_person = arrays["rating_person"]  # (D, R)
        self.rating_item = arrays["rating_item"]  # (I, R)
        self.rating_item_offset = arrays["rating_item_offset"]  # (I,)
        self.rating_person_bias = arrays["rating_person_bias"]  # (D,)
        self.rating_mean = float(settings["rating_mean"])
        self.rating_shrink = float(settings["rating_shrink"])
        self.rating_spread = float(settings["rating_spread"])

    @property
    def similar_vectors(self) -> Floats:
        return self.item_vectors

    def events(self, history: History) -> Floats:
        """(T + 1, D): the vectors of a history's latest events behind the start vector."""
        first = np.zeros(len(history), dtype=bool)
        first[:1] = True
        gaps = gap_codes(history.time, first)
        x = (
            self.item_vectors[history.item]
            + self.kind[history.kind]
            + self.level[level_codes(history.stars, self.scale)]
            + self.gap[gaps]
        )
        return np.concatenate([self.start[None], x])[-self.history_length :].astype(np.float32)

    def encode(self, x: Floats) -> Floats:
        """Vectors of equally long histories: (B, T, D) -> (B, D)."""
        last = len(self.blocks) - 1
        for number, (block, kernel) in enumerate(zip(self.blocks, self.kernels, strict=True)):
            x = run_block(x, block, kernel, only_last=number == last)
        return layer_norm(x[:, -1], *self.final)

    def person_vectors(self, histories: Sequence[History]) -> Floats:
        """(B, D); people with histories of one length are computed together."""
        result = np.zeros((len(histories), self.item_vectors.shape[1]), dtype=np.float32)
        events = [self.events(history) for history in histories]
        lengths = np.array([len(x) for x in events])
        for length in np.unique(lengths):
            (rows,) = np.nonzero(lengths == length)
            for part in np.array_split(rows, -(-len(rows) * length // 20_000)):
                result[part] = self.encode(np.stack([events[row] for row in part]))
        return result

    def scores_many(self, histories: Sequence[History]) -> Floats:
        """(B, I)"""
        return self.person_vectors(histories) @ self.item_vectors.T + self.item_bias

    def effects(self, history: History, rows: NDArray[np.integer]) -> Floats:
        """(T, P): how much lower each row's score would be without each event.

        Computed for the latest EXPLAINED events, and among them for those whose items lie closest
        to one of the rows; all other effects are NaN: nobody knows them.
        """
        first = max(0, len(history) - EXPLAINED)
        recent = history.take(slice(first, None))
        effects = np.full((len(history), len(rows)), np.nan, dtype=np.float32)
        events = self._closest_events(recent, rows)
        without = [recent.take(np.arange(len(recent)) != event) for event in events]
        vectors = self.person_vectors([recent, *without])
        scores = vectors @ self.item_vectors[rows].T  # (1 + C, D) @ (D, P)
        effects[first + events] = scores[0] - scores[1:]
        return effects

    def _closest_events(self, history: History, rows: NDArray[np.integer]) -> NDArray[np.int64]:
        """At most CANDIDATES events (C,), by their items' closeness to any of the rows."""
        near = self.item_vectors[history.item] @ self.item_vectors[rows].T  # (T, D) @ (D, P)
        best_of_row = np.argsort(-near, axis=0, kind="stable")  # (T, P), each row's closest first
        _, at = np.unique(best_of_row.ravel(), return_index=True)
        return np.sort(best_of_row.ravel()[np.sort(at)][:CANDIDATES])

    def predict_ratings(self, history: History, rows: NDArray[np.integer]) -> tuple[Floats, Floats]:
        """Mean (P,) and standard deviation (P,) of the ratings the person would give."""
        rated = ~np.isnan(history.stars)
        expected = self.rating_mean + self.rating_item_offset[history.item[rated]]
        surplus = history.stars[rated] - expected
        person = surplus.sum() / (len(surplus) + self.rating_shrink)
        (vector,) = self.person_vectors([history])
        mean = (
            self.rating_mean
            + self.rating_item_offset[rows]
            + person
            + vector @ self.rating_person_bias
            + self.rating_item[rows] @ (vector @ self.rating_person)
        )
        mean = np.clip(mean, *self.scale).astype(np.float32)
        return mean, np.full(len(rows), self.rating_spread, dtype=np.float32)
