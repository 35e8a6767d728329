"""Items as content: TF-IDF of their attributes, of the words of title and text, and of years.

Used for items that nobody has met yet, and to say what two items share.
"""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ml.snapshot import ItemTable, Rows, Snapshot

WORD = re.compile(r"[^\W\d_]{3,}")
MAX_WORDS = 30_000
YEARS = (4, 10, 30)
PLACES = (8, 30, 120)
ATTRIBUTE_WEIGHT = 2.0
"""An attribute says more about an item than a word of its text does."""
PLACES_WEIGHT = 0.35  # beside the other content, which has length 1
NEAR = 10  # places apart in the catalogue
TELLING, SURE = 1.3, 5.0
"""Where people meet near items so many times as often as by chance, and it is so many standard
deviations from chance, the order of the catalogue tells something."""


def words_of(text: str) -> list[str]:
    return WORD.findall(text.casefold())


def content_matrix(items: ItemTable, *, max_words: int = MAX_WORDS) -> sparse.csr_array:
    """(I, F): rows of length 1, or 0 where an item has no content; for cosines."""
    size = len(items)
    attributes = sparse.csr_array(
        (
            np.ones(len(items.attributes), dtype=np.float32),
            items.attributes,
            items.attribute_starts,
        ),
        shape=(size, len(items.attribute_names)),
    )
    words = _word_counts(items, max_words=max_words)
    parts = [_tf_idf(attributes) * ATTRIBUTE_WEIGHT, _tf_idf(words), _tf_idf(_times(items))]
    both = sparse.hstack(parts, format="csr")
    return _unit_rows(sparse.csr_array(both, dtype=np.float32))


def content_to_learn(snapshot: Snapshot) -> sparse.csr_array:
    """(I, F): `content_matrix`, and each item's place in the catalogue where that says something.

    Items are often listed as they were added, series by series; whoever meets one meets the next.
    """
    content = content_matrix(snapshot.items)
    if not order_tells(snapshot):
        return content
    rows = np.arange(len(snapshot.items))
    places = _tf_idf(_spans(rows, rows, PLACES, size=len(rows)))
    return _unit_rows(sparse.hstack([content, places * PLACES_WEIGHT], format="csr"))


def order_tells(snapshot: Snapshot) -> bool:
    """Whether items that stand near each other in the catalogue are met by the same people.

    Where there are times, one after the other; else in any order, as they may have been sorted.
    """
    item = snapshot.events.item if snapshot.has_times else _shuffled(snapshot)
    user = snapshot.events.user
    pairs = (user[1:] == user[:-1]) & (item[1:] != item[:-1])
    found = np.count_nonzero(np.abs(item[1:] - item[:-1])[pairs] <= NEAR)
    size = len(snapshot.items)
    counts = np.bincount(item, minlength=size).astype(np.float64)
    sums = np.concatenate([[0.0], np.cumsum(counts)])
    row = np.arange(size)
    near = sums[np.minimum(row + NEAR + 1, size)] - sums[np.maximum(row - NEAR, 0)] - counts
    all_pairs = counts.sum() ** 2 - (counts**2).sum()
    by_chance = np.count_nonzero(pairs) * float(counts @ near) / max(all_pairs, 1.0)
    return bool(found > TELLING * by_chance and found - by_chance > SURE * np.sqrt(by_chance))


def _shuffled(snapshot: Snapshot) -> Rows:
    """(N,): the events' items, each person's in random order."""
    events = snapshot.events
    return events.item[np.lexsort((np.random.default_rng(0).random(len(events)), events.user))]


def _times(items: ItemTable) -> sparse.csr_array:
    """(I, F): the spans of YEARS years that each item's year lies in."""
    dated = np.flatnonzero(np.isfinite(items.years))
    return _spans(dated, items.years[dated].astype(np.int64), YEARS, size=len(items))


def _spans(
    rows: NDArray[np.int64], numbers: NDArray[np.int64], lengths: tuple[int, ...], *, size: int
) -> sparse.csr_array:
    """(size, F): of each length the spans, two that overlap, that some rows' numbers lie in."""
    spans = [(numbers + shift) // length for length in lengths for shift in (0, length // 2)]
    columns: list[np.ndarray] = []
    total = 0
    for span in spans:
        named, column = np.unique(span, return_inverse=True)
        columns.append(total + column)
        total += len(named)
    cells = np.ones(len(rows) * len(spans), dtype=np.float32)
    places = (np.tile(rows, len(spans)), np.concatenate(columns))
    return sparse.csr_array((cells, places), shape=(size, max(total, 1)))


def _word_counts(items: ItemTable, *, max_words: int) -> sparse.csr_array:
    documents = [
        Counter(words_of(f"{title} {text}"))
        for title, text in zip(items.titles, items.texts, strict=True)
    ]
    seen_in: Counter[str] = Counter()
    for document in documents:
        seen_in.update(document.keys())
    shared = sorted(
        (word for word, count in seen_in.items() if 2 <= count <= max(2, len(documents) // 2)),
        key=lambda word: (-seen_in[word], word),
    )
    column = {word: at for at, word in enumerate(shared[:max_words])}
    starts, columns, counts = [0], [], []
    for document in documents:
        for word, count in document.items():
            if word in column:
                columns.append(column[word])
                counts.append(1 + np.log(count))
        starts.append(len(columns))
    return sparse.csr_array(
        (
            np.asarray(counts, dtype=np.float32),
            np.asarray(columns, dtype=np.int32),
            np.asarray(starts, dtype=np.int64),
        ),
        shape=(len(documents), max(len(column), 1)),
    )


def _tf_idf(counts: sparse.csr_array) -> sparse.csr_array:
    rows, columns = counts.shape
    if not rows or not columns:
        return counts
    seen_in = np.bincount(counts.indices, minlength=columns)
    weights = np.log((1 + rows) / (1 + seen_in)).astype(np.float32)
    return _unit_rows(sparse.csr_array(counts @ sparse.diags_array(weights)))


def _unit_rows(matrix: sparse.csr_array) -> sparse.csr_array:
    if not matrix.shape[0]:
        return matrix
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    scale = np.divide(1, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    return sparse.csr_array(sparse.diags_array(scale) @ matrix)
