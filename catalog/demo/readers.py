"""Simulated readers: what they would look at, rate and shelve, made up from a seed.

Every reader likes a few genres, subjects and an age of writing, more or less strictly. They come
back in sittings over the last months; within one they read on from book to book, by the same author
or about the same things. What they finish they rate by how well it suits them. Pure: books, a seed
and the time come in, rows of the importer go out, and the same seed gives the same readers.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from random import Random

from catalog.importing.rows import EventRow

DAY = 86_400.0
PERIOD_DAYS = 400.0
TASTE_PULL = 2.0  # how strongly taste decides what is picked up
FAME_PULL = 0.7  # how strongly fame does
SAME_AUTHOR, SHARED_TOPIC = 2.5, 0.75  # how strongly the last book leads to the next


@dataclass(frozen=True)
class Book:
    key: str
    year: int | None
    authors: tuple[str, ...]
    genres: tuple[str, ...]
    subjects: tuple[str, ...]
    is_famous: bool
    added: float  # seconds since the epoch; nobody reads it before

    @cached_property
    def topics(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.genres, *self.subjects)))


@dataclass(frozen=True)
class Shelves:
    """All books, and what follows from them alone."""

    books: Sequence[Book]
    fame: list[float]
    quality: list[float]  # in stars, around 0
    late: list[int]  # places of books that came in after the first readers

    @cached_property
    def by_genre(self) -> dict[str, list[int]]:
        return _places([book.genres for book in self.books])

    @cached_property
    def by_author(self) -> dict[str, list[int]]:
        return _places([book.authors for book in self.books])

    @cached_property
    def by_topic(self) -> dict[str, list[int]]:
        return _places([book.topics for book in self.books])

    @cached_property
    def topic_weight(self) -> dict[str, float]:
        """Rare topics say more about a taste than common ones."""
        size = len(self.books)
        return {topic: math.log(size / len(places)) for topic, places in self.by_topic.items()}


@dataclass(frozen=True)
class Taste:
    suits: list[float]  # of every book: around 0, in standard deviations
    generosity: float
    moodiness: float
    pull: list[float]  # how likely they pick up each book, before what they read last


def simulate(books: Sequence[Book], *, readers: int, seed: int, until: float) -> Iterator[EventRow]:
    """The events of readers "simulated-1" and so on, each reader's in order of time."""
    if not books:
        return
    random = Random(seed)
    shelves = _shelves(books, random, until=until)
    for number in range(1, readers + 1):
        yield from _life(f"simulated-{number}", shelves, random, until=until)


def _places(names_of_books: Iterable[Iterable[str]]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for place, names in enumerate(names_of_books):
        for name in names:
            places.setdefault(name, []).append(place)
    return places


def _shelves(books: Sequence[Book], random: Random, *, until: float) -> Shelves:
    per_author = Counter(author for book in books for author in book.authors)
    fame, quality = [], []
    for book in books:
        renown = max((per_author[author] for author in book.authors), default=1)
        fame.append(
            random.gauss(0, 0.7) + 0.25 * math.log(renown) + (2.0 if book.is_famous else 0.0)
        )
        quality.append(random.gauss(0.25 if book.is_famous else 0.0, 0.3))
    first = until - PERIOD_DAYS * DAY
    late = [place for place, book in enumerate(books) if book.added > first]
    return Shelves(books, fame, quality, late)


def _taste(shelves: Shelves, random: Random) -> Taste:
    """A reader with two or three genres, some of their subjects, and a favourite age."""
    genres = list(shelves.by_genre)
    sizes = [math.sqrt(len(shelves.by_genre[genre])) for genre in genres]
    liking: dict[str, float] = {}
    for genre in random.choices(genres, sizes, k=random.choice((2, 2, 3))):
        liking[genre] = random.uniform(1.2, 2.2)
        model = shelves.books[random.choice(shelves.by_genre[genre])]
        for subject in model.subjects[:4]:
            liking[subject] = random.uniform(0.8, 1.6)
    for genre in random.sample(genres, k=min(3, len(genres))):
        liking.setdefault(genre, -1.0)
    home_year, width = random.choice(_years(shelves)), random.uniform(40, 120)
    raw = []
    for book in shelves.books:
        topics = sum(liking.get(t, 0.0) * shelves.topic_weight[t] for t in book.topics)
        distance = abs((book.year or home_year) - home_year) / width
        raw.append(topics - min(distance, 3.0))
    mean = sum(raw) / len(raw)
    spread = math.sqrt(sum((value - mean) ** 2 for value in raw) / len(raw)) or 1.0
    suits = [(value - mean) / spread for value in raw]
    strictness = random.uniform(0.7, 1.15)
    return Taste(
        suits=suits,
        generosity=random.gauss(0, 0.35),
        moodiness=random.uniform(0.25, 0.55),
        pull=[
            math.exp(strictness * (TASTE_PULL * suit + FAME_PULL * fame))
            for suit, fame in zip(suits, shelves.fame, strict=True)
        ],
    )


def _years(shelves: Shelves) -> list[int]:
    return [book.year for book in shelves.books if book.year is not None] or [1850]


def _life(person: str, shelves: Shelves, random: Random, *, until: float) -> Iterator[EventRow]:
    """One reader's sittings, from when they joined until now."""
    taste = _taste(shelves, random)
    wanted_books = max(4, min(140, round(random.lognormvariate(3.45, 0.6))))
    joined = until - random.uniform(5, PERIOD_DAYS) * DAY
    sittings = max(1, round(wanted_books / 3.2))
    times = sorted(random.uniform(joined, until - 0.2 * DAY) for _ in range(sittings))
    pull, left, last = taste.pull.copy(), wanted_books, -1
    for number, time in enumerate(times):
        size = min(left, 1 + int(random.expovariate(1 / 2.4)))
        if number == sittings - 1:
            size = min(left, 8)
        for _ in range(size):
            place = _next(shelves, pull, last, random, time=time)
            if place is None:
                return
            pull[place] = 0.0  # nobody reads a book twice
            yield from _events(person, place, shelves, taste, random, time=time, until=until)
            last, left = place, left - 1
            time += random.uniform(60, 900)
        last = last if random.random() < 0.7 else -1


def _next(
    shelves: Shelves, pull: list[float], last: int, random: Random, *, time: float
) -> int | None:
    """The next book: one that suits, is known, and leads on from the last; None: all are read."""
    weights = pull.copy()
    for place, lead in _leads(shelves, last).items():
        weights[place] *= math.exp(lead)
    for place in shelves.late:
        if shelves.books[place].added > time:
            weights[place] = 0.0
    totals = list(accumulate(weights))
    if totals[-1] <= 0:
        return None
    return random.choices(range(len(weights)), cum_weights=totals)[0]


def _leads(shelves: Shelves, last: int) -> dict[int, float]:
    """How much more likely a book is right after another, by place, as a logarithm."""
    leads: dict[int, float] = {}
    if last >= 0:
        for topic in shelves.books[last].topics:
            for place in shelves.by_topic[topic]:
                leads[place] = leads.get(place, 0.0) + SHARED_TOPIC
        for author in shelves.books[last].authors:
            for place in shelves.by_author[author]:
                leads[place] = leads.get(place, 0.0) + SAME_AUTHOR
    return leads


def _events(
    person: str,
    place: int,
    shelves: Shelves,
    taste: Taste,
    random: Random,
    *,
    time: float,
    until: float,
) -> Iterator[EventRow]:
    """What one reader does to one book: look, then shelve it, or read and rate it."""
    book = shelves.books[place].key
    if random.random() < 0.62:
        yield _event(person, book, "view", time)
    fate = random.random()
    if fate < 0.13:
        shelf = random.choice(("want", "want", "doing"))
        yield _event(person, book, shelf, time + random.uniform(5, 120))
        return
    rated = min(time + random.uniform(30, 300), until)
    yield _event(person, book, "rating", rated, _half_stars(place, shelves, taste, random))
    if fate > 0.9:
        yield _event(person, book, "done", min(rated + 5, until))


def _half_stars(place: int, shelves: Shelves, taste: Taste, random: Random) -> int:
    stars = (
        3.0
        + 0.5 * min(taste.suits[place], 2.5)
        + shelves.quality[place]
        + taste.generosity
        + random.gauss(0, taste.moodiness)
    )
    return max(1, min(10, round(stars * 2)))


def _event(
    person: str, item: str, kind: str, time: float, half_stars: int | None = None
) -> EventRow:
    return EventRow(person, item, kind, half_stars, int(time) * 1_000_000)
