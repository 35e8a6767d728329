"""Groups and people of like taste in the API: only one's own, and in sentences."""

import pytest
from django.core.management import call_command
from django.utils import timezone
from rest_framework.test import APIClient

from catalog import services as events
from catalog.models import Item
from recommendations.company import groups
from recommendations.models import Invitation, LikeTaste, Member
from tests.problems import wrong_fields
from tests.recommendations.company.test_like_taste import taste
from tests.recommendations.company.worlds import NOW, agreeing, group_of, member
from tests.recommendations.test_api import with_token
from tests.recommendations.worlds import checkerboard, published

pytestmark = pytest.mark.django_db
GROUPS, LIKE = "/api/v1/groups/", "/api/v1/like-taste/"


@pytest.fixture
def shelf():
    shelf, _crowd = checkerboard(items=24, people=60)
    events.recount()
    published("markov")
    return shelf


def api_of(person):
    return with_token(person.user)


def test_a_group_from_its_making_to_its_list(shelf):
    ada, bo = member("ada", shelf[0:4:2]), member("bo", shelf[4:8:2])
    mine, theirs = api_of(ada), api_of(bo)
    made = mine.post(GROUPS, {"name": "Film night", "floor": 3}, format="json")
    assert made.status_code == 201
    address = f"{GROUPS}{made.json()['id']}/"
    assert made.json() | {"made_at": "", "members": ""} == {
        "id": made.json()["id"],
        "name": "Film night",
        "made_at": "",
        "members": "",
        "floor": 3.0,
        "invitations": [],
        "token": None,
    }
    asked = mine.post(f"{address}invitations/", {"username": "bo"}, format="json")
    assert asked.status_code == 201
    waiting = theirs.get(f"{GROUPS}invitations/").json()
    assert [(one["group"], one["by"]) for one in waiting] == [("Film night", "ada")]
    answered = theirs.post(
        f"{GROUPS}invitations/{waiting[0]['id']}/", {"accept": True, "floor": 0.5}, format="json"
    )
    assert [one["name"] for one in answered.json()["members"]] == ["ada", "bo"]
    listed = mine.get(f"{address}list/", {"limit": 5}).json()
    assert len(listed["results"]) == 5
    for result in listed["results"]:
        assert [said["name"] for said in result["predicted"]] == ["ada", "bo"]
        assert result["predicted"][0]["value"] >= 3
        assert "nobody below" in result["reason"]
    assert theirs.put(f"{address}me/", {"floor": 4.5}, format="json").json()["floor"] == 4.5
    assert [one["name"] for one in theirs.get(GROUPS).json()] == ["Film night"]
    assert theirs.delete(f"{address}me/").status_code == 204
    assert theirs.get(address).status_code == 404
    assert mine.get(f"{address}list/").json()["problem"]
    assert mine.put(address, {"name": "Alone"}, format="json").json()["name"] == "Alone"
    assert mine.delete(address).status_code == 204
    assert mine.get(GROUPS).json() == []


def test_joining_by_a_token_that_can_be_taken_back():
    ada, bo = member("ada"), member("bo")
    group = group_of(ada)
    mine, theirs = api_of(ada), api_of(bo)
    token = mine.post(f"{GROUPS}{group.pk}/link/").json()["token"]
    link = {"name": group.name, "by": "ada", "is_member": False}
    assert theirs.get(f"{GROUPS}join/{token}/").json() == link
    joined = theirs.post(f"{GROUPS}join/", {"token": token}, format="json")
    assert joined.status_code == 200
    assert joined.json()["token"] is None, "only the maker sees it"
    assert theirs.get(f"{GROUPS}join/{token}/").json() == link | {"is_member": True}
    bo_is = Member.objects.get(person=bo)
    assert mine.delete(f"{GROUPS}{group.pk}/members/{bo_is.pk}/").status_code == 204
    assert mine.delete(f"{GROUPS}{group.pk}/link/").status_code == 204
    assert theirs.post(f"{GROUPS}join/", {"token": token}, format="json").status_code == 404
    assert theirs.post(f"{GROUPS}join/", {"token": "x:y"}, format="json").status_code == 404
    assert theirs.get(f"{GROUPS}join/{token}/").status_code == 404


def test_nobody_is_led_into_a_group_that_nobody_looks_after():
    ada, bo = member("ada"), member("bo")
    group = group_of(ada)
    groups.make_link(group)
    token = groups.token_of(group)
    groups.invite(group, name="bo")
    ada.user.is_active = False
    ada.user.save()
    api = api_of(bo)
    assert api.get(f"{GROUPS}invitations/").json() == []
    assert api.get(f"{GROUPS}join/{token}/").status_code == 404
    assert api.post(f"{GROUPS}join/", {"token": token}, format="json").status_code == 404


def routes_of(group, asked, member):
    base = f"{GROUPS}{group.pk}/"
    return [
        ("get", base, 200),
        ("put", base, 403),
        ("delete", base, 403),
        ("get", f"{base}list/", 200),
        ("post", f"{base}link/", 403),
        ("delete", f"{base}link/", 403),
        ("post", f"{base}invitations/", 403),
        ("delete", f"{base}invitations/{asked.pk}/", 403),
        ("delete", f"{base}members/{member.pk}/", 403),
        ("put", f"{base}me/", 200),
        ("delete", f"{base}me/", 204),
    ]


def test_for_others_a_group_is_not_there_and_members_may_not_what_its_maker_may():
    ada, bo, eve = member("ada"), member("bo"), member("eve")
    group = group_of(ada, bo)
    routes = routes_of(group, groups.invite(group, name="x"), Member.objects.get(person=ada))
    stranger, outsider, insider = APIClient(), api_of(eve), api_of(bo)
    for method, address, allowed in routes:
        body = None if method == "get" else {"name": "n", "username": "n", "floor": 2}
        assert getattr(stranger, method)(address, body, format="json").status_code == 401
        assert getattr(outsider, method)(address, body, format="json").status_code == 404
        answer = getattr(insider, method)(address, body, format="json")
        assert answer.status_code == allowed, (method, address)
    assert {one.person for one in groups.members_of(group)} == {ada}
    assert Invitation.objects.open(timezone.now()).count() == 1


def test_an_invitation_is_there_for_whom_it_is_for_only():
    ada, bo, eve = member("ada"), member("bo"), member("eve")
    asked = groups.invite(group_of(ada), name="bo")
    address = f"{GROUPS}invitations/{asked.pk}/"
    assert api_of(eve).post(address, {"accept": True}, format="json").status_code == 404
    assert api_of(eve).get(f"{GROUPS}invitations/").json() == []
    assert api_of(bo).post(address, {"accept": False}, format="json").status_code == 204
    assert api_of(bo).post(address, {"accept": True}, format="json").status_code == 404


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "x", "floor": 0}, "floor"),
        ({"name": "x", "floor": 2.25}, "floor"),
        ({"name": "x", "floor": "nan"}, "floor"),
        ({"name": "x", "floor": "inf"}, "floor"),
        ({"name": "\0"}, "name"),
        ({"name": " \t "}, "name"),
        ({}, "name"),
        ([], ""),
        (None, "name"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_name(sent, said):
    answer = api_of(member("ada")).post(GROUPS, sent, format="json")
    assert wrong_fields(answer) == [said]


def test_what_cannot_be_done_is_said_in_a_sentence():
    ada = member("ada")
    address = f"{GROUPS}{group_of(ada).pk}/invitations/"
    api = api_of(ada)
    assert "already" in api.post(address, {"username": "ada"}, format="json").json()["detail"]
    for query in ({"limit": 0}, {"limit": "x"}, {"limit": 61}, {"seen": "perhaps"}):
        assert api.get(f"{address[:-12]}list/", query).status_code == 400


# --- people of like taste -------------------------------------------------------------------------
def test_like_taste_is_agreed_to_told_and_taken_back(shelf, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    items = Item.objects.bulk_create(Item(title=f"More {n}") for n in range(40))
    for n in range(6):
        agreeing(f"even{n}", taste(items, 0, (items[35], 8)))
        agreeing(f"odd{n}", taste(items, 1))
    api = api_of(agreeing("ada", taste(items, 0)))
    told = api.get(LIKE).json()
    assert told["agreed"]
    assert [one["item"]["title"] for one in told["results"]] == ["More 35"]
    figure = told["results"][0]["figure"]
    assert (figure["stars"], figure["people"]) == (4.0, 5)
    of_item = f"/api/v1/items/{items[35].pk}/like-taste/"
    assert api.get(of_item).json() == {"figure": figure}
    assert api.get(f"/api/v1/items/{items[36].pk}/like-taste/").json() == {"figure": None}
    assert api.put(LIKE, {"agreed": False}, format="json").json() == {"agreed": False}
    assert not LikeTaste.objects.filter(person__user__username="ada").exists()
    assert api.get(LIKE).json() == {"agreed": False, "results": []}
    assert api.get(of_item).json() == {"figure": None}
    assert api.put(LIKE, {"agreed": True}, format="json").status_code == 200
    assert api.get(LIKE).json() == {"agreed": True, "results": []}, "from tomorrow on"
    assert api.put(LIKE, {}, format="json").status_code == 400
    assert APIClient().get(LIKE).status_code == 401
    assert api.get("/api/v1/items/999999/like-taste/").status_code == 404


def test_the_schema_knows_all_of_it(tmp_path):
    schema = tmp_path / "schema.yaml"
    call_command("spectacular", file=str(schema), validate=True, fail_on_warn=True)
    text = schema.read_text()
    for name in ("groups_make", "groups_recommendations", "invitations_answer", "like_taste_list"):
        assert f"operationId: {name}" in text
