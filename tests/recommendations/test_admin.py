"""The operator's pages: everything is said, and nothing is done without the right and a POST."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from catalog.models import User
from recommendations import report, services
from recommendations.models import ModelRun, RetrainSettings
from tests.recommendations.worlds import checkerboard, published

pytestmark = pytest.mark.django_db
Status, Trigger = ModelRun.Status, ModelRun.Trigger
LIST = "admin:recommendations_modelrun_changelist"
FIGURES = {
    "rule": "Judged on the newest 10% of events.",
    "candidates": [
        {"name": "popularity", "label": "Popular", "problem": "", "people": 40}
        | {"ndcg@10": 0.05, "ndcg@10_se": 0.005, "recall@10": 0.1, "coverage": 0.2}
        | {"seconds": 0.4, "peak_memory_mb": 90},
        {"name": "ease", "label": "EASE", "problem": "", "people": 40}
        | {"ndcg@10": 0.12, "ndcg@10_se": 0.01, "recall@10": 0.2, "coverage": 0.9}
        | {"seconds": 0.4, "peak_memory_mb": 90},
        {"name": "hybrid", "label": "The hybrid model", "problem": "it was killed"},
    ],
}


@pytest.fixture
def boss(client):
    client.force_login(User.objects.create_superuser("boss"))
    return client


@pytest.fixture
def onlooker(client):
    user = User.objects.create_user("onlooker", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_modelrun"))
    client.force_login(user)
    return client


def button(name, *run):
    return reverse(f"admin:recommendations_modelrun_{name}", args=[one.pk for one in run])


def page_of(client, run):
    return client.get(button("change", run)).content.decode()


def judged():
    run = published("ease")
    ModelRun.objects.filter(pk=run.pk).update(figures=FIGURES, verdict="EASE wins.")
    run.refresh_from_db()
    return run


def test_the_list_leads_to_runs_and_to_the_overview(boss):
    checkerboard()
    run = judged()
    page = boss.get(reverse(LIST)).content.decode()
    assert button("change", run) in page
    assert reverse("admin:app_list", args=["recommendations"]) in page


def test_a_runs_page_shows_figures_verdict_and_log(boss):
    checkerboard()
    run = judged()
    ModelRun.objects.filter(pk=run.pk).update(log="12:00:00 reading events")
    page = page_of(boss, run)
    for words in ("EASE wins.", "0.1200", "chosen", "it was killed", "reading events"):
        assert words in page
    assert 'name="_save"' not in page


@pytest.mark.parametrize("status", Status.values)
def test_every_kind_of_run_has_a_page(boss, status):
    run = ModelRun.objects.create(trigger=Trigger.ADMIN, status=status, error="words")
    assert f"Run {run.pk}" in page_of(boss, run)
    assert boss.get(reverse(LIST)).status_code == 200


def test_a_run_with_figures_of_another_shape_is_shown_as_far_as_they_go(boss):
    run = ModelRun.objects.create(
        trigger=Trigger.ADMIN,
        status=Status.REFUSED,
        figures={"candidates": [{"name": "ease"}, 7, {}]},
    )
    assert page_of(boss, run)
    assert report.rows(ModelRun(figures=[])) == []


def test_retrain_now_asks_for_a_run_and_says_what_came_of_it(boss, settings):
    settings.REDIS_URL = ""
    answer = boss.post(button("retrain"), follow=True)
    run = ModelRun.objects.get()
    assert (run.status, run.trigger) == (Status.QUEUED, Trigger.ADMIN)
    assert run.requested_by.username == "boss"
    assert "no task queue" in answer.content.decode()


def test_a_second_press_is_told_that_one_waits(boss, settings):
    settings.REDIS_URL = ""
    boss.post(button("retrain"))
    assert "already queued" in boss.post(button("retrain"), follow=True).content.decode()
    assert ModelRun.objects.count() == 1


def test_make_live_and_roll_back_change_what_is_live(boss):
    checkerboard()
    first, second = published(), published()
    boss.post(button("make_live", first))
    assert ModelRun.objects.live() == first
    boss.post(button("make_live", second))
    boss.post(button("roll_back"))
    assert ModelRun.objects.live() == first


def test_a_model_is_tried_on_some_people_and_made_live_or_dropped(boss):
    checkerboard()
    newer, live = published(), published()
    boss.post(button("make_live", live))
    page = boss.post(button("start_canary", newer), follow=True).content.decode()
    assert ModelRun.objects.canary() == newer
    assert "is tried on 10 % of people" in page
    assert "Nobody of one of the two groups" in page
    page = boss.post(button("drop_canary"), follow=True).content.decode()
    assert ModelRun.objects.canary() is None
    assert "An operator dropped it." in page
    boss.post(button("start_canary", newer))
    boss.post(button("promote_canary"))
    assert ModelRun.objects.live() == newer
    assert ModelRun.objects.canary() is None


def test_a_model_is_tried_on_as_many_people_as_the_settings_say(boss):
    checkerboard()
    RetrainSettings(canary_share=25).save()
    newer, live = published(), published()
    boss.post(button("make_live", live))
    boss.post(button("start_canary", newer))
    newer.refresh_from_db()
    assert newer.canary_share == 25


def test_a_model_that_is_gone_is_not_made_live_and_the_reason_is_said(boss, settings):
    checkerboard()
    first, second = published(), published()
    (settings.ARTIFACTS_ROOT / first.artifact / "manifest.json").unlink()
    answer = boss.post(button("make_live", first), follow=True)
    assert "has no manifest.json" in answer.content.decode()
    assert ModelRun.objects.live() == second


def test_a_waiting_run_can_be_cancelled(boss):
    run = services.ask(trigger=Trigger.ADMIN)
    boss.post(button("cancel", run))
    run.refresh_from_db()
    assert run.status == Status.CANCELLED


def test_buttons_do_nothing_on_get(boss):
    run = services.ask(trigger=Trigger.ADMIN)
    for address in (button("retrain"), button("roll_back"), button("cancel", run)):
        assert boss.get(address).status_code == 405


def test_whoever_may_only_look_sees_no_buttons_and_may_press_none(onlooker):
    checkerboard()
    first, _ = published(), published()
    page = onlooker.get(reverse(LIST)).content.decode()
    assert button("retrain") not in page
    assert button("make_live", first) not in page_of(onlooker, first)
    for address in (button("retrain"), button("roll_back"), button("make_live", first)):
        assert onlooker.post(address).status_code == 403


def test_strangers_are_sent_to_sign_in(client):
    run = services.ask(trigger=Trigger.ADMIN)
    for address in (reverse(LIST), button("change", run), button("fragment", run)):
        assert client.get(address).status_code == 302
    assert client.post(button("cancel", run)).status_code == 302
    run.refresh_from_db()
    assert run.status == Status.QUEUED


def test_progress_refreshes_itself_until_the_run_is_over(boss):
    run = services.ask(trigger=Trigger.ADMIN)
    ModelRun.objects.update(progress=0.4, progress_note="training ease")
    answer = boss.get(button("fragment", run))
    assert 'hx-trigger="every 2s"' in answer.content.decode()
    assert 'value="0.4"' in answer.content.decode()
    assert "HX-Refresh" not in answer
    services.cancel(run)
    answer = boss.get(button("fragment", run))
    assert answer["HX-Refresh"] == "true"
    assert "hx-trigger" not in answer.content.decode()


def test_nobody_adds_edits_or_deletes_runs_by_hand(boss):
    run = services.ask(trigger=Trigger.ADMIN)
    assert boss.get(reverse("admin:recommendations_modelrun_add")).status_code == 403
    assert boss.post(button("change", run), {"status": "succeeded"}).status_code == 403
    assert boss.get(button("delete", run)).status_code == 403


def test_the_list_costs_a_fixed_number_of_queries(boss, django_assert_max_num_queries):
    checkerboard()
    for _ in range(8):
        published()
    with django_assert_max_num_queries(12):
        boss.get(reverse(LIST))
