"""What was shown to people and really seen, and what came of it.

An Impression is one item that one person saw on one surface within one hour; it goes after 30 days,
when DailyImpressions, which know nobody, say how many there were. A ShownPrediction is the rating
that a page expected of somebody, kept to be held against what they give. `measuring` writes all of
them, and only about people whose activity counts.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

OWN_SURFACES = ("for-you", "for-you-page")
"""Where the personal list is shown."""
TIRED_DAYS = 14
"""What was shown longer ago is forgotten."""


class ImpressionQuerySet(models.QuerySet["Impression"]):
    def ignored(self, people: Collection[int]) -> ImpressionQuerySet:
        """What the personal lists of these people showed on days before, and was not opened."""
        today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        return self.filter(
            person__in=people,
            surface__in=OWN_SURFACES,
            opened_at=None,
            seen_at__lt=today,
            seen_at__gte=today - timedelta(days=TIRED_DAYS),
        ).order_by("seen_at", "item_id")


class Impression(models.Model):
    """An item of a list was at least half visible for a second."""

    person = models.ForeignKey(
        "catalog.Person",
        on_delete=models.CASCADE,
        related_name="impressions",
        db_index=False,  # the constraint's index begins with it
    )
    item = models.ForeignKey("catalog.Item", on_delete=models.CASCADE, related_name="impressions")
    surface = models.CharField(max_length=20)
    """Which panel or page: "for-you", "similar"."""
    hour = models.DateTimeField()
    """In which the list was made: seeing it again within the hour is the same impression."""
    position = models.PositiveSmallIntegerField()
    """From 0; where it stood the first time."""
    run = models.PositiveBigIntegerField(default=0)
    """The ModelRun that chose it; 0 where no model did."""
    arm = models.PositiveBigIntegerField(default=0)
    """The Arm of an experiment that chose it; 0 outside of experiments."""
    chance = models.FloatField(null=True)
    """How likely it was to stand there, where that was drawn by lot."""
    rung = models.CharField(max_length=20)
    times = models.PositiveIntegerField(default=1)
    """In how many lists of this hour it was seen."""
    rendered_at = models.DateTimeField()
    """The newest of those lists: an older one that is told of later is known already."""
    seen_at = models.DateTimeField(default=timezone.now)
    opened_at = models.DateTimeField(null=True)

    objects = ImpressionQuerySet.as_manager()

    class Meta:
        verbose_name = _("impression")
        verbose_name_plural = _("impressions")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "item", "surface", "hour"], name="one_impression_per_hour"
            )
        ]
        indexes = [models.Index(fields=["seen_at"], name="impression_time")]

    def __str__(self) -> str:
        return f"{self.person_id} saw {self.item_id} on {self.surface}"


class DailyImpressions(models.Model):
    """How often an item was seen on a day at one place, and what came of it."""

    day = models.DateField()
    surface = models.CharField(max_length=20)
    position = models.PositiveSmallIntegerField()
    run = models.PositiveBigIntegerField(default=0)
    arm = models.PositiveBigIntegerField(default=0)
    rung = models.CharField(max_length=20)
    item = models.ForeignKey("catalog.Item", on_delete=models.CASCADE, related_name="+")
    seen = models.PositiveIntegerField()
    opened = models.PositiveIntegerField(default=0)
    rated = models.PositiveIntegerField(default=0)
    shelved = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("daily impressions")
        verbose_name_plural = _("daily impressions")
        constraints = [
            models.UniqueConstraint(
                fields=["day", "surface", "position", "run", "arm", "rung", "item"],
                name="one_count_of_impressions",
            )
        ]

    def __str__(self) -> str:
        return f"{self.item_id} was seen {self.seen} times on {self.day}"


class ShownPrediction(models.Model):
    """The rating that somebody was told we expect, as they saw it last before they rated."""

    person = models.ForeignKey(
        "catalog.Person",
        on_delete=models.CASCADE,
        related_name="shown_predictions",
        db_index=False,  # the constraint's index begins with it
    )
    item = models.ForeignKey(
        "catalog.Item", on_delete=models.CASCADE, related_name="shown_predictions"
    )
    run = models.PositiveBigIntegerField()
    half_stars = models.PositiveSmallIntegerField()
    low = models.PositiveSmallIntegerField()
    high = models.PositiveSmallIntegerField()
    """Eight in ten ratings lie from `low` to `high`, in half stars."""
    shown_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("shown prediction")
        verbose_name_plural = _("shown predictions")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "item"], name="one_prediction_per_person_and_item"
            ),
            models.CheckConstraint(
                condition=Q(low__lte=F("half_stars"), half_stars__lte=F("high")),
                name="prediction_in_its_range",
            ),
        ]
        indexes = [models.Index(fields=["shown_at"], name="prediction_time")]

    def __str__(self) -> str:
        return f"{self.person_id} was told {self.half_stars / 2:g} for {self.item_id}"
