"""When the site trains by itself, and how: one row, edited in the admin.

Until it is saved for the first time, the environment variables speak (`config.settings`); from then
on the row does. `current` gives what counts. Read by `recommendations.schedule`, `warm` and
`services`; says nothing about a run that somebody asks for, but how it is done.
"""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

ONLY = 1
"""The row's id: the database refuses another one."""
AT_LEAST_ONE = MinValueValidator(1)


def default_hours() -> int:
    return int(settings.RETRAIN_EVERY_HOURS)


def default_events() -> int:
    return int(settings.RETRAIN_AFTER_EVENTS)


def default_budget() -> str:
    return str(settings.TRAIN_BUDGET)


def default_canary() -> int | None:
    return int(settings.CANARY_SHARE) or None


class RetrainSettings(models.Model):
    """The one row. A missing number switches its trigger off."""

    class Budget(models.TextChoices):
        FAST = "fast", _("Fast: a third of the time, a little less good")
        DEFAULT = "default", _("Default")
        BEST = "best", _("Best: two to three times as long")

    is_on = models.BooleanField(
        _("train by itself"),
        default=True,
        help_text=_("When off, a training begins only when somebody asks for it."),
    )
    every_hours = models.PositiveIntegerField(
        _("hours between trainings"),
        default=default_hours,
        validators=[AT_LEAST_ONE],
        help_text=_("At least so often, if anything happened since the last one."),
    )
    at_hour = models.PositiveSmallIntegerField(
        _("hour of the day"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(23)],
        help_text=_(
            "From 0 to 23, in the site's time zone: scheduled trainings begin then, and hours "
            "between them count as whole days. Empty: at any time of the day."
        ),
    )
    after_events = models.PositiveIntegerField(
        _("after so many new events"),
        null=True,
        blank=True,
        default=default_events,
        validators=[AT_LEAST_ONE],
        help_text=_("Whatever the hours say. Empty: new events alone start nothing."),
    )
    after_share = models.FloatField(
        _("after new events of so many per cent"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0.1), MaxValueValidator(1000)],
        help_text=_(
            "Of the events that the last model learned from; 5 stands for 5 % more than those, "
            "but for 20 events at least. Empty: off."
        ),
    )
    after_items = models.PositiveIntegerField(
        _("after so many new items"),
        null=True,
        blank=True,
        default=100,
        validators=[AT_LEAST_ONE],
        help_text=_(
            "Items that no model has seen are shown as newest only, never as personal picks. "
            "Empty: they wait for the next training."
        ),
    )
    warm_days = models.PositiveSmallIntegerField(
        _("days between full trainings"),
        default=7,
        help_text=_(
            "In between, a live hybrid is brought up to date from where it stands, in about a "
            "fifth of the time. 0: every training is a full one."
        ),
    )
    budget = models.CharField(
        _("effort"), max_length=10, choices=Budget.choices, default=default_budget
    )
    canary_share = models.PositiveSmallIntegerField(
        _("try new models on so many per cent of people"),
        null=True,
        blank=True,
        default=default_canary,
        validators=[AT_LEAST_ONE, MaxValueValidator(50)],
        help_text=_(
            "A new model serves them first, and all when they take up more of it. "
            "Empty: it serves everybody at once."
        ),
    )
    keep_artifacts = models.PositiveSmallIntegerField(
        _("models to keep"),
        default=5,
        validators=[AT_LEAST_ONE],
        help_text=_("The newest ones. The live one is always kept."),
    )
    keep_days = models.PositiveSmallIntegerField(
        _("days to keep what was live"),
        default=30,
        help_text=_("Models that were live in these days are kept too, to roll back to."),
    )

    class Meta:
        verbose_name = _("retraining")
        verbose_name_plural = _("retraining")
        constraints = [models.CheckConstraint(condition=Q(id=ONLY), name="one_row_of_settings")]

    def __str__(self) -> str:
        return str(_("When and how the site trains"))

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.pk = ONLY
        super().save(*args, **kwargs)

    @classmethod
    def current(cls) -> Self:
        """The row, or what the environment says while there is none."""
        return cls.objects.filter(pk=ONLY).first() or cls(pk=ONLY)
