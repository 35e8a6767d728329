"""Browse pages narrow down, count, sort, page and suggest; the neutral order is everybody's."""

import html
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog import personal, services
from catalog.models import Attribute, Item, ItemAttribute, User

pytestmark = pytest.mark.django_db


def make(title, *, year=None, ratings=0, half_stars=0, **attributes):
    item = Item.objects.create(
        title=title, year=year, rating_count=ratings, half_star_sum=ratings * half_stars
    )
    for kind, names in attributes.items():
        for name in names:
            attribute, _ = Attribute.objects.get_or_create(kind=kind, name=name)
            ItemAttribute.objects.create(item=item, attribute=attribute)
    services.refresh_item_text(item)
    return item


def text_of(response):
    bare = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(html.unescape(bare).split())


def shown(response):
    found = re.findall(r'<span class="card-title">(.*?)</span>', response.content.decode())
    return [html.unescape(title) for title in found]


def facets(response):
    """What is beside the list: {"Genre": {"Horror": 2, ...}, ...}."""
    sections = re.findall(
        r'<h2 id="facet-\w+">(.*?)</h2>(.*?)</section>', response.content.decode(), re.S
    )
    choice = re.compile(r">([^<>]+) <span class=\"count\">(\d+)</span>")
    return {name: {html.unescape(k): int(n) for k, n in choice.findall(s)} for name, s in sections}


@pytest.fixture
def shelf():
    make("Dracula", year=1897, ratings=4, half_stars=9, genres=["Gothic", "Horror"], authors=["S"])
    make("The Monk", year=1796, ratings=3, half_stars=7, genres=["Gothic"], authors=["L"])
    make("Carmilla", year=1872, ratings=2, half_stars=8, genres=["Gothic", "Horror"])
    make("Emma", year=1815, genres=["Romance"], authors=["A"])


@pytest.mark.parametrize("query", [{}, {"q": "dracula carmilla"}, {"q": ""}])
def test_each_count_is_what_would_be_left_after_choosing_it(client, shelf, query):
    page = client.get("/browse/", {"genre": "Gothic"})
    assert facets(page) == {
        "Genre": {"Horror": 2},
        "Mean rating": {"4½ stars and up": 1, "4 stars and up": 2},
        "Decade": {"1890s": 1, "1870s": 1, "1790s": 1},
        "Creator": {"L": 1, "S": 1},
    }
    for address in re.findall(r'<li><a href="(/browse/[^"]+)">[^<]+<span', page.content.decode()):
        left = client.get(html.unescape(address))
        count = re.search(
            re.escape(address) + r'">[^<]+<span class="count">(\d+)', page.content.decode()
        )
        assert len(shown(left)) == int(count[1])


def test_a_query_and_all_filters_narrow_the_list_together(client, shelf):
    make("Dracula's Guest", year=1914, ratings=1, half_stars=6, genres=["Gothic"])
    page = client.get("/browse/", {"q": "dracula", "genre": "Gothic", "rating": "4"})
    assert shown(page) == ["Dracula"]
    page = client.get("/browse/", {"q": "dracula"})
    assert facets(page)["Decade"] == {"1910s": 1, "1890s": 1}
    assert facets(page)["Mean rating"] == {
        "4½ stars and up": 1,
        "4 stars and up": 1,
        "3½ stars and up": 1,
    }


def test_a_query_with_very_many_hits_is_counted_by_the_database(client, shelf, monkeypatch):
    few = facets(client.get("/browse/", {"q": "s", "genre": "Gothic"}))
    monkeypatch.setattr("catalog.search.finding.MOST_HITS", 0)
    monkeypatch.setattr("catalog.search.finding.find.__kwdefaults__", {"most": 1, "typing": False})
    assert facets(client.get("/browse/", {"q": "gothic"}))["Genre"] == {"Gothic": 3, "Horror": 2}
    assert shown(client.get("/browse/", {"q": "gothic"})) == ["Dracula", "The Monk", "Carmilla"]
    assert few is not None


def test_each_chip_lets_go_of_one_filter(client, shelf):
    asked = {
        "q": "dracula",
        "genre": "Gothic",
        "decade": "1890",
        "rating": "4",
        "with": "authors:S",
    }
    page = client.get("/browse/", asked)
    chips = re.findall(r'chip-chosen" href="([^"]+)"', page.content.decode())
    assert len(chips) == 5
    for address in chips:
        left = client.get(html.unescape(address))
        remaining = re.findall(r'chip-chosen" href="([^"]+)"', left.content.decode())
        assert len(remaining) == 4
        assert "Dracula" in shown(left)


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("title", ["Carmilla", "Dracula", "Emma", "The Monk"]),
        ("rating", ["Dracula", "Carmilla", "The Monk", "Emma"]),
    ],
)
def test_titles_are_sorted_without_their_article(client, shelf, sort, expected):
    assert shown(client.get("/browse/", {"sort": sort})) == expected


# --- when little or nothing is found -------------------------------------------------------------
def test_a_misspelled_query_shows_what_is_near_and_says_so(client, shelf):
    page = client.get("/browse/", {"q": "drakula"})
    assert shown(page) == ["Dracula"]
    assert "Nothing has “drakula”. These have dracula , which is near." in text_of(page)


def test_a_near_title_is_suggested_where_only_a_text_has_the_words(client, shelf):
    make("Notes", tags=["drakula"])
    page = client.get("/browse/", {"q": "drakula"})
    assert shown(page) == ["Notes"]
    assert "Did you mean dracula ?" in text_of(page)
    assert 'href="/browse/?q=dracula"' in page.content.decode()


def test_a_word_that_nothing_has_is_let_go(client, shelf):
    page = client.get("/browse/", {"q": "dracula xyzzyq"})
    assert shown(page) == ["Dracula"]
    assert "without “xyzzyq”" in text_of(page)


def test_filters_that_leave_nothing_of_the_hits_are_named_as_the_reason(client, shelf):
    page = client.get("/browse/", {"q": "emma", "genre": "Gothic"})
    assert shown(page) == []
    assert "not together with these filters" in text_of(page)
    assert 'href="/browse/?q=emma"' in page.content.decode()


# --- a personal order ----------------------------------------------------------------------------
@pytest.fixture
def judged():
    """Whoever is signed in likes long titles."""
    before = list(personal._judges)
    personal.judge_by(
        lambda request, ids: (
            {
                pk: float(len(title))
                for pk, title in Item.objects.filter(pk__in=ids).values_list("pk", "title")
            }
            if request.user.is_authenticated
            else None
        )
    )
    yield
    personal._judges[:] = before


def member(name):
    client = Client()
    client.force_login(User.objects.create_user(name))
    return client


def results(response):
    return re.search(r'<div id="results".*</div>', response.content.decode(), re.S)[0].split(
        "<footer"
    )[0]


@pytest.mark.parametrize("asked", [{}, {"q": "a"}, {"genre": "Gothic"}, {"sort": "rating"}])
def test_the_neutral_order_is_the_same_for_everybody_to_the_byte(shelf, judged, asked):
    one, other = member("one"), member("other")
    services.rate_item(_person(one), Item.objects.get(title="Emma"), stars=5)
    Item.objects.update(rating_count=1, half_star_sum=9)
    assert results(one.get("/browse/", asked)) == results(other.get("/browse/", asked))
    assert results(one.get("/browse/", asked)) == results(Client().get("/browse/", asked))


def _person(client):
    from catalog.models import Person

    user = User.objects.get(pk=client.session["_auth_user_id"])
    return Person.objects.get_or_create(user=user)[0]


def test_taste_reorders_and_each_card_says_how_far(shelf, judged):
    page = member("one").get("/browse/", {"sort": "for-you"})
    assert shown(page) == ["The Monk", "Carmilla", "Dracula", "Emma"]
    assert re.findall(r'card-reason">([^<]+)<', page.content.decode()) == [
        "1 place up for you",
        "1 place up for you",
        "2 places down for you",
    ]
    assert 'href="/browse/"' in page.content.decode()


def test_taste_never_puts_a_looser_match_before_a_closer_one(shelf, judged):
    make("Emma and the very long title that somebody likes")
    page = member("one").get("/browse/", {"q": "emma", "sort": "for-you"})
    assert shown(page)[0] == "Emma"


def test_where_nothing_is_known_of_a_person_the_order_is_neutral_and_that_is_said(shelf, judged):
    page = Client().get("/browse/", {"sort": "for-you"})
    assert shown(page) == shown(Client().get("/browse/"))
    assert "Too little is known of your taste" in text_of(page)


def test_a_personal_list_goes_on_in_the_neutral_order(shelf, judged, monkeypatch):
    monkeypatch.setattr("catalog.listing.MOST_JUDGED", 2)
    page = member("one").get("/browse/", {"sort": "for-you"})
    assert shown(page) == ["The Monk", "Dracula", "Carmilla", "Emma"]


# --- pages ---------------------------------------------------------------------------------------
@pytest.fixture
def many():
    for number in range(70):
        make(f"Book {number:02}", ratings=100 - number, genres=["Drama"])


@pytest.mark.parametrize("asked", [{}, {"q": "book"}])
def test_pages_follow_each_other_and_lose_nothing(client, many, asked):
    pages = [shown(client.get("/browse/", {**asked, "page": number})) for number in (1, 2, 3)]
    assert [len(page) for page in pages] == [30, 30, 10]
    assert sum(pages, []) == [f"Book {number:02}" for number in range(70)]


def test_show_more_gets_the_next_page_alone_and_its_address_is_the_pages(client, many):
    first = client.get("/browse/", {"genre": "Drama"}).content.decode()
    address = html.unescape(re.search(r'hx-get="([^"]+)"', first)[1])
    assert address == "/browse/?genre=Drama&page=2"
    htmx = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "more"}
    part = client.get(address, **htmx)
    assert shown(part) == shown(client.get(address))
    assert "<html" not in part.content.decode()
    assert "facet" not in part.content.decode()
    again = client.get(address, HTTP_HX_HISTORY_RESTORE_REQUEST="true", **htmx)
    assert "<html" in again.content.decode()
    assert "HX-Request" in part["Vary"]


# --- while typing --------------------------------------------------------------------------------
def test_suggestions_are_a_list_box_of_the_first_hits(client, shelf):
    make("Dracula's Guest")
    page = client.get("/search/suggest/", {"q": "drac"}).content.decode()
    titles = re.findall(r'suggestion-title">(.*?)<', page)
    assert titles == ["Dracula", "Dracula&#x27;s Guest"]
    assert page.count('role="option"') == 3
    assert 'data-address="/browse/?q=drac"' in page
    assert "1897" in page


@pytest.mark.parametrize("query", ["", " ", "qqqqqqq", "\0", "%", "'\"*"])
def test_nothing_is_suggested_for_what_finds_nothing(client, shelf, query):
    page = client.get("/search/suggest/", {"q": query})
    assert page.status_code == 200
    assert "option" not in page.content.decode()


@pytest.mark.parametrize(
    ("address", "most"),
    [
        ("/browse/", 7),
        ("/browse/?q=book", 8),
        ("/browse/?q=book&genre=Drama&rating=3&sort=for-you", 10),
        ("/browse/?q=bokk", 10),
        ("/search/suggest/?q=boo", 4),
    ],
)
def test_a_page_takes_few_queries_whatever_it_finds(client, many, address, most):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get(address)
    assert len(queries) <= most
