"""Whether this process can serve, and what works less well than it should: `/readyz`.

Without the database, or with migrations that are not applied, pages are errors: that is *unready*,
and a balancer should send people elsewhere. Without Redis, a model or a worker pages work, but
nothing is learned or lists are plainer: that is *degraded*, and taking the web out of rotation
for it would turn a small loss into a large one. All checks run beside each other, within LIMIT.
What they say is fixed text: no address, no name of a host, no words of an exception.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from config.watching import Watch
from recommendations import consumers, engine, selectors
from recommendations.ladder import Rung
from recommendations.models import ModelRun

LIMIT = 2.0
"""Seconds that a probe waits at most, all checks together."""
FRESH = 5.0
"""Seconds for which a finding is remembered: probes of many balancers cost no more than one."""


@dataclass(frozen=True)
class Finding:
    """What a check came to, in fixed words."""

    ok: bool
    why: str


@dataclass(frozen=True)
class Check:
    """A named question, and whether the site is unready, or only degraded, where it fails."""

    watch: Watch[Finding]
    required: bool

    def result(self) -> dict[str, Any]:
        seen = self.watch.look()
        finding = seen.answer or Finding(False, seen.trouble)
        return {
            "name": self.watch.name,
            **asdict(finding),
            "required": self.required,
            "seconds": round(seen.seconds, 3),
        }


def report(checks: list[Check]) -> dict[str, Any]:
    """The body of `/readyz`."""
    for check in checks:
        check.watch.begin()
    results = [check.result() for check in checks]
    status = "ready"
    if not all(result["ok"] for result in results):
        status = "degraded"
    if not all(result["ok"] or not result["required"] for result in results):
        status = "unready"
    return {"status": status, "checks": results}


def all_checks(*, limit: float = LIMIT, fresh: float = FRESH) -> list[Check]:
    def check(name: str, question: Callable[[], Finding], *, required: bool = False) -> Check:
        return Check(Watch(name, question, limit=limit, fresh=fresh), required)

    checks = [
        check("database", database, required=True),
        check("migrations", migrations, required=True),
        check("model", model),
        check("redis", redis),
    ]
    who = Watch("consumers", consumers.consumers, limit=limit, fresh=fresh)
    return [
        *checks,
        *(
            check(f"queue {queue}", partial(consumed, queue, by=who))
            for queue in consumers.queues()
        ),
    ]


def database() -> Finding:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return Finding(True, "it answers")


def migrations() -> Finding:
    """Those of this release; a newer release may have applied more, while it is rolled out."""
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        return Finding(False, f"{len(missing)} not applied: manage.py migrate")
    return Finding(True, "all are applied")


def model() -> Finding:
    """Which model serves, and the rung of the fallback ladder that lists stand on."""
    serving = engine.current()
    if serving is not None:
        rung = selectors.rung_of(serving)
        finding = f"run {serving.run_id} serves; rung {rung.value}"
        return Finding(not serving.is_previous, finding)
    if ModelRun.objects.live() is None:
        return Finding(True, f"there is none yet; rung {Rung.POPULAR.value}")
    return Finding(False, f"the live one cannot be read; rung {Rung.POPULAR.value}")


def redis() -> Finding:
    if not settings.REDIS_URL:
        return Finding(True, "not set up")
    consumers.ping()
    return Finding(True, "it answers")


def consumed(queue: str, *, by: Watch[dict[str, list[str]]]) -> Finding:
    if not settings.REDIS_URL:
        return Finding(True, "there are no queues without Redis")
    seen = by.look()
    if seen.answer is None:
        return Finding(False, "not known, as Redis does not say")
    number = len(seen.answer[queue])
    return Finding(number > 0, f"workers that consume it: {number}")
