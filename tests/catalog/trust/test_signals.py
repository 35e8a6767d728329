"""Signals, each in a tiny world with a known answer, and the bounds that hold under attack."""

import numpy as np
import pytest

from benchmarks import attacks
from catalog.trust import thresholds as t
from catalog.trust.signals import distances, judge, paces, twins_of
from catalog.trust.table import RatingTable
from catalog.trust.waves import waves_of
from tests.catalog.trust.worlds import BEGIN, DAY, honest_world

HONEST_OUT, HONEST_ASKED, SHIFT_LEFT, FOUND = 0.01, 0.02, 1 / 3, 0.9
"""What docs/trust.md promises for hasty attacks."""


@pytest.fixture(scope="module")
def world():
    return honest_world()


def table_of(world, **more):
    more = {"came": world.came(), **more}
    return RatingTable.of(world.rater, world.item, world.stars, world.time, **more)


def with_people(world, profiles, *, came, brought=False):
    """The world and more people, who rate {item: (stars, seconds after they came)}."""
    rows = [
        (world.people + number, item, stars, came[number] + after)
        for number, profile in enumerate(profiles)
        for item, (stars, after) in profile.items()
    ]
    added = [np.array(column) for column in zip(*rows, strict=True)]
    old = (world.rater, world.item, world.stars, world.time)
    rater, item, stars, time = (np.append(a, b) for a, b in zip(old, added, strict=True))
    return RatingTable.of(
        rater,
        item,
        stars,
        time,
        came=np.append(world.came(), came),
        brought=np.append(np.zeros(len(world.rater), bool), np.full(len(rows), brought)),
    )


@pytest.mark.parametrize("push", [True, False], ids=["push", "nuke"])
@pytest.mark.parametrize("kind", attacks.KINDS)
@pytest.mark.parametrize("share", attacks.SHARES[1:])
def test_a_hasty_attack_is_found_and_honest_people_are_left_alone(world, kind, share, push):
    random = np.random.default_rng(3)
    target = int(attacks.targets(world, push=push, random=random)[0])
    table = attacks.attack(world, kind, share=share, push=push, target=target, random=random)
    outcome = attacks.measure(table, world, target=target)
    undefended, checked, decided = map(abs, outcome.shift)
    assert undefended > 0.3
    assert outcome.honest[0] <= HONEST_OUT
    assert outcome.honest[1] <= HONEST_ASKED
    assert outcome.found[0] >= FOUND
    assert decided <= SHIFT_LEFT * undefended
    assert checked <= SHIFT_LEFT * undefended


@pytest.mark.parametrize("kind", attacks.KINDS)
def test_four_profiles_among_newcomers_may_get_through_but_harm_nobody_else(world, kind):
    random = np.random.default_rng(3)
    target = int(attacks.targets(world, push=True, random=random)[0])
    table = attacks.attack(world, kind, share=0.01, push=True, target=target, random=random)
    assert attacks.measure(table, world, target=target).honest[1] <= HONEST_ASKED


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nobody_is_suspected_where_nobody_attacks(seed):
    world = honest_world(seed=seed)
    verdict = judge(table_of(world), now=world.time.max())
    assert (verdict.trust < t.PROPOSED).mean() <= HONEST_OUT
    assert not (verdict.trust < t.CLEAR).any()


def test_a_wave_says_how_many_and_how_many_were_to_be_expected(world):
    target = int(np.bincount(world.item).argmin())
    profiles = [{target: (5.0, 0.0), 1: (3.0, 5.0), 2 + n: (4.0, 9.0)} for n in range(8)]
    came = BEGIN + 900 * DAY + np.arange(8) * 3600.0
    found = waves_of(with_people(world, profiles, came=came))
    assert (found.item[world.people :] == target).all()
    assert (found.count[world.people :] == 8).all()
    assert (found.expected[world.people :] < 1).all()
    assert found.is_high[world.people :].all()


def test_what_settled_people_like_at_the_same_time_is_no_wave(world):
    """A release that all speak of: new accounts rate it, and so do old ones."""
    release = world.items
    now = BEGIN + 900 * DAY
    new = [{release: (4.5, 0.0), n: (3.0, 60.0)} for n in range(12)]
    table = with_people(world, new, came=now + np.arange(12) * 3600.0)
    old = np.arange(0, 200)
    both = RatingTable.of(
        np.append(table.rater, old),
        np.append(table.item, np.full(200, release)),
        np.append(table.stars, np.full(200, 4.5)),
        np.append(table.time, now + old * 60.0),
        came=table.came,
    )
    assert waves_of(both).excess[world.people :].max() < t.WAVE_EXCESS[0]


def test_a_whole_archive_at_once_is_neither_fast_nor_suspicious(world):
    random = np.random.default_rng(5)
    known = random.choice(world.items, 80, replace=False)
    means = np.bincount(world.item, world.stars) / np.maximum(np.bincount(world.item), 1)
    archive = {int(item): (float(np.rint(2 * means[item]) / 2), 0.0) for item in known}
    table = with_people(world, [archive], came=np.array([BEGIN + 900 * DAY]), brought=True)
    assert paces(table)[-1] == 0
    assert judge(table, now=BEGIN + 901 * DAY).trust[-1] >= t.PROPOSED


def test_twins_share_rare_items_and_not_what_everybody_knows(world):
    counts = np.bincount(world.item, minlength=world.items)
    rare = list(range(world.items, world.items + 10))
    famous = np.argsort(-counts)[:10].tolist()
    came = np.full(3, BEGIN + 900 * DAY)
    alike = [dict.fromkeys(rare, (4.0, 0.0)) for _ in range(3)]
    small = honest_world(people=50)
    assert (
        twins_of(with_people(world, alike, came=came), now=came[0] + DAY)[-3:].tolist() == [2] * 3
    )
    alike = [dict.fromkeys(famous, (4.0, 0.0)) for _ in range(3)]
    assert twins_of(with_people(world, alike, came=came), now=came[0] + DAY).max() == 0
    assert twins_of(with_people(world, alike, came=came), now=came[0] + 400 * DAY).max() == 0
    assert twins_of(table_of(small), now=small.time.max()).max() == 0


def test_being_lenient_is_no_deviation(world):
    random = np.random.default_rng(5)
    counts = np.bincount(world.item, minlength=world.items)
    known = np.argsort(-counts)[:30]
    means = np.bincount(world.item, world.stars) / np.maximum(counts, 1)
    kind = {int(i): (min(5.0, np.rint(2 * means[i] + 2) / 2), 0.0) for i in known}
    wild = {int(i): (random.choice([0.5, 5.0]), 0.0) for i in known}
    table = with_people(world, [kind, wild], came=np.full(2, BEGIN + 900 * DAY))
    lenient, at_random = distances(table)[-2:]
    assert lenient < t.DEVIATES[0] < at_random


def test_who_is_not_judged_is_trusted(world):
    target = int(np.bincount(world.item).argmin())
    random = np.random.default_rng(1)
    table = attacks.attack(world, "random", share=0.05, push=True, target=target, random=random)
    simulated = RatingTable.of(
        table.rater, table.item, table.stars, table.time, came=table.came, judged=False
    )
    assert (judge(simulated, now=table.time.max()).trust == 1).all()


def test_no_ratings_are_no_problem():
    empty = RatingTable.of([], [], [], [], came=[])
    assert judge(empty, now=0.0).trust.tolist() == []
    one = RatingTable.of([0], [0], [5.0], [1.0], came=[0.0])
    assert judge(one, now=2.0).trust.tolist() == [1.0]


def test_whoever_backdates_is_taken_to_have_rated_when_they_came():
    assert RatingTable.of([0], [0], [5.0], [1.0], came=[7.0]).time.tolist() == [7.0]
