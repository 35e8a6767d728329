"""One list for a few people: nobody below their floor, and nobody always worst off.

`pool` narrows the catalogue down to what the members like best together, `together` makes the list.
What a member's floor rules out is masked, so it never comes back, however short the list gets:
average without misery (Masthoff 2004). The order is greedy: each item is worth to a member what it
has above their floor, as a share of the best they could get, and who got less so far weighs more.
That is a step towards the greatest product of what members get (Nash welfare), and balances every
beginning of the list (as Kaya, Bridge and Tintarev 2020 ask for).

M members, I items, C candidates. Sums over members add sorted numbers, so that the order in which
members come changes nothing, not even a last bit. Pure arrays.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml.snapshot import Rows

Wide = NDArray[np.float64]
HEAD_START = 1.0
"""What everybody is taken to have got before the first item, in best items."""


def places(scores: NDArray[np.floating], among: NDArray[np.bool_]) -> Wide:
    """(M, I): the share of the items `among` (I,) that each one is ahead of or equal to, by scores
    (M, I); equal ones in the order of rows. The best has 1; NaN where an item is not among them."""
    rows = np.flatnonzero(among)
    found = np.full(scores.shape, np.nan)
    order = np.argsort(-scores[:, rows], axis=1, kind="stable")
    shares = 1 - np.arange(len(rows)) / max(len(rows), 1)
    for member, own in enumerate(order):
        found[member, rows[own]] = shares
    return found


def pool(places: Wide, *, most: int) -> Rows:
    """The `most` rows that do best by the mean of their places (M, I); those with NaN never."""
    total = np.sort(places, axis=0).sum(axis=0)  # NaN where any is
    rows = np.flatnonzero(~np.isnan(total))
    order = np.argsort(-total[rows], kind="stable")[: max(most, 0)]
    return np.sort(rows[order]).astype(np.int32)


def together(
    predicted: NDArray[np.floating], floors: NDArray[np.floating], *, n: int
) -> NDArray[np.int32]:
    """At most n columns of predicted (M, C), best first, none below any member's floor (M,).

    NaN is below every floor. Equal candidates come in the order of columns.
    """
    values: Wide = np.asarray(predicted, np.float64)
    least: Wide = np.asarray(floors, np.float64)
    if values.ndim != 2 or len(values) != len(floors):
        raise ValueError(
            f"{values.shape} predictions and {len(floors)} floors are not of one group"
        )
    columns = np.flatnonzero(np.all(values >= least[:, None], axis=0))
    worth = _worth(values[:, columns], least)
    got = np.full(len(values), HEAD_START)
    left = np.ones(len(columns), dtype=bool)
    chosen: list[int] = []
    for _place in range(min(max(n, 0), len(columns))):
        gains = np.sort(worth / got[:, None], axis=0).sum(axis=0)
        best = int(np.argmax(np.where(left, gains, -np.inf)))
        chosen.append(best)
        left[best] = False
        got += worth[:, best]
    return columns[chosen].astype(np.int32)


def _worth(values: Wide, floors: Wide) -> Wide:
    """(M, C): from 0 at a member's floor to 1 for the best that they could get."""
    above = values - floors[:, None]
    best = above.max(axis=1, initial=0.0)
    return np.where(best[:, None] > 0, above / np.where(best > 0, best, 1.0)[:, None], 1.0)
