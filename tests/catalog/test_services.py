"""Events are written once, counted right, and taken back without a trace."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from catalog import services
from catalog.models import Attribute, Item, ItemAttribute, ItemView, Person, Rating, ShelfEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def emma():
    return Item.objects.create(title="Emma")


@pytest.fixture
def ann():
    return Person.objects.create(name="Ann")


def counts(item):
    return Item.objects.values_list("rating_count", "half_star_sum", "view_count").get(pk=item.pk)


def test_a_rating_is_kept_in_half_stars_and_counted(ann, emma):
    rating = services.rate_item(ann, emma, stars=4.5)
    assert rating.half_stars == 9
    assert counts(emma) == (1, 9, 0)
    assert emma.mean_stars == 4.5


def test_rating_anew_changes_the_one_rating_and_its_time(ann, emma):
    then = timezone.now() - timedelta(days=3)
    services.rate_item(ann, emma, stars=2, at=then)
    services.rate_item(ann, emma, stars=5)
    assert Rating.objects.get().stars == 5
    assert Rating.objects.get().rated_at > then
    assert counts(emma) == (1, 10, 0)


def test_a_rating_taken_back_leaves_no_trace(ann, emma):
    services.rate_item(ann, emma, stars=3)
    assert services.take_back_rating(ann, emma) is True
    assert services.take_back_rating(ann, emma) is False
    assert counts(emma) == (0, 0, 0)
    assert not Rating.objects.exists()


@pytest.mark.parametrize("stars", [0, 5.5, 0.3, -1, float("nan"), float("inf")])
def test_a_rating_that_cannot_be_is_refused_in_words(ann, emma, stars):
    with pytest.raises(services.BadEvent, match="star"):
        services.rate_item(ann, emma, stars=stars)
    assert counts(emma) == (0, 0, 0)


def test_an_event_of_the_future_or_without_time_zone_is_refused(ann, emma):
    with pytest.raises(services.BadEvent, match="future"):
        services.rate_item(ann, emma, stars=3, at=timezone.now() + timedelta(days=2))
    with pytest.raises(services.BadEvent, match="time zone"):
        services.record_view(ann, emma, at=datetime(2020, 1, 1))  # noqa: DTZ001


def test_a_second_look_within_half_an_hour_is_the_same_view(ann, emma):
    start = timezone.now() - timedelta(hours=2)
    looks = [0, 29, 31, 50, 62]
    kept = [
        services.record_view(ann, emma, at=start + timedelta(minutes=minute)) for minute in looks
    ]
    assert kept == [True, False, True, False, True]
    assert counts(emma) == (0, 0, 3)


def test_views_of_a_paused_person_are_not_recorded(emma):
    paused = Person.objects.create(is_paused=True)
    assert services.record_view(paused, emma) is False
    assert counts(emma) == (0, 0, 0)


def test_an_item_stands_on_one_shelf_at_a_time(ann, emma):
    services.shelve_item(ann, emma, shelf="want")
    services.shelve_item(ann, emma, shelf="done")
    assert ShelfEntry.objects.get().shelf == "done"
    assert services.unshelve_item(ann, emma) is True
    assert services.unshelve_item(ann, emma) is False


def test_an_unknown_shelf_is_refused_with_the_known_ones(ann, emma):
    with pytest.raises(services.BadEvent, match="want, doing, done"):
        services.shelve_item(ann, emma, shelf="attic")


def test_what_a_visitor_did_moves_to_the_member_and_the_newer_event_stands(ann, emma):
    dracula = Item.objects.create(title="Dracula")
    visitor = Person.objects.create(session_key="visitor")
    long_ago = timezone.now() - timedelta(days=9)
    services.rate_item(ann, emma, stars=1, at=long_ago)
    services.rate_item(ann, dracula, stars=4)
    services.rate_item(visitor, emma, stars=5)
    services.rate_item(visitor, dracula, stars=2, at=long_ago)
    services.shelve_item(ann, emma, shelf="want", at=long_ago)
    services.shelve_item(visitor, emma, shelf="done")
    services.record_view(visitor, emma)

    services.adopt_visitor(visitor, member=ann)

    assert dict(ann.ratings.values_list("item__title", "half_stars")) == {"Emma": 10, "Dracula": 8}
    assert counts(emma) == (1, 10, 1)
    assert counts(dracula) == (1, 8, 0)
    assert ShelfEntry.objects.get().shelf == "done"
    assert ItemView.objects.get().person == ann
    assert not Person.objects.filter(pk=visitor.pk).exists()


def test_a_member_is_never_adopted_by_another(ann, django_user_model):
    user = django_user_model.objects.create_user("ben")
    ben = Person.objects.create(user=user)
    services.adopt_visitor(ben, member=ann)
    assert Person.objects.filter(pk=ben.pk).exists()


def test_recount_sets_what_the_rows_say(ann, emma):
    other = Item.objects.create(title="Persuasion", rating_count=7, half_star_sum=7, view_count=7)
    ben = Person.objects.create()
    for person, half_stars in ((ann, 3), (ben, 9)):
        Rating.objects.create(person=person, item=emma, half_stars=half_stars)
    ItemView.objects.create(person=ann, item=emma)
    services.recount()
    assert counts(emma) == (2, 12, 1)
    assert counts(other) == (0, 0, 0)


def test_an_item_text_holds_creators_genres_and_all_words(emma):
    for place, (kind, name) in enumerate(
        [("authors", "Jane Austen"), ("genres", "Comedy of manners"), ("tags", "matchmaking")]
    ):
        attribute = Attribute.objects.create(kind=kind, name=name)
        ItemAttribute.objects.create(item=emma, attribute=attribute, position=place)
    services.refresh_item_text(emma)
    stored = Item.objects.get(pk=emma.pk)
    assert stored.creator_line == "Jane Austen"
    assert stored.genre_line == "Comedy of manners"
    assert stored.search_text.startswith("emma\njane austen\ncomedy of manners")
    assert "matchmaking" in stored.search_text
