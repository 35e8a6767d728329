"""Rows to charts with words: what the admin's pages draw, and the same as a table.

`recommendations.charts` makes the geometry. A Picture has everything that its template shows: a
title, a legend, labels at both ends, and a table for whoever cannot see it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.template.defaultfilters import floatformat
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from recommendations import charts, report
from recommendations.activity import Days
from recommendations.gate import LABELS
from recommendations.models import ModelRun

HISTORY = 30
"""So many judged runs are drawn."""
MOST_ROWS = 20
"""So many points of a curve stand in its table."""


@dataclass(frozen=True)
class Picture:
    """A chart, what it is called, where it begins and ends, and its numbers."""

    name: str  # names its elements on the page
    title: str
    chart: charts.Chart
    first: str
    last: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""


def history(runs: Sequence[ModelRun]) -> Picture | None:
    """NDCG@10 of hybrid and best baseline over the runs that judged any, oldest first."""
    judged = [(run, report.duel(run)) for run in reversed(runs)]
    judged = [(run, duel) for run, duel in judged if (duel.hybrid or duel.baseline) is not None]
    if not judged:
        return None
    rows = [
        (
            _("Run %(number)s") % {"number": run.pk},
            date_format(run.created_at, "SHORT_DATE_FORMAT"),
            _figure(duel.hybrid),
            _figure(duel.baseline),
            duel.baseline_label or "–",
        )
        for run, duel in judged
    ]
    series = (
        charts.Series(LABELS["hybrid"], *_side(judged, "hybrid")),
        charts.Series(_("Best baseline"), *_side(judged, "baseline")),
    )
    titles = [f"{run}, {day}: {hybrid} / {baseline}" for run, day, hybrid, baseline, _label in rows]
    return Picture(
        name="history",
        title=_("NDCG@10, run by run"),
        chart=charts.lines(series, titles=titles),
        first=rows[0][0],
        last=rows[-1][0] if len(rows) > 1 else "",
        columns=(_("Run"), _("Date"), series[0].name, series[1].name, _("Which baseline")),
        rows=rows[::-1],
        note=_("Upright lines are 95 % intervals. Runs differ in the events they were judged on."),
    )


def _side(judged: Sequence[tuple[ModelRun, report.Duel]], side: str) -> tuple[Any, Any]:
    values = [getattr(duel, side) for _run, duel in judged]
    return values, [getattr(duel, f"{side}_interval") for _run, duel in judged]


def _figure(value: float | None) -> str:
    return "–" if value is None else floatformat(value, 4)


def activity(days: Days) -> Picture:
    """Events by day, one kind upon the other."""
    names = {"rating": _("Ratings"), "itemview": _("Views"), "shelfentry": _("Shelf entries")}
    kinds = [names.get(name, name) for name in days.counts]
    dates = [date_format(day, "j M") for day in days.dates]
    table = [
        (day, *(number_format(counts[at], force_grouping=True) for counts in days.counts.values()))
        for at, day in enumerate(dates)
    ]
    titles = [
        f"{day}: " + ", ".join(f"{kind} {count}" for kind, count in zip(kinds, row, strict=True))
        for day, *row in table
    ]
    series = [
        charts.Series(kind, counts)
        for kind, counts in zip(kinds, days.counts.values(), strict=True)
    ]
    return Picture(
        name="activity",
        title=_("Events by day"),
        chart=charts.bars(series, titles=titles),
        first=dates[0],
        last=_("today"),
        columns=(_("Day"), *kinds),
        rows=table[::-1],
    )


def curves(run: ModelRun) -> list[Picture]:
    """The loss of each training of the network in this run, as far as it got."""
    kept = run.curve if isinstance(run.curve, dict) else {}
    series, validation = kept.get("series") or {}, kept.get("validation") or {}
    return [
        _curve(name, entry, validation.get(name))
        for name, entry in series.items()
        if entry.get("loss")
    ]


def _curve(name: str, entry: dict[str, Any], validation: float | None) -> Picture:
    stage, _slash, candidate = name.partition("/")
    label = LABELS.get(candidate, candidate)
    where = _("on everything") if stage == ModelRun.Stage.FITTING else _("on the past")
    points = [(step, loss) for step, loss in entry["loss"]]
    until = max(entry.get("of") or 0, points[-1][0])
    every = -(-len(points) // MOST_ROWS)
    return Picture(
        name=f"curve-{stage}-{candidate}",
        title=_("%(model)s %(where)s: loss by step") % {"model": label, "where": where},
        chart=charts.curve(label, points, until=until),
        first="0",
        last=number_format(until, force_grouping=True),
        columns=(_("Step"), _("Loss")),
        rows=[
            (number_format(step, force_grouping=True), floatformat(loss, 4))
            for step, loss in [*points[:-1:every], points[-1]]
        ],
        note=""
        if validation is None
        else _("NDCG@10 on events that were held back: %(value)s")
        % {"value": floatformat(validation, 4)},
    )
