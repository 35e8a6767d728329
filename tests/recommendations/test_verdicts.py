"""What is said of one item for one person: a guess with its interval, and what moved it."""

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from catalog import services as events
from catalog.models import Item, Person
from recommendations.dismissals import dismiss
from recommendations.verdicts import Prediction, predicted, why
from recommendations.visit import Visit
from tests.recommendations.readers import reader_of
from tests.recommendations.test_panels import client_of
from tests.recommendations.worlds import checkerboard, published

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf():
    shelf, _crowd = checkerboard()
    events.recount()
    published("markov")
    return shelf


@pytest.mark.parametrize(
    ("stars", "low", "high", "expected"),
    [
        (4.4, 3.3, 5.0, (9, 7, 10)),
        (4.0, 3.5, 4.5, (8, 7, 9)),
        (0.6, 0.5, 1.2, (1, 1, 2)),
        (3.1, 3.05, 3.3, (6, 6, 6)),
        (4.7, 4.76, 5.0, (10, 10, 10)),
    ],
)
def test_a_prediction_is_in_half_stars_within_its_interval(stars, low, high, expected):
    made = Prediction.of(stars=stars, low=low, high=high)
    assert (made.half_stars, made.low, made.high) == expected


@given(st.floats(0.5, 5), st.floats(0.5, 5), st.integers(1, 10))
def test_rounding_neither_adds_ratings_to_the_interval_nor_takes_any(one, other, half):
    low, high = sorted((one, other))
    if high - low < 0.5:
        return
    made = Prediction.of(stars=(low + high) / 2, low=low, high=high)
    inside = 2 * low - 1e-3 <= half <= 2 * high + 1e-3
    clearly = abs(half - 2 * low) > 1e-3 and abs(half - 2 * high) > 1e-3
    if clearly:
        assert (made.low <= half <= made.high) == inside


def test_it_follows_what_the_person_thinks_of_ratings(shelf):
    generous = predicted(Visit(reader_of(shelf[0:10:2], half_stars=10)), shelf[10])
    strict = predicted(Visit(reader_of(shelf[0:10:2], half_stars=3)), shelf[10])
    assert generous.half_stars > strict.half_stars
    assert generous.low <= generous.half_stars <= generous.high


def test_nothing_is_predicted_where_nothing_is_known(shelf):
    new = Item.objects.create(title="Newer than the model")
    reader = reader_of(shelf[0:4])
    assert predicted(Visit(None), shelf[0]) is None
    assert predicted(Visit(Person.objects.create()), shelf[0]) is None
    assert predicted(Visit(reader), new) is None
    assert why(Visit(reader), new) == why(Visit(None), shelf[0]) == []


def test_without_a_model_nothing_is_predicted():
    shelf, _crowd = checkerboard()
    assert predicted(Visit(reader_of(shelf[0:4])), shelf[10]) is None


def test_why_names_the_persons_own_events_of_different_items_three_at_most(shelf):
    said = [reason.text for reason in why(Visit(reader_of(shelf[0:10:2])), shelf[12])]
    assert 0 < len(said) <= 3
    assert len(set(said)) == len(said)
    titles = {f"because you rated {item.title} 5" for item in shelf[0:10:2]}
    assert set(said) <= titles


def test_why_never_names_what_was_not_liked_or_is_withdrawn(shelf):
    person = reader_of(shelf[0:10:2])
    Item.objects.filter(pk__in=[item.pk for item in shelf[0:8:2]]).update(is_listed=False)
    said = {reason.text for reason in why(Visit(person), shelf[12])}
    assert said <= {f"because you rated {shelf[8].title} 5"}


# --- on pages ------------------------------------------------------------------------------------
def test_an_item_page_predicts_until_the_item_is_rated(shelf):
    client = client_of("ann", shelf[0:10:2])
    address = shelf[10].get_absolute_url()
    assert "We think <strong>" in client.get(address).content.decode()
    client.post(reverse("catalog:rate", args=[shelf[10].pk]), {"stars": "4"})
    assert "We think" not in client.get(address).content.decode()
    assert "We think" not in Client().get(address).content.decode()


def test_an_opened_card_offers_all_there_is_from_few_queries(shelf, django_assert_max_num_queries):
    client = client_of("ann", shelf[0:10:2])
    address = reverse("catalog:actions", args=[shelf[12].pk])
    client.get(address)
    with django_assert_max_num_queries(8):
        answer = client.get(address)
    html = answer.content.decode()
    assert "because you rated Item" in html
    for name in ("catalog:rate", "catalog:shelve", "recommendations:dismiss"):
        assert f'action="{reverse(name, args=[shelf[12].pk])}"' in html
    assert 'name="place" value="card"' in html
    assert "no-store" in answer["Cache-Control"]


def test_an_opened_card_of_what_was_dismissed_offers_the_way_back(shelf):
    client = Client()
    client.post(reverse("recommendations:dismiss", args=[shelf[0].pk]))
    html = client.get(reverse("catalog:actions", args=[shelf[0].pk])).content.decode()
    assert 'name="undo"' in html


def test_a_withdrawn_item_has_no_card_to_open(shelf):
    dismiss(Person.objects.create(), shelf[0])
    Item.objects.filter(pk=shelf[0].pk).update(is_listed=False)
    assert Client().get(reverse("catalog:actions", args=[shelf[0].pk])).status_code == 404
