"""What one person's ratings say, beside the others' where enough of them say something too.

Pure: arrays in (`own.Own`, `community.Community`), plain values out. Means are in stars.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from django.utils.translation import gettext as _

from catalog.models import MAX_HALF_STARS, MIN_HALF_STARS
from recommendations.my_taste.community import NO_YEAR, Community, Numbers, is_told
from recommendations.my_taste.own import Own

MOST_GROUPS, MOST_UNUSUAL, MOST_CREATORS = 12, 6, 8
UNUSUAL_FROM = 0.5  # stars away from what the others gave
DOUBTED = 3
"""A creator's mean counts so many ratings more, of what the person gives on average."""
FEWEST_OF_A_CREATOR = 2
MOST_MONTHS = 36
"""Longer than that goes by years."""
FEWEST_MONTHS = 6


@dataclass(frozen=True)
class Group:
    """Ratings that have something in common, a genre or a decade, and the others' of its items."""

    name: str
    count: int
    mean: float
    others: float | None
    """None where too few people stand behind it."""

    @property
    def beyond(self) -> float | None:
        return None if self.others is None else self.mean - self.others

    @property
    def at(self) -> float:
        """Where the mean lies between the fewest stars and the most, in percent."""
        return _percent(self.mean)

    @property
    def others_at(self) -> float | None:
        return None if self.others is None else _percent(self.others)


@dataclass(frozen=True)
class Unusual:
    """An item that somebody rated unlike the others."""

    item_id: int
    stars: float
    others: float
    people: int


@dataclass(frozen=True)
class Creator:
    """A name, how often it was rated and how; `liking` doubts a mean of few."""

    name: str
    count: int
    mean: float
    liking: float


@dataclass(frozen=True)
class Streak:
    """Days in a row on each of which something was rated."""

    days: int
    last: int  # ordinal


@dataclass(frozen=True)
class Span:
    """What was rated in a month, or in a year."""

    start: date
    months: int
    count: int
    mean: float | None


@dataclass(frozen=True)
class Spread:
    """(10,): how often each number of half stars was given, in percent."""

    own: list[float]
    others: list[float] | None
    """None where too few people stand behind it."""


def over_time(own: Own) -> list[Span]:
    """By month, or by year where it is long, from the first rating to the last."""
    if not len(own):
        return []
    months = _months(own)
    if months[-1] - months[0] >= MOST_MONTHS:
        return _spans(own, months, 12, first=int(months[0]) // 12 * 12, last=int(months[-1]))
    first = min(int(months[0]), int(months[-1]) - FEWEST_MONTHS + 1)
    return _spans(own, months, 1, first=first, last=int(months[-1]))


def by_month(own: Own, year: int) -> list[Span]:
    """(12,): the months of a year, of ratings of that year."""
    return _spans(own, _months(own), 1, first=12 * year, last=12 * year + 11)


def spread(own: Own, others: Community) -> Spread:
    mine = np.bincount(own.half_stars, minlength=11)[1:11]
    theirs = _shares(others.histogram) if is_told(others.counts) else None
    return Spread(_shares(mine), theirs)


def genres(own: Own, others: Community) -> list[Group]:
    """By genre, those with most ratings first."""
    links = others.genre_links(np.arange(len(others.item_ids)))
    return _groups(own, others, links, others.genres)[:MOST_GROUPS]


def decades(own: Own, others: Community) -> list[Group]:
    """By decade, in order."""
    rows = np.flatnonzero(others.years != NO_YEAR)
    decade, number = np.unique(others.years[rows] // 10 * 10, return_inverse=True)
    names = [_("%(decade)ds") % {"decade": year} for year in decade.tolist()]
    found = _groups(own, others, (rows, number), names)[:MOST_GROUPS]
    return sorted(found, key=lambda group: names.index(group.name))


def unusual(own: Own) -> tuple[list[Unusual], list[Unusual]]:
    """What somebody liked, and disliked, most beyond what others think of it."""
    beyond = np.nan_to_num(own.beyond, nan=0.0)
    order = np.argsort(-beyond, kind="stable")
    likes = [at for at in order if beyond[at] >= UNUSUAL_FROM][:MOST_UNUSUAL]
    dislikes = [at for at in order[::-1] if beyond[at] <= -UNUSUAL_FROM][:MOST_UNUSUAL]
    return [_unusual(own, at) for at in likes], [_unusual(own, at) for at in dislikes]


def kindness(own: Own) -> float | None:
    """By how many stars somebody is kinder than others are to the same items, on average."""
    return float(np.nanmean(own.beyond)) if own.told.any() else None


def longest_streak(own: Own) -> Streak | None:
    """The latest of the longest."""
    days = np.unique(own.days)
    if not len(days):
        return None
    begins = np.flatnonzero(np.diff(days, prepend=days[0] - 2) > 1)
    lengths = np.diff(np.append(begins, len(days)))
    at = len(lengths) - 1 - int(np.argmax(lengths[::-1]))
    return Streak(int(lengths[at]), int(days[begins[at] + lengths[at] - 1]))


def creators(own: Own, names: Iterable[tuple[int, str]]) -> list[Creator]:
    """The favourite ones; `names` says who made what, by item id."""
    usual = own.mean or 0.0
    given: Mapping[int, float] = dict(
        zip(own.item_ids.tolist(), (own.half_stars / 2).tolist(), strict=True)
    )
    by_name: dict[str, list[float]] = {}
    for item_id, name in names:
        if item_id in given:
            by_name.setdefault(name, []).append(given[item_id])
    found = [
        Creator(
            name,
            len(stars),
            sum(stars) / len(stars),
            (sum(stars) + DOUBTED * usual) / (len(stars) + DOUBTED),
        )
        for name, stars in by_name.items()
        if len(stars) >= FEWEST_OF_A_CREATOR
    ]
    liked = [creator for creator in found if creator.liking >= usual]
    return sorted(liked, key=lambda each: (-each.liking, -each.count, each.name))[:MOST_CREATORS]


def _months(own: Own) -> Numbers:
    """(N,): each rating's month, counted from the year 0."""
    dates = [date.fromordinal(day) for day in own.days.tolist()]
    return np.array([each.year * 12 + each.month - 1 for each in dates], dtype=np.int64)


def _spans(own: Own, months: Numbers, step: int, *, first: int, last: int) -> list[Span]:
    places = (months - first) // step
    size = (last - first) // step + 1
    counts = np.bincount(places, minlength=size)
    sums = np.bincount(places, own.half_stars, minlength=size)
    starts = [date(at // 12, at % 12 + 1, 1) for at in range(first, last + 1, step)]
    return [
        Span(start, step, count, total / count / 2 if count else None)
        for start, count, total in zip(starts, counts.tolist(), sums.tolist(), strict=True)
    ]


def _shares(counts: Numbers) -> list[float]:
    return (100 * counts / max(counts.sum(), 1)).tolist()  # type: ignore[no-any-return]


def _percent(stars: float) -> float:
    """Inside its edges, so that a dot is whole."""
    return round(4 + 92 * (stars * 2 - MIN_HALF_STARS) / (MAX_HALF_STARS - MIN_HALF_STARS), 1)


def _groups(
    own: Own, others: Community, links: tuple[Numbers, Numbers], names: Iterable[str]
) -> list[Group]:
    """`links`: rows of items, and the group of each."""
    rows, group = links
    place = np.full(len(others.item_ids), -1)
    own_rows = others.rows(own.item_ids)
    place[own_rows[own_rows >= 0]] = np.flatnonzero(own_rows >= 0)
    found = []
    for number, name in enumerate(names):
        here = rows[group == number]
        mine = place[here]
        half_stars = own.half_stars[mine[mine >= 0]]
        if not len(half_stars):
            continue
        counts, sums = others.counts[here], others.sums[here]
        mean = float(sums.sum() / counts.sum() / 2) if is_told(counts) else None
        found.append(Group(name, len(half_stars), float(half_stars.mean()) / 2, mean))
    return sorted(found, key=lambda each: (-each.count, each.name))


def _unusual(own: Own, at: int) -> Unusual:
    people = int(own.other_counts[at])
    return Unusual(
        item_id=int(own.item_ids[at]),
        stars=float(own.half_stars[at]) / 2,
        others=float(own.other_sums[at]) / people / 2,
        people=people,
    )
