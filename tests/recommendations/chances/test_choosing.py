"""New items on somebody's list: the fitting ones, few, steady for a day, and never out of place."""

from datetime import timedelta

import pytest
from django.core.cache import caches
from django.test import Client
from django.utils import timezone

from catalog.models import Item, Person
from recommendations import dismissals, selectors, steering
from recommendations.chances import choosing, memory
from recommendations.ladder import Rung
from recommendations.models import ItemChance, ModelRun, Rule
from recommendations.remembered import RULES
from tests.recommendations.chances.worlds import keep, newcomers, world
from tests.recommendations.measuring.worlds import member, tokens_on
from tests.recommendations.placing import placed
from tests.recommendations.readers import ids, reader_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf():
    shelf, _crowd = world()
    return shelf


def tried_in(picks):
    return [pick.item for pick in picks.items if pick.rung is Rung.TRIED]


def lists_of(shelf, count=20, limit=12):
    people = [reader_of(shelf[n % 2 : 12 + n % 2 : 2]) for n in range(count)]
    return [selectors.for_you(person, limit=limit) for person in people]


def test_one_place_of_twelve_goes_to_a_new_item_and_never_the_first(shelf):
    new = {item.pk for item in newcomers(5)}
    keep()
    for picks in lists_of(shelf):
        assert len(picks.items) == 12
        assert len(set(ids(picks))) == 12
        (tried,) = tried_in(picks)
        assert tried.pk in new
        assert picks.items[0].rung is not Rung.TRIED
        (pick,) = (pick for pick in picks.items if pick.rung is Rung.TRIED)
        assert pick.reason.text == "New: help us find its audience"
        assert pick.reason.item_ids == ()
        assert picks.rung is Rung.CO_OCCURRENCE


@pytest.mark.parametrize(("limit", "most"), [(5, 0), (11, 0), (12, 1), (24, 2), (30, 2)])
def test_the_share_is_a_bound(shelf, limit, most):
    newcomers(8)
    keep()
    for picks in lists_of(shelf, count=6, limit=limit):
        assert len(tried_in(picks)) <= most
    if most:
        assert len(tried_in(picks)) == most


def test_without_a_share_the_list_is_what_it_was(shelf):
    person = reader_of(shelf[0:12:2])
    before = selectors.for_you(person, limit=12)
    newcomers(5)
    keep()
    placed("for-you", exploration=0.0)
    after = selectors.for_you(person, limit=12)
    assert (ids(after), tried_in(after)) == (ids(before), [])


def test_what_fits_by_content_is_tried(shelf):
    even, odd = newcomers(6), newcomers(6, genre="Odd")
    keep()
    by_taste = [[], []]
    for n, picks in enumerate(lists_of(shelf, count=40)):
        by_taste[n % 2] += [item.pk for item in tried_in(picks)]
    fitting = [pk in {item.pk for item in even} for pk in by_taste[0]]
    fitting += [pk in {item.pk for item in odd} for pk in by_taste[1]]
    assert sum(fitting) >= 0.8 * len(fitting) == 32


def test_what_lacks_more_of_its_quota_comes_first(shelf):
    first, second = newcomers(2)
    keep()
    ItemChance.objects.filter(item=first).update(seen=45)
    memory.forget()
    tried = [item.pk for picks in lists_of(shelf, count=20) for item in tried_in(picks)]
    assert tried.count(second.pk) > 10


@pytest.mark.parametrize("count", [0, 3])
def test_a_list_is_not_made_anew_where_what_is_tried_was_only_read_again(shelf, monkeypatch, count):
    new = newcomers(count)
    keep()
    person, made = reader_of(shelf[0:12:2]), []
    arranged = selectors.arranged

    def noted(*args, **more):
        made.append(args)
        return arranged(*args, **more)

    monkeypatch.setattr(selectors, "arranged", noted)
    first = selectors.for_you(person, limit=12)
    memory.forget()
    assert selectors.for_you(person, limit=12) == first
    assert len(made) == 1
    if new:
        ItemChance.objects.filter(item=new[0]).update(seen=45)
        memory.forget()
        selectors.for_you(person, limit=12)
        assert len(made) == 2


def test_the_list_is_the_same_all_day_and_another_one_tomorrow(shelf, monkeypatch):
    newcomers(30)
    keep()
    people = [reader_of(shelf[0:12:2]) for _ in range(8)]

    def tried():
        return [[item.pk for item in tried_in(selectors.for_you(one, limit=12))] for one in people]

    today = tried()
    assert tried() == today
    tomorrow = timezone.localdate() + timedelta(days=1)
    monkeypatch.setattr(choosing.timezone, "localdate", lambda: tomorrow)
    assert tried() != today


def test_nobody_is_tried_on_whose_impressions_do_not_count(shelf):
    newcomers(5)
    keep()
    person = reader_of(shelf[0:12:2])
    for choice in ("is_paused", "is_unpersonalised"):
        Person.objects.filter(pk=person.pk).update(**{choice: True})
        person.refresh_from_db()
        assert tried_in(selectors.for_you(person, limit=12)) == []
        Person.objects.filter(pk=person.pk).update(**{choice: False})
    assert tried_in(selectors.for_you(None, limit=12)) == []
    assert tried_in(selectors.for_you(Person.objects.create(), limit=12)) == []


def test_what_is_seen_dismissed_or_withdrawn_is_not_tried(shelf):
    rated, dismissed, withdrawn, free = newcomers(4)
    keep()
    person = reader_of([*shelf[0:12:2], rated])
    dismissals.dismiss(person, dismissed)
    selectors.for_you(person, limit=12)  # the process knows it
    Item.objects.filter(pk=withdrawn.pk).update(is_listed=False)
    assert tried_in(selectors.for_you(person, limit=12)) == [free]
    assert tried_in(selectors.for_you(person, limit=12, exclude={free.pk})) == []


@pytest.mark.parametrize("action", ["hide", "bury"])
def test_a_rule_against_it_keeps_it_out(shelf, action):
    out, free = newcomers(2)
    keep()
    strength = {"strength": 1} if action == "bury" else {}
    Rule.objects.create(action=action, item=out, **strength)
    RULES.forget()
    for picks in lists_of(shelf, count=8):
        assert tried_in(picks) == [free]


def test_leaving_out_what_was_done_is_no_reason_to_be_tried_on(shelf):
    newcomers(2)
    keep()
    person = reader_of(shelf[0:2:2])
    steering.leave_out(person, shelf[0])
    assert tried_in(selectors.for_you(person, limit=12)) == []


def test_a_page_asks_no_query_more(shelf, django_assert_num_queries):
    person = reader_of(shelf[0:12:2])
    selectors.for_you(person, limit=12)
    with django_assert_num_queries(3):
        selectors.for_you(person, limit=12)
    newcomers(5)
    keep()
    selectors.for_you(person, limit=12)
    with django_assert_num_queries(3):
        assert len(tried_in(selectors.for_you(person, limit=12))) == 1


def test_it_says_so_on_the_page_in_the_api_and_in_what_is_measured(shelf):
    (new,) = newcomers(1)
    client, _person = member(shelf)
    keep()
    page = client.get("/").content.decode()
    assert page.count("New: help us find its audience") == 1
    assert "~" in tokens_on(client)[0]
    answer = client.get("/api/v1/recommendations/for-you/", {"limit": 12}).json()
    (found,) = (one for one in answer["results"] if one["rung"] == "tried")
    assert found["item"]["id"] == new.pk
    assert found["reason"] == {"text": "New: help us find its audience", "items": []}


def test_before_a_model_and_with_one_that_knows_no_taste_nothing_is_tried(shelf):
    newcomers(3)
    keep()
    ModelRun.objects.update(is_live=False)
    caches["local"].clear()
    assert [tried_in(picks) for picks in lists_of(shelf, count=3)] == [[], [], []]
    assert Client().get("/").status_code == 200


def test_how_ranking_works_says_what_is_in_force():
    def page():
        return " ".join(Client().get("/how-ranking-works/").content.decode().split())

    assert "At most 8 % of your list goes to new" in page()
    assert "What you were shown and did not open keeps its place." in page()
    placed("for-you", exploration=0.0, rotation=0.25)
    assert "No place is given away to something untried." in page()
    assert "steps back, and comes back with time" in page()
