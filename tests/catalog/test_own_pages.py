"""Pages of lists and reviews: forms without scripts, nothing of another's, safe text."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from catalog import services
from catalog.models import Item, Person, User
from catalog.own import writing
from catalog.own.models import List, Review
from catalog.own.writing import ListWords

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}
ATTACK = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)> ||<b>x</b>|| \u202eevil"


def signed_in(name):
    client = Client()
    client.force_login(User.objects.create_user(name, password="x"))
    return client


def person_of(client):
    return Person.objects.get(user__pk=client.session["_auth_user_id"])


@pytest.fixture
def ann():
    return signed_in("ann")


@pytest.fixture
def ben():
    return signed_in("ben")


@pytest.fixture
def emma():
    return item("Emma")


def item(title):
    made = Item.objects.create(title=title)
    services.refresh_item_text(made)
    return made


def make_list(client, title="Best", **more):
    return client.post("/my/lists/", {"title": title} | more)


def on_list(client, made, item, do, **more):
    address = reverse("catalog:list_item", args=[made.pk, item.pk])
    return client.post(address, {"do": do} | more)


def order(client, made):
    page = client.get(reverse("catalog:my_list", args=[made.pk])).content.decode()
    return re.findall(r'class="row-title"[^>]*>(.*?)<', page)


def token(page):
    return re.search(r'name="token" value="([^"]+)"', page.content.decode())[1]


# --- lists ---------------------------------------------------------------------------------------
def test_a_list_is_made_filled_ordered_and_noted_by_plain_forms(ann, emma):
    assert make_list(ann, "").status_code == 422
    assert make_list(ann, is_ranked="on").url == f"/my/lists/{List.objects.get().pk}/"
    made, dracula = List.objects.get(), item("Dracula")
    found = ann.get(f"/my/lists/{made.pk}/", {"find": "DRAC"}).content.decode()
    assert "Dracula" in found
    assert reverse("catalog:list_item", args=[made.pk, dracula.pk]) in found
    for book in (emma, dracula):
        on_list(ann, made, book, "add")
    assert order(ann, made) == ["1. Emma", "2. Dracula"]
    on_list(ann, made, dracula, "up")
    on_list(ann, made, dracula, "up")
    assert order(ann, made) == ["1. Dracula", "2. Emma"]
    on_list(ann, made, dracula, "2")
    assert order(ann, made) == ["1. Emma", "2. Dracula"]
    on_list(ann, made, emma, "note", note="for rainy days")
    assert b"for rainy days" in ann.get(made.get_absolute_url()).content
    refused = ann.post(
        reverse("catalog:list_item", args=[made.pk, emma.pk]), {"do": "9" * 99}, follow=True
    )
    assert b"Choose what to do" in refused.content


def test_taking_off_a_list_and_removing_one_can_be_undone(ann, emma):
    make_list(ann)
    made = List.objects.get()
    on_list(ann, made, emma, "add", note="why")
    page = ann.post(
        reverse("catalog:list_item", args=[made.pk, emma.pk]), {"do": "off"}, follow=True
    )
    assert order(ann, made) == []
    ann.post("/my/undo/", {"token": token(page)})
    assert made.entries.get().note == "why"
    page = ann.post(reverse("catalog:remove_list", args=[made.pk]), follow=True)
    assert ann.get(made.get_absolute_url()).status_code == 404
    assert b"You have no lists yet" in page.content
    ann.post("/my/undo/", {"token": token(page)})
    assert order(ann, made) == ["Emma"]


def test_a_private_list_is_not_there_for_anybody_else(ann, ben, emma):
    make_list(ann)
    made = List.objects.get()
    addresses = [
        made.get_absolute_url(),
        reverse("catalog:my_list", args=[made.pk]),
        reverse("catalog:list_feed", args=[made.pk]),
    ]
    for who in (ben, Client()):
        for address in addresses:
            assert who.get(address).status_code == 404
        assert (
            who.post(reverse("catalog:my_list", args=[made.pk]), {"title": "x"}).status_code == 404
        )
        assert who.post(reverse("catalog:remove_list", args=[made.pk])).status_code == 404
        for do in ("add", "off", "note", "up", "1"):
            assert on_list(who, made, emma, do).status_code == 404
        assert (
            made.title
            not in who.get(reverse("catalog:item_lists", args=[emma.pk])).content.decode()
        )
    assert ann.get(addresses[0]).status_code == 200
    made.refresh_from_db()
    assert (made.title, made.entries.count()) == ("Best", 0)


def test_a_public_list_has_a_page_and_a_feed_until_it_is_hidden(ann, emma):
    make_list(ann, "Best & brightest", is_public="on", description=ATTACK)
    made = List.objects.get()
    on_list(ann, made, emma, "add", note="<i>well</i>")
    stranger = Client()
    page = stranger.get(made.get_absolute_url()).content.decode()
    assert made.get_absolute_url() == f"/lists/{made.pk}/best-brightest/"
    assert "Emma" in page
    assert "A list by <bdi>ann</bdi>" in page
    assert "Edit" not in page
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;i&gt;well" in page
    assert stranger.get(f"/lists/{made.pk}/other/").url == made.get_absolute_url()
    feed = stranger.get(reverse("catalog:list_feed", args=[made.pk]))
    assert feed["Content-Type"].startswith("application/rss+xml")
    assert b"<title>Emma</title>" in feed.content
    List.objects.update(is_hidden=True)
    assert stranger.get(made.get_absolute_url()).status_code == 404
    assert b"Hidden by a moderator" in ann.get(made.get_absolute_url()).content


def test_a_visitor_makes_private_lists_only(client, emma):
    assert make_list(client, is_public="on").status_code == 422
    assert make_list(client).status_code == 302
    assert List.objects.get().is_public is False


def test_an_item_goes_on_lists_from_its_own_page(ann, emma):
    page = ann.get(emma.get_absolute_url()).content.decode()
    assert reverse("catalog:item_lists", args=[emma.pk]) in page
    address = reverse("catalog:item_lists", args=[emma.pk])
    part = ann.post(address, {"title": "To give away"}, **HTMX).content.decode()
    assert 'aria-pressed="true"' in part
    made = List.objects.get()
    assert made.entries.get().item == emma
    off = ann.post(
        reverse("catalog:list_item", args=[made.pk, emma.pk]),
        {"do": "off", "place": "item"},
        **HTMX,
    ).content.decode()
    assert 'aria-pressed="false"' in off
    assert ann.post(address, {"title": " "}).status_code == 422


# --- reviews -------------------------------------------------------------------------------------
def review(client, item, text, **more):
    return client.post(reverse("catalog:review", args=[item.pk]), {"text": text} | more)


def test_a_review_is_written_read_by_others_changed_and_removed(ann, ben, emma):
    ann.post(reverse("catalog:rate", args=[emma.pk]), {"stars": "4.5"})
    assert review(ann, emma, "A joy.", is_public="on").url == f"{emma.get_absolute_url()}#reviews"
    for who in (ben, Client()):
        page = who.get(emma.get_absolute_url()).content.decode()
        assert "A joy." in page
        assert "4½ stars" in page
        assert "<bdi>ann</bdi>" in page
    assert b"Edit your review" in ann.get(emma.get_absolute_url()).content
    review(ann, emma, "On second thoughts, private.")
    assert b"second thoughts" not in ben.get(emma.get_absolute_url()).content
    assert (
        b"second thoughts" not in ben.get(reverse("catalog:item_reviews", args=[emma.pk])).content
    )
    assert b"second thoughts" in ann.get("/my/reviews/").content
    remove = reverse("catalog:remove_review", args=[emma.pk])
    ben.post(remove)
    page = ann.post(remove, follow=True)
    assert not Review.objects.kept().exists()
    ann.post("/my/undo/", {"token": token(page)})
    assert Review.objects.kept().get().text == "On second thoughts, private."


def test_what_cannot_be_kept_stays_in_the_form(ann, emma):
    long = "x" * 10_001
    for more in ({}, HTMX):
        address = reverse("catalog:review", args=[emma.pk])
        page = ann.post(address, {"text": long, "has_spoilers": "on"}, **more)
        assert page.status_code == (200 if more else 422)
        assert long in page.content.decode()
        assert "at most 10000 characters" in page.content.decode()
        assert re.search(r'name="has_spoilers"\s+checked', page.content.decode())
    assert not Review.objects.exists()


def test_text_of_people_is_shown_as_text(ann, emma):
    review(ann, emma, ATTACK + "\0\n\n\nSecond", is_public="on")
    for address in (
        emma.get_absolute_url(),
        reverse("catalog:item_reviews", args=[emma.pk]),
        reverse("catalog:review", args=[emma.pk]),
    ):
        for who in (ann, Client()):
            page = who.get(address).content.decode()
            assert "<script>alert" not in page
            assert "<img src=x" not in page
            assert "<b>x</b>" not in page
            assert "\u202e" not in page
            assert "\0" not in page
    page = Client().get(emma.get_absolute_url()).content.decode()
    assert '<details class="spoiler"><summary>Spoiler</summary><span>&lt;b&gt;x' in page


def test_a_review_that_gives_the_plot_away_is_folded(ann, emma):
    review(ann, emma, "They marry.", is_public="on", has_spoilers="on")
    page = Client().get(emma.get_absolute_url()).content.decode()
    folded = re.search(r'<details class="spoiler-all">.*?</details>', page, re.DOTALL)[0]
    assert "They marry." in folded
    assert page.count("They marry.") == 1


def test_a_person_has_a_page_only_if_they_want_one(ann, ben, emma):
    review(ann, emma, "A joy.", is_public="on")
    make_list(ann, "Seen by all", is_public="on")
    make_list(ann, "Secret")
    address = reverse("catalog:person", args=[person_of(ann).pk])
    assert ben.get(address).status_code == 404
    ann.post("/my/profile/", {"name": "Ann of <Green> Gables", "is_public": "on"})
    page = ben.get(address).content.decode()
    assert "Ann of &lt;Green&gt; Gables" in page
    assert "A joy." in page
    assert "Seen by all" in page
    assert "Secret" not in page
    ann.get("/my/lists/")  # where what was said is read
    assert "Secret" not in ann.get(address).content.decode()
    User.objects.filter(username="ann").update(is_active=False)
    assert ben.get(address).status_code == 404


@pytest.mark.parametrize("name", ["remove_list", "remove_review", "profile", "undo"])
def test_what_writes_needs_post_and_a_csrf_token(emma, name):
    strict = Client(enforce_csrf_checks=True)
    address = reverse(f"catalog:{name}", args=[emma.pk] if name.startswith("remove") else [])
    assert strict.get(address).status_code == 405
    assert strict.post(address).status_code == 403


# --- how many queries ----------------------------------------------------------------------------
def test_pages_take_as_many_queries_whatever_is_on_them(ann, emma, django_assert_max_num_queries):
    review(ann, emma, "mine", is_public="on")
    ann.post("/my/profile/", {"is_public": "on"})
    owner = person_of(ann)
    for number in range(14):
        someone = Person.objects.create(user=User.objects.create_user(f"u{number}"))
        writing.write_review(someone, emma, text=f"text {number}", is_public=True)
        made = writing.make_list(owner, ListWords(title=f"L{number}", is_public=True))
        other = item(f"Book {number}")
        writing.add_to_list(owner, made.pk, other)
        writing.add_to_list(owner, List.objects.earliest("pk").pk, other)
        writing.write_review(owner, other, text="fine", is_public=True)
    first = List.objects.earliest("pk")
    for address, most in (
        (emma.get_absolute_url(), 14),
        (reverse("catalog:item_reviews", args=[emma.pk]), 8),
        (reverse("catalog:item_lists", args=[emma.pk]), 6),
        ("/my/reviews/", 6),
        ("/my/lists/", 6),
        (reverse("catalog:my_list", args=[first.pk]) + "?find=book", 7),
        (first.get_absolute_url(), 7),
        (reverse("catalog:person", args=[owner.pk]), 10),
    ):
        with django_assert_max_num_queries(most):
            assert ann.get(address).status_code == 200, address
