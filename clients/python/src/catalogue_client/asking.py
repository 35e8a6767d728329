"""Asking over HTTP: one pool of connections, tried again where that may help.

429 and 503 are tried again after what `Retry-After` says, else after a while that doubles; nobody
answering likewise. Where the site says to wait for more than a minute, that is the answer. All but
what makes something new may be sent twice; that (`once`) is sent again only where the site says
that it did nothing.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from catalogue_client.errors import ApiError, Unreachable

AGAIN = (429, 502, 503, 504)
NOTHING_DONE = (429, 503)
"""What the site answers where it did nothing."""
FIRST_WAIT, LONGEST_WAIT = 0.5, 60.0


class Asker:
    """Sends one request, as often as it takes."""

    def __init__(
        self, base_url: str, *, timeout: float, tries: int, sleep: Callable[[float], None]
    ) -> None:
        self.base_url = f"{base_url.rstrip('/')}/api/v1/"
        self.http = httpx.Client(timeout=timeout, headers={"Accept": "application/json"})
        self._tries, self._sleep = tries, sleep

    def ask(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[bytes, bytes],
        params: Mapping[str, Any] | None = None,
        body: bytes | None = None,
        once: bool = False,
    ) -> Any:
        """The answer's JSON, None where there is none; ApiError or Unreachable else."""
        address = path if path.startswith("http") else self.base_url + path
        sent = {b"Content-Type": b"application/json", **headers} if body else headers
        for left in reversed(range(self._tries)):
            try:
                answer = self.http.request(
                    method, address, params=params, content=body, headers=sent
                )
            except httpx.TransportError as error:
                if not left or once:
                    raise Unreachable(f"{address}: {error}") from error
                self._sleep(self._wait(left, None))
                continue
            if answer.status_code not in (NOTHING_DONE if once else AGAIN) or not left:
                break
            wait = self._wait(left, answer)
            if wait > LONGEST_WAIT:
                break
            self._sleep(wait)
        if answer.status_code >= 400:
            raise ApiError(answer)
        return answer.json() if answer.content else None

    def _wait(self, left: int, answer: httpx.Response | None) -> float:
        said = _retry_after(answer.headers.get("Retry-After", "")) if answer else None
        if said is not None:
            return said
        tried = self._tries - 1 - left
        return float(min(FIRST_WAIT * 2**tried, LONGEST_WAIT) * random.uniform(0.5, 1.0))


def _retry_after(text: str) -> float | None:
    """Seconds, from a number or a date."""
    if text.isdecimal():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None


def batches(rows: Iterable[Any], *, most_rows: int, most_bytes: int) -> Iterator[bytes]:
    """The rows as JSON lists, each of a size that the API takes."""
    parts: list[bytes] = []
    size = 2
    for row in rows:
        part = json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()
        if parts and (len(parts) == most_rows or size + len(part) + 1 > most_bytes):
            yield b"[" + b",".join(parts) + b"]"
            parts, size = [], 2
        parts.append(part)
        size += len(part) + 1
    if parts:
        yield b"[" + b",".join(parts) + b"]"
