"""The welcome's questions for programs: as on the page, with what is not known sent along."""

import pytest
from rest_framework.test import APIClient

from catalog import privacy
from catalog import services as events
from catalog.models import Item, Person, Rating, User
from catalog.tokens.models import OutsidePerson, Service
from recommendations import welcome
from recommendations.visit import Visit
from tests.recommendations.worlds import checkerboard, published
from tests.tokens import client_with

pytestmark = pytest.mark.django_db
WELCOME = "/api/v1/me/welcome/"


@pytest.fixture(params=["with a model", "without one"])
def shelf(request):
    shelf, _crowd = checkerboard(items=48)
    events.recount()
    if request.param == "with a model":
        published("markov")
    return shelf


@pytest.fixture
def ann():
    return Person.objects.create(user=User.objects.create_user("ann"))


@pytest.fixture
def api(ann):
    return client_with(ann.user, "read", "events")


def asked(answer):
    assert answer.status_code == 200, answer.content
    return [one["id"] for one in answer.json()["questions"]]


def said(api, answers, **more):
    body = {"answers": [{"item": pk, "stars": stars} for pk, stars in answers], **more}
    return api.post(WELCOME, body, format="json")


def joined(ids):
    return ",".join(map(str, ids))


def test_it_asks_what_the_page_asks(api, ann, shelf):
    wall = welcome.wall_for(Visit(ann), unknown=())
    answer = api.get(WELCOME)
    assert asked(answer) == [item.pk for item in wall.items]
    about = {name: value for name, value in answer.json().items() if name != "questions"}
    learned = {"is_learned": wall.is_learned, "is_over": False}
    assert about == {"unknown": [], "ratings": 0, "missing": welcome.PERSONAL_FROM, **learned}


def test_a_rating_is_written_and_its_place_goes_to_another(api, ann, shelf):
    before = asked(api.get(WELCOME))
    answer = said(api, [(before[2], 4.5)], shown=before)
    after = asked(answer)
    assert Rating.objects.get(person=ann).half_stars == 9
    assert before[2] not in after
    assert answer.json()["ratings"] == 1
    assert answer.json()["missing"] == welcome.PERSONAL_FROM - 1
    staying = [at for at, pk in enumerate(before) if at < len(after) and after[at] == pk]
    assert len(staying) >= welcome.WALL // 2


def test_what_is_not_known_is_told_again_and_kept_nowhere(api, ann, shelf):
    before = asked(api.get(WELCOME))
    answer = said(api, [(before[0], None)], shown=before, unknown=[before[1]])
    assert answer.json()["unknown"] == [before[1], before[0]]
    assert not {*before[:2]} & {*asked(answer)}
    assert not Rating.objects.filter(person=ann).exists()
    assert asked(api.get(WELCOME)) == before


def test_a_skipped_wall_gives_others(api, shelf):
    before = asked(api.get(WELCOME))
    answer = api.get(WELCOME, {"unknown": joined(before)})
    assert answer.json()["unknown"] == before
    assert not {*before} & {*asked(answer)}


def test_who_rates_what_they_did_not_know_knows_it(api, shelf):
    pk = asked(api.get(WELCOME))[0]
    assert said(api, [(pk, 3)], unknown=[pk]).json()["unknown"] == []


def test_it_is_over_when_all_is_rated(api, shelf):
    ids = [item.pk for item in shelf]
    answer = said(api, [(pk, 4) for pk in ids])
    assert answer.json()["is_over"] is True
    assert asked(answer) == []


def test_fields_are_chosen_as_in_lists(api, shelf):
    one = api.get(WELCOME, {"fields": "title"}).json()["questions"][0]
    assert {*one} == {"id", "title"}


def test_one_answer_that_cannot_be_keeps_all_of_them_out(api, ann, shelf):
    withdrawn, good = shelf[0].pk, shelf[1].pk
    Item.objects.filter(pk=withdrawn).update(is_listed=False)
    refused = said(api, [(good, 4), (withdrawn, 4)])
    assert refused.status_code == 400
    assert [one["field"] for one in refused.json()["errors"]] == ["answers.1.item"]
    refused = said(api, [(good, 4), (shelf[2].pk, 4.3)])
    assert [one["field"] for one in refused.json()["errors"]] == ["answers.1.stars"]
    assert not Rating.objects.filter(person=ann).exists()


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"unknown": "4,x"}, "unknown"),
        ({"unknown": joined(range(1, welcome.MOST_UNKNOWN + 2))}, "unknown"),
        ({"shown": joined(range(1, welcome.WALL + 2))}, "shown"),
        ({"seen": "4"}, "seen"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused_by_its_name(api, query, field):
    refused = api.get(WELCOME, query)
    assert refused.status_code == 400
    assert [one["field"] for one in refused.json()["errors"]] == [field]


def test_who_stopped_everything_is_told_so(api, ann, shelf):
    privacy.choose(ann, is_paused=True, is_stopped=True)
    refused = said(api, [(shelf[0].pk, 4)])
    assert [one["field"] for one in refused.json()["errors"]] == ["answers.0.stars"]
    assert not Rating.objects.filter(person=ann).exists()


def test_a_service_asks_its_own_people_who_are_made_when_they_rate(shelf):
    service = Service.objects.create(name="Shop")
    api = client_with(service, "read", "events", act_for="c-1")
    before = asked(api.get(WELCOME))
    said(api, [(before[0], None)])
    assert not OutsidePerson.objects.exists()
    assert said(api, [(before[0], 5)]).json()["ratings"] == 1
    assert OutsidePerson.objects.get(key="c-1").person.ratings.count() == 1


def test_nobody_is_asked_nothing(shelf):
    assert APIClient().get(WELCOME).status_code == 401
