"""Dials: a list follows those of its person, stays as it was at the middle, and never unmasks."""

from datetime import timedelta

import numpy as np
import pytest
from django.core.cache import caches
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog import kept, privacy
from catalog import services as events
from catalog.models import Attribute, Item, ItemAttribute, Person, Rating
from recommendations import selectors, steering
from recommendations.dismissals import dismiss
from recommendations.ladder import Rung
from recommendations.models import Steering
from recommendations.visit import Visit
from tests.recommendations.readers import ids, reader_of
from tests.recommendations.worlds import NOON, checkerboard, published

pytestmark = pytest.mark.django_db
ITEMS, PEOPLE, LIST = 240, 60, 12
GENRES = ("Comedy", "Drama", "Western")


@pytest.fixture
def world():
    """Items with years and genres, and readers of a genre who read what is popular more."""
    rng = np.random.default_rng(7)
    shelf = Item.objects.bulk_create(
        Item(title=f"Item {n}", year=int(rng.integers(1900, 2020))) for n in range(ITEMS)
    )
    genres = Attribute.objects.bulk_create(Attribute(kind="genres", name=name) for name in GENRES)
    ItemAttribute.objects.bulk_create(
        ItemAttribute(item=item, attribute=genres[n % 3]) for n, item in enumerate(shelf)
    )
    people = Person.objects.bulk_create(Person(name=f"Reader {n}") for n in range(PEOPLE))
    weight = rng.pareto(1.0, ITEMS) + 0.1
    for n, person in enumerate(people):
        chance = weight * np.where(np.arange(ITEMS) % 3 == n % 3, 1.0, 0.15)
        chosen = rng.choice(ITEMS, 15, replace=False, p=chance / chance.sum())
        Rating.objects.bulk_create(
            Rating(person=person, item=shelf[at], half_stars=9, rated_at=NOON + timedelta(days=day))
            for day, at in enumerate(chosen.tolist())
        )
    events.recount()
    published("markov")
    return shelf, people


def shown_to(person, **dials):
    visit = Visit(person)
    visit.steering = Steering(**dials)
    return selectors.for_you(person, limit=LIST, visit=visit)


def year_of(picks):
    return np.mean([pick.item.year for pick in picks.items])


def popularity_of(picks):
    return np.mean(
        [np.log1p(pick.item.rating_count + pick.item.view_count) for pick in picks.items]
    )


def having(name):
    links = ItemAttribute.objects.filter(attribute__name=name)
    return set(links.values_list("item_id", flat=True))


def closeness_to(person, picks):
    """What the dial turns: how alike each is to the three nearest of the person's events."""
    model = Visit(person).model.recommender
    past = model.items.rows(str(pk) for pk in person.ratings.values_list("item_id", flat=True))
    shown = model.items.rows(str(pick.item.pk) for pick in picks.items)
    near = np.sort(model.likeness(past, shown), axis=0)[-3:]
    return near.mean()


def follows(values, *, falling=False):
    steps = np.diff(values)
    return bool(np.all(steps <= 1e-6 if falling else steps >= -1e-6))


MEASURES = {
    "old": (lambda _person, picks: year_of(picks), True),
    "niche": (lambda _person, picks: popularity_of(picks), True),
    "adventurous": (closeness_to, True),
}


@pytest.mark.parametrize("name", MEASURES)
def test_each_dial_is_followed_for_nine_in_ten_people_and_moves_their_lists(world, name):
    _shelf, people = world
    measure, falling = MEASURES[name]
    found = []
    for person in people[:30]:
        lists = [shown_to(person, **{name: dial}) for dial in (-1, -0.5, 0, 0.5, 1)]
        found.append([measure(person, picks) for picks in lists])
    assert np.mean([follows(values, falling=falling) for values in found]) >= 0.9
    assert np.mean([values[0] > values[-1] for values in found]) >= 0.9


def test_more_and_less_of_a_genre_is_followed(world):
    _shelf, people = world
    with_it = having("Western")
    found = []
    for person in people[:30]:
        lists = [
            shown_to(person, attributes={"genres:Western": dial}) for dial in (-1, -0.5, 0, 0.5, 1)
        ]
        found.append([np.mean([pk in with_it for pk in ids(picks)]) for picks in lists])
    assert np.mean([follows(values) for values in found]) >= 0.9
    assert np.mean([values[0] < values[-1] for values in found]) >= 0.9


def test_a_varied_list_is_less_alike_for_nine_in_ten_people(world):
    _shelf, people = world

    def distance(person, picks):
        model = Visit(person).model.recommender
        rows = model.items.rows(str(pick.item.pk) for pick in picks.items)
        return 1 - model.likeness(rows, rows).mean()

    found = [
        [distance(person, shown_to(person, diversity=dial)) for dial in (0, 0.5, 1)]
        for person in people[:30]
    ]
    assert np.mean([values[0] <= values[-1] + 1e-6 for values in found]) >= 0.9
    assert np.mean(found, axis=0)[0] < np.mean(found, axis=0)[1] <= np.mean(found, axis=0)[2]


def test_at_the_middle_the_list_is_what_the_model_says_at_no_query_more(world):
    _shelf, people = world
    person = people[0]
    visit = Visit(person)
    found = selectors.ranked(visit, banned=visit.seen, n=20)
    said = visit.model.recommender.for_events(
        found.history, n=20, exclude=visit.model.recommender.items.rows(map(str, visit.seen))
    )
    assert found.rows.tolist() == said.rows.tolist()
    assert found.scores.tolist() == said.scores.tolist()
    before = selectors.for_you(person, limit=LIST)
    steering.steer(person, Steering(niche=0.5))
    steered = selectors.for_you(person, limit=LIST)
    steering.steer(person, Steering())
    assert not Steering.objects.exists()
    assert selectors.for_you(person, limit=LIST) == before
    assert ids(steered) != ids(before)
    with CaptureQueriesContext(connection) as queries:
        selectors.for_you(person, limit=LIST)
    assert len(queries) == 3


def test_steering_costs_one_query_and_four_where_nothing_is_remembered(
    world, django_assert_num_queries
):
    _shelf, people = world
    steering.steer(people[0], Steering(niche=1, old=1, attributes={"genres:Comedy": 1}))
    selectors.for_you(people[0], limit=LIST)
    with django_assert_num_queries(4):
        selectors.for_you(people[0], limit=LIST)
    for cache in caches.all():
        cache.clear()
    with django_assert_num_queries(8):  # whether any new item is tried is one of them
        selectors.for_you(people[0], limit=LIST)


def test_the_list_says_how_it_is_steered_and_its_reasons_stay_true(world):
    _shelf, people = world
    steering.steer(people[0], Steering(adventurous=1, niche=-0.5, attributes={"genres:Drama": -1}))
    picks = selectors.for_you(people[0], limit=LIST)
    assert picks.steered == "steered: more adventurous, more popular, less Drama"
    assert picks.explanation.startswith("From your 15 ratings")
    for pick in picks.items:
        assert (pick.rung is Rung.STEERED) == (pick.reason.text == "by how you steer your list")


def test_a_panel_is_how_the_whole_list_begins(world):
    _shelf, people = world
    steering.steer(people[0], Steering(adventurous=0.5, old=1, diversity=0.5))
    whole = ids(selectors.for_you(people[0], limit=60))
    assert ids(selectors.for_you(people[0], limit=5)) == whole[:5]
    visit = Visit(people[0])
    selectors.ranked(visit, banned=visit.seen | visit.dismissed, n=300)  # a home page's genres
    assert ids(selectors.for_you(people[0], limit=12, visit=visit)) == whole[:12]


def test_whoever_wants_no_personal_list_gets_the_same_as_everybody(world):
    _shelf, people = world
    steering.steer(people[0], Steering(niche=1))
    privacy.choose(people[0], is_unpersonalised=True)
    picks = selectors.for_you(people[0], limit=LIST)
    assert ids(picks) == ids(selectors.popular(limit=LIST))
    assert picks.steered == ""


def test_without_a_model_or_a_past_dials_change_nothing(world):
    nobody = Person.objects.create()
    before = ids(selectors.for_you(nobody, limit=LIST))
    steering.steer(nobody, Steering(niche=1, old=1, diversity=1))
    assert ids(selectors.for_you(nobody, limit=LIST)) == before


number = st.sampled_from([-1.0, -0.5, 0.0, 0.5, 1.0])


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(number, number, number, st.sampled_from([0.0, 0.5, 1.0]), number, st.data())
def test_what_is_seen_dismissed_or_withdrawn_never_comes_back(world, a, n, o, d, genre, data):
    shelf, people = world
    with transaction.atomic():
        person = people[data.draw(st.integers(0, PEOPLE - 1))]
        taken = shown_to(person, adventurous=a, niche=n, old=o, diversity=d)
        gone = [pick.item for pick in taken.items]
        for item in gone[:6]:
            dismiss(person, item)
        Item.objects.filter(pk__in=[item.pk for item in gone[6:]]).update(is_listed=False)
        attributes = {"genres:Western": genre}
        picks = shown_to(person, adventurous=a, niche=n, old=o, diversity=d, attributes=attributes)
        seen = set(person.ratings.values_list("item_id", flat=True))
        assert not (set(ids(picks)) & (seen | {item.pk for item in gone}))
        assert len(set(ids(picks))) == LIST
        transaction.set_rollback(True)
    for cache in caches.all():
        cache.clear()


def test_items_that_the_model_does_not_know_and_unknown_attributes_do_no_harm(world):
    _shelf, people = world
    Item.objects.create(title="Came after the model", year=1500)
    picks = shown_to(people[0], old=1, attributes={"genres:" + "é " * 100: 1})
    assert len(picks.items) == LIST


# --- its row -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "dials", [{"niche": 1.5}, {"old": -2}, {"adventurous": 9}, {"diversity": -0.1}]
)
def test_the_database_holds_the_ranges(dials):
    with pytest.raises(IntegrityError), transaction.atomic():
        Steering.objects.create(person=Person.objects.create(), **dials)


@pytest.mark.parametrize("own", [True, False])
def test_a_member_keeps_their_own_dials_else_the_visitors(own):
    visitor, member = Person.objects.create(), Person.objects.create()
    shelf, _crowd = checkerboard(items=4, people=4, events=2)
    steering.steer(visitor, Steering(old=1))
    steering.leave_out(visitor, shelf[0])
    steering.leave_out(visitor, shelf[1])
    steering.leave_out(member, shelf[1])
    if own:
        steering.steer(member, Steering(niche=1))
    events.adopt_visitor(visitor, member=member)
    found = Steering.objects.get()
    assert (found.person, found.niche, found.old) == (member, float(own), float(not own))
    assert set(member.left_out.values_list("item", flat=True)) == {shelf[0].pk, shelf[1].pk}


def test_deleting_by_kind_or_with_the_person_leaves_nothing():
    person, item = Person.objects.create(), Item.objects.create(title="Emma")
    for forget in (
        lambda: [kept.forget_kind(person, kept.kind_named(n)) for n in ("steering", "left_out")],
        lambda: kept.forget_everything(person, None),
    ):
        steering.steer(person, Steering(old=1))
        steering.leave_out(person, item)
        forget()
        assert not Steering.objects.exists()
        assert not person.pk or not person.left_out.exists()


def test_setting_twice_is_one_row_and_zeros_are_not_kept():
    person = Person.objects.create()
    steering.steer(person, Steering(old=1))
    steering.steer(person, Steering(attributes={"genres:Comedy": 1, "genres:Drama": 0}))
    found = Steering.objects.get()
    assert (found.old, found.attributes) == (0, {"genres:Comedy": 1})


def test_genres_are_the_commonest_of_what_is_liked_and_those_set(world):
    shelf, _people = world
    person = reader_of(shelf[0:9:3])
    reader_of(shelf[1:2], half_stars=2, person=person)
    found = steering.genres_of(Visit(person), {"genres:Western": -0.3})
    assert [(genre.name, genre.dial) for genre in found] == [("Comedy", 0), ("Western", -0.3)]
    chosen = [step for step in found[1].choices if step.is_chosen]
    assert [(step.value, step.label) for step in chosen] == [("-0.3", "as set: -0.3")]
