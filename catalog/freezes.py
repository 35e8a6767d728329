"""A freeze: for some time, new ratings of an item count later.

They are accepted and shown to whoever gave them, and are *held* meanwhile: in no figure of the item
and in no training. Writers ask `is_frozen`; `catalog.trust.acts` makes and lifts freezes.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.many import having
from catalog.models import Item

MAX_WHY = 300


class FreezeQuerySet(models.QuerySet["Freeze"]):
    def active(self, at: datetime | None = None) -> FreezeQuerySet:
        now = at or timezone.now()
        return self.filter(begins_at__lte=now, ends_at__gt=now, lifted_at=None)


class Freeze(models.Model):
    """From when until when ratings of an item are held back, who said so, and why."""

    item = models.ForeignKey(
        Item, verbose_name=_("item"), on_delete=models.CASCADE, related_name="freezes"
    )
    begins_at = models.DateTimeField(_("from"), default=timezone.now)
    ends_at = models.DateTimeField(_("until"))
    why = models.CharField(_("why"), max_length=MAX_WHY, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("frozen by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        editable=False,
    )
    lifted_at = models.DateTimeField(_("lifted"), null=True, editable=False)
    objects = FreezeQuerySet.as_manager()

    class Meta:
        verbose_name = _("freeze")
        verbose_name_plural = _("freezes")
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("begins_at")), name="freeze_has_time")
        ]
        indexes = [models.Index(fields=["item", "ends_at"], name="freezes_of_an_item")]

    def __str__(self) -> str:
        return f"{self.item}, {self.begins_at:%Y-%m-%d %H:%M} - {self.ends_at:%Y-%m-%d %H:%M}"

    @property
    def is_active(self) -> bool:
        return self.lifted_at is None and self.begins_at <= timezone.now() < self.ends_at


def is_frozen(item: int) -> bool:
    """Whether ratings that are given to this item now count later."""
    return Freeze.objects.active().filter(item=item).exists()


class MayBeHeldBack(Protocol):
    """As much of a rating as is needed."""

    item_id: int
    is_held: bool


def hold_back(ratings: Collection[MayBeHeldBack]) -> None:
    """Mark those that are about to be written to frozen items."""
    items = {rating.item_id for rating in ratings}
    found = having(Freeze.objects.active(), "item", items)
    frozen = {pk for some in found for pk in some.values_list("item_id", flat=True)}
    for rating in ratings:
        rating.is_held = rating.is_held or rating.item_id in frozen
