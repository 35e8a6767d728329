"""What other catalogues call an item; `catalog.models` hands it on."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class OutsideId(models.Model):
    """What another catalogue calls an item: ("imdb", "tt0114709")."""

    item = models.ForeignKey("catalog.Item", on_delete=models.CASCADE, related_name="outside_ids")
    source = models.CharField(max_length=50)
    value = models.CharField(max_length=200)

    class Meta:
        verbose_name = _("outside id")
        constraints = [
            models.UniqueConstraint(fields=["item", "source"], name="one_outside_id_per_source")
        ]
        indexes = [models.Index(fields=["source", "value"], name="outside_id_lookup")]

    def __str__(self) -> str:
        return f"{self.source}:{self.value}"
