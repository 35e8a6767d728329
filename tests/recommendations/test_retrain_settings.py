"""One row says when the site trains by itself; until it is saved, the environment does."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from catalog.models import Item, User
from recommendations import dataset
from recommendations.models import ModelRun, RetrainSettings
from recommendations.schedule import due
from tests.recommendations.test_schedule import live_run, views
from tests.recommendations.worlds import checkerboard

pytestmark = pytest.mark.django_db
Status, Trigger = ModelRun.Status, ModelRun.Trigger
LIST = "admin:recommendations_retrainsettings_changelist"
ADD = "admin:recommendations_retrainsettings_add"
CHANGE = "admin:recommendations_retrainsettings_change"
FORM = {
    "is_on": "on",
    "every_hours": 48,
    "at_hour": 3,
    "after_events": "",
    "after_share": "",
    "after_items": "",
    "budget": "fast",
    "warm_days": 7,
    "keep_artifacts": 5,
    "keep_days": 30,
}


@pytest.fixture
def boss(client):
    client.force_login(User.objects.create_superuser("boss"))
    return client


def saved(**changes):
    defaults = {"after_events": None, "after_share": None, "after_items": None}
    RetrainSettings(**(defaults | changes)).save()


def test_the_environment_speaks_until_the_row_was_saved(settings):
    settings.RETRAIN_AFTER_EVENTS, settings.RETRAIN_EVERY_HOURS = 7, 11
    settings.TRAIN_BUDGET = "best"
    current = RetrainSettings.current()
    assert (current.after_events, current.every_hours, current.budget) == (7, 11, "best")
    saved(after_events=50)
    settings.RETRAIN_AFTER_EVENTS, settings.RETRAIN_EVERY_HOURS = 8, 12
    current = RetrainSettings.current()
    assert (current.after_events, current.every_hours) == (50, 11)


def test_there_is_one_row_whoever_writes():
    saved()
    saved(every_hours=5)
    assert RetrainSettings.objects.get().every_hours == 5
    with pytest.raises(IntegrityError), transaction.atomic():
        RetrainSettings.objects.bulk_create([RetrainSettings(pk=2)])


def test_when_it_is_switched_off_nothing_begins_by_itself():
    checkerboard()
    assert due(now=timezone.now()).trigger == Trigger.FIRST
    saved(is_on=False)
    assert due(now=timezone.now()) is None


def test_a_share_of_new_events_makes_a_training_due():
    checkerboard()
    live_run(event_count=480)
    saved(after_share=5)
    views(23)
    assert due(now=timezone.now()) is None
    views(1)
    assert due(now=timezone.now()).trigger == Trigger.EVENTS


def test_a_share_of_next_to_nothing_waits_for_twenty_events():
    checkerboard()
    live_run(event_count=30)
    saved(after_share=5)
    views(19)
    assert due(now=timezone.now()) is None
    views(1)
    assert due(now=timezone.now()).trigger == Trigger.EVENTS


def test_new_items_make_a_training_due_once():
    checkerboard()
    live_run()
    saved(after_items=3)
    Item.objects.bulk_create(Item(title=f"New {n}") for n in range(2))
    assert due(now=timezone.now()) is None
    Item.objects.create(title="New 2")
    assert due(now=timezone.now()).trigger == Trigger.ITEMS
    ModelRun.objects.create(
        trigger=Trigger.ITEMS,
        status=Status.REFUSED,
        marks=dataset.marks(),
        finished_at=timezone.now(),
    )
    assert due(now=timezone.now()) is None


def test_a_model_from_before_items_were_counted_knows_all_of_them():
    checkerboard()
    marks = dataset.marks()
    del marks[dataset.ITEMS]
    live_run(marks=marks)
    saved(after_items=1)
    assert due(now=timezone.now()) is None


def test_a_single_new_item_waits_for_the_schedule():
    checkerboard()
    live_run(cut_off=timezone.now())
    saved(after_items=100)
    Item.objects.create(title="New")
    assert due(now=timezone.now()) is None
    assert due(now=timezone.now() + timedelta(hours=24)).trigger == Trigger.SCHEDULE


def test_at_an_hour_of_the_day_it_begins_then_and_not_before(settings):
    settings.TIME_ZONE = "UTC"
    checkerboard()
    asked = datetime(2026, 3, 10, 14, tzinfo=UTC)
    live_run(created_at=asked)
    views(1)
    saved(at_hour=3, every_hours=24)
    assert due(now=datetime(2026, 3, 11, 2, 59, tzinfo=UTC)) is None
    assert due(now=datetime(2026, 3, 11, 3, 1, tzinfo=UTC)).trigger == Trigger.SCHEDULE
    saved(at_hour=3, every_hours=48)
    assert due(now=datetime(2026, 3, 11, 23, 0, tzinfo=UTC)) is None
    assert due(now=datetime(2026, 3, 12, 3, 1, tzinfo=UTC)).trigger == Trigger.SCHEDULE


def test_a_training_at_night_does_not_move_on_day_by_day(settings):
    settings.TIME_ZONE = "UTC"
    checkerboard()
    live_run(created_at=datetime(2026, 3, 10, 3, 50, tzinfo=UTC))
    views(1)
    saved(at_hour=3, every_hours=24)
    assert due(now=datetime(2026, 3, 10, 3, 55, tzinfo=UTC)) is None
    assert due(now=datetime(2026, 3, 11, 3, 0, tzinfo=UTC)).trigger == Trigger.SCHEDULE


def test_the_admin_shows_what_the_environment_says_and_then_keeps_what_was_saved(boss, settings):
    settings.RETRAIN_EVERY_HOURS = 31
    page = boss.get(reverse(LIST), follow=True)
    assert page.redirect_chain == [(reverse(ADD), 302)]
    assert 'value="31"' in page.content.decode()
    assert boss.post(reverse(ADD), FORM).status_code == 302
    row = RetrainSettings.objects.get()
    assert (row.every_hours, row.at_hour, row.after_events, row.budget) == (48, 3, None, "fast")
    page = boss.get(reverse(LIST), follow=True)
    assert page.redirect_chain == [(reverse(CHANGE, args=[row.pk]), 302)]
    assert boss.get(reverse(ADD)).status_code == 403


@pytest.mark.parametrize(
    ("field", "value"), [("at_hour", 24), ("every_hours", 0), ("after_share", 0), ("budget", "x")]
)
def test_the_admin_refuses_what_makes_no_sense(boss, field, value):
    assert boss.post(reverse(ADD), FORM | {field: value}).status_code == 200
    assert not RetrainSettings.objects.exists()


def test_whoever_may_only_look_changes_nothing(client):
    saved()
    user = User.objects.create_user("onlooker", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_retrainsettings"))
    client.force_login(user)
    page = reverse(CHANGE, args=[1])
    assert client.get(page).status_code == 200
    assert client.post(page, FORM).status_code == 403
    assert RetrainSettings.objects.get().every_hours == 24
