"""What arrived: one upload of a person, and a line for each thing that it speaks of."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Item, Person, ShelfEntry

MAX_SAID = 500


class ArrivalQuerySet(models.QuerySet["Arrival"]):
    def of(self, person: Person | None) -> ArrivalQuerySet:
        """A person's own; nobody sees another's."""
        return self.filter(person=person) if person is not None else self.none()


class Arrival(models.Model):
    """One file that a person brought: previewed first, then taken in, and undone if they like."""

    class Status(models.TextChoices):
        PREVIEW = "preview", _("to be looked at")
        WAITING = "waiting", _("being taken in")
        TAKEN = "taken", _("taken in")
        UNDONE = "undone", _("undone")

    class Policy(models.TextChoices):
        NEWER = "newer", _("what was done last stands")
        MINE = "mine", _("what I did here stands")
        THEIRS = "theirs", _("what I bring stands")

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="arrivals")
    file_name = models.CharField(max_length=200)
    source = models.CharField(max_length=20)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PREVIEW)
    policy = models.CharField(max_length=10, choices=Policy.choices, default=Policy.NEWER)
    rows_read = models.PositiveIntegerField(default=0)
    notes: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    """Sentences about files and columns that were not read."""
    last_item = models.BigIntegerField(default=0)
    """The newest item when rows were last matched: only newer ones can match what is left."""
    made_at = models.DateTimeField(default=timezone.now)
    taken_at = models.DateTimeField(null=True, blank=True)

    objects = ArrivalQuerySet.as_manager()

    class Meta:
        verbose_name = _("import of a person")
        verbose_name_plural = _("imports of people")
        ordering = ["-made_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(status="waiting"), name="one_arrival_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.file_name} of {self.person_id}"


class ArrivalRow(models.Model):
    """One thing of an arrival: what was said of it, which item it is, and what became of it."""

    class How(models.TextChoices):
        OUTSIDE = "id", _("the same id elsewhere")
        TITLE_YEAR = "title-year", _("the same title and year")
        TITLE_CREATOR = "title-creator", _("the same title and creator")
        NEAR_YEAR = "near-year", _("the same title, a year apart")
        TITLE = "title", _("the same title; no year to compare")
        ALIKE = "alike", _("nearly the same title")
        BY_HAND = "hand", _("chosen by you")
        NONE = "", _("not found here")

    class Outcome(models.TextChoices):
        OPEN = "", _("not taken in yet")
        TAKEN = "taken", _("taken in")
        SAME = "same", _("was here already")
        KEPT = "kept", _("what you did here stands")
        SKIPPED = "skipped", _("left out by you")
        UNMATCHED = "unmatched", _("waits for the item")
        REFUSED = "refused", _("cannot be read")
        RESTORED = "restored", _("undone")
        LEFT = "left", _("changed by you since, and left so")

    arrival = models.ForeignKey(Arrival, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    origins: models.JSONField[list[Any], list[Any]] = models.JSONField(default=list)
    """[file, line] of every row that spoke of it."""
    title = models.CharField(max_length=MAX_SAID)
    year = models.SmallIntegerField(null=True)
    creators = models.CharField(max_length=MAX_SAID, blank=True)
    outside: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField(default=dict)
    half_stars = models.PositiveSmallIntegerField(null=True)
    rated_at = models.DateTimeField(null=True)
    shelf = models.CharField(max_length=10, blank=True)
    shelved_at = models.DateTimeField(null=True)
    review = models.TextField(blank=True)
    problem = models.CharField(max_length=MAX_SAID, blank=True)
    item = models.ForeignKey(Item, null=True, on_delete=models.SET_NULL, related_name="+")
    how = models.CharField(max_length=15, choices=How.choices, blank=True)
    likeness = models.PositiveSmallIntegerField(null=True)
    """Of two titles, 0 to 100, where they are not the same."""
    is_skipped = models.BooleanField(default=False)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    before: models.JSONField[dict[str, Any] | None, dict[str, Any] | None] = models.JSONField(
        null=True
    )
    """What was there, to be put back; None where nothing was written."""

    class Meta:
        verbose_name = _("row of an import")
        verbose_name_plural = _("rows of an import")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["arrival", "number"], name="arrival_row_once")
        ]
        indexes = [
            models.Index(fields=["outcome", "arrival"], name="rows_that_wait"),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.year})" if self.year else self.title

    @property
    def shelf_name(self) -> str:
        return str(dict(ShelfEntry.Shelf.choices).get(self.shelf, self.shelf))
