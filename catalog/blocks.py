"""Whom and what a person does not want to see.

A block works both ways: neither sees reviews or lists of the other. A hidden review or list is
hidden from the one person only. `unseen_by` is asked by every list of such things.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Person


class Block(models.Model):
    """One person does not want to meet another."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="blocks")
    blocked = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="blocked_by")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("block")
        constraints = [
            models.UniqueConstraint(fields=["person", "blocked"], name="one_block_per_pair"),
            models.CheckConstraint(
                condition=~Q(person=F("blocked")), name="nobody_blocks_themselves"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} blocked {self.blocked_id}"


class Hiding(models.Model):
    """One review or list that one person does not want to see."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="hidings")
    kind = models.CharField(max_length=10)
    thing = models.PositiveBigIntegerField()
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("hiding")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "kind", "thing"], name="one_hiding_per_person_and_thing"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} hid {self.kind} {self.thing}"


def between(person: Person | None, other: Person) -> bool:
    """Whether either of them blocked the other."""
    if person is None:
        return False
    pair = Q(person=person, blocked=other) | Q(person=other, blocked=person)
    return Block.objects.filter(pair).exists()


def adopt(visitor: Person, *, member: Person) -> None:
    """What a visitor blocked and hid is the member's from now on."""
    for made in visitor.blocks.exclude(blocked=member):
        Block.objects.get_or_create(person=member, blocked_id=made.blocked_id)
    for hiding in visitor.hidings.all():
        Hiding.objects.get_or_create(person=member, kind=hiding.kind, thing=hiding.thing)


def unseen_by(person: Person, model: type[models.Model]) -> Q:
    """Rows of a model with a `person` that this one does not want to see, or may not."""
    theirs = Block.objects.filter(
        Q(person=person, blocked=OuterRef("person")) | Q(person=OuterRef("person"), blocked=person)
    )
    hidden: Any = Hiding.objects.filter(person=person, kind=model._meta.model_name)
    return Q(models.Exists(theirs)) | Q(pk__in=hidden.values("thing"))
