"""The ledger of new items: one row for each item that gets, had or waits for its chance.

An item with too little data waits until it has its turn, is tried on people until its quota of
impressions is reached, and then has found its audience or has not. `recommendations.chances` keeps
the rows, from the daily counts of what was really seen; they know nobody.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ItemChance(models.Model):
    """What a new item was given, and what came of it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting for its turn")
        TRIED = "tried", _("being tried")
        FOUND = "found", _("found its audience")
        ENDED = "ended", _("ended without one")

    item = models.OneToOneField(
        "catalog.Item", verbose_name=_("item"), on_delete=models.CASCADE, related_name="chance"
    )
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.WAITING
    )
    quota = models.PositiveIntegerField(_("quota"))
    """So many impressions it is promised."""
    waits_since = models.DateTimeField(_("waits since"), default=timezone.now)
    tried_from = models.DateTimeField(_("tried from"), null=True)
    quota_at = models.DateTimeField(_("quota reached"), null=True)
    decided_at = models.DateTimeField(_("decided"), null=True)
    seen = models.PositiveIntegerField(_("seen"), default=0)
    """Impressions that it was given; what it had in other ways is not among them."""
    opened = models.PositiveIntegerField(_("opened"), default=0)
    rated = models.PositiveIntegerField(_("rated"), default=0)
    usual = models.FloatField(_("usually opened"), default=0.0)
    """How many of as many impressions at the same places are opened of other items."""

    class Meta:
        verbose_name = _("new item's chance")
        verbose_name_plural = _("new items' chances")
        indexes = [models.Index(fields=["state"], name="chance_state")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "tried"], decided_at__isnull=True)
                | Q(state__in=["found", "ended"], decided_at__isnull=False),
                name="chance_decided_with_a_date",
            ),
            models.CheckConstraint(condition=Q(quota__gte=1), name="chance_has_a_quota"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} is {self.state}"
