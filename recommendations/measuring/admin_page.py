"""The admin's page of what was seen and what came of it, and the same as a table to download.

Whoever may see runs may see it. Everything on it is a sum over people; nothing here writes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from catalog.importing.rows import defused
from catalog.remember import remembered
from recommendations import charts
from recommendations.admin_runs import CHANGE, VIEW
from recommendations.measuring import figures, track_record
from recommendations.measuring.figures import Figures, Line, Reach, Totals
from recommendations.measuring.rates import Rate
from recommendations.pictures import Picture

MINUTES = 5
DRAWN_POSITIONS = 12
COLUMNS = ("seen", "opened", "rated", "shelved")


def page(request: HttpRequest) -> HttpResponse:
    _check(request)
    found, reach, held = remembered("recommendations:measured", _all, seconds=60 * MINUTES)
    context = {
        **admin.site.each_context(request),
        "title": _("What was seen"),
        "found": found,
        "reach": reach,
        "held": held,
        "held_inside": held.percent,
        "tables": [
            (_("By surface"), _("Surface"), _named(found.surfaces, surface_label)),
            (_("By run"), _("Run"), _named(found.runs, lambda name: name or _("no model"))),
        ],
        "days": _days(found) if found.total.seen else None,
        "positions": [
            _positions(found, line.name) for line in found.surfaces if line.totals.opened
        ][:4],
        "minutes": MINUTES,
    }
    return TemplateResponse(request, "admin/recommendations/measuring.html", context)


def table(request: HttpRequest) -> HttpResponse:
    """Every surface, run, rung and position of the last 28 days."""
    _check(request)
    now = timezone.now()
    found = figures.figures(now=now)
    out = io.StringIO()
    writer = csv.writer(out)
    header = [f"{name}_{part}" for name in COLUMNS[1:] for part in ("rate", "low", "high")]
    writer.writerow(["surface", "run", "rung", "position", *COLUMNS, *header, "examination"])
    for row in figures.by_place(figures.within(now=now)):
        factor = figures.factor_at(found.factors, str(row["surface"]), row["position"])
        cells = [row["surface"], row["run"] or "", row["rung"], row["position"] + 1]
        cells += [row[name] for name in COLUMNS]
        for name in COLUMNS[1:]:
            rate = Rate(row[name], row["seen"])
            cells += [f"{x:.6f}" for x in (rate.value or 0.0, *(rate.interval or (0.0, 1.0)))]
        writer.writerow(
            [defused(str(cell)) for cell in [*cells, "" if factor is None else f"{factor:.4f}"]]
        )
    response = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="measured.csv"'
    return response


def surface_label(name: str) -> str:
    labels = {
        "for-you": _("For you, on the home page"),
        "for-you-page": _("For you, the whole list"),
        "carry-on": _("Carry on"),
        "genre": _("Favourite genres"),
        "popular": _("Popular here"),
        "new": _("New here"),
        "similar": _("Similar items, on an item's page"),
        "similar-page": _("Similar items, the whole list"),
        "together": _("Chosen by the same people"),
        "because-you-liked": _("Because you liked…"),
        "out-of-bubble": _("Out of your bubble"),
        "out-of-bubble-page": _("Out of your bubble, the whole list"),
        "worth-a-look": _("New and worth a look"),
        "worth-a-look-page": _("New and worth a look, the whole list"),
        "for-us": _("For us, on the home page"),
        "for-us-page": _("For us, on a group's page"),
        "like-taste": _("People of like taste, on the home page"),
        "like-taste-page": _("People of like taste, the whole list"),
    }
    return labels.get(name, name)


def _check(request: HttpRequest) -> None:
    if not request.user.has_perm(VIEW) and not request.user.has_perm(CHANGE):
        raise PermissionDenied


def _all() -> tuple[Figures, Reach, Rate]:
    now = timezone.now()
    return figures.figures(now=now), figures.reach(now=now), track_record.held()


def _named(lines: Sequence[Line], label: Callable[[str], str]) -> list[tuple[str, Totals]]:
    return [(label(line.name), line.totals) for line in lines]


def _days(found: Figures) -> Picture:
    dates = [date_format(day, "j M") for day, _seen, _opened in found.days]
    rows = [
        (label, number_format(seen, force_grouping=True), number_format(opened))
        for label, (_day, seen, opened) in zip(dates, found.days, strict=True)
    ]
    return Picture(
        name="seen",
        title=_("Seen by day"),
        chart=charts.bars(
            [charts.Series(_("Seen"), [seen for _day, seen, _opened in found.days])],
            titles=[f"{day}: {seen}" for day, seen, _opened in rows],
        ),
        first=dates[0],
        last=_("today"),
        columns=(_("Day"), _("Seen"), _("Opened")),
        rows=rows[::-1],
    )


def _positions(found: Figures, surface: str) -> Picture:
    """How many per cent were opened, by position, and what that is if all were examined alike."""
    places = found.positions[surface][:DRAWN_POSITIONS]
    opened = [place.rates[0] for place in places]
    series = [
        charts.Series(
            _("Opened"),
            [rate.percent for rate in opened],
            [(rate.low, rate.high) if rate.low is not None else None for rate in opened],  # type: ignore[misc]
        )
    ]
    factors = found.factors.get(surface)
    if factors is not None:
        series.append(charts.Series(_("Position corrected"), [p.corrected for p in places]))
    rows = [_position_row(at, place, series) for at, place in enumerate(places)]
    return Picture(
        name=f"positions-{surface}",
        title=_("%(surface)s: %% opened, by position") % {"surface": surface_label(surface)},
        chart=charts.lines(series, titles=[f"{row[0]}: {row[2]} %" for row in rows]),
        first="1",
        last=str(len(places)) if len(places) > 1 else "",
        columns=(_("Position"), _("Seen"), *(one.name for one in series)),
        rows=rows,
        note=""
        if factors is not None
        else _("Too little was opened yet to tell a position's pull from its items."),
    )


def _position_row(at: int, place: Totals, series: Sequence[charts.Series]) -> list[str]:
    def text(value: Any) -> str:
        return "–" if value is None else number_format(value, 1)

    return [str(at + 1), number_format(place.seen), *(text(one.values[at]) for one in series)]
