"""Dismissals as a signal: what is close to them steps back a little, and nothing is banned."""

import numpy as np
import pytest

from catalog import services as events
from recommendations import selectors
from recommendations.arranging import RECENT_DISMISSALS, SHYNESS, stepped_back
from recommendations.dismissals import dismiss
from recommendations.visit import Visit
from tests.recommendations.readers import ids, reader_of
from tests.recommendations.worlds import checkerboard, published

pytestmark = pytest.mark.django_db


def places_of(person, wanted, *, limit):
    shown = ids(selectors.for_you(person, limit=limit))
    return [shown.index(pk) for pk in wanted]


def test_what_is_close_to_the_dismissed_steps_back_on_the_whole_and_nothing_goes():
    shelf, crowd = checkerboard(items=60, people=120, events=12)
    events.recount()
    published("markov")
    moved, kept = [], []
    for person in crowd[:20]:
        model = Visit(person).model.recommender
        before = ids(selectors.for_you(person, limit=16))
        dismissed = before[-4:]  # the end of the list: what is left keeps its places
        shown = before[:-4]
        for pk in dismissed:
            dismiss(person, next(item for item in shelf if item.pk == pk))
        after = ids(selectors.for_you(person, limit=16))
        kept.append(set(shown) <= set(after))
        rows = [model.items.rows(map(str, some)) for some in (dismissed, shown)]
        near = model.likeness(*rows).max(axis=0)
        change = np.array([after.index(pk) - shown.index(pk) for pk in shown])
        order = np.argsort(-near, kind="stable")
        third = len(shown) // 3
        moved.append((change[order[:third]].mean(), change[order[-third:]].mean()))
    nearest, farthest = np.mean(moved, axis=0)
    assert all(kept), "it never bans anything"
    assert nearest > farthest, (nearest, farthest)
    assert np.mean([near >= far for near, far in moved]) >= 0.9


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
