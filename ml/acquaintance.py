"""Which items people know, and which are known together: what the welcome page asks from.

`acquaintance_of` counts it in a snapshot, for the items that most people met; every artifact holds
it. `Acquaintance.supposed` is what one may think before anything was counted. Nothing here is about
one person: these are shares of all people, and how two of them vary together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ml.snapshot import Rows, Snapshot

Matrix = NDArray[np.float64]

MOST_ASKED = 500
"""So many items may be asked about, those that most people met."""
MOST_EVENTS = 5_000_000
"""Past so many events, random people are left out."""
DOUBTED_PEOPLE = 50.0
"""As many imagined people, who met items independently, stand beside the real ones."""
SUPPOSED_TIES = 0.5
"""How strongly knowing an item is supposed to go with knowing one that is wholly alike."""


@dataclass(frozen=True)
class Acquaintance:
    """Of Q items: their rows (Q,), the share of people who met each (Q,), its covariance (Q, Q)."""

    rows: Rows
    known: Matrix
    together: Matrix

    def __len__(self) -> int:
        return len(self.rows)

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[Any]]) -> Self | None:
        """From an artifact's component; None where it has none, as older ones."""
        if not arrays or not len(arrays["rows"]):
            return None
        known, together = (arrays[name].astype(np.float64) for name in ("known", "together"))
        return cls(np.asarray(arrays["rows"], dtype=np.int32), known, together)

    @classmethod
    def supposed(cls, rows: Rows, counts: NDArray[np.number], alike: Matrix) -> Self:
        """From how often each item was met (Q,), and how alike they are (Q, Q): 1 with itself."""
        known = (counts + 1) / (max(counts.max(initial=0), 1) * 2 + 1)
        spread = np.sqrt(known * (1 - known))
        ties = SUPPOSED_TIES * alike
        np.fill_diagonal(ties, 1)
        return cls(rows, np.asarray(known, dtype=np.float64), spread[:, None] * ties * spread)


def acquaintance_of(snapshot: Snapshot) -> dict[str, NDArray[Any]]:
    """The arrays of an Acquaintance; empty ones where nobody did anything."""
    snapshot = snapshot.of_some_people(MOST_EVENTS, seed=0)
    events = snapshot.events
    size = len(snapshot.items)
    pairs = np.unique(events.user.astype(np.int64) * max(size, 1) + events.item)
    user, item = np.divmod(pairs, max(size, 1))
    counts = np.bincount(item, minlength=size)
    rows = np.argsort(-counts, kind="stable")[:MOST_ASKED]
    rows = rows[counts[rows] > 0].astype(np.int32)
    place = np.full(size, -1)
    place[rows] = np.arange(len(rows))
    asked = place[item] >= 0
    people = len(np.unique(user))
    ones = np.ones(np.count_nonzero(asked), dtype=np.float32)
    shape = (len(snapshot.users), len(rows))
    met = sparse.csr_array((ones, (user[asked], place[item[asked]])), shape=shape)
    both = (met.T @ met).toarray().astype(np.float64)  # (Q, U) @ (U, Q)
    known = (np.diag(both) + 1) / (people + 2)
    together = (both - np.outer(np.diag(both), np.diag(both)) / max(people, 1)) / max(people, 1)
    together *= people / (people + DOUBTED_PEOPLE)
    np.fill_diagonal(together, known * (1 - known))
    return {
        "rows": rows,
        "known": known.astype(np.float32),
        "together": together.astype(np.float32),
    }
