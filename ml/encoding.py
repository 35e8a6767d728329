"""A person's vector from their events, and every item's score from it, in NumPy.

The arrays come from `ml.train`, which trains the same computation in TensorFlow (`ml.model`); the
two agree to 1e-4. `ml.serving` calls this for every request, so nothing here loads TensorFlow.
`ml.encoder` makes the vectors; here they meet the items.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.encoder import PersonEncoder
from ml.encoder_effects import vectors_without
from ml.encoder_events import GAPS, LEVELS, Codes, event_gaps, gap_codes, level_codes
from ml.snapshot import Floats, History, Rows

__all__ = [
    "GAPS", "LEVELS", "Codes", "EncoderScorer", "event_gaps", "gap_codes", "level_codes",
]  # fmt: skip

LATEST = 8
"""So many of the latest events are tried as reasons: nearly always one of them is the strongest."""
EXPLAINED, CLOSEST = 24, 4
"""Of so many of the latest events, so many more: those closest to what is explained."""


class EncoderScorer(PersonEncoder):
    """The encoder and the items; a scorer in the sense of `ml.serving`."""

    def __init__(self, arrays: Mapping[str, Floats], settings: Mapping[str, Any]) -> None:
        super().__init__(arrays, settings)
        self.item_vectors = np.asarray(arrays["item_vectors"])  # (I, D)
        self.item_bias = np.asarray(arrays["item_bias"])  # (I,)

    @property
    def similar_vectors(self) -> Floats:
        return self.item_vectors

    def scores_many(self, histories: Sequence[History]) -> Floats:
        """(B, I)"""
        scores: Floats = self.person_vectors(histories) @ self.item_vectors.T
        scores += self.item_bias
        return scores

    def scores_of(self, history: History, rows: Rows) -> Floats:
        """(P,): the scores of some items alone."""
        (vector,) = self.person_vectors([history])
        scores: Floats = self.item_vectors[rows] @ vector + self.item_bias[rows]
        return scores

    def effects(self, history: History, rows: Rows) -> Floats:
        """(T, P): how much lower each row's score would be without each event.

        Computed for `candidates`; all other effects are NaN: nobody knows them.
        """
        events = self.candidates(history, rows)
        effects = np.full((len(history), len(rows)), np.nan, dtype=np.float32)
        effects[events] = self.effects_of(history, rows, events)
        return effects

    def effects_of(self, history: History, rows: Rows, events: NDArray[np.integer]) -> Floats:
        """(C, P): how much lower each row's score would be without each of some events (C,)."""
        if not len(events):
            return np.zeros((0, len(rows)), dtype=np.float32)
        change = self.person_vectors([history]) - vectors_without(self, history, events)
        return np.asarray(change @ self.item_vectors[rows].T)  # (C, D) @ (D, P)

    def candidates(self, history: History, rows: Rows) -> NDArray[np.int64]:
        """Events (C,) that may well have moved one of the rows; trying all would take long."""
        size = len(history)
        latest = max(0, size - min(LATEST, self.history_length))
        first = max(0, size - min(EXPLAINED, self.history_length))
        items = history.item[first:latest]
        near = self.item_vectors[items] @ self.item_vectors[rows].T  # (T, D) @ (D, P)
        best_of_row = np.argsort(-near, axis=0, kind="stable").ravel()  # each row's closest first
        _, at = np.unique(best_of_row, return_index=True)
        closest = np.sort(best_of_row[np.sort(at)][:CLOSEST])
        return np.concatenate([first + closest, np.arange(latest, size)])
