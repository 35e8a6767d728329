"""Titles as other catalogues write them, brought to one form.

"The Matrix", "Matrix, The (1999)" and "matrix" are one key. A title with brackets has a key for
what is outside of them, and one for each other name inside.
"""

from __future__ import annotations

import re
from functools import lru_cache

from catalog.search import fold

ARTICLES = frozenset(
    {"the", "a", "an", "le", "la", "les", "l", "un", "une", "der", "die", "das", "ein", "eine"}
    | {"el", "los", "las", "il", "lo", "gli", "i", "o", "os", "as", "de", "het"}
)
_BRACKETS = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]")
_ALSO_KNOWN = re.compile(r"(?i)^\s*(a\.?k\.?a\.?|aka)\b\.?\s*")
_YEAR = re.compile(r"^\s*\d{4}\s*$")


@lru_cache(maxsize=50_000)
def title_key(title: str) -> str:
    """Words alone, without case, accents, punctuation or an article at either end."""
    text = re.sub(r"[’'`´]", "", fold(title.replace("&", " and ")))
    words = re.findall(r"\w+", text)
    if len(words) > 1 and words[0] in ARTICLES:
        words = words[1:]
    elif len(words) > 1 and words[-1] in ARTICLES and "," in text:
        words = words[:-1]
    return " ".join(words)


def title_keys(title: str) -> list[str]:
    """The keys by which a title may be known, the whole one first."""
    if "(" not in title and "[" not in title:
        return [key] if (key := title_key(title)) else []
    names = [title, _BRACKETS.sub(" ", title)]
    for inside in _BRACKETS.findall(title):
        name = _ALSO_KNOWN.sub("", inside[0] or inside[1])
        if not _YEAR.match(name):
            names.append(name)
    return [key for key in dict.fromkeys(map(title_key, names)) if key]


def creator_words(creators: str) -> frozenset[str]:
    """Words of three letters or more in the names of creators."""
    return frozenset(word for word in re.findall(r"\w+", fold(creators)) if len(word) > 2)
