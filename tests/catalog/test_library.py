"""Pages of own ratings, views and shelves: mine only, in any order, changed in place, undone."""

import html
import re
from datetime import timedelta

import pytest
from django.core import signing
from django.test import Client
from django.urls import reverse

from catalog import services
from catalog.library import undo
from catalog.models import Attribute, Item, ItemAttribute, ItemView, Person, Rating, ShelfEntry

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}
TABS = ("ratings", "views", "shelves")


def make(title, *, year=None, genres=(), authors=()):
    item = Item.objects.create(title=title, year=year)
    for kind, names in (("genres", genres), ("authors", authors)):
        for name in names:
            attribute, _ = Attribute.objects.get_or_create(kind=kind, name=name)
            ItemAttribute.objects.create(item=item, attribute=attribute)
    services.refresh_item_text(item)
    return item


@pytest.fixture
def emma():
    return make("Emma", year=1815, genres=["Romance"], authors=["Jane Austen"])


@pytest.fixture
def dracula():
    return make("Dracula", year=1897, genres=["Gothic"], authors=["Bram Stoker"])


def rate(client, item, stars):
    client.post(reverse("catalog:rate", args=[item.pk]), {"stars": str(stars)})


def shelve(client, item, shelf):
    client.post(reverse("catalog:shelve", args=[item.pk]), {"shelf": shelf})


def titles(client, address, **filters):
    page = client.get(address, filters).content.decode()
    found = re.findall(r'class="row-title"[^>]*>(.*?)<', page)
    return [html.unescape(title) for title in found]


def remove(client, tab, item, **more):
    return client.post(reverse("catalog:remove", args=[tab, item.pk]), **more)


def undo_token(page):
    return re.search(r'name="token" value="([^"]+)"', page.content.decode())[1]


# --- order and filters ---------------------------------------------------------------------------
def test_my_ratings_are_mine_in_the_order_asked_for(client, emma, dracula):
    stranger = Person.objects.create()
    services.rate_item(stranger, make("Not mine"), stars=5)
    services.rate_item(stranger, emma, stars=5)
    rate(client, emma, 2)
    rate(client, dracula, 3)
    both = ["Emma", "Dracula"]
    for sort in ("lowest", "oldest", "mean"):
        assert titles(client, "/my/ratings/", sort=sort) == both, sort
    for sort in ("", "newest", "highest", "title", "nonsense"):
        assert titles(client, "/my/ratings/", sort=sort) == both[::-1], sort


def test_views_and_shelves_list_what_i_did(client, emma, dracula):
    client.post(reverse("catalog:view", args=[emma.pk]))
    shelve(client, emma, "doing")
    shelve(client, dracula, "done")
    assert titles(client, "/my/views/") == ["Emma"]
    assert titles(client, "/my/shelves/") == ["Dracula", "Emma"]
    assert titles(client, "/my/shelves/", shelf="done") == ["Dracula"]
    assert titles(client, "/my/shelves/", shelf="want") == []


def test_filters_combine_and_say_when_nothing_is_left(client, emma, dracula):
    rate(client, emma, 4.5)
    rate(client, dracula, 2)
    shelve(client, emma, "done")
    assert titles(client, "/my/ratings/", q="AUSTEN") == ["Emma"]
    assert titles(client, "/my/ratings/", genre="Gothic") == ["Dracula"]
    assert titles(client, "/my/ratings/", shelf="done") == ["Emma"]
    assert titles(client, "/my/ratings/", shelf="none") == ["Dracula"]
    assert titles(client, "/my/ratings/", stars="high") == ["Emma"]
    assert titles(client, "/my/ratings/", stars="low") == ["Dracula"]
    assert titles(client, "/my/shelves/", stars="none") == []
    nothing = client.get("/my/ratings/", {"q": "Emma", "genre": "Gothic"})
    assert b"Nothing matches" in nothing.content
    page = client.get("/my/ratings/").content.decode()
    assert ">Gothic (1)</option>" in page
    assert client.get("/my/ratings/", {"q": "\0", "genre": "\0", "page": "x"}).status_code == 200


def test_the_filters_stay_in_the_addresses_of_further_pages(client):
    for number in range(31):
        rate(client, make(f"Book {number:02}", genres=["Drama"]), 4)
    first = client.get("/my/ratings/", {"genre": "Drama", "sort": "title", "q": "book"})
    address = re.search(r'rel="next"\s+href="([^"]+)"', first.content.decode())[1]
    assert titles(client, "/my/ratings/" + html.unescape(address)) == ["Book 30"]


def test_a_stranger_sees_empty_pages_and_reading_makes_nobody(client):
    for tab in TABS:
        page = client.get(f"/my/{tab}/")
        assert page.status_code == 200
        assert b'class="empty"' in page.content
    assert not Person.objects.exists()


def test_an_item_that_is_no_longer_listed_is_left_out(client, emma):
    rate(client, emma, 4)
    Item.objects.update(is_listed=False)
    assert titles(client, "/my/ratings/") == []
    assert remove(client, "ratings", emma).status_code == 404


# --- removing and undoing ------------------------------------------------------------------------
def test_removing_without_javascript_goes_back_with_a_button_that_undoes_it(client, emma, dracula):
    rate(client, dracula, 1)
    rate(client, emma, 4.5)
    before = Rating.objects.get(item=emma)
    back = "/my/ratings/?sort=title"
    page = remove(client, "ratings", emma, data={"next": back}, follow=True)
    assert page.redirect_chain == [(back, 302)]
    emma.refresh_from_db()
    assert (emma.rating_count, Rating.objects.count()) == (0, 1)
    assert re.search(r'form id="undo" action="/my/undo/" method="post"', page.content.decode())
    undone = client.post("/my/undo/", {"token": undo_token(page), "next": back})
    assert undone.url == back
    after = Rating.objects.get(item=emma)
    assert (after.stars, after.rated_at) == (4.5, before.rated_at)
    emma.refresh_from_db()
    assert (emma.rating_count, emma.half_star_sum) == (1, 9)


def test_views_and_shelves_come_back_as_they_were(client, emma):
    client.post(reverse("catalog:view", args=[emma.pk]))
    shelve(client, emma, "doing")
    seen, shelved = ItemView.objects.get().viewed_at, ShelfEntry.objects.get().shelved_at
    for tab in ("views", "shelves"):
        page = remove(client, tab, emma, **HTMX)
        assert b"hx-swap-oob" in page.content
        assert titles(client, f"/my/{tab}/") == []
        client.post("/my/undo/", {"token": undo_token(page)})
    assert ItemView.objects.get().viewed_at == seen
    entry = ShelfEntry.objects.get()
    assert (entry.shelf, entry.shelved_at) == ("doing", shelved)


def test_undoing_says_so_where_recording_is_paused_since(client, emma):
    client.post(reverse("catalog:view", args=[emma.pk]))
    page = remove(client, "views", emma, **HTMX)
    Person.objects.update(is_paused=True)
    answer = client.post("/my/undo/", {"token": undo_token(page)}, follow=True)
    assert "nothing was put back" in answer.text
    assert not ItemView.objects.exists()


def test_undoing_never_overwrites_what_was_done_since(client, emma):
    rate(client, emma, 1)
    page = remove(client, "ratings", emma, **HTMX)
    rate(client, emma, 5)
    client.post("/my/undo/", {"token": undo_token(page)})
    assert Rating.objects.get().stars == 5


def test_only_who_removed_it_can_undo_it_and_not_for_ever(client, emma, monkeypatch):
    rate(client, emma, 4)
    page = remove(client, "ratings", emma, **HTMX)
    other = Client()
    rate(other, make("Other"), 3)
    for sender, token in (
        (other, undo_token(page)),
        (Client(), undo_token(page)),
        (client, undo_token(page)[:-2]),
        (client, ""),
        (client, signing.dumps([1, "rating", {}], salt="elsewhere")),
    ):
        answer = sender.post("/my/undo/", {"token": token}, follow=True)
        assert b"too late" in answer.content
    assert not Rating.objects.filter(item=emma).exists()
    monkeypatch.setattr(undo, "UNDO_TIME", timedelta(0))
    late = client.post("/my/undo/", {"token": undo_token(page)}, follow=True)
    assert b"too late" in late.content


def test_removing_what_is_not_there_offers_nothing_to_undo(client, emma):
    for tab in TABS:
        assert b"Undo" not in remove(client, tab, emma, **HTMX).content
    assert remove(client, "nonsense", emma).status_code == 404
    assert client.get(reverse("catalog:remove", args=["ratings", emma.pk])).status_code == 405


def test_undoing_leads_nowhere_else(client):
    answer = client.post("/my/undo/", {"next": "https://evil.example/"})
    assert answer.url == "/my/ratings/"


# --- how many queries ----------------------------------------------------------------------------
@pytest.mark.parametrize("tab", TABS)
def test_a_page_takes_as_many_queries_whatever_its_length(
    client, django_user_model, django_assert_max_num_queries, tab
):
    client.force_login(django_user_model.objects.create_user("ann", password="x"))
    for number in range(35):
        item = make(f"Book {number}", genres=["Drama"])
        rate(client, item, 4)
        shelve(client, item, "want")
        client.post(reverse("catalog:view", args=[item.pk]))
    with django_assert_max_num_queries(8):
        assert len(titles(client, f"/my/{tab}/", q="book", genre="Drama", sort="mean")) == 30
