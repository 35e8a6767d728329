"""*API tokens* under the account, and the admin: made, seen once, revoked."""

import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from catalog.models import User
from catalog.tokens.making import OF_SERVICES, OWN
from catalog.tokens.models import ApiToken, Service
from tests.tokens import secret_of

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-enough-one"
TOKENS, NEW = "/account/tokens/", "/account/tokens/new/"
ADMIN = "/admin/catalog/apitoken/"
SECRET = re.compile(r'value="(cat_[a-z]+_[^"]+)"')


@pytest.fixture
def ann():
    return User.objects.create_user("ann", password=PASSWORD)


@pytest.fixture
def page(client, ann):
    """A browser in which Ann has just given her password again."""
    client.post(reverse("account_login"), {"login": "ann", "password": PASSWORD})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def works(secret):
    headers = {"Authorization": f"Token {secret}"}
    return APIClient().get("/api/v1/me/ratings/", headers=headers).status_code == 200


def test_a_token_is_made_seen_once_and_revoked(page):
    assert page.get(NEW).status_code == 200
    said = {"name": "My <player>", "scopes": ["read", "events"], "days": "30"}
    made = page.post(NEW, said)
    assert "no-store" in made["Cache-Control"]
    secret = SECRET.search(made.content.decode())[1]
    assert secret.startswith(OWN)
    assert works(secret)
    shown = page.get(TOKENS).content.decode()
    assert "My &lt;player&gt;" in shown
    assert secret not in shown
    assert f"{TOKENS}{ApiToken.objects.get().pk}/" in shown
    token = ApiToken.objects.get()
    assert token.scopes == ["read", "events"]
    assert token.ends_at < timezone.now() + timedelta(days=31)
    page.post(f"{TOKENS}{token.pk}/revoke/")
    assert not works(secret)
    assert f"{TOKENS}{token.pk}/" not in page.get(TOKENS).content.decode()


@pytest.mark.parametrize(
    ("said", "is_for_ever"),
    [({"days": ""}, True), ({}, False), ({"days": "90"}, False)],
)
def test_a_token_is_for_ever_by_choice_only(page, said, is_for_ever):
    page.post(NEW, {"name": "x", "scopes": ["read"], **said})
    assert (ApiToken.objects.get().ends_at is None) == is_for_ever


@pytest.mark.parametrize(
    "said",
    [
        {"name": "", "scopes": ["read"]},
        {"name": "x"},
        {"name": "x", "scopes": ["govern"]},
        {"name": "x", "scopes": ["catalogue", "read"]},
        {"name": "x", "scopes": ["all"]},
        {"name": "x", "scopes": ["read"], "days": "7000"},
    ],
)
def test_what_cannot_be_is_said_in_the_form(page, said):
    answer = page.post(NEW, {"days": "30", **said})
    assert answer.status_code == 400
    assert "form-problem" in answer.content.decode()
    assert not ApiToken.objects.exists()


def test_staff_are_offered_their_scopes_and_others_not(page, ann):
    assert "govern" not in page.get(NEW).content.decode()
    User.objects.update(is_staff=True)
    assert "govern" in page.get(NEW).content.decode()


def test_making_one_asks_for_the_password_that_was_given_long_ago(client, ann):
    client.force_login(ann, backend="django.contrib.auth.backends.ModelBackend")
    for answer in (client.get(NEW), client.post(NEW, {"name": "x", "scopes": ["read"]})):
        assert answer.status_code == 302
        assert "reauthenticate" in answer["Location"]
    assert not ApiToken.objects.exists()


def test_nobody_sees_or_revokes_the_tokens_of_another(page, ann):
    bob = User.objects.create_user("bob")
    secret = secret_of(bob)
    assert "a test" not in page.get(TOKENS).content.decode()
    assert page.post(f"{TOKENS}{ApiToken.objects.get().pk}/revoke/").status_code == 404
    assert works(secret)


def test_the_pages_are_for_members_and_forms_need_their_own_page(ann):
    stranger = Client()
    for address in (TOKENS, NEW):
        assert stranger.get(address).status_code == 302
    assert stranger.post(f"{TOKENS}1/revoke/").status_code == 302
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(ann)
    assert careful.post(NEW, {"name": "x", "scopes": ["read"]}).status_code == 403


def test_the_account_menu_leads_there(page):
    assert f'href="{TOKENS}"' in page.get("/").content.decode()


# --- the admin ------------------------------------------------------------------------------------
@pytest.fixture
def keeper(client):
    keeper = User.objects.create_user("keeper", is_staff=True)
    client.force_login(keeper)
    client.keeper = keeper
    return client


def let(user, *names):
    user.user_permissions.add(*Permission.objects.filter(codename__in=names))


def test_staff_make_a_token_for_a_service_and_see_it_once(keeper):
    let(keeper.keeper, "view_apitoken", "add_apitoken", "view_service")
    shop = Service.objects.create(name="Shop")
    assert keeper.get(f"{ADMIN}add/").status_code == 200
    said = {"service": shop.pk, "name": "Front", "scopes": ["read", "events"], "days": "30"}
    made = keeper.post(f"{ADMIN}add/", said)
    assert "no-store" in made["Cache-Control"]
    secret = SECRET.search(made.content.decode())[1]
    assert secret.startswith(OF_SERVICES)
    token = ApiToken.objects.get()
    assert (token.service, token.user, token.scopes) == (shop, None, ["read", "events"])
    for address in (ADMIN, f"{ADMIN}{token.pk}/change/", f"{ADMIN}{token.pk}/history/"):
        assert secret not in keeper.get(address).content.decode()
    assert not [entry for entry in LogEntry.objects.all() if secret in entry.change_message]


@pytest.mark.parametrize(
    "said",
    [
        {"service": ""},
        {"scopes": ["govern"]},
        {"scopes": ["catalogue"]},
        {"scopes": []},
        {"days": "0"},
        {"name": ""},
    ],
)
def test_a_service_never_gets_what_is_for_staff(keeper, said):
    let(keeper.keeper, "view_apitoken", "add_apitoken")
    shop = Service.objects.create(name="Shop")
    right = {"service": shop.pk, "name": "Front", "scopes": ["read"], "days": "30"}
    assert keeper.post(f"{ADMIN}add/", right | said).status_code == 200
    assert not ApiToken.objects.exists()


def test_staff_revoke_any_token_by_its_permission_alone(keeper):
    secret = secret_of(User.objects.create_user("ann"))
    act = {"action": "revoke", "_selected_action": [ApiToken.objects.get().pk]}
    let(keeper.keeper, "view_apitoken")
    keeper.post(ADMIN, act)
    assert works(secret)
    let(keeper.keeper, "change_apitoken")
    keeper.post(ADMIN, act)
    assert not works(secret)


def test_who_may_not_make_tokens_makes_none(keeper):
    let(keeper.keeper, "view_apitoken", "change_apitoken", "add_service")
    assert keeper.get(f"{ADMIN}add/").status_code == 403
    assert keeper.post("/admin/catalog/service/add/", {"name": "Shop"}).status_code == 302
    assert Service.objects.get().name == "Shop"
