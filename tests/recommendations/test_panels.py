"""Panels on real pages: for members and visitors, from few queries, and never somebody else's."""

import re

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.cache import caches
from django.db import DatabaseError, connection
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog import services as events
from catalog.models import Attribute, Item, Person, User
from recommendations import engine, panels, selectors
from tests.recommendations.readers import reader_of
from tests.recommendations.worlds import checkerboard, published

pytestmark = pytest.mark.django_db
HOME_PANELS = '{% surfaces "home" %}'
SIMILAR = '{% surface "similar" item %}'


@pytest.fixture
def shelf():
    shelf, _crowd = checkerboard()
    events.recount()
    published("markov")
    return shelf


def client_of(name, items=()):
    user = User.objects.create_user(name, password="correct horse")
    reader_of(items, person=Person.objects.get_or_create(user=user)[0])
    client = Client()
    client.force_login(user)
    return client


def panel(html, name):
    """The ids of the items in one panel of a page; None where the page does not have it."""
    found = re.search(rf'<section class="panel"\s+id="panel-{name}".*?</section>', html, re.S)
    return found and [int(pk) for pk in re.findall(r'href="/items/(\d+)/"', found[0])]


def page(client, name="catalog:home", *args):
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200
    return answer.content.decode()


def without_tokens(html):
    """What a list says about itself to `seen.js` is signed with the time."""
    return re.sub(r' data-seen="[^"]*"', "", html)


def rendered(source, *, person=None, **context):
    """A template as a visitor of this person's session sees it."""
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    request.session = {"person_id": person.pk} if person else {}
    template = Template("{% load recommendation_tags %}" + source)
    return template.render(Context({"request": request, **context}))


def test_the_home_page_of_two_members_of_opposite_taste_differs(shelf):
    even = panel(page(client_of("even", shelf[0:6:2])), "for-you")
    odd = panel(page(client_of("odd", shelf[1:7:2])), "for-you")
    assert {shelf.index(Item.objects.get(pk=pk)) % 2 for pk in even[:6]} == {0}
    assert {shelf.index(Item.objects.get(pk=pk)) % 2 for pk in odd[:6]} == {1}


def test_a_visitor_is_served_by_cookies_alone(shelf):
    visitor = Client()
    before = panel(page(visitor), "for-you")
    for item in shelf[0:6:2]:
        visitor.post(reverse("catalog:rate", args=[item.pk]), {"stars": "5"})
    html = page(visitor)
    assert "because you rated Item" in html
    assert "From your 3 ratings" in html
    after = panel(html, "for-you")
    assert after != before
    assert {item.pk for item in shelf[0:6:2]}.isdisjoint(after)
    assert panel(page(Client()), "for-you") == before


def test_rating_changes_the_very_next_panel_with_and_without_a_whole_page(shelf):
    client = client_of("ada", shelf[0:6:2])
    first, *_others = panel(page(client), "for-you")
    client.post(reverse("catalog:rate", args=[first]), {"stars": "5"})
    assert first not in panel(page(client), "for-you")
    assert first not in panel(page(client, "recommendations:for_you_panel"), "for-you")


def test_the_panel_renews_itself_when_something_was_done(shelf):
    html = page(client_of("ada", shelf[:1]))
    assert 'hx-get="/panels/for-you/?limit=12"' in html
    assert 'hx-trigger="events-changed from:body"' in html


@pytest.mark.parametrize(
    ("asked", "shown"), [("5", 5), ("0", 0), ("999", 23), ("1e3", 12), ("²", 12), ("", 12)]
)
def test_the_panel_alone_is_as_long_as_asked_for_in_reason(shelf, asked, shown):
    client = client_of("ada", shelf[:1])
    answer = client.get(reverse("recommendations:for_you_panel"), {"limit": asked})
    assert len(panel(answer.content.decode(), "for-you") or []) == shown


def test_an_empty_panel_prints_nothing_at_all():
    item = Item.objects.create(title="Emma", is_listed=False)
    assert rendered(HOME_PANELS + SIMILAR, item=item).strip() == ""


def test_what_is_popular_is_not_shown_twice(shelf):
    stranger = rendered(HOME_PANELS)
    assert panel(stranger, "for-you")
    assert panel(stranger, "popular") is None
    assert "Popular here. Rate a few and this becomes yours." in stranger
    reader = rendered(HOME_PANELS, person=reader_of(shelf[0:6:2]))
    assert panel(reader, "popular")


def test_one_can_carry_on_with_what_was_looked_at(shelf):
    person = Person.objects.create()
    events.record_view(person, shelf[3])
    assert panel(rendered(HOME_PANELS, person=person), "carry-on") == [shelf[3].pk]


@pytest.mark.parametrize("size", [12, 60])
def test_all_panels_of_a_home_page_cost_nine_queries_and_then_four(size, django_assert_num_queries):
    shelf, _crowd = checkerboard(items=size)
    events.recount()
    published("markov")
    person = reader_of(shelf[0:6:2])
    events.record_view(person, shelf[7])
    with django_assert_num_queries(10):  # and one for the person
        first = rendered(HOME_PANELS, person=person)
    with django_assert_num_queries(5):
        again = rendered(HOME_PANELS, person=person)
    assert without_tokens(again) == without_tokens(first)
    assert all(panel(first, name) for name in ("for-you", "carry-on", "popular", "new"))


@pytest.mark.parametrize("size", [12, 60])
def test_an_item_pages_panel_costs_four_queries_and_then_two(size, django_assert_num_queries):
    shelf, _crowd = checkerboard(items=size)
    published("markov")
    for count in (4, 2):
        with django_assert_num_queries(count):
            html = rendered(SIMILAR, item=shelf[0])
        assert len(panel(html, "similar")) == min(12, size // 2 - 1)


@pytest.mark.parametrize("name", ["catalog:home", "catalog:item", "recommendations:for_you"])
def test_whole_pages_cost_the_same_queries_at_any_size_and_fifteen_at_most(name):
    counts = []
    for size in (12, 60):
        Attribute.objects.all().delete()
        shelf, _crowd = checkerboard(items=size)
        events.recount()
        published("markov")
        client = client_of(f"reader{size}", shelf[0:6:2])
        for cache in caches.all():
            cache.clear()
        args = [shelf[0].pk] if name == "catalog:item" else []
        for _ in ("cold", "warm"):
            with CaptureQueriesContext(
                connection,
            ) as queries:
                page(client, name, *args)
            counts.append(len(queries))
    assert counts[:2] == counts[2:]
    assert max(counts) <= 15


def test_the_whole_lists_are_pages_of_their_own(shelf):
    client = client_of("ada", shelf[0:6:2])
    html = page(client, "recommendations:for_you")
    assert html.count('class="card"') == len(shelf) - 3
    html = page(client, "recommendations:similar", shelf[0].pk)
    assert "Similar to Item 0" in html
    assert html.count('class="card"') == len(shelf) // 2 - 1


def test_whole_lists_without_anything_say_so():
    item = Item.objects.create(title="Emma")
    html = page(Client(), "recommendations:similar", item.pk)
    assert "Nothing that we know of is like this." in html
    Item.objects.all().delete()
    assert "There is nothing left that you have not seen." in page(
        Client(), "recommendations:for_you"
    )


def test_a_withdrawn_item_has_no_similar_page():
    item = Item.objects.create(title="Emma", is_listed=False)
    assert Client().get(reverse("recommendations:similar", args=[item.pk])).status_code == 404


@pytest.mark.parametrize("name", ["recommendations:for_you", "recommendations:for_you_panel"])
def test_personal_pages_may_be_kept_by_nobody(shelf, name):
    answer = client_of("ada", shelf[:1]).get(reverse(name))
    assert {"private", "no-store"} <= set(answer["Cache-Control"].split(", "))
    assert "Cookie" in answer["Vary"]


@pytest.mark.parametrize("name", ["catalog:home", "recommendations:for_you"])
def test_no_cache_between_serves_one_members_list_to_another(shelf, settings, name):
    settings.MIDDLEWARE = [
        "django.middleware.cache.UpdateCacheMiddleware",
        *settings.MIDDLEWARE,
        "django.middleware.cache.FetchFromCacheMiddleware",
    ]
    even, odd = client_of("even", shelf[0:6:2]), client_of("odd", shelf[1:7:2])
    pages = [page(client, name) for client in (even, odd, Client(), even)]
    assert "because you rated Item 0 5" in pages[0]
    assert "because you rated Item 1 5" in pages[1]
    assert not any("because you rated" in html for html in pages[2:3])
    assert "because you rated Item 1 5" not in pages[3]


def test_what_the_site_remembers_between_requests_names_no_person(shelf):
    first = client_of("even", shelf[0:6:2])
    page(first)
    kept = [caches["local"].get(f"recommendations:{name}") for name in ("popular", "newest")]
    page(client_of("odd", shelf[1:7:2]))
    assert kept == [
        caches["local"].get(f"recommendations:{name}") for name in ("popular", "newest")
    ]
    assert set(kept[1]) == {item.pk for item in shelf}


def test_signing_in_on_the_way_shows_the_members_list(shelf):
    request = RequestFactory().get("/")
    request.user, request.session = AnonymousUser(), {}
    before = panels.visit_of(request)
    assert panels.visit_of(request) is before
    request.user = User.objects.create_user("ada")
    Person.objects.get_or_create(user=request.user)
    assert panels.visit_of(request).person.user == request.user


def test_a_damaged_model_takes_no_page_down(shelf):
    client = client_of("ada", shelf[0:6:2])
    run = published("ease")
    for folder in (engine.artifact_folder(run).parent).iterdir():
        (folder / "manifest.json").write_text("{")
    assert panel(page(client), "for-you")
    assert panel(page(client, "catalog:item", shelf[0].pk), "similar")


def test_a_database_that_cannot_answer_leaves_the_panel_out(shelf, monkeypatch, caplog):
    def fail(*_args, **_kwargs):
        raise DatabaseError("canceling statement due to statement timeout")

    monkeypatch.setattr(selectors, "own_list", fail)
    html = page(client_of("ada", shelf[:1]))
    assert panel(html, "for-you") is None
    assert panel(html, "new")
    assert "left out" in caplog.text


def test_titles_cannot_break_out_of_reasons(shelf):
    Item.objects.filter(pk=shelf[0].pk).update(title="<script>alert(1)</script>")
    html = page(client_of("ada", shelf[:1]))
    assert "<script>alert" not in html
    assert "because you rated &lt;script&gt;alert(1)&lt;/script&gt; 5" in html


def test_a_heading_that_says_it_all_is_not_repeated_on_every_card(shelf):
    html = rendered(HOME_PANELS, person=reader_of(shelf[0:6:2]))
    assert html.count("New here") == html.count("Popular here") == 1
    assert "because you rated" in html
    assert "new here" not in html
