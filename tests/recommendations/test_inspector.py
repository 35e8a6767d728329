"""The inspector: one reason for each item, the one that the served list shows to be true."""

import random

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission

from catalog import services as events
from catalog.models import Attribute, Item, ItemView, Person, User
from recommendations import dismissals, inspector, selectors, steering
from recommendations.inspector import Outcome, Setting
from recommendations.models import Rule, Steering
from recommendations.visit import Visit
from tests.recommendations.readers import ids, reader_of
from tests.recommendations.worlds import checkerboard, published

pytestmark = pytest.mark.django_db
PAGE = "/admin/recommendations/inspector/"


@pytest.fixture
def world(monkeypatch):
    """Forty items, a list of eight; some withdrawn, hidden, limited, pinned or newer."""
    monkeypatch.setattr(inspector, "CUT", 8)
    shelf, crowd = checkerboard(items=40)
    published("markov")
    events.recount()
    shelf.append(Item.objects.create(title="Came after the model"))
    return shelf, crowd


def rule(action, **values):
    made = Rule(action=action, note="a test", **values)
    made.full_clean()
    made.save()
    return made


def govern(shelf):
    Item.objects.filter(pk__in=[shelf[4].pk, shelf[5].pk]).update(is_listed=False)
    odd = Attribute.objects.get(name="Odd")
    rule("hide", item=shelf[6])
    rule("hide", item=shelf[7])
    rule("pin", item=shelf[8], place=3)
    rule("at_most", attribute=odd, most=3)
    rule("boost", item=shelf[10], strength=1.0)


def served(person):
    return ids(selectors.for_you(person, limit=inspector.CUT))


@pytest.mark.parametrize("seed", range(3))
def test_every_pair_has_one_reason_that_agrees_with_the_served_list(world, seed):
    shelf, crowd = world
    govern(shelf)
    chance = random.Random(seed)
    people = [*chance.sample(crowd, 5), Person.objects.create()]
    for person in people:
        for item in chance.sample(shelf, 2):
            dismissals.dismiss(person, item)
    found = set()
    for person in people:
        shown = served(person)
        visit = Visit(person)
        for item in chance.sample(shelf, 14):
            item.refresh_from_db()
            standing = inspector.inspect(person, item).standing
            found.add(standing.outcome)
            assert (standing.outcome == Outcome.SHOWN) == (item.pk in shown)
            if standing.outcome == Outcome.SHOWN:
                assert shown[standing.place - 1] == item.pk
                continue
            is_true = {
                Outcome.WITHDRAWN: not item.is_listed,
                Outcome.SEEN: item.pk in visit.seen,
                Outcome.DISMISSED: item.pk in visit.dismissed,
                Outcome.RULE: standing.rule is not None,
                Outcome.UNKNOWN: item == shelf[-1],
                Outcome.BELOW: bool(standing.rank),
            }
            assert is_true[standing.outcome]
            if standing.outcome in (Outcome.RULE, Outcome.UNKNOWN, Outcome.BELOW):
                earlier = (Outcome.WITHDRAWN, Outcome.SEEN, Outcome.DISMISSED)
                assert not any(is_true[outcome] for outcome in earlier)
    assert len(found) >= 4


def test_each_reason_is_found(world):
    shelf, _crowd = world
    person = reader_of(shelf[0:4:2])
    hidden = rule("hide", item=shelf[6])
    pin = rule("pin", item=shelf[7], place=2)
    dismissals.dismiss(person, shelf[8])
    Item.objects.filter(pk=shelf[10].pk).update(is_listed=False)
    shelf[10].refresh_from_db()

    def told(item):
        return inspector.inspect(person, item).standing

    assert told(shelf[0]).outcome == Outcome.SEEN
    assert (told(shelf[6]).outcome, told(shelf[6]).rule) == (Outcome.RULE, hidden)
    assert (told(shelf[7]).outcome, told(shelf[7]).place) == (Outcome.SHOWN, 2)
    assert told(shelf[7]).rule == pin
    assert told(shelf[8]).outcome == Outcome.DISMISSED
    assert told(shelf[10]).outcome == Outcome.WITHDRAWN
    assert told(shelf[-1]).outcome == Outcome.UNKNOWN
    below = told(shelf[9])
    assert below.outcome == Outcome.BELOW
    assert below.rank > inspector.CUT


def test_an_item_that_its_group_leaves_no_room_for_is_put_down_to_that_rule(world):
    shelf, _crowd = world
    person = reader_of(shelf[0:4:2])
    limited = rule("at_most", attribute=Attribute.objects.get(name="Even"), most=2)
    out = [item for item in shelf[6:40:2] if item.pk not in served(person)]
    standing = inspector.inspect(person, out[0]).standing
    assert (standing.outcome, standing.rule) == (Outcome.RULE, limited)


def test_the_rank_is_the_place_where_no_rule_is_at_work(world):
    shelf, _crowd = world
    person = reader_of(shelf[0:4:2])
    for place, pick in enumerate(selectors.for_you(person, limit=8).items, start=1):
        standing = inspector.inspect(person, pick.item).standing
        assert (standing.place, standing.rank) == (place, place)
        assert standing.score == pytest.approx(pick.score)


def test_the_steered_rank_is_the_place_where_dials_are_set_and_no_rule_is_at_work(world):
    shelf, _crowd = world
    person = reader_of(shelf[0:4:2])
    plain = served(person)
    steering.steer(person, Steering(niche=1.0, diversity=0.7))
    steered = served(person)
    assert steered != plain
    for place, pk in enumerate(steered, start=1):
        item = Item.objects.get(pk=pk)
        standing = inspector.inspect(person, item).standing
        assert (standing.place, standing.steered) == (place, place)
        beside = inspector.inspect(person, item, setting=Setting.NO_DIALS).standing
        assert beside.place == (plain.index(pk) + 1 if pk in plain else None)


def test_what_is_left_out_counts_for_neither_rank_nor_causes(world):
    shelf, _crowd = world
    person = reader_of([shelf[0], shelf[2], shelf[1]])
    steering.leave_out(person, shelf[1])
    for place, pick in enumerate(selectors.for_you(person, limit=8).items, start=1):
        found = inspector.inspect(person, pick.item)
        assert (found.standing.place, found.standing.rank) == (place, place)
        assert "Item 1" not in [told.title for told in found.causes]


def test_without_the_rules_a_hidden_item_stands_where_it_would(world):
    shelf, _crowd = world
    person = reader_of(shelf[0:4:2])
    first = served(person)[0]
    rule("hide", item=Item.objects.get(pk=first))
    item = Item.objects.get(pk=first)
    assert inspector.inspect(person, item).standing.outcome == Outcome.RULE
    assert inspector.inspect(person, item, setting=Setting.NO_RULES).standing.place == 1


def test_what_spoke_for_an_item_comes_with_its_strength(world):
    shelf, _crowd = world
    found = inspector.inspect(reader_of(shelf[0:6:2]), shelf[8])
    assert {told.title for told in found.causes} <= {"Item 0", "Item 2", "Item 4"}
    assert found.causes[0].share == 100
    assert found.causes[0].strength > 0
    assert [told.title for told in found.events] == ["Item 4", "Item 2", "Item 0"]


def test_who_wants_no_personal_lists_is_not_looked_into(world):
    shelf, _crowd = world
    person = reader_of(shelf[0:6:2])
    Person.objects.filter(pk=person.pk).update(is_unpersonalised=True)
    person.refresh_from_db()
    found = inspector.inspect(person, shelf[8])
    assert (found.events, found.causes, found.has_personal_lists) == ([], [], False)


# --- the page ------------------------------------------------------------------------------------
@pytest.fixture
def boss(client):
    client.force_login(User.objects.create_superuser("boss"))
    return client


def asked(client, **values):
    answer = client.post(PAGE, values)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_a_member_is_found_by_username_and_an_item_by_title(boss, world):
    shelf, _crowd = world
    person = reader_of(shelf[0:6:2])
    person.user = User.objects.create_user("ann")
    person.save()
    title = served(person)[0]
    said = asked(boss, person="ann", item=str(title))
    assert "Place 1 on For you" in said
    assert "For you, as ann sees it" in said
    said = asked(boss, person="ann", item="item 0")
    assert "This person rated it" in said


def test_two_runs_stand_side_by_side(boss, world):
    shelf, _crowd = world
    person = reader_of(shelf[0:6:2])
    first, second = published("markov"), published("popularity")
    said = asked(boss, person=str(person.pk), item="Item 8", run=first.pk, other=second.pk)
    assert said.count("as visitor") == 2
    assert f"run {first.pk}" in said
    assert f"run {second.pk}" in said
    assert 'class="place-gone"' in said or 'class="place-new"' in said


def test_one_model_set_otherwise_stands_beside_itself(boss, world):
    shelf, _crowd = world
    person = reader_of(shelf[0:6:2])
    hidden = Item.objects.get(pk=served(person)[0])
    rule("hide", item=hidden)
    said = asked(boss, person=str(person.pk), item=str(hidden), setting="rules")
    assert said.count("as visitor") == 2
    assert said.count("without the site&#x27;s rules") == 2  # the choice, and the second list
    assert "A rule takes it out" in said
    assert "Place 1 on For you" in said
    assert "Select a valid choice" in asked(boss, person=str(person.pk), setting="nonsense")


def test_who_looked_is_kept_and_nothing_of_it_is_the_persons(boss, world):
    shelf, _crowd = world
    person = reader_of(shelf[0:6:2])
    before = (ItemView.objects.count(), Person.objects.count())
    asked(boss, person=str(person.pk), item="Item 8")
    assert (ItemView.objects.count(), Person.objects.count()) == before
    entry = LogEntry.objects.get()
    assert (entry.user.username, entry.object_id) == ("boss", str(person.pk))
    assert entry.get_change_message() == "Looked at in the inspector, for Item 8."
    history = boss.get(f"/admin/catalog/person/{person.pk}/history/").content.decode()
    assert "Looked at in the inspector" in history


def test_nothing_is_kept_or_told_where_nobody_was_found(boss, world):
    shelf, _crowd = world
    assert "Nobody is called so" in asked(boss, person="nobody")
    person = Person.objects.create()
    assert "Nothing is called so" in asked(boss, person=str(person.pk), item="Nothing")
    twin = Item.objects.create(title="Item 3")
    said = asked(boss, person=str(person.pk), item="Item 3")
    assert "Several are called so" in said
    assert str(twin.pk) in said
    assert not LogEntry.objects.exists()


def test_a_model_that_is_gone_is_said(boss, world, settings):
    shelf, _crowd = world
    run = published("ease")
    (settings.ARTIFACTS_ROOT / run.artifact / "manifest.json").unlink()
    said = asked(boss, person=str(reader_of(shelf[:1]).pk), run=run.pk)
    assert "It cannot be read" in said


def test_only_those_with_the_permission_may_look(client):
    user = User.objects.create_user("staff", is_staff=True)
    client.force_login(user)
    assert client.get(PAGE).status_code == 403
    assert 'href="/admin/recommendations/inspector/"' not in client.get("/admin/").content.decode()
    rights = Permission.objects.filter(codename__in=["inspect_lists", "view_rule"])
    user.user_permissions.set(rights)
    page = client.get(PAGE)
    assert page.status_code == 200
    assert 'href="/admin/recommendations/inspector/"' in page.content.decode()
    assert client.post(PAGE, {"person": "nobody"}).status_code == 200


def test_the_page_costs_a_bounded_number_of_queries(boss, world, django_assert_max_num_queries):
    shelf, _crowd = world
    person = reader_of(shelf[0:6:2])
    rule("hide", item=shelf[7])
    asked(boss, person=str(person.pk), item="Item 8")
    with django_assert_max_num_queries(15):
        asked(boss, person=str(person.pk), item="Item 8")
