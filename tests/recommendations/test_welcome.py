"""The welcome page asks what tells most, heeds each answer, and says when it has heard enough."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog import services as events
from catalog.models import Item, Person, Rating, User
from ml import onboarding
from recommendations import engine, welcome
from recommendations.visit import Visit
from tests.recommendations.readers import reader_of
from tests.recommendations.worlds import checkerboard, published

pytestmark = pytest.mark.django_db
PAGE = "/welcome/"
OWN = Rating.objects.filter(person__session_key__isnull=False)
HTMX = {"HTTP_HX_REQUEST": "true"}
PASSWORD = "a-quiet-lighthouse-42"


@pytest.fixture(params=["with a model", "without one"])
def shelf(request):
    shelf, _crowd = checkerboard(items=48)
    events.recount()
    if request.param == "with a model":
        published("markov")
    return shelf


def wall(html):
    return [int(pk) for pk in re.findall(r'name="shown"\s+value="(\d+)"', html.split("</ul>")[0])]


def page(client):
    answer = client.get(PAGE)
    assert answer.status_code == 200
    return answer.content.decode().split('<ul class="wall"')[1]


def say(client, pk, shown=(), htmx=True, **fields):
    address = reverse("recommendations:welcome_answer", args=[pk])
    fields = {"shown": shown, **fields}
    answer = client.post(address, fields, **(HTMX if htmx else {}))
    assert answer.status_code == (200 if htmx else 302)
    return answer.content.decode()


def test_a_wall_has_items_of_all_tastes_none_twice(client, shelf):
    asked = wall(page(client))
    assert len(set(asked)) == len(asked) == welcome.WALL
    sides = [shelf.index(Item.objects.get(pk=pk)) % 2 for pk in asked]
    assert 4 <= sum(sides) <= 8


def test_a_rating_is_kept_and_its_place_goes_to_another(client, shelf):
    before = wall(page(client))
    html = say(client, before[2], before, stars="4.5")
    assert OWN.get(item=before[2]).half_stars == 9
    after = wall(html)
    assert before[2] not in after
    assert after[2] not in before
    assert len(after) == welcome.WALL
    assert f"You rated {Item.objects.get(pk=before[2]).title} 4½ out of 5." in html
    assert 'id="welcome-bar"' in html
    assert 'hx-swap-oob="true"' in html


def test_what_is_not_known_is_never_asked_again_and_written_nowhere(client, shelf):
    before = wall(page(client))
    after = wall(say(client, before[0], before, unknown="1"))
    assert before[0] not in after
    assert before[0] not in wall(page(client))
    assert not Person.objects.filter(session_key__isnull=False).exists()


def test_not_knowing_any_makes_a_new_wall(client, shelf):
    before = wall(page(client))
    address = reverse("recommendations:welcome_others")
    after = wall(client.post(address, {"shown": before}, **HTMX).content.decode())
    assert len(after) == welcome.WALL
    assert not set(before) & set(after)


def test_an_answer_is_taken_back(client, shelf):
    before = wall(page(client))
    after = wall(say(client, before[0], before, stars="2"))
    assert wall(say(client, before[0], after, stars=""))[0] == before[0]
    assert not OWN.exists()
    after = wall(say(client, before[1], before, unknown="1"))
    assert before[1] in wall(say(client, before[1], after, stars=""))


def test_all_of_it_works_without_scripts(client, shelf):
    first = wall(page(client))[0]
    say(client, first, htmx=False, stars="5")
    html = client.get(PAGE).content.decode()
    assert "You rated" in html
    second = wall(html.split('<ul class="wall"')[1])[0]
    say(client, second, htmx=False, unknown="1")
    html = client.get(PAGE).content.decode()
    assert f"You do not know {Item.objects.get(pk=second).title}." in html
    assert {first, second}.isdisjoint(wall(html.split('<ul class="wall"')[1]))
    shown = {"shown": wall(html.split('<ul class="wall"')[1])}
    assert client.post(reverse("recommendations:welcome_others"), shown).status_code == 302


def test_no_stars_are_answered_in_words(client, shelf):
    address = reverse("recommendations:welcome_answer", args=[shelf[0].pk])
    refused = client.post(address, {}, **HTMX)
    assert refused.status_code == 422
    assert "Choose how many stars" in refused.content.decode()
    assert client.post(address, {"stars": "7"}).status_code == 302
    assert "between half a star and 5" in client.get(PAGE).content.decode()


@pytest.mark.parametrize("shown", [["x"], ["²"], ["9" * 30], ["-1"], ["0"] * 99])
def test_nonsense_about_the_wall_is_left_out(client, shelf, shown):
    assert len(wall(say(client, shelf[0].pk, shown, unknown="1"))) == welcome.WALL


def test_withdrawn_items_are_never_asked_about_nor_answered(client, shelf):
    first = wall(page(client))[0]
    Item.objects.filter(pk=first).update(is_listed=False)
    assert first not in wall(page(client))
    address = reverse("recommendations:welcome_answer", args=[first])
    assert client.post(address, {"stars": "5"}).status_code == 404


def test_a_member_is_not_asked_about_what_they_rated(shelf):
    user = User.objects.create_user("ada", password=PASSWORD)
    reader_of(shelf[:20], person=Person.objects.create(user=user))
    client = Client()
    client.force_login(user)
    assert not {item.pk for item in shelf[:20]} & set(wall(page(client)))


def test_three_ratings_make_it_personal_and_a_visitor_may_keep_them(client, shelf):
    for count in range(3):
        html = page(client)
        assert "make an account" not in html
        assert count == 0 or f"{3 - count} to go" in html or "learned from its first" in html
        say(client, wall(html)[0], stars="5")
    html = page(client)
    assert "Keep this: make an account" in html
    assert "3 ratings" in html


def test_ratings_without_a_personal_model_are_not_said_to_change_anything(client):
    shelf, _crowd = checkerboard()
    published("popularity")
    assert "1 rating. It counts as soon as" in say(client, shelf[0].pk, stars="5")
    published("markov")
    assert "2 ratings, 1 to go" in say(client, shelf[1].pk, stars="5")


def test_joining_keeps_ratings_and_what_is_not_known(client, shelf):
    asked = wall(page(client))
    say(client, asked[0], asked, stars="5")
    say(client, asked[1], asked, unknown="1")
    fields = {"username": "ann", "password1": PASSWORD, "password2": PASSWORD}
    assert client.post(reverse("account_signup"), fields).status_code == 302
    assert Rating.objects.filter(person__user__username="ann", item=asked[0]).exists()
    assert not {asked[0], asked[1]} & set(wall(page(client)))


def test_it_says_when_more_answers_would_hardly_change_anything(client, shelf, monkeypatch):
    for _ in range(3):
        say(client, wall(page(client))[0], stars="5")
    assert "That is enough" not in page(client)
    monkeypatch.setattr(onboarding, "ENOUGH", 2.0)
    assert "3 ratings. That is enough: more answers would hardly change your list." in page(client)


def test_it_never_stops_before_the_list_is_personal(client, shelf, monkeypatch):
    monkeypatch.setattr(onboarding, "ENOUGH", 2.0)
    assert "That is enough" not in page(client)


def test_whoever_answered_all_is_thanked(client, shelf):
    reader = reader_of(shelf)
    found = welcome.wall_for(Visit(reader), unknown=[])
    assert found.items == []
    assert found.is_over


def test_an_empty_catalogue_has_a_page_too(client):
    assert wall(page(client)) == []
    assert "Make this page yours" not in client.get("/").content.decode()


def test_home_invites_until_three_ratings(client, shelf):
    for item in shelf[:3]:
        assert "Make this page yours" in client.get("/").content.decode()
        client.post(reverse("catalog:rate", args=[item.pk]), {"stars": "5"})
    assert "Make this page yours" not in client.get("/").content.decode()


def test_queries_do_not_grow_with_the_catalogue(client, shelf):
    asked = wall(page(client))
    for pk in asked[:3]:
        say(client, pk, asked, stars="5")
    engine.current()
    with CaptureQueriesContext(connection) as asked_for:
        page(client)
    assert len(asked_for) <= 9, [query["sql"][:90] for query in asked_for]
    with CaptureQueriesContext(connection) as asked_for:
        say(client, asked[4], asked, stars="5")
    assert len(asked_for) <= 16, [query["sql"][:90] for query in asked_for]
