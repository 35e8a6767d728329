"""Questions to servers that may never answer: asked beside, waited for briefly, remembered a while.

A `Watch` asks in a thread of its own. Whoever looks waits `limit` seconds at most, however long the
answer takes; while one question is open no second is asked, so that a server that swallows
questions costs one thread, not one for each look.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db import connections

logger = logging.getLogger(__name__)
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Seen(Generic[Answer]):
    """What a look gave: the answer, or None with the kind of trouble; and how long it took."""

    answer: Answer | None
    trouble: str
    seconds: float


class Watch(Generic[Answer]):
    def __init__(
        self, name: str, question: Callable[[], Answer], *, limit: float, fresh: float
    ) -> None:
        self.name = name
        self._question = question
        self._limit = limit
        self._fresh = fresh
        self._lock = threading.Lock()
        self._seen: Seen[Answer] | None = None
        self._seen_at = 0.0
        self._asking: _Asking[Answer] | None = None

    def begin(self) -> None:
        """Ask, unless a fresh answer is there or the question is open: `look` waits less then."""
        with self._lock:
            if self._is_fresh() or self._asking is not None:
                return
            self._asking = _Asking(self.name, self._question, self._keep)
            self._asking.thread.start()

    def look(self) -> Seen[Answer]:
        """The answer, at most `fresh` seconds old, after at most `limit` seconds."""
        self.begin()
        asking = self._asking
        if asking is not None:
            asking.done.wait(max(0.0, self._limit - asking.age()))
        with self._lock:
            if self._seen is not None and (self._is_fresh() or self._asking is None):
                return self._seen
        return Seen(None, "no answer in time", self._limit)

    def _is_fresh(self) -> bool:
        return self._seen is not None and time.monotonic() - self._seen_at < self._fresh

    def _keep(self, seen: Seen[Answer]) -> None:
        with self._lock:
            self._seen, self._seen_at, self._asking = seen, time.monotonic(), None


class _Asking(Generic[Answer]):
    """One question in its thread, which ends with the process."""

    def __init__(
        self, name: str, question: Callable[[], Answer], keep: Callable[[Seen[Answer]], None]
    ) -> None:
        self._name, self._question, self._keep = name, question, keep
        self._started = time.monotonic()
        self.done = threading.Event()
        self.thread = threading.Thread(target=self._ask, name=f"watch-{name}", daemon=True)

    def age(self) -> float:
        return time.monotonic() - self._started

    def _ask(self) -> None:
        answer, trouble = None, ""
        try:
            answer = self._question()
        except Exception as error:
            trouble = "it cannot be reached"
            logger.warning("%s: %s: %s", self._name, type(error).__name__, error)
        finally:
            connections.close_all()
            self._keep(Seen(answer, trouble, self.age()))
            self.done.set()
