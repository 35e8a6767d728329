"""A rule of the site over its lists: hide, pin, boost, bury, at most so many, only among.

Staff write rules in the admin; `recommendations.rules.force` finds out which items each one means,
`recommendations.rules.applying` applies them whenever a list is made. `clean` says what is missing
in words that name the cure; the constraints hold whoever writes. Every change is kept as a
RuleChange. Nothing here imports the catalogue.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from catalog import changes
from recommendations.remembered import RULES
from recommendations.rules.checking import problems

STRONGEST = 3.0
LAST_PLACE = 24
MOST_OF_A_GROUP = 24
LONGEST_AGE = 36_500


class Surface(models.TextChoices):
    """A sort of list, by the name of its surface; each has a switch on the rule."""

    FOR_YOU = "for-you", _("For you")
    SIMILAR = "similar", _("Similar items")
    POPULAR = "popular", _("Popular here")
    NEW = "new", _("New here")
    GENRES = "genre", _("Panels of genres")

    @property
    def switch(self) -> str:
        """The field that says whether a rule holds there."""
        return f"on_{self.name.lower()}"


SWITCHES = tuple(surface.switch for surface in Surface)
MEANS = ("item_id", "attribute_id", "words", "added_within_days", "older_than_days")
"""The fields that say which items are meant; an item has to fit all that are filled in."""
PARTS = (
    *("action", *MEANS, "group_by", *SWITCHES),
    *("strength", "place", "most", "starts_at", "ends_at", "is_on", "note"),
)
"""Everything that a rule says."""


class RuleQuerySet(models.QuerySet["Rule"]):
    def not_over(self, now: datetime | Now) -> RuleQuerySet:
        """Those that are switched on, and hold now or will."""
        return self.filter(is_on=True).exclude(ends_at__lte=now)


class Rule(models.Model):
    """One wish of the site about what its lists show."""

    class Action(models.TextChoices):
        HIDE = "hide", _("Hide")
        ONLY = "only", _("Only among")
        BOOST = "boost", _("Boost")
        BURY = "bury", _("Bury")
        AT_MOST = "at_most", _("At most so many")
        PIN = "pin", _("Pin to a place")

    class Group(models.TextChoices):
        NONE = "", _("all of them together")
        CREATOR = "creator", _("each creator")
        GENRE = "genre", _("each genre")

    action = models.CharField(_("what it does"), max_length=10, choices=Action.choices)
    item = models.ForeignKey(
        "catalog.Item",
        verbose_name=_("one item"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="rules",
    )
    attribute = models.ForeignKey(
        "catalog.Attribute",
        verbose_name=_("with this attribute"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="rules",
        help_text=_("A genre, a creator, a tag."),
    )
    words = models.CharField(
        _("with these words"),
        max_length=100,
        blank=True,
        help_text=_("Each of them stands, as a whole word, in the title or in the description."),
    )
    added_within_days = models.PositiveIntegerField(
        _("added in the last days"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_AGE)],
    )
    older_than_days = models.PositiveIntegerField(
        _("added more days ago than"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_AGE)],
    )
    group_by = models.CharField(
        _("counted for"), max_length=10, choices=Group.choices, default=Group.NONE, blank=True
    )
    on_for_you = models.BooleanField(_("For you"), default=True)
    on_similar = models.BooleanField(_("Similar items"), default=False)
    on_popular = models.BooleanField(_("Popular here"), default=False)
    on_new = models.BooleanField(_("New here"), default=False)
    on_genres = models.BooleanField(_("Panels of genres"), default=False)
    strength = models.FloatField(
        _("strength"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0.1), MaxValueValidator(STRONGEST)],
        help_text=_("In standard deviations of a list's scores, from 0.1 to 3; 1 is clearly felt."),
    )
    place = models.PositiveSmallIntegerField(
        _("place"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LAST_PLACE)],
        help_text=_("1 is the first of the list."),
    )
    most = models.PositiveSmallIntegerField(
        _("at most"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_OF_A_GROUP)],
        help_text=_("So many of them in one list."),
    )
    starts_at = models.DateTimeField(_("from"), null=True, blank=True)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    is_on = models.BooleanField(_("switched on"), default=True)
    note = models.CharField(
        _("why"), max_length=300, help_text=_("For whoever finds this rule next year.")
    )
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = RuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("rule")
        verbose_name_plural = _("rules")
        ordering = ["-is_on", "-pk"]
        permissions = [("inspect_lists", "Can look into the lists of one person")]
        constraints = [
            models.CheckConstraint(
                condition=Q(on_for_you=True)
                | Q(on_similar=True)
                | Q(on_popular=True)
                | Q(on_new=True)
                | Q(on_genres=True),
                name="rule_is_on_some_list",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True)
                | Q(starts_at__isnull=True)
                | Q(ends_at__gt=F("starts_at")),
                name="rule_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(item__isnull=False)
                | Q(attribute__isnull=False)
                | ~Q(words="")
                | Q(added_within_days__isnull=False)
                | Q(older_than_days__isnull=False)
                | (Q(action="at_most") & ~Q(group_by="")),
                name="rule_means_some_items",
            ),
            models.CheckConstraint(
                condition=(
                    Q(action__in=["boost", "bury"], strength__isnull=False)
                    & Q(strength__gt=0, strength__lte=STRONGEST)
                )
                | (~Q(action__in=["boost", "bury"]) & Q(strength__isnull=True)),
                name="rule_has_its_strength",
            ),
            models.CheckConstraint(
                condition=(
                    Q(action="pin", item__isnull=False, place__isnull=False)
                    & Q(place__gte=1, place__lte=LAST_PLACE)
                )
                | (~Q(action="pin") & Q(place__isnull=True)),
                name="rule_has_its_place",
            ),
            models.CheckConstraint(
                condition=(
                    Q(action="at_most", most__isnull=False)
                    & Q(most__gte=1, most__lte=MOST_OF_A_GROUP)
                )
                | (~Q(action="at_most") & Q(most__isnull=True, group_by="")),
                name="rule_has_its_number",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()}: {self.which}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        _changed()

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        deleted = super().delete(*args, **kwargs)
        _changed()
        return deleted

    @property
    def which(self) -> str:
        """The items that it means, in words."""
        said = [str(thing) for thing in (self.item, self.attribute) if thing is not None]
        if self.words:
            said.append(_now("“%(words)s” in title or text") % {"words": self.words})
        if self.added_within_days:
            said.append(_now("added in the last %(n)d days") % {"n": self.added_within_days})
        if self.older_than_days:
            said.append(_now("added more than %(n)d days ago") % {"n": self.older_than_days})
        if self.group_by:
            said.append(self.get_group_by_display())
        return ", ".join(said)

    @property
    def surfaces(self) -> list[Surface]:
        return [surface for surface in Surface if getattr(self, surface.switch)]

    def is_in_force(self, *, at: datetime) -> bool:
        begun = self.starts_at is None or self.starts_at <= at
        return self.is_on and begun and (self.ends_at is None or at < self.ends_at)

    def clean(self) -> None:
        """Everything that is missing or too much, each at its field."""
        found = problems(self)
        if found:
            raise ValidationError(found)


class RuleChange(models.Model):
    """What somebody made of a rule: all that it said before, and after."""

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="changes")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField(default=timezone.now)
    before = models.JSONField(null=True)
    after = models.JSONField()
    back_to = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    """The earlier change whose words were taken up again."""

    class Meta:
        verbose_name = _("change of a rule")
        verbose_name_plural = _("changes of rules")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"change {self.pk} of rule {self.rule_id}"


def _changed() -> None:
    """This process forgets at once, and again when others can see the change."""
    RULES.forget()
    transaction.on_commit(RULES.forget)
    changes.say()
