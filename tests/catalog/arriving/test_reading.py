"""What each site's files say, in little, and what is refused with which words."""

from __future__ import annotations

import io
import stat
import zipfile
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.arriving import archives as opening
from catalog.arriving.archives import Unreadable
from catalog.arriving.formats import Reading
from catalog.arriving.merging import Merged, merge
from catalog.arriving.receiving import read
from catalog.arriving.rows import ArrivedRow, RefusedRow
from catalog.arriving.titles import title_key, title_keys
from tests.catalog.arriving.archives import (
    GOODREADS,
    IMDB,
    LETTERBOXD,
    STORYGRAPH,
    TRAKT,
    zipped,
)


def reading(content: bytes | str, name: str = "some.csv") -> Reading:
    raw = content.encode() if isinstance(content, str) else content
    return read(io.BytesIO(raw), name=name, size=len(raw))


def things(content: bytes | str, name: str = "some.csv") -> dict[str, Merged]:
    rows = reading(content, name).rows
    return {each.row.title: each for each in merge(r for r in rows if isinstance(r, ArrivedRow))}


def test_letterboxd_s_files_are_one_film_each() -> None:
    found = things(zipped(LETTERBOXD), "letterboxd.zip")
    assert set(found) == {"Heat", "The Matrix", "Amélie", "A Film That Nobody Has", "Alien"}
    heat = found["Heat"].row
    assert (heat.half_stars, heat.shelf) == (9, "done")
    assert heat.rated_at == datetime(2024, 3, 2, 12, tzinfo=UTC)
    assert heat.review == 'Cold, blue,\nand "long".'
    assert len(found["Heat"].origins) == 4
    assert (found["Alien"].row.shelf, found["Alien"].row.half_stars) == ("want", None)


def test_what_is_not_read_is_named() -> None:
    assert reading(zipped(LETTERBOXD), "letterboxd.zip").notes == [
        "profile.csv is not read here",
        "likes/films.csv is not read here",
    ]


def test_goodreads_has_isbns_shelves_and_ratings_where_0_is_none() -> None:
    found = things(GOODREADS)
    emma, whale = found["Emma"].row, found["Moby-Dick; or, the Whale"].row
    assert emma.outside == {"isbn": "9780141439587", "goodreads": "1"}
    assert (emma.year, emma.creators, emma.half_stars) == (1815, "Jane Austen", 10)
    assert emma.review == "Sharp and kind.\nAgain!"
    assert emma.rated_at == datetime(2023, 5, 6, 12, tzinfo=UTC)
    assert (whale.half_stars, whale.shelf) == (None, "want")


def test_storygraph_s_quarters_are_rounded_up_to_halves() -> None:
    found = things(STORYGRAPH)
    assert found["Emma"].row.half_stars == 9
    assert (found["Moby-Dick"].row.half_stars, found["Moby-Dick"].row.shelf) == (3, "")


def test_imdb_and_trakt_count_to_ten() -> None:
    assert things(IMDB)["Heat"].row.half_stars == 9
    trakt = things(zipped(TRAKT), "trakt.zip")
    assert trakt["Heat"].row.half_stars == 8
    assert trakt["Heat"].row.outside == {"imdb": "tt0113277"}
    assert (trakt["Alien"].row.shelf, trakt["Heat"].row.shelf) == ("want", "done")


@pytest.mark.parametrize(
    ("text", "stars"),
    [
        ("title,rating\nHeat,4\nAlien,3.5\n", 8),
        ("Name;Rating\nHeat;8\nAlien;9\n", 8),
        ("title\tscore\nHeat\t80\nAlien\t95\n", 8),
        ("\ufefftitle,stars\nHeat,4\n", 8),
    ],
)
def test_a_table_may_have_any_separator_and_scale(text: str, stars: int) -> None:
    assert things(text)["Heat"].row.half_stars == stars


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_a_table_may_have_any_of_the_usual_encodings(encoding: str) -> None:
    assert "Amélie" in things("title,stars\nAmélie,4\n".encode(encoding))


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (",4", "no title"),
        ("Heat,many", "no rating"),
        ("Heat,-1", "no rating"),
        ("Heat,6000", "no rating"),
        ("Heat,nan", "no rating"),
        ("Heat,", "neither a rating"),
        ('Heat,"4', "quotes"),
        ("He\0at,4", "NUL"),
        ("Heat,4,5", "too many cells"),
    ],
)
def test_a_row_that_cannot_be_read_says_why_and_costs_no_other(row: str, words: str) -> None:
    rows = reading(f"title,stars\nAlien,5\n{row}\nEmma,3\n").rows
    refused = [each for each in rows if isinstance(each, RefusedRow)]
    assert [(each.line, words in each.why) for each in refused] == [(3, True)]
    assert [each.title for each in rows if isinstance(each, ArrivedRow)] == ["Alien", "Emma"]


def test_a_time_to_come_counts_as_now_and_a_wrong_one_is_refused() -> None:
    rows = reading("title,stars,date\nHeat,4,2999-01-01\nAlien,4,soon\n").rows
    assert isinstance(rows[0], ArrivedRow)
    assert rows[0].rated_at is not None
    assert rows[0].rated_at <= datetime.now(UTC)
    assert isinstance(rows[1], RefusedRow)
    assert rows[1].title == "Alien"


def bomb() -> bytes:
    return zipped({"ratings.csv": "title,stars\n" + "Heat,4\n" * 3_000_000})


def locked() -> bytes:
    content = bytearray(zipped({"ratings.csv": "title,stars\nHeat,4\n"}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + offset] |= 1
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "a.csv", "is empty"),
        (bomb(), "a.zip", "unpacks to far more"),
        (locked(), "a.zip", "locked with a password"),
        (zipped({"ratings.csv": "title,stars\nHeat,4\n"})[:-30], "a.zip", "broken .zip"),
        (zipped({f"{n}.csv": "" for n in range(2100)}), "a.zip", "more than 2000 files"),
        (b"[" * 20_000 + b"]" * 20_000, "a.json", "no JSON that can be read"),
        (b"\x1f\x8b\x08\x00", "a.csv.gz", "packed in a way"),
        (b"colour,size\nred,3\n", "a.csv", "holds no ratings"),
        (b"\xff\xfe\x00", "a.csv", "neither UTF-16"),
        (zipped({"inside.zip": "PK"}), "a.zip", "an archive inside the archive"),
    ],
)
def test_a_file_that_cannot_be_taken_in_is_refused_in_words(
    content: bytes, name: str, words: str
) -> None:
    with pytest.raises(Unreadable, match=words):
        reading(content, name)


def test_a_link_in_an_archive_is_refused() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        entry = zipfile.ZipInfo("ratings.csv")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    with pytest.raises(Unreadable, match="ratings.csv: a link instead of a file"):
        reading(packed.getvalue(), "a.zip")


def test_a_file_with_too_many_rows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.arriving.receiving.MAX_ROWS", 2)
    with pytest.raises(Unreadable, match="more than 2 rows"):
        reading("title,stars\nA,1\nB,1\nC,1\n")


def test_a_file_that_is_too_large_is_not_even_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "MAX_UPLOAD", 3)
    with pytest.raises(Unreadable, match="larger than"):
        reading("title,stars\nA,1\n")


@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=6)), min_size=1, max_size=8))
def test_no_row_is_lost_without_a_word(cells: list[tuple[str, str]]) -> None:
    """Whatever the cells hold, every row that was written is read or refused, once."""
    lines = ["title,stars", "Heat,4"]
    for title, stars in cells:
        quoted = ['"' + cell.replace('"', '""').replace("\n", " ").replace("\r", " ") + '"'
                  for cell in (title, stars)]  # fmt: skip
        lines.append(",".join(quoted))
    rows = reading("\n".join(lines).encode("utf-8", "replace")).rows
    assert sorted(row.line for row in rows) == list(range(2, len(lines) + 1))


@given(st.binary(max_size=400))
def test_no_bytes_whatever_raise_anything_but_a_sentence(content: bytes) -> None:
    with suppress(Unreadable):
        assert reading(b"title,stars\n" + content).rows


def test_titles_are_known_by_any_of_their_forms() -> None:
    assert title_key("The Matrix") == title_key("Matrix, The") == title_key("MATRIX")
    assert title_key("Amélie") == "amelie"
    assert title_keys("City of Lost Children, The (Cité des enfants perdus, La)")[1:] == [
        "city of lost children",
        "cite des enfants perdus",
    ]
    assert "se7en" in title_keys("Seven (a.k.a. Se7en)")
