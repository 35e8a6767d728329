"""Seen: only what a page says was seen of its own lists, once, and by whom it was shown to."""

import json
from datetime import timedelta

import pytest
from django.core import signing
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog import privacy, services
from catalog.models import Item, Person, User
from recommendations.ladder import Pick, Picks, Reason, Rung
from recommendations.measuring import pages, recording, tokens
from recommendations.measuring.recording import Look
from recommendations.models import Impression, ModelRun, ShownPrediction
from recommendations.visit import Visit
from tests.recommendations.measuring.worlds import member, post, raw, said_on, tokens_on
from tests.recommendations.worlds import NOON, checkerboard, published

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf():
    shelf, _crowd = checkerboard()
    services.recount()
    published("markov")
    return shelf


def list_of(items, *, rung=Rung.POPULAR):
    return Picks([Pick(item, 1.0, Reason("why"), rung) for item in items], rung)


def positions():
    return list(Impression.objects.order_by("surface", "position").values_list("position"))


# --- what is written -----------------------------------------------------------------------------
def test_reading_pages_writes_nothing_and_says_what_to_sign(shelf):
    client, _person = member(shelf)
    assert tokens_on(client)
    assert len(tokens_on(client, "/for-you/")) == 1
    assert len(tokens_on(client, f"/items/{shelf[0].pk}/similar/")) == 1
    assert not Impression.objects.exists()
    assert not ShownPrediction.objects.exists()


def test_what_was_seen_is_kept_with_its_place_and_whose_choice_it_was(shelf):
    client, person = member(shelf)
    token = tokens_on(client, "/for-you/")[0]
    shown = tokens.read_list(token, person)
    assert post(client, (token, [0, 2], [2])).status_code == 204
    first, third = Impression.objects.order_by("position")
    assert (first.item_id, third.item_id) == (shown.item_ids[0], shown.item_ids[2])
    assert (first.position, third.position) == (0, 2)
    assert {first.surface, third.surface} == {"for-you-page"}
    assert first.run == ModelRun.objects.live().pk
    assert first.rung == Rung.CO_OCCURRENCE
    assert first.opened_at is None
    assert third.opened_at is not None
    assert first.person == person


def test_a_fallback_is_no_run_s_choice(shelf):
    client, person = member(shelf)
    token = tokens.token_of_list(Visit(person), "popular", list_of(shelf[:2]))
    post(client, (token, [0, 1]))
    assert set(Impression.objects.values_list("run", "rung")) == {(0, "popular")}


def test_the_same_report_twice_counts_once(shelf):
    client, _person = member(shelf)
    token = tokens_on(client, "/for-you/")[0]
    for _ in range(3):
        post(client, (token, [0, 1]), (token, [1]))
    assert positions() == [(0,), (1,)]
    assert set(Impression.objects.values_list("times", flat=True)) == {1}


def test_another_list_within_the_hour_is_the_same_row_seen_twice(shelf):
    _client, person = member(shelf)
    ids = tuple(item.pk for item in shelf[:2])

    def look(minute):
        rungs = (Rung.NEWEST, Rung.NEWEST)
        at = NOON + timedelta(minutes=minute)
        return Look(tokens.ShownList("new", 0, rungs, ids, at), frozenset({0}))

    for minute in (5, 20, 5, 20):  # the older one is told of again
        recording.record(person, looks=[look(minute)], now=NOON + timedelta(minutes=minute))
    assert list(Impression.objects.values_list("times", flat=True)) == [2]
    recording.record(person, looks=[look(70)], now=NOON + timedelta(minutes=70))
    assert Impression.objects.count() == 2


def test_opening_later_marks_what_was_seen_before(shelf):
    client, _person = member(shelf)
    token = tokens_on(client, "/for-you/")[0]
    post(client, (token, [0, 1]))
    post(client, (token, [], [1]))
    assert positions() == [(0,), (1,)]
    assert [row.position for row in Impression.objects.exclude(opened_at=None)] == [1]


def test_items_that_are_gone_meanwhile_are_left_out(shelf):
    client, person = member(shelf)
    token = tokens.token_of_list(Visit(person), "new", list_of(shelf[-2:]))
    shelf[-1].delete()
    assert post(client, (token, [0, 1])).status_code == 204
    assert Impression.objects.count() == 1


@pytest.mark.parametrize("size", [1, 50])
def test_posting_costs_the_same_queries_whatever_was_seen(
    shelf, size, django_assert_max_num_queries
):
    client, person = member(shelf)
    Item.objects.bulk_create(Item(title=f"More {n}") for n in range(60))
    items = list(Item.objects.order_by("-pk")[:size])
    token = tokens.token_of_list(Visit(person), "new", list_of(items))
    with django_assert_max_num_queries(9):  # session, person, savepoint, lock, items, two of rows
        assert post(client, (token, range(size))).status_code == 204
    assert Impression.objects.count() == size


def test_reading_a_page_costs_as_many_queries_as_without_tokens(shelf, monkeypatch):
    client, _person = member(shelf)

    def queries():
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/").status_code == 200
        return len(asked)

    client.get("/")
    with_tokens = queries()
    monkeypatch.setattr(tokens, "token_of_list", lambda *_: "")
    assert queries() == with_tokens


# --- tokens --------------------------------------------------------------------------------------
def test_a_token_names_nobody_and_is_short(shelf):
    client, person = member(shelf)
    token = tokens_on(client, "/")[0]
    assert len(token) < 200
    shown = tokens.read_list(token, person)
    value = token.rsplit(":", 2)[0]
    letters = "".join(tokens.LETTERS[rung] for rung in shown.rungs)
    ids = ".".join(f"{pk:x}" for pk in shown.item_ids)
    assert value == f"for-you~{shown.run:x}~{letters}~{ids}", "and nothing else is in it"


def test_a_foreign_a_forged_and_a_wrong_kind_of_token_are_refused_and_write_nothing(shelf):
    ann, _ = member(shelf)
    ben, _ = member(shelf)
    token = tokens_on(ann, "/for-you/")[0]
    good = tokens_on(ben, "/for-you/")[0]
    forged = token.replace("for-you-page", "popular")
    said = said_on(ben, shelf[12].get_absolute_url())[0]
    for bad in (token, forged, "x", "", good[:-1], said):
        assert post(ben, (good, [0]), (bad, [0])).status_code == 403
    assert post(ben, said=[good]).status_code == 403
    assert post(Client(), (token, [0])).status_code == 403
    assert not Impression.objects.exists()
    assert not ShownPrediction.objects.exists()


def test_a_token_of_yesterday_is_refused(shelf, monkeypatch):
    client, _person = member(shelf)
    token = tokens_on(client, "/for-you/")[0]
    real = signing.time.time
    monkeypatch.setattr(signing.time, "time", lambda: real() + 86_000)
    assert post(client, (token, [0])).status_code == 204
    monkeypatch.setattr(signing.time, "time", lambda: real() + 86_500)
    assert post(client, (token, [1])).status_code == 403
    assert positions() == [(0,)]


def test_a_report_that_no_page_sends_is_refused_and_writes_nothing(shelf):
    client, _person = member(shelf)
    token = tokens_on(client, "/for-you/")[0]
    for seen in ([99], [-1], [True], ["0"], [0.5], "0", {"0": 1}, None):
        body = json.dumps({"lists": [{"token": token, "seen": seen}]})
        assert raw(client, body).status_code == 400, seen
    for body in (
        "",
        "{",
        "[]",
        "1",
        '{"lists": [1]}',
        '{"lists": 1}',
        '{"said": [1]}',
        b"\xff",
        "[" * 16000,
    ):
        assert raw(client, body).status_code == 400, body
    many = json.dumps({"lists": [{"token": token, "seen": [0]}] * 21})
    assert raw(client, many).status_code == 400
    assert raw(client, "x" * (pages.MOST_BYTES + 1)).status_code == 413
    assert client.get("/seen/").status_code == 405
    assert not Impression.objects.exists()


def test_too_many_reports_a_minute_are_refused(shelf, monkeypatch):
    client, _person = member(shelf)
    monkeypatch.setattr(pages, "MOST_A_MINUTE", 3)
    token, now = tokens_on(client, "/for-you/")[0], timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)
    answers = [post(client, (token, [at])).status_code for at in range(5)]
    assert answers == [204, 204, 204, 429, 429]
    assert Impression.objects.count() == 3


@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_SEC_PURPOSE": "prefetch;prerender"},
        {"HTTP_PURPOSE": "prefetch"},
        {"HTTP_USER_AGENT": "Mozilla/5.0 (compatible; Googlebot/2.1)"},
    ],
)
def test_programs_and_pages_that_are_loaded_ahead_count_nothing(shelf, headers):
    client, _person = member(shelf)
    token = tokens_on(client, "/for-you/")[0]
    assert post(client, (token, [0]), **headers).status_code == 204
    assert not Impression.objects.exists()


def test_no_csrf_token_is_needed_since_the_lists_are_signed(shelf):
    _client, person = member(shelf)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = _client.cookies
    token = tokens.token_of_list(Visit(person), "new", list_of(shelf[:1]))
    assert post(strict, (token, [0])).status_code == 204


# --- whom it is about ----------------------------------------------------------------------------
def test_somebody_who_did_nothing_yet_is_sent_no_tokens(shelf):
    client = Client()
    assert tokens_on(client) == []
    assert not Person.objects.filter(session_key__isnull=False).exists()


@pytest.mark.parametrize("switch", ["is_private", "is_paused", "is_stopped"])
def test_switching_it_off_deletes_what_there_is_and_stops_the_rest(shelf, switch):
    client, person = member(shelf)
    token = tokens_on(client, "/for-you/")[0]
    said = said_on(client, shelf[12].get_absolute_url())
    post(client, (token, [0]), said=said)
    assert Impression.objects.count() == ShownPrediction.objects.count() == 1
    privacy.choose(person, **{switch: True})
    assert not Impression.objects.exists()
    assert not ShownPrediction.objects.exists()
    assert post(client, (token, [0]), said=said).status_code == 204, "a page that was open"
    assert tokens_on(client) == said_on(client, shelf[12].get_absolute_url()) == []
    assert not Impression.objects.exists()
    assert not ShownPrediction.objects.exists()


def test_whoever_becomes_private_while_a_report_is_on_its_way_is_not_written(shelf):
    _client, person = member(shelf)
    shown = tokens.read_list(tokens.token_of_list(Visit(person), "new", list_of(shelf[:1])), person)
    privacy.choose(Person.objects.get(pk=person.pk), is_private=True)
    assert person.is_counted, "as it was when the report came"
    recording.record(person, looks=[Look(shown, frozenset({0}))], now=timezone.now())
    assert not Impression.objects.exists()


def test_a_member_has_what_the_visitor_saw(shelf):
    user = User.objects.create_user("ann", password="correct horse")
    own = Person.objects.create(user=user)
    client, visitor = member(shelf)
    for person, first in ((own, 0), (visitor, 1)):
        token = tokens.token_of_list(Visit(person), "new", list_of(shelf[first : first + 2]))
        shown = tokens.read_list(token, person)
        recording.record(person, looks=[Look(shown, frozenset({0, 1}))], now=timezone.now())
    post(client, said=said_on(client, shelf[12].get_absolute_url()))
    client.post("/account/login/", {"login": "ann", "password": "correct horse"})
    assert set(Impression.objects.values_list("person", "item")) == {
        (own.pk, item.pk) for item in shelf[:3]
    }
    assert ShownPrediction.objects.get().person == own


def test_it_is_on_my_privacy_in_what_is_taken_along_and_deleted_there(shelf):
    client, _person = member(shelf)
    post(
        client,
        (tokens_on(client, "/for-you/")[0], [0, 1], [1]),
        said=said_on(client, shelf[12].get_absolute_url()),
    )
    page = client.get("/my/privacy/").content.decode()
    assert "What you were shown" in page
    assert "Guesses about your ratings" in page
    taken = json.loads(b"".join(client.get("/my/export/everything.json").streaming_content))
    assert [row["position"] for row in taken["impressions"]] == [1, 2]
    assert taken["predictions"][0]["title"] == shelf[12].title
    for kind in ("impressions", "predictions"):
        client.post(f"/my/privacy/delete/{kind}/")
    assert not Impression.objects.exists()
    assert not ShownPrediction.objects.exists()


DEEDS = st.one_of(
    st.tuples(st.just("look"), st.integers(0, 2), st.integers(0, 3)),
    st.tuples(st.just("switch"), st.integers(0, 2), st.sampled_from(privacy.STAYS_ON[:3])),
    st.tuples(st.just("unswitch"), st.integers(0, 2), st.sampled_from(privacy.STAYS_ON[:3])),
    st.tuples(st.just("adopt"), st.integers(1, 2), st.just(0)),
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(DEEDS, min_size=1, max_size=20))
def test_nobody_whose_activity_does_not_count_ever_has_a_row(story):
    Person.objects.all().delete()
    Item.objects.all().delete()
    items = Item.objects.bulk_create(Item(title=f"Item {n}") for n in range(4))
    user = User.objects.create_user(f"u{User.objects.count()}")
    people = [Person.objects.create(user=user)]
    people += [Person.objects.create(session_key=f"s{n}") for n in range(2)]
    for minute, (deed, who, what) in enumerate(story):
        person = people[who]
        if not Person.objects.filter(pk=person.pk).exists():
            continue
        if deed == "look":
            at = NOON + timedelta(minutes=7 * minute)
            shown = tokens.ShownList("new", 0, (Rung.NEWEST,), (items[what].pk,), at)
            said = tokens.Said(items[what].pk, 1, 8, 6, 9)
            recording.record(person, looks=[Look(shown, frozenset({0}))], said=[said], now=at)
        elif deed == "adopt":
            services.adopt_visitor(person, member=Person.objects.get(pk=people[0].pk))
        else:
            privacy.choose(person, **{what: deed == "switch"})
        out = Person.objects.uncounted()
        assert not Impression.objects.filter(person__in=out).exists()
        assert not ShownPrediction.objects.filter(person__in=out).exists()
