"""Lists by cursor: every row once, whatever comes, goes and has no value meanwhile."""

import pytest
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.test import APIClient, APIRequestFactory

from catalog import curation, services
from catalog.models import Item, Person, Rating, User
from catalog.paging import CursorPages
from tests.problems import wrong_fields

pytestmark = pytest.mark.django_db
ITEMS, RATINGS = "/api/v1/items/", "/api/v1/me/ratings/"


@pytest.fixture
def shelf():
    """Ten items: two years and none, and two of each popularity."""
    shelf = []
    for n in range(10):
        fields = {"title": f"Book {n % 4}", "year": [1990, None, 2001][n % 3]}
        shelf.append(curation.save_item(Item(), fields=fields))
        Item.objects.filter(pk=shelf[-1].pk).update(rating_count=n // 2)
    return shelf


@pytest.fixture
def ann():
    client = APIClient()
    user = User.objects.create_user("ann")
    client.force_login(user)
    client.person = Person.objects.get_or_create(user=user)[0]
    return client


def page(client, address, **query):
    answer = client.get(address, query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def scrolled(client, address, *, between=lambda: None, **query):
    rows, cursor = [], ""
    for _page in range(20):
        found = page(client, address, **query, **({"cursor": cursor} if cursor else {}))
        rows += found["results"]
        cursor = found["next"]
        if cursor is None:
            return rows
        between()
    raise AssertionError("it never ends")


@pytest.mark.parametrize(
    "order", ["popular", "newest", "title", "year", "-year", "id", "q", "q-newest"]
)
@pytest.mark.parametrize("size", [1, 3, 10])
def test_pages_together_are_the_whole_list_in_its_order(client, shelf, order, size):
    words, _dash, order = ("Book", "", order[2:]) if order[0] == "q" else ("", "", order)
    asked = {**({"q": words} if words else {}), **({"ordering": order} if order else {})}
    whole = page(client, ITEMS, page_size=100, **asked)
    assert whole["next"] is None
    assert len(whole["results"]) == 10
    assert scrolled(client, ITEMS, page_size=size, **asked) == whole["results"]


@pytest.mark.parametrize("order", ["year", "-year"])
def test_what_has_no_year_comes_last(client, shelf, order):
    years = [item["year"] for item in scrolled(client, ITEMS, page_size=2, ordering=order)]
    assert [year is None for year in years] == sorted(year is None for year in years)


def test_rows_that_come_and_go_meanwhile_neither_repeat_nor_hide_others(client, shelf):
    def change():
        Item.objects.create(title="New", rating_count=99)
        Item.objects.filter(title="New").order_by("pk").first().delete()

    found = scrolled(client, ITEMS, page_size=2, between=change)
    ids = [item["id"] for item in found]
    assert len(ids) == len(set(ids))
    assert {item.pk for item in shelf} <= {*ids}


def test_by_id_everything_comes_once_whatever_is_counted_meanwhile(client, shelf):
    def shuffle():
        for item in Item.objects.all():
            Item.objects.filter(pk=item.pk).update(rating_count=10 - item.rating_count)

    found = scrolled(client, ITEMS, page_size=3, ordering="id", between=shuffle)
    assert [item["id"] for item in found] == [item.pk for item in shelf]


def test_own_rows_of_one_moment_all_come(ann, shelf):
    for item in shelf:
        services.rate_item(ann.person, item, stars=4)
    Rating.objects.update(rated_at=timezone.now())
    found = scrolled(ann, RATINGS, page_size=3)
    assert sorted(row["item"]["id"] for row in found) == [item.pk for item in shelf]


def test_a_cursor_belongs_to_one_list_in_one_order(client, ann, shelf):
    cursor = page(client, ITEMS, page_size=2)["next"]
    for query in (
        {"cursor": cursor, "ordering": "title"},
        {"cursor": f"{cursor}x"},
        {"cursor": "x"},
    ):
        assert wrong_fields(client.get(ITEMS, query)) == ["cursor"]
    assert wrong_fields(ann.get(RATINGS, {"cursor": cursor})) == ["cursor"]


def test_rows_in_an_order_of_no_database_go_on_by_their_place():
    pages, cursor = CursorPages(), ""
    found = []
    for _page in range(3):
        query = {"page_size": "4"} | ({"cursor": cursor} if cursor else {})
        asked = Request(APIRequestFactory().get("/", query))
        found += pages.paginate_queryset([*range(10)], asked)
        cursor = pages.next
    assert (found, cursor) == ([*range(10)], None)


@pytest.mark.parametrize("size", ["0", "-1", "101", "x", "1.5", "٣", "9" * 5000])
def test_a_page_holds_one_to_a_hundred_rows(client, size):
    assert wrong_fields(client.get(ITEMS, {"page_size": size})) == ["page_size"]


def test_only_the_fields_that_are_wanted_are_sent(client, shelf):
    assert page(client, ITEMS, fields="title", ordering="id")["results"][0] == {
        "id": shelf[0].pk,
        "title": "Book 0",
    }
    whole = client.get(f"{ITEMS}{shelf[0].pk}/", {"fields": "description,year"}).json()
    assert whole == {"id": shelf[0].pk, "year": 1990, "description": ""}
    picks = page(client, f"{ITEMS}{shelf[0].pk}/similar/", fields="year")["results"]
    assert all({*pick["item"]} == {"id", "year"} for pick in picks)
    refused = client.get(ITEMS, {"fields": "title,password"})
    assert wrong_fields(refused) == ["fields"]
    assert "password" in refused.json()["detail"]
