"""Where models are kept and how they travel: Django's STORAGES["artifacts"].

A trainer builds a model in the folder ARTIFACTS_ROOT and calls `publish`, which signs it and, where
models are kept elsewhere, uploads it: the manifest goes last, after all else was read back, so that
half a model is never one. Whoever serves calls `load`: a model in this host's folder is
memory-mapped in place; another one is fetched into it first, whole or not at all. What is loaded is
the very artifact that its run published, or ArtifactError says what is wrong with it.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import logging
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, Storage, storages

from ml.artifact import Artifact, ArtifactError, load_artifact
from ml.files import new_folder
from ml.manifest import (
    CURE,
    MANIFEST,
    MOST_MANIFEST_BYTES,
    SIGNATURE,
    check_digest,
    check_seal,
    digest_of,
    parse_manifest,
    read_bytes,
    seal,
)

logger = logging.getLogger(__name__)
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
BLOCK = 1 << 20
KEEP_COPIES = 4
"""How many models a host keeps of those that it can fetch again."""
ROOM = 64_000_000
"""Bytes that stay free on the disk when a model is fetched."""


class StoreError(OSError):
    """The store cannot be reached or is full; the message says which, and what helps."""


class ArtifactFolder(FileSystemStorage):
    """The folder ARTIFACTS_ROOT, wherever the settings say it is at the moment."""

    @property
    def base_location(self) -> str:
        return str(settings.ARTIFACTS_ROOT)

    @property
    def location(self) -> str:
        return str(Path(settings.ARTIFACTS_ROOT).absolute())


def folder_of(name: str) -> Path:
    """Where this host has, or would have, a model."""
    if not NAME.fullmatch(name):
        raise ArtifactError(f"{name!r} is no name of an artifact; {CURE}")
    return Path(settings.ARTIFACTS_ROOT) / name


def is_elsewhere() -> bool:
    """Whether models are kept in a bucket, of which this host's folder has copies."""
    return not isinstance(_storage(), FileSystemStorage)


def publish(folder: Path, *, tell: Callable[[str], None] = lambda line: None) -> str:
    """Sign a finished folder and put it where everybody finds it; gives its manifest's digest."""
    content = read_bytes(folder / MANIFEST)
    manifest = parse_manifest(content, folder / MANIFEST)
    if keys := settings.ARTIFACTS_KEYS:
        (folder / SIGNATURE).write_bytes(seal(content, name=folder.name, key=keys[0]))
    if is_elsewhere():
        with _words(f"{folder.name} could not be stored"):
            names = [*manifest["files"], *([SIGNATURE] if keys else []), MANIFEST]
            for name in names:
                tell(f"storing {name}")
                _upload(folder / name, f"{folder.name}/{name}")
    return digest_of(content)


def sign(name: str, *, digest: str) -> None:
    """Sign a kept model anew, with the first key; only the very one that its run published."""
    if not digest:
        raise ArtifactError(f"{name} is from before models were bound to runs; {CURE}")
    if not settings.ARTIFACTS_KEYS:
        raise ArtifactError("ARTIFACTS_KEY is not set, so there is nothing to sign with")
    folder = folder_of(name)
    path = folder / MANIFEST
    with _words(f"{name} could not be signed"):
        content = _read(f"{name}/{MANIFEST}") if is_elsewhere() else read_bytes(path)
        check_digest(content, path, digest=digest)
        signature = seal(content, name=name, key=settings.ARTIFACTS_KEYS[0])
        if is_elsewhere():
            _storage().save(f"{name}/{SIGNATURE}", ContentFile(signature))
        if folder.is_dir():
            (folder / SIGNATURE).write_bytes(signature)


def load(name: str, *, digest: str) -> Artifact:
    """The artifact that was published under a name, verified and memory-mapped."""
    folder = folder_of(name)
    if not is_elsewhere():
        return _open(folder, digest)
    if copy := _open_copy(folder, digest):
        return copy
    with _alone(folder.parent):
        if copy := _open_copy(folder, digest):  # another process fetched it meanwhile
            return copy
        _fetch(folder, digest)
        artifact = _open(folder, digest)
        _forget_old_copies(keep=folder)
    return artifact


def names() -> set[str]:
    """All models that are kept, here and elsewhere; also what is left of half ones."""
    root = Path(settings.ARTIFACTS_ROOT)
    found = {path.name for path in root.iterdir()} if root.is_dir() else set()
    if is_elsewhere():
        with _words("the stored models could not be listed"):
            found |= set(_storage().listdir("")[0])
    return {name for name in found if NAME.fullmatch(name)}


def delete(name: str) -> None:
    """Remove a model, here and elsewhere: its manifest first, so that no half of it is one."""
    if is_elsewhere():
        with _words(f"{name} could not be deleted"):
            files = _storage().listdir(name)[1]
            for file in sorted(files, key=lambda file: file != MANIFEST):
                _storage().delete(f"{name}/{file}")
    folder = folder_of(name)
    if folder.is_symlink():
        folder.unlink()
    shutil.rmtree(folder, ignore_errors=True)


def _open(folder: Path, digest: str) -> Artifact:
    if folder.parent.is_symlink():
        raise ArtifactError(f"{folder.parent} is a link, which could lead anywhere; {CURE}")
    return load_artifact(folder, digest=digest, keys=settings.ARTIFACTS_KEYS)


def _open_copy(folder: Path, digest: str) -> Artifact | None:
    """This host's copy of a stored model; None where there is none, or it is damaged."""
    if folder.is_symlink():
        folder.unlink()  # nothing that we made
    if not folder.is_dir():
        return None
    try:
        artifact = _open(folder, digest)
    except ArtifactError as problem:
        logger.warning("a copy is fetched anew: %s", problem)
        return None
    folder.touch()
    return artifact


def _upload(path: Path, key: str) -> None:
    with path.open("rb") as file:
        _storage().save(key, File(file))
    with path.open("rb") as file, _storage().open(key) as stored:
        if _digest(file) != _digest(stored):
            raise StoreError(f"{key} was not stored as it is; try again")


def _fetch(folder: Path, digest: str) -> None:
    """A whole copy of a stored model appears in this host's folder, or none."""
    name = folder.name
    with _words(f"{name} could not be fetched"):
        content = _read(f"{name}/{MANIFEST}")
        where = Path(f"{name}/{MANIFEST}")
        check_digest(content, where, digest=digest)
        signature = None
        if _storage().exists(f"{name}/{SIGNATURE}"):
            signature = _read(f"{name}/{SIGNATURE}")
        check_seal(content, signature, where, name=name, keys=settings.ARTIFACTS_KEYS)
        files = parse_manifest(content, where)["files"]
        _check_room(folder.parent, sum(facts["bytes"] for facts in files.values()))
        with new_folder(folder) as draft:
            for file, facts in files.items():
                _download(f"{name}/{file}", draft / file, facts)
            (draft / MANIFEST).write_bytes(content)
            if signature is not None:
                (draft / SIGNATURE).write_bytes(signature)


def _download(key: str, path: Path, facts: dict[str, Any]) -> None:
    size = _storage().size(key)
    if size != facts["bytes"]:
        raise ArtifactError(f"{key} has {size} bytes instead of {facts['bytes']}; {CURE}")
    code = hashlib.sha256()
    with _storage().open(key) as stored, path.open("wb") as file:
        for block in iter(lambda: stored.read(BLOCK), b""):
            code.update(block)
            file.write(block)
    if code.hexdigest() != facts.get("sha256"):
        raise ArtifactError(f"{key} does not have its checksum: a byte was changed; {CURE}")


def _read(key: str) -> bytes:
    """The content of a small stored file."""
    if (size := _storage().size(key)) > MOST_MANIFEST_BYTES:
        raise ArtifactError(f"{key} has {size} bytes, and never so many; {CURE}")
    with _storage().open(key) as stored:
        return bytes(stored.read())


def _check_room(root: Path, wanted: int) -> None:
    root.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(root).free
    if wanted + ROOM > free:
        raise OSError(errno.ENOSPC, f"{wanted:,} bytes are wanted, {free:,} are free", str(root))


def _forget_old_copies(*, keep: Path) -> None:
    """The newest few copies stay; a process that still maps another one keeps its pages."""
    copies = [path for path in keep.parent.iterdir() if (path / MANIFEST).is_file()]
    copies.sort(key=lambda path: (path != keep, -path.stat().st_mtime))
    for path in copies[KEEP_COPIES:]:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """One process of a host fetches at a time; the others then find its copy."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / ".fetching").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _words(what: str) -> Iterator[None]:
    """Whatever a store's client raises, as a sentence for an operator."""
    try:
        yield
    except (ArtifactError, StoreError):
        raise
    except FileNotFoundError as error:
        raise ArtifactError(f"{what}: {error} is not in the store; {CURE}") from error
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise StoreError(f"{what}: the disk is full ({error}); free some space") from error
        raise StoreError(f"{what}: {error}") from error
    except Exception as error:  # each client has errors of its own
        answer = getattr(error, "response", {}).get("Error", {}).get("Code")
        if answer in ("404", "NoSuchKey"):
            raise ArtifactError(f"{what}: a file of it is not in the store; {CURE}") from error
        cure = "look at ARTIFACTS_URL, its keys, and whether the store answers"
        raise StoreError(f"{what}: {type(error).__name__}: {error}; {cure}") from error


def _digest(file: IO[bytes] | File[bytes]) -> str:
    code = hashlib.sha256()
    for block in iter(lambda: file.read(BLOCK), b""):
        code.update(block)
    return code.hexdigest()


def _storage() -> Storage:
    return storages["artifacts"]
