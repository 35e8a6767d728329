"""When a training begins by itself, and when it does not."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.models import Item, ItemView, Person, Rating
from recommendations import dataset, schedule, services
from recommendations.models import ModelRun
from recommendations.schedule import due
from tests.recommendations.worlds import checkerboard, published

pytestmark = pytest.mark.django_db
Status, Trigger = ModelRun.Status, ModelRun.Trigger
DAY = timedelta(hours=24)


@pytest.fixture(autouse=True)
def _limits(settings):
    settings.RETRAIN_AFTER_EVENTS, settings.RETRAIN_EVERY_HOURS = 5, 24


def live_run(**changes):
    run = published()
    ModelRun.objects.filter(pk=run.pk).update(**({"marks": dataset.marks()} | changes))
    return run


def views(count):
    person, item = Person.objects.create(), Item.objects.first() or Item.objects.create(title="A")
    ItemView.objects.bulk_create(ItemView(person=person, item=item) for _ in range(count))


def test_nothing_is_due_on_an_empty_site():
    assert due(now=timezone.now()) is None


def test_the_first_model_is_due_as_soon_as_there_is_enough():
    views(19)
    assert due(now=timezone.now()) is None
    views(1)
    assert due(now=timezone.now()) == schedule.Due(Trigger.FIRST, "first run")


def test_after_the_first_quick_training_the_full_one_is_due_once():
    checkerboard()
    first = live_run(trigger=Trigger.FIRST)
    assert due(now=timezone.now()) == schedule.Due(Trigger.FULL, f"after run {first.pk}")
    ModelRun.objects.create(
        trigger=Trigger.FULL,
        status=Status.REFUSED,
        marks=dataset.marks(),
        finished_at=timezone.now(),
    )
    assert due(now=timezone.now()) is None


def test_nothing_is_due_while_a_run_waits_or_is_under_way():
    checkerboard()
    services.ask(trigger=Trigger.ADMIN)
    assert due(now=timezone.now()) is None


def test_enough_new_events_make_a_training_due_and_fewer_do_not():
    checkerboard()
    run = live_run()
    views(4)
    assert due(now=timezone.now()) is None
    views(1)
    found = due(now=timezone.now())
    assert (found.trigger, found.window) == (Trigger.EVENTS, f"after run {run.pk}")


def test_a_day_later_a_training_is_due_if_anything_happened():
    checkerboard()
    newest = Rating.objects.order_by("-rated_at").first().rated_at
    live_run(cut_off=newest)
    assert due(now=timezone.now() + DAY) is None
    Rating.objects.filter(pk=Rating.objects.first().pk).update(rated_at=timezone.now())
    assert due(now=timezone.now()) is None
    assert due(now=timezone.now() + DAY).trigger == Trigger.SCHEDULE


def test_a_refused_first_training_is_not_asked_for_again_without_new_events():
    views(20)
    ModelRun.objects.create(
        trigger=Trigger.FIRST,
        status=Status.REFUSED,
        marks=dataset.marks(),
        finished_at=timezone.now(),
    )
    assert due(now=timezone.now()) is None
    views(20)
    assert due(now=timezone.now()).trigger == Trigger.FIRST


def test_a_lost_run_is_tried_again_at_once_and_a_failed_one_after_a_pause():
    now = timezone.now()
    lost = ModelRun.objects.create(trigger=Trigger.ADMIN, status=Status.LOST, finished_at=now)
    assert due(now=now) == schedule.Due(Trigger.ADMIN, f"after run {lost.pk}", attempt=2)
    failed = ModelRun.objects.create(trigger=Trigger.ADMIN, status=Status.FAILED, finished_at=now)
    assert due(now=now) is None
    assert due(now=now + schedule.PAUSE).window == f"after run {failed.pk}"


def test_attempts_in_a_row_are_capped_until_the_next_day():
    now = timezone.now()
    ModelRun.objects.create(
        trigger=Trigger.EVENTS, status=Status.LOST, attempt=schedule.ATTEMPTS, finished_at=now
    )
    assert due(now=now + timedelta(hours=23)) is None
    assert due(now=now + DAY).attempt == 1
