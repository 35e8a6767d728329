"""The admin: every page opens, in as many queries for many rows, and writes keep counts right."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from catalog import curation, services
from catalog.models import Attribute, Item, ItemView, Person, Rating, ShelfEntry, User

pytestmark = pytest.mark.django_db
MODELS = ("item", "attribute", "person", "rating", "itemview", "shelfentry", "user")


@pytest.fixture
def staff(client):
    client.force_login(User.objects.create_superuser("chief", password="a-long-enough-one"))
    return client


@pytest.fixture
def emma():
    return curation.save_item(
        Item(),
        fields={"title": "Emma", "year": 1815},
        attributes={"authors": ["Jane Austen"], "genres": ["Romance"]},
        outside_ids={"gutenberg": "158"},
    )


@pytest.fixture
def ann(emma):
    person = Person.objects.create(key="ann", name="Ann")
    services.rate_item(person, emma, stars=4)
    services.record_view(person, emma)
    services.shelve_item(person, emma, shelf="done")
    return person


def counts(item):
    return Item.objects.values_list("rating_count", "half_star_sum", "view_count").get(pk=item.pk)


def press(client, model, action, *rows):
    body = {"action": action, "_selected_action": [row.pk for row in rows], "post": "yes"}
    return client.post(reverse(f"admin:catalog_{model}_changelist"), body, follow=True)


@pytest.mark.parametrize("model", MODELS)
def test_every_list_and_page_opens(staff, ann, model):
    listed = staff.get(reverse(f"admin:catalog_{model}_changelist"))
    assert listed.status_code == 200
    row = listed.context["cl"].queryset.first()
    assert staff.get(reverse(f"admin:catalog_{model}_change", args=[row.pk])).status_code == 200
    search = staff.get(reverse(f"admin:catalog_{model}_changelist"), {"q": "emma"})
    assert search.status_code == 200


@pytest.mark.parametrize("model", ["item", "attribute", "rating", "person"])
def test_a_list_of_many_takes_as_many_queries(staff, ann, model):
    address = reverse(f"admin:catalog_{model}_changelist")
    few = count(staff, address)
    for number in range(8):
        item = curation.save_item(
            Item(), fields={"title": f"Book {number}"}, attributes={"genres": [f"Genre {number}"]}
        )
        services.rate_item(Person.objects.create(name=f"P{number}"), item, stars=3)
    assert count(staff, address) == few


def count(client, address):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_members_without_a_staff_flag_stay_outside(client):
    client.force_login(User.objects.create_user("ann"))
    assert client.get(reverse("admin:catalog_item_changelist")).status_code == 302


def test_items_are_found_by_creator_and_by_outside_id(staff, emma):
    Item.objects.create(title="Dracula")
    for words in ("austen", "158", emma.key):
        found = staff.get(reverse("admin:catalog_item_changelist"), {"q": words})
        assert [item.title for item in found.context["cl"].result_list] == ["Emma"]


def test_items_are_withdrawn_and_listed_again(staff, emma):
    press(staff, "item", "withdraw", emma)
    assert Item.objects.get().is_listed is False
    press(staff, "item", "list_again", emma)
    assert Item.objects.get().is_listed is True


def form_of(item, **said):
    """The change form of an item, filled in as it is, but for what is said."""
    links = list(item.item_attributes.all())
    form = {
        "title": item.title,
        "year": item.year,
        "description": "",
        "is_listed": "on",
        "added_at_0": f"{timezone.now():%Y-%m-%d}",
        "added_at_1": "10:00:00",
        "key": item.key,
        "cover_url": "",
        "item_attributes-TOTAL_FORMS": len(links),
        "item_attributes-INITIAL_FORMS": len(links),
        "outside_ids-TOTAL_FORMS": 0,
        "outside_ids-INITIAL_FORMS": 0,
    }
    for place, link in enumerate(links):
        form[f"item_attributes-{place}-id"] = link.pk
        form[f"item_attributes-{place}-item"] = item.pk
        form[f"item_attributes-{place}-attribute"] = link.attribute_id
        form[f"item_attributes-{place}-position"] = place
    return form | said


def test_saving_an_item_refreshes_what_is_found_and_shown(staff, emma):
    author = Attribute.objects.create(kind="authors", name="A. Lady")
    form = form_of(emma, title="Emma, again", **{"item_attributes-0-attribute": author.pk})
    answer = staff.post(reverse("admin:catalog_item_change", args=[emma.pk]), form)
    assert answer.status_code == 302, answer.context["errors"]
    item = Item.objects.get()
    assert (item.title, item.creator_line) == ("Emma, again", "A. Lady")
    assert "lady" in item.search_text
    assert "austen" not in item.search_text


def upload(name, *, size, kind):
    stream = BytesIO()
    Image.new("1", size).save(stream, kind)
    return SimpleUploadedFile(name, stream.getvalue())


def test_a_cover_is_uploaded(staff, emma, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    cover = upload("emma.png", size=(20, 30), kind="PNG")
    address = reverse("admin:catalog_item_change", args=[emma.pk])
    assert staff.post(address, form_of(emma, cover=cover)).status_code == 302
    assert Item.objects.get().cover.width == 20


@pytest.mark.parametrize(
    ("size", "kind", "words"),
    [((6000, 6000), "PNG", "scale it down"), ((20, 30), "TIFF", "save it as one of")],
)
def test_pictures_that_would_weigh_on_pages_are_refused(
    staff, emma, settings, tmp_path, size, kind, words
):
    settings.MEDIA_ROOT = tmp_path
    cover = upload(f"emma.{kind.lower()}", size=size, kind=kind)
    answer = staff.post(
        reverse("admin:catalog_item_change", args=[emma.pk]), form_of(emma, cover=cover)
    )
    assert words in answer.content.decode()
    assert list(tmp_path.iterdir()) == []


def test_renaming_and_removing_an_author_reaches_the_items(staff, emma):
    author = Attribute.objects.get(kind="authors")
    address = reverse("admin:catalog_attribute_change", args=[author.pk])
    assert staff.post(address, {"kind": "authors", "name": "J. Austen"}).status_code == 302
    assert Item.objects.get().creator_line == "J. Austen"
    press(staff, "attribute", "delete_selected", author)
    assert Item.objects.get().creator_line == ""


@pytest.mark.parametrize(("kind", "name"), [("title", "x"), ("imdb_id", "x"), ("tags", "a|b")])
def test_attributes_that_no_data_set_could_hold_are_refused(staff, kind, name):
    answer = staff.post(reverse("admin:catalog_attribute_add"), {"kind": kind, "name": name})
    assert answer.status_code == 200
    assert not Attribute.objects.exists()


@pytest.mark.parametrize("model", ["rating", "itemview", "shelfentry"])
def test_what_people_did_cannot_be_made_up(staff, ann, model):
    assert staff.get(reverse(f"admin:catalog_{model}_add")).status_code == 403
    row = {"rating": Rating, "itemview": ItemView, "shelfentry": ShelfEntry}[model].objects.get()
    address = reverse(f"admin:catalog_{model}_change", args=[row.pk])
    assert staff.post(address, {"half_stars": 1}).status_code == 403


def test_removed_events_leave_the_counts(staff, ann, emma):
    assert counts(emma) == (1, 8, 1)
    press(staff, "rating", "delete_selected", *Rating.objects.all())
    press(staff, "itemview", "delete_selected", *ItemView.objects.all())
    assert counts(emma) == (0, 0, 0)


def test_removed_people_leave_the_counts(staff, ann, emma):
    press(staff, "person", "delete_selected", ann)
    assert counts(emma) == (0, 0, 0)


def test_removed_accounts_leave_the_counts(staff, ann, emma):
    ann.user = User.objects.create_user("ann")
    ann.save()
    press(staff, "user", "delete_selected", ann.user)
    assert counts(emma) == (0, 0, 0)
    assert not Person.objects.filter(pk=ann.pk).exists()


def test_accounts_are_made_here(staff):
    form = {"username": "bob", "password1": "a-long-enough-one", "password2": "a-long-enough-one"}
    form["usable_password"] = "true"
    assert staff.post(reverse("admin:catalog_user_add"), form).status_code == 302
    assert User.objects.get(username="bob").check_password("a-long-enough-one")
