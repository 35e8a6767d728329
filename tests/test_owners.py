"""The marks of an account and its person: others after each change of what is theirs."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.core.cache import cache, caches
from django.db import connection, transaction
from django.utils import timezone

from catalog import changes, owners, privacy, services
from catalog.batches import write
from catalog.models import Item, Person, Rating, ShelfEntry, User
from catalog.moderation import acts
from catalog.owners import Owned, OwnedQuerySet, Owner
from catalog.tokens import authentication, keeping
from catalog.tokens.making import find_token, make_token
from catalog.tokens.models import ApiToken, OutsidePerson, Service
from catalog.told import Told
from recommendations import said, steering
from recommendations.company import groups
from recommendations.company import keeping as like_taste
from recommendations.dismissals import dismiss, undo_dismissal
from recommendations.models import Dismissal, Steering
from tests.marks import shared_cache
from tests.tokens import client_with

pytestmark = pytest.mark.django_db(transaction=True)
OWN = "/api/v1/me/ratings/"


@pytest.fixture
def ann():
    return Person.objects.create(user=User.objects.create_user("ann"))


@pytest.fixture
def item():
    return Item.objects.create(key="emma", title="Emma")


def keys_of(person):
    return Owner("account", person.user_id, person.pk).keys


def changed(person, act):
    """Which of somebody's marks are others after an act: "account", "person"."""
    keys = keys_of(person)
    cache.set_many(dict.fromkeys(keys, 1), None)
    act()
    return {
        name for name, key in zip(("account", "person"), keys, strict=True) if cache.get(key) != 1
    }


def tell(person, item, value):
    write([Told(person_id=person.pk, kind="rating", item_id=item.pk, value=value)])


def adopt(person, item):
    visitor = Person.objects.create(session_key="x")
    services.rate_item(visitor, item, stars=4)
    return lambda: services.adopt_visitor(visitor, member=person)


def after(first, then):
    """What is done before, and what is looked at."""

    def prepared(person, item):
        first(person, item)
        return lambda: then(person, item)

    return prepared


def acting(act):
    return lambda person, item: lambda: act(person, item)


def rate(person, item):
    services.rate_item(person, item, stars=4)


def want(person, item):
    services.shelve_item(person, item, shelf="want")


EVENTS = {
    "rate": acting(rate),
    "rate anew": after(rate, rate),
    "take back": after(rate, services.take_back_rating),
    "view": acting(lambda p, item: services.record_view(p, item)),
    "forget a view": after(
        lambda p, item: services.record_view(p, item),
        lambda p, item: services.forget_views(p, item),
    ),
    "shelve": acting(want),
    "unshelve": after(want, services.unshelve_item),
    "keep private": after(
        rate, lambda p, _item: privacy.keep_private(Rating.objects.get(person=p), is_private=True)
    ),
    "forget all": after(want, lambda p, _item: privacy.forget_shelves(p)),
    "rate by the batch": acting(lambda p, item: tell(p, item, 8)),
    "take back by the batch": after(rate, lambda p, item: tell(p, item, None)),
    "change by the batch": after(
        rate, lambda p, _item: Rating.objects.bulk_update(changed_rows(p), ["half_stars"])
    ),
    "dismiss": acting(dismiss),
    "dismiss by the batch": acting(
        lambda p, item: Dismissal.objects.bulk_create([Dismissal(person=p, item=item)])
    ),
    "undo": after(dismiss, undo_dismissal),
    "leave out": acting(steering.leave_out),
    "take in": after(steering.leave_out, steering.take_in),
    "steer": acting(lambda p, _item: steering.steer(p, Steering(niche=1))),
    "steer no more": after(
        lambda p, _item: steering.steer(p, Steering(niche=1)),
        lambda p, _item: steering.steer(p, Steering()),
    ),
    "agree": acting(lambda p, _item: like_taste.agree(p)),
    "agree no more": after(
        lambda p, _item: like_taste.agree(p), lambda p, _item: like_taste.take_back(p)
    ),
    "join": acting(lambda p, _item: groups.make(p, name="We")),
    "adopt": adopt,
}
OF_BOTH = {
    "choose": acting(lambda p, _item: Person.objects.get(pk=p.pk).save()),
    "quarantine": acting(
        lambda p, _item: Person.objects.filter(pk=p.pk).update(is_quarantined=True)
    ),
    "delete": acting(lambda p, _item: services.forget_people([p])),
}
OF_ACCOUNTS = {
    "rename": acting(lambda p, _item: User.objects.get(pk=p.user_id).save()),
    "suspend": acting(
        lambda p, _item: acts.suspend(p, by=User.objects.create_user("staff", is_staff=True))
    ),
    "close": acting(lambda p, _item: User.objects.filter(pk=p.user_id).update(is_active=False)),
    "delete the account": acting(lambda p, _item: User.objects.get(pk=p.user_id).delete()),
    "revoke": after(
        lambda p, _item: client_with(p.user), lambda _p, _item: ApiToken.objects.get().revoke()
    ),
    "delete tokens": after(
        lambda p, _item: client_with(p.user), lambda _p, _item: ApiToken.objects.all().delete()
    ),
}


def changed_rows(person):
    rows = list(Rating.objects.filter(person=person))
    for row in rows:
        row.half_stars = 1
    return rows


@pytest.mark.usefixtures("with_redis")
@pytest.mark.parametrize("act", [*EVENTS, *OF_BOTH, *OF_ACCOUNTS])
def test_a_change_makes_other_marks_of_those_whose_it_is(ann, item, act):
    bob = Person.objects.create(user=User.objects.create_user("bob"))
    cache.set_many(dict.fromkeys(keys_of(bob), 1), None)
    if act in EVENTS:
        assert "person" in changed(ann, EVENTS[act](ann, item))
    elif act in OF_BOTH:
        assert changed(ann, OF_BOTH[act](ann, item)) == {"account", "person"}
    else:
        assert "account" in changed(ann, OF_ACCOUNTS[act](ann, item))
    assert {*cache.get_many(keys_of(bob)).values()} == {1}
    assert len(cache.get_many(keys_of(bob))) == 2


@pytest.mark.usefixtures("with_redis")
def test_what_nothing_follows_from_leaves_the_marks(ann, item):
    rate(ann, item)
    client_with(ann.user)
    assert not changed(ann, lambda: Rating.objects.update(is_held=True))
    assert not changed(ann, lambda: ApiToken.objects.update(used_at=timezone.now()))
    assert not changed(ann, lambda: ShelfEntry.objects.filter(person=ann).update(shelf="done"))
    assert not changed(ann, lambda: services.take_back_rating(ann, Item.objects.create(title="x")))


def test_all_that_a_list_reads_of_a_person_says_when_it_changes(ann):
    said.past_of(ann)
    (sql, _values) = said._ALL._compiled[connection.vendor]
    read = [model for model in apps.get_models() if f'"{model._meta.db_table}"' in sql]
    assert {"Rating", "ItemView", "Dismissal", "Steering"} <= {model.__name__ for model in read}
    for model in {*read} - {apps.get_model("recommendations", "Group")}:  # it goes with its members
        assert issubclass(model, Owned), model
        assert isinstance(model._default_manager.all(), OwnedQuerySet), model


@pytest.mark.usefixtures("with_redis")
def test_others_hear_of_it_when_they_can_see_it_and_once(ann, item):
    def undone():
        with transaction.atomic():
            rate(ann, item)
            transaction.set_rollback(True)

    assert not changed(ann, undone)

    def done():
        with transaction.atomic():
            with transaction.atomic():
                rate(ann, item)
                transaction.set_rollback(True)  # of the inner one; what it would say is gone too
            want(ann, item)
            entry = ShelfEntry.objects.get()
            before = len(connection.run_on_commit)
            for _ in range(5):
                entry.save()
            assert len(connection.run_on_commit) == before + 1
            assert cache.get(keys_of(ann)[1]) == 1

    assert changed(ann, done) == {"person"}


# --- services -------------------------------------------------------------------------------------
@pytest.fixture
def shop(with_redis, item):
    """A service whose token this process knows, for somebody who rated something."""
    shop = Service.objects.create(name="Shop")
    client = client_with(shop, act_for="c-1")
    assert client.put(f"{OWN}{item.pk}/", {"stars": 4}, format="json").status_code == 201
    for _ in range(2):
        assert stars_of(client) == [4.0]
    return client


def stars_of(client):
    answer = client.get(OWN)
    assert answer.status_code == 200, answer.content
    return [one["stars"] for one in answer.json()["results"]]


def test_a_service_that_comes_back_for_somebody_is_known(shop, reads, monkeypatch):
    monkeypatch.setattr(OutsidePerson.objects, "filter", None)
    assert stars_of(shop) == [4.0]
    assert not reads


def test_each_of_a_services_people_is_somebody_else(shop, item):
    for key in ("c-2", "None"):
        shop.credentials(**{**shop._credentials, "HTTP_ACT_FOR": key})
        for _ in range(3):
            assert stars_of(shop) == []
        assert shop.put(f"{OWN}{item.pk}/", {"stars": 2}, format="json").status_code == 201
        for _ in range(3):
            assert stars_of(shop) == [2.0]
    del shop._credentials["HTTP_ACT_FOR"]
    for _ in range(3):
        assert shop.get(OWN).status_code == 403  # for whom?
    shop.credentials(**{**shop._credentials, "HTTP_ACT_FOR": "c-1"})
    assert stars_of(shop) == [4.0]


@pytest.mark.parametrize(
    ("act", "status"),
    [
        (lambda: Service.objects.update(is_active=False), 401),
        (lambda: ApiToken.objects.get().revoke(), 401),
        (lambda: ApiToken.objects.update(scopes=["events"]), 403),
    ],
)
def test_what_is_done_to_a_service_counts_at_the_next_request(shop, act, status):
    act()
    assert shop.get(OWN).status_code == status


def test_a_person_of_a_service_who_is_deleted_is_gone_at_the_next_request(shop, item):
    services.forget_people(Person.objects.all())
    for _ in range(3):
        assert stars_of(shop) == []
    assert shop.put(f"{OWN}{item.pk}/", {"stars": 1}, format="json").status_code == 201
    for _ in range(3):
        assert stars_of(shop) == [1.0]


# --- tokens ---------------------------------------------------------------------------------------
@pytest.fixture
def client(with_redis, ann):
    """Of somebody whose token this process knows."""
    client = client_with(ann.user)
    for _ in range(2):
        assert client.get(OWN).status_code == 200
    return client


@pytest.fixture
def reads(monkeypatch):
    """What was read of tokens."""
    found = []

    def noted(secret):
        found.append(secret)
        return find_token(secret)

    monkeypatch.setattr(authentication, "find_token", noted)
    return found


def test_a_token_is_read_once_while_nothing_changes(client, reads):
    for _ in range(3):
        assert client.get(OWN).status_code == 200
    assert not reads
    caches["local"].clear()
    assert client.get(OWN).status_code == 200
    assert len(reads) == 1


@pytest.mark.parametrize(
    ("act", "status"),
    [
        (lambda p: ApiToken.objects.get().revoke(), 401),
        (lambda p: User.objects.filter(pk=p.user_id).update(is_active=False), 401),
        (lambda p: p.user.delete(), 401),
        (lambda p: ApiToken.objects.update(scopes=["events"]), 403),
        (lambda p: ApiToken.objects.update(ends_at=timezone.now() - timedelta(days=1)), 401),
    ],
)
def test_what_is_done_to_a_token_or_its_account_counts_at_the_next_request(
    client, ann, act, status
):
    act(ann)
    assert client.get(OWN).status_code == status


def test_a_token_ends_when_it_ends(client, ann, monkeypatch):
    ApiToken.objects.update(ends_at=timezone.now() + timedelta(seconds=30))
    for _ in range(2):
        assert client.get(OWN).status_code == 200
    later = timezone.now() + timedelta(seconds=31)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert client.get(OWN).status_code == 401


def test_who_deletes_all_and_begins_anew_is_somebody_else(client, ann, item):
    services.rate_item(ann, item, stars=4)
    assert client.get(OWN).json()["results"]
    services.forget_people([ann])
    for _ in range(3):
        assert client.get(OWN).json()["results"] == []
    other = Person.objects.create(user=ann.user)
    services.rate_item(other, item, stars=2)
    for _ in range(3):
        assert [one["stars"] for one in client.get(OWN).json()["results"]] == [2.0]


def test_while_redis_is_away_each_request_reads_its_token(client, reads):
    with shared_cache("redis://127.0.0.1:1"):
        for number in range(3):
            assert client.get(OWN).status_code == 200
            assert len(reads) == number + 1


def test_a_request_that_is_let_in_by_a_kept_token_is_counted_once(client, settings):
    settings.API_RATES = {**settings.API_RATES, "user": "3/day"}
    assert [client.get(OWN).status_code for _ in range(4)] == [200, 200, 200, 429]
    ApiToken.objects.update(scopes=["events"])
    assert client.get(OWN).status_code == 403  # what it may not do is said first


def test_each_request_has_rows_of_its_own(ann):
    secret, _row = make_token(ann.user, name="x", scopes=["read"])
    token = find_token(secret)
    copy = keeping._another(token, {})
    assert copy == token
    assert copy is not token
    assert copy.user == token.user == ann.user
    assert copy.user is not token.user
    assert copy.user.person is not token.user.person
    assert copy.user.person.user is copy.user
    copy.user.username = copy.user.person.name = "somebody"
    assert find_token(secret).user.username == token.user.username == "ann"
    assert token.user.person.name == ""
    copy.user.person.refresh_from_db()
    copy.save()


def test_this_process_knows_of_its_changes_before_others_and_without_redis(client, monkeypatch):
    token = ApiToken.objects.get()
    untold = SimpleNamespace(delete_many=lambda _keys: None)
    monkeypatch.setattr(changes, "cache", untold)  # Redis does not hear of it
    token.revoke()
    assert client.get(OWN).status_code == 401
    ApiToken.objects.update(revoked_at=None)
    for _ in range(3):
        assert client.get(OWN).status_code == 200
    monkeypatch.setattr(owners, "MOST_CHANGES", 1)
    ApiToken.objects.update(revoked_at=timezone.now())
    Person.objects.create(user=User.objects.create_user("bob"))  # more than is remembered
    assert not owners._changes_here
    assert client.get(OWN).status_code == 401


def test_without_a_request_nothing_is_known(ann):
    assert owners.known() is None
    assert owners.known_of(ann.pk) is None
