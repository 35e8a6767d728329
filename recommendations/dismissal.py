"""What somebody said they are not interested in: one row per person and item.

It is no event: nothing is learned from it, and no count of an item knows it. `dismissals` writes
it; `visit` reads it for every list of its person. It goes when its person or its item goes.
"""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.owners import Owned, OwnedQuerySet


class Dismissal(Owned):
    """One person is not interested in one item."""

    person = models.ForeignKey(
        "catalog.Person",
        on_delete=models.CASCADE,
        related_name="dismissals",
        db_index=False,  # the constraint's index begins with it
    )
    item = models.ForeignKey("catalog.Item", on_delete=models.CASCADE, related_name="dismissals")
    dismissed_at = models.DateTimeField(_("dismissed"), default=timezone.now)

    objects = OwnedQuerySet["Dismissal"].as_manager()

    class Meta:
        verbose_name = _("dismissal")
        verbose_name_plural = _("dismissals")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "item"], name="one_dismissal_per_person_and_item"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} is not interested in {self.item_id}"
