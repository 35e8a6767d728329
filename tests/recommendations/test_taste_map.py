"""The map on pages: the same for all and kept by browsers, without what is withdrawn."""

import gzip
import json
import re
from collections import Counter

import numpy as np
import pytest

from catalog.models import Attribute, Item, ItemAttribute, Person, User
from recommendations.my_taste.atlas import COMMON, atlas, hues_of
from tests.recommendations.readers import reader_of
from tests.recommendations.worlds import checkerboard, published

pytestmark = pytest.mark.django_db


def public(client, drawn=None):
    drawn = drawn or atlas()
    answer = client.get(f"/catalogue-map/{drawn.version}.json")
    assert answer.status_code == 200
    return answer, answer.json()


def test_every_listed_item_is_on_it_once_with_its_place(client):
    shelf, _crowd = checkerboard()
    published("markov", has_map=True)
    answer, found = public(client)
    assert sorted(found["ids"]) == sorted(item.pk for item in shelf)
    assert {len(values) for values in found.values()} == {len(shelf)}
    assert all(0 <= place < 10_000 for place in (*found["x"], *found["y"]))
    assert found["titles"][found["ids"].index(shelf[3].pk)] == "Item 3"
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Set-Cookie" not in answer


def test_it_holds_nothing_of_anybody(client):
    shelf, crowd = checkerboard()
    published("markov", has_map=True)
    before = public(client)[1]
    user = User.objects.create_user("anna")
    reader_of(shelf[:5], person=Person.objects.create(user=user))
    client.force_login(user)
    assert public(client)[1] == before


def test_a_withdrawn_item_leaves_it_at_once_and_the_old_address_has_the_new_map_for_a_minute(
    client,
):
    shelf, _crowd = checkerboard()
    published("markov", has_map=True)
    old = atlas()
    Item.objects.filter(pk=shelf[0].pk).update(is_listed=False)
    answer = client.get(f"/catalogue-map/{old.version}.json")
    assert answer["Cache-Control"] == "public, max-age=60"
    found = answer.json()
    assert shelf[0].pk not in found["ids"]
    assert len(found["ids"]) == len(shelf) - 1
    names = [title for region in atlas().regions for _pk, title in region.best_known]
    assert "Item 0" not in names


def test_it_travels_compressed_to_whoever_can_read_that(client):
    checkerboard()
    published("markov", has_map=True)
    address = f"/catalogue-map/{atlas().version}.json"
    packed = client.get(address, headers={"accept-encoding": "gzip, br"})
    assert packed["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(packed.content)) == client.get(address).json()
    assert "Accept-Encoding" in packed["Vary"]


def test_regions_are_called_by_what_sets_them_apart(client):
    checkerboard(items=60, people=120, events=20)
    published("markov", has_map=True)
    assert {region.name for region in atlas().regions} == {"Even", "Odd"}


def test_regions_of_one_genre_are_told_apart_and_one_without_names_its_best_known():
    shelf, _crowd = checkerboard()
    ItemAttribute.objects.all().delete()
    published("markov", has_map=True)
    assert all(region.name.startswith("Around “Item ") for region in atlas().regions)
    assert len(shelf) == sum(region.size for region in atlas().regions)


def test_the_list_says_how_many_of_each_region_are_rated(client):
    shelf, _crowd = checkerboard(items=60, people=120, events=20)
    published("markov", has_map=True)
    user = User.objects.create_user("anna")
    reader_of(shelf[0:12:2], person=Person.objects.create(user=user))
    client.force_login(user)
    page = client.get("/my/taste/").content.decode()
    said = sorted(int(n) for n in re.findall(r"in all, (\d+) of them rated by you", page))
    drawn = atlas()
    assert drawn is not None
    home = dict(zip(drawn.item_ids.tolist(), drawn.region_of.tolist(), strict=True))
    lived_in = Counter(home[item.pk] for item in shelf[0:12:2])
    assert said == sorted(lived_in[region.number] for region in drawn.regions)
    assert sum(said) == 6


def test_without_a_model_or_with_one_without_a_map_the_page_says_when_there_will_be_one(client):
    checkerboard()
    assert "It has not done so yet" in client.get("/my/taste/").content.decode()
    published("markov")
    assert atlas() is None
    assert "It has not done so yet" in client.get("/my/taste/").content.decode()
    assert client.get("/catalogue-map/abc.json").status_code == 404


def test_items_of_one_genre_share_a_colour_and_genres_have_colours_apart():
    shelf, _crowd = checkerboard()
    published("markov", has_map=True)
    drawn = atlas()
    found = json.loads(gzip.decompress(drawn.body))
    genre = dict(zip(found["ids"], found["genre"], strict=True))
    assert len({genre[item.pk] for item in shelf[::2]}) == 1
    assert len({genre[item.pk] for item in shelf}) == 2
    hues = np.sort(hues_of([f"Genre {n}" for n in range(COMMON)]))
    assert np.diff(hues).min() == 360 // COMMON


def test_an_item_that_came_after_the_training_is_not_on_it_yet(client):
    checkerboard()
    published("markov", has_map=True)
    late = Item.objects.create(title="Late")
    ItemAttribute.objects.create(item=late, attribute=Attribute.objects.get(name="Even"))
    assert late.pk not in public(client)[1]["ids"]
