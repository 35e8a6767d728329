"""What is popular comes first, and events leave the indexes of their item alone."""

from random import Random

import pytest
from django.db import connection

from catalog import services
from catalog.models import Item, Person
from catalog.popularity import DOUBLINGS, POPULAR

pytestmark = pytest.mark.django_db
COUNTS = ("rating_count", "half_star_sum", "view_count")
MOST = 2**31 - 1


def test_the_order_is_that_of_ratings_then_views_then_age():
    chance = Random(5)
    edges = [0, 1, *(2**at + off for at in range(1, DOUBLINGS + 1) for off in (-1, 0, 1)), MOST]
    pairs = [(chance.choice([0, *edges]), chance.choice(edges)) for _ in range(300)]
    pairs += [(0, edge) for edge in edges]
    Item.objects.bulk_create(
        Item(title=f"Book {n}", rating_count=ratings, view_count=views)
        for n, (ratings, views) in enumerate(pairs)
    )
    wanted = Item.objects.order_by("-rating_count", "-view_count", "pk")
    ids = list(wanted.values_list("pk", flat=True))
    assert list(Item.objects.popular().values_list("pk", flat=True)) == ids
    for at in (5, 100, 250):  # what stands behind one of them, as pages by cursor ask for it
        last = Item.objects.get(pk=ids[at])
        behind = Item.objects.popular().filter(popularity__lte=last.popularity)
        assert set(ids[at:]) <= set(behind.values_list("pk", flat=True))


def test_the_first_page_uses_its_index():
    Item.objects.bulk_create(
        Item(title=f"Book {n}", rating_count=n * n % 7919, search_text="x " * 200)
        for n in range(3000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    assert POPULAR[0] == "-popularity"
    assert "item_popularity" in Item.objects.popular().cards()[:24].explain()


def test_no_index_of_items_holds_a_count():
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, Item._meta.db_table)
    indexed = {name for one in found.values() if one["index"] for name in one["columns"] or ()}
    assert "popularity" in indexed
    assert not indexed & {*COUNTS}


def test_a_step_is_seldom_taken():
    item = Item.objects.create(title="Emma")
    steps = []
    for n in range(20):
        person = Person.objects.create(session_key=f"s{n}")
        services.record_view(person, item)
        services.rate_item(person, item, stars=3)
        item.refresh_from_db()
        steps.append(item.popularity)
    assert steps == sorted(steps)
    assert len(set(steps)) == 5  # from 1, 2, 4, 8 and 16 ratings on
