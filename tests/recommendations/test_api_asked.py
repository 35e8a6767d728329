"""Recommendations for items that are named in the question, and predicted ratings."""

import pytest
from django.core.cache import caches
from django.core.management import call_command
from rest_framework.test import APIClient

from catalog import services
from catalog.models import Item, ItemView, Person, Rating, ShelfEntry, User
from recommendations import engine, verdicts
from recommendations.models import ModelRun, Rule
from recommendations.visit import Visit
from tests.problems import wrong_fields
from tests.recommendations.readers import reader_of
from tests.recommendations.worlds import checkerboard, published
from tests.tokens import secret_of

pytestmark = pytest.mark.django_db
FOR_ITEMS = "/api/v1/recommendations/for-items/"
PREDICTIONS = "/api/v1/predictions/"
FOR_YOU = "/api/v1/recommendations/for-you/"


@pytest.fixture(autouse=True)
def no_throttle_left_over():
    caches["default"].clear()


def member(name, items=(), **flags):
    user = User.objects.create_user(name, password="correct horse", **flags)
    reader_of(items, person=Person.objects.get_or_create(user=user)[0])
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {secret_of(user)}")
    return client


@pytest.fixture
def shelf():
    shelf, _crowd = checkerboard()
    services.recount()
    published("markov")
    return shelf


def asked(*items, **more):
    answer = APIClient().post(FOR_ITEMS, {"items": list(items), **more}, format="json")
    assert answer.status_code == 200, answer.content
    return answer.json()


def ids(answer):
    return [result["item"]["id"] for result in answer["results"]]


def rows():
    return [model.objects.count() for model in (Person, Rating, ItemView, ShelfEntry)]


# --- for items -----------------------------------------------------------------------------------
def test_anybody_gets_what_goes_with_some_items(shelf):
    before = rows()
    client = APIClient(enforce_csrf_checks=True)
    body = {"items": [{"item": shelf[0].pk, "stars": 5}, {"key": shelf[2].key}], "limit": 4}
    answer = client.post(FOR_ITEMS, body, format="json")
    found = answer.json()
    assert set(found) == {"rung", "model", "explanation", "next", "results"}
    assert (found["rung"], found["model"]) == ("co-occurrence", "What follows what")
    assert found["explanation"].startswith("From 2 items sent · model ")
    assert {shelf.index(Item.objects.get(pk=pk)) % 2 for pk in ids(found)} == {0}
    assert len(found["results"]) == 4
    assert not {shelf[0].pk, shelf[2].pk} & set(ids(found))
    texts = {result["reason"]["text"] for result in found["results"]}
    assert texts <= {"because you rated Item 0 5", "because Item 2 is among those that were sent"}
    assert rows() == before
    assert not answer.cookies
    assert "no-store" in answer["Cache-Control"]
    assert client.post(FOR_ITEMS, body, format="json").json()["results"] == found["results"]


def test_the_list_is_the_one_that_somebody_with_these_ratings_gets(shelf):
    ada = member("ada", shelf[0:8:2])
    own = ada.get(FOR_YOU, {"limit": 8}).json()
    sent = asked(*({"item": item.pk, "stars": 5} for item in shelf[0:8:2]), limit=8)
    assert ids(sent) == ids(own)
    assert ids(ada.post(FOR_ITEMS, {"items": [{"item": shelf[1].pk}]}, format="json").json()) == (
        ids(asked({"item": shelf[1].pk}))
    )


def test_what_is_excluded_or_withdrawn_or_hidden_does_not_come(shelf):
    first = ids(asked({"item": shelf[0].pk}, limit=6))
    excluded, withdrawn, hidden = first[:3]
    Item.objects.filter(pk=withdrawn).update(is_listed=False)
    Rule.objects.create(action="hide", item_id=hidden, note="a test")
    caches["local"].clear()
    again = ids(asked({"item": shelf[0].pk}, limit=6, exclude=[excluded]))
    assert not set(first[:3]) & set(again)


def test_what_is_not_in_the_catalogue_is_passed_over_and_said(shelf):
    Item.objects.filter(pk=shelf[1].pk).update(is_listed=False)
    found = asked({"item": shelf[0].pk}, {"key": "no such"}, {"item": shelf[1].pk})
    assert found["rung"] == "co-occurrence"
    assert "2 of 3 items sent are not in this catalogue" in found["explanation"]
    nothing = asked({"item": 2**63 - 1})
    assert nothing["rung"] == "popular"
    assert "1 of 1 item sent is not in this catalogue" in nothing["explanation"]


def test_without_a_model_it_falls_back_and_says_so(shelf):
    ModelRun.objects.all().delete()
    engine.forget_all()
    found = asked({"item": shelf[0].pk, "stars": 4})
    assert (found["rung"], found["model"]) == ("popular", None)
    assert "There is no model to ask now" in found["explanation"]
    assert shelf[0].pk not in ids(found)


def test_a_model_that_knows_none_of_the_items_says_so(shelf):
    new = Item.objects.create(title="New")
    assert "knows none of the items sent" in asked({"item": new.pk})["explanation"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "items"),
        ({"items": []}, "items"),
        ({"items": None}, "items"),
        ({"items": "15"}, "items"),
        ({"items": [15]}, "items"),
        ({"items": [{}]}, "items"),
        ({"items": [{"item": 1, "key": "a"}]}, "items"),
        ({"items": [{"item": 0}]}, "items"),
        ({"items": [{"item": 2**63}]}, "items"),
        ({"items": [{"item": True}]}, "items"),
        ({"items": [{"key": ""}]}, "items"),
        ({"items": [{"key": "x" * 201}]}, "items"),
        ({"items": [{"item": 1, "stars": 4.3}]}, "items"),
        ({"items": [{"item": 1, "stars": 6}]}, "items"),
        ({"items": [{"item": 1}] * 201}, "items"),
        ({"items": [{"item": 1}], "limit": 101}, "limit"),
        ({"items": [{"item": 1}], "exclude": ["x"]}, "exclude"),
        ({"items": [{"item": 1}], "exclude": [1] * 501}, "exclude"),
        ({"items": [{"item": 1}], "exclude": "1,2"}, "exclude"),
    ],
)
def test_a_bad_question_is_refused_with_its_field(body, field):
    answer = APIClient().post(FOR_ITEMS, body, format="json")
    assert answer.status_code == 400
    assert wrong_fields(answer) == [field]


@pytest.mark.parametrize(
    "body",
    [
        *(b"null", b"[]", b"7", b"", b"{", b"NaN", b"[" * 50_000, b'{"items": "\xff"}'),
        b'{"items": [{"key": "\\u0000"}]}',
        b'{"items": [{"key": "\\ud800"}]}',
        b'{"items": [1e999], "limit": 1e999}',
    ],
)
@pytest.mark.parametrize("address", [FOR_ITEMS, PREDICTIONS])
def test_no_body_makes_an_error(address, body):
    answer = member("ada").post(address, body, content_type="application/json")
    assert answer.status_code == 400, answer.content
    large = member("bob").post(address, b" " * 300_000, content_type="application/json")
    assert large.status_code == 413


# --- predictions ---------------------------------------------------------------------------------
def predicted(client, *items, **more):
    body = {"items": [item.pk for item in items], **more}
    answer = client.post(PREDICTIONS, body, format="json")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_predictions_are_those_of_the_pages_with_their_reasons(shelf):
    ada = member("ada", shelf[0:8:2])
    new = Item.objects.create(title="New")
    found = predicted(ada, *shelf[8:12], new, shelf[8], reasons=True)
    assert found["model"] == "What follows what"
    results = found["results"]
    assert [result["item"] for result in results] == [
        *(item.pk for item in shelf[8:12]),
        new.pk,
        shelf[8].pk,
    ]
    visit = Visit(Person.objects.get(user__username="ada"))
    on_page = [verdicts.predicted(visit, item) for item in shelf[8:12]]
    assert [(one["stars"], one["low"], one["high"]) for one in results[:4]] == [
        (said.stars, said.low_stars, said.high_stars) for said in on_page if said
    ]
    assert all(one["low"] <= one["stars"] <= one["high"] for one in results[:4])
    assert results[0]["reasons"] == [
        {"text": reason.text, "items": list(reason.item_ids)}
        for reason in verdicts.why(visit, shelf[8])
    ]
    assert results[0]["reasons"]
    nothing = {"stars": None, "low": None, "high": None, "reasons": [], "token": None}
    assert results[4] == {"item": new.pk, **nothing}
    unsigned = [result | {"token": None} for result in results]
    assert unsigned[5] == unsigned[0]
    (alone,) = predicted(ada, shelf[8])["results"]
    assert alone | {"token": None} == unsigned[0] | {"reasons": None}


def test_nothing_is_predicted_for_whoever_did_nothing_or_wants_no_lists_of_their_own(shelf):
    assert predicted(member("new"), shelf[0])["results"][0]["stars"] is None
    ada = member("ada", shelf[0:8:2])
    Person.objects.filter(user__username="ada").update(is_unpersonalised=True)
    assert predicted(ada, shelf[8])["results"][0]["stars"] is None


def test_without_a_model_nothing_is_predicted(shelf):
    ModelRun.objects.all().delete()
    engine.forget_all()
    found = predicted(member("ada", shelf[:2]), shelf[4], reasons=True)
    assert found["model"] is None
    assert found["results"][0] | {"item": 0} == {
        "item": 0,
        **{"stars": None, "low": None, "high": None, "reasons": [], "token": None},
    }


def test_predictions_are_for_members_and_about_themselves(shelf):
    body = {"items": [shelf[8].pk]}
    assert APIClient().post(PREDICTIONS, body, format="json").status_code == 401
    member("ada", shelf[0:8:2])
    staff = member("root", is_staff=True)
    body["person"] = Person.objects.get(user__username="ada").pk
    assert staff.post(PREDICTIONS, body, format="json").json()["results"][0]["stars"] is None
    strict = APIClient(enforce_csrf_checks=True)
    strict.force_login(User.objects.get(username="ada"))
    assert strict.post(PREDICTIONS, body, format="json").status_code == 403
    in_session = APIClient()
    in_session.force_login(User.objects.get(username="ada"))
    answer = in_session.post(PREDICTIONS, body, format="json")
    assert answer.json()["results"][0]["stars"] is not None
    assert {"private", "no-store"} <= set(answer["Cache-Control"].split(", "))


def test_an_item_that_is_not_shown_is_404_and_named(shelf):
    ada = member("ada", shelf[:2])
    Item.objects.filter(pk=shelf[5].pk).update(is_listed=False)
    body = {"items": [shelf[4].pk, shelf[5].pk, 999_999]}
    answer = ada.post(PREDICTIONS, body, format="json")
    assert answer.status_code == 404
    assert f"{shelf[5].pk}, 999999" in answer.json()["detail"]


@pytest.mark.parametrize(
    "items", [None, [], "1", [None], ["x"], [0], [2**63], [True], [1] * 201, [[1]]]
)
def test_a_bad_list_is_refused(items):
    answer = member("ada").post(PREDICTIONS, {"items": items}, format="json")
    assert wrong_fields(answer) == ["items"]


def test_many_cost_as_few_queries_as_one(shelf, django_assert_max_num_queries):
    ada = member("ada", shelf[0:8:2])
    for items in (shelf[8:9], shelf[8:24] * 12):
        with django_assert_max_num_queries(12):
            predicted(ada, *items, reasons=True)
        with django_assert_max_num_queries(12):
            asked(*({"item": item.pk} for item in items))


def test_the_schema_knows_all_of_it(tmp_path):
    schema = tmp_path / "schema.yaml"
    call_command("spectacular", file=str(schema), validate=True, fail_on_warn=True)
    text = schema.read_text()
    for name in ("me_events_send", "recommendations_for_items", "predictions"):
        assert f"operationId: {name}" in text
