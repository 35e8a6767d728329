"""The demo: real books, and simulated readers whose tastes can be learnt."""

import csv
import math
from collections import Counter
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from catalog.demo.load import FOLDER
from catalog.demo.readers import Book, simulate
from catalog.models import Item, ItemView, Person, Rating, ShelfEntry, User

UNTIL = 1_795_000_000.0


def shop():
    """The demo's books, read without a database."""
    famous = set((FOLDER / "famous.txt").read_text().split())
    books = []
    for path in sorted(FOLDER.glob("*.csv")):
        with path.open(newline="", encoding="utf-8") as stream:
            for row in csv.DictReader(stream):
                books.append(
                    Book(
                        key=row["item_id"],
                        year=int(row["year"]),
                        authors=tuple(row["authors"].split("|")),
                        genres=tuple(row["genres"].split("|")),
                        subjects=tuple(row["subjects"].split("|")),
                        is_famous=row["item_id"] in famous,
                        added=0.0,
                    )
                )
    return books


@pytest.fixture(scope="module")
def events():
    return list(simulate(shop(), readers=120, seed=7, until=UNTIL))


def test_the_famous_books_are_in_the_shop():
    famous = (FOLDER / "famous.txt").read_text().split()
    assert set(famous) <= {book.key for book in shop()}


def test_every_book_has_what_a_shop_needs():
    books = shop()
    assert len(books) >= 500
    assert len({book.key for book in books}) == len(books)
    assert all(book.authors[0] and book.genres[0] and book.subjects[0] for book in books)


def test_the_same_seed_gives_the_same_readers(events):
    again = list(simulate(shop(), readers=20, seed=7, until=UNTIL))
    other = list(simulate(shop(), readers=20, seed=8, until=UNTIL))
    assert again == events[: len(again)]
    assert other != again


def test_nothing_happens_after_now(events):
    assert max(event.at for event in events) <= UNTIL * 1_000_000


def test_no_book_is_read_before_it_came_in():
    late = UNTIL - 86_400 * 30
    books = [book if n % 2 else Book(**{**vars_of(book), "added": late}) for n, book in by_number()]
    came_in = {book.key: book.added for book in books}
    events = simulate(books, readers=60, seed=1, until=UNTIL)
    assert all(event.at / 1_000_000 >= came_in[event.item] - 1 for event in events)


def by_number():
    return enumerate(shop())


def vars_of(book):
    return {name: getattr(book, name) for name in Book.__dataclass_fields__}


def test_nobody_rates_a_book_twice(events):
    rated = [(event.person, event.item) for event in events if event.kind == "rating"]
    assert len(rated) == len(set(rated))


def test_readers_rate_what_suits_them_higher(events):
    """Books that share a genre with a reader's best ones get more stars than others."""
    genres = {book.key: set(book.genres) for book in shop()}
    inside, outside = [], []
    for person in {event.person for event in events}:
        rated = [e for e in events if e.person == person and e.kind == "rating"]
        half = len(rated) // 2
        liked = Counter(
            genre
            for e in sorted(rated[:half], key=lambda e: -e.half_stars)[:6]
            for genre in genres[e.item]
        )
        top = set(sorted(liked, key=lambda genre: (-liked[genre], genre))[:2])
        for event in rated[half:]:
            (inside if top & genres[event.item] else outside).append(event.half_stars)
    assert sum(inside) / len(inside) > sum(outside) / len(outside) + 0.4


def test_what_people_read_together_says_more_than_what_is_popular(events):
    """A twenty-line item-kNN beats popularity clearly on everybody's last books."""
    histories = {}
    for event in events:
        read = histories.setdefault(event.person, [])
        if event.item not in read:
            read.append(event.item)
    past = {person: read[:-3] for person, read in histories.items() if len(read) > 6}
    fame = Counter(item for read in past.values() for item in read)
    together = {}
    for read in past.values():
        for one in read:
            together.setdefault(one, Counter()).update(other for other in read if other != one)

    def neighbours(read):
        scores = Counter()
        for weight, item in enumerate(read, start=1):
            for other, count in together[item].items():
                norm = math.sqrt((fame[item] + 5) * (fame[other] + 5))
                scores[other] += 1.15 ** (weight - len(read)) * count / norm
        return scores

    def hits(scores_of):
        found = 0
        for person, read in past.items():
            shown = [item for item, _s in scores_of(read).most_common() if item not in set(read)]
            found += len(set(shown[:10]) & set(histories[person][-3:]))
        return found

    assert hits(neighbours) > 1.5 * hits(lambda read: fame)


@pytest.mark.django_db
def test_the_command_fills_an_empty_catalogue_once():
    out = StringIO()
    call_command("load_demo", "--readers", "40", stdout=out, stderr=StringIO())
    assert "the outcomes add up: yes" in out.getvalue()
    assert Item.objects.count() >= 500
    assert Person.objects.filter(is_simulated=True).count() == 40
    assert Person.objects.get(key="simulated-1").name == "Simulated reader 1"
    assert not User.objects.exists()
    events = Rating.objects.count() + ItemView.objects.count() + ShelfEntry.objects.count()
    assert events > 1500
    recent = Item.objects.filter(added_at__gt=timezone.now() - timedelta(days=11)).count()
    assert 5 <= recent <= 40
    busiest = Item.objects.popular().first()
    assert busiest.rating_count == busiest.ratings.count() > 0

    again = StringIO()
    call_command("load_demo", stdout=again)
    assert "has items already" in again.getvalue()
    assert Person.objects.count() == 40
