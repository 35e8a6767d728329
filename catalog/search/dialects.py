"""The wish for words, as PostgreSQL and SQLite understand it.

A Wish is all of its groups; a group is any of its alternatives; an alternative is all of its terms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from django.db import connection
from django.db.models import Q
from django.db.models.expressions import RawSQL

from catalog.search.index import VECTORS


class Term(NamedTuple):
    """A word, or the beginning of one."""

    word: str
    is_begun: bool = False


Alternative = tuple[Term, ...]
Group = tuple[Alternative, ...]


@dataclass(frozen=True)
class Wish:
    groups: tuple[Group, ...]

    def __bool__(self) -> bool:
        return bool(self.groups)


def having(wish: Wish, *, part: str) -> Q:
    """Items that have what is wished for in this part of their text, see `index.PARTS`."""
    if connection.vendor == "postgresql":
        sql = f"SELECT id FROM catalog_item WHERE {VECTORS[part]} @@ %s::tsquery"
        return Q(pk__in=RawSQL(sql, [_tsquery(wish)]))
    columns = {"title": "title : ", "heading": "{title creators} : ", "text": ""}[part]
    sql = "SELECT rowid FROM catalog_item_words WHERE catalog_item_words MATCH %s"
    return Q(pk__in=RawSQL(sql, [f"{columns}({_fts5(wish)})"]))


def _tsquery(wish: Wish) -> str:
    return _joined(wish, quote="'", begun=":*", all_of=" & ", any_of=" | ")


def _fts5(wish: Wish) -> str:
    return _joined(wish, quote='"', begun=" *", all_of=" AND ", any_of=" OR ")


def _joined(wish: Wish, *, quote: str, begun: str, all_of: str, any_of: str) -> str:
    """Words hold letters and digits only, so that none of them can leave its quotes."""

    def term(one: Term) -> str:
        return f"{quote}{one.word}{quote}{begun if one.is_begun else ''}"

    return all_of.join(
        "(" + any_of.join(f"({all_of.join(map(term, terms))})" for terms in group) + ")"
        for group in wish.groups
    )
