"""Private and paused activity is in no number and no model: as in a world where it never was.

Two worlds, in one database one after the other: one in which people do things and set their
switches, in any order, and one in which only what counts at the end was ever done.
"""

from contextlib import suppress
from datetime import timedelta

import numpy as np
import pytest
from django.core.cache import caches
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog import privacy, services, thinning
from catalog.histogram import histogram_of
from catalog.models import DailyViews, Item, ItemView, Person, Rating, ShelfEntry
from ml.baselines import fit_baseline
from recommendations import ladder
from recommendations.dataset import build_snapshot, events_since
from tests.recommendations.worlds import NOON

pytestmark = pytest.mark.django_db
PEOPLE, ITEMS = 4, 4
person = st.integers(0, PEOPLE - 1)
item = st.integers(0, ITEMS - 1)
deeds = st.one_of(
    st.tuples(st.just("rate"), person, item, st.integers(1, 10)),
    st.tuples(st.just("view"), person, item, st.integers(0, 9)),
    st.tuples(st.just("shelve"), person, item, st.sampled_from(["want", "doing", "done"])),
    st.tuples(st.just("take back"), person, item),
    st.tuples(st.just("forget"), person, st.sampled_from(["ratings", "views", "shelves"])),
    st.tuples(st.just("hide rating"), person, item, st.booleans()),
    st.tuples(st.just("hide entry"), person, item, st.booleans()),
    st.tuples(st.just("private"), person, st.booleans()),
    st.tuples(st.just("recording"), person, st.sampled_from(["all", "no-views", "nothing"])),
)


class Undo(Exception):
    pass


def new_world():
    """The same rows each time, by their ids."""
    items = [Item(pk=n + 1, title=f"Item {n}", key=f"i{n}", added_at=NOON) for n in range(ITEMS)]
    people = [Person(pk=n + 1, name=f"Person {n}") for n in range(PEOPLE)]
    return Person.objects.bulk_create(people), Item.objects.bulk_create(items)


def rate(someone, item, half_stars, *, at):
    services.rate_item(someone, item, stars=half_stars / 2, at=at)


def view(someone, item, days, *, at):
    services.record_view(someone, item, at=at - timedelta(days=days))


def shelve(someone, item, shelf, *, at):
    services.shelve_item(someone, item, shelf=shelf, at=at)


def hide(model):
    def keep(someone, item, is_private, **_when):
        if row := model.objects.filter(person=someone, item=item).first():
            privacy.keep_private(row, is_private=is_private)

    return keep


def record(someone, what, **_when):
    privacy.choose(someone, is_paused=what != "all", is_stopped=what == "nothing")


DEEDS = {
    "rate": rate,
    "view": view,
    "shelve": shelve,
    "take back": lambda someone, item, **_when: services.take_back_rating(someone, item),
    "forget": lambda someone, kind, **_when: getattr(privacy, f"forget_{kind}")(someone),
    "hide rating": hide(Rating),
    "hide entry": hide(ShelfEntry),
    "private": lambda someone, on, **_when: privacy.choose(someone, is_private=on),
    "recording": record,
}
ON_ITEMS = ("rate", "view", "shelve", "take back", "hide rating", "hide entry")


def do(deed, at, people, items):
    what, who, first, *more = deed
    someone = Person.objects.get(pk=people[who].pk)
    if what in ON_ITEMS:
        first = Item.objects.get(pk=items[first].pk)
    try:
        DEEDS[what](someone, first, *more, at=at)
    except services.BadEvent:
        assert someone.is_stopped


def what_counts():
    """The events of those who are neither private nor paused now, said without `counted()`."""
    open_people = {p.pk for p in Person.objects.all() if not (p.is_private or p.is_paused)}
    ratings = Rating.objects.filter(person__in=open_people, is_private=False)
    shelves = ShelfEntry.objects.filter(person__in=open_people, is_private=False)
    views = ItemView.objects.filter(person__in=open_people)
    return list(ratings), list(views), list(shelves)


def appearance():
    """All that is learned, shown or ranked by."""
    for cache in caches.all():
        cache.clear()
    snapshot = build_snapshot()
    events = snapshot.events
    trained = []
    if len(events):
        for kind in ("popularity", "markov"):
            trained += [
                np.asarray(a).tolist() for a in fit_baseline(snapshot, kind).arrays.values()
            ]
    days = DailyViews.objects.order_by("item", "day")
    return {
        "people": snapshot.users.ids,
        "events": [np.nan_to_num(a).tolist() for a in (events.user, events.item, events.kind)],
        "stars": np.nan_to_num(events.stars, nan=-1).tolist(),
        "times": events.time.tolist(),
        "trained": trained,
        "counts": list(
            Item.objects.order_by("pk").values_list("rating_count", "half_star_sum", "view_count")
        ),
        "histograms": [histogram_of(item) for item in Item.objects.order_by("pk")],
        "popular": list(ladder.popular_ids()),
        "new events": events_since({}),
        "days": list(days.values_list("item", "day", "count")),
    }


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(deeds, min_size=1, max_size=25), st.booleans())
def test_what_is_private_in_the_end_leaves_everything_as_if_it_never_was(story, is_thinned):
    end = NOON + timedelta(days=len(story))

    def look():
        if is_thinned:
            thinning.thin_out(keep_days=3, now=end)
        return appearance()

    with suppress(Undo), transaction.atomic():
        people, items = new_world()
        for day, deed in enumerate(story):
            do(deed, NOON + timedelta(days=day), people, items)
        kept = what_counts()
        seen = look()
        services.recount()
        assert seen == appearance(), "a recount changes something"
        raise Undo
    with suppress(Undo), transaction.atomic():
        people, items = new_world()
        for rows in kept:
            for row in sorted(rows, key=lambda row: row.pk):
                row.save(force_insert=True)
        services.recount()
        assert look() == seen
        raise Undo
