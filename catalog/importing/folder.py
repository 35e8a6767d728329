"""The data set folder: `interactions.csv[.gz]` and `items.csv[.gz]`.

Interactions are `user_id,item_id,rating,timestamp`, the last two may be empty: with a rating a row
is a rating, without one a view. A column `kind` may say rating, view, want, doing or done, as
`export_dataset` writes it. Items are `item_id,title`, then any of year, description, cover_url,
added_at, is_listed, outside ids (`imdb_id`) and attributes with several values joined by `|`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.importing.rows import (
    EVENT_KINDS,
    MAX_KIND,
    MAX_TITLE,
    DataSetError,
    EventRow,
    ItemRow,
    Refused,
    parse_flag,
    parse_half_stars,
    parse_id,
    parse_names,
    parse_text,
    parse_time,
    parse_url,
    parse_year,
    to_micros,
    within,
)
from catalog.importing.tables import Parse, Table, require_columns

INTERACTION_COLUMNS = ("user_id", "item_id", "rating", "timestamp", "kind")
ITEM_COLUMNS = (
    "item_id",
    "title",
    "year",
    "description",
    "cover_url",
    "added_at",
    "is_listed",
)
OUTSIDE_SUFFIX = "_id"


def tables(interactions: Path | None, items: Path) -> list[Table]:
    """The tables of a data set folder, items first; a catalogue alone has no interactions."""
    found = [Table(items, "items", item_parser, may_span_lines=True)]
    if interactions is not None:
        found.append(Table(interactions, "events", interaction_parser))
    return found


def latest_time() -> int:
    """A day from now, in microseconds: clocks differ, but nobody rates next year."""
    return to_micros(timezone.now() + timedelta(days=1))


def interaction_parser(header: list[str], path: Path) -> Parse:
    require_columns(header, ["user_id", "item_id"], path)
    unknown = [name for name in header if name not in INTERACTION_COLUMNS]
    if unknown:
        raise DataSetError(
            _(
                "%(file)s, line 1: column %(name)r is unknown; remove it, or rename it "
                "to one of %(known)s"
            )
            % {"file": path.name, "name": unknown[0], "known": ", ".join(INTERACTION_COLUMNS)}
        )
    place = {name: header.index(name) for name in header}
    user, item = place["user_id"], place["item_id"]
    rating, time, kind = (place.get(name, -1) for name in ("rating", "timestamp", "kind"))
    latest = latest_time()

    def parse(cells: list[str]) -> EventRow:
        stars = cells[rating].strip() if rating >= 0 else ""
        moment = cells[time].strip() if time >= 0 else ""
        said = cells[kind].strip() if kind >= 0 else ""
        return EventRow(
            person=parse_id(cells[user], field="user_id"),
            item=parse_id(cells[item], field="item_id"),
            kind=event_kind(said, has_rating=bool(stars)),
            half_stars=parse_half_stars(stars) if stars else None,
            at=parse_time(moment, field="timestamp", latest=latest) if moment else None,
        )

    return parse


def event_kind(said: str, *, has_rating: bool) -> str:
    if not said:
        return "rating" if has_rating else "view"
    if said not in EVENT_KINDS:
        raise Refused(
            "kind",
            said,
            reason=_("this kind of event is unknown"),
            cure=_("use one of %(kinds)s") % {"kinds": ", ".join(EVENT_KINDS)},
        )
    if (said == "rating") != has_rating:
        raise Refused(
            "kind",
            said,
            reason=_("kind and rating contradict each other"),
            cure=_("fill in the rating of ratings, and of nothing else"),
        )
    return said


def item_parser(header: list[str], path: Path) -> Parse:
    require_columns(header, ["item_id", "title"], path)
    place = {name: index for index, name in enumerate(header)}
    key_at, title_at = place["item_id"], place["title"]
    readers = _field_readers()
    fields = {name: (place[name], read) for name, read in readers.items() if name in place}
    others = [name for name in header if name not in ITEM_COLUMNS]
    outside = {
        name.removesuffix(OUTSIDE_SUFFIX): place[name]
        for name in others
        if name.endswith(OUTSIDE_SUFFIX)
    }
    kinds = {name: place[name] for name in others if not name.endswith(OUTSIDE_SUFFIX)}
    _check_names([*outside, *kinds], path)

    def parse(cells: list[str]) -> ItemRow:
        values: dict[str, Any] = {"title": parse_title(cells[title_at])}
        values |= {name: read(cells[at]) for name, (at, read) in fields.items()}
        return ItemRow(
            key=parse_id(cells[key_at], field="item_id"),
            fields=values,
            attributes={kind: parse_names(cells[at], field=kind) for kind, at in kinds.items()},
            outside=_outside_ids(cells, outside),
        )

    return parse


def _field_readers() -> dict[str, Callable[[str], Any]]:
    latest = latest_time()
    return {
        "year": parse_year,
        "description": parse_text,
        "cover_url": lambda text: parse_url(text, field="cover_url"),
        "added_at": lambda text: _time_or_none(text, latest=latest),
        "is_listed": lambda text: parse_flag(text, field="is_listed"),
    }


def _time_or_none(text: str, *, latest: int) -> int | None:
    return parse_time(text, field="added_at", latest=latest) if text.strip() else None


def parse_title(text: str) -> str:
    title = parse_text(text)
    if not title:
        raise Refused("title", text, reason=_("the title is empty"), cure=_("give it one"))
    return within(title, MAX_TITLE, field="title")


def _outside_ids(cells: list[str], places: dict[str, int]) -> dict[str, str]:
    found = {
        source: within(parse_text(cells[at]), 200, field=source + OUTSIDE_SUFFIX)
        for source, at in places.items()
    }
    return {source: value for source, value in found.items() if value}


def _check_names(names: list[str], path: Path) -> None:
    for name in names:
        if not name or len(name) > MAX_KIND:
            raise DataSetError(
                _(
                    "%(file)s, line 1: column name %(name)r is empty or longer than %(limit)d "
                    "characters; shorten it"
                )
                % {"file": path.name, "name": name[:80], "limit": MAX_KIND}
            )
