"""The catalogue's mark: another one after each change of what lists follow from."""

import pytest
from django.core.cache import cache
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from catalog import changes, curation
from catalog.models import Attribute, Item, ItemAttribute, User
from recommendations import canary
from recommendations.models import Arm, Experiment, ModelRun, Placement, Rule
from tests.marks import mark, shared_cache
from tests.recommendations.worlds import checkerboard, published
from tests.tokens import client_with

pytestmark = pytest.mark.django_db(transaction=True)
ITEMS = "/api/v1/items/"


@pytest.fixture
def item():
    item = Item.objects.create(key="emma", title="Emma")
    genre = Attribute.objects.create(kind="genres", name="Novel")
    ItemAttribute.objects.create(item=item, attribute=genre)
    return item


def send(item):
    staff = client_with(User.objects.create_user("staff", is_staff=True, is_superuser=True))
    rows = [{"key": item.key, "title": "Emma, whole"}]
    answer = staff.post(f"{ITEMS}bulk/", rows, format="json")
    assert answer.status_code == 200, answer.content
    item.refresh_from_db()
    assert item.title == "Emma, whole"


def rename_genre(item):
    genre = Attribute.objects.get()
    genre.name = "Novels"
    genre.save()
    curation.refresh_items_with(genre)
    item.refresh_from_db()
    assert item.genre_line == "Novels"


def begin_experiment(_item):
    experiment = Experiment.objects.create(name="Test", surface="for-you")
    for place in range(2):
        Arm.objects.create(experiment=experiment, place=place, name=f"{place}")


def try_model(_item):
    older = published("ease")
    published("markov")
    cache.set(changes.KEY, 1, None)
    canary.start_canary(older, share=10)


def stop_serving(_item):
    run = published()
    cache.set(changes.KEY, 1, None)
    ModelRun.objects.filter(pk=run.pk).update(is_live=False, artifact="")


ACTS = {
    "save": lambda item: Item(pk=item.pk, key="emma", title="Another").save(),
    "update": lambda item: Item.objects.filter(pk=item.pk).update(title="Another"),
    "bulk": lambda item: Item.objects.bulk_update([item], ["title"]),
    "send": send,
    "rename": rename_genre,
    "withdraw": lambda _item: curation.list_items(Item.objects.all(), are_listed=False),
    "delete": lambda item: item.delete(),
    "delete all": lambda _item: Item.objects.all().delete(),
    "rule": lambda item: Rule(note="test", action="hide", item=item).save(),
    "placement": lambda _item: Placement.objects.all()[0].save(),
    "experiment": begin_experiment,
    "publish": lambda _item: published(),
    "canary": try_model,
    "stop serving": stop_serving,
}


@pytest.mark.usefixtures("with_redis")
@pytest.mark.parametrize("act", ACTS)
def test_a_change_makes_another_mark(item, act):
    if act in ("canary", "publish", "stop serving"):
        checkerboard()
    cache.set(changes.KEY, 1, None)
    ACTS[act](item)
    assert mark() is None  # the next request makes another one


def train(item):
    run = ModelRun.objects.create()
    cache.set(changes.KEY, 1, None)
    ModelRun.objects.filter(pk=run.pk).update(heartbeat_at=timezone.now(), log="x", progress=0.5)


SILENT = {
    "counts": lambda item: Item.objects.filter(pk=item.pk).update(
        rating_count=F("rating_count") + 1
    ),
    "nothing": lambda _item: Item.objects.filter(pk=0).update(title="Another"),
    "a sign of life": train,
}


@pytest.mark.usefixtures("with_redis")
@pytest.mark.parametrize("act", SILENT)
def test_what_no_list_follows_from_leaves_the_mark(item, act):
    cache.set(changes.KEY, 1, None)
    SILENT[act](item)
    assert mark() == 1


@pytest.mark.usefixtures("with_redis")
def test_after_a_request_no_mark_is_known(client):
    assert client.get(ITEMS).status_code == 200
    assert changes.known() is None


@pytest.mark.usefixtures("with_redis")
def test_this_process_knows_of_its_change_before_others_can_see_it(item):
    cache.set(changes.KEY, 1, None)
    changes.note(1)
    before = changes.known()
    with transaction.atomic():
        Item.objects.update(title="Another")
        assert mark() == 1
        assert changes.known() != before
    changes.note(None)


@pytest.mark.usefixtures("with_redis")
def test_others_hear_of_a_change_when_they_can_see_it(item):
    cache.set(changes.KEY, 1, None)
    with transaction.atomic():
        Item.objects.update(title="Another")
        assert mark() == 1
    assert mark() is None  # the next request makes another one
    cache.set(changes.KEY, 1, None)
    with transaction.atomic():
        Item.objects.update(title="A third")
        transaction.set_rollback(True)
    assert mark() == 1


def known_within(client, monkeypatch, address=ITEMS):
    """The mark that a request of the API knows when it reads."""
    seen = []
    listed = type(Item.objects.all()).listed

    def noted(self):
        known = changes.known()
        seen.append(known and known[0])
        return listed(self)

    monkeypatch.setattr(type(Item.objects.all()), "listed", noted)
    assert client.get(address).status_code == 200
    monkeypatch.undo()
    return set(seen)


@pytest.mark.usefixtures("with_redis")
def test_a_request_learns_the_mark_as_it_is_counted(client, item, monkeypatch):
    cache.delete(changes.KEY)  # as in a new Redis
    (first,) = known_within(client, monkeypatch)
    assert first == mark() is not None
    assert known_within(client, monkeypatch) == {first}
    item.save()
    (second,) = known_within(client, monkeypatch)
    assert second == mark() != first
    assert known_within(client, monkeypatch, "/") == {None}  # a page is not counted


@pytest.mark.usefixtures("without_redis")
def test_without_redis_no_mark_is_known(client, item, monkeypatch):
    assert known_within(client, monkeypatch) == {None}


def test_while_redis_is_away_no_mark_is_known_and_changes_are_made(client, item, monkeypatch):
    with shared_cache("redis://127.0.0.1:1"):
        assert known_within(client, monkeypatch) == {None}
        Item.objects.update(title="Another")
        assert known_within(client, monkeypatch) == {None}
    assert Item.objects.get().title == "Another"
