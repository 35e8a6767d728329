"""Finding items by words.

`Item.search_text` is written here and read here. It is folded (no case, no accents) and holds the
title, a line end, the creators, two line ends, then everything else; so one column says where a
word was found. Every word of a query must occur; items rank by where the words are, then by how
popular they are.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from django.conf import settings
from django.db.models import Case, F, IntegerField, Q, Value, When
from django.db.models.functions import StrIndex

from catalog.models import ItemQuerySet

TITLE_END, CREATORS_END = "\n", "\n\n"
MAX_WORDS = 8
LINE_LENGTH = 500
LINE_SEPARATOR = ", "

Pair = tuple[str, str]
"""An attribute of an item: its kind and its name."""


class ItemText(NamedTuple):
    """What an item keeps beside its attributes, so that a card or a search needs no join."""

    creator_line: str
    genre_line: str
    search_text: str


def fold(text: str) -> str:
    """Text without case, accents and runs of space: "Émile  Zola" and "emile zola" are one."""
    parts = unicodedata.normalize("NFKD", text.casefold().replace("\0", ""))
    bare = "".join(part for part in parts if not unicodedata.combining(part))
    return " ".join(bare.split())


def item_text(
    *, title: str, year: int | None, description: str, attributes: Iterable[Pair]
) -> ItemText:
    """An item's lines and search text, from what it says about itself."""
    pairs = list(attributes)
    creators = [name for kind, name in pairs if kind in settings.CREATOR_KINDS]
    genres = [name for kind, name in pairs if kind in settings.GENRE_KINDS]
    rest = [name for kind, name in pairs if kind not in settings.CREATOR_KINDS]
    known_year = [] if year is None else [str(year)]
    tail = fold(" ".join([*known_year, *rest, description]))
    folded = fold(title) + TITLE_END + fold(" ".join(creators)) + CREATORS_END + tail
    return ItemText(_line(creators), _line(genres), folded)


def _line(names: list[str]) -> str:
    line = LINE_SEPARATOR.join(names)
    return line if len(line) <= LINE_LENGTH else line[: LINE_LENGTH - 1] + "…"


def search(items: ItemQuerySet, query: str) -> ItemQuerySet:
    """The items in which every word of the query occurs, best match first.

    Annotates `match`: 0 where all words are in the title, 1 where title and creators together
    have them, 2 where the text was needed. A query without words finds everything.
    """
    words = list(dict.fromkeys(fold(query).split()))[:MAX_WORDS]
    in_title, in_heading = Q(), Q()
    annotations = {"title_end": StrIndex("search_text", Value(TITLE_END))}
    annotations["creators_end"] = StrIndex("search_text", Value(CREATORS_END))
    for number, word in enumerate(words):
        place = f"place_{number}"
        annotations[place] = StrIndex("search_text", Value(word))
        in_title &= Q(**{f"{place}__lt": F("title_end")})
        in_heading &= Q(**{f"{place}__lt": F("creators_end")})
        items = items.filter(search_text__contains=word)
    if not words:
        return items.annotate(match=Value(0, output_field=IntegerField()))
    return items.alias(**annotations).annotate(
        match=Case(
            When(in_title, then=Value(0)),
            When(in_heading, then=Value(1)),
            default=Value(2),
            output_field=IntegerField(),
        )
    )
