"""What is like an item: by the model first, then by what items share, and why."""

import pytest

from catalog import services as events
from catalog.models import Attribute, Item, ItemAttribute
from recommendations import selectors
from recommendations.ladder import Rung
from tests.recommendations.readers import ids, texts
from tests.recommendations.worlds import checkerboard, published

pytestmark = pytest.mark.django_db


def book(title, **attributes):
    """An item; attributes as authors="A, B", genres="C"."""
    item = Item.objects.create(title=title)
    for kind, names in attributes.items():
        for name in names.split(", "):
            attribute, _created = Attribute.objects.get_or_create(kind=kind, name=name)
            ItemAttribute.objects.create(item=item, attribute=attribute)
    events.refresh_item_text(item)
    return item


def a_small_library():
    return (
        book("Emma", authors="Jane Austen", genres="Romance, Comedy"),
        book("Persuasion", authors="Jane Austen", genres="Romance"),
        book("Cranford", authors="Elizabeth Gaskell", genres="Comedy"),
        book("Evelina", authors="Frances Burney", genres="Romance"),
        book("Camilla", authors="Frances Burney", genres="Romance"),
        book("Dracula", authors="Bram Stoker", genres="Horror"),
    )


def test_without_a_model_items_that_share_rare_things_come_first_and_say_what_they_share():
    emma, persuasion, cranford, evelina, camilla, _dracula = a_small_library()
    picks = selectors.similar_to(emma)
    assert ids(picks) == [persuasion.pk, cranford.pk, evelina.pk, camilla.pk]
    assert texts(picks) == ["also by Jane Austen · Romance", "Comedy", "Romance", "Romance"]
    assert picks.rung is Rung.SHARED
    assert picks.model_label is None


def test_an_item_that_shares_nothing_has_nothing_similar():
    *_others, dracula = a_small_library()
    picks = selectors.similar_to(dracula)
    assert (picks.items, picks.rung, picks.explanation) == ([], Rung.EMPTY, "")


@pytest.mark.parametrize(
    ("kind", "rung"),
    [("markov", Rung.CO_OCCURRENCE), ("ease", Rung.CO_OCCURRENCE), ("popularity", Rung.SHARED)],
)
def test_a_model_says_what_is_similar_and_never_the_item_itself(kind, rung):
    shelf, _crowd = checkerboard()
    published(kind)
    picks = selectors.similar_to(shelf[0], limit=5)
    assert {shelf.index(pick.item) % 2 for pick in picks.items} == {0}
    assert shelf[0].pk not in ids(picks)
    assert picks.rung is rung
    assert set(texts(picks)) == {"Even"}


def test_lists_of_different_items_differ():
    shelf, _crowd = checkerboard()
    published("markov")
    assert ids(selectors.similar_to(shelf[0])) != ids(selectors.similar_to(shelf[1]))


def test_where_nothing_is_shared_the_people_who_chose_both_are_the_reason():
    shelf, _crowd = checkerboard()
    published("markov")
    Attribute.objects.all().delete()
    picks = selectors.similar_to(shelf[0], limit=3)
    assert set(texts(picks)) == {"people who chose Item 0 chose this too"}
    assert {pick.reason.item_ids for pick in picks.items} == {(shelf[0].pk,)}


def test_an_item_that_is_newer_than_the_model_is_found_by_what_it_shares():
    shelf, _crowd = checkerboard()
    published("markov")
    fresh = book("Came after the model", genres="Even")
    assert selectors.similar_to(fresh, limit=3).rung is Rung.SHARED
    assert fresh.pk in ids(selectors.similar_to(shelf[0], limit=24))
    assert fresh.pk not in ids(selectors.similar_to(shelf[1], limit=24))


def test_a_new_model_is_asked_at_once():
    shelf, _crowd = checkerboard()
    assert selectors.similar_to(shelf[0]).rung is Rung.SHARED
    published("markov")
    assert selectors.similar_to(shelf[0]).rung is Rung.CO_OCCURRENCE


def test_an_attribute_that_nearly_everything_has_costs_nothing_and_says_nothing(monkeypatch):
    emma, persuasion, *_others = a_small_library()
    monkeypatch.setattr("recommendations.likeness.MOST_LINKS", 3)
    picks = selectors.similar_to(emma)
    assert ids(picks) == [persuasion.pk]
    assert texts(picks) == ["also by Jane Austen"]


@pytest.mark.parametrize("size", [10, 60])
def test_a_similar_list_costs_four_queries_once_and_two_from_then_on(
    size, django_assert_num_queries
):
    shelf, _crowd = checkerboard(items=size)
    published("markov")
    with django_assert_num_queries(4):
        first = selectors.similar_to(shelf[0])
    with django_assert_num_queries(2):
        assert selectors.similar_to(shelf[0]) == first
