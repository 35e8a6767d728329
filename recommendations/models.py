"""Trainings, and which model is live.

A ModelRun is one training, from the wish for it to its verdict. `recommendations.pipeline` works
it off, `recommendations.services` changes what is live, `recommendations.engine` serves the live
one, the admin shows them all. The constraints hold whoever writes: at most one run is waiting or
under way, at most one is live, at most one is tried on some people, and what was asked for twice
exists once.
"""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.changes import TellingQuerySet
from recommendations.agreed import Group, Invitation, LikeTaste, Member
from recommendations.chance import ItemChance
from recommendations.dismissal import Dismissal
from recommendations.experiments.model import Arm, ArmDay, Experiment, ExperimentChange
from recommendations.impressions import DailyImpressions, Impression, ShownPrediction
from recommendations.placements.model import Placement
from recommendations.retrain_settings import RetrainSettings
from recommendations.rules.model import Rule, RuleChange
from recommendations.steered import LeftOut, Steering
from recommendations.widget_origins import WidgetOrigin

__all__ = ["DailyImpressions", "Dismissal", "Impression", "ItemChance", "LeftOut", "ModelRun"]
__all__ += ["Placement", "RetrainSettings", "Rule", "RuleChange", "ShownPrediction", "Steering"]
__all__ += ["Arm", "ArmDay", "Experiment", "ExperimentChange"]
__all__ += ["Group", "Invitation", "LikeTaste", "Member", "WidgetOrigin"]


class ModelRunQuerySet(TellingQuerySet["ModelRun"]):
    untold = frozenset(("heartbeat_at", "log", "progress", "progress_note", "stage"))

    def live(self) -> ModelRun | None:
        """The run whose model is served."""
        return self.filter(is_live=True).first()

    def active(self) -> ModelRunQuerySet:
        """Runs that wait or are under way; the database lets there be one at most."""
        return self.filter(status__in=ModelRun.ACTIVE)

    def servable(self) -> ModelRunQuerySet:
        """Runs whose model could be live: they ended well, and their artifact is kept."""
        return self.filter(status=ModelRun.Status.SUCCEEDED).exclude(artifact="")

    def canary(self) -> ModelRun | None:
        """The run whose model is tried on a share of people."""
        return self.filter(canary_share__gt=0).first()

    def end_canary(self, outcome: str, *, run_id: int | None = None) -> bool:
        """Nobody gets the canary any more; False where there is none, or it is another run's."""
        tried = self.filter(canary_share__gt=0)
        if run_id is not None:
            tried = tried.filter(pk=run_id)
        return bool(tried.update(canary_share=0, canary_outcome=outcome))


class ModelRun(models.Model):
    """One training of the recommendation model."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        SUCCEEDED = "succeeded", _("Succeeded")
        REFUSED = "refused", _("Refused")
        FAILED = "failed", _("Failed")
        LOST = "lost", _("Lost")
        CANCELLED = "cancelled", _("Cancelled")

    class Trigger(models.TextChoices):
        ADMIN = "admin", _("Retrain now")
        COMMAND = "command", _("Command line")
        FIRST = "first", _("First model")
        FULL = "full", _("First full training")
        SCHEDULE = "schedule", _("Schedule")
        EVENTS = "events", _("New events")
        ITEMS = "items", _("New items")
        API = "api", _("API")

    class Mode(models.TextChoices):
        AUTO = "auto", _("Not decided yet")
        FULL = "full", _("Full training")
        WARM = "warm", _("Warm start")

    class Stage(models.TextChoices):
        WAITING = "waiting", _("Waiting for a trainer")
        READING = "reading", _("Reading events")
        TRAINING = "training", _("Training candidates on the past")
        JUDGING = "judging", _("Judging candidates on what came after")
        FITTING = "fitting", _("Fitting the winner on everything")
        PUBLISHING = "publishing", _("Publishing")
        OVER = "over", _("Over")

    ACTIVE = (Status.QUEUED, Status.RUNNING)

    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.QUEUED
    )
    trigger = models.CharField(_("why"), max_length=10, choices=Trigger.choices)
    mode = models.CharField(_("how"), max_length=4, choices=Mode.choices, default=Mode.AUTO)
    """Asked for as a full one or left open; decided when it begins (`recommendations.warm`)."""
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("asked for by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    window = models.CharField(
        max_length=100,
        null=True,
        blank=True,
        unique=True,
        help_text=_("What this run is for; the same thing is never trained twice."),
    )
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=1)
    token = models.UUIDField(default=uuid.uuid4, editable=False)
    """The lease: a worker that took the run holds it, and may write only while it is unchanged."""
    worker = models.CharField(_("worker"), max_length=200, blank=True)

    created_at = models.DateTimeField(_("asked for"), default=timezone.now)
    started_at = models.DateTimeField(_("started"), null=True)
    heartbeat_at = models.DateTimeField(_("last sign of life"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    stage = models.CharField(
        _("stage"), max_length=10, choices=Stage.choices, default=Stage.WAITING
    )
    progress = models.FloatField(_("progress"), default=0.0)
    progress_note = models.CharField(_("doing"), max_length=200, blank=True)
    log = models.TextField(_("log"), blank=True)

    cut_off = models.DateTimeField(_("newest event"), null=True)
    marks = models.JSONField(default=dict, blank=True, editable=False)
    """The newest row of each event table when this run read them; what came later is new."""
    event_count = models.PositiveIntegerField(_("events"), default=0)
    item_count = models.PositiveIntegerField(_("items"), default=0)
    person_count = models.PositiveIntegerField(_("people"), default=0)

    chosen = models.CharField(_("chosen"), max_length=30, blank=True)
    label = models.CharField(_("model"), max_length=100, blank=True)
    figures = models.JSONField(_("figures"), default=dict, blank=True)
    curve = models.JSONField(_("training curves"), default=dict, blank=True, editable=False)
    """The loss at some steps of each training, at most `recommendations.curves.MOST` points."""
    verdict = models.TextField(_("verdict"), blank=True)
    error = models.TextField(_("error"), blank=True)
    artifact = models.CharField(_("artifact folder"), max_length=100, blank=True)
    artifact_problem = models.TextField(_("why its artifact cannot be served"), blank=True)
    artifact_digest = models.CharField(
        _("digest of its artifact"), max_length=64, blank=True, editable=False
    )
    """What `ml.manifest.digest_of` gave on publishing; empty for runs from before there was one."""
    is_live = models.BooleanField(_("live"), default=False)
    live_from = models.DateTimeField(_("live from"), null=True)
    live_until = models.DateTimeField(_("live until"), null=True)
    """Of the last time that it was live; what was live lately is kept, to roll back to."""
    canary_share = models.PositiveSmallIntegerField(_("tried on % of people"), default=0)
    canary_since = models.DateTimeField(_("tried since"), null=True, blank=True)
    canary_outcome = models.TextField(_("what came of trying it"), blank=True)

    objects = ModelRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("model run")
        verbose_name_plural = _("model runs")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                Case(When(status__in=["queued", "running"], then=Value(1))),
                name="one_active_run",
            ),
            models.UniqueConstraint(
                fields=["is_live"], condition=Q(is_live=True), name="one_live_run"
            ),
            models.CheckConstraint(
                condition=Q(is_live=False) | (Q(status="succeeded") & ~Q(artifact="")),
                name="live_run_has_a_model",
            ),
            models.UniqueConstraint(
                Case(When(canary_share__gt=0, then=Value(1))), name="one_canary_run"
            ),
            models.CheckConstraint(
                condition=Q(canary_share=0)
                | (
                    Q(canary_share__lte=50, is_live=False, status="succeeded")
                    & Q(canary_since__isnull=False)
                    & ~Q(artifact="")
                ),
                name="canary_run_has_a_model",
            ),
        ]

    def __str__(self) -> str:
        return f"run {self.pk}"

    @property
    def is_active(self) -> bool:
        return self.status in self.ACTIVE

    @property
    def duration(self) -> timedelta | None:
        """How long it took, or has taken up to now; None before it started."""
        if self.started_at is None:
            return None
        return (self.finished_at or timezone.now()) - self.started_at
