"""What is promised to operators, in the order in which `manage.py drill` tries it."""

from __future__ import annotations

from config.drill import broker_checks, model_checks, training_checks
from config.drill.promise import Promise

PROMISES = (
    Promise("broker-stopped", "Without the broker, all but training works", broker_checks.stopped),
    Promise("broker-silent", "A broker that never answers costs nothing", broker_checks.silent),
    Promise("broker-flushed", "An emptied queue loses no training", broker_checks.flushed),
    Promise("trainer-killed", "A killed trainer changes nothing", training_checks.killed),
    Promise("trained-once", "Asked for twice, trained once", training_checks.doubled),
    Promise("late-worker", "Whoever was given up for lost cannot publish", training_checks.late),
    Promise("attempts-capped", "What always breaks is given up", training_checks.capped),
    Promise("model-damaged", "A damaged model is refused", model_checks.damaged),
    Promise("disk-full", "A full disk leaves the live model", training_checks.disk_full),
    Promise("cache-flushed", "The cache changes speed, not answers", model_checks.cache_flushed),
    Promise("database-slow", "A slow database costs a panel", model_checks.database_slow),
    Promise(
        "database-read-only", "A read-only database is looked at", model_checks.database_read_only
    ),
    Promise("next-to-nothing", "Nothing is made of next to no data", model_checks.next_to_nothing),
)
