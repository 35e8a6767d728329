"""Quarantine and freezes leave no trace in any number, once they are over."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog import privacy, services
from catalog.freezes import is_frozen
from catalog.histogram import histogram_of
from catalog.models import Item, Person, Rating, User
from catalog.trust import acts
from catalog.trust.models import TrustCase
from recommendations.dataset import build_snapshot

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def emma():
    return Item.objects.create(title="Emma")


@pytest.fixture
def keeper():
    return User.objects.create_superuser("keeper", password="a-quiet-lighthouse-42")


def figures():
    """All that items say, and all that is learned."""
    rows = Item.objects.order_by("pk")
    events = build_snapshot().events
    return (
        list(rows.values_list("rating_count", "half_star_sum", "view_count")),
        [histogram_of(item) for item in rows],
        sorted(zip(events.user.tolist(), events.item.tolist(), events.time.tolist(), strict=True)),
    )


def case_of(person, *names):
    signals = [{"name": name, "strength": 1.0} for name in names or ("new",)]
    return TrustCase.objects.create(person=person, trust=0.2, signals=signals)


EVENTS = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(1, 10), st.booleans()), max_size=14
)
SETTINGS = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))


def world_of(events):
    Person.objects.all().delete()
    Item.objects.all().delete()
    people = [Person.objects.create(name=f"p{n}") for n in range(3)]
    items = [Item.objects.create(title=f"i{n}") for n in range(4)]
    for who, what, half_stars, is_private in events:
        rating = services.rate_item(people[who], items[what], stars=half_stars / 2)
        services.record_view(people[who], items[what])
        privacy.keep_private(rating, is_private=is_private)
    return people, items


@SETTINGS
@given(EVENTS, st.sets(st.integers(0, 2)), EVENTS)
def test_quarantine_and_release_are_as_if_neither_had_been(events, suspected, meanwhile):
    def do(*, guarded):
        people, items = world_of(events)
        keeper = User.objects.create_superuser(f"keeper-{User.objects.count()}")
        cases = [case_of(people[n]) for n in suspected] if guarded else []
        for case in cases:
            acts.quarantine(case, by=None)
        for who, what, half_stars, is_private in meanwhile:
            rating = services.rate_item(people[who], items[what], stars=half_stars / 2, at=NOW)
            privacy.keep_private(rating, is_private=is_private)
        before = figures()
        services.recount()
        assert figures() == before
        for case in cases:
            acts.release(case, by=keeper)
        counts, histograms, learned = figures()
        services.recount()
        assert figures()[0] == counts
        return counts, histograms, len(learned)

    assert do(guarded=True) == do(guarded=False)


@SETTINGS
@given(EVENTS, st.sets(st.integers(0, 3)), EVENTS)
def test_a_freeze_that_was_lifted_is_as_if_it_had_not_been(events, frozen, meanwhile):
    def do(*, guarded):
        people, items = world_of(events)
        keeper = User.objects.create_superuser(f"keeper-{User.objects.count()}")
        until = timezone.now() + timedelta(days=1)
        freezes = [acts.freeze(items[n], until=until, by=keeper) for n in frozen if guarded]
        held = figures()[0]
        for who, what, half_stars, is_private in meanwhile:
            if (
                guarded
                and what in frozen
                and not Rating.objects.filter(person=people[who], item=items[what]).exists()
            ):
                rating = services.rate_item(people[who], items[what], stars=half_stars / 2)
                assert figures()[0][what] == held[what]
            else:
                rating = services.rate_item(people[who], items[what], stars=half_stars / 2)
            privacy.keep_private(rating, is_private=is_private)
            held = figures()[0]
        services.recount()
        assert figures()[0] == held
        for made in freezes:
            acts.lift(made, by=keeper)
        counts, histograms, learned = figures()
        assert not Rating.objects.filter(is_held=True).exists()
        return counts, histograms, len(learned)

    assert do(guarded=True) == do(guarded=False)


def test_who_is_in_quarantine_still_has_their_ratings(emma, client):
    user = User.objects.create_user("ann", password="a-quiet-lighthouse-42")
    ann, ben = Person.objects.create(user=user), Person.objects.create(name="Ben")
    services.rate_item(ann, emma, stars=5)
    services.rate_item(ben, emma, stars=2)
    acts.quarantine(case_of(ann), by=None)
    emma.refresh_from_db()
    assert (emma.rating_count, emma.mean_stars) == (1, 2.0)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert "Emma" in client.get(reverse("catalog:my_ratings")).content.decode()
    assert "quarantine" not in client.get(reverse("catalog:my_privacy")).content.decode().lower()


def test_becoming_private_and_back_does_not_lead_out_of_quarantine(emma):
    ann = Person.objects.create(name="Ann")
    services.rate_item(ann, emma, stars=5)
    acts.quarantine(case_of(ann), by=None)
    privacy.choose(ann, is_private=True)
    privacy.choose(ann, is_private=False)
    emma.refresh_from_db()
    assert emma.rating_count == 0


def test_signing_up_does_not_lead_out_of_quarantine(emma):
    visitor = Person.objects.create(session_key="s")
    member = Person.objects.create(user=User.objects.create_user("ann"))
    services.rate_item(visitor, emma, stars=5)
    case = case_of(visitor)
    acts.quarantine(case, by=None)
    services.adopt_visitor(visitor, member=member)
    emma.refresh_from_db()
    member.refresh_from_db()
    assert (emma.rating_count, member.is_quarantined) == (0, True)
    assert TrustCase.objects.get().person == member


def test_old_views_of_somebody_in_quarantine_wait(emma):
    from catalog.thinning import thin_out

    ann = Person.objects.create(name="Ann")
    services.record_view(ann, emma, at=NOW - timedelta(days=100))
    case = case_of(ann)
    acts.quarantine(case, by=None)
    assert thin_out(keep_days=10) == 0
    acts.release(case, by=User.objects.create_superuser("keeper"))
    emma.refresh_from_db()
    assert emma.view_count == 1


def test_a_freeze_holds_what_was_rated_since_it_begins_and_ends_by_itself(emma, keeper):
    ann, ben = Person.objects.create(name="Ann"), Person.objects.create(name="Ben")
    services.rate_item(ann, emma, stars=2, at=timezone.now() - timedelta(days=3))
    services.rate_item(ben, emma, stars=5)
    since, until = timezone.now() - timedelta(days=1), timezone.now() + timedelta(days=1)
    made = acts.freeze(emma, since=since, until=until, by=keeper)
    emma.refresh_from_db()
    assert (emma.mean_stars, is_frozen(emma.pk)) == (1 * 2.0, True)
    assert acts.count_released() == 0
    type(made).objects.update(ends_at=timezone.now() - timedelta(minutes=1))
    assert acts.count_released() == 1
    emma.refresh_from_db()
    assert emma.mean_stars == 3.5


def test_the_page_of_a_frozen_item_says_so(emma, keeper, client):
    address = emma.get_absolute_url()
    assert "being looked at" not in client.get(address).content.decode()
    made = acts.freeze(emma, until=timezone.now() + timedelta(days=1), by=keeper)
    assert "being looked at" in client.get(address).content.decode()
    client.post(f"/items/{emma.pk}/rate/", {"stars": "5"})
    assert Rating.objects.get().is_held
    assert "Nobody has rated this yet" in client.get(address).content.decode()
    acts.lift(made, by=keeper)
    assert "Nobody has rated this yet" not in client.get(address).content.decode()
