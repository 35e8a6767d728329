"""An index of items: what it finds is compared with the exact answer, and used only if alike."""

from __future__ import annotations

import numpy as np
import pytest

from ml import ann
from ml.artifact import Artifact, load_artifact, save_artifact
from ml.ratings import fit_ratings
from ml.serving import Recommender
from ml.snapshot import History, Vocabulary
from tests.ml.encoders import SCALE, random_arrays
from tests.ml.worlds import snapshot_of

ITEMS = 3000


def artifact_of(*, items: int = ITEMS) -> Artifact:
    """Items in a hundred clusters, as tastes make them."""
    arrays = random_arrays(items=items)
    rng = np.random.default_rng(5)
    middles = rng.standard_normal((100, 16)).astype(np.float32)
    spread = 0.2 * rng.standard_normal((items, 16)).astype(np.float32)
    arrays["item_vectors"] = middles[rng.integers(0, 100, items)] + spread
    encoder = {"name": "encoder", "scorer": "encoder", "weight": 1.0, "history": 20, "blocks": 2}
    manifest = {"kind": "hybrid", "scale": list(SCALE), "components": [encoder]}
    untold = fit_ratings(snapshot_of([], items=items))
    level = {f"ratings.{name}": array for name, array in untold.items()}
    named = {f"encoder.{name}": array for name, array in arrays.items()}
    ids = Vocabulary(tuple(f"i{row}" for row in range(items)))
    return Artifact(manifest, ids, named | level)


def test_without_faiss_an_artifact_stays_exact(monkeypatch):
    monkeypatch.setattr(ann, "is_installed", lambda: False)
    artifact = artifact_of(items=50)
    assert ann.with_index(artifact, min_items=10) is artifact
    assert ann.load_index(artifact) is None


def test_a_small_catalogue_needs_no_index():
    artifact = artifact_of(items=50)
    assert ann.with_index(artifact) is artifact


def test_lists_from_an_index_are_nearly_the_exact_ones_and_keep_what_is_excluded_out(tmp_path):
    pytest.importorskip("faiss")
    artifact = artifact_of()
    indexed = ann.with_index(artifact, min_items=1000)
    assert indexed.manifest["ann"]["recall@100"] >= ann.FLOOR
    exact = Recommender(artifact)
    approximate = Recommender(load_artifact(save_artifact(indexed, tmp_path / "model")))
    shared = []
    for seed in range(20):
        events = np.random.default_rng(seed).integers(0, ITEMS, 5, dtype=np.int32)
        history = History.of_items(events)
        first = exact.for_events(history, n=1).rows
        away = np.concatenate([history.item, first])
        found = approximate.for_events(history, n=20, exclude=away)
        wanted = exact.for_events(history, n=20, exclude=away)
        assert len(found) == 20
        assert not set(found.rows) & set(away)
        assert np.all(np.diff(found.scores) <= 0)
        shared.append(len(set(found.rows) & set(wanted.rows)) / 20)
    assert np.mean(shared) > 0.95


def test_an_index_below_the_floor_is_not_kept():
    pytest.importorskip("faiss")
    indexed = ann.with_index(artifact_of(), min_items=1000, floor=1.01)
    assert not indexed.manifest["ann"]["kept"]
    assert Recommender(indexed).for_events(History.empty(), n=3).rows.shape == (3,)
    assert ann.load_index(indexed) is None
