"""Items as a program sends them: read row by row into what an import writes, or refused.

A row is about the item of an outside id, its `key`; what it does not name stays, attributes are
replaced kind by kind, outside ids source by source. What `items/ID/` gives may be sent back: what
the site makes by itself is passed over. `keep` writes all rows that make sense in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, transaction
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from catalog import curation
from catalog.arriving.waiting import items_were_added
from catalog.importing.folder import latest_time
from catalog.importing.items import Plan, settle
from catalog.importing.rows import (
    MAX_ID,
    MAX_KIND,
    MAX_NAME,
    MAX_TITLE,
    MAX_URL,
    ItemRow,
    Refused,
    is_web_address,
    parse_time,
    within,
)
from catalog.importing.staging import StagedItem
from catalog.many import LOOK_UP, batches
from catalog.models import Item
from catalog.told import Outcome

MAX_DESCRIPTION, MOST_KINDS, MOST_NAMES, MOST_YEAR = 100_000, 20, 100, 9999
MADE_HERE = frozenset(
    ["id", "url", "cover", "creators", "genres", "mean_stars", "rating_count", "view_count"]
)
"""What an item's own page in the API says beside what can be written."""
TRIES = 3


class Busy(Exception):
    """Others keep writing the same items."""


@dataclass(frozen=True)
class Result:
    """What became of one row; of a refused one, which field, and a sentence with the cure."""

    outcome: Outcome
    key: str | None = None
    item_id: int | None = None
    field: str | None = None
    detail: str | None = None


def keep(rows: Sequence[Any], *, now: datetime) -> list[Result]:
    """Makes and changes the items of all rows that make sense; the result of each, in order.

    The same rows again change nothing. Busy where that could not be done in a few tries.
    """
    known = _known_keys(rows)
    results: list[Result | None] = [None] * len(rows)
    read: dict[int, ItemRow] = {}
    first: dict[str, int] = {}
    latest = latest_time()
    for at, row in enumerate(rows):
        key = row.get("key") if isinstance(row, dict) else None
        try:
            found = _read(row, latest=latest)
            if found.key in first:
                raise _repeated(found.key, first[found.key])
            if found.key not in known and "title" not in found.fields:
                raise Refused(
                    "title", "", reason=_("a new item needs a title"), cure=_("give it one")
                )
        except Refused as why:
            named = key if isinstance(key, str) else None
            sentence = capfirst(f"{why.reason}; {why.cure}.")
            results[at] = Result(Outcome.REFUSED, named, None, why.field, sentence)
        else:
            first[found.key], read[at] = at, found
    plans = _settled(list(read.values()), now=now)
    for at, plan in zip(read, plans, strict=True):
        outcome = Outcome.CHANGED if plan.differs else Outcome.UNCHANGED
        made = Outcome.CREATED if plan.is_new else outcome
        results[at] = Result(made, plan.item.key, plan.item.pk)
    return [one for one in results if one is not None]


def _settled(read: Sequence[ItemRow], *, now: datetime) -> list[Plan]:
    """In one transaction; again where somebody made one of the items meanwhile."""
    staged = [StagedItem("", row, [], "", [], "") for row in read]
    for _try in range(TRIES):
        try:
            with transaction.atomic():
                plans = settle(staged, now=now)
                if any(plan.is_new for plan in plans):
                    transaction.on_commit(items_were_added)
                if any(plan.differs for plan in plans):
                    curation.tell()
            return plans
        except (IntegrityError, OperationalError) as error:
            if isinstance(error, OperationalError) and "deadlock" not in str(error):
                raise
    raise Busy


def _known_keys(rows: Sequence[Any]) -> set[str]:
    keys = {row["key"] for row in rows if isinstance(row, dict) and _is_key(row.get("key"))}
    found: set[str] = set()
    for some in batches(iter(keys), LOOK_UP):
        found.update(Item.objects.filter(key__in=some).values_list("key", flat=True))
    return found


def _is_key(given: Any) -> bool:
    return isinstance(given, str) and 1 <= len(given) <= MAX_ID


def _read(row: Any, *, latest: int) -> ItemRow:
    if not isinstance(row, dict):
        raise Refused(
            "key",
            "",
            reason=_("a row is an object"),
            cure=_('send rows such as {"key": "k-1", "title": "Emma"}'),
        )
    key = row.get("key")
    if not isinstance(key, str) or not key.strip():
        raise Refused(
            "key", "", reason=_("the outside id is missing"), cure=_("give every row a key, a text")
        )
    unknown = row.keys() - READERS.keys() - MADE_HERE - {"key", "attributes", "outside_ids"}
    if unknown:
        known = ", ".join([*READERS, "attributes", "outside_ids"])
        raise Refused(
            str(min(unknown))[:80],
            "",
            reason=_("there is no such field"),
            cure=_("leave it out, or name one of: %(known)s") % {"known": known},
        )
    fields = {name: read(row[name]) for name, read in READERS.items() if name in row}
    if "added_at" in fields:
        fields["added_at"] = _time(fields["added_at"], latest=latest)
    return ItemRow(
        within(key.strip(), MAX_ID, field="key"),
        fields,
        _attributes(row.get("attributes", {})),
        _outside_ids(row.get("outside_ids", {})),
    )


def _text(field: str, longest: int, *, is_needed: bool = False) -> Callable[[Any], str]:
    def read(given: Any) -> str:
        if not isinstance(given, str):
            raise Refused(field, "", reason=_("this is no text"), cure=_("send it in quotes"))
        text = given.strip()
        if is_needed and not text:
            raise Refused(field, "", reason=_("the title is empty"), cure=_("give it one"))
        return within(text, longest, field=field)

    return read


def _year(given: Any) -> int | None:
    is_year = isinstance(given, int) and not isinstance(given, bool) and abs(given) <= MOST_YEAR
    if given is not None and not is_year:
        raise Refused(
            "year",
            "",
            reason=_("this is no year"),
            cure=_("write a whole number such as 1815, or null"),
        )
    return given if is_year else None


def _address(given: Any) -> str:
    text = _text("cover_url", MAX_URL)(given)
    if text and not is_web_address(text):
        raise Refused(
            "cover_url",
            text,
            reason=_("this is no web address"),
            cure=_("write an address that begins with https://, or leave it empty"),
        )
    return text


def _flag(given: Any) -> bool:
    if not isinstance(given, bool):
        raise Refused(
            "is_listed",
            "",
            reason=_("neither true nor false"),
            cure=_("send true, or false to withdraw it"),
        )
    return given


def _time(given: str, *, latest: int) -> int:
    return parse_time(given, field="added_at", latest=latest)


READERS: dict[str, Callable[[Any], Any]] = {
    "title": _text("title", MAX_TITLE, is_needed=True),
    "year": _year,
    "description": _text("description", MAX_DESCRIPTION),
    "cover_url": _address,
    "is_listed": _flag,
    "added_at": _text("added_at", 40),
}


def _attributes(given: Any) -> dict[str, list[str]]:
    said = _by_kind(given, field="attributes", example='{"genres": ["Comedy"]}')
    for kind, names in said.items():
        if not isinstance(names, list) or len(names) > MOST_NAMES:
            raise Refused(
                "attributes",
                kind,
                reason=_("“%(kind)s” is no list of at most %(most)d names")
                % {"kind": kind, "most": MOST_NAMES},
                cure=_("send a list of texts"),
            )
    return {kind: [_name(kind, name) for name in names] for kind, names in said.items()}


def _outside_ids(given: Any) -> dict[str, str]:
    said = _by_kind(given, field="outside_ids", example='{"imdb": "tt0114709"}')
    read = _text("outside_ids", MAX_ID)
    return {source: read(value) for source, value in said.items()}


def _by_kind(given: Any, *, field: str, example: str) -> dict[str, Any]:
    if not isinstance(given, dict) or len(given) > MOST_KINDS:
        raise Refused(
            field,
            "",
            reason=_("this is no object of at most %(most)d names") % {"most": MOST_KINDS},
            cure=_("send it as in %(example)s") % {"example": example},
        )
    for kind in given:
        _checked(curation.check_kind, kind[: MAX_KIND + 1], field=field)
    return given


def _name(kind: str, given: Any) -> str:
    name = _text("attributes", MAX_NAME)(given)
    if not name:
        raise Refused(
            "attributes",
            kind,
            reason=_("a name under “%(kind)s” is empty") % {"kind": kind},
            cure=_("leave it out"),
        )
    _checked(curation.check_name, name, field="attributes")
    return name


def _checked(check: Callable[[str], None], word: str, *, field: str) -> None:
    try:
        check(word)
    except ValidationError as error:
        reason, _dot, cure = error.messages[0].rstrip(".").partition("; ")
        raise Refused(field, word, reason=reason, cure=cure or _("correct it")) from None


def _repeated(key: str, first: int) -> Refused:
    return Refused(
        "key",
        key,
        reason=_("the key is in this batch twice"),
        cure=_("send it once; the first is row %(row)d, counted from 0") % {"row": first},
    )
