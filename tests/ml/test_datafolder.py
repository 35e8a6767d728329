"""Data set folders are read as they are meant, or refused with file, row and cure."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from ml import tables
from ml.datafolder import DataFolderError, load_folder, save_snapshot
from tests.ml.folders import INTERACTIONS, ITEMS, dataset, write
from tests.ml.worlds import checkerboard, snapshot_of


def refusal(folder: Path) -> str:
    with pytest.raises(DataFolderError) as caught:
        load_folder(folder)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_folder_becomes_a_snapshot(tmp_path):
    snapshot = load_folder(dataset(tmp_path))
    assert snapshot.users.ids == ("ann", "bob")
    assert snapshot.items.ids.ids == ("emma", "dune", "cold")
    ann, bob = snapshot.history(0), snapshot.history(1)
    assert ann.item.tolist() == [0, 1]
    assert ann.stars.tolist() == [5, 1]
    assert ann.time.tolist() == [100, 200]
    assert bob.item.tolist() == [1, 0]
    assert np.isnan(bob.stars[1])
    assert np.isnan(bob.time[1])
    assert snapshot.scale == (1, 5)


def test_items_keep_their_text_year_and_attributes(tmp_path):
    items = load_folder(dataset(tmp_path)).items
    assert items.titles == ("Emma", "Dune", "Nobody met me")
    assert items.texts == ("Matchmaking, in a village", "", "")
    assert items.years.tolist()[:2] == [1815, 1965]
    assert np.isnan(items.years[2])
    assert [items.attribute_names[row] for row in items.attributes_of(0)] == [
        "genres:Romance",
        "genres:Comedy",
    ]


def test_what_only_a_site_says_of_items_is_nothing_that_they_share(tmp_path):
    folder = dataset(
        tmp_path,
        interactions="user_id,item_id,rating,timestamp,kind\n",
        items="item_id,title,cover_url,added_at,is_listed,imdb_id,tags\na,Emma,x,1.5,1,tt1,wit\n",
    )
    assert load_folder(folder).items.attribute_names == ("tags:wit",)


def test_gzipped_files_read_the_same(tmp_path):
    plain = load_folder(dataset(tmp_path / "plain"))
    packed = tmp_path / "packed"
    write(packed, "interactions.csv.gz", INTERACTIONS)
    write(packed, "items.csv.gz", ITEMS)
    assert load_folder(packed).fingerprint() == plain.fingerprint()


def test_a_byte_order_mark_and_windows_lines_are_no_trouble(tmp_path):
    plain = load_folder(dataset(tmp_path / "plain"))
    odd = dataset(
        tmp_path / "odd",
        interactions="\ufeff" + INTERACTIONS.replace("\n", "\r\n"),
        items=ITEMS + "\n\n",
    )
    assert load_folder(odd).fingerprint() == plain.fingerprint()


def test_equal_times_keep_the_order_of_the_file(tmp_path):
    rows = "user_id,item_id,rating,timestamp\na,dune,,7\na,emma,,7\na,cold,,7\n"
    history = load_folder(dataset(tmp_path, interactions=rows)).history(0)
    assert history.item.tolist() == [1, 0, 2]


def test_a_quoted_cell_may_hold_lines_and_any_script(tmp_path):
    items = 'item_id,title,description\nemma,Эмма,"two\nlines"\ndune,砂の惑星,\ncold,x,y\n'
    table = load_folder(dataset(tmp_path, items=items)).items
    assert table.texts[0] == "two\nlines"
    assert table.titles[1] == "砂の惑星"


def test_ratings_and_times_may_be_missing_altogether(tmp_path):
    snapshot = load_folder(dataset(tmp_path, interactions="user_id,item_id\na,emma\nb,dune\n"))
    assert not snapshot.has_times
    assert np.isnan(snapshot.events.stars).all()
    assert set(snapshot.events.kind.tolist()) == {1}


def test_the_scale_is_the_one_of_the_data(tmp_path):
    rows = "user_id,item_id,rating\na,emma,0\na,dune,100\n"
    assert load_folder(dataset(tmp_path, interactions=rows)).scale == (0, 100)


def test_a_kind_column_says_what_events_were(tmp_path):
    rows = "user_id,item_id,rating,timestamp,kind\na,emma,,1,done\na,dune,4,2,\na,cold,,3,\n"
    assert load_folder(dataset(tmp_path, interactions=rows)).events.kind.tolist() == [4, 0, 1]


def test_a_folder_without_events_is_a_catalogue(tmp_path):
    snapshot = load_folder(dataset(tmp_path, interactions="user_id,item_id,rating,timestamp\n"))
    assert len(snapshot.events) == 0
    assert len(snapshot.items) == 3


HEADER = "user_id,item_id,rating,timestamp\n"
BAD_INTERACTIONS = {
    "empty file": ("", ["is empty"]),
    "missing column": ("user_id,rating\na,3\n", ["row 1", "item_id is missing"]),
    "unknown column": ("user_id,item_id,mood\na,emma,x\n", ["row 1", "'mood'", "remove it"]),
    "repeated column": ("user_id,item_id,item_id\na,emma,x\n", ["row 1", "repeated"]),
    "unnamed column": ("user_id,item_id,\na,emma,x\n", ["row 1", "no name"]),
    "unknown item": (HEADER + "a,emma,,\na,nothing,,\n", ["row 3", "'nothing'", "items.csv"]),
    "no user": (HEADER + ",emma,,\n", ["row 2", "user_id is empty"]),
    "no item": (HEADER + "a,,,\n", ["row 2", "item_id is empty"]),
    "a word for a rating": (HEADER + "a,emma,good,\n", ["row 2", "rating 'good'"]),
    "a word among blanks": (HEADER + "a,emma,,\na,emma,good,\n", ["row 3", "rating 'good'"]),
    "not a number": (HEADER + "a,emma,nan,\n", ["row 2", "rating 'nan'"]),
    "infinity": (HEADER + "a,emma,,\na,emma,inf,\n", ["row 3", "rating 'inf'"]),
    "no time": (HEADER + "a,emma,3,yesterday\n", ["row 2", "timestamp 'yesterday'", "1970"]),
    "few cells": (HEADER + "a,emma,3,1\na,em", ["row 3", "2 cells instead of 4", "cut short"]),
    "many cells": (HEADER + "a,emma,3,1,1\n", ["row 2", "5 cells instead of 4", "quote"]),
    "blank row": (HEADER + "\na,emma,3,1\n", ["row 2", "0 cells"]),
    "bad kind": ("user_id,item_id,kind\na,emma,sold\n", ["row 2", "'sold'", "view"]),
    "unrated rating": ("user_id,item_id,kind\na,emma,rating\n", ["row 2", "no rating"]),
    "broken quotes": (HEADER + 'a,"emma" x,3,1\n', ["row 2", "CSV"]),
    "open quote": (HEADER + 'a,"emma,3,1\n', ["row 2", "CSV"]),
    "a huge line": (HEADER + "a" * 3_000_000, ["row 2", "1,000,000 characters"]),
    "a cell without an end": (HEADER + '"' + ("a" * 999 + "\n") * 9000, ["row 2", "field"]),
    "a zero byte": (HEADER + "a\0,emma,3,1\n", ["row 2"]),
}


@pytest.mark.parametrize("name", BAD_INTERACTIONS)
def test_bad_interactions_are_refused_with_file_row_and_cure(tmp_path, name):
    content, expected = BAD_INTERACTIONS[name]
    message = refusal(dataset(tmp_path, interactions=content))
    for part in ["interactions.csv", *expected]:
        assert part in message


BAD_ITEMS = {
    "empty file": ("", ["is empty"]),
    "no title": ("item_id,name\nemma,Emma\n", ["row 1", "title is missing"]),
    "repeated id": ("item_id,title\nemma,A\nemma,B\n", ["row 3", "'emma' is repeated"]),
    "no id": ("item_id,title\nemma,A\n,B\n", ["row 3", "item_id is empty"]),
    "no year": ("item_id,title,year\nemma,A,MCM\n", ["row 2", "year 'MCM'"]),
}


@pytest.mark.parametrize("name", BAD_ITEMS)
def test_bad_items_are_refused_with_file_row_and_cure(tmp_path, name):
    content, expected = BAD_ITEMS[name]
    message = refusal(dataset(tmp_path, items=content))
    for part in ["items.csv", *expected]:
        assert part in message


def test_rows_are_counted_across_chunks(tmp_path):
    size = tables.CHUNK_ROWS + 10
    rows = HEADER + "a,emma,3,1\n" * size + "a,emma,bad,1\n"
    assert f"row {size + 2}:" in refusal(dataset(tmp_path, interactions=rows))


def test_text_that_is_not_utf8_is_refused(tmp_path):
    assert "UTF-8" in refusal(dataset(tmp_path, interactions=HEADER.encode() + b"\xe9,emma,3,1\n"))


def test_a_compressed_file_cut_short_is_refused(tmp_path):
    write(tmp_path, "items.csv", ITEMS)
    whole = gzip.compress((HEADER + "a,emma,3,1\nb,dune,4,2\n" * 5000).encode())
    (tmp_path / "interactions.csv.gz").write_bytes(whole[: len(whole) // 2])
    assert "cut short" in refusal(tmp_path)


def test_a_file_that_is_not_compressed_though_named_so_is_refused(tmp_path):
    write(tmp_path, "items.csv", ITEMS)
    (tmp_path / "interactions.csv.gz").write_text(INTERACTIONS)
    assert "damaged" in refusal(tmp_path)


def test_a_bomb_is_refused_before_it_fills_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "EXPANSION_FLOOR", 1_000_000)
    write(tmp_path, "items.csv", ITEMS)
    write(tmp_path, "interactions.csv.gz", HEADER + "a,emma,3,1\n" * 1_000_000)
    assert "expands" in refusal(tmp_path)


def test_missing_files_are_named(tmp_path):
    assert "items.csv is missing" in refusal(tmp_path)
    assert "no folder" in refusal(tmp_path / "nowhere")
    write(tmp_path, "items.csv", ITEMS)
    assert "interactions.csv is missing" in refusal(tmp_path)


def test_a_file_that_is_there_twice_is_refused(tmp_path):
    dataset(tmp_path)
    write(tmp_path, "items.csv.gz", ITEMS)
    assert "both" in refusal(tmp_path)


@pytest.mark.parametrize(
    "snapshot",
    [checkerboard(), snapshot_of([], items=0), snapshot_of([[0]], items=1, times=False)],
    ids=["checkerboard", "nothing", "one event"],
)
def test_a_saved_snapshot_is_read_back_the_same(tmp_path, snapshot):
    loaded = load_folder(save_snapshot(snapshot, tmp_path / "saved"))
    assert loaded.fingerprint() == snapshot.fingerprint()
    assert loaded.scale == snapshot.scale


@pytest.mark.parametrize("name", ["snapshot.json", "events.item.npy", "items.years.npy"])
def test_a_saved_snapshot_that_is_damaged_is_refused(tmp_path, name):
    folder = save_snapshot(checkerboard(), tmp_path / "saved")
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole[:-3] + b"\x01\x01\x01")
    assert str(folder) in refusal(folder)
    (folder / name).write_bytes(whole[:20])
    assert str(folder) in refusal(folder)
    (folder / name).unlink()
    refusal(folder)
