"""What imports owe their owner and the site: what would change, what was asked for, and room."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from celery import current_app
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from catalog import services
from catalog.arriving import taking, waiting
from catalog.arriving.archives import MAX_UPLOAD
from catalog.arriving.models import Arrival
from catalog.arriving.outlook import outlook
from catalog.arriving.receiving import receive
from catalog.models import Item, Person, Rating, ShelfEntry, User
from tests.catalog.arriving.test_taking import BEFORE, brought, films, person, taken
from tests.catalog.datasets import command

__all__ = ["films", "person"]
pytestmark = pytest.mark.django_db


def table(person: Person, text: str) -> Arrival:
    return receive(person, io.BytesIO(text.encode()), name="a.csv", size=len(text))


def everything(person: Person) -> dict[tuple[str, int], object]:
    """All that somebody did, by kind and item."""
    ratings = {("rating", row.item_id): row.half_stars for row in person.ratings.all()}
    return ratings | {("shelf", row.item_id): row.shelf for row in person.shelf_entries.all()}


@pytest.mark.parametrize("policy", ["newer", "mine", "theirs"])
def test_the_outlook_says_what_taking_in_then_does(
    films: dict[str, Item], person: Person, policy: str
) -> None:
    services.rate_item(person, films["Heat"], stars=1, at=BEFORE)
    services.rate_item(person, films["Matrix, The"], stars=1)
    services.shelve_item(person, films["Alien"], shelf="doing")
    before = everything(person)
    arrival = brought(person)
    said = outlook(arrival)[policy]
    taken(arrival, policy)
    after = everything(person)
    assert said["new"] == len(after.keys() - before.keys())
    assert said["changed"] == sum(1 for key in before if before[key] != after[key])
    assert said["new"] > 0
    assert said["changed"] + said["kept"] == 3


def test_a_preview_shows_what_one_has_here_in_few_queries(
    client: Client, person: Person, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    assert person.user is not None
    client.force_login(person.user)
    for number in range(60):
        made = Item.objects.create(title=f"Film {number} of many", year=1990)
        services.shelve_item(person, made, shelf="doing")
    text = "title,year,stars,review\n" + "".join(
        f"Film {number} of many,1990,4,Good\n" for number in range(60)
    )
    arrival = table(person, text)
    with django_assert_max_num_queries(18):
        page = client.get(reverse("catalog:my_import", args=[arrival.pk])).text
    assert page.count("You have here:") == 50


def test_nothing_is_recorded_of_whoever_asked_for_that(
    client: Client, films: dict[str, Item], person: Person
) -> None:
    assert person.user is not None
    client.force_login(person.user)
    arrival = brought(person)
    Person.objects.filter(pk=person.pk).update(is_paused=True, is_stopped=True)
    page = client.post(reverse("catalog:take_import", args=[arrival.pk]), follow=True).text
    assert "Nothing is recorded, as you asked" in page
    assert not Rating.objects.exists()
    Arrival.objects.filter(pk=arrival.pk).update(status=Arrival.Status.WAITING)
    taking.take_in(arrival)
    assert not Rating.objects.exists()
    assert not ShelfEntry.objects.exists()


def test_imports_wait_in_a_queue_of_their_own() -> None:
    for name in (waiting.TASK, waiting.LOOK_AFTER):
        assert current_app.amqp.router.route({}, name)["queue"].name == "import"


def test_a_data_set_that_brings_an_item_takes_in_what_waits_for_it(
    person: Person, tmp_path: Path
) -> None:
    taken(table(person, "title,year,stars\nA Late Film,2011,4\n"))
    (tmp_path / "items.csv").write_text("item_id,title,year\nl,A Late Film,2011\n")
    (tmp_path / "interactions.csv").write_text("user_id,item_id,rating,timestamp\n")
    said, _refused = command(tmp_path)
    assert "1 rows that people had brought" in said
    assert person.ratings.get().stars == 4


def test_an_item_that_is_added_in_the_admin_takes_in_what_waits_for_it(
    admin_client: Client, person: Person, settings: Settings, django_capture_on_commit_callbacks
) -> None:
    settings.CELERY_BROKER_URL = ""  # so that it is done here and now
    taken(table(person, "title,year,stars\nA Late Film,2011,4\n"))
    empty = {
        f"{form}-{field}": "0"
        for form in ("item_attributes", "outside_ids")
        for field in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    fields = {"title": "A Late Film", "year": "2011", "key": "late", "is_listed": "on"}
    fields |= {"added_at_0": "2024-01-01", "added_at_1": "12:00:00"}
    with django_capture_on_commit_callbacks(execute=True):
        sent = admin_client.post(reverse("admin:catalog_item_add"), fields | empty)
    assert sent.status_code == 302
    assert person.ratings.get().stars == 4


def test_a_body_that_is_too_large_is_refused_unread(client: Client) -> None:
    address = reverse("catalog:bring")
    sent = client.generic("POST", address, b"x", CONTENT_LENGTH=str(2 * MAX_UPLOAD))
    assert sent.status_code == 422
    assert "The file is larger than 30 MB" in sent.text


def test_a_form_of_another_site_is_refused() -> None:
    file = SimpleUploadedFile("a.csv", b"title,stars\nHeat,4\n")
    sent = Client(enforce_csrf_checks=True).post(reverse("catalog:bring"), {"file": file})
    assert sent.status_code == 403
    assert not User.objects.exists()


def test_undoing_says_what_it_left(client: Client, films: dict[str, Item], person: Person) -> None:
    assert person.user is not None
    client.force_login(person.user)
    arrival = taken(brought(person))
    services.rate_item(person, films["Heat"], stars=2)
    page = client.post(reverse("catalog:undo_import", args=[arrival.pk]), follow=True).text
    assert "is undone, but for 1 that you changed since" in page
