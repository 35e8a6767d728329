"""Nothing but the very artifact that was published passes, whoever made the other one."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from ml.artifact import ArtifactError, load_artifact, save_artifact
from ml.manifest import SIGNATURE, digest_of, seal
from tests.ml.test_artifact import reseal, tiny

KEY, OLD_KEY, THEIRS = "k" * 32, "o" * 32, "t" * 32
FILES = ["part.values.npy", "item_ids.json", "manifest.json", SIGNATURE]


def digest(folder: Path) -> str:
    return digest_of((folder / "manifest.json").read_bytes())


def signed(folder: Path, *, key: str = KEY) -> Path:
    content = (folder / "manifest.json").read_bytes()
    (folder / SIGNATURE).write_bytes(seal(content, name=folder.name, key=key))
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return signed(save_artifact(tiny(), tmp_path / "model"))


@pytest.fixture
def other(tmp_path: Path) -> Path:
    values = np.ones((2, 3), dtype=np.float32)
    return signed(save_artifact(tiny(**{"part.values": values}), tmp_path / "other"))


def refusal(folder: Path, **expected: object) -> str:
    with pytest.raises(ArtifactError) as caught:
        load_artifact(folder, **expected)
    message = str(caught.value)
    assert str(folder) in message
    assert "train" in message
    return message


def test_what_was_published_and_signed_is_loaded(folder):
    load_artifact(folder, digest=digest(folder), keys=[KEY])
    load_artifact(folder, digest=digest(folder), keys=[THEIRS, KEY])


@pytest.mark.parametrize("name", FILES)
def test_no_flipped_bit_of_any_file_passes(folder, name):
    published, whole = digest(folder), (folder / name).read_bytes()
    for at in range(len(whole)):
        broken = bytearray(whole)
        broken[at] ^= 1 << at % 8
        (folder / name).write_bytes(broken)
        message = refusal(folder, digest=published, keys=[KEY])
        assert name in message or name == SIGNATURE  # which says that the manifest is not signed


@pytest.mark.parametrize("name", FILES)
def test_no_file_cut_short_anywhere_passes(folder, name):
    published, whole = digest(folder), (folder / name).read_bytes()
    for length in range(len(whole)):
        (folder / name).write_bytes(whole[:length])
        refusal(folder, digest=published, keys=[KEY])


def test_a_sound_artifact_in_the_place_of_another_is_refused(folder, other):
    published = digest(folder)
    for path in other.iterdir():
        path.replace(folder / path.name)
    assert "belongs to another model" in refusal(folder, digest=published)
    assert "not signed for model" in refusal(folder, keys=[KEY])


def test_an_unsigned_artifact_is_refused_where_there_is_a_key(folder):
    (folder / SIGNATURE).unlink()
    load_artifact(folder)
    assert "has no signature.txt" in refusal(folder, keys=[KEY])


def test_a_signature_of_somebody_else_is_refused(folder):
    signed(folder, key=THEIRS)
    assert "not signed for model by any known key" in refusal(folder, keys=[KEY])


def test_a_key_that_was_replaced_still_opens_what_it_signed(folder):
    signed(folder, key=OLD_KEY)
    load_artifact(folder, keys=[KEY, OLD_KEY])
    assert "any known key" in refusal(folder, keys=[KEY])


def test_whoever_lacks_the_key_cannot_reseal_a_changed_array(folder):
    np.save(folder / "part.values.npy", np.zeros((2, 3), dtype=np.float32))
    reseal(folder)
    load_artifact(folder)
    assert "any known key" in refusal(folder, keys=[KEY])


def test_a_linked_folder_is_refused(folder, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(folder)
    assert "is a link" in refusal(link)


@pytest.mark.parametrize("name", FILES)
def test_a_linked_file_is_refused(folder, tmp_path, name):
    (folder / name).rename(tmp_path / "elsewhere")
    (folder / name).symlink_to(tmp_path / "elsewhere")
    refusal(folder, keys=[KEY])


@pytest.mark.parametrize("name", FILES)
def test_what_is_no_file_is_refused_and_not_waited_for(folder, name):
    (folder / name).unlink()
    os.mkfifo(folder / name)
    refusal(folder, keys=[KEY])


@pytest.mark.parametrize("name", ["extra.npy", "run.py", "__pycache__", ".hidden"])
def test_what_no_manifest_names_is_refused(folder, name):
    (folder / name).mkdir()
    assert name in refusal(folder)


@pytest.mark.parametrize("content", [np.array([{}], dtype=object), np.array(["text"])])
def test_an_array_of_anything_but_numbers_is_refused(folder, content):
    np.save(folder / "part.values.npy", content, allow_pickle=True)
    reseal(folder)
    assert "part.values.npy" in refusal(folder)


def test_a_pickle_that_is_named_an_array_is_refused_and_not_run(folder, tmp_path):
    class Trap:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "sprung"),))

    (folder / "part.values.npy").write_bytes(pickle.dumps(Trap()))
    reseal(folder)
    assert "part.values.npy is no array" in refusal(folder)
    assert not (tmp_path / "sprung").exists()


def test_an_archive_that_is_named_an_array_is_refused(folder):
    with (folder / "part.values.npy").open("wb") as file:
        np.savez_compressed(file, bomb=np.zeros(1_000_000))
    reseal(folder)
    assert "part.values.npy is no array" in refusal(folder)


def test_an_array_that_claims_to_be_larger_than_its_file_is_refused(folder):
    whole = (folder / "part.values.npy").read_bytes()
    (folder / "part.values.npy").write_bytes(whole.replace(b"(2, 3), }", b"(9999999999, 3), }"))
    reseal(folder)
    assert "part.values.npy is no array" in refusal(folder)


@pytest.mark.parametrize("size", [-1, 1.5, True, "6", None, 10**15, 10**400])
def test_a_size_that_is_none_is_refused(folder, size):
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"]["part.values.npy"]["bytes"] = size
    manifest["checksum"] = resealed(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    refusal(folder)


def resealed(manifest: dict) -> str:
    from ml.manifest import checksum_of

    return checksum_of(manifest)


def test_a_manifest_that_lists_no_end_of_files_is_refused(folder):
    files = {f"part.n{n}.npy": {"sha256": "", "bytes": 0} for n in range(2000)}
    reseal(folder, files=files)
    assert "2000 files" in refusal(folder)


@pytest.mark.parametrize("name", ["manifest.json", "item_ids.json"])
def test_brackets_without_end_are_refused(folder, name):
    (folder / name).write_text("[" * 100_000)
    if name != "manifest.json":
        reseal(folder)
    assert name in refusal(folder)


def test_a_manifest_too_large_to_be_one_is_refused_unread(folder):
    (folder / "manifest.json").write_bytes(b" " * 5_000_000)
    assert "5000000 bytes" in refusal(folder)


@pytest.mark.parametrize("format", [2, 99, "1", None])
def test_a_format_of_the_future_is_refused(folder, format):
    reseal(folder, format=format)
    assert f"has format {format!r}" in refusal(folder)


@pytest.mark.parametrize("ids", ['["a", "a", "c"]', '{"a": 1}', "7", "null", '["a"'])
def test_ids_that_are_none_are_refused(folder, ids):
    (folder / "item_ids.json").write_text(ids)
    reseal(folder)
    assert "item_ids.json" in refusal(folder)
