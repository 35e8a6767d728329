"""On PostgreSQL the table of views may be cut into months, and nobody notices."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from catalog import partitions, services
from catalog.models import Item, ItemView, Person
from catalog.thinning import thin_out

ON_POSTGRESQL = connection.vendor == "postgresql"
pytestmark = pytest.mark.django_db
on_postgresql = pytest.mark.skipif(not ON_POSTGRESQL, reason="needs PostgreSQL")
TODAY = date(2026, 6, 15)


@pytest.fixture
def looks():
    """One person's views of one item, from long ago until today; their times."""
    person, item = Person.objects.create(name="Ann"), Item.objects.create(title="Emma")
    today = datetime(2026, 6, 15, tzinfo=UTC)
    times = [today - timedelta(days=days) for days in (9000, 800, 500, 40, 1, 0)]
    for at in times:
        services.record_view(person, item, at=at)
    return times


def parts():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tableoid::regclass::text, COUNT(*) FROM catalog_itemview GROUP BY 1 ORDER BY 1"
        )
        return dict(cursor.fetchall())


def structure():
    """What the table promises: names of indexes and foreign keys."""
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, "catalog_itemview")
    return {
        name: (about["columns"], about["foreign_key"], about["index"], about.get("orders"))
        for name, about in found.items()
        if not about["primary_key"]
    }


@on_postgresql
def test_all_views_are_there_afterwards_each_in_its_month(looks):
    before = list(ItemView.objects.order_by("pk").values_list())
    assert partitions.convert(today=TODAY) == len(looks)
    assert list(ItemView.objects.order_by("pk").values_list()) == before
    assert parts() == {
        "catalog_itemview_old": 2,
        "catalog_itemview_2025_01": 1,
        "catalog_itemview_2026_05": 1,
        "catalog_itemview_2026_06": 2,
    }


@on_postgresql
def test_the_table_promises_what_it_did(looks):
    before = structure()
    partitions.convert(today=TODAY)
    assert structure() == before
    assert len(before) >= 5
    ItemView.objects.create(person_id=10**9, item=Item.objects.get())
    with pytest.raises(IntegrityError, match="foreign key"), transaction.atomic():
        connection.check_constraints()
    ItemView.objects.filter(person_id=10**9).delete()


@on_postgresql
def test_views_are_written_thinned_and_forgotten_as_before(looks):
    partitions.convert(today=TODAY)
    item, ben = Item.objects.get(), Person.objects.create(name="Ben")
    newest = ItemView.objects.latest("pk").pk
    assert services.record_view(ben, item) is True
    assert services.record_view(ben, item) is False
    assert ItemView.objects.latest("pk").pk > newest
    assert services.forget_views(ben, item) == 1
    assert thin_out(keep_days=365, now=datetime(2026, 6, 15, tzinfo=UTC)) == 3
    services.forget_people(Person.objects.all())
    item.refresh_from_db()
    assert (ItemView.objects.count(), item.view_count) == (0, 3)


@on_postgresql
def test_parts_of_the_coming_months_are_made_once_and_take_what_came_before_them(looks):
    partitions.convert(today=TODAY)
    assert partitions.make_ahead(today=TODAY) == []
    late = datetime(2026, 12, 24, tzinfo=UTC)
    ItemView.objects.create(person=Person.objects.get(), item=Item.objects.get(), viewed_at=late)
    assert parts()["catalog_itemview_others"] == 1
    connection.check_constraints()
    assert partitions.make_ahead(today=date(2026, 12, 1)) == [
        f"catalog_itemview_{month}" for month in ("2026_12", "2027_01", "2027_02", "2027_03")
    ]
    assert "catalog_itemview_others" not in parts()
    assert parts()["catalog_itemview_2026_12"] == 1


@on_postgresql
def test_the_usual_questions_look_at_few_parts(looks):
    partitions.convert(today=TODAY)
    person = Person.objects.get()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT 1 FROM catalog_itemview WHERE person_id = %s AND item_id = %s"
            " AND viewed_at > '2026-06-14 23:30Z' AND viewed_at < '2026-06-15 00:30Z'",
            [person.pk, Item.objects.get().pk],
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert plan.count("catalog_itemview_2026") >= 1
    assert "_old" not in plan
    assert "2026_05" not in plan


@on_postgresql
def test_the_command_converts_once_and_then_makes_what_is_missing(looks, capsys):
    call_command("partition_views")
    assert partitions.is_partitioned()
    call_command("partition_views")
    said = capsys.readouterr().out
    assert "6 views are in monthly parts now." in said
    assert "It is in parts already; made: none." in said


@pytest.mark.skipif(ON_POSTGRESQL, reason="is about other databases")
def test_elsewhere_the_command_says_that_it_cannot_be():
    with pytest.raises(CommandError, match="Only PostgreSQL"):
        call_command("partition_views")
    assert partitions.make_ahead(today=timezone.now().date()) == []


def test_an_ordinary_table_gets_no_parts():
    assert partitions.make_ahead(today=TODAY) == []
