"""What the formats yield, and how a single cell becomes a value.

A parser turns one row's cells into an ItemRow, EventRow, TagRow or LinkRow, or raises Refused with
the field, the reason and a cure. Nothing here touches a file or the database. Times are whole
microseconds since the epoch, so that they travel without loss.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
MAX_ID, MAX_TITLE, MAX_NAME, MAX_KIND, MAX_URL = 200, 500, 200, 50, 500
EVENT_KINDS = ("rating", "view", "want", "doing", "done")
MILLISECONDS_FROM = 100_000_000_000  # seconds: the year 5138

_NUMBER = re.compile(r"(-?)(\d{1,14})(?:\.(\d{1,12}))?")
_STARS = re.compile(r"\d{1,3}(\.\d{1,12})?")
_ESCAPED = re.compile(r"'+[=+\-@\t\r]")
_ESCAPABLE = re.compile(r"'*[=+\-@\t\r]")
_is_url = URLValidator(schemes=["http", "https"])


class DataSetError(Exception):
    """The data set as a whole cannot be read; the message names file, row and cure."""


class Refused(Exception):
    """One row cannot be taken; the others can."""

    def __init__(self, field: str, value: str, *, reason: str, cure: str) -> None:
        super().__init__(reason)
        self.field, self.value, self.reason, self.cure = field, value, reason, cure


@dataclass(frozen=True, slots=True)
class ItemRow:
    key: str
    fields: dict[str, Any]  # only what the file has a column for; added_at in microseconds
    attributes: dict[str, list[str]] = field(default_factory=dict)  # by kind, repeats included
    outside: dict[str, str] = field(default_factory=dict)  # by source


class EventRow(NamedTuple):  # a plain tuple: there are millions of them
    person: str
    item: str
    kind: str  # one of EVENT_KINDS
    half_stars: int | None
    at: int | None  # microseconds since the epoch


@dataclass(frozen=True, slots=True)
class TagRow:
    item: str
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class LinkRow:
    item: str
    outside: dict[str, str]


Row = ItemRow | EventRow | TagRow | LinkRow


def defused(text: str) -> str:
    """A cell that no spreadsheet takes for a formula; `parse_text` undoes it."""
    return f"'{text}" if _ESCAPABLE.match(text) else text


def parse_text(text: str) -> str:
    """A cell without outer blanks and without the apostrophe that `defused` put before it."""
    stripped = text.strip()
    return stripped[1:] if stripped[:1] == "'" and _ESCAPED.match(stripped) else stripped


@lru_cache(maxsize=50_000)
def parse_id(text: str, *, field: str) -> str:
    value = parse_text(text)
    if not value:
        raise Refused(field, text, reason=_("the id is empty"), cure=_("give every row an id"))
    return within(value, MAX_ID, field=field)


def within(value: str, limit: int, *, field: str) -> str:
    if len(value) > limit:
        raise Refused(
            field,
            value,
            reason=_("longer than %(limit)d characters") % {"limit": limit},
            cure=_("shorten it"),
        )
    return value


@lru_cache(maxsize=1000)
def parse_half_stars(text: str) -> int:
    """A rating of 0.5 to 5 in steps of a half, as 1 to 10 half stars."""
    value = text.strip()
    if not _STARS.fullmatch(value):
        raise Refused(
            "rating",
            text,
            reason=_("the rating is no number from 0.5 to 5"),
            cure=_("write a number such as 3.5, or leave it empty for a view"),
        )
    half_stars = float(value) * 2
    if not 1 <= half_stars <= 10:
        raise Refused(
            "rating",
            text,
            reason=_("the rating is outside 0.5 to 5"),
            cure=_("bring the scale to 0.5 to 5: a scale of 1 to 10 divided by 2 fits"),
        )
    if half_stars != int(half_stars):
        raise Refused(
            "rating",
            text,
            reason=_("the rating is not in steps of a half"),
            cure=_("round it to the nearest half"),
        )
    return int(half_stars)


def parse_time(text: str, *, field: str, latest: int) -> int:
    """Seconds since the epoch (with up to six decimals) or an ISO date, in microseconds."""
    value = text.strip()
    if len(value) < 11 and value.isdecimal() and value.isascii():
        at = int(value) * 1_000_000
    elif number := _NUMBER.fullmatch(value):
        sign, seconds, decimals = number.groups()
        if int(seconds) >= MILLISECONDS_FROM:
            raise Refused(
                field,
                text,
                reason=_("the time lies thousands of years ahead"),
                cure=_("write seconds since 1970: milliseconds divided by 1000"),
            )
        micros = int(seconds) * 1_000_000 + int((decimals or "0")[:6].ljust(6, "0"))
        at = -micros if sign else micros
    else:
        at = _iso_time(value, field=field)
    if at > latest:
        raise Refused(
            field, text, reason=_("the time lies in the future"), cure=_("correct the time")
        )
    if at < -62_000_000_000_000_000:
        raise Refused(field, text, reason=_("the time is before our era"), cure=_("correct it"))
    return at


def _iso_time(value: str, *, field: str) -> int:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise Refused(
            field,
            value,
            reason=_("this is no time"),
            cure=_("write seconds since 1970, or a date such as 2024-05-31T18:00:00Z"),
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - EPOCH) // MICROSECOND


def to_datetime(at: int) -> datetime:
    return EPOCH + timedelta(microseconds=at)


def to_micros(moment: datetime) -> int:
    return (moment - EPOCH) // MICROSECOND


def parse_year(text: str) -> int | None:
    value = text.strip()
    if not value:
        return None
    if not re.fullmatch(r"-?\d{1,4}", value):
        raise Refused(
            "year",
            text,
            reason=_("this is no year"),
            cure=_("write a whole number such as 1815, or leave it empty"),
        )
    return int(value)


def parse_flag(text: str, *, field: str) -> bool:
    value = text.strip().lower()
    if value in ("1", "true", "yes", ""):
        return True
    if value in ("0", "false", "no"):
        return False
    raise Refused(field, text, reason=_("neither true nor false"), cure=_("write 1 or 0"))


def parse_url(text: str, *, field: str) -> str:
    value = within(parse_text(text), MAX_URL, field=field)
    if value and not is_web_address(value):
        raise Refused(
            field,
            text,
            reason=_("this is no web address"),
            cure=_("write an address that begins with https://, or leave it empty"),
        )
    return value


def is_web_address(text: str) -> bool:
    try:
        _is_url(text)
    except ValidationError:
        return False
    return True


def parse_names(text: str, *, field: str) -> list[str]:
    """The values of a cell with several, joined by |, in their order, repeats included."""
    names = [name.strip() for name in parse_text(text).split("|")]
    return [within(name, MAX_NAME, field=field) for name in names if name]
