"""What a person's vector would be without one of their events.

Taking an event away changes nothing before it, so only what follows is computed again, from the
running sums that stand there: half the work or less, and all in one batch.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml.encoder import PersonEncoder
from ml.snapshot import Floats, History


def vectors_without(
    encoder: PersonEncoder, history: History, events: NDArray[np.integer]
) -> Floats:
    """(C, D): the vector of the history without each of some of its latest L events (C,)."""
    size, most = len(history), encoder.history_length
    first = max(0, size - 1 - most)  # the first event that is read when a later one is gone
    has_start = size - 1 < most
    reading = encoder.reader.read_last(
        [history.take(slice(max(0, first - 1), None))],
        np.array([size - first]),
        starts=np.array([has_start]),
    )
    sums = encoder.trace(reading)  # (T, K, D)
    rests = [_rest(history, int(event)) for event in events]
    # Reading goes on with what stood before the event, so that there always is something to read.
    place = np.asarray(events) - first + has_start - 2  # of the sums before that, -1: none
    before = np.where(place[:, None, None] >= 0, sums[np.maximum(place, 0)], 0)
    at_start = np.asarray(events) == 0
    counts = size - np.asarray(events) - at_start
    vectors, _ = encoder.encode(
        encoder.reader.read_last(rests, counts, starts=at_start), before.astype(np.float32)
    )
    if encoder.opinions.heard([history]):
        vectors += encoder.opinions.shifts_without(history, events)
    return vectors


def _rest(history: History, event: int) -> History:
    """From two events before one on, without it."""
    kept = np.arange(max(0, event - 2), len(history))
    return history.take(kept[kept != event])
