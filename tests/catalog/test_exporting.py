"""Exports: what was written reads back as it was, and is safe to open in a spreadsheet."""

import csv
import gzip
import tempfile
from datetime import timedelta
from io import StringIO
from pathlib import Path
from random import Random

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog import services
from catalog.exporting import export_dataset, seconds
from catalog.importing.rows import defused, parse_text, to_datetime
from catalog.models import Attribute, Item, ItemAttribute, Person, Rating, User
from tests.catalog.datasets import empty, read_in, world, write

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def cells(path):
    with gzip.open(path, "rt", newline="", encoding="utf-8") as stream:
        return list(csv.reader(stream))


def round_trip(folder: Path):
    """Export, empty, import: what the catalogue held before and after, and both exports."""
    export_dataset(folder / "first")
    before = world()
    empty()
    report = read_in(folder / "first", now=NOW)
    assert report.total("refused") == 0
    export_dataset(folder / "second")
    return before, world()


def same_files(folder: Path) -> bool:
    return all(
        sorted(cells(folder / "first" / name)) == sorted(cells(folder / "second" / name))
        for name in ("items.csv.gz", "interactions.csv.gz")
    )


# --- the fixed point -----------------------------------------------------------------------------
text = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
nasty = st.sampled_from(
    ["=1+1", "'=1", "''-x", "+a", "@b", "-", 'q"uo"te', "a,b", "a\nb", "a\r\nb"]
)
words = (text | nasty).map(str.strip)
names = words.filter(bool)
keys = st.sampled_from(["a", "-1", "=b", "'+c", "d,e", '"f"', "ü"])
times = st.none() | st.integers(-(10**15), 17 * 10**14).map(to_datetime)
values = st.lists(names.map(lambda name: name.replace("|", "/")), max_size=3)
item_rows = st.dictionaries(
    keys, st.tuples(names, st.none() | st.integers(-999, 2100), words, values, values), min_size=1
)
event_rows = st.lists(
    st.tuples(
        st.sampled_from(["u", "=v", "simulated-1"]),
        st.integers(0, 9),
        st.sampled_from(["rating", "view", "want", "doing", "done"]),
        st.integers(1, 10),
        times,
    ),
    max_size=12,
)


def write_world(folder: Path, items, events) -> Path:
    out, keys_there = StringIO(), list(items)
    rows = csv.writer(out)
    rows.writerow(["item_id", "title", "year", "description", "genres", "tags"])
    for key, (title, year, description, genres, tags) in items.items():
        shown = [key, title, "" if year is None else year, description]
        cells = [*shown, "|".join(genres), "|".join(tags)]
        rows.writerow([defused(cell) if isinstance(cell, str) else cell for cell in cells])
    done = StringIO()
    rows = csv.writer(done)
    rows.writerow(["user_id", "item_id", "rating", "timestamp", "kind"])
    for person, place, kind, half_stars, at in events:
        item = keys_there[place % len(keys_there)]
        stars = half_stars / 2 if kind == "rating" else ""
        rows.writerow([defused(person), defused(item), stars, at.isoformat() if at else "", kind])
    return write(folder, items=out.getvalue(), interactions=done.getvalue())


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(items=item_rows, events=event_rows)
def test_import_export_import_is_a_fixed_point(items, events):
    with tempfile.TemporaryDirectory() as folder, transaction.atomic():
        source = write_world(Path(folder) / "source", items, events)
        read_in(source, now=NOW)
        assert not read_in(source, now=NOW + timedelta(hours=1)).changed_something
        before, after = round_trip(Path(folder))
        assert after == before
        assert same_files(Path(folder))
        transaction.set_rollback(True)


def test_a_set_like_movielens_is_a_fixed_point(tmp_path):
    chance = Random(3)
    films = [f'{n},"Film {n}, The ({1950 + n % 60})",Drama|Comedy' for n in range(60)]
    rated = [
        f"{person},{film},{chance.randint(1, 10) / 2},{chance.randint(1, 10**9)}"
        for person in range(30)
        for film in chance.sample(range(60), 12)
    ]
    tags = [f"{n % 30},{n},Tag {n % 7},{n}" for n in range(60)]
    links = [f"{n},{1000 + n},{n if n % 5 else ''}" for n in range(60)]
    folder = write(
        tmp_path / "movielens",
        movies="movieId,title,genres\n" + "\n".join(films),
        ratings="userId,movieId,rating,timestamp\n" + "\n".join(rated),
        tags="userId,movieId,tag,timestamp\n" + "\n".join(tags),
        links="movieId,imdbId,tmdbId\n" + "\n".join(links),
    )
    read_in(folder, now=NOW)
    before, after = round_trip(tmp_path)
    assert after == before
    assert same_files(tmp_path)
    assert len(after["ratings"]) == 360


# --- single promises -----------------------------------------------------------------------------
@given(words)
def test_a_defused_cell_begins_no_formula_and_comes_back(value):
    cell = defused(value)
    assert cell[:1] not in ("=", "+", "-", "@", "\t", "\r") or not cell
    assert parse_text(cell) == value


@pytest.mark.parametrize(
    ("micros", "shown"),
    [(0, "0"), (1, "0.000001"), (-1_500_000, "-1.5"), (978_300_019_000_000, "978300019")],
)
def test_times_keep_their_microseconds(micros, shown):
    assert seconds(micros) == shown


def test_a_member_is_found_again_and_their_name_does_not_leave(tmp_path):
    emma = Item.objects.create(key="a", title="Emma")
    ann = Person.objects.create(user=User.objects.create_user("ann"), name="Ann")
    services.rate_item(ann, emma, stars=4)
    export_dataset(tmp_path / "out")
    written = [cell for row in cells(tmp_path / "out" / "interactions.csv.gz") for cell in row]
    assert "ann" not in "".join(written).lower()
    report = read_in(tmp_path / "out", now=NOW)
    assert not report.changed_something
    assert Person.objects.count() == 1


def test_private_people_are_left_out(tmp_path):
    emma = Item.objects.create(key="a", title="Emma")
    services.rate_item(Person.objects.create(key="p", is_private=True), emma, stars=4)
    assert export_dataset(tmp_path / "out") == (1, 0, 1)


def test_a_folder_that_is_there_is_not_touched(tmp_path):
    with pytest.raises(CommandError, match="exists already; name a new folder"):
        call_command("export_dataset", str(tmp_path))


def test_a_failed_export_leaves_nothing(tmp_path):
    item = Item.objects.create(title="Emma")
    kind = Attribute.objects.create(kind="title", name="x")
    ItemAttribute.objects.create(item=item, attribute=kind)
    with pytest.raises(CommandError, match="'title' is the name of another column"):
        call_command("export_dataset", str(tmp_path / "out"))
    assert list(tmp_path.iterdir()) == []


def test_events_come_in_the_order_of_their_times(tmp_path):
    emma = Item.objects.create(key="a", title="Emma")
    ann = Person.objects.create(key="u")
    services.rate_item(ann, emma, stars=4, at=NOW - timedelta(days=1))
    services.record_view(ann, emma, at=NOW - timedelta(days=2))
    services.shelve_item(ann, emma, shelf="done", at=NOW)
    call_command("export_dataset", str(tmp_path / "out"), stdout=StringIO())
    rows = cells(tmp_path / "out" / "interactions.csv.gz")
    assert [row[-1] for row in rows] == ["kind", "view", "rating", "done"]
    assert Rating.objects.get().rated_at == NOW - timedelta(days=1)
