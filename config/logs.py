"""What a log line looks like: `LOGGING` for `config.settings`, with LOG_FORMAT json or line.

Every line carries the id of the request that it belongs to, also in the task that the request asked
for, and in a training the id of the run. What must not stand in a log is taken out when the line
is made, wherever it came from: the secrets of this site, tokens, passwords, e-mail addresses, and
the keys of links sent by e-mail. A database's own complaint may quote any of them.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote
from uuid import uuid4

from recommendations.context import current_run

LINE = "%(asctime)s %(levelname)s %(name)s: %(message)s"
WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{8,64}")
HIDDEN = "[hidden]"
SHORTEST_SECRET = 6
"""A shorter password is guessed anyway, and hiding it everywhere would leave no line readable."""
SECRET_NAME = re.compile(r"(?:SECRET|TOKEN|PASSWORD|PASSPHRASE|KEY|DSN)$")
PASSWORD = re.compile(r"://[^/\s:@]*:([^/\s@]+)@")
E_MAIL = re.compile(r"[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24}")
NAMED_SECRET = re.compile(
    r"""(?ix) ( (?: \b|_) (?: pass(?:word|wd)?\d? | secret(?:_key)? | token | api_?key | sessionid
                            | csrf(?:token|middlewaretoken) ) \b ["']? \s* [=:] \s* ["']? )
        [^\s"'&,;)}\]]+"""
)
CREDENTIALS = re.compile(r"(?i)\b(token|bearer|basic)\s+[A-Za-z0-9._~+/=-]{16,}")
API_TOKEN = re.compile(r"\bcat_(?:own|svc)_[A-Za-z0-9_-]{16,}")
IN_ADDRESS = re.compile(r"(?<=://)[^\s/@]*:[^\s/@]*(?=@)")
KEY_IN_LINK = re.compile(r"(/(?:reset/key|confirm-email)/)[^\s/?\"']+")

request_id: ContextVar[str] = ContextVar("request_id", default="")


def new_request_id(asked: str = "") -> str:
    """The id that a proxy gave the request, where it is one; else a new one."""
    return asked if WELL_FORMED.fullmatch(asked) else uuid4().hex


@contextmanager
def belonging_to(identifier: str) -> Iterator[None]:
    """Lines that are logged in the block carry this request id."""
    token = request_id.set(identifier)
    try:
        yield
    finally:
        request_id.reset(token)


class Redactor:
    """Takes out of a text what nobody who reads logs should know."""

    def __init__(self, secrets: Collection[str] = ()) -> None:
        spelled = {form for secret in secrets for form in (secret, quote(secret), unquote(secret))}
        known = sorted((s for s in spelled if len(s) >= SHORTEST_SECRET), key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def __call__(self, text: str) -> str:
        if self._known is not None:
            text = self._known.sub(HIDDEN, text)
        text = IN_ADDRESS.sub(HIDDEN, text)
        text = NAMED_SECRET.sub(rf"\1{HIDDEN}", text)
        text = CREDENTIALS.sub(rf"\1 {HIDDEN}", text)
        text = API_TOKEN.sub(HIDDEN, text)
        text = KEY_IN_LINK.sub(rf"\1{HIDDEN}", text)
        return E_MAIL.sub(HIDDEN, text) if "@" in text else text


class IdFilter(logging.Filter):
    """Notes on each record what it belongs to, in the thread that logged it.

    Django says that an answer is an error when all middleware is left; the record has the request.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        asked = getattr(record, "request", None)
        record.request_id = request_id.get() or getattr(asked, "request_id", "")
        record.run_id = current_run.get()
        return True


def ids_of(record: logging.LogRecord) -> dict[str, Any]:
    ids = {name: getattr(record, name, None) for name in ("request_id", "run_id")}
    return {name: value for name, value in ids.items() if value}


class LineFormatter(logging.Formatter):
    """One line for people, with its ids at the end; a traceback follows it."""

    def __init__(self, secrets: Collection[str] = ()) -> None:
        super().__init__(LINE)
        self._redact = Redactor(secrets)

    def formatMessage(self, record: logging.LogRecord) -> str:
        ids = "".join(f" {name}={value}" for name, value in ids_of(record).items())
        return super().formatMessage(record) + ids

    def format(self, record: logging.LogRecord) -> str:
        return self._redact(super().format(record))


class JsonFormatter(logging.Formatter):
    """One JSON object a line, for machines; a traceback is a member of it."""

    def __init__(self, secrets: Collection[str] = ()) -> None:
        super().__init__()
        self._redact = Redactor(secrets)

    def format(self, record: logging.LogRecord) -> str:
        said = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": self._redact(record.getMessage()),
            **ids_of(record),
        }
        if record.exc_info:
            said["exception"] = self._redact(self.formatException(record.exc_info))
        if record.stack_info:
            said["stack"] = self._redact(record.stack_info)
        return json.dumps(said, ensure_ascii=False)


FORMATTERS = {"line": LineFormatter, "json": JsonFormatter}


def logging_settings(*, form: str, level: str, secrets: Collection[str]) -> dict[str, Any]:
    """Django's LOGGING: everything goes to standard error, in one form."""
    plain: dict[str, Any] = {"handlers": [], "propagate": True}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"ids": {"()": IdFilter}},
        "formatters": {form: {"()": FORMATTERS[form], "secrets": secrets}},
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "formatter": form,
                "filters": ["ids"],
            }
        },
        "root": {"handlers": ["console"], "level": level},
        # Django would add lines in a form of its own.
        "loggers": {"django": plain, "django.server": plain},
    }


def secrets_in(env: Mapping[str, str]) -> list[str]:
    """What is secret among environment variables: by their names, and passwords in addresses."""
    named = [value for name, value in env.items() if SECRET_NAME.search(name)]
    return [*named, *(found[1] for value in env.values() for found in PASSWORD.finditer(value))]
