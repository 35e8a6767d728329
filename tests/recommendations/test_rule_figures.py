"""A rule tried on what people did last, before it bites."""

import pytest
from django.utils import timezone

from catalog import services as events
from catalog.models import Attribute, Item
from recommendations import rule_figures, rule_preview, selectors
from recommendations.models import Rule
from recommendations.visit import Visit
from tests.recommendations.worlds import checkerboard, published

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf():
    shelf, _crowd = checkerboard()
    published("markov")
    events.recount()
    return shelf


def hiding(name):
    return Rule(action="hide", attribute=Attribute.objects.get(name=name), note="a test")


def figures_of(rule):
    return rule_preview.preview(rule, now=timezone.now()).tried


def test_what_people_did_last_is_looked_for_in_lists_from_what_came_before(shelf):
    rule = hiding("Even")
    tried = figures_of(rule)
    people = rule_preview.sample(rule)
    assert (tried.people, tried.held_back) == (len(people), 3 * len(people))
    found = of_even = 0
    for person in people:
        visit = Visit(person)
        last = {event.item_id for event in visit.events[-3:]}
        visit.events = visit.events[:-3]
        listed = {pick.item.pk for pick in selectors.for_you(person, limit=60, visit=visit).items}
        found += len(last & listed)
        of_even += len(last & listed & {item.pk for item in shelf[::2]})
    assert found
    assert of_even
    assert tried.before.found == found
    assert tried.after.found == found - of_even
    assert (tried.before.distinct, tried.after.distinct) == (24, 12)


def test_popularity_is_that_of_the_items_in_the_lists(shelf):
    tried = figures_of(hiding("Odd"))
    listed = Item.objects.filter(pk__in=tried.after.items)
    assert {item.pk for item in listed} == {item.pk for item in shelf[::2]}
    counts = [item.rating_count for item in listed]
    assert min(counts) <= tried.after.popularity <= max(counts)


def test_a_rule_that_moves_nothing_changes_no_figure(shelf):
    tried = figures_of(Rule(action="hide", words="nothing has this word", note="a test"))
    assert tried.before == tried.after
    assert tried.before.found


def test_who_did_too_little_is_left_out(shelf):
    person = rule_preview.sample(hiding("Even"))[0]
    for rating in list(person.ratings.order_by("rated_at"))[rule_figures.HELD_BACK :]:
        rating.delete()
    assert figures_of(hiding("Even")).people == rule_preview.SAMPLE - 1


def test_a_rule_on_other_lists_is_not_tried_on_this_one(shelf):
    rule = Rule(action="hide", item=shelf[0], note="a test", on_for_you=False, on_similar=True)
    assert figures_of(rule) is None


def test_the_preview_shows_the_figures(shelf, admin_client):
    fields = ["item", "words", "added_within_days", "older_than_days", "strength", "place", "most"]
    fields += ["group_by", "starts_at_0", "starts_at_1", "ends_at_0", "ends_at_1"]
    asked = dict.fromkeys(fields, "") | {"action": "hide", "note": "a test", "is_on": "on"}
    asked |= {"attribute": Attribute.objects.get(name="Even").pk, "on_for_you": "on"}
    answer = admin_client.post("/admin/recommendations/rule/add/", {**asked, "_preview": "1"})
    said = " ".join(answer.content.decode().split())
    assert "Tried on what people did last" in said
    assert "150 things that 50 of them did last were held back" in said
