"""What somebody typed, as words to look for; and how well an item answers to respelled ones."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from catalog.search.dialects import Alternative, Term, Wish
from catalog.search.index import LONGEST_WORD
from catalog.search.spelling import Near
from catalog.search.words import ARTICLES, same_number, title_key, words_of

MOST_WORDS = 8
BEGUN_FROM = 3
"""A last word of so many letters may be the beginning of a longer one; one fewer behind others."""
_YEAR = re.compile(r"(?:18|19|20)\d\d")


@dataclass(frozen=True)
class Query:
    words: tuple[str, ...]
    is_typing: bool = False
    """Whether the last word may be the beginning of one, however short it is."""

    @classmethod
    def of(cls, text: str, *, is_typing: bool = False) -> Query:
        words = dict.fromkeys(word[:LONGEST_WORD] for word in words_of(text))
        return cls(tuple(words)[:MOST_WORDS], is_typing)

    @cached_property
    def needed(self) -> tuple[str, ...]:
        """The words that an item must have: articles may be missing."""
        return tuple(word for word in self.words if word not in ARTICLES) or self.words

    @cached_property
    def years(self) -> tuple[int, ...]:
        """Words that may be the year of an item rather than of its title."""
        years = [int(word) for word in self.words if _YEAR.fullmatch(word)]
        return tuple(years) if len(years) < len(self.words) else ()

    @cached_property
    def key(self) -> str:
        return title_key(self.words)

    def without_years(self) -> Query:
        years = {str(year) for year in self.years}
        return Query(tuple(word for word in self.words if word not in years))

    def without(self, left_out: str) -> Query:
        return Query(tuple(word for word in self.words if word != left_out), self.is_typing)

    def wish(self) -> Wish:
        """Every word, as it is, as the same number, or, if it is the last, begun."""
        return Wish(tuple(tuple(self.as_written(word)) for word in self.needed))

    def as_written(self, word: str) -> list[Alternative]:
        forms: list[Alternative] = [(self._term(word),)]
        return forms + [(Term(other),) for other in sorted(same_number(word))]

    def _term(self, word: str) -> Term:
        is_last = word == self.needed[-1]
        is_long = len(word) >= BEGUN_FROM - (len(self.needed) > 1)
        return Term(word, is_last and (self.is_typing or is_long))


class Answer(NamedTuple):
    """How an item answers a respelled query: what it costs, and the query in its words."""

    cost: float
    words: tuple[str, ...]


@dataclass(frozen=True)
class Spelling:
    """A query and, for each of its words, the near ones that will do too."""

    query: Query
    near: Mapping[str, Sequence[Near]]

    def wish(self) -> Wish:
        groups = []
        for word in self.query.needed:
            others = [tuple(Term(part) for part in one.words) for one in self.near[word]]
            groups.append((*self.query.as_written(word), *others))
        return Wish(tuple(groups))

    def answer(self, known: Collection[str]) -> Answer | None:
        """The cheapest way in which these words of an item answer; None where they do not."""
        cost = 0.0
        words: list[str] = []
        for word in self.query.words:
            is_needed = word in self.near
            best = self._best(word, known) if is_needed else Near((word,), 0.0)
            if best is None:
                return None
            cost += best.cost
            words += best.words
        return Answer(cost, tuple(words))

    def _best(self, word: str, known: Collection[str]) -> Near | None:
        ways = [Near((word,), 0.0) for term in self.query.as_written(word) if _has(known, term)]
        ways += [one for one in self.near[word] if all(part in known for part in one.words)]
        return min(ways, key=lambda one: one.cost, default=None)


def _has(known: Collection[str], terms: Alternative) -> bool:
    return all(
        term.word in known or (term.is_begun and any(word.startswith(term.word) for word in known))
        for term in terms
    )
