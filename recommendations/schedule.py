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

from django.utils import timezone

from catalog.models import Item
from recommendations import dataset, gate
from recommendations.models import ModelRun, RetrainSettings

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
    policy = RetrainSettings.current()
    last = ModelRun.objects.first()
    if not policy.is_on or (last is not None and last.is_active):
        return None
    if last is not None and last.status in BROKEN:
        return _after_a_break(last, policy, now=now)
    trigger = _reason(last, policy, now=now)
    return Due(trigger, _successor_of(last)) if trigger else None


def _after_a_break(last: ModelRun, policy: RetrainSettings, *, now: datetime) -> Due | None:
    ended = last.finished_at or last.created_at
    if last.attempt < ATTEMPTS:
        wait = timedelta(0) if last.status == Status.LOST else PAUSE * last.attempt
        if now - ended >= wait:
            return Due(Trigger(last.trigger), _successor_of(last), attempt=last.attempt + 1)
    elif _is_time(policy, since=ended, now=now):
        return Due(Trigger.SCHEDULE, _successor_of(last))
    return None


def _reason(
    last: ModelRun | None, policy: RetrainSettings, *, now: datetime
) -> ModelRun.Trigger | None:
    read = _marks()
    new = dataset.events_since(read)
    live = ModelRun.objects.live()
    if live is None:
        return Trigger.FIRST if new >= gate.LEAST_EVENTS else None
    if live == last and live.trigger == Trigger.FIRST:
        return Trigger.FULL
    if _are_enough(new, policy):
        return Trigger.EVENTS
    items = _new_items(read)
    if policy.after_items is not None and items >= policy.after_items:
        return Trigger.ITEMS
    if last is not None and _is_time(policy, since=last.created_at, now=now):
        return Trigger.SCHEDULE if new or items or _changed() else None
    return None


def _are_enough(new: int, policy: RetrainSettings) -> bool:
    """Whether new events alone are a reason, by their number or by their share of all."""
    if policy.after_events is not None and new >= policy.after_events:
        return True
    if policy.after_share is None:
        return False
    read = ModelRun.objects.exclude(marks={}).values_list("event_count", flat=True).first() or 0
    return new >= max(gate.LEAST_EVENTS, policy.after_share / 100 * read)


def _is_time(policy: RetrainSettings, *, since: datetime, now: datetime) -> bool:
    """Whether the hours between trainings are over; at a given hour of the day, in days."""
    interval = timedelta(hours=policy.every_hours)
    if policy.at_hour is None:
        return now - since >= interval
    nights = _nights(now, policy.at_hour) - _nights(since, policy.at_hour)
    return nights >= max(1, round(interval / timedelta(days=1)))


def _nights(moment: datetime, hour: int) -> int:
    """A number that grows by one each day at an hour of the site's time zone."""
    local = timezone.localtime(moment)
    return local.toordinal() - (local.hour < hour)


def _marks() -> dict[str, int]:
    """What the newest run that read events had read."""
    read = ModelRun.objects.exclude(marks={}).values_list("marks", flat=True).first()
    return read or {}


def _new_items(marks: dict[str, int]) -> int:
    """How many items no run has read; 0 where the newest one did not write down which it read."""
    newest = marks.get(dataset.ITEMS)
    return 0 if newest is None else Item.objects.filter(pk__gt=newest).count()


def _changed() -> bool:
    """Whether an event was changed since the newest model read them, without a new row."""
    cut_off = ModelRun.objects.exclude(cut_off=None).values_list("cut_off", flat=True).first()
    return cut_off is None or any(
        source.counted(**{f"{source.at}__gt": cut_off}).exists() for source in dataset.SOURCES
    )


def _successor_of(last: ModelRun | None) -> str:
    return f"after run {last.pk}" if last else "first run"
