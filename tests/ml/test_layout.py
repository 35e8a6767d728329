"""A map of the catalogue: alike items lie together, the same seed draws the same map."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ml import layout
from ml.artifact import Artifact, ArtifactError, load_artifact, save_artifact
from ml.baselines import BASELINES, fit_baseline
from ml.layout import lay_out, regions_of, with_layout
from ml.serving import Recommender
from ml.snapshot import Snapshot
from tests.ml.folders import sided
from tests.ml.test_cli import done
from tests.ml.worlds import checkerboard, items_of, snapshot_of

ISLANDS, ON_EACH = 6, 50


def islands(*, seed: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Item vectors in six heaps that are far from each other, and the heap of each item."""
    rng = np.random.default_rng(seed)
    heap = np.repeat(np.arange(ISLANDS), ON_EACH)
    vectors = np.eye(ISLANDS, 12)[heap] + 0.1 * rng.standard_normal((len(heap), 12))
    return vectors.astype(np.float32), heap


def neighbourliness(places: np.ndarray, heap: np.ndarray, *, near: int = 10) -> float:
    """The share of each item's nearest neighbours on the map that are of its own heap."""
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    nearest = np.argsort(apart, axis=1)[:, :near]
    return float((heap[nearest] == heap[:, None]).mean())


def no_model(snapshot: Snapshot) -> Artifact:
    return fit_baseline(snapshot, "popularity")


def test_what_is_alike_lies_together():
    vectors, heap = islands()
    places = lay_out(vectors, known=np.ones(len(heap), int), seed=1)
    assert places.dtype == np.float32
    assert places.min() >= 0
    assert places.max() <= 1
    assert neighbourliness(places, heap) > 0.95  # by chance one in six


def test_items_beyond_those_that_are_laid_out_lie_among_their_like(monkeypatch):
    monkeypatch.setattr(layout, "MOST_LAID", 100)
    vectors, heap = islands()
    known = np.random.default_rng(2).permutation(len(heap))
    places = lay_out(vectors, known=known, seed=1)
    assert neighbourliness(places, heap) > 0.9


def test_one_seed_draws_one_map_and_another_draws_another():
    vectors, heap = islands()
    known = np.ones(len(heap), int)
    first, again, other = (lay_out(vectors, known=known, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert np.array_equal(regions_of(first, seed=1), regions_of(again, seed=1))


def test_an_item_of_which_nothing_is_known_lies_at_the_edge():
    vectors, heap = islands()
    vectors[7] = 0
    places = lay_out(vectors, known=np.ones(len(heap), int), seed=1)
    inner = np.delete(np.abs(places - 0.5).max(axis=1), 7)
    assert np.abs(places[7] - 0.5).max() > inner.max()


@pytest.mark.parametrize("name", BASELINES)
def test_every_baseline_gets_a_map_on_which_tastes_are_apart(name):
    snapshot = checkerboard(people=120, items=60)
    artifact = with_layout(fit_baseline(snapshot, name), snapshot, seed=1)
    side = np.arange(60) % 2
    assert neighbourliness(artifact.arrays["layout"], side, near=5) > 0.9  # by chance a half


def test_an_artifact_keeps_its_map_and_one_without_is_served_too(tmp_path):
    snapshot = checkerboard()
    bare = no_model(snapshot)
    assert Recommender(bare).map is None
    save_artifact(with_layout(bare, snapshot, seed=1), tmp_path / "model")
    found = Recommender(load_artifact(tmp_path / "model")).map
    assert found is not None
    assert found.places.shape == (40, 2)
    assert set(np.unique(found.regions)) == {0, 1}


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("layout", np.zeros((39, 2), np.float32)),
        ("layout", np.full((40, 2), 1.5, np.float32)),
        ("regions", np.zeros(3, np.int16)),
    ],
)
def test_a_map_that_contradicts_its_model_is_refused(name, array):
    snapshot = checkerboard()
    whole = with_layout(no_model(snapshot), snapshot, seed=1)
    broken = replace(whole, arrays=whole.arrays | {name: array})
    with pytest.raises(ArtifactError, match="the map"):
        Recommender(broken)


def test_without_scikit_learn_and_for_a_handful_of_items_there_is_no_map(monkeypatch):
    few = snapshot_of([[0, 1], [1, 2]], items=items_of(3))
    artifact = no_model(few)
    assert with_layout(artifact, few, seed=1) is artifact
    monkeypatch.setattr(layout, "is_installed", lambda: False)
    snapshot = checkerboard()
    artifact = no_model(snapshot)
    assert with_layout(artifact, snapshot, seed=1) is artifact


def test_the_command_line_draws_the_same_map_twice_and_none_where_it_is_told_so(tmp_path):
    folder = sided(tmp_path / "data")
    for name, options in {"one": [], "two": [], "bare": ["--no-map"]}.items():
        done("train", folder, tmp_path / name, "--baseline", "markov", *options)
    one, two, bare = (load_artifact(tmp_path / name) for name in ("one", "two", "bare"))
    assert np.array_equal(one.arrays["layout"], two.arrays["layout"])
    assert np.array_equal(one.arrays["regions"], two.arrays["regions"])
    assert "layout" not in bare.arrays
    assert one.arrays.keys() - bare.arrays.keys() == {"layout", "regions"}
