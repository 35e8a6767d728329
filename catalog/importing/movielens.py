"""MovieLens' original files, as GroupLens publishes them.

Newer sets have `ratings.csv`, `movies.csv`, `tags.csv` and `links.csv`; older ones `ratings.dat`
and `movies.dat`, separated by `::` and in Latin-1 (their users.dat is not read). Titles come as
"American President, The (1995)" and leave as "The American President" and 1995.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from catalog.importing.folder import latest_time, parse_title
from catalog.importing.rows import (
    MAX_NAME,
    EventRow,
    ItemRow,
    LinkRow,
    Refused,
    TagRow,
    parse_half_stars,
    parse_id,
    parse_names,
    parse_time,
    within,
)
from catalog.importing.tables import Parse, Table, require_columns

NO_GENRES = "(no genres listed)"
TAG_KIND = "tags"
_YEAR = re.compile(r"^(?P<title>.*\S)\s*\((?P<year>\d{4})\)$", re.DOTALL)
_ARTICLE = re.compile(
    r"^(?P<title>.+), (?P<article>The|A|An|Le|La|Les|L'|Il|Lo|I|Gli|El|Los|Las|Der|Die|Das)"
    r"(?P<rest>( \(.*\))?)$",
    re.DOTALL,
)


def csv_tables(ratings: Path, movies: Path, tags: Path | None, links: Path | None) -> list[Table]:
    found = [Table(movies, "items", movie_parser)]
    if tags is not None:
        found.append(Table(tags, "attributes", tag_parser))
    if links is not None:
        found.append(Table(links, "outside ids", link_parser))
    return [*found, Table(ratings, "events", rating_parser)]


def dat_tables(ratings: Path, movies: Path) -> list[Table]:
    form: dict[str, Any] = {"encoding": "latin-1", "separator": "::"}
    movie_header = ("movieId", "title", "genres")
    rating_header = ("userId", "movieId", "rating", "timestamp")
    return [
        Table(movies, "items", movie_parser, header=movie_header, **form),
        Table(ratings, "events", rating_parser, header=rating_header, **form),
    ]


def movie_parser(header: list[str], path: Path) -> Parse:
    require_columns(header, ["movieId", "title", "genres"], path)
    key_at, title_at, genres_at = (header.index(name) for name in ("movieId", "title", "genres"))

    def parse(cells: list[str]) -> ItemRow:
        title, year = split_title(parse_title(cells[title_at]))
        genres = parse_names(cells[genres_at], field="genres")
        return ItemRow(
            key=parse_id(cells[key_at], field="movieId"),
            fields={"title": title, "year": year},
            attributes={"genres": [genre for genre in genres if genre != NO_GENRES]},
        )

    return parse


def split_title(text: str) -> tuple[str, int | None]:
    """ "American President, The (1995)" to ("The American President", 1995)."""
    dated = _YEAR.match(text)
    title, year = (dated["title"], int(dated["year"])) if dated else (text, None)
    turned = _ARTICLE.match(title)
    if turned:
        gap = "" if turned["article"].endswith("'") else " "
        title = f"{turned['article']}{gap}{turned['title']}{turned['rest']}"
    return title, year


def rating_parser(header: list[str], path: Path) -> Parse:
    names = ("userId", "movieId", "rating", "timestamp")
    require_columns(header, names, path)
    user, movie, rating, time = (header.index(name) for name in names)
    latest = latest_time()

    def parse(cells: list[str]) -> EventRow:
        return EventRow(
            person=parse_id(cells[user], field="userId"),
            item=parse_id(cells[movie], field="movieId"),
            kind="rating",
            half_stars=parse_half_stars(cells[rating]),
            at=parse_time(cells[time], field="timestamp", latest=latest),
        )

    return parse


def tag_parser(header: list[str], path: Path) -> Parse:
    require_columns(header, ["movieId", "tag"], path)
    movie, tag = header.index("movieId"), header.index("tag")

    def parse(cells: list[str]) -> TagRow:
        name = " ".join(cells[tag].lower().replace("|", "/").split())
        if not name:
            raise Refused("tag", cells[tag], reason=_("the tag is empty"), cure=_("remove it"))
        return TagRow(
            item=parse_id(cells[movie], field="movieId"),
            kind=TAG_KIND,
            name=within(name, MAX_NAME, field="tag"),
        )

    return parse


def link_parser(header: list[str], path: Path) -> Parse:
    require_columns(header, ["movieId"], path)
    movie = header.index("movieId")
    places = {
        source: header.index(name)
        for source, name in (("imdb", "imdbId"), ("tmdb", "tmdbId"))
        if name in header
    }

    def parse(cells: list[str]) -> LinkRow:
        ids = {source: cells[at].strip() for source, at in places.items()}
        if ids.get("imdb"):
            ids["imdb"] = f"tt{ids['imdb'].removeprefix('tt')}"
        return LinkRow(
            item=parse_id(cells[movie], field="movieId"),
            outside={
                source: within(value, 200, field=source) for source, value in ids.items() if value
            },
        )

    return parse
