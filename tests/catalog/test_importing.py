"""Imports: what comes in, what is refused and why, and that a second run changes nothing."""

import csv
import gzip
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management.base import CommandError
from django.db import connection
from django.utils import timezone

from catalog.importing.lines import Limits
from catalog.importing.movielens import split_title
from catalog.importing.rows import DataSetError
from catalog.models import Attribute, Item, ItemView, OutsideId, Person, Rating, ShelfEntry
from tests.catalog.datasets import command, read_in, world, write

pytestmark = pytest.mark.django_db
NOW = timezone.now()
ITEMS = "item_id,title,year,genres\na,Emma,1815,Romance|Comedy\nb,Dracula,1897,Horror\n"
EVENTS = "user_id,item_id,rating,timestamp\nu1,a,4.5,1000\nu1,b,,2000\nu2,b,1,1500\n"


@pytest.fixture
def folder(tmp_path):
    return write(tmp_path / "set", items=ITEMS, interactions=EVENTS)


def outcomes(report, what):
    """Only the outcomes that there are."""
    return {
        outcome: number
        for (_file, kind), counts in report.outcomes.items()
        if kind == what
        for outcome, number in counts.items()
        if number
    }


def refused(folder, tmp_path):
    command(folder, "--rejects", str(tmp_path / "rejects.csv"))
    with (tmp_path / "rejects.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


# --- what comes in -------------------------------------------------------------------------------
def test_a_folder_becomes_items_people_ratings_and_views(folder):
    report = read_in(folder, now=NOW)
    emma = Item.objects.get(key="a")
    assert (emma.title, emma.year, emma.rating_count, emma.half_star_sum) == ("Emma", 1815, 1, 9)
    assert emma.genre_line == "Romance, Comedy"
    rating = Rating.objects.get(item=emma)
    assert (rating.person.key, rating.person.name, rating.stars) == ("u1", "Reader u1", 4.5)
    assert rating.rated_at == datetime(1970, 1, 1, 0, 16, 40, tzinfo=UTC)
    assert ItemView.objects.get().item.key == "b"
    assert Item.objects.get(key="b").view_count == 1
    assert outcomes(report, "items") == {"new": 2}
    assert outcomes(report, "ratings") == {"new": 2}
    assert outcomes(report, "views") == {"new": 1}


def test_the_database_knows_afterwards_how_its_tables_are_filled(folder):
    read_in(folder, now=NOW)
    known = {
        "sqlite": "SELECT stat FROM sqlite_stat1 WHERE tbl = 'catalog_itemattribute'",
        "postgresql": "SELECT reltuples FROM pg_class WHERE relname = 'catalog_itemattribute'",
    }
    with connection.cursor() as cursor:
        cursor.execute(known[connection.vendor])
        rows = {int(float(str(value).split()[0])) for (value,) in cursor.fetchall()}
    assert rows == {3}


def test_a_second_run_changes_nothing_and_says_so(folder):
    command(folder)
    before = world()
    report = read_in(folder, now=NOW + timedelta(days=1))
    assert world() == before
    assert outcomes(report, "items") == {"same": 2}
    assert outcomes(report, "ratings") == {"same": 2}
    assert outcomes(report, "views") == {"same": 1}
    assert "Nothing changed" in command(folder)[0]


def test_events_without_times_are_not_doubled_either(tmp_path):
    events = "user_id,item_id,rating\nu1,a,4\nu1,b,\nu1,b,\nu1,a,5\n"
    folder = write(tmp_path, items=ITEMS, interactions=events)
    first = read_in(folder, now=NOW)
    assert outcomes(first, "ratings") == {"new": 1, "superseded": 1}
    assert outcomes(first, "views") == {"new": 1, "superseded": 1}
    assert Rating.objects.get().stars == 5
    assert Rating.objects.get().rated_at == NOW
    second = read_in(folder, now=NOW + timedelta(days=1))
    assert not second.changed_something
    assert Rating.objects.get().rated_at == NOW


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_ratings_of_the_same_the_later_one_counts(tmp_path, order):
    rows = ["u,a,2,3000", "u,a,5,1000"][::order]
    text = "user_id,item_id,rating,timestamp\n" + "\n".join(rows)
    folder = write(tmp_path, items=ITEMS, interactions=text)
    assert outcomes(read_in(folder, now=NOW), "ratings") == {"new": 1, "superseded": 1}
    assert Rating.objects.get().stars == 2
    assert outcomes(read_in(folder, now=NOW), "ratings") == {"same": 1, "superseded": 1}


def test_of_two_ratings_at_the_same_time_the_last_row_counts(tmp_path):
    events = "user_id,item_id,rating,timestamp\nu,a,5,1000\nu,a,2,1000\n"
    read_in(write(tmp_path, items=ITEMS, interactions=events), now=NOW)
    assert Rating.objects.get().stars == 2


def test_an_older_rating_does_not_replace_what_is_there(folder, tmp_path):
    read_in(folder, now=NOW)
    older = write(
        tmp_path / "older",
        items=ITEMS,
        interactions="user_id,item_id,rating,timestamp\nu1,a,1,900\n",
    )
    assert outcomes(read_in(older, now=NOW), "ratings") == {"superseded": 1}
    assert Rating.objects.get(person__key="u1").stars == 4.5


def test_equal_times_keep_the_order_of_the_file(tmp_path):
    events = "user_id,item_id,rating,timestamp\nu,b,5,7\nu,a,4,7\n"
    read_in(write(tmp_path, items=ITEMS, interactions=events), now=NOW)
    assert [rating.item.key for rating in Rating.objects.order_by("rated_at", "pk")] == ["b", "a"]


def test_changed_items_are_taken_over_and_columns_that_are_missing_left_alone(folder, tmp_path):
    read_in(folder, now=NOW)
    Item.objects.filter(key="a").update(description="By hand")
    items = "item_id,title,genres\na,Emma!,Comedy|Satire\nb,Dracula,Horror\n"
    report = read_in(write(tmp_path / "new", items=items), now=NOW)
    emma = Item.objects.get(key="a")
    assert (emma.title, emma.year, emma.description) == ("Emma!", 1815, "By hand")
    assert emma.genre_line == "Comedy, Satire"
    assert "satire" in emma.search_text
    assert outcomes(report, "items") == {"changed": 1, "same": 1}
    assert (report.values["new"], report.values["same"], report.removed_values) == (1, 2, 1)


def test_kinds_shelves_outside_ids_and_times_come_in(tmp_path):
    folder = write(
        tmp_path,
        items="item_id,title,imdb_id,added_at,is_listed,cover_url\n"
        "a,Emma,tt1,2020-01-02T03:04:05Z,0,https://example.org/a.jpg\n",
        interactions="user_id,item_id,rating,timestamp,kind\n"
        "u,a,,10.000001,want\nu,a,,20,done\nu,a,3,30,rating\nu,a,,40,view\nu,a,,50,\n",
    )
    read_in(folder, now=NOW)
    emma = Item.objects.get()
    assert emma.added_at == datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert (emma.is_listed, emma.cover_url) == (False, "https://example.org/a.jpg")
    assert OutsideId.objects.get().value == "tt1"
    assert ShelfEntry.objects.get().shelf == "done"
    assert ItemView.objects.count() == 2
    assert Rating.objects.count() == 1


def test_simulated_readers_stay_simulated(tmp_path):
    events = "user_id,item_id,rating\nsimulated-3,a,4\n"
    read_in(write(tmp_path, items=ITEMS, interactions=events), now=NOW)
    person = Person.objects.get()
    assert (person.is_simulated, person.name) == (True, "Simulated reader 3")


def test_packed_files_byte_order_marks_and_windows_line_ends_are_read(tmp_path):
    write(tmp_path, items=b"\xef\xbb\xbf" + ITEMS.replace("\n", "\r\n").encode())
    with gzip.open(tmp_path / "interactions.csv.gz", "wt") as stream:
        stream.write(EVENTS)
    report = read_in(tmp_path, now=NOW)
    assert report.rows == {"items.csv": 2, "interactions.csv.gz": 3}
    assert report.total("refused") == 0


def test_a_description_may_have_many_lines_commas_and_quotes(tmp_path):
    items = 'item_id,title,description\na,Emma,"One, ""two""\r\n\r\nthree"\nb,Next,x\n'
    read_in(write(tmp_path, items=items), now=NOW)
    assert Item.objects.get(key="a").description == 'One, "two"\r\n\r\nthree'
    assert Item.objects.get(key="b").description == "x"


# --- MovieLens -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("written", "title", "year"),
    [
        ("Toy Story (1995)", "Toy Story", 1995),
        ("American President, The (1995)", "The American President", 1995),
        ("Assembly (Ji jie hao) (2007) ", "Assembly (Ji jie hao)", 2007),
        (
            "City of Lost Children, The (Cité des enfants perdus, La) (1995)",
            "The City of Lost Children (Cité des enfants perdus, La)",
            1995,
        ),
        ("Avventura, L' (1960)", "L'Avventura", 1960),
        ("Babylon 5", "Babylon 5", None),
        ("2001", "2001", None),
        ("(1998)", "(1998)", None),
    ],
)
def test_titles_are_turned_round_and_lose_their_year(written, title, year):
    assert split_title(written.strip()) == (title, year)


def test_the_original_files_are_recognised(tmp_path):
    folder = write(
        tmp_path,
        movies='movieId,title,genres\n1,"Net, The (1995)",Thriller|Crime\n'
        "2,Nothing (2000),(no genres listed)\n",
        ratings="userId,movieId,rating,timestamp\n7,1,4.0,964982703\n7,9,4.0,964982703\n",
        tags="userId,movieId,tag,timestamp\n7,1,Hackers,1\n8,1, hackers ,2\n8,1,a|b,2\n8,1,,2\n",
        links="movieId,imdbId,tmdbId\n1,0113957,1642\n2,,\n",
    )
    report = read_in(folder, now=NOW)
    net = Item.objects.get(key="1")
    assert (net.title, net.year) == ("The Net", 1995)
    pairs = set(net.attributes.values_list("kind", "name"))
    assert pairs == {
        ("genres", "Thriller"),
        ("genres", "Crime"),
        ("tags", "hackers"),
        ("tags", "a/b"),
    }
    assert Item.objects.get(key="2").attributes.count() == 0
    ids = set(net.outside_ids.values_list("source", "value"))
    assert ids == {("imdb", "tt0113957"), ("tmdb", "1642")}
    assert outcomes(report, "attributes") == {"new": 2, "superseded": 1, "refused": 1}
    assert outcomes(report, "outside ids") == {"new": 1, "same": 1}
    assert {**outcomes(report, "ratings"), **outcomes(report, "events")} == {"new": 1, "refused": 1}
    assert not read_in(folder, now=NOW).changed_something


def test_the_older_files_are_recognised(tmp_path):
    folder = write(
        tmp_path,
        movies_dat="1::Misérables, Les (1995)::Drama|Musical\r\n".encode("latin-1"),
        ratings_dat="6::1::5::978300760\n",
        users_dat="6::F::50::9::55117\n",
    )
    read_in(folder, now=NOW)
    assert (Item.objects.get().title, Item.objects.get().year) == ("Les Misérables", 1995)
    assert Rating.objects.get().stars == 5


# --- rows that are refused -----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        ("u,a,6,1", "rating", "outside 0.5 to 5"),
        ("u,a,0,1", "rating", "outside 0.5 to 5"),
        ("u,a,3.7,1", "rating", "steps of a half"),
        ("u,a,NaN,1", "rating", "no number"),
        ("u,a,inf,1", "rating", "no number"),
        ("u,a,-3,1", "rating", "no number"),
        ("u,a,good,1", "rating", "no number"),
        ("u,a,3,yesterday", "timestamp", "no time"),
        ("u,a,3,2024-13-01", "timestamp", "no time"),
        ("u,a,3,1700000000000", "timestamp", "thousands of years"),
        ("u,a,3,99999999999", "timestamp", "future"),
        (",a,3,1", "user_id", "empty"),
        ("u,,3,1", "item_id", "empty"),
        ("u,zzz,3,1", "item_id", "no such item"),
        (f"{'u' * 201},a,3,1", "user_id", "longer than 200"),
        ("u,a,3", "", "too few or too many"),
        ("u,a,3,1,1", "", "too few or too many"),
        ('"u,a,3,1', "", "quotes"),
        ("u\0,a,3,1", "", "NUL"),
        (b"u\xff,a,3,1", "", "not in UTF-8"),
        (b"u" * ((1 << 20) + 1), "", "longer than 1048576 bytes"),
    ],
)
def test_a_bad_row_is_refused_with_its_place_and_a_cure_and_the_others_come_in(
    tmp_path, row, field, reason
):
    raw = row if isinstance(row, bytes) else row.encode()
    text = b"user_id,item_id,rating,timestamp\nu0,a,4,1\n" + raw + b"\nu9,b,4,1\n"
    folder = write(tmp_path / "set", items=ITEMS, interactions=text)
    (found,) = refused(folder, tmp_path)
    assert (found["file"], found["line"], found["field"]) == ("interactions.csv", "3", field)
    assert reason in found["reason"]
    assert found["cure"]
    assert set(Rating.objects.values_list("person__key", flat=True)) == {"u0", "u9"}
    assert set(Person.objects.values_list("key", flat=True)) == {"u0", "u9"}


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("c,,1900,x", "title"),
        ("c,Title,19xx,x", "year"),
        ("c,Title,123456,x", "year"),
        ("a,Emma again,1815,x", "item_id"),
        (f"c,{'t' * 501},1900,x", "title"),
        (f"c,Title,1900,{'g' * 201}", "genres"),
        ('c,"Title,1900,x', ""),
    ],
)
def test_a_bad_item_is_refused_and_the_others_come_in(tmp_path, row, field):
    text = f"item_id,title,year,genres\na,Emma,1815,Romance\n{row}\nb,Dracula,1897,Horror\n"
    (found,) = refused(write(tmp_path / "set", items=text), tmp_path)
    assert (found["line"], found["field"]) == ("3", field)
    assert set(Item.objects.values_list("key", "title")) == {("a", "Emma"), ("b", "Dracula")}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("u,a,,1,rating", "contradict"),
        ("u,a,3,1,view", "contradict"),
        ("u,a,,1,loved", "unknown"),
    ],
)
def test_kinds_that_make_no_sense_are_refused(tmp_path, row, reason):
    events = f"user_id,item_id,rating,timestamp,kind\n{row}\nu,b,,1,view\n"
    (found,) = refused(write(tmp_path / "set", items=ITEMS, interactions=events), tmp_path)
    assert (found["field"], reason in found["reason"]) == ("kind", True)


def test_a_quote_that_is_never_closed_costs_one_row(tmp_path):
    rows = "".join(f"i{number},Book {number}\n" for number in range(3000))
    report = read_in(write(tmp_path, items=f'item_id,title\nx,"open\n{rows}'), now=NOW)
    assert outcomes(report, "items") == {"new": 3000, "refused": 1}


def test_the_file_of_refused_rows_is_safe_in_a_spreadsheet(tmp_path):
    events = "user_id,item_id,rating\nu,=HYPERLINK(1),4\nu,a,4\n"
    (found,) = refused(write(tmp_path / "set", items=ITEMS, interactions=events), tmp_path)
    assert found["value"] == "'=HYPERLINK(1)"


def test_without_refused_rows_there_is_no_file(folder, settings, tmp_path):
    settings.VAR_DIR = tmp_path / "var"
    command(folder)
    assert not (tmp_path / "var").exists()


def test_refused_rows_are_counted_by_reason(tmp_path, settings):
    settings.VAR_DIR = tmp_path / "var"
    events = "user_id,item_id,rating\nu,a,9\nu,b,9\nu,a,3\nu,z,3\n"
    out, err = command(write(tmp_path / "set", items=ITEMS, interactions=events))
    assert "2 rows of interactions.csv: the rating is outside 0.5 to 5" in out
    assert "the outcomes add up: yes" in out
    assert "3 rows were refused" in err
    assert len(list((tmp_path / "var").iterdir())) == 1


# --- files that are refused, before anything is written -------------------------------------------
@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"items": ""}, "items.csv is empty"),
        ({"items": ITEMS, "interactions": ""}, "interactions.csv is empty"),
        ({"items": ITEMS, "interactions": "\n\n"}, "interactions.csv is empty"),
        ({"items": "item_id,name\na,b\n"}, "column 'title' is missing; found: item_id, name"),
        ({"items": ITEMS, "interactions": "user_id,rating\n"}, "column 'item_id' is missing"),
        (
            {"items": ITEMS, "interactions": "user_id,item_id,rating,mood\n"},
            "column 'mood' is unknown; remove it",
        ),
        ({"items": "item_id,title,title\n"}, "occurs twice"),
        ({"items": f"item_id,title,{'k' * 51}\n"}, "longer than 50"),
        ({"items": "item_id,title,\n"}, "is empty or longer"),
        ({"items": "item_id,title\0\n"}, "NUL"),
        ({"items": b"\xff\xfei\0t\0"}, "UTF-8"),
        ({"ratings": "userId,movieId,rating,timestamp\n"}, "holds no data set"),
        ({}, "holds no data set"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_whole(tmp_path, files, words):
    with pytest.raises(CommandError, match="Nothing was imported") as refusal:
        command(write(tmp_path, **files))
    assert words in str(refusal.value)
    assert not Item.objects.exists()


@pytest.mark.parametrize("name", ["missing", "a-file.zip"])
def test_a_path_that_is_no_folder_is_refused(tmp_path, name):
    (tmp_path / "a-file.zip").write_bytes(b"PK")
    with pytest.raises(CommandError, match=name):
        command(tmp_path / name)


def test_two_files_of_the_same_name_are_a_riddle(folder):
    (folder / "items.csv.gz").write_bytes(gzip.compress(ITEMS.encode()))
    with pytest.raises(CommandError, match=r"both items\.csv and items\.csv\.gz; remove one"):
        command(folder)


@pytest.mark.parametrize("broken", [b"no gzip at all", gzip.compress(EVENTS.encode() * 99)[:-20]])
def test_a_packed_file_that_is_broken_leaves_the_catalogue_alone(tmp_path, broken):
    write(tmp_path, items=ITEMS)
    (tmp_path / "interactions.csv.gz").write_bytes(broken)
    with pytest.raises(CommandError, match=r"interactions\.csv\.gz, line \d+: the packed file"):
        command(tmp_path)
    assert not Item.objects.exists()


def test_only_refused_rows_are_an_error(tmp_path):
    with pytest.raises(CommandError, match="every row was refused"):
        command(
            write(tmp_path / "s", items="item_id,title\na,\n"), "--rejects", str(tmp_path / "r")
        )


# --- files that would harm -----------------------------------------------------------------------
def bomb(path: Path, *, megabytes: int, filler: bytes) -> None:
    with gzip.open(path, "wb", compresslevel=9) as stream:
        stream.write(b"user_id,item_id,rating\n")
        for _ in range(megabytes):
            stream.write(filler * ((1 << 20) // len(filler)))


@pytest.mark.parametrize("filler", [b"0", b"u,a,4\n"])
def test_a_zip_bomb_is_refused_with_a_setting_that_lets_it_in(tmp_path, filler):
    write(tmp_path, items=ITEMS)
    bomb(tmp_path / "interactions.csv.gz", megabytes=40, filler=filler)
    with pytest.raises(CommandError, match=r"interactions\.csv\.gz, line .*IMPORT_MAX_RATIO"):
        command(tmp_path)
    assert not Item.objects.exists()


def test_a_packed_file_may_only_get_so_large(folder):
    (folder / "interactions.csv").unlink()
    bomb(folder / "interactions.csv.gz", megabytes=2, filler=b"u,a,4\n")
    with pytest.raises(DataSetError, match="IMPORT_MAX_BYTES"):
        read_in(folder, now=NOW, limits=Limits(max_bytes=1_000_000, max_ratio=100))


def test_a_line_of_many_megabytes_costs_one_row_and_no_memory(tmp_path):
    write(tmp_path, items=ITEMS)
    with (tmp_path / "interactions.csv").open("wb") as stream:
        stream.write(b"user_id,item_id,rating\nu,a,4\n")
        for _ in range(64):
            stream.write(b"x" * (1 << 20))
        stream.write(b"\nu,b,3\n")
    tracemalloc.start()
    report = read_in(tmp_path, now=NOW)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert outcomes(report, "ratings") == {"new": 2}
    assert outcomes(report, "events") == {"refused": 1}
    assert peak < 24 << 20


# --- real data, where it is there ----------------------------------------------------------------
MOVIELENS = Path(__file__).resolve().parents[3] / "shared" / "data" / "ml-latest-small"


@pytest.mark.slow
@pytest.mark.skipif(not MOVIELENS.is_dir(), reason="the MovieLens files are not here")
def test_movielens_comes_in_whole():
    report = read_in(MOVIELENS, now=NOW)
    assert outcomes(report, "ratings") == {"new": 100_836}
    assert outcomes(report, "items") == {"new": 9_742}
    assert sum(outcomes(report, "attributes").values()) == 3_683
    assert Attribute.objects.filter(kind="genres").count() == 19
    assert Item.objects.get(outside_ids__value="tt0112346").title == "The American President"
    assert not read_in(MOVIELENS, now=NOW).changed_something
