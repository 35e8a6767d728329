"""The blend counts what adds to it, and leaves the rest out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from ml.blend import choose_blend
from ml.config import TrainConfig
from ml.features import content_to_learn
from ml.held_back import HeldBack, held_back
from ml.snapshot import KINDS, Events, Floats, History
from tests.ml.worlds import checkerboard, snapshot_of


@dataclass
class Says:
    """A scorer that says the same of each item to everybody."""

    scores: Floats

    def scores_many(self, histories: list[History]) -> Floats:
        return np.tile(self.scores, (len(histories), 1))


def successions(people: int = 60):
    """Everyone walks from a random start through items 0 to 9 and around: the next is sure."""
    rng = np.random.default_rng(3)
    walks = [[(start + at) % 10 for at in range(4)] for start in rng.integers(0, 10, people)]
    return snapshot_of(walks, items=10)


def back_of(snapshot, *, ordered: bool) -> HeldBack:
    held = held_back(snapshot, TrainConfig(ordered=ordered))
    content = content_to_learn(snapshot)
    return HeldBack.of(snapshot, held, content, ordered=ordered)


def test_a_network_that_knows_nothing_leaves_all_to_the_rules():
    back = back_of(successions(), ordered=True)
    blend = choose_blend(lambda _: Says(np.zeros(10, dtype=np.float32)), back)
    assert blend.network == 0
    assert blend.weights
    assert blend.figures["ndcg@10"] > 0.9


def test_rules_that_add_nothing_are_left_out():
    back = back_of(successions(), ordered=True)

    class Knows(Says):
        def scores_many(self, histories):
            scores = np.zeros((len(histories), 10), dtype=np.float32)
            for row, history in zip(scores, histories, strict=True):
                row[(history.item[-1] + 1) % 10] = 1
            return scores

    blend = choose_blend(lambda _: Knows(np.zeros(10, dtype=np.float32)), back)
    assert blend.network == 1
    assert blend.weights == {}


@pytest.mark.parametrize("ordered", [True, False])
def test_a_blend_is_no_worse_than_its_best_part(ordered):
    back = back_of(checkerboard(), ordered=ordered)
    blend = choose_blend(lambda _: Says(np.arange(40, dtype=np.float32)), back)
    parts = [value for name, value in blend.figures.items() if name != back.measure]
    assert blend.figures[back.measure] >= max(parts) - 1e-6


def test_whole_taste_holds_back_a_fifth_of_the_events_of_a_fifth_of_the_people():
    world = checkerboard()
    held = held_back(world, TrainConfig(ordered=False))
    people, counts = np.unique(world.events.user[held], return_counts=True)
    assert len(people) == 16
    whole = np.diff(world.offsets)[people]
    assert counts.tolist() == np.maximum(1, np.round(0.2 * whole)).astype(int).tolist()


def test_what_nobody_held_back_is_still_blended():
    nobody = snapshot_of([[0]], items=2)
    blend = choose_blend(
        lambda _: Says(np.zeros(2, dtype=np.float32)), back_of(nobody, ordered=True)
    )
    assert blend.network == 1
    assert list(blend.weights) == ["markov"]


def test_few_people_cannot_tell_that_low_ratings_weigh_as_much_as_high_ones():
    walks = successions()
    stars = np.random.default_rng(1).choice([1.0, 5.0], len(walks.events)).astype(np.float32)
    events = walks.events
    kind = np.full(len(events), KINDS.index("rating"), dtype=np.int8)
    rated = walks.with_events(Events(events.user, events.item, kind, stars, events.time))
    blend = choose_blend(
        lambda _: Says(np.zeros(10, dtype=np.float32)), back_of(rated, ordered=True)
    )
    assert blend.slope == 1.5
    assert blend.figures["ndcg@10"] > 0.9
