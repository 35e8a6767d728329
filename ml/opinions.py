"""What somebody thinks of items moves their vector: towards what they liked, away from the rest.

What comes next hardly depends on ratings, so a network that learns what comes next hardly hears
them. Whoever rates expects to be heard:

    u += w / (1 + n / HEARD) * sum over n rated events of level(e) v(e) / |v(e)|

with the level of a rating as its distance from what is usual for the person, in lengths of the
scale. `ml.encoder` adds it to what the network says of a person. NumPy only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ml.snapshot import Floats, History, Rows

HEARD = 5.0
"""Up to about so many ratings are added up; of more it is their mean that counts."""
MEAN_WORTH = 5.0
"""How many ratings of their own outweigh everyone's mean in what is usual for a person."""


@dataclass(frozen=True)
class Said:
    """What the ratings of B people add up to, so that one more costs the same however many."""

    vectors: Floats  # (B, D) sum of v / |v|
    weighed: Floats  # (B, D) the same, each times the stars
    stars: Floats  # (B,)
    count: Floats  # (B,)

    def __add__(self, other: Said) -> Said:
        return Said(
            self.vectors + other.vectors,
            self.weighed + other.weighed,
            self.stars + other.stars,
            self.count + other.count,
        )

    def __sub__(self, other: Said) -> Said:
        return Said(
            self.vectors - other.vectors,
            self.weighed - other.weighed,
            self.stars - other.stars,
            self.count - other.count,
        )

    @classmethod
    def of(cls, vectors: Floats, events: Sequence[History]) -> Self:
        """From unit vectors (N, D) of all the people's events, one person after the other."""
        stars = np.concatenate([np.empty(0, dtype=np.float32), *(e.stars for e in events)])
        ends = np.cumsum([0, *map(len, events)])
        rated = (~np.isnan(stars)).astype(np.float32)
        stars = np.nan_to_num(stars, nan=0.0)
        at = np.arange(len(stars))
        shape = (len(events), len(stars))
        counted, weighed = (sparse.csr_array((by, at, ends), shape=shape) for by in (rated, stars))
        return cls(counted @ vectors, weighed @ vectors, weighed.sum(axis=1), counted.sum(axis=1))


class Opinions:
    """Over the items' vectors (I, D). Settings: `opinion_weight`, 0 for none; `rating_mean`, of
    everyone; `scale`."""

    def __init__(self, item_vectors: Floats, settings: Mapping[str, Any]) -> None:
        low, high = settings["scale"]
        self._weight = float(settings.get("opinion_weight", 0.0)) if high > low else 0.0
        self._range = float(high - low)
        self._mean = float(settings.get("rating_mean", 0.0))
        self._vectors = item_vectors
        if self._weight:
            sizes = np.sqrt(np.einsum("id,id->i", item_vectors, item_vectors))
            self._sizes = np.maximum(sizes, 1e-6).astype(np.float32)  # (I,)

    def heard(self, histories: Sequence[History]) -> bool:
        """Whether anything would be moved."""
        return self._weight != 0 and any(not np.isnan(h.stars).all() for h in histories)

    def said(self, histories: Sequence[History]) -> Said:
        items = np.concatenate([np.empty(0, dtype=np.int32), *(h.item for h in histories)])
        return Said.of(self._units(items), histories)

    def shifts(self, said: Said) -> Floats:
        """(B, D)"""
        usual = (said.stars + MEAN_WORTH * self._mean) / (said.count + MEAN_WORTH)
        pull = self._weight / self._range / (1 + said.count / HEARD)
        moved = pull[:, None] * (said.weighed - usual[:, None] * said.vectors)
        return np.asarray(moved, dtype=np.float32)

    def shifts_without(self, history: History, events: NDArray[np.integer]) -> Floats:
        """(C, D): the shift of the history without each of some events (C,)."""
        each = [history.take(slice(event, event + 1)) for event in np.asarray(events).tolist()]
        return self.shifts(self.said([history]) - self.said(each))

    def _units(self, items: Rows) -> Floats:
        if not self._weight:
            return np.zeros((len(items), self._vectors.shape[1]), dtype=np.float32)
        units: Floats = self._vectors[items] / self._sizes[items, None]
        return units
