"""Imports in the API: a file as a form, a preview, what became of each row, and undone."""

from __future__ import annotations

import gzip
import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from catalog import services
from catalog.arriving import archives, waiting
from catalog.arriving.models import Arrival, ArrivalRow
from catalog.models import Item, Person, Rating, User
from catalog.tokens.models import Service
from tests.catalog.arriving.archives import LETTERBOXD, zipped
from tests.problems import problem, wrong_fields
from tests.tokens import client_with

pytestmark = pytest.mark.django_db
IMPORTS = "/api/v1/me/imports/"


@pytest.fixture
def films():
    years = {"Heat": 1995, "The Matrix": 1999, "Amélie": 2001, "Alien": 1979}
    return {title: Item.objects.create(title=title, year=year) for title, year in years.items()}


@pytest.fixture
def ann():
    return Person.objects.get_or_create(user=User.objects.create_user("ann"))[0]


@pytest.fixture
def client(ann):
    return client_with(ann.user, "read", "events")


def bring(client, content, name="letterboxd.zip"):
    return client.post(IMPORTS, {"file": SimpleUploadedFile(name, content)}, format="multipart")


def table(client, text):
    return bring(client, text.encode(), "ratings.csv").json()


def previewed(client, text):
    """The address of a new preview."""
    return f"{IMPORTS}{table(client, text)['id']}/"


def test_a_file_is_looked_at_taken_in_and_undone(client, ann, films):
    services.rate_item(ann, films["Heat"], stars=1)
    answer = bring(client, zipped(LETTERBOXD))
    assert answer.status_code == 201
    said = answer.json()
    assert (said["source"], said["status"]) == ("letterboxd", "preview")
    assert (said["things"], said["found"]) == (5, 4)
    assert said["counts"] == {"all": 5, "found": 4, "check": 0, "unfound": 1, "refused": 0}
    assert (said["outlook"]["mine"]["kept"], said["outlook"]["theirs"]["changed"]) == (1, 1)
    assert ann.ratings.get().stars == 1

    own = f"{IMPORTS}{said['id']}/"
    taken = client.post(f"{own}take/", {"policy": "theirs"}, format="json")
    assert (taken.status_code, taken.json()["status"]) == (200, "taken")
    assert taken.json()["outlook"] is None
    assert taken.json()["outcomes"] == {"taken": 4, "unmatched": 1}
    assert ann.ratings.get(item=films["Heat"]).stars == 4.5
    rows = client.get(f"{own}rows/").json()["results"]
    heat = next(row for row in rows if row["title"] == "Heat")
    assert (heat["stars"], heat["how"], heat["outcome"]) == (4.5, "title-year", "taken")
    assert {"file": "ratings.csv", "line": 2} in heat["origins"]
    assert heat["item"]["id"] == films["Heat"].pk

    services.rate_item(ann, films["Amélie"], stars=5)
    undone = client.post(f"{own}undo/").json()
    assert (undone["status"], undone["outcomes"]["left"]) == ("undone", 1)
    stars = {rating.item.title: rating.stars for rating in ann.ratings.select_related("item")}
    assert stars == {"Heat": 1, "Amélie": 5}
    assert "nothing to undo" in problem(client.post(f"{own}undo/"), 409)["detail"]


def test_rows_are_narrowed_down_chosen_by_hand_and_left_out(client, ann, films):
    text = "title,year,stars\nHeat,1995,4\nUnknown,1990,3\nAlien,1979,9000\nAlien,1979,5\n"
    own = previewed(client, text)

    def shown(kind):
        return [row["title"] for row in client.get(f"{own}rows/?show={kind}").json()["results"]]

    assert shown("unfound") == ["Unknown"]
    assert wrong_fields(client.get(f"{own}rows/?show=secret")) == ["show"]
    unknown = client.get(f"{own}rows/?show=unfound").json()["results"][0]["number"]
    heat = client.get(f"{own}rows/?show=found").json()["results"][0]["number"]
    one = f"{own}rows/{unknown}/"
    said = client.patch(one, {"item": films["Amélie"].pk}, format="json").json()
    assert (said["item"]["title"], said["how"]) == ("Amélie", "hand")
    left_out = client.patch(f"{own}rows/{heat}/", {"is_skipped": True}, format="json")
    assert left_out.json()["is_skipped"]
    assert client.patch(f"{own}rows/{heat}/", {}, format="json").json()["is_skipped"]
    client.post(f"{own}take/", {}, format="json")
    assert not ann.ratings.filter(item=films["Heat"]).exists()
    assert ann.ratings.get(item=films["Amélie"]).stars == 3
    assert problem(client.patch(one, {"is_skipped": True}, format="json"), 409)
    again = client.patch(f"{own}rows/{heat}/", {"is_skipped": False}, format="json").json()
    assert again["outcome"] == "taken"
    assert ann.ratings.get(item=films["Heat"]).stars == 4


def test_a_row_that_cannot_be_read_is_said_and_cannot_be_chosen(client, films):
    said = table(client, "title,year,stars\nHeat,1995,4\nAlien,1979,many\n")
    assert said["counts"]["refused"] == 1
    own = f"{IMPORTS}{said['id']}/"
    row = client.get(f"{own}rows/?show=refused").json()["results"][0]
    assert (row["outcome"], "many" in row["problem"]) == ("refused", True)
    for number in (row["number"], 10**30):
        answer = client.patch(f"{own}rows/{number}/", {"is_skipped": True}, format="json")
        assert problem(answer, 404)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "a.csv"),
        (gzip.compress(b"title,stars\nHeat,4\n"), "a.csv.gz"),
        (zipped({"a/../../b.csv": "title\nHeat\n"}), "a.zip"),
        (b"PK\x03\x04 no zip", "a.zip"),
        (b"colour,weight\nred,3\n", "a.csv"),
    ],
)
def test_what_no_import_is_made_of_is_refused_at_the_file(client, content, name):
    assert wrong_fields(bring(client, content, name)) == ["file"]
    assert not Arrival.objects.exists()


def test_a_file_comes_as_a_form_and_no_other_way(client):
    assert problem(client.post(IMPORTS, {"file": "x"}, format="json"), 415)
    assert wrong_fields(client.post(IMPORTS, {}, format="multipart")) == ["file"]
    assert wrong_fields(client.post(IMPORTS)) == ["file"]
    assert wrong_fields(client.post(IMPORTS, {"file": "words"}, format="multipart")) == ["file"]
    kind = "multipart/form-data; boundary=x"
    assert problem(client.post(IMPORTS, b"nonsense", content_type="multipart/form-data"), 400)
    assert problem(client.post(IMPORTS, b"nonsense", content_type=kind), 400)


def test_a_form_that_is_too_large_is_refused_before_it_is_read(client, monkeypatch):
    monkeypatch.setattr(archives, "MAX_UPLOAD", 1000)
    monkeypatch.setattr(archives, "FORM_ROOM", 500)

    class Unread(io.BytesIO):
        def read(self, *_args):
            raise AssertionError("somebody read it")

    sent = {"wsgi.input": Unread(), "CONTENT_LENGTH": "2000"}
    kind = "multipart/form-data; boundary=x"
    assert problem(client.generic("POST", IMPORTS, b"", content_type=kind, **sent), 413)


def test_a_session_brings_a_file_with_its_csrf_token(ann, films):
    session = APIClient(enforce_csrf_checks=True)
    session.force_login(ann.user)
    assert problem(bring(session, b"title,stars\nHeat,4\n", "a.csv"), 403)
    session.cookies["csrftoken"] = token = "a" * 32
    session.credentials(HTTP_X_CSRFTOKEN=token)
    assert bring(session, b"title,stars\nHeat,4\n", "a.csv").json()["file_name"] == "a.csv"


def test_what_is_previewed_makes_way_and_what_is_listed_is_ones_own(client, ann, films):
    first = table(client, "title,stars\nHeat,4\n")
    second = table(client, "title,stars\nAlien,4\n")
    listed = client.get(IMPORTS).json()
    assert [row["id"] for row in listed["results"]] == [second["id"]] != [first["id"]]
    assert {row["found"] for row in listed["results"]} == {1}
    ben = client_with(User.objects.create_user("ben"))
    assert ben.get(IMPORTS).json()["results"] == []
    for method, below in (("get", ""), ("get", "rows/"), ("post", "take/"), ("delete", "")):
        assert getattr(ben, method)(f"{IMPORTS}{second['id']}/{below}").status_code == 404
    assert client.delete(f"{IMPORTS}{second['id']}/").status_code == 204
    assert not Arrival.objects.exists()
    assert not ArrivalRow.objects.exists()


def test_a_large_one_waits_for_a_worker_and_is_not_removed_meanwhile(
    client, ann, films, settings, monkeypatch
):
    settings.CELERY_BROKER_URL = "memory://"
    monkeypatch.setattr(waiting, "AT_ONCE", 0)
    own = previewed(client, "title,stars,year\nHeat,4,1995\n")
    answer = client.post(f"{own}take/", {}, format="json")
    assert (answer.status_code, answer.json()["status"]) == (202, "waiting")
    assert "being taken in" in problem(client.delete(own), 409)["detail"]
    assert not Rating.objects.exists()
    asked_again = client.post(f"{own}take/", {}, format="json")  # what was to do it was cut off
    assert (asked_again.status_code, ann.ratings.get().stars) == (200, 4)
    assert problem(client.post(f"{own}take/", {}, format="json"), 409)


def test_nothing_is_taken_in_of_whoever_stopped_that(client, ann, films):
    own = previewed(client, "title,stars\nHeat,4\n")
    Person.objects.filter(pk=ann.pk).update(is_paused=True, is_stopped=True)
    said = problem(client.post(f"{own}take/", {}, format="json"), 409)
    assert said["detail"] == str(services.STOPPED)
    assert not Rating.objects.exists()


def test_a_service_brings_what_one_of_its_people_did(films):
    service = Service.objects.create(name="Shop")
    shop = client_with(service, act_for="c-1")
    own = previewed(shop, "title,stars,year\nHeat,4,1995\n")
    shop.post(f"{own}take/", {}, format="json")
    assert Rating.objects.get().person.user is None
    assert client_with(service, act_for="c-2").get(own).status_code == 404


def test_what_is_brought_is_kept_told_and_deleted_with_the_rest(client, ann, films):
    table(client, "title,stars\nHeat,4\n")
    whole = client_with(ann.user)
    kept = {row["name"]: row["count"] for row in whole.get("/api/v1/me/kept/").json()}
    assert kept["imports"] == 1
    receipt = whole.delete("/api/v1/me/kept/imports/").json()
    assert receipt["counts"] == {"imports": 1}
    assert client.get(IMPORTS).json()["results"] == []


def test_what_was_brought_is_taken_along_and_read_as_no_table_of_ratings(client, ann, films):
    own = previewed(client, "title,year,stars\nHeat,1995,4\nUnknown,1990,3.5\n")
    client.post(f"{own}take/", {}, format="json")
    whole = client_with(ann.user)
    exported = json.loads(b"".join(whole.get("/api/v1/me/export/").streaming_content))
    rows = [(row["title"], row["stars"], row["outcome"]) for row in exported["imports"]]
    assert rows == [("Heat", 4, "taken"), ("Unknown", 3.5, "unmatched")]
    archive = b"".join(whole.get("/api/v1/me/export/?as=csv").streaming_content)
    again = bring(client, archive, "everything.zip").json()
    assert again["rows_read"] == 1
    assert any("imports.csv is not read here" in note for note in again["notes"])
