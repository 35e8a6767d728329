"""What the database keeps so that words are found at once, made by a migration.

PostgreSQL: three indexes on `Item.search_text` (its title, its heading, all of it), and trigrams of
SearchWord. SQLite: two FTS5 tables that triggers keep in step. A later migration that makes a table
anew drops its triggers without a word, so `mend` looks for them after each `migrate`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connections, router
from django.db.backends.base.base import BaseDatabaseWrapper

from catalog.models import SearchWord

LONGEST_WORD = 40
PARTS = ("title", "heading", "text")
VECTORS = {
    "title": "to_tsvector('simple', split_part(search_text, E'\\n', 1))",
    "heading": "to_tsvector('simple', split_part(search_text, E'\\n', 1) || ' ' || "
    "split_part(search_text, E'\\n', 2))",
    "text": "to_tsvector('simple', search_text)",
}
"""PostgreSQL uses an index only for the very expression that it was made of."""
POSTGRESQL = [
    *(
        f"CREATE INDEX item_words_{part} ON catalog_item USING gin ({vector})"
        for part, vector in VECTORS.items()
    ),
    "CREATE INDEX search_word_grams ON catalog_searchword USING gin (word gin_trgm_ops)",
]
POSTGRESQL_GONE = [
    *(f"DROP INDEX IF EXISTS item_words_{part}" for part in PARTS),
    "DROP INDEX IF EXISTS search_word_grams",
]
TABLES = [
    "CREATE VIRTUAL TABLE catalog_item_words USING fts5(title, creators, rest, content='', "
    "detail=column, columnsize=0, prefix='1 2 3', tokenize='unicode61 remove_diacritics 0')",
    "CREATE VIRTUAL TABLE catalog_word_grams USING fts5(word, content='', "
    "tokenize='trigram')",  # with all details: bm25 needs them
]
SQLITE_GONE = [
    *(f"DROP TRIGGER IF EXISTS item_words_{event}" for event in ("insert", "update", "delete")),
    *(f"DROP TRIGGER IF EXISTS word_grams_{event}" for event in ("insert", "delete")),
    "DROP TABLE IF EXISTS catalog_item_words",
    "DROP TABLE IF EXISTS catalog_word_grams",
]


def _lines(text: str) -> str:
    """SQL: the three lines of a search text."""
    end = "char(10)"
    after = f"substr({text}, instr({text}, {end}) + 1)"
    return (
        f"substr({text}, 1, instr({text}, {end}) - 1), "
        f"substr({after}, 1, instr({after}, {end}) - 1), "
        f"substr({after}, instr({after}, {end}) + 1)"
    )


def _item_in(row: str) -> str:
    columns = "(rowid, title, creators, rest)"
    lines = _lines(f"{row}.search_text")
    return f"INSERT INTO catalog_item_words {columns} VALUES ({row}.id, {lines});"


def _item_out() -> str:
    columns = "(catalog_item_words, rowid, title, creators, rest)"
    lines = _lines("old.search_text")
    return f"INSERT INTO catalog_item_words {columns} VALUES ('delete', old.id, {lines});"


GRAMS = "'^^' || {row}.word || '$'"
TRIGGERS = {
    "item_words_insert": f"AFTER INSERT ON catalog_item BEGIN {_item_in('new')} END",
    "item_words_update": (
        "AFTER UPDATE OF search_text ON catalog_item WHEN old.search_text IS NOT new.search_text "
        f"BEGIN {_item_out()} {_item_in('new')} END"
    ),
    "item_words_delete": f"AFTER DELETE ON catalog_item BEGIN {_item_out()} END",
    "word_grams_insert": (
        "AFTER INSERT ON catalog_searchword BEGIN INSERT INTO catalog_word_grams (rowid, word) "
        f"VALUES (new.id, {GRAMS.format(row='new')}); END"
    ),
    "word_grams_delete": (
        "AFTER DELETE ON catalog_searchword BEGIN INSERT INTO catalog_word_grams "
        f"(catalog_word_grams, rowid, word) VALUES ('delete', old.id, {GRAMS.format(row='old')}); "
        "END"
    ),
}
FILL = [
    "INSERT INTO catalog_item_words (rowid, title, creators, rest) "
    f"SELECT id, {_lines('search_text')} FROM catalog_item",
    "INSERT INTO catalog_word_grams (rowid, word) "
    f"SELECT id, {GRAMS.format(row='catalog_searchword')} FROM catalog_searchword",
]


def build(connection: BaseDatabaseWrapper) -> None:
    """Makes the index of what the tables hold now."""
    if connection.vendor == "postgresql":
        _run(connection, POSTGRESQL)
    elif connection.vendor == "sqlite":
        triggers = [f"CREATE TRIGGER {name} {what}" for name, what in TRIGGERS.items()]
        _run(connection, [*SQLITE_GONE, *TABLES, *FILL, *triggers])


def drop(connection: BaseDatabaseWrapper) -> None:
    if connection.vendor == "postgresql":
        _run(connection, POSTGRESQL_GONE)
    elif connection.vendor == "sqlite":
        _run(connection, SQLITE_GONE)


def mend(*, using: str = "default", **_signal: Any) -> None:
    """Makes the index anew where a trigger of it is gone."""
    connection = connections[using]
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master")
        names = {name for (name,) in cursor.fetchall()}
    if "catalog_item_words" in names and not names.issuperset(TRIGGERS):
        build(connection)


def keep_words(search_texts: Iterable[str]) -> None:
    """Notes the words of titles and creators: what a misspelled word may have meant."""
    words = {
        word
        for text in search_texts
        for line in text.split("\n", 2)[:2]
        for word in line.split()
        if 1 < len(word) <= LONGEST_WORD
    }
    connection = connections[router.db_for_write(SearchWord)]
    if connection.vendor == "postgresql":  # in one statement, in the same order for everybody
        sql = (
            "INSERT INTO catalog_searchword (word) SELECT UNNEST(%s::text[]) ON CONFLICT DO NOTHING"
        )
        with connection.cursor() as cursor:
            cursor.execute(sql, [sorted(words)])
        return
    SearchWord.objects.bulk_create(
        [SearchWord(word=word) for word in sorted(words)], ignore_conflicts=True, batch_size=500
    )


def _run(connection: BaseDatabaseWrapper, statements: Iterable[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
