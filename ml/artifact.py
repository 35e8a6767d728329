"""A trained model as a folder: manifest.json, item_ids.json and one .npy file per array.

Every `fit` makes an Artifact, `ml.serving` serves one. A folder is data with a passport: it is
written in one piece, never changes, holds a checksum for each file, cannot run code (no pickle),
and is loaded memory-mapped, so that all processes of a machine share its pages.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.files import new_folder, sha256_of
from ml.snapshot import SnapshotError, Vocabulary

FORMAT = 1
MANIFEST, ITEM_IDS = "manifest.json", "item_ids.json"
CURE = "train the model again, or copy its whole folder again"
ARRAY_NAME = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*")


class ArtifactError(ValueError):
    """A folder that cannot be served; the message names the file, the reason and the cure."""


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
        manifest["checksum"] = _checksum(manifest)
        text = json.dumps(manifest, indent=1, allow_nan=False)
        (draft / MANIFEST).write_text(text, encoding="utf-8")
    return folder


def load_artifact(folder: Path, *, verify: bool = True) -> Artifact:
    """The artifact in a folder, memory-mapped; `verify` compares every file's checksum."""
    folder = Path(folder)
    manifest = read_manifest(folder)
    files: Mapping[str, Mapping[str, Any]] = manifest["files"]
    for name, facts in files.items():
        _check_file(folder, name, facts, verify=verify)
    if ITEM_IDS not in files:
        raise ArtifactError(f"{folder / MANIFEST} lists no {ITEM_IDS}; {CURE}")
    arrays = {
        name.removesuffix(".npy"): _load_array(folder / name)
        for name in files
        if name.endswith(".npy")
    }
    return Artifact(manifest, _load_ids(folder / ITEM_IDS), arrays)


def read_manifest(folder: Path) -> dict[str, Any]:
    """The checked manifest alone."""
    path = folder / MANIFEST
    if not path.is_file() or path.is_symlink():
        raise ArtifactError(f"{folder} is no artifact: it has no {MANIFEST}; {CURE}")
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ArtifactError(f"{path} cannot be read ({error}); {CURE}") from error
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), dict):
        raise ArtifactError(f"{path} is no artifact's manifest; {CURE}")
    if manifest.get("format") != FORMAT:
        raise ArtifactError(
            f"{path} has format {manifest.get('format')!r}, this version reads {FORMAT}; "
            "train the model again with this version"
        )
    if manifest.get("checksum") != _checksum(manifest):
        raise ArtifactError(f"{path} was changed after it was written; {CURE}")
    return manifest


def _checksum(manifest: Mapping[str, Any]) -> str:
    content = {key: value for key, value in manifest.items() if key != "checksum"}
    try:
        text = json.dumps(content, sort_keys=True, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ArtifactError(f"the manifest holds something that is not data: {error}") from error
    return hashlib.sha256(text.encode()).hexdigest()


def _may_replace(folder: Path) -> bool:
    return folder.is_dir() and ((folder / MANIFEST).is_file() or not any(folder.iterdir()))


def _check_array(name: str, array: NDArray[Any]) -> None:
    if not ARRAY_NAME.fullmatch(name):
        raise ArtifactError(f"array name {name!r} has letters other than a-z, 0-9, _ and .")
    if array.dtype.hasobject:
        raise ArtifactError(f"array {name} holds Python objects; convert it to numbers")
    if array.dtype.kind == "f" and not np.all(np.isfinite(array)):
        raise ArtifactError(f"array {name} holds NaN or infinity; the fit went wrong")


def _check_file(folder: Path, name: str, facts: Mapping[str, Any], *, verify: bool) -> None:
    path = folder / name
    if name != ITEM_IDS and not (
        name.endswith(".npy") and ARRAY_NAME.fullmatch(name.removesuffix(".npy"))
    ):
        raise ArtifactError(f"{folder / MANIFEST} names the file {name!r}, which is none; {CURE}")
    if path.is_symlink() or not path.is_file():
        raise ArtifactError(f"{path} is missing or no plain file; {CURE}")
    size = path.stat().st_size
    if size != facts.get("bytes"):
        raise ArtifactError(f"{path} has {size} bytes instead of {facts.get('bytes')}; {CURE}")
    if verify and sha256_of(path) != facts.get("sha256"):
        raise ArtifactError(f"{path} does not have its checksum: a byte was changed; {CURE}")


def _load_array(path: Path) -> NDArray[Any]:
    try:
        array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise ArtifactError(f"{path} is no array of numbers ({error}); {CURE}") from error
    return array


def _load_ids(path: Path) -> Vocabulary:
    try:
        ids = json.loads(path.read_text(encoding="utf-8"))
        return Vocabulary(tuple(str(id_) for id_ in ids))
    except (ValueError, TypeError, SnapshotError) as error:
        raise ArtifactError(f"{path} cannot be read ({error}); {CURE}") from error
