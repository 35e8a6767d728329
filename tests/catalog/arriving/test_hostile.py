"""Archives with wrong bytes, or made to harm: a sentence, and never anything else."""

from __future__ import annotations

import io
import json
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.arriving.archives import Unreadable
from catalog.arriving.receiving import read
from catalog.arriving.rows import ArrivedRow
from tests.catalog.arriving.archives import LETTERBOXD, zipped

WHOLE = zipped(LETTERBOXD)


def reading(content: bytes, name: str = "archive.zip"):
    return read(io.BytesIO(content), name=name, size=len(content))


def with_file(path: str) -> bytes:
    """An archive in which one file has this path."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("ratings.csv", LETTERBOXD["ratings.csv"])
        archive.writestr(zipfile.ZipInfo(path), "x")
    return packed.getvalue()


@settings(max_examples=400, deadline=None)
@given(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=20))
def test_an_archive_with_wrong_bytes_is_read_or_refused(at: int, wrong: bytes) -> None:
    content = WHOLE[:at] + wrong + WHOLE[at + len(wrong) :]
    with suppress(Unreadable):
        assert reading(content).rows


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(WHOLE)))
def test_an_archive_that_is_cut_off_is_read_or_refused(length: int) -> None:
    with suppress(Unreadable):
        assert reading(WHOLE[:length]).rows


@pytest.mark.parametrize("at", ["size", "offset"])
def test_a_table_of_files_that_lies_about_its_place_is_refused(at: str) -> None:
    content, end = bytearray(WHOLE), WHOLE.rindex(b"PK\x05\x06")
    place = end + {"size": 12, "offset": 16}[at]
    content[place : place + 4] = b"\xff\xff\x0f\x00"
    with pytest.raises(Unreadable, match=r"broken \.zip"):
        reading(bytes(content))


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", "../../ratings.csv", "a/../../b.csv", "C:\\x.csv", "..\\x.csv", "a\nb.csv"],
)
def test_a_path_that_leads_out_is_refused(path: str) -> None:
    with pytest.raises(Unreadable, match="a path that no export has"):
        reading(with_file(path))


def test_two_files_of_one_name_are_refused() -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        content = with_file("ratings.csv")
    with pytest.raises(Unreadable, match="two files of one name"):
        reading(content)


def test_thousands_of_files_are_refused_before_they_are_listed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    content = zipped({f"{number}.txt": "" for number in range(2100)})
    monkeypatch.setattr(zipfile, "ZipFile", None)
    with pytest.raises(Unreadable, match="more than 2000 files"):
        reading(content)


def test_letters_that_no_database_keeps_are_taken_out_of_titles_and_ids() -> None:
    movie = {"title": "He\0at\ud800", "year": 1995, "ids": {"imdb": "tt01\0\ud800"}}
    content = json.dumps([{"rated_at": "2020-01-01", "rating": 8, "movie": movie}])
    (row,) = reading(content.encode(), "ratings-movies.json").rows
    assert isinstance(row, ArrivedRow)
    assert (row.title, row.outside) == ("Heat", {"imdb": "tt01"})
