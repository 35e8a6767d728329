"""Which words somebody may have meant: those of titles and creators that are a few slips away.

A slip is a letter too many, too few, another one, or two that changed places. All words at one slip
are tried by name; those at more are looked for by the trigrams they share.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from django.db import connection, transaction

from catalog.search.index import LONGEST_WORD

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
MOST_NEAR = 16
TRIGRAM_CANDIDATES = 80
LEAST_SIMILAR = "0.15"
"""Below PostgreSQL's own 0.3: two slips in eight letters leave a fifth of a word's trigrams."""
UNFINISHED = 0.5
"""What it costs to take a word as the misspelled beginning of a longer one."""


class Near(NamedTuple):
    """Words that one word may stand for, and how far they are from it."""

    words: tuple[str, ...]
    cost: float


def slips_allowed(word: str) -> int:
    if len(word) < 3:
        return 0
    return 1 if len(word) < 5 else 2 if len(word) < 10 else 3


def slips(one: str, other: str, *, most: int) -> int:
    """How many slips lead from one word to the other; `most` + 1 where it is more than that."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, start=1):
        older, before, row = before, row, [at]
        for to, sign in enumerate(other, start=1):
            cost = min(before[to] + 1, row[-1] + 1, before[to - 1] + (letter != sign))
            if at > 1 and to > 1 and letter == other[to - 2] and one[at - 2] == sign:
                cost = min(cost, older[to - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]


def at_one_slip(words: Sequence[str]) -> dict[str, list[Near]]:
    """For each word the known words at one slip from it, also as two words. One query."""
    tried = {word: set(_edits(word)) if slips_allowed(word) else set() for word in words}
    halves = {word: list(_halves(word)) for word in words}
    wanted = set().union(*tried.values(), *(pair for pairs in halves.values() for pair in pairs))
    known = _known(wanted)
    near: dict[str, list[Near]] = {}
    for word in words:
        found = [Near((other,), _cost(word, other)) for other in tried[word] & known - {word}]
        found += [Near(pair, 1.0) for pair in halves[word] if known.issuperset(pair)]
        near[word] = sorted(found, key=lambda one: (one.cost, one.words))
    return near


def further_off(word: str, *, is_begun: bool) -> list[Near]:
    """The known words at more slips, found by trigrams; the nearest first."""
    most = slips_allowed(word)
    found = []
    for other in _sharing_trigrams(word):
        cost: float = slips(word, other, most=most)
        if is_begun and len(other) > len(word):
            begins = min(slips(word, other[: len(word) + more], most=most) for more in (-1, 0, 1))
            cost = min(cost, begins + UNFINISHED)
        if 1 <= cost <= most:
            found.append(Near((other,), cost))
    return sorted(found, key=lambda one: (one.cost, one.words))[:MOST_NEAR]


def known_among(words: Iterable[str]) -> set[str]:
    return _known(set(words))


def _cost(word: str, other: str) -> float:
    """One slip: letters that changed places are the likeliest, another first letter the least."""
    if sorted(word) == sorted(other):
        return 0.8
    return 1.3 if word[0] != other[0] else 1.0


def _edits(word: str) -> Iterator[str]:
    for at in range(len(word) + 1):
        left, right = word[:at], word[at:]
        for letter in LETTERS:
            yield left + letter + right
            if right:
                yield left + letter + right[1:]
        if right:
            yield left + right[1:]
        if len(right) > 1:
            yield left + right[1] + right[0] + right[2:]


def _halves(word: str) -> Iterator[tuple[str, str]]:
    return ((word[:at], word[at:]) for at in range(2, len(word) - 1))


def _known(words: set[str]) -> set[str]:
    fit = [word for word in words if 1 < len(word) <= LONGEST_WORD]
    if not fit:
        return set()
    if connection.vendor == "postgresql":
        sql, values = "SELECT word FROM catalog_searchword WHERE word = ANY(%s)", [fit]
    else:  # one value for all: making a statement of hundreds takes longer than answering it
        sql = "SELECT word FROM catalog_searchword WHERE word IN (SELECT value FROM json_each(%s))"
        values = ['["' + '","'.join(fit) + '"]']  # type: ignore[list-item]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return {word for (word,) in cursor.fetchall()}


def _sharing_trigrams(word: str) -> list[str]:
    if connection.vendor == "postgresql":
        sql = (
            "SELECT word FROM catalog_searchword WHERE word %% %s "
            "ORDER BY similarity(word, %s) DESC, word LIMIT %s"
        )
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('pg_trgm.similarity_threshold', %s, true)", [LEAST_SIMILAR]
            )
            cursor.execute(sql, [word, word, TRIGRAM_CANDIDATES])
            return [found for (found,) in cursor.fetchall()]
    sql = (
        "SELECT catalog_searchword.word FROM catalog_word_grams JOIN catalog_searchword "
        "ON catalog_searchword.id = catalog_word_grams.rowid "
        "WHERE catalog_word_grams MATCH %s ORDER BY bm25(catalog_word_grams) LIMIT %s"
    )
    padded = f"^^{word}$"
    grams = {padded[at : at + 3] for at in range(len(padded) - 2)}
    wanted = " OR ".join(f'"{gram}"' for gram in sorted(grams))
    with connection.cursor() as cursor:
        cursor.execute(sql, [wanted, TRIGRAM_CANDIDATES])
        return [found for (found,) in cursor.fetchall()]
