"""What a person may ask of the site about their own activity, and which events count therefore.

`PrivacyChoices` are the switches on a Person. An event *counts* while its person is neither
private nor paused nor in quarantine, and it is neither private itself nor held back: only such
events are learned from, and only such are in any number that the site shows or ranks by.
`counted()` is where that is said; the counts on Item follow it, see `catalog.services` and
`catalog.privacy`. A Receipt says what was deleted, and knows nothing of whose it was.
"""

from __future__ import annotations

import uuid
from typing import Any, TypeVar

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.owners import Owned, OwnedQuerySet

Row = TypeVar("Row", bound=models.Model)
UNCOUNTED = Q(is_private=True) | Q(is_paused=True) | Q(is_quarantined=True)


class PrivacyChoices(models.Model):
    """The switches of *My privacy*. All of them are off for somebody new, save the last two."""

    is_private = models.BooleanField(_("private: never used for training"), default=False)
    is_paused = models.BooleanField(_("paused: views are not recorded"), default=False)
    is_stopped = models.BooleanField(_("stopped: nothing is recorded"), default=False)
    is_unpersonalised = models.BooleanField(
        _("not personalised: lists are the same for everybody"), default=False
    )
    shows_ratings = models.BooleanField(_("everybody may see the ratings"), default=False)
    shows_shelves = models.BooleanField(_("everybody may see the shelves"), default=False)
    # Each review and list says for itself whether it is public, and is not unless it is said.
    shows_reviews = models.BooleanField(_("everybody may see public reviews"), default=True)
    shows_lists = models.BooleanField(_("everybody may see public lists"), default=True)

    # No choice of theirs: what moderators and the nightly check decide, see catalog.trust.
    is_quarantined = models.BooleanField(
        _("in quarantine: counts nowhere"), default=False, db_default=False, editable=False
    )

    class Meta:
        abstract = True

    @property
    def is_counted(self) -> bool:
        """Whether this person's events count, those apart that are private themselves."""
        return not (self.is_private or self.is_paused or self.is_quarantined)


class MayBePrivate(Owned):
    """A row that its person can keep private by itself."""

    is_private = models.BooleanField(
        _("private: never used for training"), default=False, db_default=False
    )

    class Meta:
        abstract = True


class MayBeHeld(MayBePrivate):
    """A row that is held back while its item is frozen, see `catalog.freezes`."""

    is_held = models.BooleanField(_("held back"), default=False, db_default=False, editable=False)

    class Meta:
        abstract = True

    @property
    def may_count(self) -> bool:
        """Whether it counts where its person does."""
        return not (self.is_private or self.is_held)


class PersonQuerySet(OwnedQuerySet[Row]):
    def uncounted(self) -> PersonQuerySet[Row]:
        """People whose events are in no count and in no model: few, and found by an index."""
        return self.filter(UNCOUNTED)


class EventQuerySet(OwnedQuerySet[Row]):
    """Rows that a `person` made."""

    def counted(self) -> EventQuerySet[Row]:
        """Those that may be learned from, and are in every number that others see."""
        people: Any = self.model._meta.get_field("person").related_model
        return self.exclude(person__in=people._default_manager.uncounted().values("pk"))


class PrivateEventQuerySet(EventQuerySet[Row]):
    """Rows that may be private one by one: ratings and shelf entries."""

    switch: str
    """Which switch of their person shows them to everybody."""

    def shown_to(self, viewer: models.Model | None) -> PrivateEventQuerySet[Row]:
        """One's own, and those that people show to everybody, save private ones."""
        seen = Q(is_private=False, **{f"person__{self.switch}": True})
        return self.filter(seen if viewer is None else seen | Q(person=viewer))

    def counted(self) -> EventQuerySet[Row]:
        return super().counted().filter(is_private=False)


class RatingQuerySet(PrivateEventQuerySet[Row]):
    switch = "shows_ratings"
    untold = frozenset({"is_held"})

    def counted(self) -> EventQuerySet[Row]:
        return super().counted().filter(is_held=False)


class ShelfQuerySet(PrivateEventQuerySet[Row]):
    switch = "shows_shelves"


class Receipt(models.Model):
    """What somebody had deleted, for whoever knows its address."""

    token = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    deleted_at = models.DateTimeField(default=timezone.now, editable=False)
    counts = models.JSONField(default=dict, editable=False)
    """How many rows, by the name of their kind."""
    is_account = models.BooleanField(default=False, editable=False)
    """All of it, and the account."""
    was_learned = models.BooleanField(default=True, editable=False)
    """Whether a model may have learned from it."""

    class Meta:
        verbose_name = _("receipt")

    def __str__(self) -> str:
        return f"deleted on {self.deleted_at:%Y-%m-%d %H:%M}"

    def get_absolute_url(self) -> str:
        return reverse("catalog:receipt", args=[self.token])
