"""Rules in the admin: previewed before they bite, kept with every change, reverted by a click."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from catalog import services as events
from catalog.models import Attribute, Item, User
from recommendations import rule_preview
from recommendations.models import Rule, RuleChange
from recommendations.placements.defaults import DEFAULTS
from recommendations.remembered import RULES
from recommendations.rules import changes
from recommendations.rules.model import SWITCHES, Surface
from recommendations.surfaces.sources import MOST_GENRES
from recommendations.visit import Visit
from tests.recommendations.worlds import checkerboard, published

pytestmark = pytest.mark.django_db
ADD, LIST = "/admin/recommendations/rule/add/", "/admin/recommendations/rule/"
EMPTY = dict.fromkeys(
    [
        *("item", "attribute", "words", "added_within_days", "older_than_days", "strength"),
        *("place", "most", "group_by", "starts_at_0", "starts_at_1", "ends_at_0", "ends_at_1"),
    ],
    "",
)
FORM = {**EMPTY, "action": "hide", "note": "a test", "is_on": "on", "on_for_you": "on"}


@pytest.fixture
def boss(client):
    client.force_login(User.objects.create_superuser("boss"))
    return client


def staff(client, *rights):
    user = User.objects.create_user("staff", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client.force_login(user)
    return client


@pytest.fixture
def shelf():
    shelf, _crowd = checkerboard()
    published("markov")
    events.recount()
    return shelf


def page(answer):
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def written(boss, **values):
    boss.post(ADD, {**FORM, **values})
    return Rule.objects.latest("pk")


# --- preview -------------------------------------------------------------------------------------
def test_a_preview_saves_nothing_and_shows_what_changes(boss, shelf):
    assert 'name="_preview"' in page(boss.get(ADD))
    said = page(boss.post(ADD, {**FORM, "item": shelf[2].pk, "_preview": "1"}))
    assert 'name="_preview"' in said
    assert "What this rule would change" in said
    assert "Nothing is saved yet" in said
    assert "In fewer lists" in said
    assert 'value="a test"' in said
    assert not Rule.objects.exists()
    assert not LogEntry.objects.exists()


def test_a_preview_of_a_saved_rule_is_of_what_was_typed_and_leaves_it_as_it_is(boss, shelf):
    rule = written(boss, item=shelf[2].pk)
    address = reverse("admin:recommendations_rule_change", args=[rule.pk])
    typed = {**FORM, "action": "pin", "item": shelf[3].pk, "place": 1, "_preview": "1"}
    said = page(boss.post(address, typed))
    assert "In more lists" in said
    assert "What this rule would change" in said
    rule.refresh_from_db()
    assert (rule.action, rule.item_id) == ("hide", shelf[2].pk)


def test_what_is_wrong_is_said_instead_of_a_preview(boss):
    said = page(boss.post(ADD, {**FORM, "_preview": "1"}))
    assert "What this rule would change" not in said
    assert "one item, an attribute, words or an age" in said
    assert "is violated" not in said


def test_without_people_or_a_change_the_preview_says_so(boss):
    item = Item.objects.create(title="Emma")
    asked = {**FORM, "item": item.pk, "_preview": "1"}
    assert "Nobody has rated anything yet" in page(boss.post(ADD, asked))
    checkerboard()
    assert "No list changes" in page(boss.post(ADD, asked))


def test_a_rule_that_is_not_in_force_is_shown_as_it_will_be(boss, shelf):
    asked = {**FORM, "item": shelf[2].pk, "starts_at_0": "2099-01-01", "starts_at_1": "0:00"}
    assert "not in force now" in page(boss.post(ADD, {**asked, "_preview": "1"}))


@pytest.mark.parametrize(
    "values",
    [
        {"action": "hide", "words": "2"},
        {"action": "only", "attribute": "Even"},
        {"action": "boost", "attribute": "Odd", "strength": 2.0},
        {"action": "bury", "attribute": "Even", "strength": 2.0},
        {"action": "at_most", "attribute": "Even", "most": 3},
        {"action": "pin", "item": 5, "place": 2},
    ],
    ids=lambda values: values["action"],
)
def test_the_preview_is_what_is_served_after_saving(shelf, values):
    Rule.objects.create(
        action="hide", item=shelf[1], note="another", **dict.fromkeys(SWITCHES, True)
    )
    values = dict(values)
    if "attribute" in values:
        values["attribute"] = Attribute.objects.get(name=values["attribute"])
    if "item" in values:
        values["item"] = shelf[values["item"]]
    rule = Rule(note="a test", **values, **dict.fromkeys(SWITCHES, True))
    rule.full_clean()
    people = rule_preview.sample(rule)
    assert len(people) == rule_preview.SAMPLE
    _without, wanted = rule_preview.governors(rule, now=timezone.now())
    foretold, served = {}, {}
    for person in people:
        visit = Visit(person)
        visit.governed_by = wanted
        foretold[person.pk] = shown(visit)
    counted = rule_preview.preview(rule, now=timezone.now())
    before = {person.pk: shown(Visit(person)) for person in people}
    rule.save()
    assert rule_preview.sample(rule) == people
    for person in people:
        served[person.pk] = shown(Visit(person))
    assert served == foretold
    changed = sum(
        before[pk][surface] != served[pk][surface] for pk in served for surface in served[pk]
    )
    assert (counted.changed, counted.lists) == (changed, 5 * len(people))
    assert changed


def shown(visit):
    lists = rule_preview.lists_of(visit, list(Surface))
    return {surface: [pick.item.pk for pick in picks] for surface, picks in lists.items()}


def test_a_preview_looks_at_lists_as_long_as_panels_are():
    sizes = {DEFAULTS[surface.value].settings.size for surface in Surface}
    assert sizes == {rule_preview.LIMIT}
    assert rule_preview.MOST_GENRES == MOST_GENRES


# --- saving and history --------------------------------------------------------------------------
def test_a_rule_is_written_listed_and_kept(boss, shelf):
    rule = written(boss, item=shelf[2].pk)
    assert "Hide: Item 2" in page(boss.get(LIST))
    change = RuleChange.objects.get()
    assert (change.rule, change.by.username, change.before) == (rule, "boss", None)
    assert change.after["item_id"] == shelf[2].pk


def test_a_change_is_reverted_by_one_click_and_the_revert_is_kept_too(boss, shelf):
    rule = written(boss, item=shelf[2].pk)
    first = RuleChange.objects.get()
    address = reverse("admin:recommendations_rule_change", args=[rule.pk])
    boss.post(address, {**FORM, "action": "boost", "words": "item", "strength": 2})
    history = page(boss.get(reverse("admin:recommendations_rule_history", args=[rule.pk])))
    assert "Revert to this" in history
    assert "Boost" in history
    revert = reverse("admin:recommendations_rule_revert", args=[rule.pk, first.pk])
    assert boss.get(revert).status_code == 405
    said = page(boss.post(revert, follow=True))
    assert "The rule says again what it said" in said
    rule.refresh_from_db()
    assert (rule.action, rule.item_id, rule.words, rule.strength) == ("hide", shelf[2].pk, "", None)
    newest = RuleChange.objects.first()
    assert (newest.back_to, newest.by.username) == (first, "boss")
    assert newest.after == first.after
    assert LogEntry.objects.filter(object_id=rule.pk).count() == 3


def test_what_cannot_be_reverted_says_why(boss, shelf):
    rule = written(boss, item=shelf[2].pk)
    change = RuleChange.objects.get()
    change.after["item_id"] = 10**6
    change.save()
    revert = reverse("admin:recommendations_rule_revert", args=[rule.pk, change.pk])
    assert "not a valid choice" in page(boss.post(revert, follow=True))
    rule.refresh_from_db()
    assert rule.item_id == shelf[2].pk


def test_dates_survive_a_revert():
    item, now = Item.objects.create(title="Emma"), timezone.now()
    rule = Rule(action="hide", item=item, note="a test", ends_at=now)
    change = changes.save(rule, by=None)
    rule.ends_at = None
    changes.save(rule, by=None)
    changes.revert(change, by=None)
    rule.refresh_from_db()
    assert abs((rule.ends_at - now).total_seconds()) < 0.01
    assert changes.save(rule, by=None) is None


def test_a_rule_is_not_deleted_by_hand_but_goes_with_its_item(boss, shelf):
    rule = written(boss, item=shelf[2].pk)
    delete = reverse("admin:recommendations_rule_delete", args=[rule.pk])
    assert boss.post(delete, {"post": "yes"}).status_code == 403
    assert Rule.objects.exists()
    assert "delete_selected" not in page(boss.get(LIST))
    address = reverse("admin:catalog_item_delete", args=[shelf[2].pk])
    boss.post(address, {"post": "yes"})
    assert not Rule.objects.exists()


# --- who may -------------------------------------------------------------------------------------
def test_who_may_only_look_neither_previews_nor_writes_nor_reverts(client, shelf):
    rule = Rule(action="hide", item=shelf[2], note="a test")
    change = changes.save(rule, by=None)
    onlooker = staff(client, "view_rule")
    address = reverse("admin:recommendations_rule_change", args=[rule.pk])
    revert = reverse("admin:recommendations_rule_revert", args=[rule.pk, change.pk])
    history = reverse("admin:recommendations_rule_history", args=[rule.pk])
    assert "_preview" not in page(onlooker.get(address))
    assert onlooker.post(address, {**FORM, "_preview": "1"}).status_code == 403
    assert onlooker.post(ADD, {**FORM, "_preview": "1"}).status_code == 403
    assert onlooker.post(revert).status_code == 403
    assert "Revert to this" not in page(onlooker.get(history))


def test_staff_without_the_right_do_not_see_rules(client):
    assert staff(client).get(LIST).status_code == 403


def test_a_rule_saved_here_holds_on_the_next_page(boss, shelf):
    rule_preview.lists_of(Visit(None), [Surface.NEW])
    assert RULES.recall() == ()
    written(boss, item=shelf[2].pk, on_new="on")
    lists = shown(Visit(None))
    assert shelf[2].pk not in lists[Surface.NEW]
