"""The numbers behind the advice, counted on rows; and the command that cron runs."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from catalog.models import Item, Person, Rating, ShelfEntry, User
from recommendations import consumers, health, services
from recommendations.models import ModelRun
from tests.recommendations.worlds import checkerboard, published
from tests.servers import redis

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_queues(settings):
    """Advice on queues that nobody works off has tests of its own."""
    settings.REDIS_URL = ""


Status, Trigger = ModelRun.Status, ModelRun.Trigger


@pytest.fixture
def now():
    return timezone.now()


def rate(person, item, at, half_stars=8):
    return Rating.objects.create(person=person, item=item, half_stars=half_stars, rated_at=at)


def names(now):
    return [finding.name for finding in health.advice(health.count(now=now), now=now)]


def run(status, **values):
    return ModelRun.objects.create(trigger=Trigger.SCHEDULE, status=status, **values)


def test_an_empty_site_needs_nothing(now):
    assert names(now) == []


def test_what_items_lack_is_counted_on_listed_ones():
    Item.objects.create(title="Emma", description="A match-maker.", genre_line="Fiction")
    Item.objects.create(title="", genre_line="Fiction")
    Item.objects.create(title="Dracula", description="A count.")
    Item.objects.create(title="", is_listed=False)
    found = health.catalogue()
    assert (found.items, found.untitled, found.undescribed, found.without_genres) == (3, 1, 1, 1)


def test_doubles_share_title_creators_and_year():
    for year, creator in ((1815, "Austen"), (1815, "Austen"), (1815, "Else"), (1996, "Austen")):
        Item.objects.create(title="Emma", year=year, creator_line=creator)
    Item.objects.create(title="Poems")
    assert health.catalogue().doubles == 1


def test_the_last_day_names_who_made_most_of_it(now):
    user = User.objects.create_user("busy")
    busy, other = Person.objects.create(user=user), Person.objects.create(name="other")
    items = [Item.objects.create(title=f"Item {n}") for n in range(4)]
    for item in items:
        rate(busy, item, now - timedelta(hours=2))
    rate(other, items[0], now - timedelta(hours=3))
    ShelfEntry.objects.create(person=other, item=items[1], shelf="want", shelved_at=now)
    rate(other, items[2], now - timedelta(days=2))
    traffic = health.count(now=now).traffic
    assert (traffic.last_day, traffic.busiest, traffic.of_busiest) == (6, "busy", 4)


def test_hours_are_compared_with_the_same_hour_of_the_weeks_before(now):
    person = Person.objects.create(name="Ann")
    items = [Item.objects.create(title=f"Item {n}") for n in range(3)]
    rate(person, items[0], now - timedelta(minutes=30))
    rate(person, items[1], now - timedelta(days=14, minutes=30))
    rate(person, items[2], now - timedelta(days=14, minutes=90))
    traffic = health.count(now=now).traffic
    assert (traffic.last_hour, list(traffic.same_hours)) == (1, [0, 1, 0, 0, 0, 0, 0])


def test_events_ahead_of_the_clock_are_found_but_small_differences_are_not(now):
    person = Person.objects.create(name="Ann")
    first, second = (Item.objects.create(title=title) for title in ("A", "B"))
    rate(person, first, now + timedelta(minutes=5))
    assert "future" not in names(now)
    rate(person, second, now + timedelta(days=1))
    assert "future" in names(now)


def test_a_damaged_model_is_bad_until_it_is_mended(now):
    checkerboard()
    live = published()
    ModelRun.objects.filter(pk=live.pk).update(artifact_problem="item_ids.npy was changed")
    assert "artifact" in names(now)
    services.make_live(live)
    assert "artifact" not in names(now)


def test_an_old_model_matters_once_something_happened_since(now):
    items, people = checkerboard()
    live = published()
    ModelRun.objects.filter(pk=live.pk).update(
        finished_at=now - timedelta(days=9), marks={"rating": Rating.objects.latest("pk").pk}
    )
    assert "old-model" not in names(now)
    ShelfEntry.objects.create(person=people[0], item=items[0], shelf="want")
    assert "old-model" in names(now)


def test_three_broken_runs_in_a_row_are_bad_whatever_was_cancelled_between(now):
    run(Status.FAILED, error="first")
    run(Status.LOST)
    run(Status.CANCELLED)
    assert "runs-fail" not in names(now)
    run(Status.FAILED, error="The disk is full")
    [finding] = health.advice(health.count(now=now), now=now)
    assert "The disk is full" in finding.sentence
    run(Status.SUCCEEDED)
    assert "runs-fail" not in names(now)


def test_a_run_that_waits_long_means_that_no_worker_listens(now):
    waiting = run(Status.QUEUED, created_at=now - timedelta(minutes=20))
    assert names(now) == ["no-worker"]
    services.cancel(waiting)
    assert names(now) == []


def test_counts_are_remembered_for_some_minutes_but_runs_are_not(now):
    health.remembered_counts(now=now)
    Item.objects.create(title="")
    counts = health.remembered_counts(now=now)
    assert counts.catalogue.untitled == 0
    run(Status.QUEUED, created_at=now - timedelta(minutes=20))
    assert [finding.name for finding in health.advice(counts, now=now)] == ["no-worker"]


def test_counting_takes_a_fixed_number_of_queries(now, django_assert_max_num_queries):
    checkerboard()
    published()
    with django_assert_max_num_queries(30):
        health.advice(health.count(now=now), now=now)


def test_the_command_says_that_all_is_well(capsys):
    call_command("advice")
    assert "All is as it should be." in capsys.readouterr().out


def test_the_command_ends_with_1_where_something_is_bad(capsys):
    Item.objects.create(title="")
    with pytest.raises(SystemExit) as end:
        call_command("advice")
    assert end.value.code == 1
    assert "bad: 1 item has no title." in capsys.readouterr().out


def test_a_warning_alone_does_not_fail_the_command(capsys):
    for _ in range(2):
        Item.objects.create(title="Emma")
    call_command("advice")
    assert "warning: 1 item has title" in capsys.readouterr().out


def test_queues_that_nobody_works_off_are_found_where_there_is_a_broker(settings):
    with redis() as broker:
        settings.REDIS_URL = broker
        assert health.training().unheard == ["default", "import", "train"]
        consumers.say_alive("one@here", consuming=["train"])
        assert health.training().unheard == ["default", "import"]
    assert health.training().unheard == []
