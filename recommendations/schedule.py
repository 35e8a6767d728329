"""When to train without being asked: `due` looks at the rows, and says what and why.

Beat has `recommendations.tasks` ask every minute. The first model is trained as soon as there is
enough to learn from, without the network, so that it is there soon; the full training follows.
Each automatic run is the successor of the run before it, and the database lets a run have one
successor only: two beats, or a message delivered twice, train once. A run that broke is tried
again, at most ATTEMPTS times in a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from recommendations import dataset, gate
from recommendations.models import ModelRun

Status, Trigger = ModelRun.Status, ModelRun.Trigger
BROKEN = (Status.FAILED, Status.LOST)
ATTEMPTS = 3
PAUSE = timedelta(minutes=5)
"""Between a failure and the next attempt; as many times that as there were attempts."""


@dataclass(frozen=True)
class Due:
    """A training that should begin."""

    trigger: ModelRun.Trigger
    window: str
    attempt: int = 1


def due(*, now: datetime) -> Due | None:
    """The training that should begin now, or None."""
    last = ModelRun.objects.first()
    if last is not None and last.is_active:
        return None
    if last is not None and last.status in BROKEN:
        return _after_a_break(last, now=now)
    trigger = _reason(last, now=now)
    return Due(trigger, _successor_of(last)) if trigger else None


def _after_a_break(last: ModelRun, *, now: datetime) -> Due | None:
    ended = last.finished_at or last.created_at
    if last.attempt < ATTEMPTS:
        wait = timedelta(0) if last.status == Status.LOST else PAUSE * last.attempt
        if now - ended >= wait:
            return Due(Trigger(last.trigger), _successor_of(last), attempt=last.attempt + 1)
    elif now - ended >= _interval():
        return Due(Trigger.SCHEDULE, _successor_of(last))
    return None


def _reason(last: ModelRun | None, *, now: datetime) -> ModelRun.Trigger | None:
    new = dataset.events_since(_marks())
    live = ModelRun.objects.live()
    if live is None:
        return Trigger.FIRST if new >= gate.LEAST_EVENTS else None
    if live == last and live.trigger == Trigger.FIRST:
        return Trigger.FULL
    if new >= settings.RETRAIN_AFTER_EVENTS:
        return Trigger.EVENTS
    if last is not None and now - last.created_at >= _interval() and (new or _changed()):
        return Trigger.SCHEDULE
    return None


def _marks() -> dict[str, int]:
    """What the newest run that read events had read."""
    read = ModelRun.objects.exclude(marks={}).values_list("marks", flat=True).first()
    return read or {}


def _changed() -> bool:
    """Whether an event was changed since the newest model read them, without a new row."""
    cut_off = ModelRun.objects.exclude(cut_off=None).values_list("cut_off", flat=True).first()
    return cut_off is None or any(
        source.table.filter(Q(**{f"{source.at}__gt": cut_off})).exists()
        for source in dataset.SOURCES
    )


def _interval() -> timedelta:
    return timedelta(hours=settings.RETRAIN_EVERY_HOURS)


def _successor_of(last: ModelRun | None) -> str:
    return f"after run {last.pk}" if last else "first run"
