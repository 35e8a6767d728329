"""The search itself: exact words first, then near ones, then fewer.

`find` gives the best hits in order. What has all words in title, creators or year comes first,
then what needed the rest of its text. Where nothing has them, words are respelled (`spelling`),
and where that is in vain too, one word after the other is let go. Popularity decides among equals.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.db.models import Case, IntegerField, Q, Value, When

from catalog.models import ItemQuerySet
from catalog.search import spelling
from catalog.search.dialects import Wish, having
from catalog.search.query import Query, Spelling
from catalog.search.words import ARTICLES, title_key

MOST_HITS = 1000
"""So many hits are put in order at most; what a person reads are the first of them."""
MOST_GUESSED = 200
SLACK = 0.5
"""Respelled hits that cost so much more than the best one are still shown."""
EXACT, WHOLE, BEGUN, TITLE, HEADING, TEXT = range(6)
"""Where a match is: it is the title; a title begins with it (in whole words; within a word); in the
title; in title, creators and year; in the rest of the text."""


@dataclass(frozen=True)
class Hit:
    pk: int
    match: int


@dataclass(frozen=True)
class Found:
    """What a query finds; `respelled` where other words than the query's were looked for."""

    hits: tuple[Hit, ...] = ()
    is_all: bool = True
    """Whether there are no more than these hits."""
    respelled: str = ""
    left_out: str = ""
    suggestion: str = ""
    """What else may have been meant, where the hits are poor."""

    @property
    def is_guessed(self) -> bool:
        return bool(self.respelled or self.left_out)


def find(items: ItemQuerySet, text: str, *, most: int = MOST_HITS, typing: bool = False) -> Found:
    """The items that a query finds, best first; with `typing`, its last word is not finished."""
    query = Query.of(text, is_typing=typing)
    if not query.words:
        return Found()
    exact = _exactly(items, query, most=most)
    if exact.hits and exact.hits[0].match < TEXT:
        return exact
    guessed = _respelled(items, query, most=min(most, MOST_GUESSED))
    if exact.hits:
        return replace(exact, suggestion=guessed.respelled if guessed else "")
    return guessed or _with_fewer_words(items, query, most=min(most, MOST_GUESSED)) or Found()


def search(items: ItemQuerySet, text: str) -> ItemQuerySet:
    """The same as a queryset, annotated with `match`: the lower, the better."""
    query = Query.of(text)
    if not query.words:
        found = items.none() if text.strip() else items
        return found.annotate(match=Value(0, IntegerField()))
    exact = matching(items, query)
    if exact.exists():
        return exact
    hits = find(items, text, most=MOST_GUESSED).hits
    places = [When(pk=hit.pk, then=Value(at)) for at, hit in enumerate(hits)]
    place = Case(*places, default=Value(0), output_field=IntegerField()) if hits else Value(0)
    return items.filter(pk__in=[hit.pk for hit in hits]).annotate(match=place)


def matching(items: ItemQuerySet, query: Query) -> ItemQuerySet:
    """The items that have all words somewhere, and in `match` where."""
    wish = query.wish()
    return items.filter(having(wish, part="text")).annotate(match=_place(query, wish, rest=TEXT))


def _exactly(items: ItemQuerySet, query: Query, *, most: int) -> Found:
    """Those with the very words; the whole text is looked through only if there is room."""
    wish = query.wish()
    heading = items.filter(having(wish, part="heading"))
    hits = _hits(heading.annotate(match=_place(query, wish, rest=HEADING)), most=most + 1)
    if len(hits) <= most:
        have = {hit.pk for hit in hits}
        wanted = items.filter(having(wish, part="text")).annotate(match=Value(TEXT, IntegerField()))
        texts = _hits(wanted, most=most + 1)
        hits += [hit for hit in texts if hit.pk not in have]
    return Found(tuple(hits[:most]), is_all=len(hits) <= most)


def _hits(items: ItemQuerySet, *, most: int) -> list[Hit]:
    ordered = items.order_by("match", "-rating_count", "-view_count", "pk")  # type: ignore[misc]
    pairs = ordered.values_list("pk", "match")  # type: ignore[misc]
    return [Hit(pk, match) for pk, match in pairs[:most]]


def _place(query: Query, wish: Wish, *, rest: int) -> Case:
    """SQL: where an item has the words."""
    in_title = having(wish, part="title")
    is_key, begins = Q(title_key=query.key), Q(title_key__startswith=query.key)
    begins_whole = Q(title_key__startswith=f"{query.key} ")
    if query.years:
        bare, of_year = query.without_years(), Q(year__in=query.years)
        in_title |= having(bare.wish(), part="title") & of_year
        is_key |= Q(title_key=bare.key) & of_year
        begins_whole |= Q(title_key__startswith=f"{bare.key} ") & of_year
    cases = [(is_key, EXACT), (begins_whole, WHOLE), (begins, BEGUN), (in_title, TITLE)]
    if rest > HEADING:
        cases.append((having(wish, part="heading"), HEADING))
    whens = [When(condition, then=Value(place)) for condition, place in cases]
    return Case(*whens, default=Value(rest), output_field=IntegerField())


def _respelled(items: ItemQuerySet, query: Query, *, most: int) -> Found | None:
    """The items that have near words in title, creators and year; the nearest first."""
    for spelled in _spellings(query):
        if found := _guess(items, spelled, most=most):
            return found
    return None


def _spellings(query: Query) -> Iterator[Spelling]:
    """The likeliest first; each costs queries only when it is its turn."""
    near = spelling.at_one_slip(query.needed)
    yield Spelling(query, near)
    yield from _joined(query)
    yield _far(query, near)


def _joined(query: Query) -> list[Spelling]:
    """The query with two neighbours written as one word, where there is such a word."""
    pairs = list(zip(query.words, query.words[1:], strict=False))
    known = spelling.known_among(left + right for left, right in pairs)
    joined = []
    for at, (left, right) in enumerate(pairs):
        if left + right in known:
            words = (*query.words[:at], left + right, *query.words[at + 2 :])
            joined.append(Spelling(Query(words), {word: [] for word in Query(words).needed}))
    return joined


def _far(query: Query, near: dict[str, list[spelling.Near]]) -> Spelling:
    """The query with words that are several slips away."""
    far = {
        word: [*near[word], *spelling.further_off(word, is_begun=word == query.needed[-1])]
        if len(word) > 3
        else near[word]
        for word in query.needed
    }
    return Spelling(query, far)


def _guess(items: ItemQuerySet, spelled: Spelling, *, most: int) -> Found | None:
    candidates = items.filter(having(spelled.wish(), part="heading"))
    ordered = candidates.order_by("-rating_count", "-view_count", "pk")[:most]
    judged = []
    for at, (pk, key, text) in enumerate(ordered.values_list("pk", "title_key", "search_text")):
        title, makers = (line.split() for line in text.split("\n", 2)[:2])
        answer = spelled.answer({*title, *makers})
        if answer is not None:
            match = _place_of(answer.words, key=key, title=title)
            judged.append(((answer.cost, match, at), answer, Hit(pk, match)))
    if not judged:
        return None
    judged.sort(key=lambda one: one[0])
    best = judged[0][1]
    hits = [hit for _order, answer, hit in judged if answer.cost <= best.cost + SLACK]
    return Found(tuple(hits), respelled=" ".join(best.words))


def _place_of(words: tuple[str, ...], *, key: str, title: list[str]) -> int:
    """Where an item has respelled words, as `_place` says it."""
    wanted = title_key(words)
    if wanted == key:
        return EXACT
    if key.startswith(f"{wanted} "):
        return WHOLE
    return TITLE if set(words) - ARTICLES <= set(title) else HEADING


def _with_fewer_words(items: ItemQuerySet, query: Query, *, most: int) -> Found | None:
    """What is found without one of the words; short words are let go first."""
    if len(query.needed) < 2:
        return None
    for word in sorted(query.needed, key=len):
        if found := _without(items, query, word, most=most, respell=False):
            return found
    for word in sorted(query.needed, key=len):
        if found := _without(items, query, word, most=most, respell=True):
            return found
    return None


def _without(
    items: ItemQuerySet, query: Query, word: str, *, most: int, respell: bool
) -> Found | None:
    fewer = query.without(word)
    if not any(len(other) > 2 for other in fewer.needed):
        return None
    look = _respelled if respell else _exactly
    found: Found | None = look(items, fewer, most=most)
    if found is None or not found.hits or found.hits[0].match == TEXT:
        return None
    return replace(found, left_out=word)
