"""What people report to the moderators: a review, a list, or the name that somebody goes by.

A report keeps the words as they were when it was made. It goes with the person whom it is about;
whoever made it may leave, and the report stays without them.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Person

MAX_WORDS = 1000


class Report(models.Model):
    class Kind(models.TextChoices):
        REVIEW = "review", _("Review")
        LIST = "list", _("List")
        NAME = "name", _("Name")

    class Reason(models.TextChoices):
        ABUSE = "abuse", _("It insults or threatens somebody")
        HATE = "hate", _("It is hateful against a group of people")
        SPAM = "spam", _("It is advertising, or repeated again and again")
        SPOILER = "spoiler", _("It gives the plot away without a warning")
        LAW = "law", _("It breaks the law")
        OTHER = "other", _("Something else")

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        UPHELD = "upheld", _("Upheld")
        DISMISSED = "dismissed", _("Dismissed")

    reporter = models.ForeignKey(
        Person,
        verbose_name=_("reported by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="reports_made",
    )
    about = models.ForeignKey(
        Person, verbose_name=_("about"), on_delete=models.CASCADE, related_name="reports"
    )
    kind = models.CharField(_("what"), max_length=10, choices=Kind.choices)
    thing = models.PositiveBigIntegerField()
    """The id of the review or list; of the person, where it is a name."""
    text = models.TextField(_("words reported"), blank=True)
    reason = models.CharField(_("reason"), max_length=10, choices=Reason.choices)
    words = models.TextField(_("in their words"), max_length=MAX_WORDS, blank=True)
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.OPEN
    )
    made_at = models.DateTimeField(_("made"), default=timezone.now)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("handled by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    handled_at = models.DateTimeField(_("handled"), null=True, blank=True)

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        indexes = [
            models.Index(fields=["status", "-made_at"], name="report_queue"),
            models.Index(fields=["kind", "thing"], name="reports_of_a_thing"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["reporter", "kind", "thing"],
                condition=Q(status="open"),
                name="one_open_report_per_person_and_thing",
            )
        ]

    def __str__(self) -> str:
        return f"report {self.pk}"

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.OPEN
