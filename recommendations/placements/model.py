"""A placement: one row for each surface, which staff change in the admin.

Rows are created after migrating (`create_missing`), set as `defaults` says. `clean` says what is
wrong in words that name the cure; the constraints hold whoever writes. `reading` hands rows to
whoever makes lists.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from django.apps import apps as all_apps
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import F, Func, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from catalog import changes
from recommendations.placements import memory
from recommendations.placements.checking import problems
from recommendations.placements.defaults import DEFAULTS, PLACES, TITLES, Placed
from recommendations.placements.settings import (
    LONGEST_NAME,
    LONGEST_TITLE,
    MOST_SHOWN,
    SHARES,
    PlacementSettings,
)

FIELDS = tuple(one.name for one in fields(PlacementSettings))
WHERE = tuple(f"on_{place}" for place in PLACES)


def _share(label: Any, help_text: Any) -> Any:
    bounds = [MinValueValidator(0.0), MaxValueValidator(1.0)]
    return models.FloatField(label, default=0.0, validators=bounds, help_text=help_text)


class Placement(models.Model):
    """One surface: whether, where and how it shows a list."""

    name = models.CharField(
        _("name"),
        max_length=LONGEST_NAME,
        primary_key=True,
        editable=False,
        help_text=_("The same in templates, in the API, in rules and in what is measured."),
    )
    is_on = models.BooleanField(
        _("switched on"), default=True, help_text=_("Switched off, it is shown nowhere.")
    )
    title = models.CharField(
        _("title"),
        max_length=LONGEST_TITLE,
        blank=True,
        help_text=_("Leave it empty for the site's own words, in the language of each reader."),
    )
    on_home = models.BooleanField(_("on the home page"), default=False)
    on_item = models.BooleanField(_("on the page of an item"), default=False)
    on_page = models.BooleanField(
        _("on a page of its own"),
        default=False,
        help_text=_("The whole list, where “See all” leads."),
    )
    on_api = models.BooleanField(_("in the API"), default=True)
    order = models.PositiveSmallIntegerField(
        _("place on the page"),
        default=0,
        help_text=_("Low numbers come first. On the home page, 50 and above is below the genres."),
    )
    size = models.PositiveSmallIntegerField(
        _("how many"),
        default=12,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_SHOWN)],
        help_text=_("So many items at most."),
    )
    sources = models.JSONField(_("sources"), default=dict)
    diversity = _share(
        _("diversity"),
        _("From 0 to 1: fewer items that are alike. What a reader asks for adds to it."),
    )
    exploration = _share(
        _("exploration"),
        _("From 0 to 1: the share of the list that may go to items that few have met."),
    )
    rotation = _share(
        _("rotation"),
        _("From 0 to 1: how far an item steps back that its reader was shown and did not open."),
    )
    only_attributes = models.JSONField(_("only among"), default=list, blank=True)
    fallback = models.BooleanField(
        _("fill up"),
        default=False,
        help_text=_("With popular and new items, where its sources have too little."),
    )
    revision = models.PositiveIntegerField(default=0, editable=False)
    """How often it was changed; the sum of all tells every process that one was."""

    class Meta:
        verbose_name = _("surface")
        verbose_name_plural = _("surfaces")
        ordering = ["-on_home", "order", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(size__gte=1, size__lte=MOST_SHOWN), name="placement_shows_some"
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{name}__gte": 0, f"{name}__lte": 1}),
                    name=f"placement_{name}_in_range",
                )
                for name in SHARES
            ),
        ]

    def __str__(self) -> str:
        return self.title or str(TITLES.get(self.name, self.name))

    def save(self, *args: Any, **kwargs: Any) -> None:
        with transaction.atomic():
            super().save(*args, **kwargs)
            Placement.objects.filter(pk=self.pk).update(revision=F("revision") + 1)
        _changed()

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        deleted = super().delete(*args, **kwargs)
        _changed()
        return deleted

    @property
    def settings(self) -> PlacementSettings:
        """Raises SettingsError where the row makes no sense."""
        return PlacementSettings(**{name: getattr(self, name) for name in FIELDS})

    @property
    def placed(self) -> Placed:
        where: dict[str, Any] = {name: bool(getattr(self, name)) for name in WHERE}
        return Placed(self.settings, order=self.order, **where)

    def clean(self) -> None:
        """Everything that makes no sense, each at its field."""
        if found := problems(self):
            raise ValidationError(found)


def row_of(placed: Placed) -> dict[str, Any]:
    """The fields of a placement's row."""
    said = placed.settings.as_json()
    return {**said, **{name: getattr(placed, name) for name in WHERE}, "order": placed.order}


def revisions() -> Subquery:
    """How often placements were changed, all together; for a query that is asked anyway."""
    total = Coalesce(Func(F("revision"), function="SUM"), 0)
    return Subquery(Placement.objects.order_by().annotate(total=total).values("total"))


def create_missing(sender: Any, *, using: str, **more: Any) -> None:
    """After migrating: a row for each surface, as by default where nobody changed it yet.

    Hears of `post_migrate`.
    """
    try:
        table = (more.get("apps") or all_apps).get_model("recommendations", "Placement")
    except LookupError:
        return  # migrated to a time before there were any
    rows = [table(**row_of(placed)) for placed in DEFAULTS.values()]
    known = table._default_manager.using(using)
    known.filter(revision=0).delete()
    known.bulk_create(rows, ignore_conflicts=True)


def _changed() -> None:
    """This process forgets at once, and again when others can see the change."""
    memory.forget()
    transaction.on_commit(memory.forget)
    changes.say()
