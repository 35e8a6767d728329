"""The check on rows: who is quarantined, who is proposed, who is left alone; and the admin."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from catalog import services
from catalog.arriving.models import Arrival, ArrivalRow
from catalog.freezes import Freeze
from catalog.models import Item, Person, Rating, User
from catalog.tasks import check_trust, end_freezes
from catalog.trust import acts
from catalog.trust.checking import check
from catalog.trust.models import TrustCase
from tests.catalog.trust.worlds import honest_world

pytestmark = pytest.mark.django_db
Status = TrustCase.Status
NOW = timezone.now()


@pytest.fixture
def keeper():
    return User.objects.create_superuser("keeper", password="a-quiet-lighthouse-42")


@pytest.fixture
def items():
    """With the ratings of 120 honest members, all of them long ago."""
    world = honest_world(people=120, items=80)
    items = Item.objects.bulk_create(Item(title=f"Book {n}") for n in range(81))
    came = world.came()
    users = User.objects.bulk_create(User(username=f"u{n}") for n in range(120))
    people = Person.objects.bulk_create(
        Person(user=user, created_at=datetime.fromtimestamp(at, UTC))
        for user, at in zip(users, came.tolist(), strict=True)
    )
    columns = (world.rater, world.item, world.stars, world.time)
    Rating.objects.bulk_create(
        Rating(
            person=people[who],
            item=items[what],
            half_stars=int(2 * stars),
            rated_at=datetime.fromtimestamp(at, UTC),
        )
        for who, what, stars, at in zip(*(c.tolist() for c in columns), strict=True)
    )
    services.recount()
    return items


def campaign(items, *, count=8, **more):
    """New accounts that all love the last item and rate a few others; their people."""
    people = []
    for number in range(count):
        who = {"session_key": f"s{number}", "created_at": NOW - timedelta(hours=number)} | more
        person = Person.objects.create(**who, name=f"bot {number}")
        others = [items[(7 * number + n) % 60] for n in range(5)]
        for item in (items[-1], *others):
            at = NOW - timedelta(hours=number) + timedelta(minutes=1)
            stars = 5 if item == items[-1] else 3.5
            services.rate_item(person, item, stars=stars, at=min(at, timezone.now()))
        people.append(person)
    return people


def test_a_campaign_is_quarantined_and_says_why(items):
    before = Item.objects.get(pk=items[-1].pk)
    people = campaign(items)
    found = check()
    assert set(TrustCase.objects.values_list("person", flat=True)) == {p.pk for p in people}
    assert (found.quarantined, found.proposed) == (8, 0)
    after = Item.objects.get(pk=items[-1].pk)
    assert (after.rating_count, after.half_star_sum) == (before.rating_count, before.half_star_sum)
    case = TrustCase.objects.first()
    assert [signal["name"] for signal in case.signals] == ["wave", "new"]
    assert case.decisions.get().is_automatic
    assert "0 people were quarantined, 0 proposed" in check_trust()


def test_a_dry_run_says_what_it_would_do_and_does_nothing(items):
    campaign(items)
    said = StringIO()
    call_command("check_trust", "--dry-run", stdout=said)
    assert "8 people were quarantined" in said.getvalue()
    assert "one of 8 new accounts that gave “Book 80” 4 stars or more" in said.getvalue()
    assert not TrustCase.objects.exists()
    assert not Person.objects.filter(is_quarantined=True).exists()
    assert "0 ratings" in end_freezes()


@pytest.mark.parametrize("known", ["simulated", "imported"])
def test_simulated_and_imported_readers_are_not_judged(items, known):
    people = campaign(items)
    if known == "simulated":
        Person.objects.filter(name__startswith="bot").update(is_simulated=True)
    else:
        for person in people:
            Person.objects.filter(pk=person.pk).update(session_key=None, key=f"k{person.pk}")
    assert check().cases == []


def test_archives_that_arrive_at_once_are_no_burst(items):
    ann = Person.objects.create(session_key="ann", created_at=NOW - timedelta(minutes=5))
    arrival = Arrival.objects.create(person=ann, file_name="a.csv", status=Arrival.Status.TAKEN)
    for number, item in enumerate(items[:70]):
        services.rate_item(ann, item, stars=round(2 * (item.mean_stars or 3.5)) / 2)
        ArrivalRow.objects.create(
            arrival=arrival, number=number, title=item.title, item=item, half_stars=6,
            outcome=ArrivalRow.Outcome.TAKEN,
        )  # fmt: skip
    assert check().cases == []


def test_staff_are_proposed_only(items):
    people = campaign(items)
    boss = User.objects.create_user("boss", is_staff=True)
    Person.objects.filter(pk=people[0].pk).update(user=boss)
    check()
    assert people[0].trust_case.status == Status.PROPOSED


def test_where_too_many_are_suspected_a_person_decides(items, monkeypatch):
    monkeypatch.setattr("catalog.trust.thresholds.MOST_AT_LEAST", 3)
    monkeypatch.setattr("catalog.trust.thresholds.MOST_AT_ONCE", 0.01)
    campaign(items)
    found = check()
    assert (found.quarantined, found.proposed) == (0, 8)


def test_who_was_found_fine_is_not_proposed_for_the_same_again(items, keeper):
    campaign(items)
    check()
    for case in TrustCase.objects.all():
        acts.release(case, by=keeper)
    assert check().cases == []
    TrustCase.objects.update(excused=[])
    found = check()
    assert (found.quarantined, found.proposed) == (0, 8)


def test_a_proposal_that_no_longer_holds_is_withdrawn(items):
    campaign(items)
    ann = Person.objects.create(session_key="ann")
    TrustCase.objects.create(person=ann, trust=0.4)
    assert check().withdrawn == 1


def test_the_queue_says_why_and_its_buttons_do_what_they_say(items, keeper, client):
    people = campaign(items)
    check()
    client.force_login(keeper, backend="django.contrib.auth.backends.ModelBackend")
    case = people[0].trust_case
    assert "bot 0" in client.get("/admin/catalog/trustcase/").content.decode()
    address = f"/admin/catalog/trustcase/{case.pk}"
    page = client.get(f"{address}/change/").content.decode()
    for words in ("one of 8 new accounts", "Release", "the nightly check", "Book 80"):
        assert words in page
    client.post(f"{address}/release/")
    assert not Person.objects.get(pk=people[0].pk).is_quarantined
    page = client.get(f"{address}/change/").content.decode()
    assert "keeper" in page
    client.post(f"{address}/quarantine/")
    assert Person.objects.get(pk=people[0].pk).is_quarantined
    assert client.get(f"{address}/release/").status_code == 405
    assert client.get("/admin/catalog/trustcase/?status=fine").status_code == 200
    helper = User.objects.create_user("helper", is_staff=True)
    client.force_login(helper, backend="django.contrib.auth.backends.ModelBackend")
    assert client.post(f"{address}/release/").status_code == 403


def test_an_item_is_frozen_and_thawed_in_the_admin(keeper, client):
    emma = Item.objects.create(title="Emma")
    client.force_login(keeper, backend="django.contrib.auth.backends.ModelBackend")
    until = timezone.localtime() + timedelta(days=2)
    sent = {
        "item": emma.pk, "begins_at_0": "2020-01-01", "begins_at_1": "00:00",
        "ends_at_0": until.strftime("%Y-%m-%d"), "ends_at_1": "12:00", "why": "a campaign",
    }  # fmt: skip
    assert client.post("/admin/catalog/freeze/add/", sent).status_code == 302
    made = Freeze.objects.get()
    assert (made.made_by, made.is_active) == (keeper, True)
    page = client.get(f"/admin/catalog/freeze/{made.pk}/change/").content.decode()
    assert "Lift the freeze" in page
    client.post(f"/admin/catalog/freeze/{made.pk}/lift/")
    made.refresh_from_db()
    assert not made.is_active
    assert client.get("/admin/catalog/freeze/").status_code == 200
