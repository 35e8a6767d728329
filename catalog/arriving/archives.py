"""An upload opened safely: its files by name, whatever it is and whoever made it.

Sizes are counted while unpacking, never believed. An archive with anything in it that no export has
(a link, a path that leads out, another archive) is refused as a whole. What cannot be opened raises
Unreadable with a sentence.
"""

from __future__ import annotations

import codecs
import io
import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from django.utils.translation import gettext as _

MAX_UPLOAD = 30_000_000
FORM_ROOM = 100_000
"""By how much a form may be larger than the file in it."""
MAX_UNPACKED, MAX_RATIO, MAX_ENTRIES = 200_000_000, 200, 2_000
RATIO_MATTERS_FROM = 5_000_000
CHUNK = 1 << 18
READ = (".csv", ".json", ".tsv", ".txt")
ARCHIVES = (".zip", ".gz", ".tgz", ".7z", ".rar", ".xz", ".bz2", ".tar", ".zst")
MAX_TABLE = 1_000 * MAX_ENTRIES
"""So many bytes at most may an archive take to list its files."""
END, END_SIZE, MAX_COMMENT = b"PK\x05\x06", 22, 65_535
BROKEN = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError),
    *(NotImplementedError, RuntimeError, LookupError, ArithmeticError, ValueError),
)
"""All that `zipfile` raises for archives with wrong bytes in them."""


class Unreadable(ValueError):
    """An upload that cannot be taken in: the message says what is wrong, where, and the cure."""


@dataclass(frozen=True)
class Member:
    """One file of an upload; its name is a path inside the archive, with / and in small letters."""

    name: str
    content: bytes


def open_upload(file: BinaryIO, *, name: str, size: int) -> Iterator[Member]:
    """The files that may hold rows, one after the other."""
    if size > MAX_UPLOAD:
        raise too_large(name)
    head = file.read(4)
    file.seek(0)
    if not head:
        raise Unreadable(_("%(name)s is empty; export it again") % {"name": name})
    if head[:2] == b"PK":
        yield from _unzipped(file, name=name)
    elif head[:2] == b"\x1f\x8b" or head in (b"Rar!", b"7z\xbc\xaf"):
        raise Unreadable(
            _("%(name)s is packed in a way that is not read here; unpack it, or make it a .zip")
            % {"name": name}
        )
    else:
        yield Member(name.lower(), file.read(MAX_UPLOAD + 1))


def _unzipped(file: BinaryIO, *, name: str) -> Iterator[Member]:
    try:
        _check_table(file, name=name)
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            _check_entries(entries, name=name)
            budget = MAX_UNPACKED
            for entry in entries:
                if not _is_wanted(entry):
                    continue
                content = _content(archive, entry, name=name, budget=budget)
                budget -= len(content)
                yield Member(entry.filename.replace("\\", "/").lower(), content)
    except Unreadable:
        raise
    except BROKEN as error:
        raise Unreadable(
            _("%(name)s is a broken .zip (%(error)s); download it again")
            % {"name": name, "error": error}
        ) from error


def _check_table(file: BinaryIO, *, name: str) -> None:
    """How many files there are, as the archive says at its end, before anything lists them."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - END_SIZE - MAX_COMMENT))
    end = file.read()
    file.seek(0)
    at = end.rfind(END)
    if at < 0 or at + END_SIZE > len(end):
        raise zipfile.BadZipFile(_("its end is missing"))
    count, length = struct.unpack_from("<HI", end, at + 10)
    if count > MAX_ENTRIES or length > MAX_TABLE:
        raise _too_many(name)


def _check_entries(entries: list[zipfile.ZipInfo], *, name: str) -> None:
    if len(entries) > MAX_ENTRIES:
        raise _too_many(name)
    paths = [entry.filename for entry in entries]
    if len({*paths}) < len(paths):
        raise Unreadable(
            _("%(name)s holds two files of one name; bring it as the other site made it")
            % {"name": name}
        )
    for entry in entries:
        if problem := _problem(entry):
            said = {"name": name, "file": entry.filename[:100], "problem": problem}
            raise Unreadable(_("%(name)s, %(file)s: %(problem)s") % said)


def _problem(entry: zipfile.ZipInfo) -> str:
    """What is wrong with one file of an archive, and the cure; mostly nothing."""
    path = entry.filename.replace("\\", "/")
    parts = path.split("/")
    if path.startswith("/") or ".." in parts or ":" in parts[0] or not path.isprintable():
        return _("a path that no export has; bring it as the other site made it")
    if stat.S_ISLNK(entry.external_attr >> 16):
        return _("a link instead of a file; bring it as the other site made it")
    if path.lower().endswith(ARCHIVES):
        return _("an archive inside the archive; unpack it, and bring what is in it")
    if entry.flag_bits & 1:
        return _("locked with a password; unpack it first")
    return ""


def is_too_long(length: object) -> bool:
    """Of a form, by the length that its request says, before anything reads it."""
    said = str(length or "")
    return said.isdecimal() and int(said) > MAX_UPLOAD + FORM_ROOM


def too_large(name: str) -> Unreadable:
    return Unreadable(
        _("%(name)s is larger than %(limit)d MB; split it into several files")
        % {"name": name, "limit": MAX_UPLOAD // 1_000_000}
    )


def _too_many(name: str) -> Unreadable:
    return Unreadable(
        _("%(name)s holds more than %(most)d files, as no export does; unpack it")
        % {"name": name, "most": MAX_ENTRIES}
    )


def _is_wanted(entry: zipfile.ZipInfo) -> bool:
    junk = entry.filename.startswith("__MACOSX/")
    return not entry.is_dir() and not junk and entry.filename.lower().endswith(READ)


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, *, name: str, budget: int) -> bytes:
    most = max(RATIO_MATTERS_FROM, MAX_RATIO * entry.compress_size)
    parts, size = io.BytesIO(), 0
    with archive.open(entry) as stream:
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            if size > min(budget, most):
                raise Unreadable(
                    _("%(name)s, %(file)s: unpacks to far more than an export holds; unpack it")
                    % {"name": name, "file": entry.filename}
                )
            parts.write(chunk)
    return parts.getvalue()


def as_utf8(member: Member) -> tuple[bytes, str]:
    """The content in UTF-8 without a mark, and a sentence where its encoding had to be guessed."""
    content = member.content
    if content.startswith(codecs.BOM_UTF8):
        return content[3:], ""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return content.decode("utf-16").encode(), ""
        except UnicodeError as error:
            raise Unreadable(
                _("%(file)s is neither UTF-16 nor UTF-8; save it in UTF-8") % {"file": member.name}
            ) from error
    try:
        content.decode()
    except UnicodeDecodeError:
        said = _("%(file)s is not in UTF-8; it was read as Windows-1252") % {"file": member.name}
        return content.decode("cp1252", "replace").encode(), said
    return content, ""
