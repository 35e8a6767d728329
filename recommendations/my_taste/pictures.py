"""One person's ratings as small drawings: over time, and spread over the stars, beside everybody's.

`recommendations.charts` makes the geometry; a Picture has the words and the table for whoever
cannot see it. The template draws each without any script.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.template.defaultfilters import floatformat
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.templatetags.catalog_tags import stars_named, stars_text
from recommendations import charts
from recommendations.my_taste import figures
from recommendations.my_taste.community import Community
from recommendations.my_taste.figures import Span
from recommendations.my_taste.own import Own


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
    return _timeline(figures.over_time(own)) if len(own) else None


def months_of(own: Own, year: int) -> Picture | None:
    """The twelve months of a year."""
    return _timeline(figures.by_month(own, year)) if len(own) else None


def _timeline(spans: Sequence[Span]) -> Picture:
    rows = [
        (_name(span, "F Y"), number_format(span.count, force_grouping=True), _mean(span.mean))
        for span in spans
    ]
    titles = [
        f"{row[0]}: {_ratings(span.count)}" + ("" if span.mean is None else f", ★ {row[2]}")
        for span, row in zip(spans, rows, strict=True)
    ]
    ends = [_name(spans[0], "M Y"), _name(spans[-1], "M Y")]
    counts = [span.count for span in spans]
    return Picture(
        name="over-time",
        title=_("What you rated over time"),
        bars=charts.bars([charts.Series(_("Ratings"), counts)], titles=titles),
        line=None,
        labels=ends if len(spans) > 1 else ends[:1],
        columns=(_("When"), _("Ratings"), _("Mean")),
        rows=rows,
    )


def _name(span: Span, form: str) -> str:
    return str(span.start.year) if span.months > 1 else date_format(span.start, form)


def histogram(own: Own, others: Community) -> Picture | None:
    """How often each number of stars was given, in percent; the others', if enough rate."""
    if not len(own):
        return None
    spread = figures.spread(own, others)
    mine, theirs = spread.own, spread.others
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


def _mean(value: float | None) -> str:
    return "–" if value is None else floatformat(value, 2)


def _ratings(count: int) -> str:
    return ngettext("%(count)s rating", "%(count)s ratings", count) % {"count": count}
