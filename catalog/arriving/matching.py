"""Which item a row means, and how that is known.

An id elsewhere decides; then title with year, or with creator; then a year that is one off; then
the title alone where neither side says more; at last a title that is nearly the same. Of weak signs
(the last three) none is taken where two items show it. Items are read through once or twice for all
rows, so that time grows with the catalogue and memory does not.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from rapidfuzz import fuzz, process

from catalog.arriving.models import ArrivalRow
from catalog.arriving.titles import creator_words, title_key, title_keys
from catalog.models import Item, OutsideId

HEAD = re.compile(r"[:;]|\s[-–—]\s")
ALIKE, APART, SHORTEST = 88, 3, 8
"""Of 100: titles less alike are not taken for the same, nor where the next best is so near;
and short ones never are: Host and Ghost."""
NUMERAL = re.compile(r"\d+|[ivx]{1,5}")
IDS_AT_ONCE, ITEMS_AT_ONCE = 500, 5_000
How = ArrivalRow.How


class Wanted(Protocol):
    @property
    def title(self) -> str: ...
    @property
    def year(self) -> int | None: ...
    @property
    def creators(self) -> str: ...
    @property
    def outside(self) -> dict[str, str]: ...


class Match(NamedTuple):
    item: int
    how: ArrivalRow.How
    likeness: int | None = None


class Known(NamedTuple):
    pk: int
    key: str
    year: int | None
    creators: frozenset[str]
    ratings: int


def match(rows: Sequence[Wanted], *, after: int = 0) -> list[Match | None]:
    """For each row its item, among those with an id above `after`."""
    found: list[Match | None] = [None] * len(rows)
    for way in (_by_outside_id, _by_title, _by_likeness):
        places = [place for place, match in enumerate(found) if match is None]
        if places:
            answers = way([rows[place] for place in places], after=after)
            for place, answer in zip(places, answers, strict=True):
                found[place] = answer
    return found


def _by_outside_id(rows: Sequence[Wanted], *, after: int) -> Iterator[Match | None]:
    wanted: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        for source, value in row.outside.items():
            wanted[source] |= _spellings(source, value)
    known: dict[tuple[str, str], int] = {}
    for source, values in wanted.items():
        ordered = sorted(values)
        for at in range(0, len(ordered), IDS_AT_ONCE):
            ids = OutsideId.objects.filter(
                source=source,
                value__in=ordered[at : at + IDS_AT_ONCE],
                item__is_listed=True,
                item__gt=after,
            )
            known |= {(source, value): pk for value, pk in ids.values_list("value", "item")}
    for row in rows:
        items = (
            known.get((source, spelling))
            for source, value in row.outside.items()
            for spelling in sorted(_spellings(source, value))
        )
        item = next((item for item in items if item is not None), None)
        yield None if item is None else Match(item, How.OUTSIDE)


def _spellings(source: str, value: str) -> set[str]:
    """The forms in which catalogues keep an id: IMDb's with and without its letters."""
    if source == "imdb":
        digits = value.lower().removeprefix("tt")
        return {value, digits, f"tt{digits}", digits.lstrip("0"), f"tt{digits.lstrip('0')}"}
    if source == "isbn":
        return {value, value.replace("-", "")}
    return {value}


def _items(*, after: int) -> Iterator[tuple[int, str, int | None, str, int]]:
    items = Item.objects.listed().filter(pk__gt=after).order_by("pk")
    yield from items.values_list("pk", "title", "year", "creator_line", "rating_count").iterator(
        ITEMS_AT_ONCE
    )


def _by_title(rows: Sequence[Wanted], *, after: int) -> Iterator[Match | None]:
    """By the whole title; else by what stands before a subtitle, if year or creator agree, too."""
    whole = [title_keys(row.title) for row in rows]
    heads = [title_keys(HEAD.split(row.title, maxsplit=1)[0]) for row in rows]
    named = _named({key for keys in (*whole, *heads) for key in keys}, after=after)
    for row, keys, head in zip(rows, whole, heads, strict=True):
        found = _chosen(row, _of(keys, named))
        if found is None and head != keys:
            by_head = _chosen(row, _of(head, named))
            if by_head is not None and by_head.how in (How.TITLE_YEAR, How.TITLE_CREATOR):
                found = Match(by_head.item, How.ALIKE)
        yield found


def _named(wanted: set[str], *, after: int) -> dict[str, list[Known]]:
    """The items that each of these keys names."""
    named: dict[str, list[Known]] = defaultdict(list)
    for pk, title, year, creators, ratings in _items(after=after):
        for key in title_keys(title):
            if key in wanted:
                named[key].append(Known(pk, key, year, creator_words(creators), ratings))
    return named


def _of(keys: list[str], named: dict[str, list[Known]]) -> list[Known]:
    return list({known.pk: known for key in keys for known in named.get(key, ())}.values())


def _chosen(row: Wanted, candidates: list[Known]) -> Match | None:
    """Of items with the row's title, the one that it means: the first rule that holds decides."""
    creators = creator_words(row.creators)
    rules = (
        (How.TITLE_YEAR, lambda item: row.year is not None and item.year == row.year),
        (How.TITLE_CREATOR, lambda item: bool(creators & item.creators)),
        (How.NEAR_YEAR, lambda item: _near(row.year, item.year)),
        (
            How.TITLE,
            lambda item: (
                (row.year is None or item.year is None) and not (creators and item.creators)
            ),
        ),
    )
    for how, holds in rules:
        fitting = [item for item in candidates if holds(item)]
        if len(fitting) > 1 and how in (How.NEAR_YEAR, How.TITLE):
            return None
        if fitting:
            return Match(max(fitting, key=lambda item: (item.ratings, -item.pk)).pk, how)
    return None


def _near(one: int | None, other: int | None) -> bool:
    return one is not None and other is not None and abs(one - other) <= 1


def _by_likeness(rows: Sequence[Wanted], *, after: int) -> Iterator[Match | None]:
    """Titles nearly the same, among items of about the year or of the creator."""
    years = {row.year + off for row in rows if row.year is not None for off in (-1, 0, 1)}
    names = {word for row in rows for word in creator_words(row.creators)}
    of_year: dict[int, list[Known]] = defaultdict(list)
    of_name: dict[str, list[Known]] = defaultdict(list)
    for pk, title, year, creators, ratings in _items(after=after):
        shared = names & creator_words(creators) if creators and names else frozenset()
        if year not in years and not shared:
            continue
        known = Known(pk, title_key(title), year, creator_words(creators), ratings)
        if year is not None and year in years:
            of_year[year].append(known)
        for word in shared:
            of_name[word].append(known)
    for row in rows:
        pool = [known for word in creator_words(row.creators) for known in of_name[word]]
        if row.year is not None:
            pool += [known for off in (-1, 0, 1) for known in of_year[row.year + off]]
        yield _alike(title_key(row.title), pool)


def _alike(key: str, pool: list[Known]) -> Match | None:
    """The one item whose title is nearly this; parts of a series differ by more than a letter."""
    items = list({known.pk: known for known in pool}.values())
    found = process.extract(
        key, [known.key for known in items], scorer=fuzz.ratio, score_cutoff=ALIKE - APART, limit=2
    )
    if not found or found[0][1] < ALIKE or min(len(key), len(found[0][0])) < SHORTEST:
        return None
    best, likeness, place = found[0]
    if len(found) > 1 and likeness - found[1][1] < APART or _numbers(key) != _numbers(best):
        return None
    return Match(items[place].pk, How.ALIKE, int(likeness))


def _numbers(key: str) -> set[str]:
    return {word for word in key.split() if NUMERAL.fullmatch(word)}
