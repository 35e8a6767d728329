"""What the admin and the API show of an experiment: a table of arms, a chart, rows to download."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from catalog.importing.rows import defused
from recommendations import charts
from recommendations.experimenting import outcomes
from recommendations.experimenting.alone import first_places
from recommendations.experimenting.judging import Judged, Standing, judged
from recommendations.experiments.model import ArmDay, Experiment
from recommendations.experiments.sequences import Interval
from recommendations.pictures import Picture


@dataclass(frozen=True)
class Line:
    """An arm in words."""

    standing: Standing
    value: str
    difference: str
    between: str


def context(experiment: Experiment) -> dict[str, Any]:
    found = judged(experiment)
    return {
        "judged": found,
        "lines": [_line(found, one) for one in found.standings],
        "picture": _picture(found),
        "alone": first_places(experiment) if experiment.started_at else [],
        "what": what_is_counted(experiment),
        "next_share": experiment.next_share if experiment.is_running else None,
    }


def what_is_counted(experiment: Experiment) -> str:
    """The metric, in words."""
    if experiment.is_interleaved:
        return _(
            "of those in whose lists one arm was %(metric)s more, the share where it was this one"
        ) % {"metric": experiment.get_metric_display()}
    return _("%(metric)s, %(per)s, within %(days)d days") % {
        "metric": experiment.get_metric_display(),
        "per": experiment.get_per_display(),
        "days": experiment.window_days,
    }


@dataclass(frozen=True)
class DayOfArm:
    """People who came into an arm on a day: their own sums, and the interval of all until then."""

    standing: Standing
    row: ArmDay
    interval: Interval | None

    @property
    def signs(self) -> list[int] | None:
        """Wins of the second arm, of the first, draws: of interleaved lists, on the second arm."""
        signs: list[int] | None = self.row.sums.get("signs")
        return signs


def days_of(experiment: Experiment) -> list[DayOfArm]:
    """By arm, then by day."""
    return [
        DayOfArm(one, row, dict(one.by_day).get(row.day))
        for one in judged(experiment).standings
        for row in one.arm.days.order_by("day")
    ]


def table(experiment: Experiment) -> str:
    """One row for each day and arm: its own sums, and the interval of all until then."""
    out = io.StringIO()
    writer = csv.writer(out)
    sums = ("sum", "sum_of_squares", "seen", "seen_squared", "sum_times_seen")
    names = [f"{name}_{part}" for name in outcomes.OUTCOMES for part in sums]
    writer.writerow(
        [
            *("day", "arm", "label", "people", "wins", "losses", "draws", *names),
            *("difference", "low", "high"),
        ]
    )
    for one in days_of(experiment):
        arm, day = one.standing.arm, one.row
        cells: list[Any] = [day.day.isoformat(), arm.letter, arm.label, day.people]
        cells += one.signs or ["", "", ""]
        cells += [
            number for name in outcomes.OUTCOMES for number in day.sums.get(name, [""] * len(sums))
        ]
        cells += _numbers(one.interval)
        writer.writerow([defused(str(cell)) for cell in cells])
    return out.getvalue()


def _numbers(interval: Interval | None) -> list[str]:
    if interval is None or not interval.is_known:
        return ["", "", ""]
    return [f"{x:.6f}" for x in (interval.value, interval.low, interval.high)]


def _line(found: Judged, one: Standing) -> Line:
    is_share = found.experiment.per == "seen" or found.experiment.is_interleaved
    known = one.interval.is_known

    def text(number: float, *, sign: bool = False) -> str:
        if not math.isfinite(number):
            return "–"
        shown = number_format(100 * number, 1) + " %" if is_share else number_format(number, 3)
        return f"+{shown}" if sign and number > 0 else shown

    between = ""
    if known:
        ends = {
            "low": text(one.interval.low, sign=True),
            "high": text(one.interval.high, sign=True),
        }
        between = _("between %(low)s and %(high)s") % ends
    return Line(
        one, text(one.value), text(one.interval.value, sign=True) if known else "–", between
    )


def _picture(found: Judged) -> Picture | None:
    """The difference from the first arm with its interval, over the days of coming in."""
    tried = [one for one in found.standings[1:] if any(iv.is_known for _d, iv in one.by_day)]
    if not tried:
        return None
    days = sorted({day for one in tried for day, interval in one.by_day if interval.is_known})
    by_day = [dict(one.by_day) for one in tried]
    scale = 100 if found.experiment.per == "seen" or found.experiment.is_interleaved else 1
    series = [
        charts.Series(
            str(one.arm),
            [known[day].value * scale if _has(known, day) else None for day in days],
            [
                (known[day].low * scale, known[day].high * scale) if _has(known, day) else None
                for day in days
            ],
        )
        for one, known in zip(tried, by_day, strict=True)
    ]
    dates = [date_format(day, "j M") for day in days]
    rows = [
        [label, *(_cell(known.get(day), scale) for known in by_day)]
        for label, day in zip(dates, days, strict=True)
    ]
    return Picture(
        name="difference",
        title=_("Wins of the second arm beyond half, in %")
        if found.experiment.is_interleaved
        else _("Difference from the first arm, in %")
        if scale == 100
        else _("Difference from the first arm"),
        chart=charts.lines(series, titles=[": ".join(row[:2]) for row in rows]),
        first=dates[0],
        last=dates[-1] if len(dates) > 1 else "",
        columns=(_("People who came in until"), *(one.name for one in series)),
        rows=rows[::-1],
        note=_(
            "Upright lines are confidence sequences (95 %): they may be looked at every day, and "
            "the arm is better as soon as one is all above 0."
        ),
    )


def _has(known: dict[Any, Interval], day: Any) -> bool:
    return day in known and known[day].is_known


def _cell(interval: Interval | None, scale: float) -> str:
    if interval is None or not interval.is_known:
        return "–"
    value, low, high = (
        number_format(scale * x, 3 if scale == 1 else 1)
        for x in (interval.value, interval.low, interval.high)
    )
    return f"{value} ({low} … {high})"
