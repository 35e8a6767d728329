"""The site, and `/constant`, which the server answers with as many bytes as a list has."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from config.wsgi import application as site

BODY = b'{"results": "' + b"x" * 7000 + b'"}'
HEADERS = [("Content-Type", "application/json"), ("Content-Length", str(len(BODY)))]


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if environ["PATH_INFO"] == "/constant":
        start_response("200 OK", HEADERS)
        return [BODY]
    return site(environ, start_response)
