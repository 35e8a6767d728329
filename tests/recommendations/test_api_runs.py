"""Programs of staff read what ran and ask for more; nobody else does."""

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command
from rest_framework.test import APIClient

from catalog.models import User
from recommendations import services
from recommendations.models import ModelRun
from tests.problems import problem, wrong_fields
from tests.tokens import secret_of

pytestmark = pytest.mark.django_db
Status, Trigger, Mode = ModelRun.Status, ModelRun.Trigger, ModelRun.Mode
RUNS = "/api/v1/model-runs/"


@pytest.fixture(autouse=True)
def _no_task_queue(settings):
    settings.REDIS_URL = ""


def client_of(*rights, staff=True):
    user = User.objects.create_user("program", is_staff=staff)
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {secret_of(user)}")
    return client


@pytest.mark.parametrize("right", ["add_modelrun", "change_modelrun"])
def test_whoever_may_asks_for_a_training_and_is_told_where_to_look(right):
    client = client_of(right)
    answer = client.post(RUNS)
    run = ModelRun.objects.get()
    assert answer.status_code == 202
    assert answer["Location"] == f"http://testserver{RUNS}{run.pk}/"
    assert answer.json()["url"] == answer["Location"]
    assert answer.json()["detail"].startswith(f"Run {run.pk} waits, but no task queue is set up")
    assert (run.trigger, run.mode, run.requested_by.username) == (Trigger.API, Mode.AUTO, "program")
    assert client.get(answer["Location"]).json()["status"] == "queued"


def test_a_full_training_may_be_asked_for():
    assert client_of("add_modelrun").post(RUNS, {"full": True}).json()["mode"] == "full"


def test_nonsense_is_refused_by_the_name_of_its_field():
    answer = client_of("add_modelrun").post(RUNS, {"full": "perhaps"})
    assert wrong_fields(answer) == ["full"]
    assert not ModelRun.objects.exists()


def test_while_one_is_active_another_is_refused_with_a_sentence():
    run = services.ask(trigger=Trigger.ADMIN)
    answer = client_of("add_modelrun").post(RUNS)
    assert problem(answer, 409)["detail"] == f"run {run.pk} is already queued."
    assert ModelRun.objects.count() == 1


def test_whoever_may_only_look_reads_and_asks_for_nothing():
    run = services.ask(trigger=Trigger.ADMIN)
    ModelRun.objects.update(log="12:00:00 reading events", verdict="EASE wins.")
    client = client_of("view_modelrun")
    (row,) = client.get(RUNS).json()["results"]
    assert (row["id"], row["verdict"]) == (run.pk, "EASE wins.")
    assert "log" not in row
    assert client.get(row["url"]).json()["log"] == "12:00:00 reading events"
    services.cancel(run)
    assert client.post(RUNS).status_code == 403
    assert client.get(f"{RUNS}{run.pk + 1}/").status_code == 404


@pytest.mark.parametrize(
    ("rights", "staff"),
    [
        ((), True),
        (("add_modelrun", "change_modelrun", "view_modelrun"), False),
        (("view_item", "change_item"), True),
    ],
    ids=["staff without a right", "no staff", "staff with other rights"],
)
def test_others_read_nothing_and_start_nothing(rights, staff):
    run = services.ask(trigger=Trigger.ADMIN)
    services.cancel(run)
    client = client_of(*rights, staff=staff)
    for answer in (client.get(RUNS), client.get(f"{RUNS}{run.pk}/"), client.post(RUNS)):
        assert answer.status_code == 403
    assert ModelRun.objects.count() == 1


def test_strangers_are_asked_who_they_are():
    for answer in (APIClient().get(RUNS), APIClient().post(RUNS), APIClient().get(f"{RUNS}1/")):
        assert answer.status_code == 401


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_nobody_changes_or_deletes_a_run(method):
    run = services.ask(trigger=Trigger.ADMIN)
    client = client_of("add_modelrun", "change_modelrun", "delete_modelrun")
    assert getattr(client, method)(f"{RUNS}{run.pk}/", {"status": "succeeded"}).status_code == 405


def test_the_list_costs_a_fixed_number_of_queries(django_assert_max_num_queries):
    for _ in range(5):
        services.cancel(services.ask(trigger=Trigger.ADMIN, by=User.objects.first()))
    client = client_of("view_modelrun")
    with django_assert_max_num_queries(6):
        assert len(client.get(RUNS).json()["results"]) == 5


def test_the_schema_tells_all_of_it(tmp_path):
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "schema"))
    schema = (tmp_path / "schema").read_text()
    for words in ("/api/v1/model-runs/:", "/api/v1/model-runs/{id}/:", "model_runs_create"):
        assert words in schema
