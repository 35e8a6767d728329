"""The site's pages for search engines: an index, and files of some thousand items."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.sitemaps import Sitemap
from django.db.models import Max
from django.urls import reverse

from catalog.models import Item, ItemQuerySet

A_FILE = 10_000
"""Far below the 50,000 that the format allows: each file is made when it is asked for."""


class Items(Sitemap):  # type: ignore[type-arg]
    limit = A_FILE

    def items(self) -> ItemQuerySet:
        return Item.objects.listed().only("pk", "added_at").order_by("pk")

    def lastmod(self, item: Item) -> datetime:
        return item.added_at

    def get_latest_lastmod(self) -> datetime | None:
        """Asked of the database: Django would read every item for it."""
        newest: datetime | None = Item.objects.listed().aggregate(at=Max("added_at"))["at"]
        return newest


class Pages(Sitemap):  # type: ignore[type-arg]
    def items(self) -> list[str]:
        return ["catalog:home", "catalog:browse"]

    def location(self, item: str) -> str:
        return reverse(item)


SITEMAPS: dict[str, Any] = {"items": Items, "pages": Pages}
