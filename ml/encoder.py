"""Histories in, person vectors out: one person, a crowd of any lengths, or more events for some.

`ml.encoding` scores items with the vectors, `ml.encoder_state` and `ml.encoder_effects` start from
what is known of a past instead of reading it again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from weakref import ref

import numpy as np

from ml.encoder_blocks import Encoder
from ml.encoder_events import EventReader, Reading
from ml.opinions import Opinions
from ml.snapshot import Floats, History

_NONE = np.empty((0, 0), dtype=np.float32)


class PersonEncoder:
    """The encoder over saved arrays."""

    def __init__(self, arrays: Mapping[str, Floats], settings: Mapping[str, Any]) -> None:
        self.history_length = int(settings["history"])  # L
        self.scale = (float(settings["scale"][0]), float(settings["scale"][1]))
        self.encoder = Encoder(arrays, blocks=int(settings["blocks"]), length=self.history_length)
        self._latest: tuple[Callable[[], History | None], Floats] = (lambda: None), _NONE
        self.reader = EventReader(
            arrays, scale=self.scale, length=self.history_length, first=self.encoder.first
        )
        self.opinions = Opinions(np.asarray(arrays["item_vectors"]), settings)

    def person_vectors(self, histories: Sequence[History]) -> Floats:
        """(B, D); people with histories of about one length are computed together.

        The last vector of a single person is kept while their history is: a page asks for it to
        rank, to explain and to predict.
        """
        if len(histories) != 1:
            return self._vectors(histories)
        known, vectors = self._latest
        if known() is not histories[0]:
            vectors = self._vectors(histories)
            vectors.flags.writeable = False
            self._latest = ref(histories[0]), vectors
        return vectors

    def _vectors(self, histories: Sequence[History]) -> Floats:
        vectors, _ = self.encode(self.reader.read(histories))
        if self.opinions.heard(histories):
            vectors += self.opinions.shifts(self.opinions.said(histories))
        return vectors

    def encode(self, reading: Reading, before: Floats | None = None) -> tuple[Floats, Floats]:
        """Vectors (B, D), opinions aside, and running sums (B, K, D) of K blocks.

        `before` (B, K, D) are the running sums after all that came earlier, None: nothing did.
        """
        people, width = len(reading.counts), self.encoder.width
        vectors = np.empty((people, width), dtype=np.float32)
        sums = np.empty((people, len(self.encoder.blocks), width), dtype=np.float32)
        for rows in reading.batches():
            x, entry = self.reader.vectors(reading, rows)
            earlier = None if before is None else before[rows]
            vectors[rows], sums[rows] = self.encoder.encode(
                x, reading.lengths[rows], before=earlier, entry=entry
            )
        return vectors, sums

    def trace(self, reading: Reading) -> Floats:
        """(T, K, D): the running sums after each thing that is read of a single person."""
        x, entry = self.reader.vectors(reading, np.zeros(1, dtype=np.int64))
        sums: Floats = self.encoder.trace(x, reading.lengths, entry=entry)[0]
        return sums

    def step(self, event: History, before: Floats, *, since: float) -> tuple[Floats, Floats]:
        """The vector (D,), opinions aside, and sums (K, D) after one event, `since` that time on.

        `before` (K, D) are the sums before it. `encode` with less ado.
        """
        return self.encoder.step(self.reader.one(event, since=since), before)
