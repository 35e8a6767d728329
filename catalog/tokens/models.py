"""Tokens of the API, the services that act for many people, and these people.

A secret is kept nowhere, only its SHA-256. A token belongs to an account or to a service. An
*outside person* is somebody whom a service knows by a key of its own: a Person without an account,
who cannot sign in, has no address and no name, and is public nowhere.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Person, User
from catalog.owners import Owned, OwnedQuerySet

MAX_NAME, MAX_OUTSIDE_KEY = 100, 200


class Service(Owned):
    """A program of others, such as a shop, that acts for its own people here."""

    owned_by = {"services": "pk"}

    name = models.CharField(_("name"), max_length=MAX_NAME, unique=True)
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Off: none of its tokens is let in.")
    )
    made_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)

    objects = OwnedQuerySet["Service"].as_manager()

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")

    def __str__(self) -> str:
        return self.name


class OutsidePerson(Owned):
    """Who a Person is to the service that brought them."""

    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="people")
    key = models.CharField(_("outside id"), max_length=MAX_OUTSIDE_KEY)
    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="outside")

    objects = OwnedQuerySet["OutsidePerson"].as_manager()

    class Meta:
        verbose_name = _("outside person")
        verbose_name_plural = _("outside people")
        constraints = [
            models.UniqueConstraint(fields=["service", "key"], name="one_outside_person_per_key")
        ]

    def __str__(self) -> str:
        return f"{self.service_id}: {self.key}"


class TokenQuerySet(OwnedQuerySet["ApiToken"]):
    untold = frozenset({"used_at"})

    def usable(self, now: datetime) -> TokenQuerySet:
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=now), revoked_at=None)

    def over_since(self, moment: datetime) -> TokenQuerySet:
        """Those that nobody could use any more at that moment."""
        return self.filter(Q(ends_at__lt=moment) | Q(revoked_at__lt=moment))


class ApiToken(Owned):
    """What a program shows instead of a password."""

    owned_by = {"accounts": "user_id", "services": "service_id"}

    digest = models.CharField(max_length=64, unique=True, editable=False)
    """Hexadecimal SHA-256 of the secret."""
    start = models.CharField(_("begins with"), max_length=16, blank=True, editable=False)
    user = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.CASCADE, related_name="api_tokens"
    )
    service = models.ForeignKey(
        Service,
        verbose_name=_("service"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="tokens",
    )
    name = models.CharField(_("name"), max_length=MAX_NAME)
    scopes = models.JSONField(_("scopes"), default=list)
    made_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True)
    used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    """Within an hour: a token in constant use is not written each time."""
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)

    objects = TokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        constraints = [
            models.CheckConstraint(
                condition=Q(user=None, service__isnull=False) | Q(user__isnull=False, service=None),
                name="token_has_one_owner",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_usable(self) -> bool:
        now = timezone.now()
        return self.revoked_at is None and (self.ends_at is None or self.ends_at > now)

    def revoke(self) -> None:
        if self.revoked_at is None:
            self.revoked_at = timezone.now()
            self.save(update_fields=["revoked_at"])


FORGOTTEN_AFTER = timedelta(days=90)


def forget_old_tokens() -> int:
    """Delete the rows of tokens that ended or were revoked long ago."""
    over = ApiToken.objects.over_since(timezone.now() - FORGOTTEN_AFTER)
    deleted, _models = over.delete()
    if settings.OAUTH_PROVIDER:
        from oauth2_provider.models import clear_expired

        clear_expired()
    return deleted
