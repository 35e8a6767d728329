"""Which items are being tried, as a process remembers it: the same for everybody.

For each run of a model: the items, how much each one still lacks, and which known items it is like.
Nothing here is anybody's. A page asks the database nothing where it is known; where it is not, one
query says that there are none, or three what they are like.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2s
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from catalog.local import local
from catalog.models import Item, ItemAttribute
from ml.lending import borrowed
from ml.snapshot import Floats, Rows, Vocabulary
from recommendations.chance import ItemChance

FRESH_SECONDS = 120
FRESH_SECONDS_IF_NONE = 60
MOST_LENDERS = 5000
"""Only so many known items, those with most ratings, may lend."""
LENDERS = 20
"""So many of them lend to one new item."""
KEY = "recommendations:chances"


@dataclass(frozen=True, eq=False)
class Tried:
    """The items that are being tried, in the order of their ids. C of them."""

    ids: NDArray[np.int64]  # (C,)
    seen: NDArray[np.float64]  # (C,) impressions given so far
    missing: Floats  # (C,) share of its quota that each item lacks, from 0 to 1
    lenders: Rows  # (L,) the model's rows of all items that lend
    shares: sparse.csr_array  # (C, L) how much of each new item's score is whose

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def mark(self) -> bytes:
        """The same as of any other with the same content: reading it again changes no list."""
        digest = blake2s()
        parts = (self.lenders, self.shares.data, self.shares.indices, self.shares.indptr)
        for array in (self.ids, self.seen, self.missing, *parts):
            digest.update(f"{array.dtype}{array.shape}".encode())
            digest.update(array.tobytes())
        return digest.digest()


def tried(run_id: int, items: Vocabulary) -> Tried:
    """What is tried on lists by this run's model."""
    known: dict[int, Tried] = local().get(KEY) or {}
    if run_id not in known:
        known = {**known, run_id: _read(items)}
        seconds = FRESH_SECONDS if len(known[run_id]) else FRESH_SECONDS_IF_NONE
        local().set(KEY, known, seconds)
    return known[run_id]


def forget() -> None:
    """This process looks again; others do when what they know is old."""
    local().delete(KEY)


def _read(items: Vocabulary) -> Tried:
    rows = list(
        ItemChance.objects.filter(state=ItemChance.State.TRIED, item__is_listed=True)
        .order_by("item_id")
        .values_list("item_id", "seen", "quota")
    )
    ids = np.array([pk for pk, _seen, _quota in rows], dtype=np.int64)
    seen = np.array([seen for _pk, seen, _quota in rows], dtype=np.float64)
    quota = np.array([quota for _pk, _seen, quota in rows], dtype=np.float64)
    missing = np.clip(1 - seen / np.maximum(quota, 1), 0, 1).astype(np.float32)
    lenders, shares = _lent(ids.tolist(), items) if rows else _nothing(0)
    return Tried(ids, seen, missing, lenders, shares)


def _nothing(size: int) -> tuple[Rows, sparse.csr_array]:
    return np.empty(0, dtype=np.int32), sparse.csr_array((size, 0), dtype=np.float32)


def _lent(ids: Sequence[int], items: Vocabulary) -> tuple[Rows, sparse.csr_array]:
    """From whom each new item borrows: the known ones with which it shares most, the rarer the
    better. Two queries."""
    own = _links(item__in=ids)
    known = Item.objects.listed().filter(rating_count__gt=0).exclude(pk__in=ids)
    most = known.order_by("-rating_count", "pk").values("pk")[:MOST_LENDERS]
    attributes = {attribute for _item, attribute in own}
    others = _links(attribute__in=attributes, item__in=most)
    order = sorted({item for item, _attribute in others})
    model_rows = items.rows(map(str, order))
    lenders = [pk for pk, row in zip(order, model_rows, strict=True) if row >= 0]
    if not lenders:
        return _nothing(len(ids))
    columns = {attribute: at for at, attribute in enumerate(sorted(attributes))}
    new = _matrix(own, ids, columns)
    old = _matrix(others, lenders, columns)
    rarity = np.log1p(len(lenders) / (1 + old.sum(axis=0)))  # (A,)
    shared = np.asarray((new @ sparse.diags_array(rarity) @ old.T).toarray())  # (C, A) @ (A, K)
    table = borrowed(shared / np.sqrt(np.diff(old.indptr)), most=LENDERS)
    used = np.unique(table.indices)
    return model_rows[model_rows >= 0][used].astype(np.int32), sparse.csr_array(table[:, used])


def _links(**where: Any) -> list[tuple[int, int]]:
    links = ItemAttribute.objects.filter(**where).order_by("item_id", "attribute_id")
    return list(links.values_list("item_id", "attribute_id"))


def _matrix(
    links: Sequence[tuple[int, int]], ids: Sequence[int], columns: dict[int, int]
) -> sparse.csr_array:
    """(N, A): which of some items has which attribute."""
    place = {pk: at for at, pk in enumerate(ids)}
    found = [(place[item], columns[of]) for item, of in links if item in place]
    rows = np.array([row for row, _column in found], dtype=np.int32)
    cells = np.array([column for _row, column in found], dtype=np.int32)
    ones = np.ones(len(found), dtype=np.float32)
    return sparse.csr_array((ones, (rows, cells)), shape=(len(ids), len(columns)))
