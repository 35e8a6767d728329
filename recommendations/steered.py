"""What somebody said about their own *For you*: its dials, and what it shall not be made from.

`Steering` is one row a person, gone where all dials are at the middle; `LeftOut` is one row a
person and item: what was done with that item stays, but no list is made from it. Neither is an
event: nothing is learned from them. `steering` writes both, `visit` reads them for every list.
"""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.owners import Owned, OwnedQuerySet
from ml.dials import Dials, TasteError
from ml.taste import Taste

DIALS = ("adventurous", "niche", "old")
MOST_ATTRIBUTES = 10


def _within(name: str, low: int) -> models.CheckConstraint:
    bounds = Q(**{f"{name}__gte": low, f"{name}__lte": 1})
    return models.CheckConstraint(condition=bounds, name=f"steering_{name}_in_range")


class Steering(Owned):
    """How one person wants their list: each dial from -1 to 1, diversity from 0 to 1."""

    person = models.OneToOneField(
        "catalog.Person", on_delete=models.CASCADE, related_name="steering"
    )
    adventurous = models.FloatField(gettext_lazy("adventurous"), default=0.0)
    niche = models.FloatField(gettext_lazy("niche"), default=0.0)
    old = models.FloatField(gettext_lazy("old"), default=0.0)
    diversity = models.FloatField(gettext_lazy("diversity"), default=0.0)
    attributes = models.JSONField(gettext_lazy("attributes"), default=dict, blank=True)
    """"KIND:NAME" to a number from -1, less of it, to 1, more; none is 0."""
    changed_at = models.DateTimeField(gettext_lazy("changed"), default=timezone.now)

    objects = OwnedQuerySet["Steering"].as_manager()

    class Meta:
        verbose_name = gettext_lazy("steering")
        verbose_name_plural = gettext_lazy("steering")
        constraints = [*(_within(name, -1) for name in DIALS), _within("diversity", 0)]

    def __str__(self) -> str:
        return f"steering of {self.person_id}"

    def clean(self) -> None:
        """Numbers in their ranges, and few attributes; for whoever takes them from outside."""
        if len(self.attributes) > MOST_ATTRIBUTES:
            said = _("At most %(most)s can be asked for.") % {"most": MOST_ATTRIBUTES}
            raise ValidationError({"attributes": said})
        try:
            _taste = self.taste
        except (TasteError, TypeError) as error:
            raise ValidationError(str(error)) from error

    @property
    def taste(self) -> Taste:
        """What `ml.taste.arrange` is asked for."""
        dials = Dials(self.adventurous, self.niche, self.old, attributes=self.attributes)
        return Taste(dials, diversity=self.diversity)

    @property
    def is_middle(self) -> bool:
        """Whether it asks for nothing."""
        plain = (self.adventurous, self.niche, self.old, self.diversity)
        return not any((*plain, *self.attributes.values()))

    @property
    def wishes(self) -> list[str]:
        """Each dial that is set, in words."""
        words = [
            (self.adventurous, _("more adventurous"), _("more familiar")),
            (self.niche, _("less popular"), _("more popular")),
            (self.old, _("older"), _("newer")),
            (self.diversity, _("more varied"), ""),
        ]
        for key, dial in self.attributes.items():
            name = {"name": key.partition(":")[2]}
            words.append((dial, _("more %(name)s") % name, _("less %(name)s") % name))
        return [more if dial > 0 else less for dial, more, less in words if dial]


class LeftOut(Owned):
    """What one person did with an item does not count for the lists that are made for them."""

    person = models.ForeignKey(
        "catalog.Person",
        on_delete=models.CASCADE,
        related_name="left_out",
        db_index=False,  # the constraint's index begins with it
    )
    item = models.ForeignKey("catalog.Item", on_delete=models.CASCADE, related_name="left_out")
    left_out_at = models.DateTimeField(gettext_lazy("left out"), default=timezone.now)

    objects = OwnedQuerySet["LeftOut"].as_manager()

    class Meta:
        verbose_name = gettext_lazy("left-out item")
        verbose_name_plural = gettext_lazy("left-out items")
        constraints = [
            models.UniqueConstraint(fields=["person", "item"], name="left_out_once_per_person")
        ]

    def __str__(self) -> str:
        return f"{self.item_id} is left out for {self.person_id}"
