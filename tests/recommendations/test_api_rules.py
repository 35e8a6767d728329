"""Rules, surfaces and models in the API: what the admin can, with the same checks and rights."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.cache import caches
from django.test import Client
from django.utils import timezone

from catalog import services as events
from catalog.models import Attribute, Person, User
from recommendations import rule_preview
from recommendations.models import ModelRun, Placement, Rule, RuleChange
from tests.problems import wrong_fields
from tests.recommendations.readers import reader_of
from tests.recommendations.test_api import FOR_YOU, ids, with_token
from tests.recommendations.worlds import checkerboard, published

pytestmark = pytest.mark.django_db
RULES, MODELS = "/api/v1/rules/", "/api/v1/models/"
POPULAR = "/api/v1/surfaces/popular/"


@pytest.fixture(autouse=True)
def no_throttle_left_over():
    caches["default"].clear()


@pytest.fixture
def shelf():
    shelf, _crowd = checkerboard()
    events.recount()
    published("markov")
    return shelf


def staff(*rights, name="boss"):
    user = User.objects.create_user(name, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client = with_token(user)
    client.user = user
    return client


@pytest.fixture
def boss(shelf):
    names = ("rule", "placement", "modelrun")
    client = staff(*(f"{right}_{name}" for right in ("view", "add", "change") for name in names))
    reader_of(shelf[0:6:2], person=Person.objects.get_or_create(user=client.user)[0])
    return client


def hiding(item, **more):
    return {"action": "hide", "item": item.pk, "note": "a test", **more}


def written(boss, said):
    answer = boss.post(RULES, said, format="json")
    assert answer.status_code == 201, answer.content
    return answer.json()


# --- rules ---------------------------------------------------------------------------------------
def test_a_rule_holds_from_the_next_list_on_and_is_switched_off_and_reverted(boss, shelf):
    assert shelf[8].pk in ids(boss.get(FOR_YOU))
    rule = written(boss, hiding(shelf[8]))
    assert (rule["surfaces"], rule["is_in_force"]) == (["for-you"], True)
    assert rule["says"] == "Hide: Item 8"
    assert shelf[8].pk not in ids(boss.get(FOR_YOU))
    assert boss.delete(rule["url"]).status_code == 204
    assert shelf[8].pk in ids(boss.get(FOR_YOU))
    assert Rule.objects.get().is_on is False
    changes = boss.get(f"{rule['url']}changes/").json()["results"]
    assert [change["by"] for change in changes] == ["boss", "boss"]
    assert changes[0]["differences"] == [{"label": "switched on", "before": "yes", "after": "no"}]
    answer = boss.post(f"{rule['url']}changes/{changes[1]['id']}/revert/")
    assert answer.json()["is_on"] is True
    assert shelf[8].pk not in ids(boss.get(FOR_YOU))
    assert RuleChange.objects.count() == LogEntry.objects.count() == 3
    assert set(LogEntry.objects.values_list("user", flat=True)) == {boss.user.pk}


def test_a_rule_is_changed_in_part(boss, shelf):
    even = Attribute.objects.get(name="Even").pk
    rule = written(boss, {"action": "boost", "attribute": even, "strength": 1, "note": "a test"})
    said = {"strength": 2.5, "surfaces": ["popular", "new"]}
    changed = boss.patch(rule["url"], said, format="json").json()
    assert (changed["strength"], changed["attribute"]) == (2.5, even)
    assert changed["surfaces"] == ["popular", "new"]
    assert boss.patch(rule["url"], {}, format="json").status_code == 200
    assert RuleChange.objects.count() == 2, "a change that changes nothing is none"


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"action": "hide", "note": "x"}, "item"),
        ({"action": "hide", "item": 10**9, "note": "x"}, "item"),
        ({"action": "vanish", "note": "x"}, "action"),
        ({"action": "hide", "words": "x", "note": ""}, "note"),
        ({"action": "hide", "words": "x", "note": "x", "surfaces": []}, "surfaces"),
        ({"action": "hide", "words": "x", "note": "x", "surfaces": ["moon"]}, "surfaces"),
        ({"action": "boost", "words": "x", "note": "x"}, "strength"),
        ({"action": "boost", "words": "x", "note": "x", "strength": 9}, "strength"),
        ({"action": "hide", "words": "x", "note": "x", "place": 1}, "place"),
        ({"action": "at_most", "words": "x", "note": "x"}, "most"),
        ({"action": "hide", "words": "x", "note": "x", "starts_at": "soon"}, "starts_at"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(boss, said, field):
    for address in (RULES, f"{RULES}preview/"):
        answer = boss.post(address, said, format="json")
        assert wrong_fields(answer) == [field]
    assert not Rule.objects.exists()


def test_a_preview_has_the_admin_s_figures_and_saves_nothing(boss, shelf):
    said = boss.post(f"{RULES}preview/", hiding(shelf[2]), format="json").json()
    rule = Rule(action="hide", item=shelf[2], note="a test")
    wanted = rule_preview.preview(rule, now=timezone.now())
    assert (said["people"], said["lists"], said["changed"]) == (50, 50, wanted.changed)
    assert said["changed"] > 0
    assert [(one["item"]["id"], one["lists"]) for one in said["lose"]] == [
        (one.item.pk, one.lists) for one in wanted.lose
    ]
    assert said["tried"]["before"]["found"] == wanted.tried.before.found
    assert said["examples"][0]["surface"] == "for-you"
    assert not Rule.objects.exists()
    assert not LogEntry.objects.exists()


def test_a_preview_of_a_saved_rule_is_of_what_was_sent(boss, shelf):
    rule = written(boss, hiding(shelf[2]))
    answer = boss.post(f"{rule['url']}preview/", {"item": shelf[4].pk}, format="json").json()
    assert [one["item"]["id"] for one in answer["lose"]] == [shelf[4].pk]
    assert Rule.objects.get().item_id == shelf[2].pk


@pytest.mark.parametrize(
    ("right", "allowed"),
    [
        ("view", {"list", "read", "changes"}),
        ("add", {"create", "preview"}),
        ("change", {"list", "read", "changes", "patch", "delete", "revert", "preview_one"}),
    ],
)
def test_each_right_is_the_admin_s(shelf, boss, right, allowed):
    rule = written(boss, hiding(shelf[2]))
    change = RuleChange.objects.get().pk
    one = staff(f"{right}_rule", name="other")
    answers = {
        "list": one.get(RULES),
        "read": one.get(rule["url"]),
        "changes": one.get(f"{rule['url']}changes/"),
        "create": one.post(RULES, hiding(shelf[3]), format="json"),
        "preview": one.post(f"{RULES}preview/", hiding(shelf[3]), format="json"),
        "preview_one": one.post(f"{rule['url']}preview/", {}, format="json"),
        "patch": one.patch(rule["url"], {"note": "other"}, format="json"),
        "delete": one.delete(rule["url"]),
        "revert": one.post(f"{rule['url']}changes/{change}/revert/"),
    }
    assert {name for name, answer in answers.items() if answer.status_code < 300} == allowed
    assert {answer.status_code for answer in answers.values() if answer.status_code > 299} == {403}


@pytest.mark.parametrize(
    "address", [RULES, f"{RULES}1/", MODELS, f"{POPULAR}settings/", f"{RULES}1/changes/"]
)
def test_members_and_nobody_see_none_of_it(shelf, address):
    assert Client().get(address).status_code == 401
    assert with_token(User.objects.create_user("ann")).get(address).status_code == 403


# --- surfaces ------------------------------------------------------------------------------------
def test_a_surface_is_set_and_the_history_says_how(boss, shelf):
    before = boss.get(f"{POPULAR}settings/").json()
    assert (before["name"], before["size"], before["sources"]) == ("popular", 12, {"popular": 1.0})
    said = {"size": 3, "sources": {"popular": 1, "new": 0}, "only_attributes": ["genres:Even"]}
    after = boss.patch(f"{POPULAR}settings/", said, format="json").json()
    assert (after["size"], after["sources"]) == (3, {"popular": 1.0})
    shown = ids(boss.get(POPULAR))
    assert len(shown) == 3
    assert set(shown) <= {item.pk for item in shelf[0::2]}
    entry = LogEntry.objects.get()
    assert entry.change_message == "size: 12 → 3; only_attributes: – → genres:Even"
    assert entry.user == boss.user
    boss.patch(f"{POPULAR}settings/", said, format="json")
    assert LogEntry.objects.count() == 1, "the same again is no change"


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"size": 0}, "size"),
        ({"size": 61}, "size"),
        ({"sources": {"moon": 1}}, "sources"),
        ({"sources": {}}, "sources"),
        ({"sources": {"popular": 1000}}, "sources"),
        ({"sources": {"alike": 1}, "title": "Alike"}, "on_home"),
        ({"sources": {"new": 1}}, "title"),
        ({"diversity": 2}, "diversity"),
        ({"exploration": 0.5}, "exploration"),
        ({"on_page": True}, "on_page"),
        ({"only_attributes": ["genres:None"]}, "only_attributes"),
        ({"only_attributes": ["genres"]}, "only_attributes"),
        ({"title": "x" * 81}, "title"),
    ],
)
def test_settings_that_make_no_sense_are_refused_as_in_the_admin(boss, said, field):
    for address in (f"{POPULAR}settings/", f"{POPULAR}settings/preview/"):
        method = boss.post if "preview" in address else boss.patch
        answer = method(address, said, format="json")
        assert wrong_fields(answer) == [field]
    assert Placement.objects.get(pk="popular").size == 12


def test_settings_are_tried_before_they_are_saved(boss, shelf):
    answer = boss.post(f"{POPULAR}settings/preview/", {"size": 2}, format="json").json()
    assert [len(one["list"]["results"]) for one in answer["before"]] == [12]
    assert [len(one["list"]["results"]) for one in answer["after"]] == [2]
    assert Placement.objects.get(pk="popular").size == 12


def test_who_may_only_look_at_surfaces_changes_none(shelf):
    one = staff("view_placement", name="other")
    assert one.get(f"{POPULAR}settings/").status_code == 200
    assert one.get("/api/v1/surfaces/moon/settings/").status_code == 404
    assert one.patch(f"{POPULAR}settings/", {"size": 2}, format="json").status_code == 403
    assert one.post(f"{POPULAR}settings/preview/", {}, format="json").status_code == 403


# --- models --------------------------------------------------------------------------------------
def roles(boss):
    return [(one["id"], one["role"]) for one in boss.get(MODELS).json()["results"]]


def test_models_are_listed_made_live_and_rolled_back(boss):
    first, second = ModelRun.objects.live(), published("popularity")
    assert roles(boss) == [(second.pk, "live"), (first.pk, "kept")]
    assert boss.post(f"{MODELS}roll-back/").json()["id"] == first.pk
    assert roles(boss) == [(first.pk, "live"), (second.pk, "kept")]
    assert boss.post(f"{MODELS}{second.pk}/make-live/").json()["role"] == "live"
    assert boss.get(FOR_YOU).json()["rung"] == "popular"


def test_a_model_is_tried_on_a_share_of_people_and_promoted_or_dropped(boss):
    first, second = ModelRun.objects.live(), published("popularity")
    said = {"model": first.pk, "share": 10}
    for _ in range(2):
        assert boss.post(f"{MODELS}canary/", said, format="json").json()["role"] == "canary"
        assert roles(boss) == [(second.pk, "live"), (first.pk, "canary")]
        assert boss.delete(f"{MODELS}canary/").status_code == 204
    boss.post(f"{MODELS}canary/", said, format="json")
    assert boss.post(f"{MODELS}canary/promote/").json()["id"] == first.pk
    assert roles(boss) == [(first.pk, "live"), (second.pk, "kept")]


def test_what_makes_no_sense_is_a_conflict_with_a_sentence(boss):
    live = ModelRun.objects.live()
    waiting = ModelRun.objects.create(trigger=ModelRun.Trigger.API)
    answers = [
        boss.post(f"{MODELS}roll-back/"),
        boss.post(f"{MODELS}{waiting.pk}/make-live/"),
        boss.post(f"{MODELS}canary/", {"model": live.pk, "share": 10}, format="json"),
        boss.post(f"{MODELS}canary/promote/"),
        boss.delete(f"{MODELS}canary/"),
        boss.post(f"/api/v1/model-runs/{live.pk}/cancel/"),
    ]
    assert [answer.status_code for answer in answers] == [409] * 6
    assert all(answer.json()["detail"].endswith(".") for answer in answers)
    assert boss.post(f"/api/v1/model-runs/{waiting.pk}/cancel/").status_code == 204
    bad = boss.post(f"{MODELS}canary/", {"model": waiting.pk, "share": 90}, format="json")
    assert bad.status_code == 400
    assert boss.post(f"{MODELS}{10**9}/make-live/").status_code == 404


def test_who_may_only_look_at_runs_changes_nothing(shelf):
    one = staff("view_modelrun", name="other")
    live = ModelRun.objects.live()
    assert len(one.get(MODELS).json()["results"]) == 1
    for address in ("roll-back/", f"{live.pk}/make-live/", "canary/", "canary/promote/"):
        assert one.post(f"{MODELS}{address}").status_code == 403
    assert one.delete(f"{MODELS}canary/").status_code == 403
    assert one.post(f"/api/v1/model-runs/{live.pk}/cancel/").status_code == 403
