"""Oneself in the API: name, language and privacy; what is kept; the export; and deleting it all."""

import io
import json
import zipfile
from uuid import uuid4

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.cache import caches
from django.test import Client

from catalog import privacy, services
from catalog.models import Item, Person, Rating, User
from catalog.private import Receipt
from catalog.tokens.models import ApiToken
from recommendations.models import Dismissal
from tests.problems import problem, wrong_fields
from tests.recommendations.test_api import FOR_YOU, member, with_token
from tests.recommendations.worlds import checkerboard, published

pytestmark = pytest.mark.django_db
ME, EXPORT, KEPT = "/api/v1/me/", "/api/v1/me/export/", "/api/v1/me/kept/"


@pytest.fixture(autouse=True)
def no_throttle_left_over():
    caches["default"].clear()


@pytest.fixture
def shelf():
    shelf, _crowd = checkerboard()
    services.recount()
    published("markov")
    return shelf


@pytest.fixture
def ada(shelf):
    client = with_token(member("ada", shelf[0:6:2]))
    client.person = Person.objects.get(user__username="ada")
    services.recount()
    return client


def patched(client, **said):
    answer = client.patch(ME, said, format="json")
    assert answer.status_code == 200, answer.content
    return answer.json()


# --- who one is ----------------------------------------------------------------------------------
def test_one_sees_oneself_with_switches_and_ways_on(ada):
    said = ada.get(ME).json()
    assert (said["username"], said["name"], said["language"]) == ("ada", "", "en")
    assert said["privacy"]["recording"] == "all"
    assert said["privacy"]["is_private"] is False
    assert len(said["links"]) == 16
    for address in said["links"].values():
        assert ada.get(address).status_code in (200, 405), address  # events are only sent
    assert "no-store" in ada.get(ME)["Cache-Control"]


def test_a_switch_holds_from_the_next_answer_on(ada, shelf):
    before = Item.objects.get(pk=shelf[0].pk).rating_count
    said = patched(ada, privacy={"is_private": True, "recording": "no-views"})
    assert said["privacy"]["is_private"] is True
    assert said["privacy"]["recording"] == "no-views"
    assert said["privacy"]["shows_lists"] is True
    assert Item.objects.get(pk=shelf[0].pk).rating_count == before - 1
    ada.person.refresh_from_db()
    assert (ada.person.is_paused, ada.person.is_stopped) == (True, False)
    patched(ada, privacy={"is_unpersonalised": True})
    assert ada.get(FOR_YOU).json()["model"] is None
    said = patched(ada, privacy={"recording": "nothing"})
    assert said["privacy"]["is_private"] is True
    refused = ada.post("/api/v1/me/ratings/", {"item": shelf[3].pk, "stars": 4}, format="json")
    assert refused.status_code == 400
    assert patched(ada, privacy={"recording": "all"})["privacy"]["recording"] == "all"


def test_one_chooses_a_name_and_whether_to_be_seen(ada):
    said = patched(ada, name="Ada L.", is_public=True)
    assert (said["name"], said["is_public"]) == ("Ada L.", True)
    assert Client().get(f"/people/{ada.person.pk}/").status_code == 200
    assert patched(ada, is_public=False)["name"] == "Ada L."
    assert Client().get(f"/people/{ada.person.pk}/").status_code == 404


def test_a_language_is_kept_as_on_the_site(ada):
    assert ada.get(ME, headers={"accept-language": "de"}).json()["language"] == "de"
    assert patched(ada, language="de")["language"] == "de"
    assert ada.cookies["django_language"].value == "de"
    assert ada.get(ME).json()["language"] == "de"


@pytest.mark.parametrize(
    "said",
    [
        {"language": "tlh"},
        {"privacy": {"recording": "some"}},
        {"privacy": {"is_private": "perhaps"}},
        {"privacy": []},
        {"name": "x" * 200},
        {"is_public": None},
        [],
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(ada, said):
    assert ada.patch(ME, said, format="json").status_code == 400
    assert ada.get(ME).json()["privacy"]["recording"] == "all"


def test_a_refused_name_leaves_the_switches_as_they_were(ada):
    said = {"name": "x" * 151, "privacy": {"is_private": True}}
    assert ada.patch(ME, said, format="json").status_code == 400
    ada.person.refresh_from_db()
    assert not ada.person.is_private


@pytest.mark.parametrize("address", [ME, EXPORT, KEPT, "/api/v1/me/track-record/"])
def test_nobody_is_nobody(address):
    assert Client().get(address).status_code == 401


# --- taking along --------------------------------------------------------------------------------
def body_of(answer):
    return b"".join(answer.streaming_content)


def test_the_export_is_the_site_s(ada, client):
    document = json.loads(body_of(ada.get(EXPORT)))
    assert document["person"]["username"] == "ada"
    assert len(document["ratings"]) == 3
    client.force_login(User.objects.get(username="ada"))
    assert json.loads(body_of(client.get("/my/export/everything.json"))) == document
    answer = ada.get(EXPORT, {"as": "csv"})
    assert answer["Content-Type"] == "application/zip"
    names = zipfile.ZipFile(io.BytesIO(body_of(answer))).namelist()
    assert {"ratings.csv", "views.csv", "impressions.csv"} <= set(names)
    assert ada.get(EXPORT, {"as": "pdf"}).status_code == 400


# --- what is kept --------------------------------------------------------------------------------
def test_all_that_is_kept_is_listed_and_deleted_by_kind_with_a_receipt(ada, shelf):
    Dismissal.objects.create(person=ada.person, item=shelf[1])
    kinds = {kind["name"]: kind for kind in ada.get(KEPT).json()}
    assert (kinds["ratings"]["count"], kinds["dismissals"]["count"]) == (3, 1)
    assert kinds["ratings"]["is_learned"]
    receipt = ada.delete(f"{KEPT}ratings/").json()
    assert receipt["counts"] == {"ratings": 3}
    assert receipt["was_learned"]
    assert not Rating.objects.filter(person=ada.person).exists()
    assert Dismissal.objects.exists()
    assert ada.delete(f"{KEPT}nonsense/").status_code == 404


def test_a_receipt_says_in_which_model_the_rating_ceased_to_be(ada):
    live = published("markov")
    receipt = ada.delete(f"{KEPT}ratings/").json()
    assert receipt["models"]["without"] is None
    assert receipt["models"]["live"]["run"] == live.pk
    run = published("markov")
    type(run).objects.filter(pk=run.pk).update(mode="full")
    again = Client().get(receipt["url"]).json()
    assert again["models"]["without"]["run"] == run.pk
    assert again["models"]["anew"]["run"] == run.pk
    assert again["models"]["live"] is None
    assert "ada" not in json.dumps(again)
    assert Client().get(receipt["url"][:-37] + f"{uuid4()}/").status_code == 404


def test_what_was_private_was_never_learned(ada):
    privacy.choose(ada.person, is_private=True)
    assert ada.delete(f"{KEPT}ratings/").json()["models"] is None


# --- the way out ---------------------------------------------------------------------------------
def test_everything_goes_with_the_password(ada, shelf):
    for body in ({}, {"password": ""}, {"password": "wrong"}):
        assert wrong_fields(ada.delete(ME, body, format="json")) == ["password"]
    assert User.objects.filter(username="ada").exists()
    answer = ada.delete(ME, {"password": "correct horse"}, format="json")
    assert answer.status_code == 200
    assert answer.json()["is_account"]
    assert answer.json()["counts"]["ratings"] == 3
    assert not User.objects.filter(username="ada").exists()
    assert not Person.objects.filter(pk=ada.person.pk).exists()
    assert not ApiToken.objects.exists()
    assert ada.get(ME).status_code == 401
    assert Client().get(answer.json()["url"]).status_code == 200


def test_an_account_with_a_second_factor_needs_a_code(ada):
    user = User.objects.get(username="ada")
    TOTP.activate(user, generate_totp_secret())
    codes = RecoveryCodes.activate(user).get_unused_codes()
    said = {"password": "correct horse"}
    for wrong in ({}, {"code": "123"}):
        assert wrong_fields(ada.delete(ME, said | wrong, format="json")) == ["code"]
    assert ada.delete(ME, said | {"code": codes[0]}, format="json").status_code == 200
    assert not User.objects.filter(username="ada").exists()


def test_an_account_without_a_password_is_deleted_on_the_site(ada):
    user = User.objects.get(username="ada")
    user.set_unusable_password()
    user.save()
    refused = ada.delete(ME, {"password": "correct horse"}, format="json")
    assert "on the site" in problem(refused, 400)["detail"]


def test_a_session_needs_the_password_and_is_over_after_it(client, shelf):
    client.force_login(member("ada", shelf[0:2]))
    json_body = {"content_type": "application/json"}
    assert client.delete(ME, "{}", **json_body).status_code == 400
    said = json.dumps({"password": "correct horse"})
    assert client.delete(ME, said, **json_body).status_code == 200
    assert client.get(ME).status_code == 401
    assert Receipt.objects.get().is_account


def test_passwords_cannot_be_tried_for_long(ada):
    codes = [ada.delete(ME, {"password": "x"}, format="json").status_code for _ in range(12)]
    assert codes[0] == 400
    assert codes[-1] == 429
