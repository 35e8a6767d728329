"""Because you liked X, Out of your bubble, New and worth a look: what they say is true."""

from datetime import timedelta

import numpy as np
import pytest
from django.core.cache import caches
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog import services as events
from catalog.models import Attribute, Item, ItemAttribute, Person, Rating
from recommendations import selectors, steering
from recommendations.dismissals import dismiss
from recommendations.ladder import Rung
from recommendations.models import Placement, Rule, Steering
from recommendations.surfaces import bubble, liked, lists, worthy
from recommendations.surfaces.ask import Ask
from recommendations.visit import Visit
from tests.recommendations.readers import ids, reader_of
from tests.recommendations.test_panels import HOME_PANELS, page, panel, rendered
from tests.recommendations.worlds import NOON, published

pytestmark = pytest.mark.django_db
ITEMS, PEOPLE = 240, 60
GENRES = ("Comedy", "Drama", "Western")
NAMES = ("because-you-liked", "out-of-bubble", "worth-a-look")


@pytest.fixture
def world():
    """Items of three genres, one added each hour, and readers who are mostly in one genre."""
    rng = np.random.default_rng(7)
    shelf = Item.objects.bulk_create(
        Item(title=f"Item {n}", added_at=NOON + timedelta(hours=n)) for n in range(ITEMS)
    )
    genres = Attribute.objects.bulk_create(Attribute(kind="genres", name=name) for name in GENRES)
    ItemAttribute.objects.bulk_create(
        ItemAttribute(item=item, attribute=genres[n % 3]) for n, item in enumerate(shelf)
    )
    people = Person.objects.bulk_create(Person(name=f"Reader {n}") for n in range(PEOPLE))
    for n, person in enumerate(people):
        chance = np.where(np.arange(ITEMS) % 3 == n % 3, 1.0, 0.15)
        chosen = rng.choice(ITEMS, 20, replace=False, p=chance / chance.sum())
        Rating.objects.bulk_create(
            Rating(
                person=person,
                item=shelf[at],
                half_stars=int(rng.integers(5, 11)),
                rated_at=NOON + timedelta(days=day),
            )
            for day, at in enumerate(chosen.tolist())
        )
    events.recount()
    published("ease")
    return shelf, people


def made(person, name, **more):
    visit = Visit(person)
    return lists.make(Ask(visit, visit.placement(name), 12, **more))


def rows_of(visit, item_ids):
    return visit.model.recommender.items.rows(map(str, item_ids))


# --- because you liked ---------------------------------------------------------------------------
def test_it_names_something_that_its_reader_liked_and_shows_what_is_most_like_that(world):
    _shelf, people = world
    found = 0
    for person in people[:20]:
        visit = Visit(person)
        for one in lists.make(Ask(visit, visit.placement("because-you-liked"), 12)):
            found += 1
            rating = Rating.objects.get(person=person, item=one.about)
            assert rating.half_stars >= 7
            assert one.about.title in one.picks.items[0].reason.text
            assert one.picks.items[0].reason.item_ids == (one.about.pk,)
            own = [event.item_id for event in liked.liked(visit)]
            near = visit.model.recommender.likeness(
                rows_of(visit, own), rows_of(visit, ids(one.picks))
            )
            assert (near.argmax(axis=0) == own.index(one.about.pk)).all()
            assert not set(ids(one.picks)) & visit.seen
    assert found >= 15


def test_another_day_is_about_another_item_and_the_lists_have_nothing_in_common(world):
    _shelf, people = world
    for person in people[:10]:
        of_item = {}
        for day in range(12):
            near = liked.near(Visit(person), today=NOON.date() + timedelta(days=day))
            if near is not None:
                shown = set(near.item_ids)
                assert of_item.setdefault(near.event.item_id, shown) == shown
        assert len(of_item) >= 2
        seen = [pk for shown in of_item.values() for pk in shown]
        assert len(seen) == len(set(seen))


def test_what_was_dismissed_left_out_or_rated_low_is_never_named(world):
    _shelf, people = world
    person = people[0]
    own = [event.item_id for event in liked.liked(Visit(person))]
    assert len(own) >= 3
    dismiss(person, Item.objects.get(pk=own[0]))
    steering.leave_out(person, Item.objects.get(pk=own[1]))
    Rating.objects.filter(person=person, item=own[2]).update(half_stars=2)
    Item.objects.filter(pk=own[-1]).update(is_listed=False)
    caches["local"].clear()  # what is withdrawn is remembered for a minute
    left = [event.item_id for event in liked.liked(Visit(person))]
    assert {own[0], own[1], own[2], own[-1]}.isdisjoint(left)
    assert liked.near(Visit(person)).event.item_id in left


def test_without_a_model_that_knows_likeness_nothing_is_said(world):
    _shelf, people = world
    published("popularity")
    for name in NAMES:
        assert made(people[0], name) == []
        assert made(None, name) == []


# --- out of your bubble --------------------------------------------------------------------------
def test_it_is_outside_of_ones_genres_and_farther_than_for_you(world):
    shelf, people = world
    number = {item.pk: n for n, item in enumerate(shelf)}
    found = 0
    for n, person in enumerate(people[:30]):
        visit = Visit(person)
        usual = ids(selectors.for_you(person, limit=12, visit=visit))
        for one in lists.make(Ask(visit, visit.placement("out-of-bubble"), 12)):
            found += 1
            shown = ids(one.picks)
            assert GENRES[n % 3] in bubble.outside(visit).genres
            assert GENRES[n % 3] in one.picks.items[0].reason.text
            inside = {GENRES.index(genre) for genre in bubble.outside(visit).genres}
            assert inside.isdisjoint(number[pk] % 3 for pk in shown)
            assert not set(shown) & (visit.seen | set(usual))
            history = visit.ranked.history
            near, far = (
                bubble.closeness_to(visit.model, history, rows_of(visit, some)).mean()
                for some in (usual, shown)
            )
            assert far < near
    assert found >= 25


def test_who_did_little_or_nothing_has_no_bubble(world):
    shelf, _people = world
    assert made(None, "out-of-bubble") == []
    assert made(reader_of(shelf[:2]), "out-of-bubble") == []


def test_home_is_the_fewest_genres_that_hold_two_thirds():
    assert bubble.home_genres([["a"], ["a"], ["b"]]) == ["a"]
    assert bubble.home_genres([["a"], ["b"], ["b", "c"], []]) == ["b"]
    assert bubble.home_genres([["a"], ["b"]]) == ["a", "b"]
    assert bubble.home_genres([["a", "b"], ["b"]]) == ["b"]
    assert bubble.home_genres([]) == bubble.home_genres([[], []]) == []
    assert bubble.home_genres([[name] for name in "abcdefghijkl"]) == []


def test_far_down_the_list_the_whole_catalogue_is_looked_through(world, monkeypatch):
    _shelf, people = world
    before = bubble.outside(Visit(people[0]))
    monkeypatch.setattr(bubble.favourites, "DEEP", 10)
    after = bubble.outside(Visit(people[0]))
    assert len(after.item_ids) >= 12
    assert set(after.item_ids[:12]) & set(before.item_ids)


# --- new and worth a look ------------------------------------------------------------------------
def test_it_is_what_came_lately_beyond_the_shelf_the_best_first(world):
    shelf, people = world
    newest = [item.pk for item in shelf[::-1]]
    found = 0
    for person in people[:20]:
        visit = Visit(person)
        for one in lists.make(Ask(visit, visit.placement("worth-a-look"), 12)):
            found += 1
            shown = ids(one.picks)
            assert set(shown) <= set(newest[: ITEMS // 10]) - visit.seen
            assert set(shown).isdisjoint(ids(selectors.newest(limit=12, visit=visit)))
            scores = visit.model.recommender.scores(visit.ranked.history)
            own = scores[rows_of(visit, shown)]
            assert (own > np.median(scores)).all()
            assert (np.diff(own) <= 0).all()
            assert one.picks.items[0].reason.text.startswith("came ")
    assert found >= 1
    assert list(worthy.lately()) == newest[: ITEMS // 10]


def test_without_the_shelf_of_new_items_more_of_them_are_worth_a_look(world):
    _shelf, people = world
    before = sum(len(one.item_ids) for one in map(worthy.worthy, map(Visit, people[:10])) if one)
    new = Placement.objects.get(name="new")
    new.on_home = False
    new.save()
    after = sum(len(one.item_ids) for one in map(worthy.worthy, map(Visit, people[:10])) if one)
    assert after > before


# --- on a page -----------------------------------------------------------------------------------
def test_no_two_of_them_show_the_same_item_and_for_you_keeps_its_own(world):
    _shelf, people = world
    seen = set()
    for person in people[:12]:
        html = rendered(HOME_PANELS, person=person)
        shown = [panel(html, name) for name in ("for-you", *NAMES)]
        assert shown[0] == ids(selectors.for_you(person, limit=12))
        every = [pk for one in shown if one for pk in one]
        assert len(every) == len(set(every))
        seen |= {name for name, one in zip(NAMES, shown[1:], strict=True) if one}
    assert {"because-you-liked", "out-of-bubble"} <= seen


def test_a_visitor_gets_them_from_their_session_and_nobody_gets_none(world):
    shelf, _people = world
    visitor = Client()
    assert not any(f"panel-{name}" in page(visitor) for name in NAMES)
    for item in shelf[0:45:3]:
        visitor.post(reverse("catalog:rate", args=[item.pk]), {"stars": "5"})
    html = page(visitor)
    assert "Because you liked Item " in html
    assert panel(html, "out-of-bubble")
    assert "outside of Comedy, where you mostly are" not in html, "said once, in the small print"
    assert "Outside of Comedy, where you mostly are" in html


def test_each_has_its_address_and_none_without_its_placement(world):
    shelf, people = world
    client = Client()
    for item in shelf[0:45:3]:
        client.post(reverse("catalog:rate", args=[item.pk]), {"stars": "5"})
    address = reverse("recommendations:surface", args=["out-of-bubble"])
    html = page(client)
    assert f'href="{address}"' in html
    whole = client.get(address)
    assert "no-store" in whole["Cache-Control"]
    assert whole.content.decode().count('class="card"') > 12
    row = Placement.objects.get(name="out-of-bubble")
    row.on_page = False
    row.save()
    assert client.get(address).status_code == 404
    assert f'href="{address}"' not in page(client)
    for name in ("popular", "for-you", "nonsense"):
        assert client.get(reverse("recommendations:surface", args=[name])).status_code == 404


def test_a_home_page_with_all_of_them_costs_fourteen_queries_at_most(
    world, django_assert_max_num_queries
):
    shelf, _people = world
    client = Client()
    for item in shelf[0:45:3]:
        client.post(reverse("catalog:rate", args=[item.pk]), {"stars": "5"})
    events.record_view(Person.objects.latest("pk"), shelf[100], at=timezone.now())
    for _ in ("cold", "warm"):
        with django_assert_max_num_queries(14):
            html = page(client)
    assert all(f"panel-{name}" in html for name in ("carry-on", "new", *NAMES[:2]))


# --- as placements and rules have it -------------------------------------------------------------
def shown_with(person, name, **changes):
    """The list of a surface whose settings are tried out."""
    visit = Visit(person)
    settings = visit.placement(name).changed(**changes)
    visit.__dict__.pop("placements")
    visit.tried = {name: settings}
    made = lists.make(Ask(visit, settings, settings.size))
    return [pick for one in made for pick in one.picks.items]


def alike(picks):
    model = Visit(None).model.recommender
    rows = model.items.rows(str(pick.item.pk) for pick in picks)
    near = model.likeness(rows, rows)
    np.fill_diagonal(near, 0)
    return near.mean()


def test_a_mixed_list_keeps_the_reason_of_each_item(world):
    _shelf, people = world
    mixed = shown_with(people[0], "for-you", sources={"personal": 1, "new": 1})
    assert len(mixed) == len({pick.item.pk for pick in mixed}) == 12
    assert [pick.rung for pick in mixed] == [Rung.CO_OCCURRENCE, Rung.NEWEST] * 6
    alone = selectors.for_you(people[0], limit=12).items
    assert [pick.reason for pick in mixed[::2]] == [pick.reason for pick in alone[:6]]
    assert all(pick.reason.text == "new here" for pick in mixed[1::2])


def test_what_is_not_filled_up_says_nothing_to_a_stranger(world):
    assert len(shown_with(None, "for-you")) == 12
    assert shown_with(None, "for-you", fallback=False) == []
    short = shown_with(world[1][0], "because-you-liked")
    filled = shown_with(world[1][0], "because-you-liked", fallback=True, size=40)
    assert len(filled) == 40
    assert filled[: len(short)] == short
    assert shown_with(None, "because-you-liked", fallback=True) == []


@pytest.mark.parametrize("name", ["for-you", "popular"])
def test_diversity_makes_a_list_less_alike(world, name):
    _shelf, people = world
    plain, varied = (
        np.mean([alike(shown_with(person, name, diversity=share)) for person in people[:6]])
        for share in (0.0, 1.0)
    )
    assert varied < plain


def test_the_reader_s_own_dial_and_the_site_s_add_up_to_one_at_most(world):
    _shelf, people = world
    visit = Visit(people[0])
    visit.steering = Steering(diversity=0.5, niche=-1)
    visit.tried = {"for-you": visit.placement("for-you").changed(diversity=0.25)}
    visit.__dict__.pop("placements")
    assert (visit.taste.diversity, visit.taste.dials.niche) == (0.75, -1)
    visit.tried = {"for-you": visit.placement("for-you").changed(diversity=0.75)}
    visit.__dict__.pop("placements")
    assert visit.taste.diversity == 1


@pytest.mark.parametrize("name", ["for-you", "popular", "new", "out-of-bubble"])
def test_a_filter_lets_in_only_what_has_an_attribute(world, name):
    shelf, people = world
    picks = shown_with(people[0], name, only_attributes=("genres:Western",), fallback=False)
    westerns = {item.pk for item in shelf[2::3]}
    assert picks
    assert {pick.item.pk for pick in picks} <= westerns


@pytest.mark.parametrize(
    ("name", "switch"), [("because-you-liked", "similar"), ("out-of-bubble", "for_you")]
)
def test_a_rule_that_hides_something_hides_it_there_too(world, name, switch):
    _shelf, people = world
    first = shown_with(people[0], name)[0].item
    rule = Rule(action="hide", item=first, note="a test", on_for_you=False)
    setattr(rule, f"on_{switch}", True)
    rule.full_clean()
    rule.save()
    after = shown_with(people[0], name)
    assert after
    assert first not in [pick.item for pick in after]


def test_whoever_wants_no_personal_lists_gets_none_of_them(world):
    _shelf, people = world
    people[0].is_unpersonalised = True
    people[0].save()
    html = rendered(HOME_PANELS, person=people[0])
    assert panel(html, "for-you")
    assert not any(f"panel-{name}" in html for name in NAMES)
