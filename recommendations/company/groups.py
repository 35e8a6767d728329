"""Every write about groups: made, joined, left, and who is asked to join.

Whoever is not a member of a group finds nothing of it. Its maker, the member who joined first, asks
others by name or by a link, removes people and deletes it. What can be seen of an invitation is the
same whether anybody has that name, declined, or blocked its maker. Two people of whom one blocked
the other are never in one group: see `part`.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.blocks import Block
from catalog.models import Person, User
from catalog.own.models import shown_name
from recommendations.agreed import FLOOR, MAX_NAME
from recommendations.models import Group, Invitation, Member

FEWEST, MOST = 2, 6
MOST_GROUPS = 20
MOST_NAMES = 30
"""Names that one group may ask while their invitations last, withdrawn ones among them."""
LASTS = timedelta(days=14)
"""An invitation, and a link."""
_signer = signing.Signer(salt="recommendations.company:join")


class Refused(ValueError):
    """Something that cannot be done: the message says why, and what to do."""


def groups_of(person: Person | None) -> QuerySet[Group]:
    """The groups that this person is a member of, the newest first."""
    if person is None:
        return Group.objects.none()
    return Group.objects.filter(members__person=person).order_by("-made_at", "-pk")


def members_of(group: Group | int) -> list[Member]:
    """Whoever is there and may use the site, the maker first."""
    there = Member.objects.filter(group=group, person__user__is_active=True)
    return list(there.select_related("person__user", "group").order_by("joined_at", "pk"))


def is_maker(members: Iterable[Member], person: Person) -> bool:
    first = next(iter(members), None)
    return first is not None and first.person_id == person.pk


def open_to(person: Person | None, now: datetime) -> QuerySet[Invitation]:
    """The invitations that this person may answer: none to a group with somebody whom they
    blocked, or who blocked them."""
    if person is None:
        return Invitation.objects.none()
    theirs = Invitation.objects.open(now).filter(person=person, declined_at=None)
    theirs = theirs.exclude(Exists(_blocked(person, OuterRef(OuterRef("group")))))
    return theirs.select_related("group").order_by("-made_at", "-pk")


def asked_of(person: Person | None, now: datetime) -> list[tuple[Invitation, str]]:
    """Those of groups that somebody looks after, each with what they are called."""
    waiting = [(one, maker_of(one.group)) for one in open_to(person, now)]
    return [(one, name) for one, name in waiting if name]


def maker_of(group: Group) -> str:
    """What whoever looks after a group is called; "" where nobody is left who may use the site."""
    members = members_of(group)
    return shown_name(members[0].person) if members else ""


@transaction.atomic
def make(person: Person, *, name: str, floor: int = FLOOR) -> Group:
    """A group of one, so far."""
    name = _name(name)
    _not_too_many(person)
    group = Group.objects.create(name=name)
    Member.objects.create(group=group, person=person, floor=_floor(floor))
    return group


def rename(group: Group, *, name: str) -> None:
    group.name = _name(name)
    group.save(update_fields=["name"])


@transaction.atomic
def invite(group: Group, *, name: str, now: datetime | None = None) -> Invitation:
    """Ask whoever has this name; nothing says whether anybody has."""
    now = now or timezone.now()
    name = name.strip()
    if not 0 < len(name) <= 150 or "\0" in name:
        raise Refused(_("Type the user name of whom you want to invite."))
    _lock(group)
    Invitation.objects.filter(group=group, ends_at__lte=now).delete()
    members = members_of(group)
    if any(one.person.user and one.person.user.get_username() == name for one in members):
        raise Refused(_("%(name)s is in this group already.") % {"name": name})
    asked = list(Invitation.objects.filter(group=group))
    if any(one.name == name for one in asked):
        raise Refused(_("You have invited %(name)s lately.") % {"name": name})
    waiting = [one for one in asked if one.withdrawn_at is None]
    if len(members) + len(waiting) >= MOST:
        raise Refused(_full())
    if len(asked) >= MOST_NAMES:
        raise Refused(_("You have invited many people lately. Try again in some days."))
    user = User.objects.filter(username=name, is_active=True).first()
    person = Person.objects.get_or_create(user=user)[0] if user else None
    if person is not None and _blocked(person, group).exists():
        person = None
    return Invitation.objects.create(
        group=group, name=name, person=person, made_at=now, ends_at=now + LASTS
    )


def withdraw(invitation: Invitation, *, now: datetime | None = None) -> None:
    invitation.withdrawn_at = now or timezone.now()
    invitation.save(update_fields=["withdrawn_at"])


@transaction.atomic
def accept(invitation: Invitation, *, floor: int = FLOOR) -> Member:
    person: Any = invitation.person
    member = _join(invitation.group, person, floor=floor, asked=invitation)
    invitation.delete()
    return member


def decline(invitation: Invitation, *, now: datetime | None = None) -> None:
    """Its maker sees it go on as before, until it ends."""
    invitation.declined_at = now or timezone.now()
    invitation.save(update_fields=["declined_at"])


def make_link(group: Group, *, now: datetime | None = None) -> None:
    """A new link to pass on; the one before is worth nothing any more."""
    group.link_key = secrets.token_urlsafe(16)
    group.link_until = (now or timezone.now()) + LASTS
    group.save(update_fields=["link_key", "link_until"])


def revoke_link(group: Group) -> None:
    group.link_key, group.link_until = "", None
    group.save(update_fields=["link_key", "link_until"])


def token_of(group: Group) -> str:
    """What the link of a group says; it knows neither a time nor who it is for."""
    return _signer.sign(f"{group.pk}.{group.link_key}")


def group_of(token: str, person: Person | None, *, now: datetime | None = None) -> Group | None:
    """The group that a link leads to; None for one that is forged, over, taken back or where nobody
    is left, and for somebody who and one of the members do not want to meet."""
    try:
        number, _dot, key = _signer.unsign(token).partition(".")
    except signing.BadSignature:
        return None
    group = Group.objects.filter(pk=int(number), link_key=key).first() if key else None
    if group is None or not group.has_link(now or timezone.now()):
        return None
    if person is not None and _blocked(person, group).exists():
        return None
    return group if members_of(group) else None


@transaction.atomic
def join(group: Group, person: Person, *, floor: int = FLOOR) -> Member:
    """By a link; who is in it already stays as they are."""
    return _join(group, person, floor=floor, asked=None)


def set_floor(member: Member, floor: int) -> None:
    member.floor = _floor(floor)
    member.save(update_fields=["floor"])


def leave(member: Member) -> None:
    """They are gone from the list with the next request; an empty group goes with them."""
    member.delete()


def delete(group: Group) -> None:
    group.delete()


@transaction.atomic
def part(blocker: Person, blocked: Person) -> None:
    """Out of each other's groups: whoever blocked leaves, or, as the maker, removes the other."""
    for group in groups_of(blocker).filter(members__person=blocked):
        is_own = is_maker(members_of(group), blocker)
        Member.objects.filter(group=group, person=blocked if is_own else blocker).delete()


def _join(group: Group, person: Person, *, floor: int, asked: Invitation | None) -> Member:
    floor = _floor(floor)
    _lock(group)
    known = Member.objects.filter(group=group, person=person).first()
    if known is not None:
        return known
    if person.user_id is None or _blocked(person, group).exists():
        raise Refused(_("This invitation is over. Ask for a new one."))
    waiting = Invitation.objects.open(timezone.now()).filter(group=group).exclude(person=person)
    taken = Member.objects.filter(group=group).count() + (0 if asked else waiting.count())
    if taken >= MOST:
        raise Refused(_full())
    _not_too_many(person)
    Invitation.objects.filter(group=group, person=person).delete()
    return Member.objects.create(group=group, person=person, floor=floor)


def _blocked(person: Person, group: Any) -> QuerySet[Block]:
    """Blocks between a person and the members of a group."""
    members = Member.objects.filter(group=group).values("person")
    return Block.objects.filter(
        Q(person=person, blocked__in=members) | Q(blocked=person, person__in=members)
    )


def _lock(group: Group) -> None:
    """One at a time, so that a group never gets too large."""
    if not Group.objects.select_for_update().filter(pk=group.pk).exists():
        raise Refused(_("This group is not there any more."))


def _not_too_many(person: Person) -> None:
    if Member.objects.filter(person=person).count() >= MOST_GROUPS:
        raise Refused(
            _("You are in %(most)s groups, the most there can be. Leave one first.")
            % {"most": MOST_GROUPS}
        )


def _full() -> str:
    said = _("A group has %(most)s people at most, with those who are invited.")
    return said % {"most": MOST}


def _name(name: str) -> str:
    name = " ".join(name.replace("\0", "").split())
    if not 0 < len(name) <= MAX_NAME:
        raise Refused(_("Give the group a name of up to %(most)s letters.") % {"most": MAX_NAME})
    return name


def _floor(floor: int) -> int:
    if not 1 <= floor <= 10:
        raise Refused(_("Choose a floor from half a star to five stars."))
    return floor
