"""Who is in which arm, and what they are shown: the same ones all the time, at no cost."""

import pytest
from django.core import signing

from catalog import privacy
from catalog import services as events
from catalog.models import Person
from ml.taste import Taste
from recommendations import selectors, services
from recommendations.experimenting import running
from recommendations.experiments.assignment import ArmPlan, arm_of
from recommendations.experiments.tried import Tried
from recommendations.measuring import tokens
from recommendations.models import Impression, Placement
from recommendations.remembered import EXPERIMENTS
from recommendations.surfaces import lists
from recommendations.surfaces.ask import Ask
from recommendations.trying import in_arm
from recommendations.visit import Visit
from tests.recommendations.experiments.trials import people, plan_of, started, written
from tests.recommendations.measuring.worlds import member, post, tokens_on
from tests.recommendations.readers import ids, reader_of
from tests.recommendations.worlds import checkerboard, published

pytestmark = pytest.mark.django_db


def test_everybody_stays_where_they_are_and_a_ramp_only_adds_people():
    experiment = started(share=5)
    before = {pk: plan_of(experiment).arm_for(pk) for pk in range(2000)}
    among = {pk for pk in before if plan_of(experiment).takes(pk)}
    assert 45 < len(among) < 165  # 100 on average, a standard error is 9.7
    running.ramp(experiment, share=50, by=None)
    experiment.refresh_from_db()
    assert among < {pk for pk in before if plan_of(experiment).takes(pk)}
    assert before == {pk: plan_of(experiment).arm_for(pk) for pk in range(2000)}
    first = experiment.arms.first()
    assert 880 < sum(arm.pk == first.pk for arm in before.values()) < 1120  # five standard errors


def test_two_experiments_draw_independently():
    one, other = plan_of(started()), plan_of(written({"diversity": 1}))
    both = sum(
        one.arm_for(pk) == one.arms[0] and other.arm_for(pk) == other.arms[0] for pk in range(2000)
    )
    assert 400 < both < 600


def test_without_an_experiment_nothing_is_asked(django_assert_num_queries):
    checkerboard()
    published("markov")
    written({"diversity": 1})  # that does not run
    visit = Visit(Person.objects.first())
    assert visit.model
    with django_assert_num_queries(0):
        assert arm_of(visit, "for-you") is None


def test_with_one_it_is_asked_for_once_a_minute(django_assert_num_queries):
    checkerboard()
    published("markov")
    started()
    first, second = Person.objects.all()[:2]
    assert arm_of(Visit(first), "for-you")
    with django_assert_num_queries(1):  # the model's
        assert arm_of(Visit(second), "for-you")
    assert arm_of(Visit(second), "similar") is None


def test_a_stop_is_seen_at_the_next_page_by_every_process():
    checkerboard()
    published("markov")
    experiment, person = started(), Person.objects.first()
    assert arm_of(Visit(person), "for-you")
    remembered = EXPERIMENTS.recall()
    running.stop(experiment, "enough", by=None)
    EXPERIMENTS.keep(remembered)  # as another process still has it
    assert arm_of(Visit(person), "for-you") is None


def test_whoever_does_not_count_and_nobody_is_in_none():
    started()
    person = Person.objects.create()
    assert arm_of(Visit(person), "for-you") is None  # before there is a model
    checkerboard()
    published("markov")
    assert arm_of(Visit(person), "for-you")
    privacy.choose(person, is_paused=True)
    assert arm_of(Visit(person), "for-you") is None
    assert arm_of(Visit(None), "for-you") is None


def test_an_arm_with_another_model_is_shown_what_that_model_says():
    shelf, _crowd = checkerboard()
    live, other = published("markov"), published("ease")
    services.make_live(live)
    experiment = started({}, runs=[other])
    control, tried = people(experiment, each=1)
    for own, run in ((control[0], live), (tried[0], other)):
        for item in shelf[0:6:2]:
            own.ratings.create(item=item, half_stars=10)
        visit = Visit(own)
        picks = selectors.for_you(own, limit=6, visit=visit)
        assert picks.tried == Tried((plan_of(experiment).arm_for(own.pk).pk,), (run.pk,))
        assert picks.model_label == run.label
        assert visit.model.run_id == live.pk  # other lists of the page ask the live one


def test_an_arm_with_diversity_is_as_if_its_people_had_asked_for_it():
    shelf, _crowd = checkerboard(items=60, people=120)
    published("ease")
    experiment = started({"diversity": 0.9})
    control, tried = (own[0] for own in people(experiment, each=1))
    for own in (control, tried):
        for item in shelf[0:6:2]:
            own.ratings.create(item=item, half_stars=10)
    plain, varied = selectors.for_you(control, limit=6), selectors.for_you(tried, limit=6)
    running.stop(experiment, "enough", by=None)
    assert ids(selectors.for_you(tried, limit=6)) == ids(plain)
    assert ids(varied) != ids(plain)
    assert not varied.steered  # they did not steer


def test_what_an_arm_does_is_added_to_what_its_people_ask_for():
    checkerboard()
    published("markov")
    own = in_arm(Visit(Person.objects.first()), "for-you", ArmPlan(1, {"diversity": 0.75}))
    assert own.taste == Taste(diversity=0.75)
    own.steering.diversity = 0.5
    assert own.taste == Taste(diversity=1.0)


def test_arms_explore_and_rotate_as_they_are_set():
    checkerboard()
    published("markov")
    visit = Visit(Person.objects.first())
    own = in_arm(visit, "for-you", ArmPlan(1, {"exploration": 0.25, "rotation": 0.5}))
    assert (own.exploration, own.rotation) == (0.25, 0.5)
    assert own.taste == Taste(rotation=0.5)
    assert (visit.exploration, visit.rotation) == (0.084, 0.0)


def test_how_ranking_works_says_which_lists_are_being_compared():
    shelf, _crowd = checkerboard()
    published("markov")
    client, _person = member(shelf)
    said = "Ways to make this list are being compared"
    assert said not in client.get("/how-ranking-works/").content.decode()
    started()
    assert client.get("/how-ranking-works/").content.decode().count(said) == 1


def test_a_page_says_its_arm_in_its_token_and_it_is_recorded():
    shelf, _crowd = checkerboard()
    run = published("markov")
    experiment = started()
    client, person = member(shelf)
    token, *_others = tokens_on(client)
    assert post(client, (token, [0, 1])).status_code == 204
    arm = plan_of(experiment).arm_for(person.pk)
    rows = Impression.objects.filter(person=person)
    assert {(row.arm, row.run, row.chance) for row in rows} == {(arm.pk, run.pk, None)}


def test_a_token_from_before_there_were_experiments_is_still_good():
    person = Person.objects.create()
    signer = signing.TimestampSigner(salt=f"recommendations.measuring:list:{person.pk}")
    shown = tokens.read_list(signer.sign("for-you~7~pp~a.b"), person)
    assert (shown.item_ids, shown.run_at(0), shown.arm_at(1)) == ((10, 11), 7, 0)
    assert shown.chance_at(0) is None


@pytest.mark.parametrize(
    "tried",
    [
        Tried((26,), (7,)),
        Tried((1, 2), (7, 0), (0, 1, 1, 0), (0.5, 1.0, 0.25, 1 / 64)),
        Tried((1, 2), (7, 8), (1, 0)),
    ],
)
def test_what_a_token_says_of_an_experiment_is_read_as_it_was(tried):
    assert Tried.from_text(tried.as_text().split("~")) == tried


def test_an_interleaved_list_has_items_of_both_and_stays_for_an_hour():
    shelf, _crowd = checkerboard()
    live, other = published("markov"), published("popularity")
    services.make_live(live)
    experiment = started({}, runs=[other], design="interleaved")
    person = reader_of(shelf[0:6:2])
    picks = selectors.for_you(person, limit=8)
    arms = list(experiment.arms.order_by("place"))
    assert picks.tried.arms == tuple(arm.pk for arm in arms)
    assert picks.tried.runs == (live.pk, other.pk)
    assert sorted(picks.tried.sides) == [0] * 4 + [1] * 4
    assert len(picks.tried.chances) == 8
    assert all(0 < chance <= 1 for chance in picks.tried.chances)
    assert len(set(ids(picks))) == 8
    token = tokens.token_of_list(Visit(person), "for-you", picks)
    shown = tokens.read_list(token, person)
    assert shown.tried == picks.tried
    assert [shown.arm_at(at) for at in range(8)] == [arms[side].pk for side in picks.tried.sides]


def titled(surface):
    """A list from other sources needs other words than its own."""
    placement = Placement.objects.get(pk=surface)
    placement.title = "Have a look"
    placement.save()


@pytest.mark.parametrize(
    ("surface", "changes"),
    [
        ("for-you", {"size": 3}),
        ("popular", {"size": 3}),
        ("new", {"sources": {"popular": 1.0}, "size": 3}),
        ("for-you", {"only_attributes": ["genres:Odd"], "size": 3}),
    ],
)
def test_panels_of_a_page_follow_an_arms_settings(surface, changes):
    shelf, _crowd = checkerboard()
    published("markov")
    events.recount()
    titled(surface)
    experiment = started(changes, surface=surface)
    arms = list(experiment.arms.order_by("place"))
    for own, arm in zip(people(experiment, each=1), arms, strict=True):
        for item in shelf[0:6:2]:
            own[0].ratings.create(item=item, half_stars=10)
        visit = Visit(own[0])
        made = lists.make(Ask(visit, visit.placement(surface), visit.placement(surface).size))
        picks = made[0].picks
        assert picks.tried.arms == (arm.pk,)
        assert (len(picks.items) == 3) == (arm.place == 1)
        if arm.place and "only_attributes" in changes:
            assert {shelf.index(pick.item) % 2 for pick in picks.items} == {1}


def test_a_surface_that_borrows_what_another_makes_is_not_in_its_experiment():
    shelf, _crowd = checkerboard()
    published("markov")
    started()
    Placement.objects.filter(pk="new").update(sources={"personal": 1.0})
    visit = Visit(reader_of(shelf[0:6:2]))
    made = lists.make(Ask(visit, visit.placement("new"), 6))
    assert made[0].picks.items
    assert made[0].picks.tried is None


def test_a_preview_is_in_no_experiment():
    shelf, _crowd = checkerboard()
    published("markov")
    started()
    visit = Visit(reader_of(shelf[0:6:2]))
    visit.tried = {"for-you": visit.placement("for-you").changed(size=3)}
    made = lists.make(Ask(visit, visit.tried["for-you"], 3))
    assert made[0].picks.tried is None


def test_interleaved_panels_are_both_lists_of_a_surface():
    shelf, _crowd = checkerboard()
    published("markov")
    events.recount()
    titled("for-you")
    experiment = started({"sources": {"popular": 1.0}, "exploration": 0.0}, design="interleaved")
    visit = Visit(reader_of(shelf[0:6:2]))
    made = lists.make(Ask(visit, visit.placement("for-you"), 8))
    tried = made[0].picks.tried
    assert tried.arms == tuple(arm.pk for arm in experiment.arms.order_by("place"))
    assert sorted(tried.sides) == [0] * 4 + [1] * 4
    assert {pick.item.pk for pick in made[0].picks.items} <= visit.shown


@pytest.mark.parametrize("design", ["split", "interleaved"])
def test_a_home_page_in_an_experiment_stays_within_its_queries(
    client, django_assert_max_num_queries, design
):
    shelf, _crowd = checkerboard(items=60, people=120)
    live, other = published("ease"), published("markov")
    services.make_live(live)
    events.recount()
    started({"diversity": 0.5}, runs=[other], design=design)
    browser, _person = member(shelf)
    browser.get("/")
    with django_assert_max_num_queries(14):
        browser.get("/")
