"""What an item is called, in the language of the page.

ITEM_NOUN and ITEM_NOUN_PLURAL are one site's own words. The usual ones are here, so that they are
translated; any other word is shown as it is.
"""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import pgettext, pgettext_lazy

CONTEXT = "what the catalogue holds"
USUAL = (
    pgettext_lazy("what the catalogue holds", "item"),
    pgettext_lazy("what the catalogue holds", "items"),
    pgettext_lazy("what the catalogue holds", "book"),
    pgettext_lazy("what the catalogue holds", "books"),
    pgettext_lazy("what the catalogue holds", "film"),
    pgettext_lazy("what the catalogue holds", "films"),
    pgettext_lazy("what the catalogue holds", "movie"),
    pgettext_lazy("what the catalogue holds", "movies"),
    pgettext_lazy("what the catalogue holds", "game"),
    pgettext_lazy("what the catalogue holds", "games"),
    pgettext_lazy("what the catalogue holds", "recipe"),
    pgettext_lazy("what the catalogue holds", "recipes"),
    pgettext_lazy("what the catalogue holds", "album"),
    pgettext_lazy("what the catalogue holds", "albums"),
    pgettext_lazy("what the catalogue holds", "product"),
    pgettext_lazy("what the catalogue holds", "products"),
)


def noun() -> str:
    return pgettext(CONTEXT, settings.ITEM_NOUN)


def noun_plural() -> str:
    return pgettext(CONTEXT, settings.ITEM_NOUN_PLURAL)
