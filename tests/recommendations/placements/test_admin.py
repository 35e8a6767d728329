"""Surfaces in the admin: changed with help, previewed, kept in the history, in force at once."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.test import Client

from catalog import services as events
from catalog.models import Attribute, User
from recommendations.models import Placement
from recommendations.placements import memory
from recommendations.placements.defaults import DEFAULTS
from recommendations.placements.model import row_of
from recommendations.placements.settings import ALONE, Source
from tests.recommendations.worlds import checkerboard, published

pytestmark = pytest.mark.django_db
LIST = "/admin/recommendations/placement/"


@pytest.fixture
def boss(client):
    client.force_login(User.objects.create_superuser("boss"))
    return client


@pytest.fixture
def shelf():
    shelf, _crowd = checkerboard()
    events.recount()
    published("markov")
    return shelf


def staff(client, *rights):
    user = User.objects.create_user("staff", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client.force_login(user)
    return client


def address(name):
    return f"{LIST}{name}/change/"


def form(name, **values):
    """What the page of a surface sends."""
    placement = Placement.objects.get(name=name)
    said = {
        "title": placement.title,
        "order": placement.order,
        "size": placement.size,
        "diversity": placement.diversity,
        "exploration": placement.exploration,
        "rotation": placement.rotation,
        "only_attributes": "\n".join(placement.only_attributes),
    }
    for field in ("is_on", "on_home", "on_item", "on_page", "on_api", "fallback"):
        if getattr(placement, field):
            said[field] = "on"
    mixed = {} if name in ALONE else {one: placement.sources.get(one.value, "") for one in Source}
    said |= {f"weight_{one.value}": weight for one, weight in mixed.items()}
    said |= values
    return {field: value for field, value in said.items() if value is not None}


def page(answer):
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


# --- the rows ------------------------------------------------------------------------------------
def test_there_is_a_row_for_each_surface_as_the_defaults_say():
    rows = {row.name: row for row in Placement.objects.all()}
    assert set(rows) == set(DEFAULTS)
    for name, placed in DEFAULTS.items():
        assert rows[name].placed == placed
        rows[name].full_clean()


def test_migrating_again_keeps_what_was_changed_and_follows_the_defaults_elsewhere():
    new = Placement.objects.get(name="new")
    new.size = 7
    new.save()
    Placement.objects.filter(name="popular").update(size=3)  # as an older release had it
    Placement.objects.filter(name="genre").delete()
    call_command("migrate", verbosity=0)
    sizes = dict(Placement.objects.values_list("name", "size"))
    assert (sizes["new"], sizes["popular"], sizes["genre"]) == (7, 12, 12)
    assert row_of(Placement.objects.get(name="popular").placed) == row_of(DEFAULTS["popular"])


# --- the form ------------------------------------------------------------------------------------
def test_all_surfaces_are_listed_and_each_has_its_page(boss):
    said = page(boss.get(LIST))
    assert "Out of your bubble" in said
    assert "what most people met" in said
    for name in DEFAULTS:
        said = page(boss.get(address(name)))
        assert ('name="weight_personal"' in said) == (name not in ALONE)
        assert 'name="_preview"' in said
    assert 'href="/"' in page(boss.get(address("for-you")))


def test_a_form_that_is_sent_as_it_came_changes_nothing(boss):
    for name, placed in DEFAULTS.items():
        assert boss.post(address(name), form(name)).status_code == 302
        assert Placement.objects.get(name=name).placed == placed


def test_a_change_holds_on_the_next_page_and_stands_in_the_history(boss, shelf):
    assert page(Client().get("/")).count('<li> <article class="card"') >= 12
    answer = boss.post(address("for-you"), form("for-you", size=5, title="Yours"))
    assert answer.status_code == 302
    said = page(Client().get("/"))
    assert ">Yours</h2>" in said
    assert said.count('<article class="card"') < 24
    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.user.username) == ("for-you", "boss")
    assert "Title: – → Yours" in entry.change_message
    assert "How many: 12 → 5" in entry.change_message
    assert entry.change_message.count("→") == 2


def test_switched_off_it_is_gone_and_moved_it_is_elsewhere(boss, shelf):
    boss.post(address("new"), form("new", order=1))
    said = page(Client().get("/"))
    assert said.index("panel-new-heading") < said.index("panel-for-you-heading")
    boss.post(address("new"), form("new", is_on=None))
    assert "panel-new-heading" not in page(Client().get("/"))


@pytest.mark.parametrize(
    ("name", "values", "words"),
    [
        ("new", {"size": 0}, "greater than or equal to 1"),
        ("new", {"diversity": 1.5}, "less than or equal to 1"),
        ("new", {"weight_new": 0}, "at least one source a weight above 0"),
        ("new", {"weight_new": -1}, "greater than or equal to 0"),
        ("new", {"weight_popular": 1}, "say what the list is now"),
        ("new", {"rotation": 0.5}, "or put this to 0"),
        ("new", {"on_page": "on"}, "no page of its own; switch this off"),
        ("new", {"only_attributes": "Comedy"}, "write it as KIND:NAME"),
        ("new", {"only_attributes": "genres:Nonsense"}, "No item has genres:Nonsense"),
        ("similar", {"on_home": "on"}, "says nothing on the home page"),
        ("genre", {"title": "More of it"}, "Write {genre} where the name belongs"),
        ("genre", {"weight_new": 1}, "as its only source"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_cure(boss, name, values, words):
    assert words in page(boss.post(address(name), form(name, **values)))
    assert Placement.objects.get(name=name).placed == DEFAULTS[name]
    assert not LogEntry.objects.exists()


def test_sources_are_mixed_by_their_weights(boss, shelf):
    boss.post(address("for-you"), form("for-you", weight_personal=3, weight_new=1))
    assert Placement.objects.get(name="for-you").sources == {"personal": 3.0, "new": 1.0}
    assert "75 % what the model thinks best" in page(boss.get(LIST))


def test_a_filter_lets_in_only_what_has_an_attribute(boss, shelf):
    Attribute.objects.get(name="Odd")
    boss.post(address("popular"), form("popular", only_attributes="genres:Odd\ngenres:Odd\n"))
    found = Client().get("/api/v1/surfaces/popular/").json()["results"]
    assert len(found) == 12
    assert {shelf[n].pk for n in range(1, 24, 2)} == {one["item"]["id"] for one in found}


# --- preview -------------------------------------------------------------------------------------
def test_a_preview_shows_both_lists_and_saves_nothing(boss, shelf):
    typed = form("new", size=3, title="Just in", _preview="1")
    said = page(boss.post(address("new"), typed))
    assert "What you would see" in said
    assert said.index("As it is") < said.index("New here") < said.index("As in this form")
    assert "Just in" in said
    assert 'value="Just in"' in said
    assert Placement.objects.get(name="new").placed == DEFAULTS["new"]
    assert not LogEntry.objects.exists()


def test_a_preview_of_a_list_about_an_item_names_one(boss, shelf):
    said = page(boss.post(address("similar"), form("similar", size=3, _preview="1")))
    assert "On the page of Item" in said


def test_what_is_wrong_is_said_instead_of_a_preview(boss, shelf):
    said = page(boss.post(address("new"), form("new", size=0, _preview="1")))
    assert "What you would see" not in said


# --- who may -------------------------------------------------------------------------------------
def test_who_may_only_look_neither_changes_nor_previews(client, shelf):
    onlooker = staff(client, "view_placement")
    assert "_preview" not in page(onlooker.get(address("new")))
    for values in ({"size": 3}, {"size": 3, "_preview": "1"}):
        assert onlooker.post(address("new"), form("new", **values)).status_code == 403


def test_nobody_adds_or_deletes_a_surface(boss):
    assert boss.get(f"{LIST}add/").status_code == 403
    assert boss.post(f"{LIST}new/delete/", {"post": "yes"}).status_code == 403
    assert "delete_selected" not in page(boss.get(LIST))


def test_staff_without_the_right_do_not_see_them(client):
    assert staff(client).get(LIST).status_code == 403


def test_another_process_sees_a_change_with_its_next_page(boss, shelf):
    Client().get("/")
    kept = memory.recall()
    boss.post(address("new"), form("new", title="Just in"))
    memory.keep(kept, revision=0, is_watched=True)  # as a process that did not hear of it
    assert ">Just in</h2>" in page(Client().get("/"))
