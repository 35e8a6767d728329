"""Views may wait in Redis for a while: none is lost, none is doubled, and no request waits."""

import socket
import time
from datetime import timedelta

import pytest
from django.utils import timezone
from redis import Redis

from catalog import privacy, services, view_buffer, view_writer
from catalog.models import VIEW_PAUSE, Item, ItemView, Person, StreamMark
from catalog.tasks import write_views as write_views_task
from recommendations.dataset import history_of
from tests.servers import redis

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def server():
    with redis() as url:
        yield f"{url}/3"


@pytest.fixture
def buffer(server, settings, monkeypatch):
    """The buffer is on, and its Redis is empty."""
    settings.VIEW_BUFFER, settings.VIEW_BUFFER_URL = True, server
    monkeypatch.setattr(view_buffer, "_retry_at", {})
    with Redis.from_url(server) as redis:
        redis.flushdb()
        yield redis


@pytest.fixture
def emma():
    return Item.objects.create(title="Emma")


@pytest.fixture
def ann():
    return Person.objects.create(name="Ann")


def views():
    return list(ItemView.objects.order_by("pk").values_list("person__name", "item__title"))


def counts():
    return dict(Item.objects.values_list("title", "view_count"))


def test_a_view_waits_in_redis_and_is_written_and_counted_once(buffer, ann, emma):
    assert services.record_view(ann, emma) is True
    assert views() == []
    assert view_writer.write_views() == 1
    assert view_writer.write_views() == 0
    assert views() == [("Ann", "Emma")]
    assert counts() == {"Emma": 1}
    assert view_writer.Reader().length() == 0


def test_its_time_is_when_it_was_looked_at(buffer, ann, emma):
    before = timezone.now()
    services.record_view(ann, emma)
    after = timezone.now()
    view_writer.write_views()
    assert before <= ItemView.objects.get().viewed_at <= after


def test_without_the_setting_a_view_is_written_at_once(buffer, settings, ann, emma):
    settings.VIEW_BUFFER = False
    assert services.record_view(ann, emma) is True
    assert views() == [("Ann", "Emma")]


def test_looks_within_half_an_hour_are_one_view(buffer, ann, emma):
    assert services.record_view(ann, emma) is True
    assert services.record_view(ann, emma) is False
    view_writer.write_views()
    assert services.record_view(ann, emma) is False
    assert view_writer.write_views() == 0
    assert counts() == {"Emma": 1}


def test_a_view_that_was_written_directly_is_not_written_again(buffer, settings, ann, emma):
    """So it is after a Redis that took a view, and did not answer in time."""
    services.record_view(ann, emma)
    settings.VIEW_BUFFER = False
    services.record_view(ann, emma)
    assert view_writer.write_views() == 0
    assert counts() == {"Emma": 1}


def test_looks_that_are_further_apart_are_several_views(buffer, ann, emma):
    now = timezone.now()
    for at in (now - 3 * VIEW_PAUSE, now - VIEW_PAUSE, now - timedelta(minutes=1)):
        view_buffer.note(ann.pk, emma.pk, at=at)
        buffer.delete(f"catalogue:views:of:{ann.pk}")
    assert view_writer.write_views() == 2
    assert counts() == {"Emma": 2}


def test_what_waits_shapes_the_next_page_at_once(buffer, ann, emma):
    services.record_view(ann, emma)
    (waiting,) = history_of(ann)
    assert (waiting.item_id, waiting.kind) == (emma.pk, "view")
    view_writer.write_views()
    (written,) = history_of(ann)
    assert (written.item_id, written.kind) == (emma.pk, "view")


def test_nothing_is_noted_of_somebody_who_pauses(buffer, emma):
    paused = Person.objects.create(is_paused=True)
    assert services.record_view(paused, emma) is False
    assert buffer.xlen(view_buffer.STREAM) == 0


def test_what_waits_is_not_written_for_somebody_who_pauses_since_or_is_gone(buffer, ann, emma):
    ben = Person.objects.create(name="Ben")
    services.record_view(ann, emma)
    services.record_view(ben, emma)
    Person.objects.filter(pk=ann.pk).update(is_paused=True)
    services.forget_people([ben])
    assert view_writer.write_views() == 0
    assert counts() == {"Emma": 0}


def test_a_view_of_an_item_that_is_gone_is_dropped(buffer, ann, emma):
    services.record_view(ann, emma)
    emma.delete()
    assert view_writer.write_views() == 0
    assert view_writer.Reader().length() == 0


def test_a_view_that_is_taken_back_while_it_waits_is_never_written(buffer, ann, emma):
    services.record_view(ann, emma)
    services.forget_views(ann, emma)
    assert history_of(ann) == []
    assert view_writer.write_views() == 0
    assert services.record_view(ann, emma) is True
    assert view_writer.write_views() == 1
    assert buffer.exists(view_buffer.FATES) == 0


def test_views_of_a_visitor_who_signs_in_meanwhile_become_the_members(buffer, ann, emma):
    visitor = Person.objects.create(session_key="visitor")
    services.record_view(visitor, emma)
    services.adopt_visitor(visitor, member=ann)
    assert [event.item_id for event in history_of(ann)] == [emma.pk]
    assert view_writer.write_views() == 1
    assert views() == [("Ann", "Emma")]
    assert buffer.exists(view_buffer.FATES) == 0


def test_a_batch_whose_entries_stayed_behind_is_not_written_again(buffer, ann, emma, monkeypatch):
    services.record_view(ann, emma)
    monkeypatch.setattr(view_writer.Reader, "drop", lambda reader, views: None)
    assert view_writer.write_views() == 1
    ItemView.objects.all().delete()  # so that only the mark can know
    monkeypatch.undo()
    assert view_writer.write_views() == 0
    assert view_writer.Reader().length() == 0


def test_a_redis_that_lost_everything_begins_anew_whatever_its_clock_says(buffer, ann, emma):
    services.record_view(ann, emma)
    view_writer.write_views()
    StreamMark.objects.update(last_entry="99999999999999-0")  # its clock was ahead
    buffer.flushdb()
    services.record_view(Person.objects.create(name="Ben"), emma)
    assert view_writer.write_views() == 1
    assert counts() == {"Emma": 2}


def test_more_than_a_batch_is_written_in_one_go(buffer, emma, monkeypatch):
    monkeypatch.setattr(view_writer, "BATCH", 4)
    for person in Person.objects.bulk_create(Person(name=f"P{n}") for n in range(10)):
        services.record_view(person, emma)
    assert view_writer.write_views() == 10
    assert counts() == {"Emma": 10}


def test_a_full_buffer_lets_views_be_written_directly(buffer, settings, emma):
    settings.VIEW_BUFFER_MOST = 2
    for person in Person.objects.bulk_create(Person(name=f"P{n}") for n in range(3)):
        assert services.record_view(person, emma) is True
    assert views() == [("P2", "Emma")]
    assert view_writer.write_views() == 2


def test_a_redis_that_never_answers_costs_one_short_wait_and_no_view(
    buffer, settings, emma, caplog, monkeypatch
):
    monkeypatch.setattr(view_buffer, "PATIENCE", 1.0)
    people = Person.objects.bulk_create(Person(name=f"P{n}") for n in range(20))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.VIEW_BUFFER_URL = f"redis://127.0.0.1:{silent.getsockname()[1]}/3"
        start = time.monotonic()
        assert all(services.record_view(person, emma) for person in people)
        assert history_of(people[0])
        assert time.monotonic() - start < 10 * view_buffer.PATIENCE
    assert counts() == {"Emma": 20}
    assert caplog.text.count("the buffer of views is away") == 1


def test_a_redis_that_is_gone_costs_no_view_and_the_task_says_so(buffer, settings, ann, emma):
    settings.VIEW_BUFFER_URL = "redis://127.0.0.1:1/3"
    assert services.record_view(ann, emma) is True
    assert views() == [("Ann", "Emma")]
    services.forget_views(ann, emma)
    assert views() == []
    assert write_views_task() == "Redis does not answer"


def test_views_that_wait_are_forgotten_with_all_others(buffer, ann, emma):
    ben = Person.objects.create(name="Ben")
    dracula = Item.objects.create(title="Dracula")
    for item in (emma, dracula):
        services.record_view(ann, item)
    services.record_view(ben, emma)
    view_writer.write_views()
    other = Item.objects.create(title="Ulysses")
    services.record_view(ann, other)
    assert privacy.forget_views(ann) == 2
    assert history_of(ann) == []
    view_writer.write_views()
    assert views() == [("Ben", "Emma")]
    assert counts() == {"Emma": 1, "Dracula": 0, "Ulysses": 0}
    services.record_view(ann, dracula)
    view_writer.write_views()
    assert views() == [("Ben", "Emma"), ("Ann", "Dracula")]


def test_views_of_somebody_who_is_gone_are_never_written(buffer, ann, emma):
    services.record_view(ann, emma)
    services.forget_people([ann])
    assert view_buffer.recent(ann.pk) == {}
    assert view_writer.write_views() == 0
    assert counts() == {"Emma": 0}


def test_views_of_private_people_are_written_and_not_counted(buffer, ann, emma):
    services.record_view(ann, emma)
    privacy.choose(ann, is_private=True)
    assert view_writer.write_views() == 1
    assert counts() == {"Emma": 0}
    privacy.choose(ann, is_private=False)
    assert counts() == {"Emma": 1}
