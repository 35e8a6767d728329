"""Answers are asked for anew without being sent anew, kept by whom they are for, and compressed."""

import gzip
from datetime import date

import pytest
from django.test import override_settings
from django.urls import path
from rest_framework.response import Response
from rest_framework.test import APIClient
from rest_framework.views import APIView

from catalog import curation, services
from catalog.deprecating import deprecated
from catalog.models import Item, Person, User
from config.urls import urlpatterns as real_patterns
from recommendations.models import Rule
from tests.problems import problem

pytestmark = pytest.mark.django_db
ITEMS = "/api/v1/items/"


@deprecated(since=date(2027, 1, 1), sunset=date(2027, 7, 1), instead=ITEMS)
class OldView(APIView):
    permission_classes = []

    def get(self, request):
        return Response({"old": True})


urlpatterns = [*real_patterns, path("api/v1/old/", OldView.as_view())]


@pytest.fixture
def emma():
    return curation.save_item(Item(), fields={"title": "Emma", "description": "A novel. " * 100})


def signed_in(name, **flags):
    client = APIClient()
    client.force_login(User.objects.create_user(name, **flags))
    return client


def kept(answer):
    return {*answer["Cache-Control"].split(", ")}


def test_what_is_the_same_is_not_sent_again(client, emma):
    for address in (ITEMS, f"{ITEMS}{emma.pk}/", f"{ITEMS}{emma.pk}/similar/", "/api/v1/surfaces/"):
        first = client.get(address)
        assert first["ETag"].startswith('W/"')
        again = client.get(address, headers={"If-None-Match": first["ETag"]})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
        assert again["Vary"] == first["Vary"]
    curation.save_item(emma, fields={"title": "Emma Woodhouse"})
    changed = client.get(f"{ITEMS}{emma.pk}/", headers={"If-None-Match": first["ETag"]})
    assert changed.json()["title"] == "Emma Woodhouse"


def test_nobodys_answers_may_be_kept_by_all_and_somebodys_by_themselves(client, emma):
    address = f"{ITEMS}{emma.pk}/"
    assert kept(client.get(address)) == {"public", "max-age=60"}
    ann = signed_in("ann")
    assert kept(ann.get(address)) == {"private", "no-cache"}
    wrong = APIClient(headers={"Authorization": "Token nonsense"}).get(address)
    assert kept(wrong) == {"private", "no-store"}
    for own in ("/api/v1/me/ratings/", "/api/v1/recommendations/for-you/"):
        answer = ann.get(own)
        assert kept(answer) == {"private", "no-cache"}
        assert {"Authorization", "Cookie", "Accept-Language"} <= {*answer["Vary"].split(", ")}
    assert kept(ann.post("/api/v1/me/views/", {"item": emma.pk})) == {"private", "no-store"}


def test_one_persons_tag_says_nothing_about_anothers_list(emma):
    ann, bob = signed_in("ann"), signed_in("bob")
    services.rate_item(Person.objects.get(user__username="ann"), emma, stars=4)
    tag = ann.get("/api/v1/me/ratings/")["ETag"]
    answer = bob.get("/api/v1/me/ratings/", headers={"If-None-Match": tag})
    assert (answer.status_code, answer.json()["results"]) == (200, [])


def test_answers_are_compressed_unless_they_are_kept_nowhere(client, emma):
    address = f"{ITEMS}{emma.pk}/"
    plain = client.get(address)
    small = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert small["Content-Encoding"] == "gzip"
    assert gzip.decompress(small.content) == plain.content
    assert len(small.content) < len(plain.content) / 3
    assert small["ETag"] == plain["ETag"]
    assert "Accept-Encoding" in small["Vary"]
    long = client.get(f"{ITEMS}{emma.pk + 1}/?q={'x' * 900}", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in long


def test_staff_change_only_what_they_have_read(emma):
    staff = signed_in("staff", is_staff=True)
    address = f"{ITEMS}{emma.pk}/"
    tag = staff.get(address)["ETag"]
    assert staff.patch(address, {"year": 1815}, headers={"If-Match": tag}).status_code == 200
    refused = staff.patch(address, {"year": 1816}, headers={"If-Match": tag})
    assert "read it again" in problem(refused, 412)["detail"]
    assert problem(staff.delete(address, headers={"If-Match": tag}), 412)
    emma.refresh_from_db()
    assert (emma.year, emma.is_listed) == (1815, True)
    assert staff.patch(address, {"year": 1817}, headers={"If-Match": "*"}).status_code == 200
    tag = staff.get(address)["ETag"]
    assert staff.delete(address, headers={"If-Match": f'"other", {tag}'}).status_code == 204


@override_settings(ROOT_URLCONF="tests.test_api_caching")
def test_what_will_go_says_since_when_until_when_and_what_to_use_instead(client):
    answer = client.get("/api/v1/old/")
    assert answer["Deprecation"] == "@1798761600"
    assert answer["Sunset"] == "Thu, 01 Jul 2027 00:00:00 GMT"
    assert answer["Link"] == f'<{ITEMS}>; rel="successor-version"'
    with pytest.raises(ValueError, match="before"):
        deprecated(since=date(2027, 1, 2), sunset=date(2027, 1, 1), instead=ITEMS)


@pytest.mark.usefixtures("without_redis")
def test_what_nobody_asked_before_is_remembered_and_somebody_is_told_anew(
    emma, django_capture_on_commit_callbacks
):
    others = [curation.save_item(Item(), fields={"title": f"Item {n}"}) for n in range(2)]
    for item in (emma, *others):
        curation.save_item(item, fields={}, attributes={"genres": ["Comedy"]})
    address = f"{ITEMS}{emma.pk}/similar/"
    nobody, ann = APIClient(), signed_in("ann")

    def titles(client, **more):
        return sorted(one["item"]["title"] for one in client.get(address, more).json()["results"])

    assert titles(nobody) == titles(ann) == ["Item 0", "Item 1"]
    assert kept(nobody.get(address)) == {"public", "max-age=60"}
    assert kept(ann.get(address)) == {"private", "no-cache"}
    Item.objects.filter(pk=others[0].pk).update(title="Changed past the site")
    assert titles(nobody) == ["Item 0", "Item 1"]
    assert titles(ann) == titles(nobody, limit=3) == ["Changed past the site", "Item 1"]
    with django_capture_on_commit_callbacks(execute=True):  # this process knows of it
        curation.save_item(others[1], fields={"is_listed": False})
    assert titles(nobody) == titles(ann) == ["Changed past the site"]
    assert titles(APIClient(headers={"Accept-Language": "de"})) == titles(ann)


def test_a_rule_counts_at_once_for_nobody_too(emma):
    other = curation.save_item(Item(), fields={"title": "Other"})
    for item in (emma, other):
        curation.save_item(item, fields={}, attributes={"genres": ["Comedy"]})
    client = APIClient()
    address = f"{ITEMS}{emma.pk}/similar/"
    assert client.get(address).json()["results"]
    Rule.objects.create(note="test", action="hide", item=other, on_similar=True)
    assert client.get(address).json()["results"] == []
