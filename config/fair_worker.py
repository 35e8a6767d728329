"""Gunicorn's threads, but processes share new connections out among them.

All processes listen at one socket, and whichever wakes first takes what waits there: of clients
that keep their connections open, one process often gets all, and one core does all the work. Here a
process lets the others go first, for longer the more connections it holds.
"""

from __future__ import annotations

import time
from typing import Any

from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]

COURTESY = 0.00025
"""Seconds for each connection that it holds; enough for another one to wake up."""
MOST_COURTESY = 8 * COURTESY


class FairThreadWorker(ThreadWorker):  # type: ignore[misc]
    def accept(self, listener: Any) -> None:
        if self.cfg.workers > 1 and self.nr_conns:
            time.sleep(min(MOST_COURTESY, self.nr_conns * COURTESY))
        super().accept(listener)
