"""One person's ratings as small drawings: over time, and spread over the stars, beside everybody's.

`recommendations.charts` makes the geometry; a Picture has the words and the table for whoever
cannot see it. The template draws each without any script.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from django.template.defaultfilters import floatformat
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.templatetags.catalog_tags import stars_named, stars_text
from recommendations import charts
from recommendations.my_taste.community import Community, Numbers, is_told
from recommendations.my_taste.own import Own

MOST_MONTHS = 36
"""Longer than that is drawn by years."""
FEWEST_MONTHS = 6


@dataclass(frozen=True)
class Picture:
    """Bars, and a line over them where there is something to compare with."""

    name: str  # names its elements on the page
    title: str
    bars: charts.Chart
    line: charts.Chart | None
    labels: Sequence[str]  # under the bars, from the first to the last
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    legend: tuple[str, str] | None = None  # of bars and line

    @property
    def unit(self) -> str:
        return "%" if self.line else ""


def over_time(own: Own) -> Picture | None:
    """How much was rated, by month or by year, and how it was rated on average."""
    if not len(own):
        return None
    dates = [date.fromordinal(day) for day in own.days.tolist()]
    months = np.array([each.year * 12 + each.month - 1 for each in dates])
    if months[-1] - months[0] >= MOST_MONTHS:
        return _timeline(own, months // 12 * 12, 12)
    within = (min(int(months[0]), int(months[-1]) - FEWEST_MONTHS + 1), int(months[-1]))
    return _timeline(own, months, 1, within=within)


def months_of(own: Own, year: int) -> Picture | None:
    """The twelve months of a year."""
    if not len(own):
        return None
    months = np.array([date.fromordinal(day).month - 1 for day in own.days.tolist()])
    return _timeline(own, months + 12 * year, 1, within=(12 * year, 12 * year + 11))


def _timeline(
    own: Own, slots: Numbers, step: int, *, within: tuple[int, int] | None = None
) -> Picture:
    first, last = within or (int(slots.min()), int(slots.max()))
    places = (slots - first) // step
    size = (last - first) // step + 1
    counts = np.bincount(places, minlength=size)
    sums = np.bincount(places, own.half_stars, minlength=size)
    starts = [first + at * step for at in range(size)]
    months = [date(slot // 12, slot % 12 + 1, 1) for slot in starts]
    names = [str(each.year) if step > 1 else date_format(each, "F Y") for each in months]
    means = [
        total / count / 2 if count else None for total, count in zip(sums, counts, strict=True)
    ]
    rows = [
        (name, number_format(count, force_grouping=True), _mean(mean))
        for name, count, mean in zip(names, counts.tolist(), means, strict=True)
    ]
    titles = [
        f"{name}: {_ratings(count)}" + ("" if mean is None else f", ★ {_mean(mean)}")
        for name, count, mean in zip(names, counts.tolist(), means, strict=True)
    ]
    ends = [str(each.year) if step > 1 else date_format(each, "M Y") for each in months]
    return Picture(
        name="over-time",
        title=_("What you rated over time"),
        bars=charts.bars([charts.Series(_("Ratings"), counts.tolist())], titles=titles),
        line=None,
        labels=[ends[0], ends[-1]] if size > 1 else [ends[0]],
        columns=(_("When"), _("Ratings"), _("Mean")),
        rows=rows,
    )


def histogram(own: Own, others: Community) -> Picture | None:
    """How often each number of stars was given, in percent; the others', if enough rate."""
    if not len(own):
        return None
    mine = _shares(np.bincount(own.half_stars, minlength=11)[1:11])
    theirs = _shares(others.histogram) if is_told(others.counts) else None
    names = [stars_named(half) for half in range(1, 11)]
    columns = [_("Stars"), _("You")] + ([_("Everybody else")] if theirs else [])
    rows = [
        (name, *(f"{floatformat(share, 1)} %" for share in shares))
        for name, *shares in zip(names, mine, *([theirs] if theirs else []), strict=True)
    ]
    titles = [f"{row[0]}: " + " / ".join(row[1:]) for row in rows]
    axis = charts.Axis.over([*mine, *(theirs or [])])
    return Picture(
        name="histogram",
        title=_("How you give your stars"),
        bars=charts.bars([charts.Series(columns[1], mine)], titles=titles, axis=axis),
        line=charts.lines([charts.Series(columns[2], theirs)], axis=axis) if theirs else None,
        labels=[stars_text(half / 2) for half in range(1, 11)],
        columns=columns,
        rows=rows,
        legend=(columns[1], columns[2]) if theirs else None,
    )


def _shares(counts: Numbers) -> list[float]:
    return (100 * counts / max(counts.sum(), 1)).tolist()  # type: ignore[no-any-return]


def _mean(value: float | None) -> str:
    return "–" if value is None else floatformat(value, 2)


def _ratings(count: int) -> str:
    return ngettext("%(count)s rating", "%(count)s ratings", count) % {"count": count}
