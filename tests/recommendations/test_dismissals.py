"""Not interested: out of all lists of its person at once, back at a click, nobody else's."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from catalog import services as events
from catalog.models import Item, Person, Rating, User
from recommendations import selectors
from recommendations.dismissals import dismiss, undo_dismissal
from recommendations.models import Dismissal
from tests.recommendations.readers import ids, reader_of
from tests.recommendations.worlds import checkerboard, published

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def shelf():
    shelf, _crowd = checkerboard()
    events.recount()
    published("markov")
    return shelf


def address(item):
    return reverse("recommendations:dismiss", args=[item.pk])


def person_of(client):
    return Person.objects.get(pk=client.session["person_id"])


def every_list(person, item, *, limit=24):
    """All lists that are made for a person, by name, as ids."""
    visit = selectors.Visit(person)
    lists = {
        "for you": selectors.for_you(person, limit=limit, visit=visit),
        "carry on": selectors.carry_on(person, limit=limit, visit=visit),
        "popular": selectors.popular(limit=limit, visit=visit),
        "newest": selectors.newest(limit=limit, visit=visit),
        "similar": selectors.similar_to(item, limit=limit, visit=visit),
    }
    return {name: ids(picks) for name, picks in lists.items()}


def test_what_is_dismissed_is_in_no_list_of_its_person_and_comes_back(shelf):
    person = reader_of(shelf[0:6:2])
    events.record_view(person, shelf[10])
    before = every_list(person, shelf[0])
    assert all(shelf[10].pk in found for found in before.values())
    dismiss(person, shelf[10])
    assert not any(shelf[10].pk in found for found in every_list(person, shelf[0]).values())
    undo_dismissal(person, shelf[10])
    assert every_list(person, shelf[0]) == before


@pytest.mark.parametrize("kind", ["markov", "ease", "popularity"])
def test_it_is_so_whatever_serves_and_the_list_stays_full(kind):
    shelf, _crowd = checkerboard()
    events.recount()
    published(kind)
    person = reader_of(shelf[0:6:2])
    dismissed = ids(selectors.for_you(person, limit=9))
    for pk in dismissed:
        dismiss(person, Item.objects.get(pk=pk))
    after = every_list(person, shelf[0], limit=9)
    assert not any(set(dismissed) & set(found) for found in after.values())
    assert len(after["for you"]) == len(after["popular"]) == len(after["newest"]) == 9


def test_other_people_are_shown_it_as_before(shelf):
    ann, ben = reader_of(shelf[0:6:2]), reader_of(shelf[0:6:2])
    before = every_list(ben, shelf[0])
    dismiss(ann, shelf[10])
    every_list(ann, shelf[0])
    assert every_list(ben, shelf[0]) == before


def test_the_next_page_differs_and_browsing_still_finds_it(shelf):
    client = Client()
    for item in shelf[0:6:2]:
        client.post(reverse("catalog:rate", args=[item.pk]), {"stars": "5"})
    first = selectors.for_you(person_of(client), limit=1).items[0].item
    client.post(address(first))
    home = client.get(reverse("catalog:home")).content.decode()
    assert f'href="{first.get_absolute_url()}"' not in home.partition('class="panel"')[2]
    found = client.get(reverse("catalog:browse")).content.decode()
    assert f'href="{first.get_absolute_url()}"' in found
    assert client.get(first.get_absolute_url()).status_code == 200


def test_the_api_leaves_it_out_too(shelf):
    client = Client()
    client.post(address(shelf[2]))
    for name, args in (("for-you", {}), ("similar", {"id": shelf[0].pk})):
        lists = {"for-you": "/api/v1/recommendations/for-you/"}
        path = lists.get(name) or f"/api/v1/items/{args['id']}/similar/"
        shown = [found["item"]["id"] for found in client.get(path, {"limit": 50}).json()["results"]]
        assert shown
        assert shelf[2].pk not in shown


def test_saying_it_twice_is_saying_it_once(shelf):
    person = Person.objects.create()
    assert dismiss(person, shelf[0]) == dismiss(person, shelf[0])
    with pytest.raises(IntegrityError), transaction.atomic():
        Dismissal.objects.create(person=person, item=shelf[0])
    assert undo_dismissal(person, shelf[0])
    assert not undo_dismissal(person, shelf[0])


def test_nobody_undoes_what_another_dismissed(shelf):
    ann, ben = Client(), Client()
    ann.post(address(shelf[0]))
    ben.post(address(shelf[0]), {"undo": "1"}, **HTMX)
    assert Dismissal.objects.count() == 1
    assert Person.objects.filter(session_key__isnull=False).count() == 1, "undoing makes nobody"
    ben.post(address(shelf[0]), **HTMX)
    ben.post(address(shelf[0]), {"undo": "1"}, **HTMX)
    assert [row.person for row in Dismissal.objects.all()] == [person_of(ann)]
    assert shelf[0].title not in ben.get("/my/dismissed/").content.decode()
    assert shelf[0].title in ann.get("/my/dismissed/").content.decode()


def test_a_member_keeps_what_the_visitor_and_the_member_dismissed(shelf):
    user = User.objects.create_user("ann", password="correct horse")
    member = Person.objects.create(user=user)
    dismiss(member, shelf[0])
    client = Client()
    for item in shelf[0:3]:
        client.post(address(item))
    answer = client.post(
        reverse("account_login"), {"login": "ann", "password": "correct horse"}, follow=True
    )
    assert answer.context["user"] == user
    assert set(member.dismissals.values_list("item", flat=True)) == {i.pk for i in shelf[0:3]}
    assert not Person.objects.filter(session_key__isnull=False).exists()


def test_deleting_a_person_deletes_it_and_counts_know_nothing_of_it(shelf):
    person = Person.objects.create()
    before = list(Item.objects.order_by("pk").values())
    dismiss(person, shelf[0])
    assert list(Item.objects.order_by("pk").values()) == before
    events.forget_people([person])
    assert not Dismissal.objects.exists()


# --- its forms -----------------------------------------------------------------------------------
def test_without_scripts_it_goes_back_with_a_message_that_undoes_it(shelf):
    client = Client(enforce_csrf_checks=True)
    page = client.get(shelf[0].get_absolute_url()).content.decode()
    token = page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    sent = {"csrfmiddlewaretoken": token, "next": "/browse/"}
    page = client.post(address(shelf[0]), sent, follow=True)
    assert page.redirect_chain == [("/browse/", 302)]
    message = page.content.decode().partition('id="said"')[2].partition('<div class="browse')[0]
    assert "is not recommended to you any more" in message
    assert f'action="{address(shelf[0])}"' in message
    assert 'name="undo"' in message
    token = message.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    client.post(address(shelf[0]), {"csrfmiddlewaretoken": token, "undo": "1"})
    assert not Dismissal.objects.exists()


def test_a_title_cannot_script_the_message(shelf):
    Item.objects.filter(pk=shelf[0].pk).update(title="<b>Emma</b>")
    page = Client().post(address(shelf[0]), follow=True).content.decode()
    assert "&lt;b&gt;Emma&lt;/b&gt; is not recommended" in page
    assert "<b>Emma</b>" not in page


def test_an_item_page_says_so_and_offers_the_way_back(shelf):
    client = Client()
    assert "Not interested" in client.get(shelf[0].get_absolute_url()).content.decode()
    answer = client.post(address(shelf[0]), {"place": "item"}, **HTMX)
    assert "You are not interested in this." in answer.content.decode()
    assert answer["HX-Trigger"]
    assert (
        "You are not interested in this."
        in client.get(shelf[0].get_absolute_url()).content.decode()
    )


def test_a_card_becomes_a_box_with_undo_and_lists_wait_until_it_is_left(shelf):
    client = Client()
    gone = client.post(address(shelf[0]), {"place": "card"}, **HTMX)
    assert 'class="card-gone"' in gone.content.decode()
    assert "HX-Trigger" not in gone
    back = client.post(address(shelf[0]), {"place": "card", "undo": "1"}, **HTMX)
    assert "card-gone" not in back.content.decode()
    assert "HX-Trigger" not in back, "the card is where it was"


def test_a_row_of_the_list_changes_in_place(shelf):
    client = Client()
    client.post(address(shelf[0]))
    row = client.post(address(shelf[0]), {"place": "list", "undo": "1"}, **HTMX).content.decode()
    assert "May be recommended to you again." in row
    assert "You have dismissed nothing" in client.get("/my/dismissed/").content.decode()


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_only_a_post_dismisses(shelf, method):
    assert getattr(Client(), method)(address(shelf[0])).status_code == 405


def test_what_is_withdrawn_or_unknown_cannot_be_dismissed(shelf):
    Item.objects.filter(pk=shelf[0].pk).update(is_listed=False)
    assert Client().post(address(shelf[0])).status_code == 404
    assert Client().post(reverse("recommendations:dismiss", args=[10**9])).status_code == 404


def test_a_list_of_any_length_costs_the_same_queries(shelf, django_assert_max_num_queries):
    client = Client()
    for item in shelf:
        client.post(address(item), **HTMX)
    with django_assert_max_num_queries(6):
        page = client.get("/my/dismissed/").content.decode()
    assert page.count('class="row"') == len(shelf)


def test_a_dismissal_is_no_event_and_trains_nothing(shelf):
    person = reader_of(shelf[0:2])
    before = selectors.Visit(person).events
    dismiss(person, shelf[5])
    assert selectors.Visit(person).events == before
    assert Rating.objects.filter(person=person).count() == 2
