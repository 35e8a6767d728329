"""Experiments in the admin and in the API: written, started, read and stopped by whoever may."""

import csv
import io

import pytest
from django.contrib.auth.models import Permission
from rest_framework.test import APIClient

from catalog.models import Item, User
from recommendations.experimenting import outcomes, running
from recommendations.models import Experiment, ExperimentChange, Placement
from tests.problems import wrong_fields
from tests.recommendations.experiments.test_outcomes import OVER, crowd
from tests.recommendations.experiments.trials import started, written
from tests.recommendations.worlds import checkerboard, published
from tests.tokens import secret_of

pytestmark = pytest.mark.django_db
LIST = "/admin/recommendations/experiment/"
API = "/api/v1/experiments/"
FORM = {
    "name": "More variety",
    "why": "People open more where items differ.",
    "surface": "for-you",
    "design": "split",
    "metric": "opened",
    "per": "person",
    "window_days": "3",
    "guards_seen": "on",
    "arms-TOTAL_FORMS": "2",
    "arms-INITIAL_FORMS": "0",
    "arms-0-changes": "{}",
    "initial-arms-0-changes": "{}",
    "arms-1-name": "Varied",
    "arms-1-changes": '{"diversity": 0.4}',
}
SAID = {"name": "More variety", "arms": [{}, {"name": "Varied", "changes": {"diversity": 0.4}}]}


@pytest.fixture
def boss(client):
    client.force_login(User.objects.create_superuser("boss"))
    return client


@pytest.fixture
def shelf():
    return Item.objects.bulk_create(Item(title=f"Item {n}") for n in range(12))


def staff(*rights, kind=APIClient, is_staff=True):
    user = User.objects.create_user("staff", is_staff=is_staff)
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client = kind()
    if kind is APIClient:
        client.credentials(HTTP_AUTHORIZATION=f"Token {secret_of(user)}")
    else:
        client.force_login(user)
    return client


def page(answer):
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_one_is_written_started_ramped_up_stopped_and_applied(boss):
    assert boss.post(f"{LIST}add/", FORM).status_code == 302
    experiment = Experiment.objects.get()
    assert [(arm.letter, arm.changes) for arm in experiment.arms.all()] == [
        ("A", {}),
        ("B", {"diversity": 0.4}),
    ]
    at = f"{LIST}{experiment.pk}"
    assert "Start on 1 % of people" in page(boss.get(f"{at}/change/"))
    boss.post(f"{at}/start/")
    assert "It runs on 1 % of people" in page(boss.get(f"{at}/change/"))
    boss.post(f"{at}/ramp/", {"share": "5"})
    assert "It runs on 5 % of people" in page(boss.get(f"{at}/change/"))
    boss.post(f"{at}/apply/", {"arm": "1"})
    told = page(boss.get(f"{at}/change/"))
    assert "Over since" in told
    assert "B: Varied" in told
    assert "Arm B: Varied was applied." in told
    assert Placement.objects.get(pk="for-you").diversity == 0.4
    assert ExperimentChange.objects.filter(by__username="boss").count() == 5
    assert "runs" in page(boss.get(LIST))


def test_what_makes_no_sense_is_said_at_its_field_and_not_saved(boss):
    told = page(boss.post(f"{LIST}add/", {**FORM, "arms-1-changes": '{"colour": 1}'}))
    assert "There is no setting &#x27;colour&#x27; to be tried" in told
    told = page(boss.post(f"{LIST}add/", {**FORM, "arms-0-changes": '{"diversity": 1}'}))
    assert "how lists are made already" in told
    told = page(boss.post(f"{LIST}add/", {**FORM, "design": "interleaved", "per": "seen"}))
    assert "judged person by person" in told
    assert not Experiment.objects.exists()


def test_a_button_that_makes_no_sense_says_so(boss):
    one, other = started(), written({"diversity": 1}, name="Another")
    told = page(boss.post(f"{LIST}{other.pk}/start/", follow=True))
    assert "“A trial” runs on For you already" in told
    assert "only grows" in page(boss.post(f"{LIST}{one.pk}/ramp/", {"share": "5"}, follow=True))
    assert "one of 1, 5" in page(boss.post(f"{LIST}{one.pk}/ramp/", {"share": "x"}, follow=True))
    assert "no such arm" in page(boss.post(f"{LIST}{one.pk}/apply/", {"arm": "9"}, follow=True))
    assert boss.get(f"{LIST}{one.pk}/stop/").status_code == 405


def test_what_runs_cannot_be_made_another(boss):
    experiment = started()
    changed = {**FORM, "name": "New words", "surface": "similar", "metric": "shelved"}
    boss.post(f"{LIST}{experiment.pk}/change/", changed)
    experiment.refresh_from_db()
    assert (experiment.surface, experiment.metric) == ("for-you", "opened")
    assert [arm.changes for arm in experiment.arms.all()] == [{}, {"diversity": 0.5}]
    assert boss.post(f"{LIST}{experiment.pk}/delete/", {"post": "yes"}).status_code == 403


def test_an_arm_is_taken_out_before_it_starts_and_the_others_move_up(boss):
    experiment = written({"diversity": 0.1}, {"diversity": 0.9})
    arms = list(experiment.arms.order_by("place"))
    form = {**FORM, "arms-TOTAL_FORMS": "3", "arms-INITIAL_FORMS": "3", "arms-1-DELETE": "on"}
    for at, arm in enumerate(arms):
        form |= {f"arms-{at}-id": arm.pk, f"arms-{at}-experiment": experiment.pk}
    form |= {"arms-2-changes": '{"diversity": 0.9}'}
    assert boss.post(f"{LIST}{experiment.pk}/change/", form).status_code == 302
    assert [(arm.letter, arm.changes) for arm in experiment.arms.all()] == [
        ("A", {}),
        ("B", {"diversity": 0.9}),
    ]


def test_the_page_draws_the_difference_and_the_table_says_all(boss, shelf):
    experiment = started()
    crowd(experiment, shelf, opened=(0.5, 2.0))
    outcomes.sum_up(experiment, now=OVER)
    told = page(boss.get(f"{LIST}{experiment.pk}/change/"))
    assert "Arm B is better than the first." in told
    assert 'class="chart-whiskers"' in told
    answer = boss.get(f"{LIST}{experiment.pk}/csv/")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [(row["arm"], row["people"]) for row in rows] == [("A", "120"), ("B", "120")]
    assert float(rows[1]["low"]) > 0
    assert float(rows[1]["opened_sum"]) > 2 * float(rows[0]["opened_sum"])


def test_an_interleaved_one_says_who_won_how_often(boss, shelf):
    experiment = started(design="interleaved")
    outcomes.sum_up(experiment, now=OVER)
    told = page(boss.get(f"{LIST}{experiment.pk}/change/"))
    assert "The second arm won 0 times, the first 0 times, and neither 0 times" in told


@pytest.mark.parametrize("act", ["start", "ramp", "stop", "apply"])
def test_whoever_may_only_look_may_not_press(client, act):
    experiment = started()
    looker = staff("view_experiment", kind=type(client))
    assert "It runs on 100 % of people" in page(looker.get(f"{LIST}{experiment.pk}/change/"))
    assert looker.post(f"{LIST}{experiment.pk}/{act}/").status_code == 403
    assert looker.get(f"{LIST}{experiment.pk}/csv/").status_code == 200


def test_others_of_the_staff_see_nothing(client):
    experiment = started()
    other = staff("view_item", kind=type(client))
    for address in (LIST, f"{LIST}{experiment.pk}/change/", f"{LIST}{experiment.pk}/csv/"):
        assert other.get(address).status_code == 403


# --- the API -------------------------------------------------------------------------------------
def test_a_program_writes_starts_reads_and_stops_one():
    program = staff("add_experiment", "change_experiment")
    answer = program.post(API, SAID, format="json")
    assert answer.status_code == 201
    assert [arm["letter"] for arm in answer.json()["arms"]] == ["A", "B"]
    at = answer.json()["url"]
    assert program.post(f"{at}share/", {"share": 5}).json()["share"] == 5
    assert program.post(f"{at}share/", {"share": 25}).json()["share"] == 25
    standing = program.get(at).json()["standing"]
    assert standing["says"] == "Too few people have been followed to their end to say anything."
    assert standing["arms"][1] == {
        **{"arm": "B", "people": 0},
        **dict.fromkeys(("value", "difference", "low", "high")),
    }
    stopped = program.post(f"{at}stop/", {"reason": "We know enough."}).json()
    assert stopped["outcome"] == "We know enough."
    assert stopped["stopped_at"]
    assert program.get(API).json()["results"][0]["id"] == stopped["id"]
    assert {change.by.username for change in ExperimentChange.objects.all()} == {"staff"}


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"arms": [{}]}, "arms"),
        ({"arms": [{}] * 5}, "arms"),
        ({"arms": [{}, {"changes": {"colour": 1}}]}, "arms"),
        ({"arms": [{}, {"run": 77}]}, "arms"),
        ({"surface": "nowhere"}, "surface"),
        ({"design": "interleaved", "per": "seen"}, "per"),
        ({"window_days": 2}, "window_days"),
        ({"name": ""}, "name"),
    ],
)
def test_nonsense_is_refused_by_the_name_of_its_field(said, field):
    answer = staff("add_experiment").post(API, {**SAID, **said}, format="json")
    assert wrong_fields(answer) == [field]
    assert not Experiment.objects.exists()


def test_what_cannot_be_now_is_a_conflict_in_words():
    experiment = started(share=25)
    program = staff("change_experiment")
    answer = program.post(f"{API}{experiment.pk}/share/", {"share": 5})
    assert answer.status_code == 409
    assert "only grows" in answer.json()["detail"]
    assert program.post(f"{API}{experiment.pk}/share/", {"share": 30}).status_code == 400
    running.stop(experiment, "enough", by=None)
    assert program.post(f"{API}{experiment.pk}/stop/").status_code == 409


def test_an_arm_may_ask_another_model():
    checkerboard()
    run = published("ease")
    said = {**SAID, "surface": "similar", "arms": [{}, {"run": run.pk}]}
    answer = staff("add_experiment").post(API, said, format="json")
    assert answer.json()["arms"][1]["run"] == run.pk


@pytest.mark.parametrize(
    ("rights", "is_staff", "reads", "writes", "changes"),
    [
        (("view_experiment",), True, 200, 403, 403),
        (("add_experiment",), True, 200, 201, 403),
        (("change_experiment",), True, 200, 403, 200),
        ((), True, 403, 403, 403),
        (("add_experiment", "change_experiment"), False, 403, 403, 403),
    ],
)
def test_only_staff_with_the_right_permission(rights, is_staff, reads, writes, changes):
    experiment = started()
    program = staff(*rights, is_staff=is_staff)
    assert program.get(API).status_code == reads
    assert program.get(f"{API}{experiment.pk}/").status_code == reads
    assert program.post(API, SAID, format="json").status_code == writes
    assert program.post(f"{API}{experiment.pk}/stop/").status_code == changes


def test_nobody_else_may_look():
    assert APIClient().get(API).status_code == 401
