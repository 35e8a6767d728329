"""My taste for programs: the figures of the page, of whoever asks and nobody else."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image
from rest_framework.test import APIClient

from catalog import privacy, services
from catalog.models import Attribute, Item, ItemAttribute, Person, User
from catalog.tokens.models import Service
from recommendations.my_taste.atlas import atlas
from recommendations.my_taste.community import FEWEST_PEOPLE
from tests.recommendations.readers import reader_of
from tests.recommendations.worlds import checkerboard, published
from tests.tokens import client_with

pytestmark = pytest.mark.django_db
NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
TASTE, MAP = "/api/v1/me/taste/", "/api/v1/items/map/"
QUERIES = 4
"""Of somebody who rated something, everybody's table being known: the token with its person, their
ratings, the items on which they differ, and who made what."""


def make(title, *, year=None, **attributes):
    item = Item.objects.create(title=title, year=year)
    for kind, names in attributes.items():
        for name in names:
            attribute, _ = Attribute.objects.get_or_create(kind=kind, name=name)
            ItemAttribute.objects.create(item=item, attribute=attribute)
    services.refresh_item_text(item)
    return item


def rate(person, item, stars, *, day=0):
    return services.rate_item(person, item, stars=stars, at=NOON + timedelta(days=day))


def crowd():
    return [Person.objects.create() for _ in range(FEWEST_PEOPLE)]


@pytest.fixture
def ann():
    return Person.objects.create(user=User.objects.create_user("ann"))


@pytest.fixture
def api(ann):
    return client_with(ann.user, "read")


@pytest.fixture
def emma(ann):
    """A book that Ann loves and five others do not."""
    emma = make("Emma", year=1815, genres=["Romance"], authors=["Jane Austen"])
    rate(ann, emma, 5)
    for person, stars in zip(crowd(), (1, 2, 3, 4, 4.5), strict=True):
        rate(person, emma, stars)
    return emma


def of(api, address=TASTE):
    answer = api.get(address)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_it_says_what_one_rated_beside_everybody_else(api, ann, emma):
    rate(ann, make("Persuasion", year=1817, authors=["Jane Austen"]), 4, day=1)
    said = of(api)
    card = {"id": emma.pk, "title": "Emma"}
    assert [(one["item"] | card) == one["item"] for one in said.pop("likes")] == [True]
    spread = {one.pop("stars"): one for one in said.pop("spread")}
    assert len(spread) == 10
    assert spread[5.0] == {"percent": 50.0, "others_percent": 0.0}
    assert spread[4.0] == {"percent": 50.0, "others_percent": 20.0}
    over_time = said.pop("over_time")
    assert over_time[-1] == {"start": "2025-03-01", "months": 1, "ratings": 2, "mean_stars": 4.5}
    assert [one["ratings"] for one in over_time[:-1]] == [0, 0, 0, 0, 0]
    assert said == {
        "ratings": 2,
        "mean_stars": 4.5,
        "kinder_by": 2.1,
        "days": 2,
        "since": "2025-03-01",
        "streak": {"days": 2, "until": "2025-03-02"},
        "genres": [{"name": "Romance", "ratings": 1, "mean_stars": 5.0, "others_mean_stars": 2.9}],
        "decades": [{"name": "1810s", "ratings": 2, "mean_stars": 4.5, "others_mean_stars": 2.9}],
        "dislikes": [],
        "creators": [{"name": "Jane Austen", "ratings": 2, "mean_stars": 4.5}],
        "years": [2025],
    }


def test_with_too_few_others_nothing_is_said_of_them(api, ann):
    rate(ann, make("Emma", year=1815, genres=["Romance"]), 5)
    rate(crowd()[0], Item.objects.get(), 1)
    said = of(api)
    assert said["kinder_by"] is None
    assert said["genres"][0]["others_mean_stars"] is None
    assert {one["others_percent"] for one in said["spread"]} == {None}
    assert said["likes"] == []


def test_who_keeps_it_private_is_counted_among_no_others(api, emma):
    for person in Person.objects.filter(user=None)[:1]:
        privacy.choose(person, is_private=True)
    assert of(api)["genres"][0]["others_mean_stars"] is None


def test_without_ratings_there_is_nothing_and_no_error(api):
    said = of(api)
    assert (said["ratings"], said["days"]) == (0, 0)
    assert {said[name] for name in ("mean_stars", "kinder_by", "since", "streak")} == {None}
    lists = ("over_time", "spread", "genres", "decades", "likes", "dislikes", "creators", "years")
    assert all(said[name] == [] for name in lists)


def test_nobody_sees_anothers_taste(emma):
    bob = client_with(User.objects.create_user("bob"), "read")
    assert of(bob)["ratings"] == 0
    assert of(bob, f"{TASTE}2025/")["ratings"] == 0
    assert of(bob, f"{TASTE}map/")["ids"] == []
    assert APIClient().get(TASTE).status_code == 401


def test_a_service_asks_for_its_own_people(emma):
    shop = Service.objects.create(name="Shop")
    api = client_with(shop, "events", "read", act_for="c-1")
    assert of(api)["ratings"] == 0
    api.post("/api/v1/me/ratings/", {"item": emma.pk, "stars": 2}, format="json")
    assert of(api)["mean_stars"] == 2.0
    assert of(client_with(shop, "read", act_for="c-2"))["ratings"] == 0


@pytest.mark.parametrize("many", [1, 12])
def test_it_takes_the_same_queries_however_much_was_rated(
    api, ann, django_assert_num_queries, many
):
    for at in range(many):
        item = make(f"Item {at}", year=1900 + at, genres=[f"Genre {at % 3}"], authors=["Somebody"])
        rate(ann, item, 5, day=at)
        for person in crowd():
            rate(person, item, 2)
    of(api)
    with django_assert_num_queries(QUERIES):
        of(api)


def test_a_year_has_favourites_months_and_sentences(api, ann, emma):
    rate(ann, make("Sanditon", year=1817), 3, day=400)
    said = of(api, f"{TASTE}2025/")
    assert [(one["item"]["title"], one["stars"]) for one in said.pop("favourites")] == [("Emma", 5)]
    months = said.pop("months")
    assert [one["ratings"] for one in months] == [0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    assert (months[2]["mean_stars"], months[3]["mean_stars"]) == (5.0, None)
    assert "Most of it was Romance (1)." in said.pop("sentences")
    genres = [{"name": "Romance", "ratings": 1, "mean_stars": 5.0, "others_mean_stars": 2.9}]
    assert said == {"year": 2025, "ratings": 1, "mean_stars": 5.0, "genres": genres}


@pytest.mark.parametrize("year", [0, 10_000, 10**18 - 1])
def test_a_year_that_no_calendar_has_is_not_there(api, year):
    assert api.get(f"{TASTE}{year}/").status_code == 404


def test_a_year_without_ratings_is_empty(api, emma):
    said = of(api, f"{TASTE}2024/")
    assert (said["ratings"], said["mean_stars"], said["favourites"]) == (0, None, [])
    assert len(said["months"]) == 12


@pytest.mark.parametrize(("shape", "size"), [("wide", (1200, 630)), ("tall", (1080, 1350))])
def test_a_year_is_a_picture_of_its_shape(api, emma, shape, size):
    answer = api.get(f"{TASTE}2025/{shape}/", headers={"accept": "image/png"})
    assert answer["Content-Type"] == "image/png"
    assert Image.open(io.BytesIO(answer.content)).size == size
    assert "private" in answer["Cache-Control"]


@pytest.mark.parametrize("address", ["2025/round/", "2024/wide/", "0/wide/"])
def test_of_a_year_without_ratings_and_in_other_shapes_there_is_no_picture(api, emma, address):
    answer = api.get(f"{TASTE}{address}")
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


# --- the map -------------------------------------------------------------------------------------
@pytest.fixture
def shelf():
    shelf, _crowd = checkerboard()
    published("markov", has_map=True)
    return shelf


def test_the_map_is_there_for_everybody_and_its_places_are_those_of_the_page(client, shelf):
    drawn = of(client, MAP)
    assert drawn["version"] == atlas().version
    assert sum(region["items"] for region in drawn["regions"]) == len(shelf)
    assert [one["genre"] for one in drawn["legend"]] == [name for name, _hue in atlas().legend]
    answer = client.get(drawn["places"])
    assert answer.json() == client.get(f"/catalogue-map/{drawn['version']}.json").json()
    assert sorted(answer.json()["ids"]) == sorted(item.pk for item in shelf)
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"


def test_places_travel_packed_and_another_version_is_kept_for_a_minute(client, shelf):
    old = client.get(f"{MAP}0123abcd/", headers={"accept-encoding": "gzip"})
    assert old["Cache-Control"] == "public, max-age=60"
    assert old["Content-Encoding"] == "gzip"
    tag = {"if-none-match": client.get(of(client, MAP)["places"])["ETag"]}
    assert client.get(of(client, MAP)["places"], headers=tag).status_code == 304


def test_without_a_map_there_is_none(client, api):
    assert client.get(MAP).status_code == 404
    assert client.get(f"{MAP}0123abcd/").status_code == 404
    assert of(api, f"{TASTE}map/") == {"regions": [], "ids": [], "stars": []}


def test_ones_own_map_says_what_one_rated_of_each_region(api, ann, shelf):
    reader_of(shelf[:3], person=ann)
    said = of(api, f"{TASTE}map/")
    assert sorted(said["ids"]) == sorted(item.pk for item in shelf[:3])
    assert len(said["stars"]) == 3
    assert sum(region["rated"] for region in said["regions"]) == 3
    stars = dict(zip(said["ids"], said["stars"], strict=True))
    known = {one["id"]: one["stars"] for region in said["regions"] for one in region["best_known"]}
    assert known
    assert all(known[pk] == stars.get(pk) for pk in known)
