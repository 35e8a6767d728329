"""The whole recipe on tiny worlds: what is masked stays away, what is asked for comes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.dials import Dials, TasteError
from ml.exploration import Shown
from ml.ranking import MASKED, best, mask
from ml.taste import Known, Taste, arrange

ITEMS = 60
HISTORY = np.array([0, 1], dtype=np.int32)
EVERYTHING = Taste(
    Dials(adventurous=0.5, niche=-0.5, old=1, attributes={"even": 0.5}),
    diversity=0.5,
    rotation=0.5,
    exploration=0.2,
)


def alike(rows: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Items are alike whose rows have the same remainder by 7."""
    return (rows[:, None] % 7 == others % 7).astype(np.float32)


ROWS = np.arange(ITEMS)
KNOWN = Known(
    events=np.where(ROWS >= 50, 0, 10 + ROWS),
    moment=2000.0 + ROWS,
    attributes={"even": ROWS % 2 == 0},
)


def scores_of(seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(ITEMS).astype(np.float32)


def arranged(scores, taste, *, n=10, known=KNOWN, history=HISTORY, shown=None, seed=1):
    return arrange(
        scores,
        n=n,
        taste=taste,
        known=known,
        alike=alike,
        history=history,
        shown=shown or Shown.nothing(),
        rng=np.random.default_rng(seed),
    )


def test_who_asks_for_nothing_gets_the_best_scores():
    scores = mask(scores_of(), exclude=HISTORY)
    picks, expected = arranged(scores, Taste(), known=Known()), best(scores, n=10)
    assert picks.rows.tolist() == expected.rows.tolist()
    assert picks.scores.tolist() == expected.scores.tolist()


@given(
    masked=st.sets(st.integers(0, ITEMS - 1)),
    n=st.integers(0, 30),
    seed=st.integers(0, 99),
    dial=st.floats(-1, 1),
    share=st.floats(0, 1),
)
def test_whatever_is_asked_for_a_list_keeps_its_promises(masked, n, seed, dial, share):
    excluded = np.array(sorted(masked), dtype=np.int32)
    scores = mask(scores_of(seed), exclude=excluded)
    dials = Dials(adventurous=dial, niche=-dial, old=dial, attributes={"even": -dial})
    taste = Taste(dials, diversity=share, rotation=share, exploration=share)
    shown = Shown(excluded, np.ones(len(excluded)), np.zeros(len(excluded)))
    picks = arranged(scores, taste, n=n, shown=shown, seed=seed)
    assert not set(picks.rows.tolist()) & masked
    assert len(set(picks.rows.tolist())) == len(picks) == min(n, ITEMS - len(masked))
    assert picks.scores.tolist() == scores[picks.rows].tolist()


def test_the_same_rng_gives_the_same_list():
    first, second = (arranged(scores_of(), EVERYTHING, seed=4) for _ in range(2))
    assert first.rows.tolist() == second.rows.tolist()


@pytest.mark.parametrize(
    ("taste", "share"),
    [
        (Taste(Dials(attributes={"even": 1})), lambda rows: np.mean(rows % 2 == 0)),
        (Taste(Dials(old=1)), lambda rows: -np.mean(rows)),
        (Taste(Dials(niche=-1)), lambda rows: KNOWN.events[rows].mean()),
        (Taste(Dials(adventurous=-1)), lambda rows: alike(HISTORY, rows).mean()),
        (Taste(diversity=0.6), lambda rows: -alike(rows, rows).mean()),
        (Taste(exploration=0.3), lambda rows: np.mean(rows >= 50)),
    ],
)
def test_each_part_moves_what_it_is_about(taste, share):
    scores = np.where(np.arange(ITEMS) >= 50, scores_of() - 9, scores_of()).astype(np.float32)
    assert share(arranged(scores, taste).rows) > share(arranged(scores, Taste()).rows)


def test_what_was_ignored_steps_back_and_returns():
    scores = scores_of()
    first = arranged(scores, Taste()).rows

    def still_there(days: float) -> int:
        shown = Shown(first, np.full(10, 6.0), np.full(10, days))
        return len(set(first) & set(arranged(scores, Taste(rotation=1), shown=shown).rows))

    assert still_there(0) < still_there(14) < still_there(365) == 10


def test_explored_items_have_few_events_and_no_more_places_than_their_share():
    scores = np.where(np.arange(ITEMS) >= 50, scores_of() - 9, scores_of()).astype(np.float32)
    rows = arranged(scores, Taste(exploration=0.25), n=8).rows
    assert np.count_nonzero(rows >= 50) == 2


def test_dials_tilt_what_is_explored_too():
    scores = np.where(np.arange(ITEMS) >= 50, scores_of() - 9, scores_of()).astype(np.float32)

    def even(dial: float) -> float:
        taste = Taste(Dials(attributes={"even": dial}), exploration=0.2)
        tried = [row for seed in range(30) for row in arranged(scores, taste, seed=seed).rows]
        return np.mean([row % 2 == 0 for row in tried if row >= 50])

    assert even(-1) + 0.3 < even(0) < even(1)


def test_somebody_without_events_is_adventurous_in_vain():
    scores = scores_of()
    nobody = np.empty(0, dtype=np.int32)
    picks = arranged(scores, Taste(Dials(adventurous=1)), history=nobody)
    assert picks.rows.tolist() == best(scores, n=10).rows.tolist()


def test_where_everything_is_masked_the_list_is_empty():
    assert len(arranged(np.full(ITEMS, MASKED), EVERYTHING)) == 0


@pytest.mark.parametrize("part", ["diversity", "rotation", "exploration"])
@pytest.mark.parametrize("amount", [-0.1, 1.1, float("nan")])
def test_an_amount_out_of_range_is_refused_by_name(part, amount):
    with pytest.raises(TasteError, match=part):
        Taste(**{part: amount})


@pytest.mark.parametrize(
    "taste", [Taste(Dials(niche=1)), Taste(Dials(attributes={"odd": 1})), Taste(exploration=0.1)]
)
def test_what_nothing_is_known_for_is_refused(taste):
    with pytest.raises(TasteError, match="know"):
        arranged(scores_of(), taste, known=Known())
