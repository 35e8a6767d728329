"""From what was seen to what came of each arm, person by person: sums that know nobody.

The unit is the person, as it is who is drawn by lot. Somebody comes in with the first list of an
arm that they really see, and is followed for the experiment's window; they are counted when it is
over and ratings of its last items had a day to come in, on the day on which they came in. What is
counted of one person stops at MOST, so that nobody outweighs all others. All days are counted anew
each time, from the rows there are: counting twice changes nothing, and whoever asked to be left
out meanwhile is left out. An experiment ends before its first rows go, after 30 days; then only
these sums are left.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from catalog.models import Rating, ShelfEntry
from recommendations.experiments.assignment import Plan
from recommendations.experiments.model import LASTS, Arm, ArmDay, Experiment
from recommendations.experiments.sequences import Sums
from recommendations.measuring.counted import counted
from recommendations.measuring.summing import CREDIT
from recommendations.models import Dismissal, Impression

MOST = 20
"""Of one outcome and person; MOST_SEEN of what they see."""
MOST_SEEN = 200
WELL = 8
"""Half stars."""
FIRST = timedelta(days=1)
"""What stops an arm is judged by so much."""
OUTCOMES = ("opened", "rated_well", "shelved")
GUARDS = ("dismissed", "seen")
Row = tuple[int, int, datetime, datetime | None]  # arm, item, seen, opened
Happened = Mapping[int, list[tuple[int, datetime]]]  # by person: item, when


@dataclass
class Followed:
    """One person's window: what they saw, and what came of it, by arm."""

    first: datetime
    seen: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    counts: dict[str, dict[int, int]] = field(
        default_factory=lambda: {name: defaultdict(int) for name in OUTCOMES}
    )
    guards: dict[str, int] = field(default_factory=lambda: dict.fromkeys(GUARDS, 0))


def sum_up(experiment: Experiment, *, now: datetime) -> int:
    """Count an experiment anew; gives how many people were followed to their end. Its own rows
    only; one that began too long ago stays as it is."""
    if experiment.started_at is None or now - experiment.started_at > LASTS + 2 * FIRST:
        kept = ArmDay.objects.filter(arm__experiment=experiment)
        return sum(kept.values_list("people", flat=True))
    with transaction.atomic():
        experiment = Experiment.objects.select_for_update().get(pk=experiment.pk)
        arms = list(experiment.arms.order_by("place"))
        days = _days(experiment, arms, now=now)
        ArmDay.objects.filter(arm__in=arms).delete()
        ArmDay.objects.bulk_create(days)
    return sum(day.people for day in days if day.people)


def sums_of(day: ArmDay, name: str) -> Sums:
    """Of one outcome or guard; of nobody where there is none."""
    known = day.sums.get(name)
    people = day.guarded if name in GUARDS else day.people
    return Sums(people, *known) if known else Sums()


def _days(experiment: Experiment, arms: list[Arm], *, now: datetime) -> list[ArmDay]:
    assert experiment.started_at is not None
    plan = Plan.of(experiment, arms)
    by_person = _rows(experiment, arms)
    happened = {
        "rated_well": _events(
            Rating.objects.counted().filter(half_stars__gte=WELL), "rated_at", experiment
        ),
        "shelved": _events(ShelfEntry.objects.counted(), "shelved_at", experiment),
        "dismissed": _events(counted(Dismissal.objects.all()), "dismissed_at", experiment),
    }
    stops = {arm.pk: arm.stopped_at or experiment.stopped_at or now for arm in arms}
    last = experiment.started_at + LASTS - experiment.window
    days: dict[tuple[int, date], ArmDay] = {}
    for person, rows in by_person.items():
        arm = arms[1].pk if plan.is_interleaved else plan.arm_for(person).pk
        own = [row for row in rows if plan.is_interleaved or row[0] == arm]
        if not own or own[0][2] > last:
            continue
        first = own[0][2]
        end, stop = first + experiment.window, min(stops[arm], now)
        day = days.setdefault(
            (arm, timezone.localdate(first)), ArmDay(arm_id=arm, day=timezone.localdate(first))
        )
        one = _followed(own, person, happened, end=end)
        if end <= stop and end + CREDIT <= now:
            _add(day, one, arms if plan.is_interleaved else None, arm, experiment.metric)
        if first + FIRST <= stop:
            _guard(day, one)
    return [day for day in days.values() if day.people or day.guarded]


def _followed(
    rows: list[Row], person: int, happened: Mapping[str, Happened], *, end: datetime
) -> Followed:
    one = Followed(rows[0][2])
    seen: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
    for arm, item, at, opened in rows:
        if at < end:
            one.seen[arm] += 1
            one.counts["opened"][arm] += opened is not None and opened < end
            seen[item].append((at, arm))
        one.guards["seen"] += at < one.first + FIRST
    for name in ("rated_well", "shelved"):
        for item, at in happened[name].get(person, ()):
            before = [(when, arm) for when, arm in seen.get(item, ()) if when <= at < when + CREDIT]
            if before:
                one.counts[name][max(before)[1]] += 1
    one.guards["dismissed"] = sum(
        one.first <= at < one.first + FIRST for _item, at in happened["dismissed"].get(person, ())
    )
    return one


def _add(day: ArmDay, one: Followed, both: list[Arm] | None, arm: int, metric: str) -> None:
    day.people += 1
    if both is not None:
        first, second = (one.counts[metric][own.pk] for own in both)
        signs = (second > first, first > second, first == second)
        known = day.sums.get("signs", (0, 0, 0))
        day.sums["signs"] = [one + more for one, more in zip(known, signs, strict=True)]
        return
    for name in OUTCOMES:
        _more(day, name, min(one.counts[name][arm], MOST), min(one.seen[arm], MOST_SEEN))


def _guard(day: ArmDay, one: Followed) -> None:
    day.guarded += 1
    for name in GUARDS:
        _more(day, name, min(one.guards[name], MOST_SEEN if name == "seen" else MOST), 1)


def _more(day: ArmDay, name: str, y: int, x: int) -> None:
    known = Sums(0, *day.sums.get(name, ()))
    day.sums[name] = astuple(known + Sums(0, y, y * y, x, x * x, x * y))[1:]


def _rows(experiment: Experiment, arms: Iterable[Arm]) -> dict[int, list[Row]]:
    """By person, in time's order."""
    seen = counted(
        Impression.objects.filter(
            arm__in=[arm.pk for arm in arms], seen_at__gte=experiment.started_at
        )
    ).order_by("seen_at", "pk")
    fields = ("person_id", "arm", "item_id", "seen_at", "opened_at")
    found: dict[int, list[Row]] = defaultdict(list)
    for person, *row in seen.values_list(*fields).iterator(chunk_size=5000):
        found[person].append(tuple(row))
    return found


def _events(events: Any, at: str, experiment: Experiment) -> Happened:
    """Of the experiment's people since it began: by person, item and time."""
    people = Impression.objects.filter(
        arm__in=experiment.arms.values("pk"), seen_at__gte=experiment.started_at
    )
    rows = events.filter(
        **{f"{at}__gte": experiment.started_at}, person__in=people.values("person")
    ).values_list("person_id", "item_id", at)
    found: dict[int, list[tuple[int, datetime]]] = defaultdict(list)
    for person, item, when in rows.iterator(chunk_size=5000):
        found[person].append((item, when))
    return found
