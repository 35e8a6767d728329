"""Dismissals as a signal: what is close to them steps back a little, and nothing is banned."""

import numpy as np
import pytest

from catalog import services as events
from recommendations import selectors
from recommendations.arranging import RECENT_DISMISSALS, SHYNESS, stepped_back
from recommendations.dismissals import dismiss
from recommendations.visit import Visit
from tests.recommendations.readers import ids, reader_of
from tests.recommendations.test_steering import world as steered_world
from tests.recommendations.worlds import checkerboard, published

pytestmark = pytest.mark.django_db
world = steered_world


def test_what_is_close_to_the_dismissed_steps_back_on_the_whole_and_nothing_goes(world):
    shelf, people = world
    item_of = {item.pk: item for item in shelf}
    moved = []
    for person in people[:20]:
        likeness, items = Visit(person).model.recommender.likeness, _items(person)
        dismissed, shown = _split(ids(selectors.for_you(person, limit=60)))
        for pk in dismissed:
            dismiss(person, item_of[pk])
        after = ids(selectors.for_you(person, limit=len(shelf)))
        assert set(shown) <= set(after), "it never bans anything"
        near = likeness(items.rows(map(str, dismissed)), items.rows(map(str, shown))).max(axis=0)
        change = np.array([after.index(pk) - shown.index(pk) for pk in shown])
        order = np.argsort(-near, kind="stable")
        quarter = len(shown) // 4
        moved.append((change[order[:quarter]].mean(), change[order[-quarter:]].mean()))
    nearest, farthest = np.mean(moved, axis=0)
    assert nearest > 1, "places further back"
    assert farthest < 0
    assert np.mean([near > far for near, far in moved]) >= 0.9


def _items(person):
    return Visit(person).model.recommender.items


def _split(listed):
    return listed[:4], listed[4:]


def test_the_step_is_bounded_by_half_the_spread_of_scores():
    rng = np.random.default_rng(2)
    scores = rng.standard_normal(50).astype(np.float32)
    near = rng.uniform(-2, 3, (4, 50)).astype(np.float32)  # even where likeness misbehaves
    loss = scores - stepped_back(scores, near)
    assert loss.min() >= -1e-6
    assert loss.max() <= SHYNESS * scores.std() + 1e-5
    far = np.zeros((1, 50), dtype=np.float32)
    assert stepped_back(scores, far).tolist() == scores.tolist()


def test_only_the_latest_dismissals_count():
    shelf, _crowd = checkerboard(items=80, people=80, events=12)
    events.recount()
    published("markov")
    ann, ben = reader_of(shelf[0:6:2]), reader_of(shelf[0:6:2])
    others = shelf[20 : 20 + RECENT_DISMISSALS + 5]
    for item in others:
        dismiss(ann, item)
    for item in others[5:]:
        dismiss(ben, item)
    hidden = {item.pk for item in others}
    first, second = (selectors.for_you(one, limit=20, exclude=hidden) for one in (ann, ben))
    assert ids(first) == ids(second)


def test_who_dismissed_nothing_is_asked_nothing_more(monkeypatch):
    shelf, _crowd = checkerboard()
    published("markov")
    person = reader_of(shelf[0:6:2])
    before = ids(selectors.for_you(person, limit=8))
    monkeypatch.setattr("ml.serving.Recommender.likeness", None)
    assert ids(selectors.for_you(person, limit=8)) == before
