"""Pages say what they show, forms work with and without JavaScript, reading writes nothing."""

import html
import re

import pytest
from django.test import Client
from django.urls import reverse

from catalog import services
from catalog.models import (
    Attribute,
    Item,
    ItemAttribute,
    ItemView,
    Person,
    Rating,
    ShelfEntry,
)

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}


def make(title, *, year=None, ratings=0, **attributes):
    item = Item.objects.create(title=title, year=year, rating_count=ratings)
    for kind, names in attributes.items():
        for name in names:
            attribute, _ = Attribute.objects.get_or_create(kind=kind, name=name)
            ItemAttribute.objects.create(item=item, attribute=attribute)
    services.refresh_item_text(item)
    return item


@pytest.fixture
def emma():
    return make("Emma", year=1815, authors=["Jane Austen"], genres=["Romance"])


def text_of(response):
    """What a reader sees: no tags, no runs of space."""
    bare = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(html.unescape(bare).split())


def shown_titles(response):
    found = re.findall(r'<span class="card-title">(.*?)</span>', response.content.decode())
    return [html.unescape(title) for title in found]


# --- browse --------------------------------------------------------------------------------------
def test_browse_narrows_by_genres_and_decade_and_counts_what_would_be_left(client):
    make("Dracula", year=1897, genres=["Gothic", "Horror"])
    make("The Monk", year=1796, genres=["Gothic"])
    make("Carmilla", year=1872, genres=["Gothic", "Horror"])
    make("Emma", year=1815, genres=["Romance"])
    response = client.get("/browse/", {"genre": "Gothic"})
    assert set(shown_titles(response)) == {"Dracula", "The Monk", "Carmilla"}
    assert "Horror 2" in text_of(response)
    assert "Romance" not in text_of(response)
    both = client.get("/browse/", {"genre": ["Gothic", "Horror"], "decade": "1870"})
    assert shown_titles(both) == ["Carmilla"]


def test_any_attribute_of_an_item_leads_to_the_items_that_share_it(client, emma):
    persuasion = make("Persuasion", authors=["Jane Austen"])
    make("Dracula", authors=["Bram Stoker"])
    page = client.get(emma.get_absolute_url()).content.decode()
    address = re.search(r'href="(/browse/\?with=[^"]+)"', page)[1]
    assert set(shown_titles(client.get(html.unescape(address)))) == {emma.title, persuasion.title}


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("popular", ["Widely loved", "One fan", "Aged"]),
        ("rating", ["Widely loved", "One fan", "Aged"]),
        ("newest", ["One fan", "Aged", "Widely loved"]),
        ("title", ["Aged", "One fan", "Widely loved"]),
        ("nonsense", ["Widely loved", "One fan", "Aged"]),
    ],
)
def test_browse_sorts(client, sort, expected):
    Item.objects.create(title="Widely loved", rating_count=100, half_star_sum=920)
    Item.objects.create(title="Aged")
    Item.objects.create(title="One fan", rating_count=1, half_star_sum=10)
    assert shown_titles(client.get("/browse/", {"sort": sort})) == expected


def test_search_keeps_filters_and_order_in_the_address(client):
    make("Ghosts", year=1881, genres=["Drama"])
    make("Ghost stories", year=1904, genres=["Horror"])
    response = client.get("/browse/", {"q": "ghost", "genre": "Drama", "sort": "title"})
    assert shown_titles(response) == ["Ghosts"]
    assert 'value="ghost"' in response.content.decode()


def test_paging_keeps_the_rest_of_the_address(client):
    for number in range(65):
        make(f"Book {number:02}", genres=["Drama"])
    response = client.get("/browse/", {"genre": "Drama", "sort": "title", "page": 2})
    assert shown_titles(response)[0] == "Book 30"
    assert "/browse/?genre=Drama&amp;sort=title&amp;page=3" in response.content.decode()


@pytest.mark.parametrize("page", ["999", "0", "-1", "last", "x" * 500])
def test_an_unknown_page_number_says_so_and_leads_back(client, emma, page):
    response = client.get("/browse/", {"page": page})
    assert response.status_code == 404
    assert "There is no such page" in text_of(response)
    assert "Go to the first page" in text_of(response)


def test_nothing_found_says_what_to_do(client, emma):
    response = client.get("/browse/", {"q": "zzz"})
    assert response.status_code == 200
    assert "Nothing found Try fewer words" in text_of(response)


@pytest.mark.parametrize(
    "address",
    [
        "/browse/?decade=abc&with=nocolon&genre=&sort=",
        "/browse/?decade=99999&with=:x&genre=%00",
        "/browse/?q=%00%27%22%3Cscript%3E",
        "/browse/?decade=%D9%A1%D9%A9&genre=" + "a" * 3000,
    ],
)
def test_an_address_that_makes_no_sense_is_answered_calmly(client, emma, address):
    assert client.get(address).status_code == 200


@pytest.mark.parametrize("path", ["/", "/browse/", "/my/ratings/", "/my/views/", "/my/shelves/"])
def test_every_page_works_on_an_empty_catalogue(client, path):
    response = client.get(path)
    assert response.status_code == 200
    assert "yet" in text_of(response) or "empty" in text_of(response)


def test_a_withdrawn_item_is_shown_nowhere(client, emma):
    Item.objects.filter(pk=emma.pk).update(is_listed=False)
    assert client.get(emma.get_absolute_url()).status_code == 404
    assert shown_titles(client.get("/browse/")) == []
    assert client.post(reverse("catalog:rate", args=[emma.pk]), {"stars": "5"}).status_code == 404


# --- item page -----------------------------------------------------------------------------------
def test_the_item_page_shows_facts_mean_and_histogram(client, emma):
    for half_stars in (10, 10, 7):
        person = Person.objects.create()
        services.rate_item(person, emma, stars=half_stars / 2)
    seen = text_of(client.get(emma.get_absolute_url()))
    assert "by Jane Austen · 1815" in seen
    assert "4.5 from 3 ratings" in seen
    assert "5 stars: 2 ratings" in seen
    assert "3½ stars: 1 rating" in seen


def test_simulated_activity_is_said_to_be_simulated(client, emma):
    services.rate_item(Person.objects.create(is_simulated=True), emma, stars=4)
    assert "ratings by 1 simulated reader" in text_of(client.get(emma.get_absolute_url()))
    assert "includes 1 simulated reader" in text_of(client.get("/"))


def test_without_simulated_readers_nothing_is_said_of_them(client, emma):
    assert "simulated" not in text_of(client.get(emma.get_absolute_url()))


def test_reading_pages_writes_nothing(client, emma):
    for path in ("/", "/browse/", emma.get_absolute_url(), "/my/ratings/"):
        client.get(path)
    assert not Person.objects.exists()
    assert "sessionid" not in client.cookies


def test_text_of_items_cannot_script(client):
    hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    item = make(hostile, authors=[hostile[:150]], genres=[hostile[:150]])
    Item.objects.filter(pk=item.pk).update(description=hostile, cover_url="javascript:alert(1)")
    for path in ("/", "/browse/", item.get_absolute_url(), "/browse/?q=" + hostile):
        page = client.get(path).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "javascript:" not in page


def test_a_picture_lies_over_the_drawn_cover(client, emma):
    Item.objects.filter(pk=emma.pk).update(cover_url="https://covers.example/emma.jpg")
    page = client.get("/browse/").content.decode()
    assert "https://covers.example/emma.jpg" in page
    assert f"/covers/{emma.pk}-" in page


# --- rate, shelve, view --------------------------------------------------------------------------
def test_a_visitor_rates_without_javascript_and_sees_it(client, emma):
    response = client.post(reverse("catalog:rate", args=[emma.pk]), {"stars": "4.5"}, follow=True)
    assert response.redirect_chain[-1][0] == emma.get_absolute_url()
    assert "You rated Emma 4½ out of 5." in text_of(response)
    assert Rating.objects.get().half_stars == 9
    assert re.search(r'value="4.5"\s+checked', response.content.decode())


def test_an_empty_rating_takes_it_back(client, emma):
    address = reverse("catalog:rate", args=[emma.pk])
    client.post(address, {"stars": "2"})
    client.post(address, {"stars": ""})
    assert not Rating.objects.exists()


def test_htmx_gets_the_changed_part_and_the_page_is_told(client, emma):
    response = client.post(
        reverse("catalog:rate", args=[emma.pk]), {"stars": "5", "place": "item"}, **HTMX
    )
    page = response.content.decode()
    assert response["HX-Trigger"] == '{"events-changed": {}}'
    assert f'id="rate-{emma.pk}"' in page
    assert "<html" not in page
    assert "5 stars: 1 rating" in text_of(response)


@pytest.mark.parametrize("stars", ["6", "0", "0.25", "nan", "inf", "-1", "five", "1e400", "١"])
def test_a_rating_that_cannot_be_is_refused_in_words(client, emma, stars):
    address = reverse("catalog:rate", args=[emma.pk])
    response = client.post(address, {"stars": stars}, **HTMX)
    if response.status_code == 200:  # Arabic digits are numbers too
        assert stars == "١"
        return
    assert response.status_code == 422
    assert "star" in response.content.decode()
    assert client.post(address, {"stars": stars}).status_code == 302
    assert not Rating.objects.exists()


def test_sending_no_star_asks_for_one(client, emma):
    response = client.post(reverse("catalog:rate", args=[emma.pk]), follow=True)
    assert "Choose how many stars first." in text_of(response)


def test_a_form_never_leads_away_from_the_site(client, emma):
    address = reverse("catalog:rate", args=[emma.pk])
    for elsewhere in ("https://evil.example/", "//evil.example", "javascript:alert(1)"):
        response = client.post(address, {"stars": "3", "next": elsewhere})
        assert response["Location"] == emma.get_absolute_url()
    assert (
        client.post(address, {"stars": "3", "next": "/my/ratings/"})["Location"] == "/my/ratings/"
    )


def test_shelving_toggles_and_an_unknown_shelf_is_refused(client, emma):
    address = reverse("catalog:shelve", args=[emma.pk])
    client.post(address, {"shelf": "want"})
    assert ShelfEntry.objects.get().shelf == "want"
    assert client.post(address, {"shelf": "attic"}, **HTMX).status_code == 422
    client.post(address, {"shelf": ""}, **HTMX)
    assert not ShelfEntry.objects.exists()


def test_a_view_is_counted_when_posted_and_once(client, emma):
    address = reverse("catalog:view", args=[emma.pk])
    assert client.post(address).status_code == 204
    assert client.post(address).status_code == 204
    assert ItemView.objects.count() == 1
    assert Person.objects.get().user is None


@pytest.mark.parametrize("name", ["rate", "shelve", "view"])
def test_what_writes_needs_post_and_a_csrf_token(emma, name):
    strict = Client(enforce_csrf_checks=True)
    address = reverse(f"catalog:{name}", args=[emma.pk])
    assert strict.get(address).status_code == 405
    refused = strict.post(address, {"stars": "5", "shelf": "want"})
    assert refused.status_code == 403
    assert not Person.objects.exists()


# --- how many queries ----------------------------------------------------------------------------
@pytest.mark.parametrize("size", [3, 60])
def test_queries_of_a_page_do_not_grow_with_the_catalogue(
    client, django_user_model, django_assert_max_num_queries, size
):
    user = django_user_model.objects.create_user("ann", password="x")
    items = [make(f"Book {n}", authors=[f"A {n % 7}"], genres=["Drama"]) for n in range(size)]
    client.force_login(user)
    for item in items[:3]:
        client.post(reverse("catalog:rate", args=[item.pk]), {"stars": "4"})
    for path, most in (
        ("/", 14),
        (items[0].get_absolute_url(), 14),
        ("/browse/?q=book&genre=Drama", 8),
        ("/my/ratings/", 7),
    ):
        with django_assert_max_num_queries(most):
            assert client.get(path).status_code == 200


# --- when something is wrong ---------------------------------------------------------------------
def test_an_unknown_address_says_what_to_do(client):
    response = client.get("/nowhere/")
    assert response.status_code == 404
    assert "Search for it above" in text_of(response)


def test_a_failure_of_ours_is_a_calm_page(client, emma, monkeypatch, caplog):
    client.raise_request_exception = False
    monkeypatch.setattr("catalog.views.genres", lambda: 1 / 0)
    response = client.get("/")
    assert response.status_code == 500
    assert "Something went wrong here" in text_of(response)


def test_pages_hold_no_inline_script_or_style(client, emma):
    for path in ("/", "/browse/", emma.get_absolute_url(), "/account/login/", "/nowhere/"):
        page = client.get(path).content.decode()
        assert not re.search(r"<style|\sstyle=|\son\w+=", page)
        scripts = re.findall(r"<script[^>]*>", page)
        assert all("src=" in tag or 'type="application/' in tag for tag in scripts)
