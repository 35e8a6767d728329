"""The Recommendations page: all at one glance, for whoever may look, in a bounded time."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from catalog.models import Item, User
from recommendations import pictures
from recommendations.models import ModelRun
from tests.recommendations.test_admin import FIGURES, button, judged
from tests.recommendations.worlds import checkerboard, published

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_queues(settings):
    """Advice on queues that nobody works off has tests of its own."""
    settings.REDIS_URL = ""


Status, Trigger = ModelRun.Status, ModelRun.Trigger
PAGE = "/admin/recommendations/"
CURVE = {
    "series": {"training/hybrid": {"of": 400, "loss": [[10, 8.0], [200, 6.5]]}},
    "validation": {"training/hybrid": 0.1432},
}


@pytest.fixture
def boss(client):
    client.force_login(User.objects.create_superuser("boss"))
    return client


def staff(client, *rights):
    user = User.objects.create_user("staff", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client.force_login(user)
    return client


def text(client):
    answer = client.get(PAGE)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def judged_run(ndcg, *, se=0.005, **values):
    figures = {
        "candidates": [
            {"name": "ease", "label": "EASE", "ndcg@10": 0.1, "ndcg@10_se": 0.002},
            {"name": "hybrid", "label": "Hybrid", "ndcg@10": ndcg, "ndcg@10_se": se},
        ]
    }
    return ModelRun.objects.create(
        trigger=Trigger.SCHEDULE, status=Status.REFUSED, figures=figures, **values
    )


def test_it_stands_at_the_address_of_the_app_and_in_the_sidebar(boss):
    assert reverse("admin:app_list", args=["recommendations"]) == PAGE
    page = text(boss)
    links = re.findall(r'<a href="/admin/recommendations/" class="[^"]*active', page)
    assert len(links) == 1
    assert 'href="/admin/recommendations/modelrun/"' in page
    assert 'href="/admin/catalog/item/"' in page


def test_before_the_first_run_it_says_what_pages_show(boss):
    page = text(boss)
    assert "No model is live yet" in page
    assert "Drawn as soon as a run has judged its candidates" in page
    assert "There was none yet." in page
    assert button("retrain") in page
    assert button("roll_back") not in page


def test_it_shows_the_live_model_with_its_interval_and_the_best_rival(boss):
    checkerboard()
    run = judged()
    page = text(boss)
    assert "is live" in page
    assert "0.1200" in page
    assert "between 0.1004 and 0.1396, at 95 %" in page
    assert "Best rival: Popular" in page
    assert "90 %" in page
    assert "it was killed" in page
    assert f'href="{button("change", run)}"' in page


def test_it_draws_the_history_of_hybrid_and_best_baseline(boss):
    runs = [judged_run(0.12 + 0.01 * n) for n in range(3)]
    page = text(boss)
    assert "NDCG@10, run by run" in page
    assert re.search(rf"<title>Run {runs[2].pk}, [^<]*: 0.1400 / 0.1000</title>", page)
    assert re.search(r"<td class=\"run-number\">0.1300</td>", page)


def test_the_history_is_of_the_newest_runs_and_skips_those_without_figures(boss):
    for n in range(pictures.HISTORY + 5):
        judged_run(0.1 + 0.001 * n)
        ModelRun.objects.create(trigger=Trigger.SCHEDULE, status=Status.FAILED)
    picture = boss.get(PAGE).context["history"]
    assert len(picture.rows) == pictures.HISTORY
    assert picture.rows[0][2] == "0.1340"


def test_a_run_without_hybrid_leaves_a_gap_in_the_line():
    whole, broken = judged_run(0.12), judged_run(0.12)
    broken.figures["candidates"][1] = {"name": "hybrid", "label": "Hybrid", "problem": "killed"}
    shape, _ = pictures.history([whole, broken, whole]).chart.shapes
    assert shape.path.count("M") == 2


def test_it_draws_events_by_day_as_a_picture_and_as_a_table(boss):
    items, people = checkerboard(items=4, people=3, events=2)
    people[0].ratings.update(rated_at=timezone.now())
    page = text(boss)
    assert "Events by day" in page
    assert page.count('<rect class="chart-slot"') == 60
    assert "Ratings 2, Views 0, Shelf entries 0" in page


def test_a_run_under_way_shows_progress_and_its_curve_and_can_be_cancelled(boss):
    run = ModelRun.objects.create(
        trigger=Trigger.ADMIN, status=Status.RUNNING, stage="training", progress=0.5, curve=CURVE
    )
    page = text(boss)
    assert 'hx-trigger="every 2s"' in page
    assert "The hybrid model on the past: loss by step" in page
    assert button("cancel", run) in page
    assert button("retrain") not in page
    fragment = boss.get(button("fragment", run)).content.decode()
    assert "loss by step" in fragment
    boss.post(button("cancel", run), {"overview": "1"})
    run.refresh_from_db()
    assert run.status == Status.CANCELLED


def test_a_cancelled_runs_curve_stays_on_its_page_and_on_the_overview(boss):
    run = ModelRun.objects.create(trigger=Trigger.ADMIN, status=Status.CANCELLED, curve=CURVE)
    for page in (text(boss), boss.get(button("change", run)).content.decode()):
        assert "loss by step" in page
        assert "NDCG@10 on events that were held back: 0.1432" in page


@pytest.mark.parametrize("curve", [{}, [], {"series": {}}, {"series": {"training/hybrid": {}}}])
def test_a_run_without_a_curve_draws_none(curve):
    assert pictures.curves(ModelRun(curve=curve)) == []


def test_advice_is_shown_with_its_cure(boss):
    assert "Nothing: model, runs, events, people and items are as they should be." in text(boss)
    ModelRun.objects.bulk_create(
        ModelRun(trigger=Trigger.SCHEDULE, status=Status.FAILED, error="The disk is full")
        for _ in range(3)
    )
    page = text(boss)
    assert "The last 3 trainings broke; the newest says: The disk is full" in page
    assert "mend what it names, then retrain" in page


def test_cold_items_are_named_with_whether_the_live_model_knows_them(boss):
    checkerboard()
    Item.objects.update(rating_count=1)
    known = Item.objects.first()
    Item.objects.filter(pk=known.pk).update(rating_count=0)
    published()
    Item.objects.create(title="A newcomer")
    cold = boss.get(PAGE).context["cold"]
    assert (cold.count, cold.looked_at, cold.known) == (2, 2, 1)
    assert [(title, is_known) for _pk, title, is_known in cold.newest] == [
        ("A newcomer", False),
        (known.title, True),
    ]
    assert "not in the live model yet" in text(boss)


def test_an_older_model_is_made_live_from_the_list_and_one_comes_back_to_the_page(boss):
    checkerboard()
    first, _second = published(), published()
    assert button("make_live", first) in text(boss)
    answer = boss.post(button("make_live", first), {"overview": "1"})
    assert answer.url == PAGE
    assert ModelRun.objects.live() == first


def test_whoever_may_only_look_sees_no_buttons(client):
    checkerboard()
    first, _second = published(), published()
    page = text(staff(client, "view_modelrun"))
    for address in (button("retrain"), button("roll_back"), button("make_live", first)):
        assert address not in page


def test_staff_without_the_right_and_strangers_do_not_see_it(client):
    assert client.get(PAGE).status_code == 302
    page = staff(client, "view_item")
    assert page.get(PAGE).status_code == 403
    index = page.get("/admin/").content.decode()
    assert 'href="/admin/catalog/item/"' in index
    assert 'href="/admin/recommendations/"' not in index


def test_every_button_is_a_form_with_a_token(boss):
    checkerboard()
    published(), published()
    page = text(boss)
    forms = re.findall(r"<form method=\"post\" action=\"/admin/recommendations/.*?</form>", page)
    assert len(forms) == 4
    assert all("csrfmiddlewaretoken" in form for form in forms)


def test_it_has_no_scripts_or_styles_of_its_own(boss):
    judged_run(0.12, curve=CURVE)
    page = text(boss)
    content = page[page.index('<div class="overview">') :]
    content = content[: content.index("Events, people and items were counted")]
    assert "<script" not in content
    assert "style=" not in content


def test_figures_of_another_shape_are_shown_as_far_as_they_go(boss):
    ModelRun.objects.create(
        trigger=Trigger.ADMIN, status=Status.REFUSED, figures={"candidates": [7, {}, FIGURES]}
    )
    assert text(boss)


def test_it_costs_a_bounded_number_of_queries(boss, django_assert_max_num_queries):
    checkerboard()
    for _ in range(8):
        judged_run(0.12)
        published()
    with django_assert_max_num_queries(40):
        boss.get(PAGE)
    with django_assert_max_num_queries(19):
        boss.get(PAGE)
