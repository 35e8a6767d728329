"""A model's folder is whole and untouched, or it is refused with the reason and the cure."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from ml.artifact import Artifact, ArtifactError, load_artifact, save_artifact
from ml.baselines import fit_baseline
from ml.serving import Recommender
from ml.snapshot import Vocabulary
from tests.ml.worlds import checkerboard


def tiny(**arrays: np.ndarray) -> Artifact:
    arrays = arrays or {"part.values": np.arange(6, dtype=np.float32).reshape(2, 3)}
    return Artifact({"kind": "test", "label": "Tëst"}, Vocabulary(("a", "ü", "c")), arrays)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return save_artifact(tiny(), tmp_path / "model")


def refusal(folder: Path) -> str:
    with pytest.raises(ArtifactError) as caught:
        load_artifact(folder)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_what_is_saved_is_what_is_loaded(folder):
    loaded = load_artifact(folder)
    assert loaded.manifest["label"] == "Tëst"
    assert loaded.item_ids == Vocabulary(("a", "ü", "c"))
    np.testing.assert_array_equal(loaded.arrays["part.values"], tiny().arrays["part.values"])
    assert loaded.component("part").keys() == {"values"}


def test_arrays_are_memory_mapped_and_read_only(folder):
    array = load_artifact(folder).arrays["part.values"]
    assert isinstance(array, np.memmap)
    assert not array.flags.writeable


def test_empty_arrays_survive(tmp_path):
    empty = tiny(**{"part.none": np.empty((0, 4), dtype=np.float32)})
    loaded = load_artifact(save_artifact(empty, tmp_path / "model"))
    assert loaded.arrays["part.none"].shape == (0, 4)


@pytest.mark.parametrize("name", ["part.values.npy", "item_ids.json"])
def test_every_flipped_byte_is_found(folder, name):
    whole = (folder / name).read_bytes()
    for at in range(len(whole)):
        broken = bytearray(whole)
        broken[at] ^= 1
        (folder / name).write_bytes(broken)
        assert name in refusal(folder)


def test_every_flipped_byte_of_the_manifest_is_found(folder):
    path = folder / "manifest.json"
    whole = path.read_bytes()
    original = json.loads(whole)
    for at in range(len(whole)):
        broken = bytearray(whole)
        broken[at] ^= 1
        path.write_bytes(broken)
        try:
            same = json.loads(broken) == original  # white space between values carries nothing
        except ValueError:
            same = False
        if not same:
            refusal(folder)


@pytest.mark.parametrize("name", ["part.values.npy", "item_ids.json", "manifest.json"])
def test_a_file_cut_short_is_refused(folder, name):
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole[: len(whole) // 2])
    assert name in refusal(folder)


@pytest.mark.parametrize("name", ["part.values.npy", "item_ids.json", "manifest.json"])
def test_a_missing_file_is_refused(folder, name):
    (folder / name).unlink()
    assert name in refusal(folder)


def reseal(folder: Path, **changes: object) -> None:
    """Rewrites the manifest as an attacker would who knows how checksums are made."""
    from ml.files import sha256_of
    from ml.manifest import checksum_of

    manifest = json.loads((folder / "manifest.json").read_text()) | changes
    for name, facts in manifest["files"].items():
        if (folder / name).is_file():
            facts |= {"sha256": sha256_of(folder / name), "bytes": (folder / name).stat().st_size}
    manifest["checksum"] = checksum_of(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_a_foreign_format_is_refused(folder):
    reseal(folder, format=99)
    assert "99" in refusal(folder)


def test_an_array_that_carries_code_is_refused_and_not_run(folder, tmp_path):
    class Trap:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "sprung"),))

    np.save(folder / "part.values.npy", np.array([Trap()], dtype=object), allow_pickle=True)
    reseal(folder)
    assert "part.values.npy" in refusal(folder)
    assert not (tmp_path / "sprung").exists()


def test_a_link_out_of_the_folder_is_refused(folder, tmp_path):
    secret = tmp_path / "elsewhere.npy"
    (folder / "part.values.npy").rename(secret)
    (folder / "part.values.npy").symlink_to(secret)
    assert "no plain file" in refusal(folder)


@pytest.mark.parametrize("name", ["../elsewhere.npy", "/etc/passwd", "sub/x.npy", "x.so"])
def test_a_name_out_of_the_folder_is_refused(folder, tmp_path, name):
    (folder / "part.values.npy").rename(tmp_path / "elsewhere.npy")
    reseal(folder, files={name: {"sha256": "", "bytes": 1}})
    assert name in refusal(folder)


@pytest.mark.parametrize("content", ["", "[]", "{}", "null", '{"format": 1, "files": []}'])
def test_a_manifest_that_is_none_is_refused(folder, content):
    (folder / "manifest.json").write_text(content)
    assert "manifest.json" in refusal(folder)


def test_a_folder_that_is_no_artifact_is_refused(tmp_path):
    assert "no artifact" in refusal(tmp_path)
    assert "no artifact" in refusal(tmp_path / "nowhere")


def test_a_number_that_is_none_is_never_written(tmp_path):
    broken = tiny(**{"part.values": np.array([1.0, np.nan], dtype=np.float32)})
    with pytest.raises(ArtifactError, match="NaN"):
        save_artifact(broken, tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


def test_python_objects_are_never_written(tmp_path):
    with pytest.raises(ArtifactError, match="objects"):
        save_artifact(tiny(**{"part.values": np.array([object()])}), tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


def test_a_save_that_fails_leaves_the_old_model_as_it_was(folder, tmp_path):
    unsavable = Artifact({"kind": object()}, Vocabulary(("a",)), {})
    with pytest.raises(ArtifactError):
        save_artifact(unsavable, folder)
    assert load_artifact(folder).manifest["kind"] == "test"
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_new_model_takes_the_place_of_the_old_one(folder, tmp_path):
    newer = Artifact({"kind": "newer"}, Vocabulary(("z",)), {})
    loaded = load_artifact(save_artifact(newer, folder))
    assert loaded.manifest["kind"] == "newer"
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_folder_of_something_else_is_never_overwritten(tmp_path):
    (tmp_path / "letters.txt").write_text("dear")
    with pytest.raises(ArtifactError, match="no artifact"):
        save_artifact(tiny(), tmp_path)
    assert (tmp_path / "letters.txt").read_text() == "dear"


@pytest.mark.parametrize("lost", ["components", "scale"])
def test_a_model_without_a_part_is_refused_by_serving(tmp_path, lost):
    artifact = fit_baseline(checkerboard(), "markov")
    del artifact.manifest[lost]
    with pytest.raises(ArtifactError, match=lost):
        Recommender(artifact)


def test_a_model_without_an_array_is_refused_by_serving():
    artifact = fit_baseline(checkerboard(), "markov")
    del artifact.arrays["transitions.columns"]
    with pytest.raises(ArtifactError, match="columns"):
        Recommender(artifact)


def test_an_unknown_scorer_is_refused_by_serving():
    artifact = fit_baseline(checkerboard(), "popularity")
    artifact.manifest["components"][0]["scorer"] = "oracle"
    with pytest.raises(ArtifactError, match="oracle"):
        Recommender(artifact)
