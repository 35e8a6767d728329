"""An archive meets the catalogue: what is found and why, what is written, and how it is undone."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from catalog import services
from catalog.arriving import taking, waiting
from catalog.arriving.matching import Match, match
from catalog.arriving.models import Arrival, ArrivalRow
from catalog.arriving.receiving import receive
from catalog.arriving.rows import ArrivedRow
from catalog.models import Item, OutsideId, Person, Rating, User
from tests.catalog.arriving.archives import LETTERBOXD, zipped

pytestmark = pytest.mark.django_db
How, Outcome = ArrivalRow.How, ArrivalRow.Outcome
BEFORE = datetime(2020, 1, 1, tzinfo=UTC)


def item(title: str, year: int | None = None, creators: str = "") -> Item:
    made = Item.objects.create(title=title, year=year, creator_line=creators)
    services.refresh_item_text(made)
    Item.objects.filter(pk=made.pk).update(creator_line=creators)
    return made


@pytest.fixture
def films() -> dict[str, Item]:
    named = (("Heat", 1995), ("Matrix, The", 1999), ("Amélie (Fabuleux destin, Le)", 2001))
    return {title: item(title, year) for title, year in (*named, ("Alien", 1979))}


@pytest.fixture
def person() -> Person:
    return Person.objects.create(user=User.objects.create(username="ann"))


def brought(person: Person, files: dict[str, str] = LETTERBOXD) -> Arrival:
    content = zipped(files)
    return receive(person, io.BytesIO(content), name="letterboxd.zip", size=len(content))


def table(person: Person, text: str) -> Arrival:
    return receive(person, io.BytesIO(text.encode()), name="a.csv", size=len(text))


def taken(arrival: Arrival, policy: str = "newer") -> Arrival:
    assert taking.begin(arrival, policy=policy)
    taking.take_in(arrival)
    return arrival


def stars_of(person: Person) -> dict[str, float]:
    return {row.item.title: row.stars for row in person.ratings.select_related("item")}


def ratings_of(person: Person) -> set[tuple[object, ...]]:
    return set(person.ratings.values_list("item", "half_stars", "rated_at"))


def shelves_of(person: Person) -> set[tuple[object, ...]]:
    return set(person.shelf_entries.values_list("item", "shelf", "shelved_at"))


def found(**said: object) -> Match | None:
    return match([ArrivedRow(file="", line=1, **said)])[0]  # type: ignore[arg-type]


def test_every_way_of_finding_says_how_it_was() -> None:
    heat, emma = item("Heat", 1995), item("Emma", 1815, "Jane Austen")
    item("Emma", 1996, "Douglas McGrath")
    OutsideId.objects.create(item=heat, source="imdb", value="0113277")
    assert found(title="?", outside={"imdb": "tt0113277"}) == (heat.pk, How.OUTSIDE, None)
    assert found(title="heat", year=1995) == (heat.pk, How.TITLE_YEAR, None)
    assert found(title="Emma", year=2003, creators="Austen, Jane") == (
        emma.pk, How.TITLE_CREATOR, None,
    )  # fmt: skip
    assert found(title="Heat", year=1996) == (heat.pk, How.NEAR_YEAR, None)
    assert found(title="Heat") == (heat.pk, How.TITLE, None)
    prison = item("The Shawshank Redemption", 1994)
    alike = found(title="Shawshenk Redemption", year=1994)
    assert alike is not None
    assert (alike.item, alike.how) == (prison.pk, How.ALIKE)
    assert found(title="Heat; or, the Chase", year=1995) == (heat.pk, How.ALIKE, None)
    assert found(title="Heat; or, the Chase", year=1994) is None
    assert found(title="Heat", year=1986) is None
    assert found(title="Casablanca", year=1942) is None


def test_a_withdrawn_item_is_not_found() -> None:
    Item.objects.create(title="Heat", year=1995, is_listed=False)
    assert found(title="Heat", year=1995) is None


def test_a_preview_changes_nothing(films: dict[str, Item], person: Person) -> None:
    arrival = brought(person)
    assert (arrival.rows_read, arrival.rows.count()) == (9, 5)
    assert sum(len(row.origins) for row in arrival.rows.all()) == arrival.rows_read
    assert not person.ratings.exists()
    assert arrival.rows.get(title="A Film That Nobody Has").item is None


def test_what_is_taken_in_is_written_with_its_dates_and_counts(
    films: dict[str, Item], person: Person
) -> None:
    arrival = taken(brought(person))
    assert arrival.status == Arrival.Status.TAKEN
    assert stars_of(person) == {
        "Heat": 4.5, "Matrix, The": 5, "Amélie (Fabuleux destin, Le)": 3,
    }  # fmt: skip
    heat = films["Heat"]
    heat.refresh_from_db()
    assert (heat.rating_count, heat.half_star_sum) == (1, 9)
    assert person.ratings.get(item=heat).rated_at == datetime(2024, 3, 2, 12, tzinfo=UTC)
    assert person.shelf_entries.get(item=films["Alien"]).shelf == "want"
    review = person.reviews.get(item=heat)
    assert (review.text, review.is_public) == ('Cold, blue,\nand "long".', False)
    outcomes = {row.title: row.outcome for row in arrival.rows.all()}
    assert outcomes["A Film That Nobody Has"] == Outcome.UNMATCHED


@pytest.mark.parametrize(("policy", "stars"), [("newer", 4.5), ("mine", 1), ("theirs", 4.5)])
def test_the_policy_decides_what_stands(
    films: dict[str, Item], person: Person, policy: str, stars: float
) -> None:
    services.rate_item(person, films["Heat"], stars=1, at=BEFORE)
    taken(brought(person), policy)
    assert stars_of(person)["Heat"] == stars


def test_what_was_done_here_later_stands_unless_told_otherwise(
    films: dict[str, Item], person: Person
) -> None:
    services.rate_item(person, films["Heat"], stars=1)
    arrival = taken(brought(person))
    assert stars_of(person)["Heat"] == 1
    assert table(person, "title,year,stars\nHeat,1995,1\n").rows.get().item == films["Heat"]
    assert arrival.rows.get(title="Heat").outcome == Outcome.TAKEN  # its shelf and review were


def test_undoing_puts_everything_back_as_it_was(films: dict[str, Item], person: Person) -> None:
    services.rate_item(person, films["Heat"], stars=1, at=BEFORE)
    services.shelve_item(person, films["Alien"], shelf="doing", at=BEFORE)
    arrival = taken(brought(person), "theirs")
    taking.undo(arrival)
    assert stars_of(person) == {"Heat": 1}
    assert person.ratings.get().rated_at == BEFORE
    assert [entry.shelf for entry in person.shelf_entries.all()] == ["doing"]
    assert not person.reviews.exists()
    films["Matrix, The"].refresh_from_db()
    assert films["Matrix, The"].rating_count == 0
    assert arrival.status == Arrival.Status.UNDONE


def test_undoing_leaves_what_was_changed_since(films: dict[str, Item], person: Person) -> None:
    arrival = taken(brought(person))
    services.rate_item(person, films["Heat"], stars=2)
    taking.undo(arrival)
    assert stars_of(person) == {"Heat": 2}
    assert arrival.rows.get(title="Heat").outcome == Outcome.LEFT


def test_work_that_was_cut_off_goes_on_and_nothing_is_done_twice(
    films: dict[str, Item], person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "CHUNK", 2)
    arrival = brought(person)
    assert taking.begin(arrival, policy="newer")
    assert taking.take_chunk(arrival) == 2
    taking.take_in(arrival)
    taking.take_in(arrival)
    assert Rating.objects.count() == 3
    films["Heat"].refresh_from_db()
    assert films["Heat"].rating_count == 1


def test_one_import_at_a_time(films: dict[str, Item], person: Person) -> None:
    first, second = brought(person), None
    assert taking.begin(first, policy="newer")
    second = brought(person)
    assert not taking.begin(second, policy="newer")
    assert not taking.begin(first, policy="newer")


def test_a_row_waits_until_its_item_is_added(films: dict[str, Item], person: Person) -> None:
    arrival = taken(brought(person))
    assert waiting.match_waiting() == 0
    late = item("A Film That Nobody Has", 2011)
    assert waiting.match_waiting() == 1
    assert person.ratings.get(item=late).stars == 2
    assert arrival.rows.get(title="A Film That Nobody Has").outcome == Outcome.TAKEN


def test_an_import_that_was_begun_and_forgotten_is_ended(
    films: dict[str, Item], person: Person
) -> None:
    arrival = brought(person)
    assert taking.begin(arrival, policy="newer")
    Arrival.objects.filter(pk=arrival.pk).update(taken_at=BEFORE)
    assert waiting.end_what_is_late() == 1
    assert person.ratings.count() == 3


def test_a_hundred_rows_take_no_more_queries_than_ten(
    person: Person, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(100):
        item(f"Film {number} of many", 1990)
    text = "title,year,stars\n" + "".join(f"Film {n} of many,1990,4\n" for n in range(100))
    with django_assert_max_num_queries(12):
        arrival = table(person, text)
    with django_assert_max_num_queries(40):
        taken(arrival)
    assert person.ratings.count() == 100


def upload(client: Client, content: bytes, name: str = "letterboxd.zip") -> str:
    file = SimpleUploadedFile(name, content)
    return client.post(reverse("catalog:bring"), {"file": file}, follow=True).text


def test_a_visitor_brings_decides_corrects_and_undoes(
    client: Client, films: dict[str, Item]
) -> None:
    other = item("Some Other Film", 2012)
    page = upload(client, zipped(LETTERBOXD))
    assert "9 rows of Letterboxd" in page
    arrival = Arrival.objects.get()
    row = arrival.rows.get(title="A Film That Nobody Has")
    choose = reverse("catalog:choose_import", args=[arrival.pk, row.number])
    assert "Some Other Film" in client.get(choose, {"q": "some other"}).text
    client.post(choose, {"item": other.pk})
    alien = arrival.rows.get(title="Alien")
    client.post(reverse("catalog:choose_import", args=[arrival.pk, alien.number]), {"item": "skip"})
    page = client.post(reverse("catalog:take_import", args=[arrival.pk]), follow=True).text
    assert "Undo this import" in page
    person = arrival.person
    assert stars_of(person)["Some Other Film"] == 2
    assert not person.shelf_entries.filter(item=films["Alien"]).exists()
    client.post(reverse("catalog:undo_import", args=[arrival.pk]))
    assert not person.ratings.exists()


def test_a_refused_file_is_told_of_and_nothing_is_kept(client: Client) -> None:
    assert "is empty; export it again" in upload(client, b"", "a.csv")
    assert "holds no ratings" in upload(client, b"colour\nred\n", "a.csv")
    assert not Arrival.objects.exists()


def test_nobody_sees_or_changes_another_s_import(client: Client, person: Person) -> None:
    arrival = brought(person)
    upload(client, zipped(LETTERBOXD))
    for name in ("take_import", "undo_import", "forget_import"):
        assert client.post(reverse(f"catalog:{name}", args=[arrival.pk])).status_code == 404
    assert client.get(reverse("catalog:my_import", args=[arrival.pk])).status_code == 404
    assert client.get(reverse("catalog:choose_import", args=[arrival.pk, 0])).status_code == 404
    arrival.refresh_from_db()
    assert arrival.status == Arrival.Status.PREVIEW


def test_uploads_are_gone_when_they_are_read(
    client: Client, films: dict[str, Item], tmp_path: Path, settings: object
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)  # type: ignore[attr-defined]
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 10  # type: ignore[attr-defined]
    upload(client, zipped(LETTERBOXD))
    assert list(tmp_path.iterdir()) == []


def test_what_a_visitor_brought_is_the_member_s_and_can_still_be_undone(
    films: dict[str, Item], person: Person
) -> None:
    visitor = Person.objects.create(session_key="visitor")
    arrival = taken(brought(visitor))
    services.adopt_visitor(visitor, member=person)
    arrival = Arrival.objects.get(pk=arrival.pk)
    assert arrival.person == person
    taking.undo(arrival)
    assert not person.ratings.exists()


def test_what_this_site_exports_it_takes_in_again(
    client: Client, films: dict[str, Item], person: Person
) -> None:
    OutsideId.objects.create(item=films["Heat"], source="ours", value="h-1")
    services.rate_item(person, films["Heat"], stars=4.5, at=BEFORE)
    services.rate_item(person, films["Alien"], stars=0.5, at=BEFORE)
    services.shelve_item(person, films["Alien"], shelf="doing", at=BEFORE)
    services.record_view(person, films["Alien"], at=BEFORE)
    assert person.user is not None
    client.force_login(person.user)
    exported = client.get(reverse("catalog:csv_download"))
    content = b"".join(exported.streaming_content)  # type: ignore[attr-defined]
    other = Person.objects.create(user=User.objects.create(username="ben"))
    arrival = receive(other, io.BytesIO(content), name="own.zip", size=len(content))
    assert not arrival.rows.filter(outcome=Outcome.REFUSED).exists()
    assert arrival.rows.get(item=films["Heat"]).how == How.OUTSIDE
    taken(arrival)
    assert ratings_of(other) == ratings_of(person)
    assert shelves_of(other) == shelves_of(person)
    again = receive(other, io.BytesIO(content), name="own.zip", size=len(content))
    taken(again)
    assert {row.outcome for row in again.rows.all()} == {Outcome.SAME}


def test_parts_of_a_series_and_short_titles_are_not_taken_for_one_another() -> None:
    for title, year in (("Toy Story 3: The Great Day", 2010), ("The Host", 2006)):
        Item.objects.create(title=title, year=year)
    works = [wanted("Toy Story 2: The Great Day", 2010), wanted("The Ghost", 2006)]
    assert match(works) == [None, None]


def test_where_a_weak_sign_fits_two_items_neither_is_guessed() -> None:
    for year in (2007, 2009):
        Item.objects.create(title="The Class", year=year)
    assert match([wanted("The Class", 2008), wanted("The Class", None)]) == [None, None]
    for title in ("The Long Good Friday Night", "The Long Good Fridays Night"):
        Item.objects.create(title=title, year=1980)
    assert match([wanted("The Long Good Fridayz Night", 1980)]) == [None]


def wanted(title: str, year: int | None) -> ArrivedRow:
    return ArrivedRow("a.csv", 2, title, year)
