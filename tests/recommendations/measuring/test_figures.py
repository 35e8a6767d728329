"""The admin's page: known sums, who may see it, words where there is nothing, and its table."""

import csv
import io
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from catalog import services
from catalog.models import Attribute, Item, ItemAttribute, Person, User
from recommendations.measuring import figures
from recommendations.models import DailyImpressions, ModelRun, ShownPrediction

pytestmark = pytest.mark.django_db
PAGE, TABLE = "/admin/recommendations/measuring/", "/admin/recommendations/measuring.csv"


@pytest.fixture
def boss(client):
    client.force_login(User.objects.create_superuser("boss"))
    return client


def genre(name, *items):
    made = Attribute.objects.create(kind="genres", name=name)
    ItemAttribute.objects.bulk_create(ItemAttribute(item=item, attribute=made) for item in items)


@pytest.fixture
def shelf():
    items = [Item.objects.create(title=f"Item {n}", rating_count=10 * n) for n in range(4)]
    genre("Gothic", items[0], items[1])
    genre("Romance", items[1], items[2])
    return items


def count(item, *, surface="for-you", position=0, run=0, seen, ago=0, **came):
    DailyImpressions.objects.create(
        day=timezone.localdate() - timedelta(days=ago),
        surface=surface,
        position=position,
        run=run,
        rung="personal",
        item=item,
        seen=seen,
        **came,
    )


def text(client):
    answer = client.get(PAGE)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_sums_are_by_surface_and_by_run_over_28_days(shelf):
    run = ModelRun.objects.create(trigger="command", label="Hybrid")
    count(shelf[0], seen=100, opened=10, run=run.pk)
    count(shelf[1], seen=100, opened=30, rated=5, position=1, run=run.pk, ago=27)
    count(shelf[1], seen=50, shelved=2, surface="popular")
    count(shelf[1], seen=1000, opened=1000, ago=28)
    found = figures.figures(now=timezone.now())
    assert [(line.name, line.totals.seen) for line in found.surfaces] == [
        ("for-you", 200),
        ("popular", 50),
    ]
    assert [(line.name, line.totals.opened) for line in found.runs] == [
        (f"{run.pk} · Hybrid", 40),
        ("", 0),
    ]
    first = found.surfaces[0].totals
    assert [rate.percent for rate in first.rates] == [20.0, 2.5, 0.0]
    assert first.corrected is None, "no item stood at two positions"
    assert found.total.seen == 250
    assert (found.days[0][1], found.days[-1][1]) == (100, 150)


def test_the_corrected_rate_is_as_if_each_had_stood_first(shelf):
    for item, liked in zip(shelf, (0.2, 0.1, 0.4, 0.1), strict=True):
        count(item, seen=100_000, opened=int(100_000 * liked))
        count(item, position=1, seen=100_000, opened=int(50_000 * liked))
    found = figures.figures(now=timezone.now())
    assert found.factors["for-you"] == pytest.approx([1, 0.5], abs=1e-3)
    totals = found.surfaces[0].totals
    assert totals.rates[0].percent == pytest.approx(15)
    assert totals.corrected == pytest.approx(20, abs=0.01)


def test_reach_is_of_listed_items_and_genres_share_an_item(shelf):
    count(shelf[0], seen=10)
    count(shelf[1], seen=20)
    hidden = Item.objects.create(title="Hidden", is_listed=False)
    count(hidden, seen=99)
    found = figures.reach(now=timezone.now())
    assert found.coverage == 50.0
    assert found.shown_popularity == pytest.approx(20 * 10 / 30)
    assert found.popularity == 15.0
    # Gothic: all of item 0, half of item 1; Romance: the other half, and item 2.
    assert found.genres == [
        ("Gothic", pytest.approx(100 * 20 / 30), pytest.approx(50)),
        ("Romance", pytest.approx(100 * 10 / 30), pytest.approx(50)),
    ]
    assert [row[1:] for row in found.most_shown] == [("Item 1", 20, 0), ("Item 0", 10, 0)]


def test_the_page_shows_figures_and_is_linked_from_the_overview(boss, shelf):
    count(shelf[0], seen=100, opened=5)
    page = text(boss)
    assert "5.00 %" in page
    assert "between 2.15 and 11.18, at 95 %" in page
    assert "For you, on the home page" in page
    assert "Too little was opened yet to tell" in page
    assert "Nobody has rated anything yet after a predicted rating" in page
    assert f'href="{PAGE}"' in boss.get("/admin/recommendations/").content.decode()
    assert f'href="{TABLE}"' in page


def test_without_anything_it_says_why(boss):
    page = text(boss)
    assert "Nothing was counted yet." in page
    assert TABLE not in page
    rows = boss.get(TABLE).content.decode().splitlines()
    assert len(rows) == 1


def test_it_says_how_many_ratings_lay_inside(boss, shelf):
    ann = Person.objects.create()
    for item, stars in zip(shelf, (4, 4, 4, 1), strict=True):
        ShownPrediction.objects.create(
            person=ann, item=item, run=1, half_stars=8, low=7, high=9, shown_at=timezone.now()
        )
        services.rate_item(ann, item, stars=stars)
    assert "75.0 %" in text(boss)
    assert "of 4 ratings" in text(boss)


def test_the_table_has_a_row_for_each_place(boss, shelf):
    count(shelf[0], seen=10, opened=5, run=3)
    count(shelf[1], seen=10, run=3)
    count(shelf[1], seen=4, position=2, run=3, ago=3)
    answer = boss.get(TABLE)
    assert answer["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [(r["surface"], r["run"], r["rung"], r["position"], r["seen"]) for r in rows] == [
        ("for-you", "3", "personal", "1", "20"),
        ("for-you", "3", "personal", "3", "4"),
    ]
    assert rows[0]["opened_rate"] == "0.250000"
    assert float(rows[0]["opened_low"]) == pytest.approx(0.1119, abs=1e-4)


@pytest.mark.parametrize("address", [PAGE, TABLE])
def test_only_whoever_may_see_runs_sees_it(address):
    assert Client().get(address).status_code == 302
    user = User.objects.create_user("staff", is_staff=True)
    client = Client()
    client.force_login(user)
    assert client.get(address).status_code == 403
    user.user_permissions.add(Permission.objects.get(codename="view_modelrun"))
    assert client.get(address).status_code == 200
    plain = Client()
    plain.force_login(User.objects.create_user("reader"))
    assert plain.get(address).status_code == 302


def test_it_takes_a_bounded_number_of_queries(boss, shelf, django_assert_max_num_queries):
    for n in range(30):
        count(shelf[n % 4], seen=10, opened=3, position=n % 10, run=n, ago=n % 20)
    boss.get("/admin/")
    with django_assert_max_num_queries(20):
        boss.get(PAGE)
