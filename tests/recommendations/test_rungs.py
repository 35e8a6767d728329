"""Each step of the ladder is taken in its order, and named in the answer."""

import pytest
from django.core.cache import caches

from catalog import services as events
from catalog.models import Item, Person
from ml.serving import Recommender
from recommendations import engine, selectors
from recommendations.ladder import Rung
from tests.recommendations.readers import ids, reader_of
from tests.recommendations.worlds import checkerboard, published

pytestmark = pytest.mark.django_db


def damage(run):
    for array in engine.artifact_folder(run).glob("*.npy"):
        array.write_bytes(array.read_bytes()[:-1])


def test_an_empty_catalogue_gives_an_empty_list_that_explains_nothing():
    picks = selectors.for_you(None)
    assert (picks.items, picks.rung, picks.model_label) == ([], Rung.EMPTY, None)
    assert picks.explanation == ""


def test_a_catalogue_that_nobody_touched_shows_what_is_new():
    Item.objects.create(title="Emma")
    picks = selectors.for_you(None)
    assert picks.rung is Rung.NEWEST
    assert picks.explanation == "New here. Rate a few and this becomes yours."


def test_somebody_without_events_gets_what_is_popular_model_or_not():
    checkerboard()
    events.recount()
    for person in (None, Person.objects.create()):
        picks = selectors.for_you(person)
        assert picks.rung is Rung.POPULAR
        assert picks.explanation == "Popular here. Rate a few and this becomes yours."
    published("markov")
    assert selectors.for_you(None).rung is Rung.POPULAR


def test_before_the_first_model_a_reader_gets_what_is_popular_and_is_told_why():
    shelf, _crowd = checkerboard()
    events.recount()
    picks = selectors.for_you(reader_of(shelf[:2]))
    assert (picks.rung, picks.model_label) == (Rung.POPULAR, None)
    assert "There is no model to ask now" in picks.explanation
    assert {shelf[0].pk, shelf[1].pk}.isdisjoint(ids(picks))


def test_where_popularity_wins_the_gate_it_is_shown_and_said():
    shelf, _crowd = checkerboard()
    events.recount()
    published("popularity")
    picks = selectors.for_you(reader_of(shelf[:2]))
    assert (picks.rung, picks.model_label) == (Rung.POPULAR, None)
    assert picks.explanation == "Popular here. So far no model predicts better than this."


@pytest.mark.parametrize("kind", ["markov", "ease"])
def test_a_simple_model_is_no_more_than_what_goes_with_what(kind):
    shelf, _crowd = checkerboard()
    run = published(kind)
    picks = selectors.for_you(reader_of(shelf[:4:2]))
    assert (picks.rung, picks.model_label) == (Rung.CO_OCCURRENCE, run.label)


def test_any_other_model_is_personal():
    shelf, _crowd = checkerboard()
    run = published("markov")
    run.chosen = "hybrid"
    run.save()
    assert selectors.for_you(reader_of(shelf[:4:2])).rung is Rung.PERSONAL
    assert selectors.similar_to(shelf[0]).rung is Rung.MODEL


def test_a_damaged_model_is_replaced_by_the_one_before_and_then_by_what_is_popular():
    shelf, _crowd = checkerboard()
    events.recount()
    first, second = published("markov"), published("ease")
    person = reader_of(shelf[:4:2])
    damage(second)
    picks = selectors.for_you(person)
    assert (picks.rung, picks.model_label) == (Rung.PREVIOUS, first.label)
    assert "standing in for a newer one" in picks.explanation
    damage(first)
    engine.forget_all()
    assert selectors.for_you(person).rung is Rung.POPULAR
    assert selectors.similar_to(shelf[0]).rung is Rung.SHARED


def test_a_model_that_fails_while_it_is_asked_is_logged_and_not_missed(monkeypatch, caplog):
    shelf, _crowd = checkerboard()
    events.recount()
    published("markov")

    def fail(self, *_args, **_kwargs):
        raise FloatingPointError("the arrays are nonsense")

    monkeypatch.setattr(Recommender, "for_events", fail)
    monkeypatch.setattr(Recommender, "similar_to", fail)
    person = reader_of(shelf[:4:2])
    picks = selectors.for_you(person)
    assert (picks.rung, picks.model_label) == (Rung.POPULAR, None)
    assert "There is no model to ask now" in picks.explanation
    assert selectors.similar_to(shelf[0]).rung is Rung.SHARED
    assert "cannot answer" in caplog.text


def test_what_is_newer_than_the_model_says_nothing_to_it_yet():
    checkerboard()
    events.recount()
    published("markov")
    fresh = Item.objects.create(title="Came after the model")
    picks = selectors.for_you(reader_of([fresh]))
    assert picks.rung is Rung.POPULAR
    assert "newer than the model" in picks.explanation


def test_one_item_and_one_person_who_rated_it_leave_nothing_to_show():
    emma = Item.objects.create(title="Emma")
    person = reader_of([emma])
    events.recount()
    published("markov")
    assert selectors.for_you(person).rung is Rung.EMPTY
    assert selectors.similar_to(emma).rung is Rung.EMPTY


def test_equal_ratings_of_everything_make_an_ordinary_list():
    shelf = Item.objects.bulk_create(Item(title=f"Item {n}") for n in range(6))
    people = [reader_of(shelf[:3], half_stars=6) for _ in range(4)]
    events.recount()
    published("ease")
    assert set(ids(selectors.for_you(people[0]))) == {item.pk for item in shelf[3:]}


@pytest.mark.parametrize("lost", ["popular", "everything"])
def test_a_flushed_cache_changes_no_answer(lost):
    shelf, _crowd = checkerboard()
    events.recount()
    published("markov")
    person = reader_of(shelf[:2])

    def answers():
        return selectors.for_you(person), selectors.similar_to(shelf[0]), selectors.popular()

    before = answers()
    cache = caches["local"]
    cache.clear() if lost == "everything" else cache.delete("recommendations:popular")
    assert answers() == before
