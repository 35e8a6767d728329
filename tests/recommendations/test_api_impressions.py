"""Programs report what was seen and clicked of their lists: with signed tokens, each row alone."""

import json
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core import signing
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from catalog import privacy, services
from catalog.models import Item, Person, Rating
from recommendations.ladder import Rung
from recommendations.measuring import pages, tokens, track_record
from recommendations.models import Impression, ModelRun, ShownPrediction
from tests.recommendations.experiments.trials import plan_of, started
from tests.recommendations.measuring.worlds import member as browser_of
from tests.recommendations.test_api import FOR_YOU, member, similar, with_token
from tests.recommendations.worlds import checkerboard, published

pytestmark = pytest.mark.django_db
IMPRESSIONS = "/api/v1/impressions/"
SURFACES = "/api/v1/surfaces/"


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
    return client


def picks(client, address=FOR_YOU, **query):
    return client.get(address, query).json()["results"]


def sent(client, *rows):
    answer = client.post(IMPRESSIONS, json.dumps(rows), content_type="application/json")
    assert answer.status_code == 200, answer.content
    return answer.json()


def seen(pick, event="seen"):
    return {"token": pick["token"], "event": event}


def results(client, *rows):
    return [row["result"] for row in sent(client, *rows)["results"]]


# --- what is written -----------------------------------------------------------------------------
def test_what_was_seen_and_clicked_is_kept_with_its_place_and_whose_choice_it_was(ada):
    found = picks(ada)
    assert not Impression.objects.exists()
    answer = sent(ada, seen(found[0]), {**seen(found[2], "clicked"), "id": "c-1"})
    assert (answer["created"], answer["refused"]) == (2, 0)
    assert answer["results"][1]["id"] == "c-1"
    first, third = Impression.objects.order_by("position")
    assert (first.position, third.position) == (0, 2)
    assert [first.item_id, third.item_id] == [found[0]["item"]["id"], found[2]["item"]["id"]]
    assert {first.surface, third.surface} == {"for-you"}
    assert first.run == ModelRun.objects.live().pk
    assert first.rung == Rung.CO_OCCURRENCE
    assert (first.opened_at, first.person) == (None, ada.person)
    assert third.opened_at is not None


def test_the_same_rows_again_change_nothing_and_a_later_click_opens(ada):
    pick = picks(ada)[0]
    assert results(ada, seen(pick)) == ["created"]
    assert results(ada, seen(pick)) == ["unchanged"]
    assert results(ada, seen(pick), seen(pick, "clicked")) == ["changed", "changed"]
    assert results(ada, seen(pick, "clicked")) == ["unchanged"]
    row = Impression.objects.get()
    assert row.times == 1
    assert row.opened_at is not None


@pytest.mark.parametrize("name", ["popular", "new", "for-you"])
def test_each_surface_is_told_apart_by_its_name(ada, name):
    found = picks(ada, f"{SURFACES}{name}/")
    assert results(ada, *map(seen, found)) == ["created"] * len(found)
    assert set(Impression.objects.values_list("surface", flat=True)) == {name}
    assert Impression.objects.count() == len(found) > 0


def test_what_is_like_an_item_is_reported_alike(ada, shelf):
    found = picks(ada, similar(shelf[0]), limit=3)
    assert results(ada, *map(seen, found)) == ["created"] * 3
    assert set(Impression.objects.values_list("surface", flat=True)) == {"similar"}


def test_a_visitor_reports_from_their_session(shelf):
    client, person = browser_of(shelf)
    assert results(client, seen(picks(client)[0])) == ["created"]
    assert Impression.objects.get().person == person


def test_an_impression_of_an_experiment_names_the_arm(ada):
    experiment = started()
    assert results(ada, seen(picks(ada)[1])) == ["created"]
    assert Impression.objects.get().arm == plan_of(experiment).arm_for(ada.person.pk).pk


def test_of_an_interleaved_list_each_place_names_its_own_arm_and_chance(shelf, ada):
    other = published("popularity")
    experiment = started({}, runs=[other], design="interleaved")
    found = picks(ada, limit=8)
    assert results(ada, *map(seen, found)) == ["created"] * 8
    arms = list(experiment.arms.order_by("place").values_list("pk", flat=True))
    rows = list(Impression.objects.order_by("position"))
    assert sorted(row.arm for row in rows) == sorted(arms * 4)
    assert all(0 < row.chance <= 1 for row in rows)


def test_what_a_page_showed_in_the_same_hour_is_the_same_impression(shelf, monkeypatch):
    client, person = browser_of(shelf)
    for seconds in (0, 1):
        signed_at = 1_900_000_800 + seconds
        monkeypatch.setattr(signing, "time", SimpleNamespace(time=lambda at=signed_at: at))
        sent(client, seen(picks(client)[0]))
    row = Impression.objects.get()
    assert (row.person, row.times) == (person, 2)


# --- predictions ---------------------------------------------------------------------------------
def predicted(client, item):
    body = {"items": [item.pk]}
    return client.post("/api/v1/predictions/", body, format="json").json()["results"][0]


def test_a_prediction_that_was_read_is_held_against_the_rating():
    shelf, _crowd = checkerboard(items=40, people=80)
    services.recount()
    published("ease")
    ada = with_token(member("ada", shelf[0:20:2]))
    said = predicted(ada, shelf[30])
    assert results(ada, seen(said)) == ["created"]
    assert ShownPrediction.objects.get().half_stars == said["stars"] * 2
    assert results(ada, seen(said, "clicked")) == ["refused"]


def test_the_track_record_counts_what_was_reported(ada, shelf):
    person = ada.person
    for item in shelf[10:20]:
        said = tokens.Said(item.pk, 1, 8, 6, 10)
        numbers = "~".join(f"{n:x}" for n in (said.item_id, 1, 8, 6, 10))
        signed = signing.TimestampSigner(salt=f"recommendations.measuring:said:{person.pk}")
        assert results(ada, {"token": signed.sign(numbers), "event": "seen"}) == ["created"]
        services.rate_item(person, item, stars=5)
    assert (track_record.of(person).agreed, track_record.of(person).times) == (10, 10)


# --- what is refused -----------------------------------------------------------------------------
def test_a_token_that_was_changed_is_refused_by_its_row(ada):
    found = picks(ada)
    head, tail = found[0]["token"].split("~", 1)
    bad = [f"{head}~{tail[:-1]}A" if tail[-1] != "A" else f"{head}~{tail[:-1]}B"]
    bad += [found[0]["token"].replace("for-you", "popular"), "nonsense", "a:b:c", "x" * 5000]
    answer = sent(ada, seen(found[1]), *({"token": one, "event": "seen"} for one in bad))
    assert [row["result"] for row in answer["results"]] == ["created"] + ["refused"] * 5
    assert {row["field"] for row in answer["results"][1:]} == {"token"}
    assert "send it as it came" in answer["results"][1]["detail"]
    assert Impression.objects.count() == 1


def test_a_token_of_somebody_else_is_refused(ada, shelf):
    eve = with_token(member("eve", shelf[1:7:2]))
    pick = picks(ada)[0]
    assert results(eve, seen(pick)) == ["refused"]
    assert results(Client(), seen(pick)) == ["refused"]
    assert not Impression.objects.exists()


def test_a_token_of_a_whole_list_is_none_of_a_pick(shelf):
    client, person = browser_of(shelf)
    from recommendations.visit import Visit
    from tests.recommendations.measuring.test_seen import list_of

    whole = tokens.token_of_list(Visit(person), "new", list_of(shelf[:2]))
    assert results(client, {"token": whole, "event": "seen"}) == ["refused"]


def test_an_old_token_is_refused_and_says_so(ada, settings, monkeypatch):
    pick = picks(ada)[0]
    monkeypatch.setattr(tokens, "MAX_AGE", timedelta(seconds=-1))
    answer = sent(ada, seen(pick))["results"][0]
    assert (answer["result"], answer["field"]) == ("refused", "token")
    assert "older than a day" in answer["detail"]


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("text", "token"),
        ({}, "token"),
        ({"token": 5, "event": "seen"}, "token"),
        ({"event": "seen"}, "token"),
        ({"token": "x"}, "event"),
        ({"token": "x", "event": "liked"}, "event"),
        ({"token": "x", "event": "seen", "id": {}}, "id"),
    ],
)
def test_a_row_that_makes_no_sense_is_refused_alone(ada, row, field):
    answer = sent(ada, row, seen(picks(ada)[0]))
    assert [one["result"] for one in answer["results"]] == ["refused", "created"]
    assert answer["results"][0]["field"] == field


@pytest.mark.parametrize("body", ["{}", "[", json.dumps([{}] * 1001)])
def test_what_is_no_list_or_too_long_is_refused_as_a_whole(ada, body):
    answer = ada.post(IMPRESSIONS, body, content_type="application/json")
    assert answer.status_code == 400


def test_an_item_that_is_gone_meanwhile_is_not_noted(ada):
    pick = picks(ada)[0]
    Rating.objects.filter(item=pick["item"]["id"]).delete()
    Item.objects.filter(pk=pick["item"]["id"]).delete()
    assert results(ada, seen(pick)) == ["unchanged"]
    assert not Impression.objects.exists()


# --- privacy and bounds --------------------------------------------------------------------------
@pytest.mark.parametrize("switch", ["is_private", "is_paused"])
def test_of_whoever_does_not_count_nothing_is_signed_and_nothing_noted(ada, switch):
    before = picks(ada)[0]
    privacy.choose(ada.person, **{switch: True})
    assert {pick["token"] for pick in picks(ada)} == {None}
    answer = sent(ada, seen(before))
    assert (answer["unchanged"], answer["created"]) == (1, 0)
    assert "My privacy" in answer["results"][0]["detail"]
    assert not Impression.objects.exists()


def test_nobody_in_particular_gets_no_tokens(shelf):
    assert {pick["token"] for pick in picks(Client())} == {None}
    asked = Client().post(
        "/api/v1/recommendations/for-items/",
        json.dumps({"items": [{"item": shelf[0].pk}]}),
        content_type="application/json",
    )
    assert {pick["token"] for pick in asked.json()["results"]} == {None}


def test_reports_are_bounded_by_person_with_those_of_pages(ada, monkeypatch):
    monkeypatch.setattr(pages, "MOST_A_MINUTE", 2)
    pick, now = picks(ada)[0], timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)
    for _ in range(2):
        sent(ada, seen(pick))
    body = json.dumps([seen(pick)])
    answer = ada.post(IMPRESSIONS, body, content_type="application/json")
    assert answer.status_code == 429
    assert answer["Retry-After"] == "60"


def test_the_number_of_queries_does_not_grow_with_the_rows(ada):
    for _ in range(3):  # by then her token is known, where there is Redis
        found = picks(ada, limit=10)

    def queries(*rows):
        with CaptureQueriesContext(connection) as counted:
            sent(ada, *rows)
        return len(counted)

    assert queries(seen(found[0])) == queries(*map(seen, found[1:]))


def test_it_goes_with_everything_else_of_a_person(ada):
    sent(ada, *map(seen, picks(ada)))
    assert Impression.objects.exists()
    privacy.choose(ada.person, is_private=True)
    assert not Impression.objects.exists()
    assert reverse("api-impressions") == IMPRESSIONS


@pytest.mark.parametrize("fallbacks", [[], ["a secret of before" + "k" * 40]])
def test_quick_signatures_are_djangos(settings, fallbacks):
    settings.SECRET_KEY_FALLBACKS = fallbacks
    person = Person.objects.create()
    quick = tokens._signer(tokens.PICK, person)
    plain = signing.TimestampSigner(salt=quick.salt)
    for value in ("for-you~7~p~f~0", "", "größer"):
        said, signature = quick.sign(value).rsplit(":", 1)
        assert signature == plain.signature(said)
        assert plain.unsign(quick.sign(value)) == quick.unsign(plain.sign(value)) == value
    for old in fallbacks:
        of_before = signing.TimestampSigner(key=old, salt=quick.salt)
        assert quick.unsign(of_before.sign("kept")) == "kept"
