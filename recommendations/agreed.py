"""What people agreed to with others: groups that get one list, and to be counted by like taste.

A `Group` has no owner's field: its maker is whoever of its members joined first, so that it never
outlives its people and needs nobody in particular. An `Invitation` keeps the name as it was typed,
whether anybody has it or not: what a maker sees says nothing about who exists. `LikeTaste` is one
row for each person who agreed; without it nothing of theirs is in any figure of like taste.
`recommendations.company` writes all of them. Nothing here is an event.
"""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.owners import Owned, OwnedQuerySet

MAX_NAME = 80
FLOOR = 5
"""Half stars: nobody is shown what they would give less, unless they say otherwise."""


class Group(models.Model):
    """A few people who get one list."""

    name = models.CharField(_("name"), max_length=MAX_NAME)
    made_at = models.DateTimeField(default=timezone.now)
    link_key = models.CharField(max_length=40, blank=True, editable=False)
    """What the link to join is signed with beside the group; empty where there is none."""
    link_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("group")
        verbose_name_plural = _("groups")

    def __str__(self) -> str:
        return self.name

    def has_link(self, now: datetime) -> bool:
        return bool(self.link_key) and self.link_until is not None and now < self.link_until


class Member(Owned):
    """Somebody who agreed that this group's members see how they would rate what is on its list."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="members")
    person = models.ForeignKey(
        "catalog.Person", on_delete=models.CASCADE, related_name="memberships"
    )
    floor = models.PositiveSmallIntegerField(_("floor"), default=FLOOR)
    """In half stars."""
    joined_at = models.DateTimeField(default=timezone.now)

    objects = OwnedQuerySet["Member"].as_manager()

    class Meta:
        verbose_name = _("member of a group")
        verbose_name_plural = _("members of groups")
        ordering = ["joined_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["group", "person"], name="member_once_in_a_group"),
            models.CheckConstraint(
                condition=Q(floor__gte=1, floor__lte=10), name="member_floor_in_range"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.group_id}"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self, now: datetime) -> InvitationQuerySet:
        """Those that their maker still sees; the person may have declined."""
        return self.filter(withdrawn_at=None, ends_at__gt=now)


class Invitation(models.Model):
    """A name that was asked to join. Without a `person` nobody can hear of it."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="invitations")
    name = models.CharField(_("name"), max_length=150)
    person = models.ForeignKey(
        "catalog.Person", null=True, on_delete=models.CASCADE, related_name="group_invitations"
    )
    made_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField()
    declined_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.UniqueConstraint(fields=["group", "name"], name="name_invited_once_to_a_group")
        ]

    def __str__(self) -> str:
        return f"{self.name} to {self.group_id}"


class LikeTaste(Owned):
    """Somebody agreed to be counted, without a name, among people of like taste."""

    person = models.OneToOneField(
        "catalog.Person", on_delete=models.CASCADE, related_name="like_taste"
    )
    since = models.DateTimeField(default=timezone.now)

    objects = OwnedQuerySet["LikeTaste"].as_manager()

    class Meta:
        verbose_name = _("agreement to be counted by like taste")
        verbose_name_plural = _("agreements to be counted by like taste")

    def __str__(self) -> str:
        return f"{self.person_id} since {self.since:%Y-%m-%d}"
