"""What the API says where it cannot: problem details (RFC 9457), and the older form of errors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field; "" is the body as a whole."""

    field: str
    detail: str


class ApiError(Exception):
    """An answer of 400 or more."""

    def __init__(self, response: httpx.Response) -> None:
        body = _json(response)
        self.status = response.status_code
        self.title = str(body.get("title") or response.reason_phrase)
        self.errors = tuple(_errors(body))
        said = body.get("detail") or "; ".join(f"{e.field}: {e.detail}" for e in self.errors)
        self.detail = str(said or response.text[:200])
        self.type = str(body.get("type") or "about:blank")
        self.request_id = str(body.get("request_id") or response.headers.get("X-Request-ID") or "")
        super().__init__(f"{self.status} {self.title}: {self.detail}")


class Unreachable(Exception):
    """Nobody answered, however often it was tried."""


def _json(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {"detail": str(body)}


def _errors(body: dict[str, Any]) -> Iterator[FieldError]:
    if isinstance(listed := body.get("errors"), list):
        for one in listed:
            yield FieldError(str(one.get("field", "")), str(one.get("detail", "")))
    elif "detail" not in body:
        for field, said in body.items():
            words = " ".join(map(str, said)) if isinstance(said, list) else str(said)
            yield FieldError(field, words)
