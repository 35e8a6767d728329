"""Rows about one thing become one: an archive names a film in its ratings, its diary and its list.

The latest rating stands, and where two are of one day that of the list of ratings; of the shelves
the furthest (done, doing, want) with its latest day; of the reviews the last. Every row that went
into one is kept as an origin, so that the rows read are the rows told of.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from catalog.arriving.rows import ArrivedRow
from catalog.arriving.titles import creator_words, title_key

FURTHEST = ("", "want", "doing", "done")
TELLING = ("imdb", "isbn", "goodreads", "tmdb")
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Merged:
    row: ArrivedRow
    origins: tuple[tuple[str, int], ...]


def merge(rows: Iterable[ArrivedRow]) -> list[Merged]:
    """One for each thing, in the order in which things were first named."""
    found: dict[Hashable, Merged] = {}
    for row in rows:
        key = _thing(row)
        known = found.get(key)
        origin = (row.file, row.line)
        found[key] = (
            Merged(row, (origin,))
            if known is None
            else Merged(_both(known.row, row), (*known.origins, origin))
        )
    return list(found.values())


def _thing(row: ArrivedRow) -> Hashable:
    for source in TELLING:
        if source in row.outside:
            return source, row.outside[source].lower()
    return title_key(row.title), row.year, min(creator_words(row.creators), default="")


def _both(one: ArrivedRow, other: ArrivedRow) -> ArrivedRow:
    rated = max((one, other), key=_rating_order)
    shelved = max((one, other), key=_shelf_order)
    return replace(
        one,
        year=one.year if one.year is not None else other.year,
        creators=one.creators or other.creators,
        outside=other.outside | one.outside,
        half_stars=rated.half_stars,
        rated_at=rated.rated_at,
        shelf=shelved.shelf,
        shelved_at=shelved.shelved_at,
        review=other.review or one.review,
    )


def _shelf_order(row: ArrivedRow) -> tuple[int, datetime]:
    return FURTHEST.index(row.shelf), row.shelved_at or NEVER


def _rating_order(row: ArrivedRow) -> tuple[bool, datetime, bool]:
    is_list = row.file.endswith("ratings.csv")
    return row.half_stars is not None, row.rated_at or NEVER, is_list
