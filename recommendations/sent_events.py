"""One row of a batch, as a program sends it: read into an event, or refused in a sentence.

Nothing here asks the database; ids and outside ids are looked up by whoever has all rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from catalog.models import ShelfEntry
from catalog.services import BadEvent, half_stars_of

KINDS = ("rating", "view", "shelf", "dismissal")
CLOCK_SLACK = timedelta(minutes=5)
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
MOST_ID, MAX_KEY, MAX_CLIENT_ID = 2**63 - 1, 200, 100


class Bad(ValueError):
    """A row that says nothing that can be: which field, and a sentence with the cure."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(why)
        self.field = field


@dataclass(frozen=True)
class Sent:
    """A row that makes sense: about the item of an id, or else of an outside id."""

    kind: str
    item: int | None
    key: str | None
    value: int | str | None
    at: datetime | None

    @property
    def is_new(self) -> bool:
        """Whether it says something, rather than takes something back."""
        return self.kind == "view" or self.value is not None


def read(row: Any, *, now: datetime, views_since: datetime | None = None) -> Sent:
    """Bad where the row cannot be taken. Views from before `views_since` are not kept here."""
    if not isinstance(row, dict):
        raise Bad("kind", _('A row is an object, such as {"kind": "view", "item": 4}.'))
    kind = row.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise Bad("kind", _("Say one of these kinds: %(kinds)s.") % {"kinds": ", ".join(KINDS)})
    item, key = _subject(row)
    at = _time(row.get("at"), now=now)
    if kind == "view" and at is not None and views_since is not None and at < views_since:
        raise Bad(
            "at",
            _("Views are kept here since %(day)s only; leave older ones out.")
            % {"day": views_since.date().isoformat()},
        )
    return Sent(kind, item, key, _value(kind, row), at)


def client_id(row: Any) -> str | int | None:
    """The program's own name for a row, which the answer says again; Bad where it is none."""
    given = row.get("id") if isinstance(row, dict) else None
    if given is None or (isinstance(given, str) and len(given) <= MAX_CLIENT_ID):
        return given
    if isinstance(given, int) and not isinstance(given, bool) and abs(given) <= MOST_ID:
        return given
    raise Bad(
        "id",
        _("An id is a whole number or a text of at most %(most)d characters; shorten it.")
        % {"most": MAX_CLIENT_ID},
    )


def _subject(row: dict[str, Any]) -> tuple[int | None, str | None]:
    item, key = row.get("item"), row.get("key")
    if (item is None) == (key is None):
        raise Bad("item", _("Name the item by one of both: its id as item, its outside id as key."))
    if item is not None:
        is_number = isinstance(item, int) and not isinstance(item, bool)
        if not is_number or not 1 <= item <= MOST_ID:
            raise Bad("item", _("An item's id is a whole number from 1 on, such as 15."))
        return item, None
    if not isinstance(key, str) or not 1 <= len(key) <= MAX_KEY:
        raise Bad(
            "key",
            _("An outside id is a text of 1 to %(most)d characters; see key in items/.")
            % {"most": MAX_KEY},
        )
    return None, key


def _time(given: Any, *, now: datetime) -> datetime | None:
    """In UTC."""
    if given is None:
        return None
    try:
        at = parse_datetime(given) if isinstance(given, str) else None
    except ValueError:
        at = None
    if at is None:
        raise Bad("at", _("Write the time as in 2024-05-31T18:00:00Z."))
    if timezone.is_naive(at):
        raise Bad("at", _("The time needs a zone; add Z, or a difference such as +02:00."))
    if at < EARLIEST:
        raise Bad("at", _("The time lies before 1970; correct it, or leave it out."))
    if at > now + CLOCK_SLACK:
        raise Bad("at", _("The time lies in the future; set the clock, or leave it out."))
    return at.astimezone(UTC)


def _value(kind: str, row: dict[str, Any]) -> int | str | None:
    if kind == "rating":
        return _half_stars(row)
    if kind == "shelf":
        return _shelf(row)
    if kind == "dismissal":
        undo = row.get("undo", False)
        if not isinstance(undo, bool):
            raise Bad("undo", _("Undo is true or false; true takes a dismissal back."))
        return None if undo else 1
    return None


def _half_stars(row: dict[str, Any]) -> int | None:
    stars = row.get("stars", "")
    if stars is None:
        return None
    is_number = isinstance(stars, int | float) and not isinstance(stars, bool)
    if not is_number or not -100 < stars < 100:
        raise Bad("stars", _("Say stars from 0.5 to 5 in halves, or null to take a rating back."))
    try:
        return half_stars_of(stars)
    except BadEvent as error:
        raise Bad("stars", str(error)) from None


def _shelf(row: dict[str, Any]) -> str | None:
    shelf = row.get("shelf", "")
    if shelf is None:
        return None
    if not isinstance(shelf, str) or shelf not in ShelfEntry.Shelf.values:
        raise Bad(
            "shelf",
            _("Say one of these shelves: %(shelves)s; or null to take it off.")
            % {"shelves": ", ".join(ShelfEntry.Shelf.values)},
        )
    return shelf
