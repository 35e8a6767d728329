"""A group's one list: floors hold, nothing seen or dismissed, and nothing of who is private."""

import re
from contextlib import suppress
from datetime import timedelta

import numpy as np
import pytest
from django.core.cache import caches
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog import privacy
from catalog import services as events
from catalog.models import Item, Person, Rating, ShelfEntry
from recommendations import steering
from recommendations.company import groups, shared
from recommendations.dataset import as_history, history_of
from recommendations.dismissals import dismiss
from recommendations.engine import current
from recommendations.in_company import lists
from recommendations.models import Group, Rule
from recommendations.visit import Visit
from tests.recommendations.company.worlds import client_of, group_of, member
from tests.recommendations.worlds import NOON, checkerboard, published

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf():
    """Even and odd items; people of one kind rate the other kind low, so that ratings are told."""
    shelf, crowd = checkerboard(items=24, people=60)
    rng = np.random.default_rng(5)
    Rating.objects.bulk_create(
        Rating(
            person=person,
            item=shelf[at],
            half_stars=int(rng.integers(1, 4)),
            rated_at=NOON + timedelta(days=20),
        )
        for n, person in enumerate(crowd)
        for at in rng.choice(np.arange(1 - n % 2, 24, 2), 4, replace=False)
    )
    events.recount()
    published("markov")
    return shelf


def ids(found):
    return [pick.item.pk for pick in found.picks]


def shared_list(members, *, limit=None, allows_seen=False):
    """As its surface is set, for anybody."""
    group = members[0].group if members else Group()
    asked = {"limit": limit, "allows_seen": allows_seen}
    return lists.of_group(Visit(None), group, members, **asked)[0]


def listed(group, **asked):
    return shared_list(groups.members_of(group), **asked)


def predicted(person, item):
    """As the model says it to the person alone."""
    recommender = current().recommender
    history, _known = as_history(history_of(person), recommender.items)
    stars, _low, _high = recommender.predict_rating(history, [recommender.items.row(str(item))])
    return float(stars[0])


def test_everybodys_predicted_rating_is_said_and_nobody_is_below_their_floor(shelf):
    ada, bo = member("ada", shelf[0:6:2]), member("bo", shelf[8:14:2])
    found = listed(group_of(ada, bo, floor=6))
    assert found.in_stars
    assert found.picks
    for pick in found.picks:
        for said, person in zip(pick.said, (ada, bo), strict=True):
            assert said.value == pytest.approx(predicted(person, pick.item.pk), abs=1e-4)
            assert said.value >= 3
        assert re.fullmatch(r"ada [\d½]+, bo [\d½]+; nobody below [\d½]+", pick.reason.text)


def test_two_of_opposite_taste_get_little_and_a_lower_floor_gives_more(shelf):
    even, odd = member("even", shelf[0:12:2]), member("odd", shelf[1:13:2])
    group = group_of(even, odd, floor=9)
    few = listed(group)
    for one in groups.members_of(group):
        groups.set_floor(one, 1)
    more = listed(group)
    assert set(ids(few)) < set(ids(more))
    assert not few.picks
    assert "Nothing is left" in few.problem


def test_nothing_that_anybody_has_seen_or_dismissed_is_on_it(shelf):
    ada, bo = member("ada", shelf[0:4:2]), member("bo", shelf[4:8:2])
    group = group_of(ada, bo, floor=1)
    events.shelve_item(bo, shelf[20], shelf="done")
    events.shelve_item(bo, shelf[21], shelf="want")
    dismiss(ada, shelf[10])
    shelf[12].is_listed = False
    shelf[12].save()
    caches["local"].clear()
    seen = {item.pk for item in (shelf[0], shelf[2], shelf[4], shelf[6], shelf[20])}
    never = {shelf[10].pk, shelf[12].pk}
    assert set(ids(listed(group))) == {item.pk for item in shelf} - seen - never
    assert set(ids(listed(group, allows_seen=True))) == {item.pk for item in shelf} - never


def test_what_the_site_hides_from_for_you_is_not_on_it(shelf):
    group = group_of(member("ada", shelf[0:4:2]), member("bo", shelf[4:8:2]), floor=1)
    first = ids(listed(group))[0]
    Rule.objects.create(action="hide", item_id=first, on_for_you=True)
    caches["local"].clear()
    assert first not in ids(listed(group))


def test_whoever_leaves_is_gone_from_the_next_list(shelf):
    ada, bo, eve = (
        member(name, shelf[at : at + 4 : 2]) for name, at in zip("abe", (0, 4, 9), strict=True)
    )
    alone = ids(listed(group_of(ada, bo, floor=1)))
    group = group_of(ada, bo, eve, floor=1)
    assert ids(listed(group)) != alone
    client_of(eve).post(f"/for-us/{group.pk}/leave/")
    assert ids(listed(group)) == alone
    assert "e " not in listed(group).picks[0].reason.text


def test_the_order_in_which_members_joined_changes_nothing(shelf):
    ada, bo, eve = (
        member(name, shelf[at : at + 4]) for name, at in zip("abe", (0, 4, 9), strict=True)
    )
    assert ids(listed(group_of(ada, bo, eve))) == ids(listed(group_of(eve, ada, bo)))


def test_who_is_private_or_pauses_is_not_asked_and_the_page_says_so(shelf):
    ada, bo, eve = (
        member(name, shelf[at : at + 4]) for name, at in zip("abe", (0, 4, 9), strict=True)
    )
    group = group_of(ada, bo, eve, floor=1)
    without = ids(listed(group_of(ada, bo, floor=1)))
    for switch in ("is_private", "is_paused"):
        privacy.choose(eve, **{switch: True})
        found = listed(group)
        assert ids(found) == without, switch
        assert [one.person for one in found.silent] == [eve]
        assert "not asked for now" in client_of(ada).get(f"/for-us/{group.pk}/").content.decode()
        privacy.choose(eve, **{switch: False})
    privacy.choose(bo, is_private=True)
    privacy.choose(eve, is_private=True)
    assert "At least two of you" in listed(group).problem


def test_one_who_wants_no_personal_lists_counts_as_a_usual_reader_and_is_shown_nothing_seen(shelf):
    ada, bo = member("ada", shelf[0:4:2]), member("bo", shelf[4:8:2])
    group = group_of(ada, bo, floor=1)
    before = listed(group)
    privacy.choose(bo, is_unpersonalised=True)
    found = listed(group)
    assert [one.person for one in found.new] == [bo]
    assert set(ids(found)) == set(ids(before))
    assert [p.said[1].value for p in found.picks] != [p.said[1].value for p in before.picks]


def test_what_somebody_left_out_of_their_lists_is_not_used_here_either(shelf):
    ada, bo = member("ada", shelf[0:8:2]), member("bo", shelf[8:14:2])
    group = group_of(ada, bo, floor=1)
    before = {pick.item.pk: pick.said[0].value for pick in listed(group).picks}
    steering.leave_out(ada, shelf[0])
    after = {pick.item.pk: pick.said[0].value for pick in listed(group).picks}
    assert before.keys() == after.keys(), "but it stays seen"
    assert before != after


def test_without_a_model_or_company_there_is_a_sentence():
    items = Item.objects.bulk_create(Item(title=f"Item {n}") for n in range(4))
    ada, bo = member("ada", items[:1]), member("bo", items[1:2])
    assert "no model yet" in listed(group_of(ada, bo)).problem
    alone = group_of(ada)
    assert "needs at least two" in listed(alone).problem
    assert "Invite somebody" in client_of(ada).get(f"/for-us/{alone.pk}/").content.decode()


def test_a_model_that_fails_gives_a_sentence(shelf, monkeypatch):
    def fail(*_arrays, **_more):
        raise RuntimeError("broken")

    monkeypatch.setattr(shared, "together", fail)
    group = group_of(member("ada", shelf[:2]), member("bo", shelf[2:4]))
    assert "cannot answer right now" in listed(group).problem


def test_without_known_ratings_places_stand_for_them():
    """Only shelves: the rating model's interval is the whole scale, and says nothing."""
    items = Item.objects.bulk_create(Item(title=f"Item {n}") for n in range(20))
    for n in range(30):
        person = Person.objects.create()
        for item in items[n % 10 : n % 10 + 8]:
            events.shelve_item(person, item, shelf="done")
    events.recount()
    published("markov")
    ada, bo = member("ada"), member("bo")
    events.shelve_item(ada, items[0], shelf="done")
    events.shelve_item(bo, items[19], shelf="want")
    found = listed(group_of(ada, bo))
    assert not found.in_stars
    assert found.picks
    for pick in found.picks:
        assert all(0.5 <= said.value / shared.TOP <= 1 for said in pick.said)
        assert re.search(
            r"ada top \d+ %, bo top \d+ %; for nobody below the top \d+ %", pick.reason.text
        )


floors = st.lists(st.integers(1, 10), min_size=2, max_size=6)
pasts = st.lists(
    st.lists(st.tuples(st.integers(0, 23), st.integers(1, 10)), max_size=6), min_size=6, max_size=6
)


class Undo(Exception):
    pass


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(floors, pasts, st.booleans(), st.lists(st.integers(0, 5), max_size=2))
def test_for_all_groups_floors_hold_and_what_is_private_changes_nothing(
    shelf, wanted, pasts, allows_seen, private
):
    """Private people and private rows: the list is as if they had never been."""
    with suppress(Undo), transaction.atomic():
        people = [member(f"p{n}") for n in range(len(wanted))]
        for person, past in zip(people, pasts, strict=False):
            for at, half in past:
                events.rate_item(person, shelf[at], stars=half / 2, at=NOON)
        group = Group.objects.create(name="Any")
        for person, floor in zip(people, wanted, strict=True):
            groups.join(group, person, floor=floor)
        members = groups.members_of(group)
        for said in (pick.said for pick in shared_list(members, allows_seen=allows_seen).picks):
            assert all(2 * one.value >= one.member.floor for one in said)
        rating = Rating.objects.filter(person=people[0]).first()
        if rating is not None:
            privacy.keep_private(rating, is_private=True)
        for at in private:
            if at < len(people):
                privacy.choose(people[at], is_private=True)
        hidden = shared_list(groups.members_of(group), allows_seen=allows_seen)
        if rating is not None:
            Rating.objects.filter(pk=rating.pk).delete()
        gone = [people[at] for at in private if at < len(people)]
        group.members.filter(person__in=gone).delete()
        if Group.objects.filter(pk=group.pk).exists():
            never = shared_list(groups.members_of(group), allows_seen=allows_seen)
            assert [(p.item, p.reason) for p in hidden.picks] == [
                (p.item, p.reason) for p in never.picks
            ]
        raise Undo
    assert not ShelfEntry.objects.exists()
