"""Queries that are compiled once find what Django's own would."""

import pytest
from django.conf import settings
from django.db import connection
from django.db.models import F
from django.test import override_settings

from catalog.cards import MOST_PREPARED, cards_of
from catalog.models import Item, Person, User
from catalog.prepared import PreparedModels
from catalog.tokens.making import find_token, make_token
from catalog.tokens.models import ApiToken, Service

pytestmark = pytest.mark.django_db


@pytest.fixture(params=[True, False], autouse=True)
def _plans(request):
    """PostgreSQL keeps the plans, or does not."""
    with override_settings(DATABASE_KEEPS_PLANS=request.param):
        yield


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 20, MOST_PREPARED, MOST_PREPARED + 1])
def test_cards_are_the_listed_items_with_all_their_fields(count, django_assert_num_queries):
    Item.objects.create(title="Not asked for")
    shelf = [
        Item.objects.create(title=f"Item {n}", year=n or None, is_listed=bool(n % 5))
        for n in range(count)
    ]
    wanted = {item.pk: item for item in shelf if item.is_listed}
    with django_assert_num_queries(1 if count else 0):
        found = {item.pk: item for item in cards_of([item.pk for item in shelf])}
    assert found == wanted
    for pk, item in found.items():
        names = [field.attname for field in Item._meta.concrete_fields]
        assert [getattr(item, name) for name in names] == [
            getattr(wanted[pk], name) for name in names
        ]


def test_a_card_has_no_long_text_until_it_is_asked_for(django_assert_num_queries):
    item = Item.objects.create(title="Emma", description="Long.")
    (card,) = cards_of([item.pk])
    assert {"description", "search_text"} <= card.get_deferred_fields()
    with django_assert_num_queries(1):
        assert card.description == "Long."


def test_a_token_comes_with_its_owner_their_person_and_its_scopes(django_assert_num_queries):
    ann, bob = (User.objects.create_user(name) for name in ("ann", "bob"))
    person = Person.objects.create(user=ann)
    secrets = [make_token(user, name="own", scopes=["read"])[0] for user in (ann, bob)]
    service = Service.objects.create(name="Shop")
    secrets.append(make_token(service, name="shop", scopes=["read", "events"])[0])
    with django_assert_num_queries(3):
        of_ann, of_bob, of_shop = map(find_token, secrets)
        assert of_ann.user.person == person
        assert of_ann.scopes == ["read"]
        assert of_bob.user == bob
        assert not hasattr(of_bob.user, "person")
        assert (of_shop.user, of_shop.service) == (None, service)
        assert of_shop.ends_at is not None
    assert of_ann == ApiToken.objects.get(user=ann)
    assert find_token("cat_own_unknown") is None


def test_an_annotation_and_each_value_of_its_own_are_kept():
    between = PreparedModels[Item](
        lambda low, high: (
            Item.objects.filter(pk__gte=low, pk__lt=high)
            .annotate(next_year=F("year") + 1)
            .order_by("pk")
        )
    )
    shelf = [Item.objects.create(title=f"Of {year}", year=year) for year in (1990, 2000, 2010)]
    assert between.of(shelf[1].pk, shelf[2].pk) == [shelf[1]]
    found = between.of(shelf[0].pk, shelf[2].pk)
    assert [item.next_year for item in found] == [1991, 2001]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="its plans are of PostgreSQL")
def test_postgresql_keeps_the_plan_where_it_may():
    before = times_of_kept_plans()
    for _ in range(10):  # it decides after five
        find_token("cat_own_unknown")
    used = times_of_kept_plans() - before
    assert (4 <= used <= 10) if settings.DATABASE_KEEPS_PLANS else used == 0


def times_of_kept_plans():
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement, generic_plans FROM pg_prepared_statements")
        return sum(times for said, times in cursor.fetchall() if "catalog_apitoken" in said)
