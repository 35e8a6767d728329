"""Rules of the site on its lists: what each kind does, where, when, and what it costs."""

from datetime import timedelta

import pytest
from django.core.cache import caches
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from catalog import services as events
from catalog.models import Attribute, Item, Person
from recommendations import dismissals, selectors
from recommendations.ladder import Rung
from recommendations.models import Rule, Steering
from recommendations.remembered import RULES
from recommendations.rules.model import SWITCHES
from recommendations.steering import steer
from recommendations.visit import Visit
from tests.recommendations.readers import ids, reader_of, texts
from tests.recommendations.worlds import checkerboard, published

pytestmark = pytest.mark.django_db
EVERYWHERE = dict.fromkeys(SWITCHES, True)


def made(action, *, saved=True, **values):
    rule = Rule(action=action, **{"note": "a test", **values})
    rule.full_clean()
    if saved:
        rule.save()
    return rule


@pytest.fixture
def world():
    """A shelf of even and odd items, and somebody who likes even ones."""
    shelf, _crowd = checkerboard()
    published("markov")
    events.recount()
    return shelf, reader_of(shelf[0:6:2])


def for_you(person, **more):
    return ids(selectors.for_you(person, **{"limit": 6, **more}))


# --- each kind -----------------------------------------------------------------------------------
def test_a_hidden_item_goes_from_the_lists_that_are_named_and_stays_on_others(world):
    shelf, person = world
    first = selectors.for_you(person, limit=6).items[0].item
    made("hide", item=first)
    assert first.pk not in for_you(person, limit=24)
    assert first.pk in ids(selectors.popular(limit=24))
    assert len(for_you(person)) == 6


def test_a_rule_holds_on_every_surface_that_it_names(world):
    shelf, person = world
    made("hide", item=shelf[10], **EVERYWHERE)
    lists = (
        selectors.for_you(person, limit=24),
        selectors.popular(limit=24),
        selectors.newest(limit=24),
        selectors.similar_to(shelf[0], limit=24),
    )
    assert all(picks.items and shelf[10].pk not in ids(picks) for picks in lists)


def test_only_among_a_genre_fills_the_list_from_that_genre(world):
    shelf, person = world
    odd = Attribute.objects.get(name="Odd")
    made("only", attribute=odd)
    shown = for_you(person)
    assert len(shown) == 6
    assert set(shown) <= {item.pk for item in shelf[1::2]}


def test_boosted_items_rise_and_buried_ones_fall(world):
    _shelf, person = world
    before = for_you(person, limit=9)
    made("boost", item_id=before[-1], strength=3.0)
    assert for_you(person, limit=9).index(before[-1]) < 8
    Rule.objects.all().delete()
    RULES.forget()
    made("bury", item_id=before[0], strength=3.0)
    assert for_you(person, limit=9)[0] != before[0]


def test_at_most_so_many_of_a_genre(world):
    shelf, person = world
    made("at_most", attribute=Attribute.objects.get(name="Even"), most=2)
    shown = for_you(person)
    even = {item.pk for item in shelf[0::2]}
    assert len(even & set(shown)) == 2
    assert len(shown) == 6


def test_at_most_one_of_each_genre(world, settings):
    _shelf, person = world
    settings.GENRE_KINDS = ["genres"]
    made("at_most", group_by="genre", most=1)
    assert len(for_you(person)) == 2


def test_a_pinned_item_takes_its_place_and_says_so(world):
    shelf, person = world
    made("pin", item=shelf[7], place=2)
    picks = selectors.for_you(person, limit=6)
    assert picks.items[1].item == shelf[7]
    assert picks.items[1].rung is Rung.PINNED
    assert texts(picks)[1] == "picked by this site"
    assert len(ids(picks)) == 6
    assert picks.rung is Rung.CO_OCCURRENCE


def test_an_item_that_came_after_the_model_can_be_pinned_among_similar_ones(world):
    shelf, _person = world
    fresh = Item.objects.create(title="Fresh")
    made("pin", item=fresh, place=1, on_for_you=False, on_similar=True)
    picks = selectors.similar_to(shelf[0], limit=6)
    assert (ids(picks)[0], texts(picks)[0]) == (fresh.pk, "picked by this site")
    assert fresh.pk not in ids(selectors.similar_to(fresh, limit=6))


@pytest.mark.parametrize("how", ["seen", "dismissed", "withdrawn", "excluded"])
def test_no_pin_shows_what_may_not_be_shown(world, how):
    shelf, person = world
    item = shelf[7]
    exclude = {item.pk} if how == "excluded" else set()
    if how == "seen":
        events.rate_item(person, item, stars=3)
    elif how == "dismissed":
        dismissals.dismiss(person, item)
    elif how == "withdrawn":
        Item.objects.filter(pk=item.pk).update(is_listed=False)
    made("pin", item=item, place=1, **EVERYWHERE)
    visit = Visit(person)
    assert item.pk not in for_you(person, exclude=exclude)
    if how != "excluded":
        assert item.pk not in ids(selectors.popular(limit=24, visit=visit))
        assert item.pk not in ids(selectors.similar_to(shelf[0], limit=24, visit=visit))


# --- which items ---------------------------------------------------------------------------------
def test_words_are_whole_words_in_title_or_text_and_all_of_them_have_to_be_there():
    cat, education, told, both = Item.objects.bulk_create(
        [
            Item(title="The Cat"),
            Item(title="Education"),
            Item(title="Told", description="Of a cat, and more."),
            Item(title="Cat and Dog"),
        ]
    )
    rule = made("hide", words="cat", on_new=True)
    assert set(ids(selectors.newest())) == {education.pk}
    rule.words = "CAT dog"
    rule.save()
    assert set(ids(selectors.newest())) == {cat.pk, education.pk, told.pk}


def test_age_is_counted_in_days_and_an_item_has_to_fit_all_that_is_said():
    now, even = timezone.now(), Attribute.objects.create(kind="genres", name="Even")
    new, middle, old = (
        Item.objects.create(title=f"{days} days", added_at=now - timedelta(days=days))
        for days in (1, 10, 100)
    )
    for item in (new, old):
        item.item_attributes.create(attribute=even)
    rule = made("hide", added_within_days=30, on_new=True)
    assert ids(selectors.newest()) == [old.pk]
    rule.older_than_days = 5
    rule.save()
    assert ids(selectors.newest()) == [new.pk, old.pk]
    rule.added_within_days, rule.older_than_days, rule.attribute = None, 5, even
    rule.save()
    assert ids(selectors.newest()) == [new.pk, middle.pk]


# --- when ----------------------------------------------------------------------------------------
def test_a_rule_holds_from_its_beginning_until_its_end(world, monkeypatch):
    shelf, person = world
    now = timezone.now()
    rule = made(
        "hide",
        item=shelf[10],
        starts_at=now + timedelta(seconds=30),
        ends_at=now + timedelta(seconds=50),
    )
    shown = []
    for seconds in (0, 40, 55):
        moment = now + timedelta(seconds=seconds)
        monkeypatch.setattr(timezone, "now", lambda moment=moment: moment)
        shown.append(shelf[10].pk in for_you(person, limit=24))
    assert shown == [True, False, True]
    assert not rule.is_in_force(at=now)


def test_a_rule_that_is_switched_off_does_nothing_from_the_next_list_on(world):
    shelf, person = world
    rule = made("hide", item=shelf[10])
    assert shelf[10].pk not in for_you(person, limit=24)
    rule.is_on = False
    rule.save()
    assert shelf[10].pk in for_you(person, limit=24)


def test_other_processes_hear_of_a_change_when_theirs_is_old(world):
    shelf, person = world
    made("hide", item=shelf[11])
    for_you(person)
    Rule.objects.bulk_create([Rule(action="hide", item=shelf[10], note="elsewhere")])
    assert shelf[10].pk in for_you(person, limit=24)
    RULES.forget()  # as after FRESH_SECONDS
    assert shelf[10].pk not in for_you(person, limit=24)


# --- what it costs -------------------------------------------------------------------------------
def test_a_site_without_rules_asks_nothing_more(world, django_assert_num_queries):
    _shelf, person = world
    with django_assert_num_queries(5):  # model, the past, withdrawn and new items, items: as before
        selectors.for_you(person, limit=6)


def test_rules_cost_two_queries_where_they_are_not_known_and_none_after(
    world, django_assert_num_queries
):
    shelf, person = world
    made("hide", item=shelf[10])
    made("boost", attribute=Attribute.objects.get(name="Odd"), strength=1.0)
    selectors.for_you(person, limit=6)
    with django_assert_num_queries(3):  # model, what the person did and said, items
        selectors.for_you(person, limit=6)
    RULES.forget()
    with django_assert_num_queries(5):
        selectors.for_you(person, limit=6)


# --- the home page -------------------------------------------------------------------------------
def test_a_list_with_everything_on_asks_twelve_queries_where_nothing_is_remembered(
    world, django_assert_max_num_queries
):
    shelf, person = world
    steer(person, Steering(adventurous=0.5, niche=0.5, old=-0.5, diversity=0.5))
    for item in shelf[10:13]:
        dismissals.dismiss(person, item)
    odd = Attribute.objects.get(name="Odd")
    made("boost", attribute=odd, strength=1.0)
    made("bury", item=shelf[20], strength=1.0)
    made("hide", item=shelf[21])
    made("at_most", most=6, group_by="genre")
    for_you(person)
    for cache in caches.all():
        cache.clear()
    with django_assert_max_num_queries(12):
        assert len(for_you(person)) == 6


def test_rules_that_leave_too_little_of_one_s_own_let_in_what_is_popular(world):
    _shelf, person = world
    own = for_you(person, limit=24, is_filled=False)
    made("only", attribute=Attribute.objects.get(name="Odd"))
    few = for_you(person, limit=24, is_filled=False)
    assert set(few) < set(own)
    filled = for_you(person, limit=24)
    assert filled[: len(few)] == few
    assert len(filled) > len(few)


def test_a_panel_of_popular_items_says_which_card_was_picked(client, world):
    shelf, _person = world
    made("pin", item=shelf[9], place=1, on_for_you=False, on_popular=True)
    events.rate_item(Person.objects.create(), shelf[3], stars=5)
    assert "picked by this site" not in client.get("/").content.decode()
    made("pin", item=shelf[9], place=1)
    assert "picked by this site" in client.get("/").content.decode()


# --- what is not a rule --------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("values", "field", "cure"),
    [
        ({"action": "hide"}, "item", "one item, an attribute, words or an age"),
        ({"action": "pin", "words": "cat", "place": 1}, "item", "Choose the item"),
        ({"action": "boost", "words": "cat"}, "strength", "from 0.1 to 3"),
        ({"action": "boost", "words": "cat", "strength": 9}, "strength", "3"),
        ({"action": "hide", "words": "cat", "strength": 1}, "strength", "leave this empty"),
        ({"action": "at_most", "words": "cat"}, "most", "how many"),
        ({"action": "hide", "words": "cat", "most": 2}, "most", "leave this empty"),
        ({"action": "hide", "words": "cat", "place": 2}, "place", "leave this empty"),
        ({"action": "hide", "words": "cat", "group_by": "genre"}, "group_by", "choose"),
        ({"action": "hide", "words": "cat", "on_for_you": False}, "on_for_you", "at least one"),
        ({"action": "hide", "words": "cat", "note": ""}, "note", "blank"),
        (
            {"action": "hide", "added_within_days": 3, "older_than_days": 9},
            "older_than_days",
            "less than 3",
        ),
    ],
)
def test_what_is_missing_is_said_at_its_field_with_its_cure(values, field, cure):
    with pytest.raises(ValidationError) as raised:
        made(saved=False, **values)
    assert cure in " ".join(raised.value.message_dict[field])


def test_a_pin_needs_a_place_and_an_end_comes_after_its_beginning():
    item, now = Item.objects.create(title="Emma"), timezone.now()
    for values, field in (
        ({"action": "pin"}, "place"),
        ({"action": "hide", "starts_at": now, "ends_at": now}, "ends_at"),
        ({"action": "pin", "place": 1, "words": "cat"}, "words"),
    ):
        with pytest.raises(ValidationError) as raised:
            made(saved=False, item=item, **values)
        assert field in raised.value.message_dict


@pytest.mark.parametrize(
    "values",
    [
        {"action": "hide"},
        {"action": "pin", "words": "cat", "place": 1},
        {"action": "boost", "words": "cat"},
        {"action": "boost", "words": "cat", "strength": 9},
        {"action": "at_most", "words": "cat"},
        {"action": "hide", "words": "cat", "on_for_you": False},
    ],
)
def test_the_database_refuses_what_is_no_rule_whoever_writes(values):
    with pytest.raises(IntegrityError), transaction.atomic():
        Rule.objects.create(**values)


def test_a_deleted_item_takes_its_rules_along():
    item = Item.objects.create(title="Emma")
    made("hide", item=item)
    item.delete()
    assert not Rule.objects.exists()
