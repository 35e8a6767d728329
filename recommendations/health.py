"""Counts what `recommendations.advice` judges: one moment of catalogue, events and trainings.

What is counted over events and items is remembered for some minutes, as it costs most and changes
least; runs are looked at anew each time, so that a cure shows at once. No query walks a whole table
of events.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, F, Q, Window
from django.db.models.functions import RowNumber
from redis.exceptions import RedisError

from catalog.models import Item, Person, Rating
from catalog.remember import remembered
from recommendations import activity, consumers, dataset, gate, schedule
from recommendations.advice import (
    ATTEMPTS,
    Catalogue,
    Finding,
    Numbers,
    Traffic,
    Training,
    findings,
)
from recommendations.models import ModelRun, RetrainSettings

MINUTES = 5
"""For so long, counts of events and items are remembered."""
WEEKS = 8
NEWEST = 2000
"""So many of the newest ratings, or of a day's events, are looked at."""
LATE = timedelta(hours=1)
"""Clocks differ; what is further ahead than this is from the future."""
Status = ModelRun.Status


@dataclass(frozen=True)
class Counts:
    """What is remembered, and when it was counted."""

    at: datetime
    days: activity.Days
    cold: activity.Cold
    quiet: activity.Quiet
    catalogue: Catalogue
    traffic: Traffic


def advice(counts: Counts, *, now: datetime) -> list[Finding]:
    """What is to be mended now."""
    return findings(
        Numbers(now=now, catalogue=counts.catalogue, traffic=counts.traffic, training=training())
    )


def remembered_counts(*, now: datetime) -> Counts:
    """The counts of the last minutes."""
    return remembered("health", lambda: count(now=now), seconds=60 * MINUTES)


def count(*, now: datetime) -> Counts:
    """Everything counted now."""
    days = activity.events_by_day(now=now)
    return Counts(
        at=now,
        days=days,
        cold=activity.cold_items(),
        quiet=activity.quiet_people(),
        catalogue=catalogue(),
        traffic=traffic(days, now=now),
    )


def catalogue() -> Catalogue:
    """What is missing on listed items. Two queries over items."""
    listed = Item.objects.listed().order_by()
    found = listed.aggregate(
        items=Count("pk"),
        untitled=Count("pk", filter=Q(title="")),
        undescribed=Count("pk", filter=Q(description="")),
        without_genres=Count("pk", filter=Q(genre_line="")),
    )
    shared = Item.objects.order_by().values("title").annotate(bearers=Count("*"))
    same = Window(
        RowNumber(), partition_by=[F("title"), F("creator_line"), F("year")], order_by="pk"
    )
    titles = shared.filter(bearers__gt=1).exclude(title="").values("title")
    numbered = listed.filter(title__in=titles).annotate(which=same)
    return Catalogue(**found, doubles=numbered.filter(which__gt=1).count())


def traffic(days: activity.Days, *, now: datetime) -> Traffic:
    """The last day and hour beside those of the weeks before."""
    hour = timedelta(hours=1)
    hours = [(start - hour, start) for start in (now - timedelta(weeks=n) for n in range(WEEKS))]
    spans = [activity.count_spans(source, hours) for source in dataset.SOURCES]
    last_hour, *same_hours = (sum(span) for span in zip(*spans, strict=True))
    events, busiest, of_busiest = _busiest(since=now - timedelta(days=1), until=now + LATE)
    ratings = Counter(
        Rating.objects.order_by("-rated_at").values_list("half_stars", flat=True)[:NEWEST]
    )
    return Traffic(
        days=days.totals[:-1],
        last_hour=last_hour,
        same_hours=same_hours,
        last_day=events,
        busiest=busiest,
        of_busiest=of_busiest,
        ratings=ratings.total(),
        same_ratings=max(ratings.values(), default=0),
        in_future=sum(
            source.table.filter(**{f"{source.at}__gt": now + LATE}).count()
            for source in dataset.SOURCES
        ),
    )


def _busiest(*, since: datetime, until: datetime) -> tuple[int, str, int]:
    """How many of the newest events of a day there are, and who made most of them, and how many."""
    events: Counter[int] = Counter()
    for source in dataset.SOURCES:
        newest = source.table.filter(**{f"{source.at}__gt": since, f"{source.at}__lte": until})
        people = newest.order_by(f"-{source.at}").values_list("person_id", flat=True)[:NEWEST]
        events.update(people)
    if not events:
        return 0, "", 0
    [(pk, most)] = events.most_common(1)
    person = Person.objects.select_related("user").filter(pk=pk).first()
    return events.total(), str(person or pk), most


def training() -> Training:
    """The live model and the newest runs."""
    live = ModelRun.objects.live()
    newest = list(ModelRun.objects.defer("log", "figures", "curve")[: ATTEMPTS + 2])
    broken = _broken_in_a_row(newest)
    waiting = next((run for run in newest if run.status == Status.QUEUED), None)
    return Training(
        trained_at=(live.finished_at or live.created_at) if live else None,
        problem=live.artifact_problem if live else "",
        new_events=_new_events(live.marks if live else {}),
        least_events=gate.LEAST_EVENTS,
        interval=timedelta(hours=RetrainSettings.current().every_hours),
        broken=len(broken),
        error=broken[0].error if broken else "",
        waits_since=waiting.created_at if waiting else None,
        unheard=_unheard(),
    )


def _unheard() -> list[str]:
    """Queues without a worker; none where there is no Redis to ask, which is said elsewhere."""
    if not settings.REDIS_URL:
        return []
    try:
        return [queue for queue, workers in consumers.consumers().items() if not workers]
    except (RedisError, OSError):
        return []


def _new_events(marks: dict[str, int]) -> int:
    """How many events the live model has not seen; counted no further than anybody asks."""
    return sum(
        len(source.table.filter(pk__gt=marks.get(source.name, 0)).values("pk")[: gate.LEAST_EVENTS])
        for source in dataset.SOURCES
    )


def _broken_in_a_row(newest: list[ModelRun]) -> list[ModelRun]:
    broken = []
    for run in newest:
        if run.is_active or run.status == Status.CANCELLED:
            continue
        if run.status not in schedule.BROKEN:
            break
        broken.append(run)
    return broken
