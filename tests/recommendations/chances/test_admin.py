"""The page of new items: for whoever may see runs, with every figure of the ledger."""

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from catalog.models import Attribute, Item, User
from recommendations.models import ItemChance
from tests.recommendations.chances.worlds import OLD, counted, keep, newcomers
from tests.recommendations.worlds import checkerboard

pytestmark = pytest.mark.django_db
PAGE = "/admin/recommendations/new-items/"


def staff(client, *rights):
    user = User.objects.create_user("staff", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client.force_login(user)
    return client


def words(answer):
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_it_says_what_each_item_was_given(client):
    shelf, _crowd = checkerboard()
    Item.objects.update(added_at=timezone.now() - OLD)
    found, tried, waiting = newcomers(3, name="<b>New</b>")
    keep(most=0)
    ItemChance.objects.exclude(item=waiting).update(state="tried", tried_from=timezone.now())
    counted(shelf[0], seen=900, opened=90, rung="personal")
    counted(found, seen=40, opened=21)
    counted(tried, seen=13, opened=2)
    keep(most=0)
    page = words(staff(client, "view_modelrun").get(PAGE))
    assert "&lt;b&gt;New&lt;/b&gt; Even 0" in page
    assert "<b>New" not in page
    assert "13 / 40" in page
    assert "40 / 40" in page
    assert "100 %" in page
    assert "At most 8 % of the places" in page
    for label, count in (
        ("Waiting for its turn", 1),
        ("Being tried", 1),
        ("Found its audience", 1),
        ("Ended without one", 0),
    ):
        assert f"<dt>{label}</dt> <dd> {count} </dd>" in page


def test_an_empty_ledger_is_an_ordinary_page(client):
    page = words(staff(client, "view_modelrun").get(PAGE))
    assert "New items get their chance" in page
    assert "Decided last" not in page


def test_only_who_may_see_runs_may_see_it(client):
    assert client.get(PAGE).status_code == 302
    assert staff(client).get(PAGE).status_code == 403


def test_it_asks_a_fixed_number_of_queries(client, django_assert_max_num_queries):
    Attribute.objects.create(kind="genres", name="Even")
    newcomers(12)
    keep()
    client.force_login(User.objects.create_superuser("boss"))
    with django_assert_max_num_queries(8):
        client.get(PAGE)
