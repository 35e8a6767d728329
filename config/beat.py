"""What beat knocks at, and how often: the first entries of a schedule that the admin can edit."""

from __future__ import annotations

from typing import Any

MINUTE, HOUR, DAY = 60.0, 3600.0, 24 * 3600.0


def schedule(*, retrain_check: int, write_views: int | None) -> dict[str, dict[str, Any]]:
    """Celery's beat schedule; times are seconds, and None is never."""
    entries: dict[str, dict[str, Any]] = {
        "Is a training due?": {
            "task": "recommendations.retrain_if_due",
            "schedule": float(retrain_check),
            "options": {"expires": float(retrain_check)},
        },
        "How does the canary do?": {"task": "recommendations.judge_canary", "schedule": HOUR},
        "What came of experiments?": {
            "task": "recommendations.look_after_experiments",
            "schedule": HOUR,
        },
        "What was seen?": {"task": "recommendations.count_impressions", "schedule": HOUR},
        "Turn old impressions into daily counts": {
            "task": "recommendations.let_impressions_go",
            "schedule": DAY,
        },
        "Take in what waits for its item": {
            "task": "catalog.look_after_arrivals",
            "schedule": HOUR,
        },
        "Turn old views into daily counts": {
            "task": "catalog.keep_tables_small",
            "schedule": DAY,
        },
        "Look for attacks on ratings": {"task": "catalog.check_trust", "schedule": DAY},
        "Count ratings whose freeze is over": {"task": "catalog.end_freezes", "schedule": HOUR},
        "Forget removed lists and reviews": {"task": "catalog.forget_removed", "schedule": HOUR},
        "Send what waits for webhooks": {
            "task": "catalog.send_webhooks",
            "schedule": MINUTE,
            "options": {"expires": MINUTE},
        },
    }
    if write_views is not None:
        entries["Write the views that wait in Redis"] = {
            "task": "catalog.write_views",
            "schedule": float(write_views),
            "options": {"expires": 10.0 * write_views},
        }
    return entries
