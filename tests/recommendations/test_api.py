"""The API gives the lists of the pages to members, visitors and nobody in particular."""

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.request import Request
from rest_framework.serializers import Serializer
from rest_framework.test import APIClient, APIRequestFactory

from catalog import services as events
from catalog.choosing import CHOSEN
from catalog.models import Item, Person, User
from recommendations import selectors
from recommendations.serializers import MOST_EXCLUDED, PicksSerializer
from tests.problems import wrong_fields
from tests.recommendations.readers import reader_of
from tests.recommendations.worlds import checkerboard, published
from tests.tokens import secret_of

pytestmark = pytest.mark.django_db
FOR_YOU = "/api/v1/recommendations/for-you/"


def similar(item):
    return f"/api/v1/items/{item.pk}/similar/"


def member(name, items=()):
    user = User.objects.create_user(name, password="correct horse")
    reader_of(items, person=Person.objects.get_or_create(user=user)[0])
    return user


def with_token(user):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {secret_of(user)}")
    return client


def ids(answer):
    return [result["item"]["id"] for result in answer.json()["results"]]


@pytest.fixture
def shelf():
    shelf, _crowd = checkerboard()
    events.recount()
    published("markov")
    return shelf


@pytest.mark.parametrize("chosen", [None, frozenset({"id", "title", "cover"})])
def test_what_is_written_out_is_what_the_fields_say(shelf, chosen):
    Item.objects.filter(pk=shelf[2].pk).update(
        year=1815, creator_line="Jane Austen", cover_url="https://example.org/a.jpg"
    )
    person = member("ada", shelf[0:3:2]).person
    picks = selectors.for_you(person, limit=24)
    context = {"request": Request(APIRequestFactory().get("/")), "next": "on", CHOSEN: chosen}
    context["tokens"] = {picks.items[0].item.pk: "signed"}
    serializer = PicksSerializer(picks, context=context)
    assert len(picks.items) > 6
    assert serializer.data == Serializer.to_representation(serializer, picks)


def test_a_member_gets_items_with_scores_reasons_and_what_the_list_is_made_from(shelf):
    Item.objects.filter(pk=shelf[2].pk).update(year=1815, creator_line="Jane Austen")
    client = with_token(member("ada", shelf[0:1]))
    answer = client.get(FOR_YOU, {"limit": 12}).json()
    assert set(answer) == {"rung", "model", "explanation", "next", "results"}
    assert (answer["rung"], answer["model"]) == ("co-occurrence", "What follows what")
    assert answer["explanation"].startswith("From your 1 rating · model ")
    found = next(r for r in answer["results"] if r["item"]["id"] == shelf[2].pk)
    assert found["reason"] == {"text": "because you rated Item 0 5", "items": [shelf[0].pk]}
    assert found["rung"] == "co-occurrence"
    assert found["score"] > 0
    cover = found["item"].pop("cover")
    assert cover.startswith("http://testserver/")
    assert found["item"] == {
        "id": shelf[2].pk,
        "title": "Item 2",
        "year": 1815,
        "creators": "Jane Austen",
        "url": f"http://testserver/items/{shelf[2].pk}/",
    }
    scores = [r["score"] for r in answer["results"] if r["rung"] == "co-occurrence"]
    assert scores == sorted(scores, reverse=True)


def test_a_session_a_token_and_a_visitors_cookie_are_each_enough(shelf):
    user = member("ada", shelf[0:6:2])
    signed_in = Client()
    signed_in.force_login(user)
    visitor = Client()
    for item in shelf[0:6:2]:
        visitor.post(reverse("catalog:rate", args=[item.pk]), {"stars": "5"})
    for client in (with_token(user), signed_in, visitor):
        answer = client.get(FOR_YOU, {"limit": 5})
        assert answer.json()["rung"] == "co-occurrence"
        assert {shelf.index(Item.objects.get(pk=pk)) % 2 for pk in ids(answer)} == {0}


def test_nobody_in_particular_gets_what_is_popular(shelf):
    answer = Client().get(FOR_YOU).json()
    assert (answer["rung"], answer["model"]) == ("popular", None)
    assert len(answer["results"]) == 20
    assert "sessionid" not in Client().get(FOR_YOU).cookies


def test_excluded_items_are_left_out_so_that_one_can_ask_for_more(shelf):
    client = with_token(member("ada", shelf[0:2:2]))
    first = ids(client.get(FOR_YOU, {"limit": 5}))
    more = ids(client.get(FOR_YOU, {"limit": 5, "exclude": ",".join(map(str, first))}))
    assert len(first) == len(more) == 5
    assert set(first).isdisjoint(more)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "101"}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"limit": "1\0"}, "limit"),
        ({"exclude": "1,two"}, "exclude"),
        ({"exclude": "-1"}, "exclude"),
        ({"exclude": "١"}, "exclude"),
        ({"exclude": "9" * 30}, "exclude"),
        ({"exclude": ",".join(["1"] * (MOST_EXCLUDED + 1))}, "exclude"),
    ],
)
def test_a_bad_question_is_refused_with_its_field(query, field):
    answer = Client().get(FOR_YOU, query)
    assert answer.status_code == 400
    assert wrong_fields(answer) == [field]


def test_personal_answers_are_kept_by_nobody_else_and_asked_for_anew(shelf):
    answer = with_token(member("ada", shelf[:1])).get(FOR_YOU)
    assert {"private", "no-cache"} == set(answer["Cache-Control"].split(", "))
    assert {"Authorization", "Cookie", "Accept-Language"} <= set(answer["Vary"].split(", "))


def test_similar_items_say_what_they_share(shelf):
    answer = Client().get(similar(shelf[0]), {"limit": 3})
    assert answer.json()["rung"] == "co-occurrence"
    assert [r["reason"] for r in answer.json()["results"]] == [
        {"text": "Even", "items": [shelf[0].pk]}
    ] * 3
    assert shelf[0].pk not in ids(answer)
    assert wrong_fields(Client().get(similar(shelf[0]), {"limit": "x"})) == ["limit"]


@pytest.mark.parametrize("pk", [0, 10**30])
def test_there_is_nothing_similar_to_no_item(pk):
    assert Client().get(f"/api/v1/items/{pk}/similar/").status_code == 404


def test_a_withdrawn_item_is_no_item(shelf):
    Item.objects.filter(pk=shelf[0].pk).update(is_listed=False)
    assert Client().get(similar(shelf[0])).status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_lists_can_only_be_read(shelf, method):
    client = with_token(member("ada"))
    assert getattr(client, method)(FOR_YOU).status_code == 405
    assert getattr(client, method)(similar(shelf[0])).status_code == 405


def test_too_many_questions_are_slowed_down(shelf, settings):
    settings.API_RATES = {"anon": "2/min"}
    answers = [Client().get(similar(shelf[0])) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[-1]["Retry-After"]) > 0


def test_a_wrong_token_is_refused_rather_than_taken_for_nobody(shelf):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION="Token nonsense")
    assert client.get(FOR_YOU).status_code in (401, 403)


@pytest.mark.usefixtures("without_redis")
@pytest.mark.parametrize("size", [12, 60])
def test_a_list_costs_the_same_queries_however_much_there_is(size, django_assert_num_queries):
    shelf, _crowd = checkerboard(items=size)
    events.recount()
    published("markov")
    client = with_token(member("ada", shelf[0:6:2]))
    with django_assert_num_queries(8):  # the token with its person, then the seven of any list
        client.get(FOR_YOU, {"limit": 100})
    with django_assert_num_queries(4):
        client.get(FOR_YOU, {"limit": 100})
    with django_assert_num_queries(5):  # the item, then the four of any similar list
        Client().get(similar(shelf[0]), {"limit": 100})
