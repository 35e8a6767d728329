"""Feeds of items, as Atom and as RSS, for feed readers.

`NewItems` is what joined the catalogue last. A feed of other items, say of a shelf that somebody
made public, is one more subclass of `ItemFeed` with its own `items`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _

from catalog.covers import printable
from catalog.models import Item
from catalog.search import LINE_SEPARATOR

LENGTH = 40


class ItemFeed(Feed):  # type: ignore[type-arg]
    """Items with their creators, genres and texts; what a feed is of, its subclass says."""

    def link(self, obj: Any = None) -> str:
        return reverse("catalog:home")

    def item_title(self, item: Item) -> str:
        return printable(str(item))

    def item_description(self, item: Item) -> str:
        return printable(item.description)

    def item_author_name(self, item: Item) -> str | None:
        return printable(item.creator_line) or None

    def item_categories(self, item: Item) -> list[str]:
        return [printable(name) for name in item.genre_line.split(LINE_SEPARATOR) if name]


class NewItems(ItemFeed):
    """The newest items of the catalogue, as RSS."""

    def title(self, obj: Any = None) -> str:
        words = {"site": settings.SITE_NAME, "things": settings.ITEM_NOUN_PLURAL}
        return _("New %(things)s at %(site)s") % words

    def description(self, obj: Any = None) -> str:
        return _("What joined the catalogue last, newest first.")

    subtitle = description

    def items(self, obj: Any = None) -> Iterable[Item]:
        return Item.objects.listed().newest().defer("search_text")[:LENGTH]

    def item_pubdate(self, item: Item) -> datetime:
        return item.added_at


class NewItemsAtom(NewItems):
    """The same as Atom."""

    feed_type = Atom1Feed
