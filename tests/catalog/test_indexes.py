"""What is asked of the table of views at every page has an index that answers it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from catalog.models import Item, ItemView, Person

pytestmark = pytest.mark.django_db
START = datetime(2026, 1, 1, tzinfo=UTC)
PEOPLE, ITEMS, EACH = 100, 50, 80


@pytest.fixture
def many():
    people = Person.objects.bulk_create(Person(name=f"P{n}") for n in range(PEOPLE))
    items = Item.objects.bulk_create(Item(title=f"I{n}") for n in range(ITEMS))
    ItemView.objects.bulk_create(
        ItemView(
            person=person,
            item=items[(at + n) % ITEMS],
            viewed_at=START + timedelta(hours=at, minutes=n),
        )
        for at in range(EACH)
        for n, person in enumerate(people)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return people, items


def test_each_usual_question_uses_its_index(many):
    person, item = many[0][7], many[1][7]
    end = START + timedelta(hours=EACH)
    questions = {
        "view_once_lookup": ItemView.objects.filter(
            person=person, item=item, viewed_at__gt=START, viewed_at__lt=end
        ),
        "view_history": ItemView.objects.filter(person=person).order_by("-viewed_at", "-pk")[:20],
        "view_time": ItemView.objects.filter(viewed_at__gt=end - timedelta(hours=1))[:1],
    }
    for index, question in questions.items():
        assert index in question.explain(), (index, question.explain())


def test_old_views_are_found_by_their_time(many):
    old = ItemView.objects.filter(
        viewed_at__gte=START, viewed_at__lt=START + timedelta(hours=1), person__key=None
    )
    assert "view_time" in old.order_by("viewed_at", "pk")[:50].explain()


def test_the_views_of_an_item_are_found_by_the_item(many):
    plan = ItemView.objects.filter(item=many[1][0]).explain()
    assert "catalog_itemview_item_id" in plan
