"""A whole site as one file, and back: `manage.py backup FILE` and `manage.py restore FILE`.

The file is a tar: `backup.json` with a checksum of everything else, the database (SQLite's own
copy, or pg_dump's), uploaded covers, and the models, so that a restored site shows the same lists.
The secret key is not in it. Nothing is changed before every checksum was compared.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from recommendations import store

FORMAT = 1
PASSPORT = "backup.json"
DATABASE = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}
PATIENCE = 20.0  # seconds, for a database that somebody writes to
PROGRAMS = "/usr/lib/postgresql"


class CannotBackUp(Exception):
    """Why there is no backup, or nothing was restored; the message says what to do."""


def back_up(file: Path) -> dict[str, Any]:
    """Writes the backup; gives its passport. The file appears whole, or not at all."""
    if file.exists():
        raise CannotBackUp(f"{file} exists; name another file")
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".backup-") as name:
        draft = Path(name) / "site"
        draft.mkdir()
        _dump(draft / DATABASE[connection.vendor])
        for part, folder in _folders().items():
            if folder.is_dir():
                ignored = shutil.ignore_patterns(".*")
                shutil.copytree(folder, draft / part, symlinks=True, ignore=ignored)
        files = {path: _sha256(draft / path) for path in _files(draft)}
        passport: dict[str, Any] = {
            "format": FORMAT,
            "made_at": timezone.now().isoformat(),
            "database": connection.vendor,
            "migrations": sorted([app, name] for app, name in _applied()),
            "files": files,
        }
        (draft / PASSPORT).write_text(json.dumps(passport, indent=1))
        whole = Path(name) / "whole.tar"
        with tarfile.open(whole, "w") as tar:
            for path in (PASSPORT, *files):
                tar.add(draft / path, arcname=path, recursive=False)
        os.link(whole, file)
    return passport


def restore(file: Path, *, replace: bool) -> dict[str, Any]:
    """Puts a backup in the place of what there is; gives its passport.

    CannotBackUp, and nothing changed, where the file is damaged or made for another database or a
    later version, or where the site has something already and `replace` is not said.
    """
    with _unpacked(file) as folder:
        passport = _checked(folder)
        if not replace and _has_contents():
            raise CannotBackUp(
                "this site has items or accounts already; --replace puts the backup in their place"
            )
        _load(folder / DATABASE[connection.vendor])
        for part, place in _folders().items():
            _put(folder / part, place)
    call_command("migrate", interactive=False, verbosity=0)
    return passport


def _folders() -> dict[str, Path]:
    """What is backed up beside the database; models in a bucket stay there."""
    folders = {"media": Path(settings.MEDIA_ROOT)}
    if not store.is_elsewhere():
        folders["artifacts"] = Path(settings.ARTIFACTS_ROOT)
    return folders


def _files(folder: Path) -> list[str]:
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _applied() -> set[tuple[str, str]]:
    return set(MigrationRecorder(connection).applied_migrations())


def _has_contents() -> bool:
    tables = connection.introspection.table_names()
    with connection.cursor() as cursor:
        for table in {"catalog_item", "catalog_user"} & set(tables):
            cursor.execute(f"SELECT 1 FROM {connection.ops.quote_name(table)} LIMIT 1")
            if cursor.fetchone():
                return True
    return False


@contextmanager
def _unpacked(file: Path) -> Iterator[Path]:
    """What is in the file, in a folder that goes; only plain files below it are taken."""
    with tempfile.TemporaryDirectory(dir=settings.VAR_DIR, prefix=".restore-") as name:
        try:
            with tarfile.open(file, "r:") as tar:
                tar.extractall(name, filter="data")
        except (tarfile.TarError, OSError, EOFError) as error:
            raise CannotBackUp(f"{file} is no backup that can be read ({error})") from error
        yield Path(name)


def _checked(folder: Path) -> dict[str, Any]:
    try:
        passport: dict[str, Any] = json.loads((folder / PASSPORT).read_text())
        known = passport["format"] == FORMAT
    except (OSError, ValueError, KeyError, TypeError):
        raise CannotBackUp(f"the file has no {PASSPORT}: it was not made by backup") from None
    if not known:
        raise CannotBackUp(f"the file has format {passport['format']}, this version reads {FORMAT}")
    if passport["database"] != connection.vendor:
        raise CannotBackUp(
            f"the backup is of {passport['database']} and this site is on {connection.vendor}; "
            "export_dataset and import_dataset move items and events between them"
        )
    found = {path for path in _files(folder) if path != PASSPORT}
    wrong = sorted(found ^ set(passport["files"])) or sorted(
        path for path, sha256 in passport["files"].items() if _sha256(folder / path) != sha256
    )
    if wrong:
        raise CannotBackUp(f"{wrong[0]} in the file is missing, new or changed; use another backup")
    known_here = set(MigrationExecutor(connection).loader.disk_migrations)
    later = sorted(set(map(tuple, passport["migrations"])) - known_here)
    if later:
        raise CannotBackUp(
            f"the backup is of a later version ({'.'.join(later[0])}); install that one first"
        )
    return passport


def _dump(path: Path) -> None:
    if connection.vendor == "sqlite":
        with closing(_sqlite()) as live, closing(sqlite3.connect(path)) as copy:
            live.backup(copy)
        return
    _run_postgresql("pg_dump", "--format=custom", "--no-owner", f"--file={path}")


def _sqlite() -> sqlite3.Connection:
    return sqlite3.connect(settings.DATABASES["default"]["NAME"], timeout=PATIENCE)


def _load(path: Path) -> None:
    connection.close()
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(path)) as copy, closing(_sqlite()) as live:
            copy.backup(live)
        return
    options = ("--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error")
    _run_postgresql("pg_restore", *options, str(path))


def _run_postgresql(program: str, *options: str) -> None:
    real = settings.DATABASES["default"]
    command = [_program(program), *options, f"--dbname={real['NAME']}"]
    given = {"PGHOST": real["HOST"], "PGPORT": real["PORT"], "PGUSER": real["USER"]}
    given |= {"PGPASSWORD": real["PASSWORD"]}
    env = os.environ | {name: value for name, value in given.items() if value}
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    if done.returncode:
        raise CannotBackUp(f"{program} failed, and changed nothing: {done.stderr.strip()[-500:]}")


def _program(name: str) -> str:
    """The newest one that is installed: it must not be older than the server."""
    versions = sorted(Path(PROGRAMS).glob(f"[0-9]*/bin/{name}"), key=lambda p: int(p.parts[-3]))
    found = str(versions[-1]) if versions else shutil.which(name)
    if not found:
        raise CannotBackUp(f"{name} is not installed (Debian: apt-get install postgresql-client)")
    return found


def _put(source: Path, place: Path) -> None:
    """The folder in the place of the old one, which is there until the new one is whole."""
    if not source.is_dir():
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=".old-") as old:
        fresh = Path(old) / "fresh"
        shutil.copytree(source, fresh)
        if place.exists():
            place.rename(Path(old) / "old")
        fresh.rename(place)
