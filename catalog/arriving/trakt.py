"""Trakt's export: lists of JSON objects, each about a film, a series or an episode."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from catalog.arriving.archives import Member, Unreadable, as_utf8
from catalog.arriving.formats import Read, Reading
from catalog.arriving.rows import ArrivedRow, RefusedRow, half_stars_of, time_of, title_of
from catalog.importing.rows import Refused
from catalog.own.text import clean_line

ABOUT = ("movie", "show")
DONE = re.compile(r"(watched|history)[^/]*\.json$")
WANTED = re.compile(r"watchlist[^/]*\.json$")


def read_json(member: Member, reading: Reading, *, most: int) -> None:
    content, _said = as_utf8(member)
    try:
        entries = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Unreadable(
            _("%(file)s is no JSON that can be read (%(error)s); export it again")
            % {"file": member.name, "error": str(error)[:100]}
        ) from error
    if not isinstance(entries, list) or not any(_about(entry) for entry in entries):
        reading.notes.append(_("%(file)s is not read here") % {"file": member.name})
        return
    reading.add("trakt", _rows(member.name, entries, reading), most=most)


def _rows(file: str, entries: list[Any], reading: Reading) -> Iterator[Read]:
    for number, entry in enumerate(entries, 1):
        try:
            yield _row(file, number, entry, reading)
        except Refused as why:
            yield RefusedRow(file, number, f"{why.reason}; {why.cure}")


def _row(file: str, number: int, entry: Any, reading: Reading) -> ArrivedRow:
    about = _about(entry)
    if about is None:
        raise Refused(
            "",
            "",
            reason=_("entry %(number)d is neither a film nor a series") % {"number": number},
            cure=_("episodes and people are not read here"),
        )
    stars = half_stars_of(_text(entry, "rating"), best=10)
    shelf = "want" if WANTED.search(file) else "done" if DONE.search(file) or stars else ""
    when = _text(entry, "watched_at") or _text(entry, "last_watched_at")
    year = about.get("year")
    ids = about.get("ids")
    return ArrivedRow(
        file=file,
        line=number,
        title=title_of(_text(about, "title")),
        year=year if isinstance(year, int) and abs(year) < 10_000 else None,
        outside={
            source: clean_line(str(value))[:200]
            for source, value in (ids.items() if isinstance(ids, dict) else ())
            if source in ("imdb", "tmdb", "tvdb") and value
        },
        half_stars=stars,
        rated_at=time_of(_text(entry, "rated_at"), now=reading.now) if stars else None,
        shelf=shelf,
        shelved_at=time_of(
            when or _text(entry, "listed_at") or _text(entry, "rated_at"), now=reading.now
        ),
    )


def _about(entry: Any) -> dict[str, Any] | None:
    if not isinstance(entry, dict) or "episode" in entry or "season" in entry:
        return None
    return next((entry[kind] for kind in ABOUT if isinstance(entry.get(kind), dict)), None)


def _text(entry: dict[str, Any], key: str) -> str:
    value = entry.get(key)
    return str(value) if isinstance(value, str | int | float) else ""
