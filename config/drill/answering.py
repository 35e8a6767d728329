"""Answers questions about a scratch site: `python -m config.drill.answering`.

Each line that comes in is an expression over the site's models and services; each line that goes
out is its value, or why it was refused, as JSON.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import django


def main() -> None:
    django.setup()
    from django.db import close_old_connections

    words = _words()
    for line in sys.stdin:
        try:
            answer = {"value": eval(line, words)}
        except Exception as error:
            answer = {"refused": f"{type(error).__name__}: {error}"}
        close_old_connections()
        sys.stdout.write(f"{json.dumps(answer, default=str)}\n")
        sys.stdout.flush()


def _words() -> dict[str, Any]:
    """What expressions may name."""
    from django.utils import timezone

    from catalog.models import Rating
    from recommendations import broker, engine, schedule, services
    from recommendations.models import ModelRun

    return {
        "Rating": Rating,
        "ModelRun": ModelRun,
        "broker": broker,
        "engine": engine,
        "now": timezone.now(),
        "schedule": schedule,
        "services": services,
    }


if __name__ == "__main__":
    main()
