"""Genres that somebody likes: found in their ratings, shown with the ratings that say so."""

import pytest
from django.core.cache import caches

from catalog import services as events
from catalog.models import Attribute, Item, ItemAttribute, Person
from recommendations import favourites, selectors
from recommendations.dismissals import dismiss
from tests.recommendations.readers import ids, reader_of
from tests.recommendations.test_panels import HOME_PANELS, client_of, page, panel, rendered
from tests.recommendations.worlds import checkerboard, published

pytestmark = pytest.mark.django_db
LIMIT = 4


def library():
    """Thirty items of each genre, all as popular as the next."""
    shelves = {}
    for name in ("Gothic", "Drama", "Satire"):
        genre = Attribute.objects.create(kind="genres", name=name)
        shelves[name] = Item.objects.bulk_create(
            Item(title=f"{name} {n}", rating_count=9) for n in range(30)
        )
        ItemAttribute.objects.bulk_create(
            ItemAttribute(item=item, attribute=genre) for item in shelves[name]
        )
    return shelves


def found(person, *, most=2):
    visit = selectors.Visit(person)
    return favourites.favourites(visit, limit=LIMIT, most=most)


def names(person, **more):
    return [favourite.genre.label for favourite in found(person, **more)]


def test_a_genre_is_liked_where_several_of_it_are_rated_well():
    shelves = library()
    person = reader_of(shelves["Gothic"][:2])
    assert names(person) == ["Gothic"]
    assert names(reader_of(shelves["Gothic"][:1])) == []
    assert names(reader_of(shelves["Gothic"][:3], half_stars=4)) == []
    assert names(None) == names(Person.objects.create()) == []


def test_those_come_first_that_set_a_person_apart_and_two_at_most():
    shelves = library()
    person = reader_of([*shelves["Satire"][:2], *shelves["Gothic"][:5], *shelves["Drama"][:2]])
    assert names(person)[:1] == ["Gothic"]
    assert len(names(person)) <= 2


def test_what_everybody_likes_as_much_is_no_genre_of_ones_own():
    shelves = library()
    person = reader_of([item for items in shelves.values() for item in items[:3]])
    assert names(person) == []


def test_its_items_are_of_the_genre_unseen_undismissed_and_not_in_for_you():
    shelves = library()
    person = reader_of(shelves["Gothic"][:3])
    dismiss(person, shelves["Gothic"][5])
    visit = selectors.Visit(person)
    (favourite,) = favourites.favourites(visit, limit=LIMIT, most=2)
    shown = ids(favourites.picks_of(favourite, limit=LIMIT, visit=visit))
    assert len(shown) == LIMIT
    assert set(shown) <= {item.pk for item in shelves["Gothic"][3:]}
    assert shelves["Gothic"][5].pk not in shown
    first = ids(selectors.for_you(person, limit=LIMIT, visit=visit))
    assert not set(shown) & set(first)


def test_the_model_orders_them_where_there_is_one():
    shelf, _crowd = checkerboard(items=40)
    events.recount()
    published("markov")
    (favourite,) = found(reader_of(shelf[0:6:2]), most=1)
    assert favourite.is_personal
    assert favourite.genre.label == "Even"
    assert set(favourite.item_ids) <= {item.pk for item in shelf[0::2]}


def test_the_panel_says_which_ratings_it_comes_from():
    shelves = library()
    html = rendered(HOME_PANELS, person=reader_of(shelves["Gothic"][:2]))
    assert "More Gothic" in html
    assert "Because you rated Gothic 1 5 and Gothic 0 5" in html
    assert panel(html, "genre-1")
    assert panel(html, "genre-2") is None


def test_a_genre_with_too_little_left_is_no_panel():
    shelves = library()
    person = reader_of(shelves["Gothic"][:24])
    assert names(person) == []


def test_a_member_sees_it_on_the_home_page_and_a_stranger_does_not():
    shelves = library()
    caches["local"].clear()
    html = page(client_of("ann", shelves["Gothic"][:3]))
    assert "More Gothic" in html
    assert "More Gothic" not in page(client_of("ben"))
