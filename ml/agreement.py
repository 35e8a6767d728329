"""How far people agree, by what they both rated.

A rating's *offset* is what it has above the item's usual rating, the person's own leniency taken
off; so that two people do not agree because both like what everybody likes. Agreement is the
correlation of two people's offsets over the n items that both rated, shrunk by n / (n + SHRINK)
towards nothing (Koren and Bell, "Advances in Collaborative Filtering", section on neighbourhoods;
Herlocker et al. 1999 weigh by min(n / 50, 1) for the same reason). SciPy and NumPy only.

P people, I items, N ratings.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Floats = NDArray[np.float32]
Ints = NDArray[np.integer]
SHRINK = 50.0
USUAL_FROM = 5.0
"""As many imagined ratings of the overall mean stand beside an item's own."""


def offsets(person: Ints, item: Ints, stars: NDArray[np.floating]) -> Floats:
    """(N,) for N ratings; people and items are rows, from 0."""
    stars = np.asarray(stars, dtype=np.float64)
    if not len(stars):
        return np.empty(0, dtype=np.float32)
    overall = stars.mean()
    total, count = np.bincount(item, weights=stars - overall), np.bincount(item)
    off = stars - overall - (total / (count + USUAL_FROM))[item]
    usual = np.bincount(person, weights=off) / np.maximum(np.bincount(person), 1)
    return np.asarray(off - usual[person], dtype=np.float32)


def agreement(known: csr_array, row: int) -> tuple[Floats, NDArray[np.int64]]:
    """(P,), (P,): the agreement of each person with that of a row of offsets (P, I), from -1 to 1,
    and how many items both rated. Nobody agrees with themselves here: 0 and 0."""
    start, end = known.indptr[row], known.indptr[row + 1]
    own = np.zeros(known.shape[1], dtype=np.float32)
    rated = np.zeros_like(own)
    own[known.indices[start:end]] = known.data[start:end]
    rated[known.indices[start:end]] = 1
    ones = csr_array((np.ones_like(known.data), known.indices, known.indptr), shape=known.shape)
    squares = csr_array((known.data**2, known.indices, known.indptr), shape=known.shape)
    both = ones @ rated  # (P, I) @ (I,) -> (P,)
    size = np.sqrt((squares @ rated) * (ones @ own**2))
    alike = np.divide(known @ own, size, out=np.zeros(len(both), np.float32), where=size > 1e-6)
    alike *= both / (both + SHRINK)
    alike[row] = both[row] = 0
    return np.clip(alike, -1, 1).astype(np.float32), both.astype(np.int64)
