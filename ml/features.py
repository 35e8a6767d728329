"""Items as content: TF-IDF of their attributes and of the words of title and text.

Used for items that nobody has met yet, and to say what two items share.
"""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
from scipy import sparse

from ml.snapshot import ItemTable

WORD = re.compile(r"[^\W\d_]{3,}")
MAX_WORDS = 30_000
YEARS = (4, 10, 30)
ATTRIBUTE_WEIGHT = 2.0
"""An attribute says more about an item than a word of its text does."""


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


def _times(items: ItemTable) -> sparse.csr_array:
    """(I, F): the spans of YEARS years, two that overlap for each length, that a year lies in."""
    dated = np.flatnonzero(np.isfinite(items.years))
    year = items.years[dated].astype(np.int64)
    spans = [(year + shift) // length for length in YEARS for shift in (0, length // 2)]
    columns: list[np.ndarray] = []
    total = 0
    for span in spans:
        named, column = np.unique(span, return_inverse=True)
        columns.append(total + column)
        total += len(named)
    cells = (np.ones(len(dated) * len(spans), dtype=np.float32),)
    places = (np.tile(dated, len(spans)), np.concatenate(columns))
    return sparse.csr_array((*cells, places), shape=(len(items), max(total, 1)))


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
