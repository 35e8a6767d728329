"""What `manage.py check` says about the learning loop before anybody has to find out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Info, Warning, register

from ml.config import BUDGETS


@register
def check_artifacts_root(**_: Any) -> list[CheckMessage]:
    """Models need a folder that can be written; it is made when the first one is."""
    root = Path(settings.ARTIFACTS_ROOT)
    nearest = next(folder for folder in (root, *root.parents) if folder.exists())
    if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
        return []
    return [
        Warning(
            f"Models cannot be written to {root}: {nearest} is not writable.",
            hint="Set ARTIFACTS_ROOT to a folder that web and trainer share, or mend its rights.",
            id="recommendations.W001",
        )
    ]


@register
def check_budget(**_: Any) -> list[CheckMessage]:
    if settings.TRAIN_BUDGET in BUDGETS:
        return []
    return [
        Warning(
            f"TRAIN_BUDGET={settings.TRAIN_BUDGET!r} is none of {', '.join(BUDGETS)}.",
            hint="The hybrid model cannot be trained until it is.",
            id="recommendations.W002",
        )
    ]


@register(deploy=True)
def check_broker(**_: Any) -> list[CheckMessage]:
    if settings.CELERY_BROKER_URL:
        return []
    return [
        Info(
            "REDIS_URL is not set: nothing is trained by itself.",
            hint="Set it, and run a Celery worker and beat; or run manage.py retrain from cron.",
            id="recommendations.I003",
        )
    ]
