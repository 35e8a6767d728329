"""A trained model as a folder: manifest.json, item_ids.json and one .npy file per array.

Every `fit` makes an Artifact, `ml.serving` serves one. A folder is data with a passport: it is
written in one piece, never changes, holds a checksum for each file, cannot run code (no pickle),
and is loaded memory-mapped, so that all processes of a machine share its pages.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.files import new_folder, sha256_of
from ml.manifest import (
    ARRAY_NAME,
    CURE,
    FORMAT,
    ITEM_IDS,
    MANIFEST,
    MOST_ID_BYTES,
    SIGNATURE,
    ArtifactError,
    Manifest,
    check_digest,
    check_seal,
    checksum_of,
    parse_json,
    parse_manifest,
    read_bytes,
)
from ml.snapshot import SnapshotError, Vocabulary

__all__ = ["CURE", "ITEM_IDS", "MANIFEST", "Artifact", "ArtifactError", "load_artifact"]
__all__ += ["read_manifest", "save_artifact"]

NUMBERS = "biuf"
"""Kinds of arrays: truth values, whole numbers and floats. Nothing that could hold an object."""


@dataclass(frozen=True)
class Artifact:
    """A model in memory. Array names carry their component's: "encoder.item_vectors"."""

    manifest: dict[str, Any]
    item_ids: Vocabulary
    arrays: dict[str, NDArray[Any]]

    def component(self, name: str) -> dict[str, NDArray[Any]]:
        """The arrays of one component, by their names without its prefix."""
        prefix = f"{name}."
        return {
            key.removeprefix(prefix): array
            for key, array in self.arrays.items()
            if key.startswith(prefix)
        }


def save_artifact(artifact: Artifact, folder: Path) -> Path:
    """Write the artifact; the folder appears whole, or stays as it was."""
    folder = Path(folder)
    if folder.exists() and not _may_replace(folder):
        raise ArtifactError(f"{folder} exists and is no artifact; name another folder")
    for name, array in artifact.arrays.items():
        _check_array(name, array)
    with new_folder(folder) as draft:
        (draft / ITEM_IDS).write_text(json.dumps(artifact.item_ids.ids), encoding="utf-8")
        for name, array in artifact.arrays.items():
            np.save(draft / f"{name}.npy", np.ascontiguousarray(array), allow_pickle=False)
        files = {
            path.name: {"sha256": sha256_of(path), "bytes": path.stat().st_size}
            for path in sorted(draft.iterdir())
        }
        manifest = {**artifact.manifest, "format": FORMAT, "files": files}
        manifest["checksum"] = checksum_of(manifest)
        text = json.dumps(manifest, indent=1, allow_nan=False)
        (draft / MANIFEST).write_text(text, encoding="utf-8")
    return folder


def load_artifact(
    folder: Path, *, verify: bool = True, digest: str = "", keys: Sequence[str] = ()
) -> Artifact:
    """The artifact in a folder, memory-mapped; `verify` compares every file's checksum.

    With a `digest` it must be the very artifact that was published, with `keys` one of them must
    have signed it under the folder's name.
    """
    folder = Path(folder)
    manifest = read_manifest(folder, digest=digest, keys=keys)
    files: Mapping[str, Mapping[str, Any]] = manifest["files"]
    _check_nothing_else(folder, files)
    for name, facts in files.items():
        _check_file(folder / name, facts, verify=verify)
    arrays = {
        name.removesuffix(".npy"): _load_array(folder / name)
        for name in files
        if name.endswith(".npy")
    }
    return Artifact(manifest, _load_ids(folder / ITEM_IDS), arrays)


def read_manifest(folder: Path, *, digest: str = "", keys: Sequence[str] = ()) -> Manifest:
    """The checked manifest alone."""
    path = folder / MANIFEST
    if folder.is_symlink():
        raise ArtifactError(f"{folder} is a link, which could lead anywhere; {CURE}")
    if not path.is_file() or path.is_symlink():
        raise ArtifactError(f"{folder} is no artifact: it has no {MANIFEST}; {CURE}")
    content = read_bytes(path)
    check_digest(content, path, digest=digest)
    signed = (folder / SIGNATURE).exists() or (folder / SIGNATURE).is_symlink()
    signature = read_bytes(folder / SIGNATURE) if signed else None
    check_seal(content, signature, path, name=folder.name, keys=keys)
    return parse_manifest(content, path)


def _may_replace(folder: Path) -> bool:
    return folder.is_dir() and ((folder / MANIFEST).is_file() or not any(folder.iterdir()))


def _check_array(name: str, array: NDArray[Any]) -> None:
    if not ARRAY_NAME.fullmatch(name):
        raise ArtifactError(f"array name {name!r} has letters other than a-z, 0-9, _ and .")
    if array.dtype.kind not in NUMBERS:
        raise ArtifactError(f"array {name} holds {array.dtype} objects; convert it to numbers")
    if array.dtype.kind == "f" and not np.all(np.isfinite(array)):
        raise ArtifactError(f"array {name} holds NaN or infinity; the fit went wrong")


def _check_nothing_else(folder: Path, files: Mapping[str, Any]) -> None:
    """Whatever nobody vouches for has no business there."""
    for path in folder.iterdir():
        if path.name not in files and path.name not in (MANIFEST, SIGNATURE):
            raise ArtifactError(f"{path} is in no manifest; remove it, or {CURE}")


def _check_file(path: Path, facts: Mapping[str, Any], *, verify: bool) -> None:
    if path.is_symlink() or not path.is_file():
        raise ArtifactError(f"{path} is missing or no plain file; {CURE}")
    size = path.stat().st_size
    if size != facts["bytes"]:
        raise ArtifactError(f"{path} has {size} bytes instead of {facts['bytes']}; {CURE}")
    if verify and sha256_of(path) != facts.get("sha256"):
        raise ArtifactError(f"{path} does not have its checksum: a byte was changed; {CURE}")


def _load_array(path: Path) -> NDArray[Any]:
    try:
        # Reads numbers in NumPy's own format only: no pickle, no archive, no Python object.
        array: NDArray[Any] = np.lib.format.open_memmap(path, mode="r")
    except (ValueError, EOFError, OSError) as error:
        raise ArtifactError(f"{path} is no array of numbers ({error}); {CURE}") from error
    if array.dtype.kind not in NUMBERS:
        raise ArtifactError(f"{path} holds {array.dtype} instead of numbers; {CURE}")
    return array


def _load_ids(path: Path) -> Vocabulary:
    try:
        ids = parse_json(read_bytes(path, most=MOST_ID_BYTES), path)
        if not isinstance(ids, list):
            raise TypeError("it holds no list")
        return Vocabulary(tuple(str(id_) for id_ in ids))
    except (TypeError, SnapshotError) as error:
        raise ArtifactError(f"{path} cannot be read ({error}); {CURE}") from error
