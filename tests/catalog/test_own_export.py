"""What a person takes along: all of it, theirs only, readable again, safe in a spreadsheet."""

import csv
import io
import json
import zipfile

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from catalog import services
from catalog.importing.rows import parse_text
from catalog.library.export import BATCH, csv_cell
from catalog.models import Item, OutsideId, Person, User
from catalog.own import writing
from catalog.own.text import clean
from catalog.own.writing import ListWords

pytestmark = pytest.mark.django_db


def body(response):
    return b"".join(response.streaming_content)


def tables(client):
    """Each table of the zip as dicts, read as an import reads them."""
    found = {}
    with zipfile.ZipFile(io.BytesIO(body(client.get("/my/export/everything.zip")))) as archive:
        assert archive.testzip() is None
        for name in archive.namelist():
            text = archive.read(name).decode("utf-8-sig")
            rows = csv.DictReader(io.StringIO(text, newline=""))
            found[name] = [{key: parse_text(cell) for key, cell in row.items()} for row in rows]
    return found


def document(client):
    return json.loads(body(client.get("/my/export/everything.json")))


def as_cells(row):
    return {key: parse_text(csv_cell(value)) for key, value in row.items()}


@pytest.fixture
def ann(client):
    client.force_login(User.objects.create_user("ann", email="ann@example.org", password="x"))
    person = Person.objects.get()
    emma = Item.objects.create(key="b1", title='=Emma, "E"', year=-815, creator_line="@Austen")
    other = Item.objects.create(key="b2", title="Other")
    OutsideId.objects.create(item=emma, source="imdb", value="tt1")
    OutsideId.objects.create(item=other, source="tmdb", value="+7")
    services.rate_item(person, emma, stars=4.5)
    services.record_view(person, emma)
    services.shelve_item(person, other, shelf="want")
    text = '-1+1\n\nSecond, with "quotes"; ||spoiler||'
    writing.write_review(person, emma, text=text, has_spoilers=True)
    made = writing.make_list(person, ListWords(title="=SUM(A1)", description="a\nb"))
    writing.add_to_list(person, made.pk, other, note="@note")
    writing.make_list(person, ListWords(title="Empty"))
    gone = writing.make_list(person, ListWords(title="Gone"))
    writing.remove_list(person, gone.pk)
    return client


def test_everything_is_there_and_reads_back_as_it_was(ann):
    person, kept, read = Person.objects.get(), document(ann), tables(ann)
    assert kept["person"]["username"] == "ann"
    assert kept["person"]["email"] == "ann@example.org"
    rating = person.ratings.get()
    assert kept["ratings"] == [
        {
            "item_id": "b1",
            "title": '=Emma, "E"',
            "creators": "@Austen",
            "year": -815,
            "imdb_id": "tt1",
            "tmdb_id": None,
            "stars": 4.5,
            "rated_at": rating.rated_at.isoformat(),
        }
    ]
    assert kept["reviews"][0]["review"] == person.reviews.get().text
    assert [made["list"] for made in kept["lists"]] == ["=SUM(A1)", "Empty"]
    assert kept["list_entries"][0]["note"] == "@note"
    assert (len(kept["views"]), kept["shelves"][0]["shelf"]) == (1, "want")
    for name, rows in read.items():
        assert rows == [as_cells(row) for row in kept[name.removesuffix(".csv")]], name
    assert len(read) == len(kept) - 3  # format, version and person are no tables


def test_it_has_nothing_of_anybody_elses(ann):
    other = Person.objects.create()
    item = Item.objects.create(title="Other's secret")
    services.rate_item(other, item, stars=1)
    writing.write_review(other, item, text="mine alone")
    made = writing.make_list(other, ListWords(title="theirs"))
    writing.add_to_list(other, made.pk, item)
    assert "secret" not in json.dumps(document(ann))
    assert "secret" not in str(tables(ann))
    stranger = Client()
    assert all(rows == [] for rows in tables(stranger).values())
    assert document(stranger)["person"] == {}
    assert b"nothing yet" in stranger.get("/my/export/").content
    assert b"Reviews" in ann.get("/my/export/").content


def test_a_download_is_a_private_attachment(ann):
    for name in ("zip", "json"):
        response = ann.get(f"/my/export/everything.{name}")
        body(response)
        assert response["Cache-Control"] == "private, no-store"
        assert response["Content-Disposition"].startswith('attachment; filename="')
        assert response["Content-Disposition"].endswith(f'.{name}"')


def test_a_long_history_is_sent_in_pieces_and_whole(ann, django_assert_max_num_queries):
    person = Person.objects.get()
    items = Item.objects.bulk_create(Item(title=f"Book {n}") for n in range(BATCH + 20))
    person.shelf_entries.all().delete()
    person.shelf_entries.bulk_create(
        person.shelf_entries.model(person=person, item=item, shelf="done") for item in items
    )
    with django_assert_max_num_queries(31):
        assert len(tables(ann)["shelves.csv"]) == BATCH + 20
    pieces = list(ann.get("/my/export/everything.json").streaming_content)
    assert len(pieces) > BATCH


@given(st.text(max_size=40) | st.from_regex(r"['=+\-@\t\r]{1,3}.*", fullmatch=True))
def test_no_text_is_a_formula_and_every_text_comes_back(text):
    cell = csv_cell(text)
    assert cell[:1] not in ("=", "+", "-", "@", "\t", "\r")
    kept = clean(text)
    written = io.StringIO()
    csv.writer(written).writerow([csv_cell(kept), "x"])
    back = next(csv.reader(io.StringIO(written.getvalue(), newline="")))
    assert parse_text(back[0]) == kept
