"""One row of somebody's archive as a value, and the cells it is made from."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from catalog.importing.rows import Refused
from catalog.models import MAX_HALF_STARS, MIN_HALF_STARS
from catalog.own.text import clean_line

MAX_TITLE, MAX_REVIEW = 500, 10_000
OTHER_DATES = ("%Y/%m/%d", "%d.%m.%Y", "%m/%d/%Y", "%d %b %Y", "%b %d, %Y", "%Y-%m", "%Y")
EARLIEST = 1900


@dataclass(frozen=True)
class ArrivedRow:
    """What one row says of one thing. Times are None where the row has none."""

    file: str
    line: int
    title: str
    year: int | None = None
    creators: str = ""
    outside: dict[str, str] = field(default_factory=dict)
    half_stars: int | None = None
    rated_at: datetime | None = None
    shelf: str = ""
    shelved_at: datetime | None = None
    review: str = ""


@dataclass(frozen=True)
class RefusedRow:
    """A row that cannot be read; `why` is a sentence. The title is empty where there is none."""

    file: str
    line: int
    why: str
    title: str = ""


def title_of(cell: str) -> str:
    title = clean_line(cell)
    if not title:
        raise Refused("title", cell, reason=_("there is no title"), cure=_("give it one"))
    return title[:MAX_TITLE]


def year_of(cell: str) -> int | None:
    """A year; nothing that is no year is worth refusing a row for."""
    found = re.match(r"\s*(-?\d{1,4})(?:\D|$)", cell)
    return int(found[1]) if found else None


def half_stars_of(cell: str, *, best: float) -> int | None:
    """Half stars of a rating up to `best`; None where the cell says that there is none."""
    text = cell.strip().replace(",", ".")
    if not text or text == "0" or text.strip("0") == ".":
        return None
    try:
        stars = float(text) * 5 / best
    except ValueError:
        stars = math.nan
    if not 0 < stars <= 5:
        raise Refused(
            "rating",
            cell,
            reason=_("%(cell)r is no rating from 0 to %(best)g") % {"cell": cell, "best": best},
            cure=_("correct it, or leave it empty"),
        )
    return min(MAX_HALF_STARS, max(MIN_HALF_STARS, math.floor(2 * stars + 0.5)))


def time_of(cell: str, *, now: datetime) -> datetime | None:
    """A moment; of a day, its noon. A time to come counts as now."""
    text = cell.strip()
    if not text:
        return None
    moment = _parsed(text)
    if moment is None or moment.year < EARLIEST:
        raise Refused(
            "date",
            cell,
            reason=_("%(cell)r is no date") % {"cell": cell},
            cure=_("write it as 2024-05-31"),
        )
    return min(moment, now)


def _parsed(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text)
        day = None if moment else parse_date(text)
    except ValueError:
        return None
    if moment is not None and (moment.hour or moment.minute or moment.second or moment.tzinfo):
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if moment is not None:
        day = moment.date()
    return _noon(day) if day else _other(text)


def _other(text: str) -> datetime | None:
    for form in OTHER_DATES:
        try:
            return _noon(datetime.strptime(text, form).replace(tzinfo=UTC).date())
        except ValueError:
            continue
    return None


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
