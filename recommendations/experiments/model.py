"""An experiment over one surface, its arms, and what came of each arm day by day.

An arm is a set of changes of the surface's settings, or another model, or both; the first one
changes nothing. Who is in which arm is drawn by lot from the experiment's token (`assignment`), so
no row says it. ArmDay holds sums over people and knows nobody. `recommendations.experimenting`
writes all of them; the constraints hold whoever writes. Nothing here imports the catalogue.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from catalog import changes
from recommendations.experiments.checking import problems_of_arm, problems_of_experiment
from recommendations.remembered import EXPERIMENTS

RAMP = (1, 5, 25, 50, 100)
MOST_ARMS = 4
LASTS = timedelta(days=28)
"""From its start until it ends by itself: what is known of people is kept for 30 days."""
LETTERS = "ABCD"


class Place(models.TextChoices):
    """A surface that can be tried on; named as its placement is. For us is none: its list is one
    for all of a group, and people are drawn one by one."""

    FOR_YOU = "for-you", _("For you")
    SIMILAR = "similar", _("Similar items")
    BECAUSE = "because-you-liked", _("Because you liked something")
    GENRE = "genre", _("Favourite genres")
    POPULAR = "popular", _("Popular here")
    BUBBLE = "out-of-bubble", _("Out of your bubble")
    WORTHY = "worth-a-look", _("New and worth a look")
    NEW = "new", _("New here")
    TOGETHER = "together", _("Chosen by the same people")
    CARRY_ON = "carry-on", _("Carry on")
    LIKE_TASTE = "like-taste", _("People of like taste")


class ExperimentQuerySet(models.QuerySet["Experiment"]):
    def running(self) -> ExperimentQuerySet:
        return self.filter(started_at__isnull=False, stopped_at__isnull=True)


class Experiment(models.Model):
    """Two to four ways to make the lists of one surface, tried on a share of people."""

    class Design(models.TextChoices):
        SPLIT = "split", _("A/B: each person gets one arm")
        INTERLEAVED = "interleaved", _("Interleaved: two arms in each list")

    class Metric(models.TextChoices):
        OPENED = "opened", _("opened")
        RATED_WELL = "rated_well", _("rated well (4 stars or more)")
        SHELVED = "shelved", _("shelved")

    class Per(models.TextChoices):
        PERSON = "person", _("for each person")
        SEEN = "seen", _("for each item that was seen")

    name = models.CharField(_("name"), max_length=100)
    why = models.TextField(
        _("what you expect"), max_length=1000, blank=True, help_text=_("Written down beforehand.")
    )
    surface = models.CharField(
        _("surface"), max_length=30, choices=Place.choices, default=Place.FOR_YOU
    )
    design = models.CharField(
        _("design"),
        max_length=12,
        choices=Design.choices,
        default=Design.SPLIT,
        help_text=_(
            "Interleaved needs far fewer people, and says which of two is better, not by how much."
        ),
    )
    metric = models.CharField(
        _("primary metric"), max_length=12, choices=Metric.choices, default=Metric.OPENED
    )
    per = models.CharField(_("counted"), max_length=6, choices=Per.choices, default=Per.PERSON)
    window_days = models.PositiveSmallIntegerField(
        _("followed for days"),
        choices=[(1, "1"), (3, "3"), (7, "7")],
        default=3,
        help_text=_("What somebody does so many days from the first list on counts."),
    )
    guards_dismissals = models.BooleanField(
        _("stop an arm in which people dismiss more"), default=True
    )
    guards_seen = models.BooleanField(
        _("stop an arm in which people see less"),
        default=True,
        help_text=_("Lists that are empty, short or slow are seen less."),
    )
    share = models.PositiveSmallIntegerField(_("% of people"), default=0)
    token = models.UUIDField(default=uuid.uuid4, editable=False)
    """The key that people are drawn by; another experiment draws others."""
    created_at = models.DateTimeField(_("written"), default=timezone.now)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    stopped_at = models.DateTimeField(_("stopped"), null=True, blank=True)
    outcome = models.TextField(_("what came of it"), blank=True)
    winner = models.ForeignKey(
        "Arm", verbose_name=_("applied"), null=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = ExperimentQuerySet.as_manager()

    class Meta:
        verbose_name = _("experiment")
        verbose_name_plural = _("experiments")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["surface"],
                condition=Q(started_at__isnull=False, stopped_at__isnull=True),
                name="one_running_experiment_per_surface",
            ),
            models.CheckConstraint(
                condition=Q(share=0, started_at__isnull=True)
                | Q(started_at__isnull=False, share__gte=1, share__lte=100),
                name="experiment_share_in_range",
            ),
            models.CheckConstraint(
                condition=Q(stopped_at__isnull=True)
                | Q(started_at__isnull=False, stopped_at__gte=models.F("started_at")),
                name="experiment_stops_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(window_days__in=[1, 3, 7]), name="experiment_window_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        changed()

    def clean(self) -> None:
        if found := problems_of_experiment(self):
            raise ValidationError(found)

    @property
    def is_running(self) -> bool:
        return self.started_at is not None and self.stopped_at is None

    @property
    def is_interleaved(self) -> bool:
        return self.design == self.Design.INTERLEAVED

    @property
    def window(self) -> timedelta:
        return timedelta(days=self.window_days)

    @property
    def ends_at(self) -> datetime | None:
        return None if self.started_at is None else self.started_at + LASTS

    @property
    def next_share(self) -> int | None:
        """The next step of the ramp; None at its end."""
        return next((step for step in RAMP if step > self.share), None)


class Arm(models.Model):
    """One way to make the lists; the first one of an experiment is how they are made already."""

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="arms")
    place = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(_("name"), max_length=100, blank=True)
    changes = models.JSONField(
        _("changed settings"),
        default=dict,
        blank=True,
        help_text=_(
            'Settings of the surface with other values, such as {"diversity": 0.4}. '
            "The first arm has none: it is how lists are made already."
        ),
    )
    run = models.ForeignKey(
        "recommendations.ModelRun",
        verbose_name=_("another model"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    stopped_at = models.DateTimeField(null=True, editable=False)
    stopped_because = models.TextField(blank=True, editable=False)

    class Meta:
        verbose_name = _("arm")
        verbose_name_plural = _("arms")
        ordering = ["experiment", "place"]
        constraints = [
            models.UniqueConstraint(fields=["experiment", "place"], name="one_arm_at_a_place"),
            models.CheckConstraint(condition=Q(place__lt=MOST_ARMS), name="four_arms_at_most"),
        ]

    def __str__(self) -> str:
        return f"{self.letter}: {self.label}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        changed()

    def clean(self) -> None:
        if found := problems_of_arm(self):
            raise ValidationError(found)

    @property
    def letter(self) -> str:
        return LETTERS[self.place]

    @property
    def label(self) -> str:
        """Its name, else what it changes, in words."""
        if self.name:
            return self.name
        known = self.changes if isinstance(self.changes, dict) else {}
        said = [f"{name} = {value}" for name, value in known.items()]
        if self.run_id:
            said.append(_now("run %(number)s") % {"number": self.run_id})
        return ", ".join(said) or _now("as it is")


class ArmDay(models.Model):
    """What people did who came into an arm on one day. Sums and squares: it knows nobody."""

    arm = models.ForeignKey(Arm, on_delete=models.CASCADE, related_name="days", db_index=False)
    day = models.DateField()
    people = models.PositiveIntegerField(default=0)
    """Whose days are over."""
    sums = models.JSONField(default=dict)
    """By outcome: [y, y², x, x², xy] over these people, x being how much each saw; of interleaved
    lists "signs": [wins of the second arm, of the first, draws], on the second arm's row."""
    guarded = models.PositiveIntegerField(default=0)
    """Whose first day is over, for what stops an arm."""

    class Meta:
        verbose_name = _("day of an arm")
        verbose_name_plural = _("days of arms")
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["arm", "day"], name="one_day_of_an_arm")]

    def __str__(self) -> str:
        return f"{self.people} people of arm {self.arm_id} on {self.day}"


class ExperimentChange(models.Model):
    """What somebody, or a guardrail, did to an experiment."""

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="changes")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField(default=timezone.now)
    said = models.TextField()

    class Meta:
        verbose_name = _("change of an experiment")
        verbose_name_plural = _("changes of experiments")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}: {self.said}"


def changed() -> None:
    """This process forgets at once, and again when others can see the change."""
    EXPERIMENTS.forget()
    transaction.on_commit(EXPERIMENTS.forget)
    changes.say()
