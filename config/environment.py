"""Reads environment variables for `config.settings`; a bad value raises, by name."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",  # take the write lock at once: a read cannot be upgraded
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536; "
        "PRAGMA mmap_size=268435456; PRAGMA temp_store=MEMORY;"
    ),
}


PATIENCE = 20


def database_from(url: str, *, patience: int = 0) -> dict[str, Any]:
    """Django's database settings from sqlite:///PATH or postgresql://USER:PASSWORD@HOST:PORT/NAME.

    `patience`: seconds after which a statement, or waiting for a lock or a connection, is given up.
    0: statements take as long as they take, and waiting ends after PATIENCE.
    """
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": parts.path[1:] or ":memory:",
            "OPTIONS": {**SQLITE_OPTIONS, "timeout": patience or PATIENCE},
        }
    if parts.scheme in ("postgres", "postgresql"):
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or "",
            "PORT": str(parts.port or ""),
            "OPTIONS": {
                "pool": {"timeout": patience or PATIENCE},
                "connect_timeout": patience or PATIENCE,
                "options": f"-c statement_timeout={patience * 1000}",
            },
        }
    raise ImproperlyConfigured(
        f"DATABASE_URL begins with {parts.scheme!r}; use sqlite:///PATH or postgresql://..."
    )


def redis_database(url: str, number: int) -> str:
    """The address of a Redis with a database number, as redis-py and Django spell it."""
    return f"{url}?db={number}" if url.startswith("unix://") else f"{url.rstrip('/')}/{number}"


def env_bool(name: str, *, default: bool) -> bool:
    raw = os.environ.get(name, "").strip().lower()
    if raw == "":
        return default
    if raw in ("1", "true", "yes", "on"):
        return True
    if raw in ("0", "false", "no", "off"):
        return False
    raise ImproperlyConfigured(f"{name}={raw!r} is neither true nor false; use 1 or 0")


def env_int(name: str, *, default: int, low: int = 1) -> int:
    raw = os.environ.get(name, "").strip()
    if raw == "":
        return default
    try:
        number = int(raw)
    except ValueError:
        raise ImproperlyConfigured(f"{name}={raw!r} is not a whole number") from None
    if number < low:
        raise ImproperlyConfigured(f"{name}={number} is below {low}")
    return number


def env_list(name: str) -> list[str]:
    return [part.strip() for part in os.environ.get(name, "").split(",") if part.strip()]


def env_choice(name: str, choices: Iterable[str]) -> str:
    """One of the choices, in any case; the first where nothing is set."""
    known = list(choices)
    raw = os.environ.get(name, "").strip() or known[0]
    for choice in known:
        if raw.lower() == choice.lower():
            return choice
    raise ImproperlyConfigured(f"{name}={raw!r} is none of {', '.join(known)}")


def env_secret(name: str, *, shortest: int = 16) -> str:
    """A secret that nobody guesses, or "" where none is set. Its value is in no message."""
    secret = os.environ.get(name, "").strip()
    if secret and len(secret) < shortest:
        raise ImproperlyConfigured(f"{name} is shorter than {shortest} characters")
    return secret
