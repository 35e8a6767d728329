"""One year of somebody's ratings: favourites, and the year in a few sentences.

The page and the picture of a year (`recommendations.my_taste.poster`) say the same; what sentences
compare with comes from enough people or is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from django.http import Http404
from django.template.defaultfilters import floatformat
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.models import Item
from catalog.templatetags.catalog_tags import stars_named, stars_text
from recommendations.my_taste import figures
from recommendations.my_taste.community import Community
from recommendations.my_taste.figures import Group, Unusual
from recommendations.my_taste.own import Own

FAVOURITES, NAMED_GENRES = 6, 2
KINDER = 0.25
"""Fewer stars beyond the others than this are not worth a sentence."""
ENOUGH_OF_A_GENRE = 3


@dataclass(frozen=True)
class Favourite:
    item: Item
    half_stars: int

    @property
    def stars(self) -> str:
        return stars_text(self.half_stars / 2)


@dataclass(frozen=True)
class Review:
    """A year, looked back at."""

    year: int
    own: Own
    genres: list[Group]
    favourites: list[Favourite]
    sentences: list[str]

    @property
    def count(self) -> int:
        return len(self.own)

    @property
    def mean(self) -> float | None:
        return self.own.mean

    @property
    def by_month(self) -> list[int]:
        """(12,)"""
        months = [date.fromordinal(day).month - 1 for day in self.own.days.tolist()]
        return np.bincount(np.array(months, dtype=np.int64), minlength=12).tolist()  # type: ignore[no-any-return]


def in_calendar(year: int) -> int:
    """A year that the calendar has; else 404."""
    if not date.min.year <= year <= date.max.year:
        raise Http404
    return year


def favourite_rows(own: Own) -> list[int]:
    """The best rated; among equals those that others think less of, then the latest."""
    beyond = np.nan_to_num(own.beyond, nan=0.0)
    order = np.lexsort((-own.days, -beyond, -own.half_stars))
    return [int(at) for at in order[:FAVOURITES]]


def review_of(own: Own, year: int, everybody: Community) -> Review:
    """One query, for the items that are named."""
    part = own.of_year(year)
    rows = favourite_rows(part)
    likes, dislikes = figures.unusual(part)
    odd = [*likes[:1], *dislikes[:1]]
    wanted = [int(part.item_ids[at]) for at in rows] + [each.item_id for each in odd]
    items = Item.objects.listed().cards().in_bulk(wanted) if wanted else {}
    genres = figures.genres(part, own.others(everybody))
    favourites = [
        Favourite(items[int(part.item_ids[at])], int(part.half_stars[at]))
        for at in rows
        if int(part.item_ids[at]) in items
    ]
    return Review(year, part, genres, favourites, _sentences(part, genres, odd, items))


def _sentences(
    own: Own, genres: list[Group], odd: list[Unusual], items: Mapping[int, Item]
) -> list[str]:
    said = [_most_of_it(genres), _kindest_to(genres), _kindness(own)]
    said += [_unlike_others(each, items[each.item_id]) for each in odd if each.item_id in items]
    return [sentence for sentence in [*said, _streak(own)] if sentence]


def _most_of_it(genres: list[Group]) -> str:
    names = [f"{group.name} ({number_format(group.count)})" for group in genres[:NAMED_GENRES]]
    if len(names) < NAMED_GENRES:
        return _("Most of it was %(genre)s.") % {"genre": names[0]} if names else ""
    first, second = names
    return _("Most of it was %(first)s and %(second)s.") % {"first": first, "second": second}


def _kindest_to(genres: list[Group]) -> str:
    known = [g for g in genres if g.beyond is not None and g.count >= ENOUGH_OF_A_GENRE]
    best = max(known, key=lambda group: group.beyond or 0.0, default=None)
    if best is None or best.beyond is None or best.beyond < KINDER:
        return ""
    return _("You were kindest to %(genre)s: %(stars)s stars more than everybody else.") % {
        "genre": best.name,
        "stars": floatformat(best.beyond, 1),
    }


def _kindness(own: Own) -> str:
    kinder = figures.kindness(own)
    if kinder is None or abs(kinder) < KINDER:
        return ""
    stars = {"stars": floatformat(abs(kinder), 1)}
    if kinder > 0:
        return _("You gave %(stars)s stars more than others gave the same titles.") % stars
    return _("You gave %(stars)s stars less than others gave the same titles.") % stars


def _unlike_others(each: Unusual, item: Item) -> str:
    words = {
        "title": item.title,
        "stars": stars_named(round(each.stars * 2)),
        "others": floatformat(each.others, 1),
    }
    if each.stars > each.others:
        return _("You stood up for “%(title)s”: %(stars)s, where others give %(others)s.") % words
    return _("“%(title)s” was not for you: %(stars)s, where others give %(others)s.") % words


def _streak(own: Own) -> str:
    streak = figures.longest_streak(own)
    if streak is None or streak.days < 2:
        return ""
    words = {
        "days": number_format(streak.days),
        "day": date_format(date.fromordinal(streak.last), "DATE_FORMAT"),
    }
    return (
        ngettext(
            "You rated something on %(days)s day in a row, until %(day)s.",
            "You rated something on %(days)s days in a row, until %(day)s.",
            streak.days,
        )
        % words
    )
