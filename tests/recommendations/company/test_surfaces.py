"""For us and People of like taste as surfaces: set in the admin as the others, and still true."""

import json
from contextlib import suppress
from uuid import uuid4

import pytest
from django.core.cache import caches
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog import services as events
from catalog.models import Attribute, Item, ItemAttribute
from recommendations import canary, engine, services
from recommendations.company import groups, likings
from recommendations.experiments.checking import problems_of_arm
from recommendations.in_company import lists
from recommendations.models import Arm, Experiment, Group, Impression, Rule
from recommendations.placements.settings import PlacementSettings, SettingsError
from recommendations.visit import Visit
from tests.recommendations.company.test_like_taste import taste
from tests.recommendations.company.test_shared import Undo, floors, pasts
from tests.recommendations.company.test_shared import shelf as rated  # noqa: F401, a fixture
from tests.recommendations.company.worlds import NOW, agreeing, client_of, group_of, member
from tests.recommendations.measuring.worlds import post, tokens_on
from tests.recommendations.placing import placed
from tests.recommendations.test_api import ids, with_token
from tests.recommendations.test_panels import panel
from tests.recommendations.worlds import NOON, checkerboard, published

pytestmark = pytest.mark.django_db
SURFACES, GROUPS, LIKE = "/api/v1/surfaces/", "/api/v1/groups/", "/api/v1/like-taste/"
OFF = "This list is switched off now."


@pytest.fixture
def shelf():
    shelf, _crowd = checkerboard(items=40)
    events.recount()
    published("markov")
    return shelf


@pytest.fixture
def pair(shelf):
    return member("ada", shelf[0:6:2]), member("bo", shelf[6:12:2])


@pytest.fixture
def group(pair):
    return group_of(*pair, floor=1)


def page(client, address):
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def home(person):
    return page(client_of(person), "/")


def cards(html):
    return html.count('<article class="card"')


def listed(person, group, **asked):
    return lists.of_group(
        Visit(person), group, groups.members_of(group), **{"allows_seen": False, **asked}
    )[0]


# --- what may be set -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "wrong", "field", "words"),
    [
        ("for-us", {"sources": {"group": 1, "new": 1}}, "sources", "would like” alone"),
        ("for-us", {"sources": {"personal": 1}}, "sources", "would like” alone"),
        ("for-us", {"fallback": True}, "fallback", "no use for it"),
        ("for-us", {"exploration": 0.1}, "exploration", "no use for it"),
        ("like-taste", {"sources": {"popular": 1}}, "sources", "rated well” alone"),
        ("like-taste", {"diversity": 0.5}, "diversity", "no use for it"),
        ("for-you", {"sources": {"personal": 1, "group": 1}}, "sources", "stands alone"),
        ("new", {"sources": {"circle": 1}}, "sources", "stands alone"),
    ],
)
def test_what_would_make_them_untrue_is_refused(name, wrong, field, words):
    own = {"for-us": {"group": 1}, "like-taste": {"circle": 1}}.get(name, {"new": 1})
    said = {"sources": own, "fallback": False, **wrong}
    with pytest.raises(SettingsError, match=words) as refused:
        PlacementSettings(name, **said)
    assert set(refused.value.problems) == {field}


@pytest.mark.parametrize(
    ("surface", "changes", "words"),
    [
        ("like-taste", {"size": 6}, ""),
        ("like-taste", {"fallback": True}, "no use for it"),
        ("like-taste", {"sources": {"circle": 1, "new": 1}}, "alone"),
        ("for-you", {"sources": {"circle": 1}}, "stands alone"),
    ],
)
def test_no_arm_of_an_experiment_makes_them_untrue_either(surface, changes, words):
    arm = Arm(experiment=Experiment(surface=surface), place=1, changes=changes)
    assert words in problems_of_arm(arm).get("changes", "")
    assert bool(words) == bool(problems_of_arm(arm))


def test_a_group_s_list_is_no_experiment_s():
    """It is one for all members, and people are drawn one by one."""
    choices = dict(Experiment._meta.get_field("surface").choices)
    assert "like-taste" in choices
    assert "for-us" not in choices


# --- for us --------------------------------------------------------------------------------------
def test_switched_off_its_pages_say_so_and_the_api_does_not_know_it(pair, group):
    ada, _bo = pair
    client, mine = client_of(ada), with_token(ada.user)
    address = f"/for-us/{group.pk}/"
    assert cards(page(client, address)) == 24
    for switch in ("is_on", "on_page"):
        placed("for-us", **{switch: False})
        html = page(client, address)
        assert OFF in html
        assert cards(html) == 0
        assert "Leave this group" in html, "one can go at any time"
        assert OFF in page(client, "/for-us/")
        assert OFF in page(Client(), "/for-us/")
        assert "Make a group" not in page(client, "/for-us/")
        placed("for-us", **{switch: True})
    placed("for-us", on_api=False)
    for off in (f"{GROUPS}{group.pk}/list/", f"{SURFACES}for-us/?group={group.pk}"):
        assert mine.get(off).status_code == 404
    assert mine.get(f"{GROUPS}{group.pk}/").status_code == 200


def test_it_is_as_long_as_it_is_set_and_called_so(pair, group):
    ada, _bo = pair
    placed("for-us", size=5, title="Tonight")
    client, mine = client_of(ada), with_token(ada.user)
    html = page(client, f"/for-us/{group.pk}/")
    assert cards(html) == 5
    assert "Tonight </h2>" in html
    assert "<h1>Tonight</h1>" in page(client, "/for-us/")
    whole = f"{GROUPS}{group.pk}/list/"
    assert len(mine.get(whole).json()["results"]) == 5
    assert len(mine.get(whole, {"limit": 7}).json()["results"]) == 7
    assert len(ids(mine.get(f"{SURFACES}for-us/", {"group": group.pk}))) == 5


def test_a_filter_lets_in_only_what_has_an_attribute_and_moves_nobody_s_floor(shelf, pair, group):
    before = {pick.item.pk: pick.reason for pick in listed(pair[0], group, limit=60).picks}
    placed("for-us", only_attributes=["genres:Odd"])
    after = {pick.item.pk: pick.reason for pick in listed(pair[0], group, limit=60).picks}
    odd = {item.pk for item in shelf[1::2]}
    assert after == {pk: reason for pk, reason in before.items() if pk in odd}
    assert after
    placed("for-you", only_attributes=["genres:Even"])
    assert {pick.item.pk for pick in listed(pair[0], group, limit=60).picks} == set(after)


def test_a_filter_that_nothing_fits_is_said_in_a_sentence(pair, group):
    Attribute.objects.create(kind="genres", name="None")
    placed("for-us", only_attributes=["genres:None"])
    assert "Nothing is left" in listed(pair[0], group).problem
    found = with_token(pair[0].user).get(f"{SURFACES}for-us/", {"group": group.pk}).json()
    assert (found["rung"], found["results"]) == ("empty", [])
    assert "Nothing is left" in found["explanation"]


def test_diversity_makes_it_less_alike(pair, group):
    def alike(found):
        model = engine.current().recommender
        rows = model.items.rows(str(pick.item.pk) for pick in found.picks)
        return model.likeness(rows, rows).mean()

    placed("for-us", size=6)
    plain = listed(pair[0], group)
    placed("for-us", diversity=1.0)
    varied = listed(pair[0], group)
    assert alike(varied) < alike(plain)
    assert len(varied.picks) == 6


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(floors, pasts, st.floats(0, 1), st.integers(1, 24), st.booleans())
def test_for_all_groups_and_settings_nobody_is_below_their_floor(
    rated,  # noqa: F811
    wanted,
    pasts,
    diversity,
    size,
    is_filtered,
):
    with suppress(Undo), transaction.atomic():
        only = ["genres:Odd"] if is_filtered else []
        placed("for-us", diversity=diversity, size=size, only_attributes=only)
        people = [member(f"p{n}") for n in range(len(wanted))]
        for person, past in zip(people, pasts, strict=False):
            for at, half in past:
                events.rate_item(person, rated[at], stars=half / 2, at=NOON)
        group = Group.objects.create(name="Any")
        for person, floor in zip(people, wanted, strict=True):
            groups.join(group, person, floor=floor)
        found = listed(people[0], group).picks
        assert len(found) <= size
        for pick in found:
            assert all(2 * one.value >= one.member.floor for one in pick.said)
            assert not is_filtered or pick.item in rated[1::2]
        raise Undo
    caches["local"].clear()


def test_a_rule_that_hides_from_for_you_hides_here(pair, group):
    first = listed(pair[0], group).picks[0].item
    Rule.objects.create(action="hide", item=first, on_for_you=True)
    caches["local"].clear()
    found = with_token(pair[0].user).get(f"{SURFACES}for-us/", {"group": group.pk})
    assert len(ids(found)) == 24
    assert first.pk not in ids(found)


def test_the_api_has_it_for_members_only(shelf, pair, group):
    mine = with_token(pair[1].user)
    address = f"{SURFACES}for-us/"
    found = mine.get(address, {"group": group.pk})
    assert found["Cache-Control"] == "private, no-cache"
    assert found.json()["rung"] == "group"
    assert "nobody below" in found.json()["results"][0]["reason"]["text"]
    whole = mine.get(f"{GROUPS}{group.pk}/list/").json()["results"]
    assert ids(found) == [one["item"]["id"] for one in whole]
    more = mine.get(address, {"group": group.pk, "exclude": ",".join(map(str, ids(found)))})
    assert set(ids(more)).isdisjoint(ids(found))
    assert len(ids(found)) + len(ids(more)) == len(shelf) - 6
    for other in (Client(), with_token(member("eve").user)):
        assert other.get(address, {"group": group.pk}).status_code == 404
    assert mine.get(address, {"group": group.pk + 1}).status_code == 404
    refused = mine.get(address)
    assert refused.status_code == 400
    assert "say which one, as in group=3" in json.dumps(refused.json())
    shown = {one["name"]: one for one in mine.get(SURFACES).json()}["for-us"]
    assert (shown["needs_group"], shown["size"], shown["places"]) == (True, 24, ["page", "api"])


def test_on_the_home_page_is_the_list_of_one_s_newest_group_once_it_is_put_there(pair, group):
    ada, bo = pair
    newer = group_of(ada, bo, floor=1, name="Reading club")
    assert "panel-for-us" not in home(ada)
    placed("for-us", on_home=True)
    html = home(ada)
    assert panel(html, "for-us") == [pick.item.pk for pick in listed(ada, newer).picks]
    assert "Reading club: nobody below their floor" in html
    assert f'href="/for-us/{newer.pk}/"' in html
    assert "panel-for-us" not in home(member("eve"))
    assert "panel-for-us" not in page(Client(), "/")
    ada.is_unpersonalised = True
    ada.save()
    assert "panel-for-us" not in home(ada)
    groups.delete(newer)
    assert "Film night" in home(bo)


def test_it_costs_nothing_to_who_is_in_no_group_and_a_member_s_home_page_takes_fourteen(
    shelf, pair, group
):
    eve = member("eve", shelf[0:6:2])

    def costs(person):
        client, counts = client_of(person), []
        for cache in caches.all():
            cache.clear()
        for _ in ("cold", "warm"):
            with CaptureQueriesContext(connection) as queries:
                client.get("/")
            counts.append(len(queries))
        return counts

    placed("new", size=11)  # rows are read from now on
    before = costs(eve)
    placed("for-us", on_home=True)
    assert costs(eve) == before
    cold, warm = costs(pair[0])
    assert warm <= 14
    assert cold <= before[0] + 3


def test_what_is_seen_of_it_is_its_own_and_the_live_model_s(pair, group):
    placed("for-us", on_home=True)
    client = client_of(pair[0])
    (whole,) = tokens_on(client, f"/for-us/{group.pk}/")
    home = tokens_on(client)
    assert post(client, (whole, [0, 2], [2])).status_code == 204
    assert post(client, *((one, [0]) for one in home)).status_code == 204
    rows = {row.surface: row for row in Impression.objects.filter(rung="group")}
    assert set(rows) == {"for-us", "for-us-page"}
    assert {row.run for row in rows.values()} == {engine.current().run_id}
    opened = Impression.objects.get(surface="for-us-page", position=2)
    assert opened.opened_at is not None


def test_members_with_and_without_a_canary_see_one_list_of_the_live_model(shelf, pair, group):
    placed("for-us", on_home=True, diversity=0.5)
    old, new = published("markov"), published("ease")
    services.make_live(old)
    canary.start_canary(new, share=50)
    new.refresh_from_db()
    crowd = [pair[0], *(member(f"m{n}") for n in range(4))]
    while len({engine.in_canary(new, one.pk) for one in crowd}) < 2:  # drawn for each run anew
        new.token = uuid4()
        new.save(update_fields=["token"])
    for one in crowd[1:]:
        groups.join(group, one, floor=1)
    seen = {tuple(panel(home(one), "for-us")) for one in crowd}
    assert len(seen) == 1
    for one in crowd:
        lists_of = lists.of_group(
            Visit(one), group, groups.members_of(group), allows_seen=False, limit=4
        )
        assert lists_of[1].run_id == old.pk
        assert lists_of[0].model_label == old.label


def test_staff_preview_it_with_their_own_newest_group(shelf, group):
    boss = member("boss", shelf[0:4:2])
    boss.user.is_staff = boss.user.is_superuser = True
    boss.user.save()
    client = client_of(boss)
    said = {"is_on": "on", "title": "Tonight", "size": 3, "order": 15, "diversity": 0}
    address = "/admin/recommendations/placement/for-us/change/"

    def preview():
        answer = client.post(address, {**said, "_preview": "1"})
        assert answer.status_code == 200
        return " ".join(answer.content.decode().split())

    assert preview().count("Nothing: there is nothing true to say to you here") == 2
    groups.join(group, boss)
    html = preview()
    assert html.index("As it is") < html.index("nobody below") < html.index("Tonight</p>")
    assert html.count("boss ") >= 3 + 24
    assert client.post(address, said).status_code == 302
    assert placed("for-us").sources == {"group": 1.0}


# --- people of like taste ------------------------------------------------------------------------
@pytest.fixture
def today(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def ada(today):
    """Of one taste with six others, who rated ten items more."""
    shelf = Item.objects.bulk_create(Item(title=f"Item {n}") for n in range(60))
    genre = Attribute.objects.create(kind="genres", name="Rare")
    ItemAttribute.objects.bulk_create(
        ItemAttribute(item=item, attribute=genre) for item in shelf[::2]
    )
    for kind in (0, 1):
        liked = [(item, 8 + n % 2) for n, item in enumerate(shelf[40:50])]
        for n in range(6):
            agreeing(f"{kind}-{n}", taste(shelf, kind, *([] if kind else liked)))
    return agreeing("ada", taste(shelf, 0))


def test_like_taste_is_set_as_the_others_are(ada):
    client, mine = client_of(ada), with_token(ada.user)
    assert cards(page(client, "/like-taste/")) == 10
    placed("like-taste", size=3, title="They liked")
    assert "<h1>They liked</h1>" in page(client, "/like-taste/")
    found = mine.get(f"{SURFACES}like-taste/").json()
    assert (len(found["results"]), found["rung"]) == (3, "circle")
    assert len(mine.get(LIKE).json()["results"]) == 3
    assert len(mine.get(LIKE, {"limit": 7}).json()["results"]) == 7
    placed("like-taste", only_attributes=["genres:Rare"])
    rare = [one["item"]["id"] for one in mine.get(LIKE, {"limit": 9}).json()["results"]]
    all_of_them = [pick.item.pk for pick in likings.liked(Visit(ada), limit=60, now=NOW)]
    assert rare == all_of_them
    assert len(rare) == 5
    assert ItemAttribute.objects.filter(item__in=rare).count() == 5


def test_like_taste_switched_off_is_nowhere_and_agreeing_can_be_taken_back(ada):
    client, mine = client_of(ada), with_token(ada.user)
    item = Item.objects.get(title="Item 40")
    placed("like-taste", is_on=False)
    html = page(client, "/like-taste/")
    assert OFF in html
    assert cards(html) == 0
    assert "Count me no more" in html
    assert "like-taste-line" not in page(client, f"/items/{item.pk}/")
    assert client.get(f"/items/{item.pk}/like-taste/").status_code == 404
    for address in (LIKE, f"{SURFACES}like-taste/", f"/api/v1/items/{item.pk}/like-taste/"):
        assert mine.get(address).status_code == 404
    assert mine.put(LIKE, {"agreed": False}, format="json").status_code == 200
    assert "Count me" not in page(client, "/like-taste/")


def test_nobody_but_who_agreed_is_told_anything_by_any_way(ada):
    placed("like-taste", on_home=True)
    for client in (Client(), with_token(member("bo").user)):
        found = client.get(f"{SURFACES}like-taste/").json()
        assert (found["results"], found["rung"]) == ([], "empty")
        assert "panel-like-taste" not in page(client, "/")


def test_like_taste_on_the_home_page_shows_what_no_other_list_does(ada):
    placed("like-taste", on_home=True, size=6)
    placed("for-you", size=3)
    placed("popular", is_on=False)
    html = home(ada)
    shown = panel(html, "like-taste")
    told = {pick.item.pk: pick for pick in likings.liked(Visit(ada), limit=60, now=NOW)}
    assert set(shown) <= set(told)
    assert shown
    assert set(shown).isdisjoint(panel(html, "for-you"))
    assert "5 or more people who rate as you do" in html
    client, counts = client_of(ada), []
    for is_there in (True, False):
        placed("like-taste", on_home=is_there)
        client.get("/")
        with CaptureQueriesContext(connection) as queries:
            client.get("/")
        counts.append(len(queries))
    assert counts[0] <= counts[1] + 2


def test_what_is_seen_of_like_taste_owes_nothing_to_a_model(ada):
    client = client_of(ada)
    (token,) = tokens_on(client, "/like-taste/")
    assert post(client, (token, [0])).status_code == 204
    row = Impression.objects.get()
    assert (row.surface, row.rung, row.run) == ("like-taste-page", "circle", 0)


# --- what is said of them ------------------------------------------------------------------------
def test_how_ranking_works_says_what_is_in_force(group):
    html = page(Client(), "/how-ranking-works/")
    for words in ("what everybody of a group would like", "A group of up to 6", "24 items at most"):
        assert words in html
    placed("for-us", is_on=False)
    html = page(Client(), "/how-ranking-works/")
    assert "what everybody of a group would like" not in html
    assert "A group of up to 6" not in html
    assert "what people of like taste rated well" in html
    placed("like-taste", is_on=False)
    assert "people of like taste" not in page(Client(), "/how-ranking-works/").lower()
