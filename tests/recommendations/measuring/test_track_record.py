"""When we said 4 or more: only what was really shown before the rating, and from 5 times on."""

from datetime import timedelta

import pytest
from django.core.cache import caches
from django.urls import reverse
from django.utils import timezone

from catalog import privacy, services
from catalog.models import Item, Person
from recommendations.measuring import recording, tokens, track_record
from recommendations.models import ShownPrediction
from tests.recommendations.measuring.worlds import member, post, said_on
from tests.recommendations.worlds import NOON, checkerboard, published

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def ann():
    return Person.objects.create(name="Ann")


def told(person, said, given, *, low=6, high=9, count=1, later=HOUR):
    for _ in range(count):
        item = Item.objects.create(title="Item")
        ShownPrediction.objects.create(
            person=person, item=item, run=1, half_stars=said, low=low, high=high, shown_at=NOON
        )
        if given:
            services.rate_item(person, item, stars=given / 2, at=NOON + later)
    caches["local"].clear()
    return item


def test_it_says_how_often_4_or_more_was_agreed_with(ann):
    told(ann, 8, 8, count=2)
    told(ann, 9, 10)
    told(ann, 8, 7)  # not agreed
    assert track_record.of(ann) is None, "four are too few"
    told(ann, 8, 2)
    told(ann, 7, 8)  # we did not say 4
    told(ann, 8, None)  # not rated
    told(ann, 8, 8, later=-HOUR)  # rated before it was shown
    assert track_record.of(ann) == track_record.Record(3, 5)
    assert track_record.of(Person.objects.create()) is None
    assert track_record.of(None) is None


def test_the_share_inside_is_of_all_who_are_counted(ann):
    ben = Person.objects.create()
    told(ann, 8, 6)
    told(ann, 8, 9)
    told(ann, 8, 5)
    told(ben, 7, 7, count=2)
    hidden = told(ben, 7, 1)
    rate = track_record.held()
    assert (rate.count, rate.of) == (4, 6)
    privacy.keep_private(ben.ratings.get(item=hidden), is_private=True)
    assert track_record.held().of == 5
    privacy.choose(ben, is_paused=True)
    rate = track_record.held()
    assert (rate.count, rate.of) == (2, 3)


def test_what_stands_is_the_last_that_was_said_before_the_rating(ann):
    item = Item.objects.create(title="Emma")

    def say(half_stars, at):
        said = tokens.Said(item.pk, 1, half_stars, 5, 10)
        recording.record(ann, looks=[], said=[said, said], now=at)

    say(6, NOON)
    say(8, NOON + HOUR)
    services.rate_item(ann, item, stars=4, at=NOON + 2 * HOUR)
    say(10, NOON + 3 * HOUR)  # from another tab, which does not know of the rating
    row = ShownPrediction.objects.get()
    assert (row.half_stars, row.shown_at) == (8, NOON + HOUR)


def test_an_item_page_and_a_card_sign_what_they_say_and_my_taste_tells_the_record():
    shelf, _crowd = checkerboard()
    services.recount()
    published("markov")
    client, person = member(shelf)
    for item in shelf[10:20:2]:
        card = said_on(client, reverse("catalog:actions", args=[item.pk]))
        assert len(said_on(client, item.get_absolute_url())) == len(card) == 1
        assert tokens.read_prediction(card[0], person).item_id == item.pk
        post(client, said=card)
    assert ShownPrediction.objects.filter(person=person).count() == 5
    assert "When we said 4 or more" not in client.get("/my/taste/").content.decode()
    assert all(row.half_stars >= 8 for row in ShownPrediction.objects.all())
    for at, item in enumerate(shelf[10:20:2]):
        client.post(reverse("catalog:rate", args=[item.pk]), {"stars": "5" if at else "2"})
    caches["local"].clear()
    sentence = "When we said 4 or more to you, you agreed 4 of 5 times."
    assert sentence in client.get("/my/taste/").content.decode()
    assert sentence in client.get(shelf[20].get_absolute_url()).content.decode()
    client.post("/my/privacy/delete/predictions/")
    assert sentence not in client.get("/my/taste/").content.decode()


def test_a_rated_item_has_nothing_to_sign():
    shelf, _crowd = checkerboard()
    published("markov")
    client, _person = member(shelf)
    assert said_on(client, shelf[0].get_absolute_url()) == []
    assert ShownPrediction.objects.filter(shown_at__lte=timezone.now()).count() == 0
