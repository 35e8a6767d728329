"""Text as words: what items are found by, and what queries are taken apart into.

Both go through `words_of`, so that they meet: no case, no accents, no signs, "Ocean's" as "oceans",
"E.T." as "et", "&" as "and". `Item.search_text` is three lines of such words: the title; creators
and year; everything else. `Item.title_key` is the title without its article.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import filterfalse
from typing import NamedTuple

from django.conf import settings

LINE_LENGTH = 500
LINE_SEPARATOR = ", "
KEY_LENGTH = 200
"""A B-tree index takes no long text."""
REST_LENGTH = 200_000
"""So many characters of a text can be searched: PostgreSQL keeps 1 MB of words at most."""
ARTICLES = frozenset({"the", "a", "an"})
FOREIGN_ARTICLES = frozenset(
    ["le", "la", "les", "l", "il", "lo", "gli", "el", "los", "las"]
    + ["der", "die", "das", "un", "une", "ein", "eine"]
)
ROMAN = ["ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi"]
ROMAN += ["xii", "xiii", "xiv", "xv", "xvi", "xvii", "xviii", "xix", "xx"]
NAMED = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
NUMERALS = [
    {str(at + 2), roman, *NAMED[at : at + 1]} for at, roman in enumerate(ROMAN)
]  # each is one number

_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "`": "'"})
_SHORTENED = re.compile(r"(?<=\w)'(?=(?:s|t|d|m|re|ll|ve|n)\b)|(?<=s)'(?=\s|$)")
_INITIALS = re.compile(r"\b(?:[^\W\d_]\.){2,}")
_WORD = re.compile(
    "[\u2e80-\u2fdf\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"  # written without spaces: one by one
    "|[^\\W_\u2e80-\u2fdf\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+"
)

Pair = tuple[str, str]
"""An attribute of an item: its kind and its name."""


class ItemText(NamedTuple):
    """What an item keeps beside its attributes, so that a card or a search needs no join."""

    creator_line: str
    genre_line: str
    title_key: str
    search_text: str


def fold(text: str) -> str:
    """Text without case, accents and runs of space: "Émile  Zola" and "emile zola" are one."""
    plain = text.casefold().replace("\0", "")
    if plain.isascii():  # most of a catalogue, and nothing to take off
        return " ".join(plain.split())
    parts = unicodedata.normalize("NFKD", plain)
    bare = "".join(filterfalse(unicodedata.combining, parts))
    return " ".join(bare.translate(_LETTERS).split())


def words_of(text: str) -> list[str]:
    """The words of a text, in order, as they are searched for."""
    plain = fold(text).translate(_APOSTROPHES).replace("&", " and ")
    joined = _INITIALS.sub(lambda found: found[0].replace(".", "") + " ", plain)
    return _WORD.findall(_SHORTENED.sub("", joined))


def title_key(words: Sequence[str]) -> str:
    """The words of a title without the article at its beginning, or at its end."""
    articles = ARTICLES | FOREIGN_ARTICLES
    bare = list(words)
    if len(bare) > 1 and bare[-1] in ARTICLES:
        bare = bare[:-1]
    if len(bare) > 1 and bare[0] in articles:
        bare = bare[1:]
    return " ".join(bare)[:KEY_LENGTH]


def same_number(word: str) -> frozenset[str]:
    """Other ways to write the number that a word is: "2", "ii" and "two" are one."""
    return frozenset(
        other for number in NUMERALS if word in number for other in number if other != word
    )


def item_text(
    *, title: str, year: int | None, description: str, attributes: Iterable[Pair]
) -> ItemText:
    """An item's lines, key and search text, from what it says about itself."""
    pairs = list(attributes)
    creators = [name for kind, name in pairs if kind in settings.CREATOR_KINDS]
    genres = [name for kind, name in pairs if kind in settings.GENRE_KINDS]
    rest = [name for kind, name in pairs if kind not in settings.CREATOR_KINDS]
    known_year = [] if year is None else [str(year)]
    in_title = words_of(title)
    makers = [*words_of(" ".join(creators)), *known_year]
    others = " ".join(words_of(" ".join([*rest, description])))[:REST_LENGTH]
    return ItemText(
        creator_line=_line(creators),
        genre_line=_line(genres),
        title_key=title_key(in_title),
        search_text="\n".join([" ".join(in_title), " ".join(makers), others]),
    )


def _line(names: list[str]) -> str:
    line = LINE_SEPARATOR.join(names)
    return line if len(line) <= LINE_LENGTH else line[: LINE_LENGTH - 1] + "…"
