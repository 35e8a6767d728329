"""A person's vector from their events, and every item's score from it, in NumPy.

The arrays come from `ml.train`, which trains the same computation in TensorFlow (`ml.model`); the
two agree to 1e-4. `ml.serving` calls this for every request, so nothing here loads TensorFlow.
`ml.encoder_events` turns events into vectors, `ml.encoder_blocks` those into people;
`ml.encoder_state` does both one event at a time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.encoder_blocks import Encoder
from ml.encoder_events import (
    GAPS,
    LEVELS,
    Codes,
    EventReader,
    Reading,
    event_gaps,
    gap_codes,
    level_codes,
)
from ml.snapshot import Floats, History

__all__ = [
    "GAPS", "LEVELS", "Codes", "EncoderScorer", "event_gaps", "gap_codes", "level_codes",
]  # fmt: skip

EXPLAINED = 48
"""Only so many of the latest events are weighed as reasons, ..."""
CANDIDATES = 12
"""... and of them only so many, those whose items are closest to what is explained."""


class EncoderScorer:
    """The encoder over saved arrays; a scorer in the sense of `ml.serving`."""

    def __init__(self, arrays: Mapping[str, Floats], settings: Mapping[str, Any]) -> None:
        self.history_length = int(settings["history"])
        self.scale = (float(settings["scale"][0]), float(settings["scale"][1]))
        self.item_vectors = np.asarray(arrays["item_vectors"])  # (I, D)
        self.item_bias = np.asarray(arrays["item_bias"])  # (I,)
        self.encoder = Encoder(arrays, blocks=int(settings["blocks"]), length=self.history_length)
        self.reader = EventReader(
            arrays, scale=self.scale, length=self.history_length, first=self.encoder.first
        )
        self.rating_person = np.asarray(arrays["rating_person"])  # (D, R)
        self.rating_item = np.asarray(arrays["rating_item"])  # (I, R)
        self.rating_item_offset = np.asarray(arrays["rating_item_offset"])  # (I,)
        self.rating_person_bias = np.asarray(arrays["rating_person_bias"])  # (D,)
        self.rating_mean = float(settings["rating_mean"])
        self.rating_shrink = float(settings["rating_shrink"])
        self.rating_spread = float(settings["rating_spread"])

    @property
    def similar_vectors(self) -> Floats:
        return self.item_vectors

    def person_vectors(self, histories: Sequence[History]) -> Floats:
        """(B, D); people with histories of about one length are computed together."""
        vectors, _ = self.encode(self.reader.read(histories))
        return vectors

    def encode(self, reading: Reading, before: Floats | None = None) -> tuple[Floats, Floats]:
        """Vectors (B, D) and running sums (B, K, D) of K blocks after what is read.

        `before` (B, K, D) are the running sums after all that came earlier, None: nothing did.
        """
        people, width = len(reading.counts), self.item_vectors.shape[1]
        vectors = np.empty((people, width), dtype=np.float32)
        sums = np.empty((people, len(self.encoder.blocks), width), dtype=np.float32)
        for rows in reading.batches():
            x, entry = self.reader.vectors(reading, rows)
            vectors[rows], sums[rows] = self.encoder.encode(
                x,
                reading.lengths[rows],
                before=None if before is None else before[rows],
                entry=entry,
            )
        return vectors, sums

    def scores_many(self, histories: Sequence[History]) -> Floats:
        """(B, I)"""
        scores: Floats = self.person_vectors(histories) @ self.item_vectors.T
        scores += self.item_bias
        return scores

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
