"""Who is told, what is to be told, and how far that is: the outbox of webhooks.

A message is written once, as the bytes that are signed; a delivery is that message on its way to
one webhook. Secrets are in no row: each is made from a seed and the site's SECRET_KEY.
"""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.webhooks.outgoing import NotAllowed, check_address

MAX_WORDS = 300


class Event(models.TextChoices):
    MODEL_PUBLISHED = "model.published", _("a model went live")
    MODEL_REFUSED = "model.refused", _("what was trained was refused")
    IMPORT_DONE = "import.done", _("a data set was imported")


TEST = "webhook.test"
"""Sent by a button, to one webhook, whatever it listens to."""


def new_seed() -> str:
    return secrets.token_hex(16)


class Webhook(models.Model):
    """An address that is told of some events."""

    name = models.CharField(_("name"), max_length=100)
    url = models.CharField(
        _("address"), max_length=500, help_text=_("It begins with https:// and is sent a POST.")
    )
    events: models.JSONField[list[str], list[str]] = models.JSONField(_("events"), default=list)
    is_active = models.BooleanField(_("switched on"), default=True)
    seed = models.CharField(max_length=32, default=new_seed, editable=False)
    old_seed = models.CharField(max_length=32, blank=True, editable=False)
    old_until = models.DateTimeField(null=True, editable=False)
    """Until then messages are signed with the secret from before the last change, too."""
    made_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    last_at = models.DateTimeField(_("last sent"), null=True, editable=False)
    last_result = models.CharField(
        _("last result"), max_length=MAX_WORDS, blank=True, editable=False
    )

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        try:
            check_address(self.url)
        except NotAllowed as why:
            raise ValidationError({"url": str(why)}) from why

    def seeds(self, now: datetime) -> list[str]:
        """What its secrets are made from, the newest first."""
        is_old_good = self.old_until is not None and now < self.old_until
        return [self.seed, self.old_seed] if is_old_good else [self.seed]


class WebhookMessage(models.Model):
    """What is told, as it is sent."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    event = models.CharField(_("event"), max_length=40)
    body = models.TextField(_("body"))
    made_at = models.DateTimeField(_("made"), default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("webhook message")
        verbose_name_plural = _("webhook messages")

    def __str__(self) -> str:
        return self.event


class DeliveryQuerySet(models.QuerySet["WebhookDelivery"]):
    def due(self, now: datetime) -> DeliveryQuerySet:
        """Those that may be sent now, what waits longest first."""
        waiting: dict[str, Any] = {"status": WebhookDelivery.Status.WAITING, "next_at__lte": now}
        return self.filter(**waiting, webhook__is_active=True).order_by("next_at", "pk")


class WebhookDelivery(models.Model):
    """One message on its way to one webhook."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DELIVERED = "delivered", _("delivered")
        GIVEN_UP = "given-up", _("given up")

    webhook = models.ForeignKey(
        Webhook, verbose_name=_("webhook"), on_delete=models.CASCADE, related_name="deliveries"
    )
    message = models.ForeignKey(
        WebhookMessage,
        verbose_name=_("event"),
        on_delete=models.CASCADE,
        related_name="deliveries",
    )
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.WAITING
    )
    since = models.DateTimeField(_("first try"), default=timezone.now)
    """When sending it was asked for, the first time or again."""
    next_at = models.DateTimeField(_("next try"), default=timezone.now)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    last_at = models.DateTimeField(_("last try"), null=True)
    last_status = models.PositiveSmallIntegerField(_("answer"), null=True)
    last_error = models.CharField(_("what went wrong"), max_length=MAX_WORDS, blank=True)
    seconds = models.FloatField(_("seconds"), null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["webhook", "message"], name="one_delivery_per_webhook")
        ]
        indexes = [
            models.Index(
                fields=["next_at"],
                name="deliveries_that_wait",
                condition=models.Q(status="waiting"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.message} → {self.webhook}"
