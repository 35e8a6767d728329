"""The API: anybody reads items, people reach their own rows alone, staff change items."""

import json

import pytest
from django.core.cache import caches
from rest_framework.test import APIClient

from catalog import curation, services
from catalog.models import Item, ItemView, Person, Rating, ShelfEntry, User
from tests.tokens import secret_of

pytestmark = pytest.mark.django_db
NUL = "\0"


@pytest.fixture(autouse=True)
def no_throttle_left_over():
    caches["default"].clear()


def new_item(title, **more):
    fields = {name: more.pop(name) for name in ("year", "is_listed", "description") if name in more}
    return curation.save_item(Item(), fields={"title": title, **fields}, attributes=more)


@pytest.fixture
def emma():
    return new_item("Emma", year=1815, authors=["Jane Austen"], genres=["Romance", "Comedy"])


@pytest.fixture
def dracula():
    return new_item("Dracula", year=1897, authors=["Bram Stoker"], genres=["Horror"])


def client_of(name, **flags):
    user = User.objects.create_user(name, password="a-long-enough-one", **flags)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {secret_of(user)}")
    client.user = user
    return client


@pytest.fixture
def ann():
    return client_of("ann")


@pytest.fixture
def bob():
    return client_of("bob")


@pytest.fixture
def staff():
    return client_of("staff", is_staff=True)


def titles(answer):
    assert answer.status_code == 200, answer.content
    return [item["title"] for item in answer.json()["results"]]


# --- items ---------------------------------------------------------------------------------------
def test_anybody_lists_what_is_listed(client, emma, dracula):
    new_item("Withdrawn", is_listed=False)
    assert set(titles(client.get("/api/v1/items/"))) == {"Emma", "Dracula"}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=austen", ["Emma"]),
        ("genre=Horror", ["Dracula"]),
        ("attribute=authors:Bram Stoker", ["Dracula"]),
        ("attribute=authors:Jane Austen|genres:Comedy", ["Emma"]),
        ("attribute=authors:Jane Austen|genres:Horror", []),
        ("year_min=1850", ["Dracula"]),
        ("year_max=1850", ["Emma"]),
        ("ordering=title", ["Dracula", "Emma"]),
        ("ordering=-year", ["Dracula", "Emma"]),
        ("ordering=year", ["Emma", "Dracula"]),
        ("q=horror romance", []),
        ("page_size=1&ordering=title", ["Dracula"]),
    ],
)
def test_lists_are_searched_narrowed_down_and_ordered(client, emma, dracula, query, found):
    assert titles(client.get(f"/api/v1/items/?{query}")) == found


def test_an_item_is_shown_whole(client, emma):
    curation.save_item(emma, fields={}, outside_ids={"gutenberg": "158"})
    shown = client.get(f"/api/v1/items/{emma.pk}/").json()
    assert shown["attributes"] == {"authors": ["Jane Austen"], "genres": ["Romance", "Comedy"]}
    assert shown["creators"] == "Jane Austen"
    assert shown["outside_ids"] == {"gutenberg": "158"}


def test_a_withdrawn_item_is_found_by_staff_alone(client, ann, staff):
    gone = new_item("Gone", is_listed=False)
    assert client.get(f"/api/v1/items/{gone.pk}/").status_code == 404
    assert ann.get(f"/api/v1/items/{gone.pk}/").status_code == 404
    assert staff.get(f"/api/v1/items/{gone.pk}/").json()["title"] == "Gone"


def test_staff_add_change_and_withdraw_items(client, staff):
    said = {"title": "Persuasion", "year": 1817, "attributes": {"authors": ["Jane Austen"]}}
    made = staff.post("/api/v1/items/", said, format="json")
    assert made.status_code == 201
    address = f"/api/v1/items/{made.json()['id']}/"
    assert titles(client.get("/api/v1/items/?q=austen")) == ["Persuasion"]

    changed = staff.patch(address, {"attributes": {"authors": ["J. Austen"]}}, format="json")
    assert changed.json()["attributes"] == {"authors": ["J. Austen"]}
    assert changed.json()["title"] == "Persuasion"
    assert titles(client.get("/api/v1/items/?q=jane")) == []

    assert staff.delete(address).status_code == 204
    assert client.get(address).status_code == 404
    assert Item.objects.get().is_listed is False


@pytest.mark.parametrize(
    "said",
    [
        {"title": ""},
        {"title": "A\0B"},
        {"title": "x" * 501},
        {"title": "A", "year": 99999},
        {"title": "A", "cover_url": "javascript:alert(1)"},
        {"title": "A", "attributes": {"title": ["x"]}},
        {"title": "A", "attributes": {"Bad kind": ["x"]}},
        {"title": "A", "attributes": {"genres": ["a|b"]}},
        {"title": "A", "attributes": {"genres": ["a\0b"]}},
        {"title": "A", "attributes": {"genres": "x"}},
        {"title": "A", "attributes": None},
        {"title": "A", "outside_ids": {"imdb": ["x"]}},
        [],
        "text",
        7,
        None,
    ],
)
def test_bad_items_are_refused_and_never_an_error(staff, said):
    answer = staff.post("/api/v1/items/", json.dumps(said), content_type="application/json")
    assert answer.status_code == 400, answer.content
    assert not Item.objects.exists()


def test_what_is_counted_cannot_be_written(staff, emma):
    counts = {"rating_count": 9, "half_star_sum": 90, "view_count": 9, "creator_line": "x", "id": 9}
    assert staff.patch(f"/api/v1/items/{emma.pk}/", counts, format="json").status_code == 200
    emma.refresh_from_db()
    assert (emma.rating_count, emma.half_star_sum, emma.view_count) == (0, 0, 0)
    assert emma.creator_line == "Jane Austen"


@pytest.mark.parametrize("method", ["post", "patch", "delete", "put"])
def test_nobody_else_writes_items(client, ann, emma, method):
    for who, allowed in ((client, {401, 403, 405}), (ann, {403, 405})):
        for address in ("/api/v1/items/", f"/api/v1/items/{emma.pk}/"):
            answer = getattr(who, method)(address, {"title": "x"}, content_type="application/json")
            assert answer.status_code in allowed
    emma.refresh_from_db()
    assert (emma.title, emma.is_listed) == ("Emma", True)


# --- what I did ----------------------------------------------------------------------------------
def test_a_rating_is_made_changed_and_taken_back(ann, emma):
    address = f"/api/v1/me/ratings/{emma.pk}/"
    made = ann.put(address, {"stars": 4.5}, format="json")
    assert (made.status_code, made.json()["stars"]) == (201, 4.5)
    assert made.json()["item"]["title"] == "Emma"
    assert ann.put(address, {"stars": 3}, format="json").status_code == 200
    again = ann.post("/api/v1/me/ratings/", {"item": emma.pk, "stars": 3}, format="json")
    assert again.status_code == 200
    assert Rating.objects.get().stars == 3
    assert ann.get(address).json()["stars"] == 3
    assert ann.delete(address).status_code == 204
    assert ann.delete(address).status_code == 404
    emma.refresh_from_db()
    assert (emma.rating_count, emma.half_star_sum) == (0, 0)


@pytest.mark.parametrize(
    "stars", [0, 0.4, 5.5, 4.2, -1, "NaN", "Infinity", "x", None, [], {}, True]
)
def test_stars_that_cannot_be_are_refused(ann, emma, stars):
    body = json.dumps({"stars": stars})
    address = f"/api/v1/me/ratings/{emma.pk}/"
    if stars is not True:  # true is 1 to a number field, and one star is one star
        assert ann.put(address, body, content_type="application/json").status_code == 400
        assert not Rating.objects.exists()


def test_a_view_counts_once_and_is_forgotten_on_demand(ann, emma):
    say = {"item": emma.pk}
    assert ann.post("/api/v1/me/views/", say, format="json").json() == {"recorded": True}
    again = ann.post("/api/v1/me/views/", say, format="json")
    assert (again.status_code, again.json()) == (200, {"recorded": False})
    assert len(ann.get("/api/v1/me/views/").json()["results"]) == 1
    emma.refresh_from_db()
    assert emma.view_count == 1
    assert ann.delete(f"/api/v1/me/views/{emma.pk}/").status_code == 204
    emma.refresh_from_db()
    assert (emma.view_count, ItemView.objects.count()) == (0, 0)


def test_an_item_stands_on_one_shelf(ann, emma):
    address = f"/api/v1/me/shelves/{emma.pk}/"
    assert ann.put(address, {"shelf": "want"}, format="json").status_code == 201
    assert ann.put(address, {"shelf": "done"}, format="json").status_code == 200
    assert ann.get("/api/v1/me/shelves/").json()["results"][0]["shelf"] == "done"
    assert ann.put(address, {"shelf": "attic"}, format="json").status_code == 400
    assert ann.delete(address).status_code == 204
    assert not ShelfEntry.objects.exists()


def test_a_withdrawn_item_takes_no_new_events_but_lets_old_ones_go(ann, emma):
    services.rate_item(Person.objects.create(user=ann.user), emma, stars=4)
    curation.list_items(Item.objects.all(), are_listed=False)
    body = {"item": emma.pk, "stars": 2, "shelf": "want"}
    for rows in ("ratings", "shelves", "views"):
        assert ann.post(f"/api/v1/me/{rows}/", body, format="json").status_code == 400
    assert ann.put(f"/api/v1/me/ratings/{emma.pk}/", body, format="json").status_code == 404
    assert ann.delete(f"/api/v1/me/ratings/{emma.pk}/").status_code == 204


@pytest.mark.parametrize("rows", ["ratings", "views", "shelves"])
def test_rows_of_others_do_not_exist(client, ann, bob, staff, emma, rows):
    person = Person.objects.create(user=ann.user)
    services.rate_item(person, emma, stars=5)
    services.record_view(person, emma)
    services.shelve_item(person, emma, shelf="want")
    address = f"/api/v1/me/{rows}/"
    assert len(ann.get(address).json()["results"]) == 1
    for other in (bob, staff):
        assert other.get(address).json()["results"] == []
        assert other.delete(f"{address}{emma.pk}/").status_code == 404
    assert other.get(f"/api/v1/me/ratings/{emma.pk}/").status_code == 404
    assert client.get(address).status_code == 401
    assert client.delete(f"{address}{emma.pk}/").status_code == 401
    assert len(ann.get(address).json()["results"]) == 1


def test_a_body_cannot_name_another_person(ann, bob, emma):
    other = Person.objects.create(user=bob.user)
    body = {"item": emma.pk, "stars": 1, "person": other.pk, "user": bob.user.pk}
    ann.post("/api/v1/me/ratings/", body, format="json")
    assert Rating.objects.get().person.user == ann.user


# --- anything may come in ------------------------------------------------------------------------
BODIES = [
    "null",
    "[]",
    "[null]",
    "7",
    '"text"',
    "",
    "{",
    "{}",
    "NaN",
    '{"item": null, "stars": null}',
    '{"item": true, "stars": 1, "shelf": "want"}',
    '{"item": 1e400, "stars": 1, "shelf": "want"}',
    '{"item": 99999999999999999999999, "stars": 1, "shelf": "want"}',
    '{"item": -1, "stars": 1, "shelf": "want"}',
    '{"item": "\\u0000", "stars": 1, "shelf": "\\u0000"}',
    '{"item": {"a": 1}, "stars": {}, "shelf": []}',
    "\udcff",
]


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("rows", ["ratings", "views", "shelves"])
def test_no_body_makes_an_error(ann, emma, rows, body):
    raw = body.encode("utf-8", "surrogateescape")
    answer = ann.post(f"/api/v1/me/{rows}/", raw, content_type="application/json")
    assert answer.status_code == 400, answer.content
    address = f"/api/v1/me/{rows}/{emma.pk}/"
    assert ann.put(address, raw, content_type="application/json").status_code < 500


@pytest.mark.parametrize(
    "address",
    [
        "items/?q=%00",
        "items/?genre=%00",
        "items/?attribute=%00",
        "items/?attribute=genres",
        "items/?attribute=a:b|c:d|e:f|g:h|i:j|k:l|m:n",
        "items/?outside_id=%00",
        "items/?key=%00",
        "items/?year_min=1e400",
        "items/?year_min=nan",
        "items/?year_max=99999999999999999999",
        "items/?ordering=password",
        "items/?cursor=0",
        "items/?cursor=%00",
        "items/?page_size=99999999999999999999999",
        "items/999999999999999999/",
        "items/99999999999999999999999/",
        "items/%00/",
        "items/-1/",
        "me/ratings/999999999999999999/",
        "me/ratings/?cursor=9",
    ],
)
def test_no_address_makes_an_error(ann, emma, address):
    assert ann.get(f"/api/v1/{address}").status_code in {400, 404}


# --- token and limits ----------------------------------------------------------------------------
def test_a_token_is_given_for_a_password_and_can_be_thrown_away(client):
    User.objects.create_user("ann", password="a-long-enough-one")
    said = {"username": "ann", "password": "a-long-enough-one"}
    token = client.post("/api/v1/token/", said).json()["token"]
    asker = APIClient()
    asker.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    assert asker.get("/api/v1/me/ratings/").status_code == 200
    assert asker.delete("/api/v1/token/").status_code == 204
    assert asker.get("/api/v1/me/ratings/").status_code == 401


def test_guessing_passwords_is_slowed_down_whatever_address_is_claimed(client):
    codes = [
        client.post(
            "/api/v1/token/",
            {"username": "ann", "password": f"guess-{number}"},
            headers={"X-Forwarded-For": f"10.0.0.{number}"},
        ).status_code
        for number in range(12)
    ]
    assert codes == [400] * 10 + [429] * 2


def test_a_session_needs_a_csrf_token_to_write(emma):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(User.objects.create_user("ann"))
    answer = client.put(f"/api/v1/me/ratings/{emma.pk}/", {"stars": 4}, format="json")
    assert answer.status_code == 403


# --- queries -------------------------------------------------------------------------------------
def count_queries(django_assert_max_num_queries, client, address):
    with django_assert_max_num_queries(50) as captured:
        assert client.get(address).status_code == 200
    return len(captured.captured_queries)


@pytest.mark.parametrize(
    ("address", "most"),
    [("items/", 2), ("items/?q=comedy", 11), ("me/ratings/", 4), ("me/shelves/", 4)],
)
def test_a_list_takes_as_many_queries_for_one_row_as_for_many(
    django_assert_max_num_queries, ann, emma, dracula, address, most
):
    person = Person.objects.create(user=ann.user)
    services.rate_item(person, emma, stars=5)
    services.shelve_item(person, emma, shelf="want")
    few = count_queries(django_assert_max_num_queries, ann, f"/api/v1/{address}")
    for number in range(10):
        item = new_item(f"Essay {number}", genres=["Essays", f"Genre {number}"])
        services.rate_item(person, item, stars=5)
        services.shelve_item(person, item, shelf="want")
    many = count_queries(django_assert_max_num_queries, ann, f"/api/v1/{address}")
    assert few == many <= most + 1  # one for the token


def test_an_item_takes_a_fixed_number_of_queries(django_assert_num_queries, client, emma):
    with django_assert_num_queries(3):
        client.get(f"/api/v1/items/{emma.pk}/")
