"""What every method of the client is made of: who asks, one answer, all pages, batches of rows."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import TracebackType
from typing import Any, Self

from catalogue_client.asking import Asker, batches
from catalogue_client.values import BatchResult

MOST_ROWS = 10_000
PAGE = 100
ACT_FOR = b"Act-For"
Row = Mapping[str, Any]


class Calls:
    """Whoever asks, and how."""

    def __init__(
        self,
        base_url: str,
        token: str | None = None,
        *,
        act_for: str | None = None,
        timeout: float = 60.0,
        tries: int = 6,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._asker = Asker(base_url, timeout=timeout, tries=tries, sleep=sleep)
        self._headers = {b"Authorization": f"Token {token}".encode()} if token else {}
        if act_for is not None:
            self._headers[ACT_FOR] = act_for.encode()

    def acting_for(self, key: str) -> Self:
        """The same, for one of a service's own people."""
        other = type(self).__new__(type(self))
        other._asker = self._asker
        other._headers = {**self._headers, ACT_FOR: key.encode()}
        return other

    def close(self) -> None:
        self._asker.http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _pages(self, path: str, params: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """All rows; `next` is a cursor, or the address of the page that follows."""
        told = self._get(path, params)
        while True:
            yield from told["results"]
            following = told.get("next")
            if not following:
                return
            is_address = following.startswith(("http://", "https://"))
            told = (
                self._get(following)
                if is_address
                else self._get(path, {**params, "cursor": following})
            )

    def _send(
        self, path: str, rows: Iterable[Row], *, most_bytes: int, most_rows: int = MOST_ROWS
    ) -> BatchResult:
        parts = batches(rows, most_rows=most_rows, most_bytes=most_bytes)
        return BatchResult.of(self._ask("POST", path, body=part) for part in parts)

    def _get(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        return self._ask("GET", path, params=params)

    def _post(self, path: str, told: Any) -> Any:
        return self._tell("POST", path, told)

    def _tell(self, method: str, path: str, told: Any, **more: Any) -> Any:
        return self._ask(method, path, body=json.dumps(told).encode(), **more)

    def _ask(self, method: str, path: str, **more: Any) -> Any:
        return self._asker.ask(method, path, headers=self._headers, **more)
