"""My privacy: what is kept is said, switches hold at once, and what is deleted is gone."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog import kept, privacy, services
from catalog.models import Item, ItemView, Person, Rating, ShelfEntry, User
from catalog.own import writing
from catalog.private import Receipt
from recommendations.models import ModelRun
from recommendations.receipts import traces_of

pytestmark = pytest.mark.django_db
PASSWORD = "a-quiet-lighthouse-42"
PRIVACY = "/my/privacy/"


@pytest.fixture
def emma():
    return Item.objects.create(title="Emma")


@pytest.fixture
def ann():
    user = User.objects.create_user("ann", email="ann@example.com", password=PASSWORD)
    return Person.objects.create(user=user)


def client_of(person):
    client = Client()
    client.force_login(person.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def sign_in(name="ann"):
    client = Client()
    client.post(reverse("account_login"), {"login": name, "password": PASSWORD})
    return client


def counts(item):
    item.refresh_from_db()
    return item.rating_count, item.half_star_sum, item.view_count


# --- the page -------------------------------------------------------------------------------------
def test_looking_at_the_page_makes_nobody(client):
    page = client.get(PRIVACY)
    assert page.status_code == 200
    assert "no-cache" in page["Cache-Control"]
    assert Person.objects.count() == 0


def test_the_page_says_how_much_there_is_of_ones_own(ann, emma):
    services.rate_item(ann, emma, stars=4)
    other = Person.objects.create()
    services.rate_item(other, emma, stars=2)
    rows = {row.kind.name: row.count for row in client_of(ann).get(PRIVACY).context["rows"]}
    assert rows["ratings"] == 1
    assert rows["views"] == 0


def test_the_page_costs_as_many_queries_whatever_there_is(ann, emma, django_assert_max_num_queries):
    client = client_of(ann)
    for n in range(30):
        services.rate_item(ann, Item.objects.create(title=f"Item {n}"), stars=3)
    with django_assert_max_num_queries(24):
        client.get(PRIVACY)


def test_every_table_that_points_at_a_person_is_named_on_the_page():
    """What is not a kind of its own goes with one: a report about a person, a block of them."""
    named = {(kind.model, kind.person) for kind in kept.kinds()}
    pointing = {
        (model, field.name)
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if getattr(field, "related_model", None) is Person and field.concrete
    }
    by_others = {("Block", "blocked"), ("Report", "about"), ("TrustCase", "person")}
    by_others |= {("OutsidePerson", "person")}  # who a person of a service is, and nothing else
    missing = {(model.__name__, name) for model, name in pointing - named} - by_others
    assert missing == set()


def test_switches_are_saved_and_shown(client):
    client.post(PRIVACY, {"recording": "no-views", "is_private": "on", "shows_ratings": "on"})
    person = Person.objects.get()
    assert (person.is_paused, person.is_stopped) == (True, False)
    assert person.is_private
    assert person.shows_ratings
    assert not person.shows_lists
    form = client.get(PRIVACY).context["form"]
    assert form.initial["recording"] == "no-views"


def test_a_form_without_a_choice_changes_nothing(client):
    client.post(PRIVACY, {"recording": "all"})
    page = client.post(PRIVACY, {"recording": "whatever", "is_private": "on"})
    assert page.status_code == 200
    assert not Person.objects.get().is_private


# --- what is recorded -----------------------------------------------------------------------------
def test_while_views_are_paused_they_are_not_recorded(client, emma):
    client.post(PRIVACY, {"recording": "no-views"})
    client.post(f"/items/{emma.pk}/view/")
    client.post(f"/items/{emma.pk}/rate/", {"stars": "4"})
    assert (ItemView.objects.count(), Rating.objects.count()) == (0, 1)


def test_while_all_is_stopped_nothing_is_and_people_are_told(client, emma):
    client.post(f"/items/{emma.pk}/rate/", {"stars": "4"})
    client.post(PRIVACY, {"recording": "nothing"})
    client.post(f"/items/{emma.pk}/view/")
    client.post(f"/items/{emma.pk}/shelf/", {"shelf": "done"})
    page = client.post(f"/items/{emma.pk}/rate/", {"stars": "1"}, follow=True)
    assert "Nothing is recorded, as you asked" in page.content.decode()
    assert (ItemView.objects.count(), ShelfEntry.objects.count()) == (0, 0)
    assert Rating.objects.get().half_stars == 8
    client.post(f"/items/{emma.pk}/rate/", {"stars": ""})
    assert Rating.objects.count() == 0


# --- what counts ----------------------------------------------------------------------------------
def test_becoming_private_takes_one_out_of_all_counts_and_back_again(ann, emma):
    services.rate_item(ann, emma, stars=4)
    services.record_view(ann, emma)
    services.rate_item(Person.objects.create(), emma, stars=1)
    assert counts(emma) == (2, 10, 1)
    privacy.choose(ann, is_private=True)
    assert counts(emma) == (1, 2, 0)
    services.rate_item(ann, emma, stars=5)
    assert counts(emma) == (1, 2, 0)
    privacy.choose(ann, is_private=False)
    assert counts(emma) == (2, 12, 1)


def test_one_rating_can_be_private(ann, emma):
    services.rate_item(ann, emma, stars=4)
    client = client_of(ann)
    address = reverse("catalog:keep_private", args=["rating", emma.pk])
    client.post(address, {"private": "1"})
    assert counts(emma) == (0, 0, 0)
    client.post(address, {"private": "1"})
    assert counts(emma) == (0, 0, 0)
    client.post(address, {"private": "0"})
    assert counts(emma) == (1, 8, 0)


def test_nobody_makes_the_rating_of_another_private(ann, emma, client):
    services.rate_item(ann, emma, stars=4)
    address = reverse("catalog:keep_private", args=["rating", emma.pk])
    assert client.post(address, {"private": "1"}).status_code == 404
    ben = Person.objects.create(user=User.objects.create_user("ben"))
    assert client_of(ben).post(address, {"private": "1"}).status_code == 404
    assert counts(emma) == (1, 8, 0)


def test_an_undone_removal_keeps_a_private_rating_private(ann, emma):
    rating = services.rate_item(ann, emma, stars=4)
    privacy.keep_private(rating, is_private=True)
    client = client_of(ann)
    page = client.post(f"/my/remove/ratings/{emma.pk}/", follow=True).content.decode()
    token = page.partition('name="token" value="')[2].partition('"')[0]
    client.post("/my/undo/", {"token": token})
    assert Rating.objects.get().is_private
    assert counts(emma) == (0, 0, 0)


def test_what_a_visitor_asked_for_holds_after_signing_in(ann, emma):
    services.rate_item(ann, emma, stars=1)
    client = Client()
    client.post(f"/items/{emma.pk}/rate/", {"stars": "4"})
    client.post(PRIVACY, {"recording": "all", "is_private": "on", "is_unpersonalised": "on"})
    assert counts(emma) == (1, 2, 0)
    client.post(reverse("account_login"), {"login": "ann", "password": PASSWORD})
    ann.refresh_from_db()
    assert ann.is_private
    assert ann.is_unpersonalised
    assert Rating.objects.get().half_stars == 8
    assert counts(emma) == (0, 0, 0)


def test_the_admin_changes_switches_with_the_counts(ann, emma, admin_client):
    services.rate_item(ann, emma, stars=4)
    fields = {"name": "Ann", "is_private": "on"}
    admin_client.post(f"/admin/catalog/person/{ann.pk}/change/", fields)
    ann.refresh_from_db()
    assert (ann.is_private, ann.name) == (True, "Ann")
    assert counts(emma) == (0, 0, 0)


# --- deleting -------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["ratings", "views", "shelves", "lists", "reviews"])
def test_one_kind_is_deleted_at_once_and_nothing_else(ann, emma, kind):
    services.rate_item(ann, emma, stars=4)
    services.record_view(ann, emma)
    services.shelve_item(ann, emma, shelf="done")
    writing.make_list(ann, writing.ListWords(title="Mine"))
    writing.write_review(ann, emma, text="Good.")
    other = Person.objects.create()
    services.rate_item(other, emma, stars=1)
    client = client_of(ann)
    address = reverse("catalog:delete_kind", args=[kind])
    assert client.get(address).status_code == 200
    assert all(k.count(ann) == 1 for k in kept.kinds() if k.name in kind)
    receipt = client.post(address, follow=True)
    assert receipt.context["receipt"].counts == {kind: 1}
    left = {k.name: k.count(ann) for k in kept.kinds()}
    names = ("ratings", "views", "shelves", "lists", "reviews")
    assert {name: left[name] for name in names} == {name: int(name != kind) for name in names}
    ratings = 1 if kind == "ratings" else 2
    assert counts(emma)[0] == ratings
    assert counts(emma)[2] == (0 if kind == "views" else 1)


def test_an_unknown_kind_is_not_there(client):
    assert client.get("/my/privacy/delete/thoughts/").status_code == 404


def test_a_visitor_deletes_everything(client, emma):
    client.post(f"/items/{emma.pk}/rate/", {"stars": "4"})
    assert "Ratings: 1" in client.get("/my/privacy/delete/").content.decode()
    page = client.post("/my/privacy/delete/", follow=True)
    assert "Ratings: 1" in page.content.decode()
    assert Person.objects.count() == 0
    assert counts(emma) == (0, 0, 0)
    assert client.get("/my/ratings/").status_code == 200


def test_a_member_is_asked_for_their_password_and_then_all_is_gone(ann, emma):
    EmailAddress.objects.create(user=ann.user, email=ann.user.email, verified=True)
    services.rate_item(ann, emma, stars=4)
    elsewhere, client = sign_in(), sign_in()
    page = client.post("/my/privacy/delete/")
    assert page.status_code == 302
    assert page["Location"].startswith(reverse("account_reauthenticate"))
    assert User.objects.exists()
    page = client.post(page["Location"], {"password": "wrong"})
    assert User.objects.exists()
    page = client.post(
        f"{reverse('account_reauthenticate')}?next=/my/privacy/delete/",
        {"password": PASSWORD, "next": "/my/privacy/delete/"},
        follow=True,
    )
    assert "Deleted" in page.content.decode()
    assert not User.objects.exists()
    assert not Person.objects.exists()
    assert not EmailAddress.objects.exists()
    assert counts(emma) == (0, 0, 0)
    assert "_auth_user_id" not in client.session
    assert "_auth_user_id" not in elsewhere.session


def test_someone_elses_things_stay(ann, emma):
    ben = Person.objects.create(user=User.objects.create_user("ben", password=PASSWORD))
    services.rate_item(ben, emma, stars=2)
    services.rate_item(ann, emma, stars=4)
    kept.forget_everything(ann, ann.user)
    assert Person.objects.get() == ben
    assert counts(emma) == (1, 4, 0)


# --- receipts -------------------------------------------------------------------------------------
def run(*, minutes, mode="full", is_live=False, chosen="hybrid"):
    return ModelRun.objects.create(
        trigger="command",
        status="succeeded",
        artifact="run",
        mode=mode,
        chosen=chosen,
        is_live=is_live,
        started_at=timezone.now() + timedelta(minutes=minutes),
    )


def test_a_receipt_says_in_which_model_it_stopped_existing(client):
    old = run(minutes=-9, is_live=True)
    receipt = Receipt.objects.create(counts={"ratings": 3})
    assert (
        "The next training does not read it"
        in client.get(receipt.get_absolute_url()).content.decode()
    )
    traces = traces_of(receipt.deleted_at)
    assert (traces.live, traces.without, traces.anew) == (old, None, None)
    ModelRun.objects.update(is_live=False)
    warm = run(minutes=5, mode="warm", is_live=True)
    traces = traces_of(receipt.deleted_at)
    assert (traces.live, traces.without, traces.anew, traces.kept) == (None, warm, None, 1)
    full = run(minutes=9)
    ModelRun.objects.filter(pk=old.pk).update(artifact="")
    traces = traces_of(receipt.deleted_at)
    assert (traces.without, traces.anew, traces.is_over) == (warm, full, True)
    page = client.get(receipt.get_absolute_url()).content.decode()
    assert f"Model {warm.pk}" in page
    assert f"Model {full.pk} is the first that learned everything anew" in page


def test_the_receipt_of_something_private_says_that_no_model_knew_it(ann, emma, client):
    privacy.choose(ann, is_private=True)
    services.rate_item(ann, emma, stars=4)
    receipt = kept.forget_kind(ann, kept.kind_named("ratings"))
    page = client.get(receipt.get_absolute_url()).content.decode()
    assert "no model ever learned from it" in page
    assert "ann" not in page.partition("<main")[2].partition("</main")[0]
