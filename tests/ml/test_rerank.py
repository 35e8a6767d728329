"""Diverse lists: what they take, what they leave, and that nothing comes in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.ranking import Picks
from ml.rerank import LEAST, SHRINKAGE, determinantal, diversify, marginal, standardised

CANDIDATES = Picks(np.array([10, 11, 12], dtype=np.int32), np.array([3, 2.9, 1], dtype=np.float32))
ALIKE = np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1]], dtype=np.float32)
METHODS = [determinantal, marginal]


def pool_of(*, size: int, seed: int) -> tuple[Picks, np.ndarray]:
    """Candidates on a sphere, and their cosines."""
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((size, 4))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    scores = np.sort(rng.standard_normal(size))[::-1].astype(np.float32)
    near = np.clip(vectors @ vectors.T, 0, 1).astype(np.float32)
    return Picks(np.arange(size, dtype=np.int32) * 3, scores), near


def distance(picks: Picks, near: np.ndarray) -> float:
    places = picks.rows // 3
    pairs = np.triu_indices(len(places), 1)
    return float(1 - near[np.ix_(places, places)][pairs].mean())


@pytest.mark.parametrize("choose", METHODS)
def test_a_diverse_list_takes_the_other_kind_before_more_of_the_same(choose):
    picks = diversify(CANDIDATES, ALIKE, n=2, diversity=0.8, choose=choose)
    assert picks.rows.tolist() == [10, 12]
    assert picks.scores.tolist() == [3, 1]


@pytest.mark.parametrize("choose", METHODS)
def test_no_diversity_keeps_the_order(choose):
    assert diversify(CANDIDATES, ALIKE, n=2, diversity=0.0, choose=choose).rows.tolist() == [10, 11]


@pytest.mark.parametrize("choose", METHODS)
@pytest.mark.parametrize("n", [0, 1, 3, 9])
def test_a_diverse_list_has_each_candidate_once(choose, n):
    rows = diversify(CANDIDATES, ALIKE, n=n, diversity=1.0, choose=choose).rows.tolist()
    assert len(rows) == len(set(rows)) == min(n, 3)


def test_of_no_candidates_comes_an_empty_list():
    none = Picks(np.empty(0, dtype=np.int32), np.empty(0, dtype=np.float32))
    assert len(diversify(none, np.empty((0, 0), dtype=np.float32), n=5, diversity=0.5)) == 0


@pytest.mark.parametrize("choose", METHODS)
@given(size=st.integers(2, 12), seed=st.integers(0, 1000), diversity=st.floats(0, 1))
def test_the_first_stays_and_nothing_comes_in(choose, size, seed, diversity):
    candidates, near = pool_of(size=size, seed=seed)
    picks = diversify(candidates, near, n=6, diversity=diversity, choose=choose)
    assert picks.rows[0] == candidates.rows[0]
    assert len(set(picks.rows.tolist())) == min(6, size)
    assert set(picks.rows.tolist()) <= set(candidates.rows.tolist())


@pytest.mark.parametrize("choose", METHODS)
def test_more_diversity_means_more_distance(choose):
    found = []
    for diversity in (0.0, 0.5, 1.0):
        pools = [pool_of(size=40, seed=seed) for seed in range(30)]
        lists = [diversify(*pool, n=8, diversity=diversity, choose=choose) for pool in pools]
        found.append(
            np.mean([distance(own, pool[1]) for own, pool in zip(lists, pools, strict=True)])
        )
    assert found[0] < found[1] < found[2]


@pytest.mark.parametrize("choose", METHODS)
@given(seed=st.integers(0, 1000), n=st.integers(1, 20))
def test_nobody_gets_a_more_uniform_list_for_a_higher_quarter(choose, seed, n):
    candidates, near = pool_of(size=20, seed=seed)
    np.fill_diagonal(near, 0)
    alike = [
        near[np.ix_(own.rows // 3, own.rows // 3)].sum()
        for own in (
            diversify(candidates, near, n=n, diversity=setting, choose=choose)
            for setting in (0, 0.25, 0.5, 0.75, 1)
        )
    ]
    assert np.all(np.diff(alike) <= 1e-5)


def test_the_fast_steps_add_what_the_determinant_says_is_best():
    candidates, near = pool_of(size=12, seed=4)
    kernel = SHRINKAGE * near.astype(np.float64)
    np.fill_diagonal(kernel, 1)
    relevance = standardised(candidates.scores)
    slow = [0]
    while len(slow) < 5:

        def worth(place: int) -> float:
            together = np.ix_([*slow, place], [*slow, place])
            new = np.linalg.det(kernel[together]) / np.linalg.det(kernel[np.ix_(slow, slow)])
            return 0.6 * relevance[place] + 0.4 * np.log(max(new, LEAST))

        slow.append(max((p for p in range(12) if p not in slow), key=worth))
    assert determinantal(relevance, near.astype(np.float64), 5, 0.4) == slow


@given(seed=st.integers(0, 200))
def test_likeness_that_is_no_kernel_does_no_harm(seed):
    rng = np.random.default_rng(seed)
    near = rng.uniform(-1, 1.5, size=(20, 20)).astype(np.float32)
    scores = np.sort(rng.standard_normal(20))[::-1].astype(np.float32)
    picks = diversify(Picks(np.arange(20, dtype=np.int32), scores), near, n=20, diversity=0.9)
    assert sorted(picks.rows.tolist()) == list(range(20))


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
def test_the_unit_of_scores_changes_nothing(scale):
    candidates, near = pool_of(size=30, seed=9)
    scaled = Picks(candidates.rows, (candidates.scores * scale).astype(np.float32))
    expected = diversify(candidates, near, n=10, diversity=0.5).rows
    assert diversify(scaled, near, n=10, diversity=0.5).rows.tolist() == expected.tolist()


def test_standard_values_have_mean_0_and_deviation_1():
    assert standardised(np.array([1.0, 3.0])).tolist() == [-1, 1]


def test_the_unknown_stands_in_the_middle():
    assert standardised(np.array([1.0, np.nan, 3.0])).tolist() == [-1, 0, 1]


@pytest.mark.parametrize("values", [[], [np.nan, np.nan], [5.0, 5.0, 5.0], [0.1 + 0.2, 0.3]])
def test_where_nothing_differs_all_are_0(values):
    assert not np.any(standardised(np.array(values)))
