"""A case: somebody whose ratings look like part of an attack, and what was decided about it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Person


class TrustCase(models.Model):
    """One at most for each person; it goes with them."""

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        QUARANTINED = "quarantined", _("in quarantine")
        FINE = "fine", _("fine")

    person = models.OneToOneField(
        Person, verbose_name=_("person"), on_delete=models.CASCADE, related_name="trust_case"
    )
    status = models.CharField(
        _("status"), max_length=12, choices=Status.choices, default=Status.PROPOSED
    )
    trust = models.FloatField(_("trust"))
    signals: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField(
        _("signals"), default=list
    )
    """What stood out, the strongest first; `words` says it in sentences."""
    excused: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    """Names of signals that a moderator found to be fine: these propose nothing any more."""
    found_at = models.DateTimeField(_("found"), default=timezone.now)

    class Meta:
        verbose_name = _("trust case")
        verbose_name_plural = _("quarantine")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=["proposed", "quarantined", "fine"]),
                name="trust_case_status_is_known",
            )
        ]
        indexes = [models.Index(fields=["status", "trust"], name="trust_queue")]

    def __str__(self) -> str:
        return f"{self.person}: {self.trust:.2f}"


class TrustDecision(models.Model):
    """One line of the log of a case; without `by` it was the nightly check. Never changed."""

    case = models.ForeignKey(TrustCase, on_delete=models.CASCADE, related_name="decisions")
    status = models.CharField(max_length=12, choices=TrustCase.Status.choices)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    is_automatic = models.BooleanField(default=False)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("decision")
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.status} at {self.made_at:%Y-%m-%d %H:%M}"
