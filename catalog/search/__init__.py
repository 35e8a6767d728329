"""Finding items by words: `find` for pages, `search` for what wants a queryset.

Words are found whatever their order, case and accents; the last one may be unfinished. What is
spelled wrongly is found by its nearest words. PostgreSQL answers with full text and trigrams,
SQLite with FTS5 (`dialects`, `index`); all else is the same code on both. Whoever writes the
texts of items (`item_text`) also says which words there are (`keep_words`).
"""

from catalog.search.finding import Found, Hit, find, search
from catalog.search.index import keep_words
from catalog.search.words import LINE_SEPARATOR, ItemText, Pair, fold, item_text

__all__ = ["LINE_SEPARATOR", "Found", "Hit", "ItemText", "Pair", "find", "fold", "item_text"]
__all__ += ["keep_words", "search"]
