"""Groups: who may come in, who sees what, and that leaving is at once."""

from datetime import timedelta

import pytest
from django.core.cache import caches
from django.utils import timezone

from catalog.blocks import Block
from catalog.models import Person, User
from catalog.moderation import acts
from catalog.services import forget_people
from recommendations.company import groups
from recommendations.models import Group, Invitation, Member
from tests.catalog.test_own_export import document
from tests.recommendations.company.worlds import client_of, group_of, member

pytestmark = pytest.mark.django_db
HOME = "/for-us/"


@pytest.fixture
def ada():
    return member("ada")


@pytest.fixture
def bo():
    return member("bo")


def names(group):
    return [one.person.user.username for one in groups.members_of(group)]


# --- invitations by name --------------------------------------------------------------------------
def test_an_invitation_is_accepted_with_a_floor_of_ones_own(ada, bo):
    group = group_of(ada)
    said = client_of(ada).post(f"/for-us/{group.pk}/invite/", {"username": "bo"}, follow=True)
    assert "If somebody has this name" in said.content.decode()
    client = client_of(bo)
    html = client.get(HOME).content.decode()
    assert "Film night" in html
    assert "how you would rate" in html
    assert client.get(f"/for-us/{group.pk}/").status_code == 404, "not before they agreed"
    asked = Invitation.objects.get()
    client.post(f"/for-us/invitations/{asked.pk}/", {"accept": "1", "floor": "7"})
    assert names(group) == ["ada", "bo"]
    assert Member.objects.get(person=bo).floor == 7
    assert not Invitation.objects.exists()


def test_a_maker_cannot_tell_from_an_invitation_who_exists(ada, bo):
    """Declined, unknown, and blocked look the same, and take a place each."""
    eve = member("eve")
    Block.objects.create(person=eve, blocked=ada)
    group = group_of(ada)
    client = client_of(ada)
    pages = {}
    for name in ("bo", "nobody", "eve"):
        answer = client.post(f"/for-us/{group.pk}/invite/", {"username": name}, follow=True)
        pages[name] = answer.content.decode().count(f"<bdi>{name}</bdi>")
    groups.decline(Invitation.objects.get(name="bo"))
    html = client.get(f"/for-us/{group.pk}/").content.decode()
    assert pages == dict.fromkeys(pages, 1)
    assert all(f"<bdi>{name}</bdi>" in html for name in pages)
    assert "<bdi>ada</bdi>" not in client_of(eve).get(HOME).content.decode()
    assert Invitation.objects.get(name="eve").person is None


def test_who_declined_is_not_asked_again_and_nobody_is_told(ada, bo):
    group = group_of(ada)
    asked = groups.invite(group, name="bo")
    client = client_of(bo)
    client.post(f"/for-us/invitations/{asked.pk}/", {"decline": "1"})
    assert client.post(f"/for-us/invitations/{asked.pk}/", {"accept": "1"}).status_code == 404
    with pytest.raises(groups.Refused, match="lately"):
        groups.invite(group, name="bo")
    groups.withdraw(asked)
    with pytest.raises(groups.Refused, match="lately"):
        groups.invite(group, name="bo")


def test_an_invitation_ends_after_two_weeks(ada, bo):
    group = group_of(ada)
    asked = groups.invite(group, name="bo")
    later = timezone.now() + groups.LASTS
    assert not groups.open_to(bo, later).exists()
    assert groups.invite(group, name="bo", now=later).pk != asked.pk


def test_a_block_made_later_ends_an_invitation(ada, bo):
    group = group_of(ada)
    asked = groups.invite(group, name="bo")
    acts.block(bo, ada)
    assert not groups.open_to(bo, timezone.now()).exists()
    with pytest.raises(groups.Refused, match="over"):
        groups.accept(asked)


def test_a_group_has_six_at_most_with_those_who_are_invited(ada):
    group = group_of(ada, *(member(f"m{n}") for n in range(3)))
    groups.invite(group, name="x")
    groups.invite(group, name="y")
    with pytest.raises(groups.Refused, match="6 people at most"):
        groups.invite(group, name="z")
    with pytest.raises(groups.Refused, match="6 people at most"):
        groups.join(group, member("late"))


@pytest.mark.parametrize("name", ["", "  ", "\0", "a" * 151])
def test_no_name_is_asked_for_one(ada, name):
    with pytest.raises(groups.Refused, match="user name"):
        groups.invite(group_of(ada), name=name)


def test_nobody_asks_thirty_names_in_two_weeks(ada):
    group = group_of(ada)
    for n in range(groups.MOST_NAMES):
        groups.withdraw(groups.invite(group, name=f"n{n}"))
    with pytest.raises(groups.Refused, match="some days"):
        groups.invite(group, name="one more")


# --- the link -------------------------------------------------------------------------------------
def link_of(client, group):
    client.post(f"/for-us/{group.pk}/link/")
    group.refresh_from_db()
    return f"/for-us/join/{groups.token_of(group)}/"


def test_whoever_has_the_link_joins_after_signing_in(ada, bo, client):
    group = group_of(ada)
    link = link_of(client_of(ada), group)
    assert link in client_of(ada).get(f"/for-us/{group.pk}/").content.decode()
    assert client.get(link)["Location"].startswith("/account/login/?next=/for-us/join/")
    theirs = client_of(bo)
    html = theirs.get(link).content.decode()
    assert "Film night" in html
    assert "<bdi>ada</bdi>" in html
    assert names(group) == ["ada"], "looking does not join"
    theirs.post(link, {"floor": "6"})
    assert names(group) == ["ada", "bo"]
    assert theirs.get(link)["Location"] == f"/for-us/{group.pk}/"


def test_a_link_is_signed_ends_and_can_be_taken_back(ada, bo):
    group = group_of(ada)
    link = link_of(client_of(ada), group)
    token = groups.token_of(group)
    theirs = client_of(bo)
    other = group_of(member("eve"), name="Other")
    forged = token.replace(f"{group.pk}.", f"{other.pk}.", 1)
    for bad in (forged, token[:-1], "x", "1.:y"):
        assert theirs.get(f"/for-us/join/{bad}/").status_code == 404
    assert groups.group_of(token, bo, now=timezone.now() + groups.LASTS) is None
    fresh = link_of(client_of(ada), group)
    assert theirs.get(link).status_code == 404, "a new link ends the old one"
    client_of(ada).post(f"/for-us/{group.pk}/link/", {"revoke": "1"})
    assert theirs.post(fresh, {"floor": "5"}).status_code == 404
    assert names(group) == ["ada"]


@pytest.mark.parametrize("is_theirs", [True, False])
def test_a_link_leads_nobody_to_whom_a_block_parts_them_from(ada, bo, is_theirs):
    carl = member("carl")
    group = group_of(ada, carl)
    link = link_of(client_of(ada), group)
    Block.objects.create(person=bo if is_theirs else carl, blocked=carl if is_theirs else bo)
    assert client_of(bo).get(link).status_code == 404


# --- leaving --------------------------------------------------------------------------------------
def test_whoever_leaves_is_gone_and_the_next_looks_after_the_group(ada, bo):
    group = group_of(ada, bo)
    client_of(ada).post(f"/for-us/{group.pk}/leave/")
    assert names(group) == ["bo"]
    assert client_of(ada).get(f"/for-us/{group.pk}/").status_code == 404
    assert "Make a link" in client_of(bo).get(f"/for-us/{group.pk}/").content.decode()
    client_of(bo).post(f"/for-us/{group.pk}/leave/")
    assert not Group.objects.exists()


def test_a_deleted_account_vanishes_and_an_empty_group_with_it(ada, bo):
    group = group_of(ada, bo)
    forget_people([ada])
    assert names(group) == ["bo"]
    forget_people([bo])
    assert not Group.objects.exists()


def test_a_suspended_account_is_not_there(ada, bo):
    group = group_of(ada, bo)
    User.objects.filter(pk=bo.user_id).update(is_active=False)
    assert names(group) == ["ada"]


def test_a_block_parts_two_who_share_a_group(ada, bo):
    eve = member("eve")
    theirs, own = group_of(ada, bo, eve), group_of(bo, ada, name="Own")
    acts.block(bo, ada)
    assert names(theirs) == ["ada", "eve"]
    assert names(own) == ["bo"]


def test_a_maker_removes_and_deletes_and_others_may_not(ada, bo):
    group = group_of(ada, bo)
    ada_is, bo_is = (Member.objects.get(person=one) for one in (ada, bo))
    theirs = client_of(bo)
    for path in ("delete/", "rename/", "link/", "invite/", f"members/{ada_is.pk}/"):
        assert theirs.post(f"/for-us/{group.pk}/{path}").status_code == 403
    own = client_of(ada)
    assert own.post(f"/for-us/{group.pk}/members/{ada_is.pk}/").status_code == 404
    own.post(f"/for-us/{group.pk}/rename/", {"name": " Book   night "})
    assert Group.objects.get().name == "Book night"
    own.post(f"/for-us/{group.pk}/members/{bo_is.pk}/")
    assert names(group) == ["ada"]
    own.post(f"/for-us/{group.pk}/delete/")
    assert not Group.objects.exists()


def test_a_group_is_there_for_its_members_only(ada, bo, client):
    group = group_of(ada)
    asked = groups.invite(group, name="nobody")
    paths = ["", "floor/", "leave/", "delete/", "rename/", "link/", "invite/"]
    paths += [f"members/{Member.objects.get().pk}/", f"invitations/{asked.pk}/"]
    for who in (client, client_of(bo)):
        for path in paths:
            address = f"/for-us/{group.pk}/{path}"
            answer = who.post(address) if path else who.get(address)
            assert answer.status_code == 404, address
    assert names(group) == ["ada"]


def test_only_members_of_the_site_make_groups(client):
    assert client.post("/for-us/new/", {"name": "x"})["Location"].startswith("/account/login/")
    assert "Sign in" in client.get(HOME).content.decode()
    assert not Person.objects.exists()
    assert not Group.objects.exists()


def test_bad_names_and_floors_are_refused_in_a_sentence(ada):
    client = client_of(ada)
    for name in ("", "x" * 81):
        page = client.post("/for-us/new/", {"name": name}, follow=True)
        assert "up to 80 letters" in page.content.decode()
    group = group_of(ada)
    for floor in ("0", "11", "x", "²", "-1", "100"):
        page = client.post(f"/for-us/{group.pk}/floor/", {"floor": floor}, follow=True)
        assert "Choose a floor" in page.content.decode(), floor
    client.post(f"/for-us/{group.pk}/floor/", {"floor": "9"})
    assert Member.objects.get().floor == 9


def test_somebody_is_in_twenty_groups_at_most(ada):
    for n in range(groups.MOST_GROUPS):
        groups.make(ada, name=f"Group {n}")
    with pytest.raises(groups.Refused, match="20 groups"):
        groups.make(ada, name="One more")


# --- what is kept ---------------------------------------------------------------------------------
def test_groups_are_taken_along_and_deleted_from_my_privacy(ada, bo):
    group = group_of(ada, bo)
    groups.invite(group_of(member("eve"), name="Others"), name="bo")
    kept = document(client_of(bo))
    assert [row["group"] for row in kept["groups"]] == ["Film night"]
    assert [row["group"] for row in kept["group_invitations"]] == ["Others"]
    client_of(bo).post("/my/privacy/delete/memberships/")
    assert names(group) == ["ada"]
    client_of(bo).post("/my/privacy/delete/group_invitations/")
    assert not Invitation.objects.exists()


def test_the_pages_take_few_queries_however_many_are_in_a_group(ada, django_assert_max_num_queries):
    group = group_of(ada, *(member(f"m{n}") for n in range(5)))
    client = client_of(ada)
    caches["local"].clear()
    for address, most in ((HOME, 11), (f"/for-us/{group.pk}/", 12)):
        with django_assert_max_num_queries(most):
            assert client.get(address).status_code == 200
    assert group.made_at > timezone.now() - timedelta(minutes=5)
