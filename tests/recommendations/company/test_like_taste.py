"""People of like taste: told in return, never of too few, and nobody who did not agree."""

from datetime import timedelta

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog import privacy
from catalog.models import Item, Person, Rating
from catalog.services import rate_item
from catalog.trust.models import TrustCase
from recommendations.company import circles, keeping, likings
from recommendations.company.likings import Figure, figure_of
from recommendations.dismissals import dismiss
from recommendations.models import LikeTaste
from recommendations.visit import Visit
from tests.catalog.test_own_export import document
from tests.recommendations.company.worlds import LONG_AGO, NOW, agreeing, client_of, member

pytestmark = pytest.mark.django_db
PAGE = "/like-taste/"


@pytest.fixture
def shelf():
    return Item.objects.bulk_create(Item(title=f"Item {n}") for n in range(60))


def taste(shelf, kind, *more):
    """Thirty ratings of one of two opposite tastes, and some of one's own."""
    return [*((item, 9 if n % 2 == kind else 3) for n, item in enumerate(shelf[:30])), *more]


@pytest.fixture
def crowd(shelf):
    """Six of one taste, of whom all rated item 40 and four item 41, and six of the other."""
    even = [
        agreeing(f"even{n}", taste(shelf, 0, (shelf[40], 8 + n % 2), (shelf[41 + n // 4], 10)))
        for n in range(6)
    ]
    odd = [agreeing(f"odd{n}", taste(shelf, 1, (shelf[40], 2), (shelf[50], 9))) for n in range(6)]
    return even, odd


@pytest.fixture
def ada(shelf, crowd):
    return agreeing("ada", taste(shelf, 0))


def of_item(person, item, now=NOW):
    return likings.of_item(Visit(person), item, now=now)


def liked(person, now=NOW):
    return {one.item.title: one.figure for one in likings.liked(Visit(person), now=now)}


def test_a_circle_is_who_agrees_beyond_what_everybody_thinks(ada, crowd):
    even, _odd = crowd
    assert circles.circle_of(ada, NOW).tolist() == [one.pk for one in even]


def test_their_mean_is_told_where_five_stand_behind_it(ada, shelf):
    assert of_item(ada, shelf[40]) == Figure(9, 5), "8.5 in half stars"
    assert of_item(ada, shelf[41]) is None, "four people"
    assert of_item(ada, shelf[50]) is None, "people of another taste"
    assert liked(ada) == {"Item 40": Figure(9, 5)}
    assert "At least 5 people of your taste rated this 4½ or more" in of_item(ada, shelf[40]).text


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([10] * 5, Figure(9, 5)),
        ([1] * 9, Figure(3, 5)),
        ([7, 8, 7, 8, 7], Figure(7, 5)),
        ([6] * 10, Figure(6, 10)),
        ([6] * 250, Figure(6, 100)),
        ([10] * 4, None),
        ([], None),
    ],
)
def test_figures_are_coarse(given, told):
    assert figure_of(given) == told


def test_what_is_told_says_where_it_ends():
    assert "1½ or less" in Figure(3, 5).text
    assert "about 3½" in Figure(7, 20).text
    assert "At least 20" in Figure(7, 20).text


def test_what_is_seen_or_dismissed_is_not_on_the_list(ada, crowd, shelf):
    dismiss(ada, shelf[40])
    assert liked(ada) == {}
    ada.dismissals.all().delete()
    rate_item(ada, shelf[40], stars=1, at=NOW)
    assert liked(ada) == {}
    assert of_item(ada, shelf[40]) == Figure(9, 5), "but said where one looks"


def test_withdrawn_and_hidden_items_are_not_there(ada, shelf):
    Item.objects.filter(pk=shelf[40].pk).update(is_listed=False)
    assert liked(ada) == {}


# --- who counts -----------------------------------------------------------------------------------
def withdraws(person):
    keeping.take_back(person)


def goes_private(person):
    privacy.choose(person, is_private=True)


def pauses(person):
    privacy.choose(person, is_paused=True)


def wants_no_lists(person):
    privacy.choose(person, is_unpersonalised=True)


def is_quarantined(person):
    privacy.quarantine(person, is_quarantined=True)


def is_proposed(person):
    TrustCase.objects.create(person=person, trust=0.4)


def is_suspended(person):
    person.user.is_active = False
    person.user.save()


def hides_the_rating(person):
    privacy.keep_private(Rating.objects.get(person=person, item__title="Item 40"), is_private=True)


def changes_the_rating(person):
    rate_item(person, Item.objects.get(title="Item 40"), stars=2, at=NOW)


def deletes_the_account(person):
    Person.objects.filter(pk=person.pk).delete()


GOES = [withdraws, goes_private, pauses, wants_no_lists, is_quarantined, is_proposed, is_suspended]
GOES += [hides_the_rating, changes_the_rating, deletes_the_account]


@pytest.mark.parametrize("goes", GOES)
def test_when_somebody_goes_nothing_is_told_until_tomorrow_and_then_without_them(
    ada, crowd, shelf, goes
):
    """So that looking before and after says nothing of who went, nor of their rating."""
    even, _odd = crowd
    assert of_item(ada, shelf[40]) == Figure(9, 5)
    goes(even[1])  # gave 4.5; without them the mean is 8.4
    assert of_item(ada, shelf[40]) is None
    assert liked(ada) == {}
    tomorrow = NOW + timedelta(days=1)
    assert of_item(ada, shelf[40], tomorrow) == Figure(8, 5)
    stays = goes in (hides_the_rating, changes_the_rating)
    assert len(circles.circle_of(ada, tomorrow)) == (6 if stays else 5)
    goes(even[0])
    assert of_item(ada, shelf[40], tomorrow + timedelta(days=1)) == (
        Figure(7, 5) if goes is changes_the_rating else None
    )


def test_nothing_that_comes_today_moves_a_figure_today(ada, crowd, shelf):
    even, _odd = crowd
    before = of_item(ada, shelf[40])
    for n in range(3):
        late = agreeing(f"late{n}", taste(shelf, 0, (shelf[40], 1)))
        LikeTaste.objects.filter(person=late).update(since=NOW)
    rate_item(even[5], shelf[41], stars=5, at=NOW - timedelta(hours=1))
    backdated = {"person": even[4], "item": shelf[41], "half_stars": 10, "rated_at": LONG_AGO}
    Rating.objects.update_or_create(
        person=even[4], item=shelf[41], defaults={k: backdated[k] for k in backdated}
    )
    assert of_item(ada, shelf[40]) == before
    assert of_item(ada, shelf[41]) is None
    caches["default"].clear()
    assert of_item(ada, shelf[40]) == before, "a lost cache changes nothing"
    assert of_item(ada, shelf[41], NOW + timedelta(days=1)) == Figure(9, 5)


@pytest.mark.parametrize(
    "change",
    [
        {"created_at": NOW - timedelta(days=27)},
        {"is_unpersonalised": True},
        {"is_private": True},
        {"is_paused": True},
        {"is_quarantined": True},
    ],
)
def test_who_does_not_count_is_told_nothing(ada, shelf, change):
    Person.objects.filter(pk=ada.pk).update(**change)
    ada.refresh_from_db()
    assert of_item(ada, shelf[40]) is None
    assert liked(ada) == {}


def test_who_rated_too_little_is_in_no_circle(shelf, crowd):
    few = agreeing("few", taste(shelf, 0)[: circles.FEWEST_RATINGS - 1])
    assert of_item(few, shelf[40]) is None


def test_a_visitor_cannot_agree(shelf):
    visitor = Person.objects.create(session_key="x")
    keeping.agree(visitor)
    assert not LikeTaste.objects.exists()


# --- pages ----------------------------------------------------------------------------------------
@pytest.fixture
def today(monkeypatch):
    """The site's clock stands at NOW."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def test_agreeing_and_taking_it_back_are_one_button_each(shelf):
    ada = member("ada")
    client = client_of(ada)
    assert "Count me" in client.get("/my/privacy/").content.decode()
    answer = client.post("/like-taste/choose/", {"agree": "1", "next": "/my/privacy/"})
    assert answer["Location"] == "/my/privacy/"
    assert LikeTaste.objects.get().person == ada
    assert "Count me no more" in client.get("/my/privacy/").content.decode()
    assert [row["since"] for row in document(client)["like_taste"]]
    client.post("/like-taste/choose/", {"stop": "1"})
    assert not LikeTaste.objects.exists()
    client.post("/like-taste/choose/", {"agree": "1"})
    client.post("/my/privacy/delete/like_taste/")
    assert not LikeTaste.objects.exists()


def test_a_stranger_is_told_what_it_takes(client, shelf):
    html = client.get(PAGE).content.decode()
    assert "It takes an account." in html
    assert client.post("/like-taste/choose/", {"agree": "1"})["Location"].startswith("/account/")
    answer = client.get(f"/items/{shelf[0].pk}/like-taste/")
    assert "told to those who agreed" in answer.content.decode()
    assert client.get("/items/99999/like-taste/").status_code == 404


def test_the_pages_tell_the_same_figure(today, ada, shelf):
    client = client_of(ada)
    assert "4½ or more, from 5 or more" in client.get(PAGE).content.decode()
    place = f'hx-get="/items/{shelf[40].pk}/like-taste/"'
    assert place in client.get(f"/items/{shelf[40].pk}/").content.decode()
    part = client.get(f"/items/{shelf[40].pk}/like-taste/", HTTP_HX_REQUEST="true")
    assert "rated this 4½ or more" in part.content.decode()
    assert "<h1" not in part.content.decode()
    whole = client.get(f"/items/{shelf[40].pk}/like-taste/").content.decode()
    assert "<h1" in whole
    assert "rated this 4½ or more" in whole
    none = client.get(f"/items/{shelf[41].pk}/like-taste/").content.decode()
    assert "Too few people of your taste" in none


def test_a_figure_costs_few_queries(today, ada, shelf, django_assert_max_num_queries):
    client = client_of(ada)
    client.get(PAGE)
    with django_assert_max_num_queries(10):
        client.get(PAGE)
    with django_assert_max_num_queries(8):
        client.get(f"/items/{shelf[40].pk}/like-taste/", HTTP_HX_REQUEST="true")


def test_an_item_s_page_costs_nobody_a_query_more(ada, shelf):
    """Whoever agreed has a place for the line; the others have nothing."""
    counts = []
    for person in (ada, member("bo")):
        client = client_of(person)
        client.get(f"/items/{shelf[40].pk}/")
        with CaptureQueriesContext(connection) as queries:
            html = client.get(f"/items/{shelf[40].pk}/").content.decode()
        counts.append(len(queries))
        assert ("like-taste" in html) == (person == ada)
    assert counts[0] <= counts[1] <= 14
