"""Old views become daily counts: each once, whatever stops the work, and never out of the sums."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import call_command

from catalog import services, thinning
from catalog.models import DailyViews, Item, ItemView, Person
from catalog.tasks import keep_tables_small
from catalog.thinning import thin_out

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 15, 9, tzinfo=UTC)


@pytest.fixture
def emma():
    return Item.objects.create(title="Emma")


@pytest.fixture
def ann():
    return Person.objects.create(name="Ann")


def look(person, item, *, days, hours=0):
    at = NOW - timedelta(days=days, hours=hours)
    assert services.record_view(person, item, at=at)
    return at.date()


def daily():
    return list(
        DailyViews.objects.order_by("day", "item").values_list("item__title", "day", "count")
    )


def test_views_older_than_the_days_to_keep_become_counts_by_item_and_day(ann, emma):
    dracula = Item.objects.create(title="Dracula")
    long_ago = look(ann, emma, days=40)
    look(Person.objects.create(), emma, days=40, hours=2)
    look(ann, dracula, days=40)
    later = look(ann, emma, days=31)
    look(ann, emma, days=1)
    assert thin_out(keep_days=30, now=NOW) == 4
    assert daily() == [("Emma", long_ago, 2), ("Dracula", long_ago, 1), ("Emma", later, 1)]
    assert ItemView.objects.count() == 1


def test_only_whole_days_are_thinned(ann, emma):
    look(ann, emma, days=30)
    assert thin_out(keep_days=30, now=NOW) == 0
    assert thin_out(keep_days=30, now=NOW + timedelta(days=1)) == 1


def test_a_day_is_one_where_the_site_is(ann, emma, settings):
    settings.TIME_ZONE = "Asia/Tokyo"
    services.record_view(ann, emma, at=datetime(2026, 1, 1, 20, tzinfo=UTC))
    thin_out(keep_days=30, now=NOW)
    assert daily() == [("Emma", date(2026, 1, 2), 1)]


def test_what_was_thinned_still_counts(ann, emma):
    for days in (90, 60, 1):
        look(ann, emma, days=days)
    thin_out(keep_days=30, now=NOW)
    emma.refresh_from_db()
    assert emma.view_count == 3
    services.recount()
    emma.refresh_from_db()
    assert emma.view_count == 3


def test_a_second_time_counts_nothing_twice_and_more_of_a_day_is_added(ann, emma):
    day = look(ann, emma, days=40)
    assert thin_out(keep_days=30, now=NOW) == 1
    assert thin_out(keep_days=30, now=NOW) == 0
    look(ann, emma, days=40, hours=3)
    assert thin_out(keep_days=30, now=NOW) == 1
    assert daily() == [("Emma", day, 2)]


def test_it_may_be_stopped_in_the_middle_of_a_batch_and_begun_again(ann, emma, monkeypatch):
    for days in range(40, 50):
        look(ann, emma, days=days)
    whole, calls = thinning._add, []

    def stop_at_the_third(counts):
        whole(counts)
        calls.append(counts)
        if len(calls) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(thinning, "_add", stop_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        thin_out(keep_days=30, now=NOW, batch=3)
    assert (ItemView.objects.count(), DailyViews.objects.count()) == (4, 6)
    monkeypatch.undo()
    assert thin_out(keep_days=30, now=NOW, batch=3) == 4
    assert (ItemView.objects.count(), [count for *_, count in daily()]) == (0, [1] * 10)


def test_views_of_a_data_set_are_kept_however_old(emma):
    reader = Person.objects.create(key="reader-1")
    look(reader, emma, days=9000)
    assert thin_out(keep_days=30, now=NOW) == 0
    assert ItemView.objects.count() == 1


def test_nothing_is_thinned_where_all_is_to_be_kept(ann, emma, settings):
    look(ann, emma, days=9000)
    assert thin_out(keep_days=0, now=NOW) == 0
    settings.VIEWS_KEEP_DAYS = 0
    assert keep_tables_small().startswith("0 views")


def test_the_daily_task_and_the_command_keep_as_the_settings_say(ann, emma, settings, capsys):
    settings.VIEWS_KEEP_DAYS = 365
    look(ann, emma, days=1000)
    assert keep_tables_small().startswith("1 views became daily counts")
    look(ann, emma, days=100)
    call_command("thin_out", keep_days=30, verbosity=0)
    assert "1 views became daily counts" in capsys.readouterr().out


def test_views_of_private_and_paused_people_become_no_daily_count():
    emma = Item.objects.create(title="Emma")
    for switches in ({}, {"is_private": True}, {"is_paused": True}):
        person = Person.objects.create(**switches)
        ItemView.objects.create(person=person, item=emma, viewed_at=NOW - timedelta(days=90))
    thinning.thin_out(keep_days=30, now=NOW)
    assert not ItemView.objects.exists()
    assert sum(DailyViews.objects.values_list("count", flat=True)) == 1
