"""What is kept about views beside the views themselves; `catalog.models` hands it on."""

from __future__ import annotations

from django.db import models


class DailyViews(models.Model):
    """How often an item was looked at on a day that is so long ago that its views are gone."""

    item = models.ForeignKey(
        "catalog.Item", on_delete=models.CASCADE, related_name="daily_views", db_index=False
    )
    day = models.DateField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "day"], name="item_day_once")]

    def __str__(self) -> str:
        return f"{self.item_id} was viewed {self.count} times on {self.day}"


class StreamMark(models.Model):
    """Up to where a Redis stream is in the database; `catalog.view_writer` holds its lock."""

    stream = models.CharField(max_length=50, unique=True)
    incarnation = models.CharField(max_length=32, blank=True)
    """Which life of the stream: a Redis that lost everything begins a new one."""
    last_entry = models.CharField(max_length=40, blank=True)

    def __str__(self) -> str:
        return f"{self.stream} up to {self.last_entry or 'its beginning'}"
