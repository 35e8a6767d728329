"""Don't use this: the event stays, and no list is made from it, from the same answer on."""

import re

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog import services as events
from catalog.models import Item, Person, Rating
from recommendations import selectors, steering
from recommendations.models import LeftOut
from recommendations.visit import Visit
from tests.recommendations.readers import ids, reader_of, texts
from tests.recommendations.worlds import checkerboard, published

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def shelf():
    shelf, _crowd = checkerboard(items=40, people=80)
    events.recount()
    published("markov")
    return shelf


def address(item):
    return f"/items/{item.pk}/leave-out/"


def visitor_of(items):
    client = Client()
    for item in items:
        client.post(f"/items/{item.pk}/rate/", {"stars": "5"})
    return client


def person_of(client):
    return Person.objects.get(pk=client.session["person_id"])


past = st.lists(st.integers(0, 39), min_size=2, max_size=10, unique=True)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(past, st.data())
def test_the_list_is_that_of_somebody_who_lacks_the_event_and_never_names_it(shelf, chosen, data):
    gone = data.draw(st.sampled_from(chosen))
    with transaction.atomic():
        whole = reader_of([shelf[at] for at in chosen])
        lacking = reader_of([shelf[at] for at in chosen])
        Rating.objects.filter(person=lacking, item=shelf[gone]).delete()
        steering.leave_out(whole, shelf[gone])
        found = selectors.for_you(whole, limit=12)
        other = selectors.for_you(lacking, limit=12, exclude={shelf[gone].pk})
        assert ids(found) == ids(other)
        assert [(pick.reason, pick.rung) for pick in found.items] == [
            (pick.reason, pick.rung) for pick in other.items
        ]
        assert not any(shelf[gone].pk in pick.reason.item_ids for pick in found.items)
        assert found.explanation == other.explanation
        transaction.set_rollback(True)


def test_the_rating_stays_and_undoing_brings_the_list_back(shelf):
    person = reader_of(shelf[0:6:2])
    before = selectors.for_you(person, limit=12)
    steering.leave_out(person, shelf[4])
    steering.leave_out(person, shelf[4])
    assert Rating.objects.filter(person=person).count() == 3
    assert shelf[4].pk not in ids(selectors.for_you(person, limit=40))
    assert selectors.for_you(person, limit=12) != before
    assert steering.take_in(person, shelf[4])
    assert not steering.take_in(person, shelf[4])
    assert selectors.for_you(person, limit=12) == before


def test_the_row_is_there_once():
    person, item = Person.objects.create(), Item.objects.create(title="Emma")
    steering.leave_out(person, item)
    with pytest.raises(IntegrityError), transaction.atomic():
        LeftOut.objects.create(person=person, item=item)


def test_all_left_out_is_like_nothing_done(shelf):
    person = reader_of(shelf[:2])
    for item in shelf[:2]:
        steering.leave_out(person, item)
    picks = selectors.for_you(person, limit=8)
    assert set(texts(picks)) <= {"popular here", "new here"}
    assert not Visit(person).used


def test_each_reason_of_a_card_can_be_left_out(shelf):
    client = visitor_of(shelf[0:6:2])
    pick = selectors.for_you(person_of(client), limit=1).items[0].item
    card = client.get(f"/items/{pick.pk}/actions/").content.decode()
    named = re.findall(r'action="/items/(\d+)/leave-out/"', card)
    assert named
    assert set(map(int, named)) <= {item.pk for item in shelf[0:6:2]}
    assert "Don’t use this" in card


@pytest.mark.parametrize(("page", "mark"), [("/", "panel-for-you"), ("/for-you/", "whole-list")])
def test_the_same_answer_has_the_list_made_anew_and_the_way_back(shelf, page, mark):
    client = visitor_of(shelf[0:6:2])
    pick = selectors.for_you(person_of(client), limit=1).items[0].item
    headers = HTMX | {"HTTP_HX_CURRENT_URL": f"http://testserver{page}"}
    sent = {"place": "why", "card": pick.pk}
    answer = client.post(address(shelf[4]), sent, **headers).content.decode()
    assert re.search(rf'id="{mark}"[^>]*hx-swap-oob="true"', answer)
    assert "From your 2 ratings" in answer
    assert "because you rated Item 4 " not in answer
    assert "Item 4 is left out of your lists now." in answer
    assert 'name="undo"' in answer
    answer = client.post(address(shelf[4]), sent | {"undo": "1"}, **headers).content.decode()
    assert "From your 3 ratings" in answer
    assert "Item 4 counts for your lists again." in answer


def test_a_page_without_the_list_gets_the_reasons_alone(shelf):
    client = visitor_of(shelf[0:6:2])
    sent = {"place": "why", "card": shelf[8].pk}
    headers = HTMX | {"HTTP_HX_CURRENT_URL": "http://testserver/browse/"}
    answer = client.post(address(shelf[4]), sent, **headers).content.decode()
    assert "panel-for-you" not in answer
    assert 'class="why"' in answer
    assert client.post(address(shelf[4]), {"place": "why", "card": "x"}, **HTMX).status_code == 404


def test_without_scripts_it_goes_back_with_a_message_that_undoes_it(shelf):
    client = visitor_of(shelf[0:6:2])
    page = client.post(address(shelf[4]), {"next": "/my/ratings/"}, follow=True)
    assert page.redirect_chain == [("/my/ratings/", 302)]
    html = page.content.decode()
    assert "Item 4 is left out of your lists now." in html
    assert "Left out: use again" in html
    client.post(address(shelf[4]), {"undo": "1"})
    assert not LeftOut.objects.exists()


def test_a_row_of_my_ratings_changes_in_place(shelf):
    client = visitor_of(shelf[:1])
    row = client.post(address(shelf[0]), **HTMX)
    assert "Left out: use again" in row.content.decode()
    assert row["HX-Trigger"]
    row = client.post(address(shelf[0]), {"undo": "1"}, **HTMX).content.decode()
    assert "Leave out of my lists" in row


def test_what_is_left_out_is_listed_and_a_row_changes_in_place(shelf):
    client = visitor_of(shelf[:3])
    client.post(address(shelf[1]))
    html = client.get("/my/steering/").content.decode()
    assert html.count('id="left-out-heading"') == 1
    assert f'id="left-out-{shelf[1].pk}"' in html
    row = client.post(address(shelf[1]), {"undo": "1", "place": "list"}, **HTMX)
    assert "Counts for your lists again." in row.content.decode()
    assert row["HX-Trigger"]
    assert "Nothing is left out." in client.get("/my/steering/").content.decode()


def test_nobody_takes_in_what_another_left_out(shelf):
    ann, ben = visitor_of(shelf[:1]), Client()
    ann.post(address(shelf[0]))
    ben.post(address(shelf[0]), {"undo": "1"}, **HTMX)
    assert [row.person for row in LeftOut.objects.all()] == [person_of(ann)]
    assert not ben.session.get("person_id"), "undoing makes nobody"
    assert f'id="left-out-{shelf[0].pk}"' not in ben.get("/my/steering/").content.decode()


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_only_a_post_leaves_out(shelf, method):
    assert getattr(Client(), method)(address(shelf[0])).status_code == 405


def test_a_withdrawn_item_cannot_be_left_out(shelf):
    Item.objects.filter(pk=shelf[0].pk).update(is_listed=False)
    assert Client().post(address(shelf[0])).status_code == 404
