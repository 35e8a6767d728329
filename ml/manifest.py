"""The passport of an artifact: what its folder must hold, byte for byte, and who vouches for it.

`manifest.json` lists every file with its size and checksum, and carries a checksum of itself.
Whoever publishes a folder may seal it: `signature.txt` is a keyed digest of the folder's name and
its manifest, so that nobody without the key can make a folder, or pass one off as another. All of
this is checked before a single array is opened; a refusal names the file and the cure.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

FORMAT = 1
MANIFEST, ITEM_IDS, SIGNATURE = "manifest.json", "item_ids.json", "signature.txt"
CURE = "train the model again, or copy its whole folder again"
ARRAY_NAME = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*")
MOST_MANIFEST_BYTES = 4_000_000
MOST_ID_BYTES = 1_000_000_000
MOST_FILES = 1000
MOST_BYTES = 100_000_000_000
"""Far beyond any model; what claims to be larger is a mistake or an attack."""

Manifest = dict[str, Any]


class ArtifactError(ValueError):
    """A folder that cannot be served; the message names the file, the reason and the cure."""


def read_bytes(path: Path, *, most: int = MOST_MANIFEST_BYTES) -> bytes:
    """The content of a small file that must be a plain one."""
    if path.is_symlink() or not path.is_file():
        raise ArtifactError(f"{path} is missing or no plain file; {CURE}")
    size = path.stat().st_size
    if size > most:
        raise ArtifactError(f"{path} has {size} bytes, and never more than {most}; {CURE}")
    return path.read_bytes()


def parse_json(content: bytes, path: Path) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ArtifactError(f"{path} cannot be read ({error}); {CURE}") from error


def parse_manifest(content: bytes, path: Path) -> Manifest:
    """The checked manifest in the content of a file; `path` is how errors name it."""
    manifest = parse_json(content, path)
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), dict):
        raise ArtifactError(f"{path} is no artifact's manifest; {CURE}")
    if manifest.get("format") != FORMAT:
        raise ArtifactError(
            f"{path} has format {manifest.get('format')!r}, this version reads {FORMAT}; "
            "train the model again with this version"
        )
    if manifest.get("checksum") != checksum_of(manifest):
        raise ArtifactError(f"{path} was changed after it was written; {CURE}")
    _check_files(manifest["files"], path)
    return manifest


def checksum_of(manifest: Mapping[str, Any]) -> str:
    content = {key: value for key, value in manifest.items() if key != "checksum"}
    try:
        text = json.dumps(content, sort_keys=True, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ArtifactError(f"the manifest holds something that is not data: {error}") from error
    return hashlib.sha256(text.encode()).hexdigest()


def digest_of(content: bytes) -> str:
    """What a run remembers of its manifest, so that no other artifact passes for it."""
    return hashlib.sha256(content).hexdigest()


def check_digest(content: bytes, path: Path, *, digest: str) -> None:
    if digest and digest_of(content) != digest:
        raise ArtifactError(
            f"{path} is not the one that was published here: it belongs to another model, "
            f"or was changed; {CURE}"
        )


def seal(content: bytes, *, name: str, key: str) -> bytes:
    """The signature of a manifest that is published under a name."""
    code = hmac.new(key.encode(), f"{name}\n".encode() + content, hashlib.sha256)
    return f"hmac-sha256 {code.hexdigest()}\n".encode()


def check_seal(
    content: bytes, signature: bytes | None, path: Path, *, name: str, keys: Sequence[str]
) -> None:
    """ArtifactError where there are keys, and none of them made this signature."""
    if not keys:
        return
    cure = "train the model again, or sign it again if it is surely yours"
    if signature is None:
        raise ArtifactError(f"{path} is not signed: it has no {SIGNATURE} beside it; {cure}")
    if not any(hmac.compare_digest(seal(content, name=name, key=key), signature) for key in keys):
        raise ArtifactError(f"{path} is not signed for {name} by any known key; {cure}")


def _check_files(files: Mapping[str, Any], path: Path) -> None:
    if len(files) > MOST_FILES:
        raise ArtifactError(f"{path} lists {len(files)} files, and never over {MOST_FILES}; {CURE}")
    for name, facts in files.items():
        array = name.endswith(".npy") and ARRAY_NAME.fullmatch(name.removesuffix(".npy"))
        if name != ITEM_IDS and not array:
            raise ArtifactError(f"{path} names the file {name!r}, which is none; {CURE}")
        if not _is_size(facts.get("bytes") if isinstance(facts, dict) else None):
            raise ArtifactError(f"{path} gives {name} a size that is none; {CURE}")
    if ITEM_IDS not in files:
        raise ArtifactError(f"{path} lists no {ITEM_IDS}; {CURE}")
    total = sum(facts["bytes"] for facts in files.values())
    if total > MOST_BYTES or files[ITEM_IDS]["bytes"] > MOST_ID_BYTES:
        raise ArtifactError(f"{path} speaks of {total} bytes, which no model has; {CURE}")


def _is_size(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
