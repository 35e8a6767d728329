"""How long lists take to make, by what they are made from: for /metrics.

`timed` is around every list that a panel, a page or the API shows. The rung is known only when the
list is there. A list that raised is not counted; the answer's own time is.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol, TypeVar

from prometheus_client import Histogram

from recommendations.ladder import Rung


class OnARung(Protocol):
    """A list, or an answer that holds one."""

    @property
    def rung(self) -> Rung: ...


Listed = TypeVar("Listed", bound=OnARung)
LIST_SECONDS = Histogram(
    "catalogue_recommendation_seconds",
    "Time to make a list of items, by where it is shown and what it is made from.",
    ["surface", "rung"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
)


def timed(surface: str, choose: Callable[[], Listed]) -> Listed:
    """The list; how long it took is counted under the surface: "panel for-you", "api similar"."""
    started = time.perf_counter()
    picks = choose()
    LIST_SECONDS.labels(surface, picks.rung.value).observe(time.perf_counter() - started)
    return picks
