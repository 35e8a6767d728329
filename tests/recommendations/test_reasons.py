"""Reasons name what moved the score, and nothing that did not."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog import services as events
from catalog.models import Item, Person, Rating
from ml.serving import Recommender
from recommendations import reasons, selectors
from recommendations.dataset import PersonEvent, as_history
from recommendations.engine import LiveModel
from recommendations.visit import Visit
from tests.recommendations.readers import ids, reader_of, texts
from tests.recommendations.worlds import NOON, checkerboard, published

pytestmark = pytest.mark.django_db


def test_a_rating_a_view_and_a_shelf_are_named_as_what_they_are():
    shelf, _crowd = checkerboard(items=12)
    published("markov")
    rater, viewer, keeper = (Person.objects.create() for _ in range(3))
    Rating.objects.create(person=rater, item=shelf[0], half_stars=9)
    events.record_view(viewer, shelf[0])
    events.shelve_item(keeper, shelf[0], shelf="done")
    for person, text in (
        (rater, "because you rated Item 0 4½"),
        (viewer, "because you looked at Item 0"),
        (keeper, "because Item 0 is on your shelf"),
    ):
        pick = selectors.for_you(person, limit=1, exclude={shelf[0].pk}).items[0]
        assert pick.reason.text == text
        assert pick.reason.item_ids == (shelf[0].pk,)


def test_without_the_named_event_the_score_of_the_item_is_lower():
    shelf, _crowd = checkerboard()
    published("markov")
    person = reader_of(shelf[0:12:2])
    visit = Visit(person)
    recommender = visit.model.recommender
    for pick in selectors.for_you(person, limit=6, visit=visit).items:
        row = recommender.items.row(str(pick.item.pk))
        without = [event for event in visit.events if event.item_id not in pick.reason.item_ids]
        assert len(without) == len(visit.events) - 1
        whole, _ = as_history(visit.events, recommender.items)
        rest, _ = as_history(without, recommender.items)
        assert recommender.scores(rest)[row] < recommender.scores(whole)[row]


def test_a_low_rating_is_never_named_as_a_cause():
    shelf, _crowd = checkerboard()
    published("markov")
    person = reader_of(shelf[0:8:2], half_stars=2)
    picks = selectors.for_you(person, limit=8)
    assert set(texts(picks)) <= {"chosen from all that you did here", "popular here", "new here"}


@pytest.mark.parametrize(
    ("stars", "others", "liked"),
    [(3, 3, False), (3.5, 3, True), (3.5, 5, False), (4, 5, True), (4, 1, True)],
)
def test_liking_means_a_good_rating_for_anybody_and_a_usual_one_for_this_person(
    stars, others, liked
):
    shelf, _crowd = checkerboard()
    person = reader_of(shelf[1:6], half_stars=2 * others)
    events.rate_item(person, shelf[0], stars=stars)
    assert (shelf[0].pk not in Visit(person).not_liked) is liked


def test_looking_at_something_that_one_rated_low_is_not_named_either():
    shelf, _crowd = checkerboard()
    published("markov")
    person = reader_of(shelf[:1], half_stars=2)
    events.record_view(person, shelf[0], at=NOON + timedelta(days=3))
    assert not any("Item 0" in text for text in texts(selectors.for_you(person, limit=8)))


@pytest.mark.parametrize(
    ("kind", "reason"),
    [("hybrid", "chosen from all that you did here"), ("markov", "popular here")],
)
def test_where_no_single_event_moved_a_score_none_is_named(kind, reason, monkeypatch):
    shelf, _crowd = checkerboard()
    events.recount()
    run = published("markov")
    run.chosen = kind
    run.save()
    monkeypatch.setattr(
        Recommender, "explain", lambda self, history, rows, *, n=0: [[] for _ in rows]
    )
    picks = selectors.for_you(reader_of(shelf[:2]), limit=6)
    assert texts(picks) == [reason] * 6


def test_a_withdrawn_item_is_not_named():
    shelf, _crowd = checkerboard()
    published("markov")
    person = reader_of(shelf[:1])
    Item.objects.filter(pk=shelf[0].pk).update(is_listed=False)
    assert not any("Item 0" in text for text in texts(selectors.for_you(person, limit=8)))


def test_an_item_that_one_looked_at_may_be_its_own_reason():
    view = PersonEvent(item_id=7, kind="view", stars=None, time=0.0)
    assert reasons.because_of([view], pick=7, items={}).text == "you looked at this"


def test_of_two_events_about_one_item_the_one_that_says_more_is_named():
    emma = Item(pk=7, title="Emma")
    view = PersonEvent(item_id=7, kind="view", stars=None, time=0.0)
    rating = PersonEvent(item_id=7, kind="rating", stars=5.0, time=1.0)
    reason = reasons.because_of([view, rating], pick=8, items={7: emma})
    assert reason.text == "because you rated Emma 5"


def test_the_small_print_counts_what_the_model_was_given():
    shelf, _crowd = checkerboard()
    run = published("markov")
    person = reader_of(shelf[0:4:2])
    events.record_view(person, shelf[6])
    events.shelve_item(person, shelf[8], shelf="want")
    assert selectors.for_you(person).explanation == (
        f"From your 2 ratings, 1 view and 1 shelf entry · model {run.pk}, trained just now"
    )


def test_an_older_model_says_how_old_it_is():
    trained = timezone.now() - timedelta(hours=2, minutes=5)
    model = LiveModel(7, "hybrid", "Hybrid", None, trained)
    assert reasons.explain_model(model) == "model 7, trained 2\xa0hours ago"


def test_top_ups_say_only_what_they_are():
    shelf, _crowd = checkerboard(items=4)
    events.recount()
    picks = selectors.for_you(None)
    assert len(ids(picks)) == len(shelf)
    assert set(texts(picks)) == {"popular here"}


@pytest.mark.parametrize(
    ("minutes", "text"), [(0, "looked at just now"), (125, "looked at 2\xa0hours ago")]
)
def test_what_to_carry_on_with_says_when_it_was_looked_at(minutes, text):
    item, person = Item.objects.create(title="Emma"), Person.objects.create()
    events.record_view(person, item, at=timezone.now() - timedelta(minutes=minutes))
    assert texts(selectors.carry_on(person)) == [text]
