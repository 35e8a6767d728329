"""Signing up and in brings along what the browser did; every account page is dressed."""

import pytest
from django.test import Client
from django.urls import reverse

from catalog.models import Item, ItemView, Person, Rating, User
from catalog.people import acting_person, current_person

pytestmark = pytest.mark.django_db
PASSWORD = "a-quiet-lighthouse-42"


@pytest.fixture
def emma():
    return Item.objects.create(title="Emma")


def sign_up(client, name="ann"):
    fields = {"username": name, "password1": PASSWORD, "password2": PASSWORD}
    return client.post(reverse("account_signup"), fields)


def sign_in(client, name="ann"):
    return client.post(reverse("account_login"), {"login": name, "password": PASSWORD})


def rate(client, item, stars):
    return client.post(reverse("catalog:rate", args=[item.pk]), {"stars": stars})


def test_what_a_visitor_did_moves_to_the_account_they_make(client, emma):
    rate(client, emma, "4")
    client.post(reverse("catalog:view", args=[emma.pk]))
    assert sign_up(client).status_code == 302
    member = User.objects.get(username="ann").person
    assert Rating.objects.get().person == member
    assert ItemView.objects.get().person == member
    assert Person.objects.count() == 1
    assert "Emma" in client.get("/my/ratings/").content.decode()


def test_what_a_visitor_did_moves_to_the_account_they_sign_in_to(client, emma):
    sign_up(client)
    client.post(reverse("account_logout"))
    rate(client, emma, "5")
    assert Person.objects.count() == 2
    assert sign_in(client).status_code == 302
    assert Rating.objects.get().person.user.username == "ann"
    assert Person.objects.count() == 1


def test_signing_out_leaves_a_stranger_behind(client, emma):
    sign_up(client)
    rate(client, emma, "5")
    client.post(reverse("account_logout"))
    assert "row-title" not in client.get("/my/ratings/").content.decode()


def test_two_browsers_are_two_visitors(client, emma):
    rate(client, emma, "1")
    rate(Client(), emma, "5")
    emma.refresh_from_db()
    assert (emma.rating_count, emma.half_star_sum) == (2, 12)


def test_reading_makes_nobody_and_acting_makes_one_person(rf, client, django_user_model):
    request = rf.get("/")
    request.session = client.session
    request.user = django_user_model.objects.create_user("ben")
    assert current_person(request) is None
    person = acting_person(request)
    assert current_person(request) == acting_person(request) == person
    assert person.user.username == "ben"
    assert Person.objects.count() == 1


def test_a_session_whose_person_is_gone_starts_afresh(client, emma):
    rate(client, emma, "3")
    Person.objects.all().delete()
    assert client.get("/my/ratings/").status_code == 200
    rate(client, emma, "2")
    assert Rating.objects.get().half_stars == 4


def test_a_wrong_password_is_answered_in_words(client):
    sign_up(client)
    client.post(reverse("account_logout"))
    response = client.post(reverse("account_login"), {"login": "ann", "password": "wrong"})
    assert response.status_code == 200
    assert "form-problem" in response.content.decode()


@pytest.mark.parametrize(
    "name",
    [
        "account_login",
        "account_signup",
        "account_reset_password",
        "account_reset_password_done",
        "account_inactive",
        "account_email_verification_sent",
        "account_reset_password_from_key_done",
    ],
)
def test_pages_for_strangers_are_dressed(client, name):
    page = client.get(reverse(name)).content.decode()
    assert "catalog/site.css" in page
    assert 'class="top"' in page


@pytest.mark.parametrize(
    "name", ["account_email", "account_change_password", "account_logout", "account_reauthenticate"]
)
def test_pages_for_members_are_dressed(client, name):
    sign_up(client)
    page = client.get(reverse(name)).content.decode()
    assert "catalog/site.css" in page
    assert 'class="top"' in page


def test_a_forgotten_password_is_reset_by_mail(client, mailoutbox):
    User.objects.create_user("ann", email="ann@example.com", password=PASSWORD)
    client.post(reverse("account_reset_password"), {"email": "ann@example.com"})
    link = next(
        word for word in mailoutbox[0].body.split() if "/account/password/reset/key/" in word
    )
    page = client.get(link.partition("testserver")[2], follow=True)
    assert 'type="password"' in page.content.decode()
    assert 'class="form"' in page.content.decode()
