"""The page of one's own dials, how ranking works, and the same dials in the API."""

import pytest
from django.core.cache import caches
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from catalog import services as events
from catalog.models import Person, User
from recommendations import selectors, steering
from recommendations.dismissals import dismiss
from recommendations.models import Steering
from tests.catalog.test_own_export import document, tables
from tests.problems import wrong_fields
from tests.recommendations.readers import ids, reader_of
from tests.recommendations.test_api import FOR_YOU, member, with_token
from tests.recommendations.test_api_surfaces import unsigned
from tests.recommendations.worlds import checkerboard, published

pytestmark = pytest.mark.django_db
PAGE, TASTE, HOW = "/my/steering/", "/api/v1/taste/", "/how-ranking-works/"
HTMX = {"HTTP_HX_REQUEST": "true"}
FAR = {"adventurous": "1", "niche": "0", "old": "0", "diversity": "0.5"}


@pytest.fixture
def shelf():
    shelf, _crowd = checkerboard(items=40, people=80)
    events.recount()
    published("markov")
    return shelf


@pytest.fixture
def ann(shelf):
    client = Client()
    client.force_login(member("ann", shelf[0:8:2]))
    return client


def test_a_preview_shows_and_keeps_nothing_and_saving_keeps(ann):
    shown = ann.post(PAGE, FAR | {"preview": "1"})
    html = shown.content.decode()
    assert shown.status_code == 200
    assert "nothing is saved yet" in html
    assert "steered: more adventurous, more varied" in html
    assert not Steering.objects.exists()
    saved = ann.post(PAGE, FAR | {"save": "1", "attribute:genres:Even": "-1"}, follow=True)
    assert saved.redirect_chain == [(PAGE, 302)]
    found = Steering.objects.get()
    assert (found.adventurous, found.diversity, found.attributes) == (1, 0.5, {"genres:Even": -1})
    html = ann.get("/for-you/").content.decode()
    assert 'href="/my/steering/">steered: more adventurous, more varied, less Even</a>' in html


def test_back_to_the_middle_shows_it_and_saving_it_keeps_no_row(ann):
    ann.post(PAGE, FAR | {"save": "1"})
    html = ann.post(PAGE, FAR | {"middle": "1"}).content.decode()
    assert "nothing is saved yet" in html
    assert 'name="adventurous"' in html
    assert 'value="1"\n' not in html.partition("steer-middle")[0]
    assert Steering.objects.exists()
    ann.post(PAGE, {"save": "1"})
    assert not Steering.objects.exists()


def test_a_moved_slider_gets_the_list_alone_and_writes_nothing(ann):
    answer = ann.post(PAGE, FAR | {"attribute:genres:Odd": "1"}, **HTMX)
    html = answer.content.decode()
    assert "<h1" not in html
    assert "steered: more adventurous, more varied, more Odd" in html
    assert 'id="said"' in html
    assert not Steering.objects.exists()


def test_the_preview_is_what_saving_gives(ann, shelf):
    wanted = {"adventurous": "-1", "niche": "0.5", "save": "1"}
    preview = ann.post(PAGE, {k: v for k, v in wanted.items() if k != "save"}).context["picks"]
    ann.post(PAGE, wanted)
    person = Person.objects.get(user__username="ann")
    assert ids(preview) == ids(selectors.for_you(person, limit=12))


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"niche": "2"}, "niche is 2.0"),
        ({"old": "nan"}, "old is nan"),
        ({"adventurous": "much"}, "adventurous is no number."),
        ({"diversity": "-0.5"}, "diversity is -0.5"),
        ({"attribute:genres:Even": "5"}, "genres:Even"),
        ({f"attribute:genres:{n}": "1" for n in range(11)}, "At most 10"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_name(ann, sent, said):
    for extra in ({}, HTMX):
        answer = ann.post(PAGE, sent | {"save": "1"}, **extra)
        assert answer.status_code == 400
        assert said in answer.content.decode()
    assert not Steering.objects.exists()


def test_looking_and_saving_the_middle_make_nobody(shelf):
    client = Client()
    html = client.get(PAGE).content.decode()
    assert "Rate a few that you like" in html
    assert "counts as soon as the list is made for you" in html
    client.post(PAGE, {"save": "1"})
    client.post(PAGE, FAR)
    assert not Person.objects.exclude(session_key=None).exists()
    client.post(PAGE, FAR | {"save": "1"})
    assert Steering.objects.get().person.session_key


@pytest.mark.parametrize("address", [PAGE, HOW])
def test_a_page_takes_few_queries_whatever_there_is(ann, shelf, address):
    person = Person.objects.get(user__username="ann")
    counts = []
    for items in (shelf[20:21], shelf[20:34]):
        for item in items:
            steering.leave_out(person, item)
            dismiss(person, item)
        steering.steer(person, Steering(niche=1, old=1, attributes={"genres:Even": 1}))
        for cache in caches.all():
            cache.clear()
        with CaptureQueriesContext(connection) as queries:
            ann.get(address)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 15


def test_how_ranking_works_is_made_from_what_is_in_force(ann, shelf):
    html = " ".join(ann.get(HOW).content.decode().split())
    assert "What follows what" in html
    assert "<li>4 ratings</li>" in html
    assert "Yours stands on: <strong>chosen by the same people</strong>" in html
    assert "All your dials are at the middle" in html
    assert "Variety is off." in html
    person = Person.objects.get(user__username="ann")
    dismiss(person, shelf[20])
    steering.leave_out(person, shelf[0])
    steering.steer(person, Steering(niche=-1, diversity=1))
    html = " ".join(ann.get(HOW).content.decode().split())
    assert "<li>3 ratings</li>" in html
    assert "What you are not interested in: 1" in html
    assert "<li>more popular</li><li>more varied</li>" in html
    assert "Variety is on" in html
    ann.post("/my/privacy/", {"recording": "all", "is_unpersonalised": "on"})
    assert "You switched personal lists off" in ann.get(HOW).content.decode()


def test_a_weight_that_is_changed_in_the_admin_changes_the_page(ann, shelf, admin_client):
    def said():
        return " ".join(ann.get(HOW).content.decode().split())

    assert "what the model thinks best for its reader" in said()
    assert "% what the model thinks best" not in said()
    address = "/admin/recommendations/placement/for-you/change/"
    form = {"is_on": "on", "on_home": "on", "on_page": "on", "order": 10, "size": 12}
    form |= {"diversity": 0.5, "exploration": 0, "rotation": 0, "fallback": "on"}
    for weights in ({"personal": 3, "new": 1}, {"personal": 1, "new": 1}):
        sent = {f"weight_{name}": weight for name, weight in weights.items()}
        assert admin_client.post(address, {**form, **sent}).status_code == 302
        share = 100 * weights["personal"] // sum(weights.values())
        assert f"{share} % what the model thinks best for its reader, " in said()
        assert f"{100 - share} % what came last" in said()
    assert "Variety is on" in said()
    assert "variety: 50 %" in said()
    admin_client.post(address, {**form, "weight_personal": 1, "is_on": ""})
    assert "what the model thinks best for its reader" not in said()


def test_before_a_model_and_for_nobody_the_page_says_so():
    html = Client().get(HOW).content.decode()
    assert "None yet" in html
    assert "You have done nothing here that counts yet" in html


def test_every_page_links_to_it(ann):
    for address in ("/", "/for-you/", PAGE):
        assert f'href="{HOW}"' in ann.get(address).content.decode()
    assert f'href="{PAGE}"' in ann.get("/my/ratings/").content.decode()


def test_it_is_taken_along(ann, shelf):
    person = Person.objects.get(user__username="ann")
    steering.steer(person, Steering(niche=-0.5, attributes={"genres:Even": 1}))
    steering.leave_out(person, shelf[0])
    read, kept = tables(ann), document(ann)
    assert kept["steering"][0]["niche"] == -0.5
    assert kept["steering"][0]["attributes"] == "genres:Even 1"
    assert [row["title"] for row in read["left_out.csv"]] == ["Item 0"]
    assert document(Client())["steering"] == []


# --- the API -------------------------------------------------------------------------------------
def test_a_member_reads_and_sets_their_own_dials_and_the_list_follows(shelf):
    ann, ben = with_token(member("ann", shelf[0:8:2])), with_token(member("ben", shelf[0:8:2]))
    middle = {"adventurous": 0.0, "niche": 0.0, "old": 0.0, "diversity": 0.0, "attributes": {}}
    assert ann.get(TASTE).json() == middle
    before = unsigned(ann.get(FOR_YOU))
    wanted = {"niche": 1, "attributes": {"genres:Odd": 1}}
    said = ann.put(TASTE, wanted, format="json")
    assert said.json() == ann.get(TASTE).json() == middle | wanted
    assert {"private", "no-store"} <= set(said["Cache-Control"].split(", "))
    after = unsigned(ann.get(FOR_YOU))
    assert after["explanation"].endswith("steered: less popular, more Odd")
    assert after["results"] != before["results"]
    assert ben.get(TASTE).json() == middle
    assert unsigned(ben.get(FOR_YOU))["results"] == before["results"]
    assert ann.put(TASTE, {}, format="json").json() == middle
    assert unsigned(ann.get(FOR_YOU)) == before


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"niche": 1.5}, "niche"),
        ({"old": "much"}, "old"),
        ({"adventurous": None}, "adventurous"),
        ({"diversity": -0.1}, "diversity"),
        ({"attributes": {"genres:Even": 2}}, "attributes"),
        ({"attributes": {"genres:Unheard of": 1}}, "attributes"),
        ({"attributes": {"Even": 1}}, "attributes"),
        ({"attributes": [1]}, "attributes"),
        ({"attributes": {f"genres:{n}": 1 for n in range(11)}}, "attributes"),
    ],
)
def test_a_bad_value_is_refused_with_the_fields_name(shelf, sent, field):
    answer = with_token(member("ann")).put(TASTE, sent, format="json")
    assert answer.status_code == 400
    assert wrong_fields(answer) == [field]
    assert not Steering.objects.exists()


def test_what_is_no_number_is_refused_however_it_is_sent(shelf):
    client = with_token(member("ann"))
    assert wrong_fields(client.put(TASTE, {"niche": "nan"}, format="json")) == ["niche"]
    assert client.put(TASTE, {"niche": "inf"}, format="json").status_code == 400
    assert client.put(TASTE, {"niche": "1"}, format="multipart").status_code == 415


def test_strangers_are_refused(shelf):
    client = APIClient()
    assert client.get(TASTE).status_code == 401
    assert client.put(TASTE, {"niche": 1}, format="json").status_code == 401
    assert not User.objects.exists()
    assert reader_of(shelf[:1]).pk


def test_the_schema_tells_it(tmp_path):
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "schema"))
    schema = (tmp_path / "schema").read_text()
    assert "/api/v1/taste/:" in schema
    assert "taste_set" in schema
