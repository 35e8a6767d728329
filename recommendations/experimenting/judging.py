"""What an experiment says: each arm against the first, day by day, and what stops an arm.

Reads the sums of `outcomes`; nothing here knows anybody. All intervals hold however often they are
looked at (`experiments.sequences`), so that there is no day before which one may not look. With
several arms the error is shared out among them (Bonferroni).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from recommendations.experimenting import outcomes, running
from recommendations.experiments.model import Arm, ArmDay, Experiment
from recommendations.experiments.sequences import (
    ERROR,
    UNKNOWN,
    Interval,
    Signs,
    Sums,
    difference,
    mismatch,
)
from recommendations.measuring.summing import CREDIT

UNEVEN = 0.001
"""Arms that are as uneven as this are no accident."""
MARGIN = 0.1
"""How much less of what they see, as a share, is no reason to stop an arm."""


@dataclass
class Standing:
    """An arm against the first one; values are per person, or shares where that is asked for."""

    arm: Arm
    people: int = 0
    value: float = math.nan
    interval: Interval = UNKNOWN
    by_day: list[tuple[date, Interval]] = field(default_factory=list)
    """Of everybody who came in until that day."""

    @property
    def is_better(self) -> bool:
        return self.interval.is_known and self.interval.low > 0

    @property
    def is_worse(self) -> bool:
        return self.interval.is_known and self.interval.high < 0


@dataclass
class Judged:
    """What is known of an experiment. Of an interleaved one, intervals are of how much more often
    than half the second arm wins."""

    experiment: Experiment
    standings: list[Standing]
    unevenness: float = 0.0
    signs: Signs | None = None
    draws: int = 0

    @property
    def is_uneven(self) -> bool:
        """More evidence than chance gives once in a thousand experiments, at any look."""
        return self.unevenness >= 1 / UNEVEN

    @property
    def sentence(self) -> str:
        """What it says by now, in words."""
        if self.is_uneven:
            return _(
                "The arms do not have as many people as they should: something keeps people of one "
                "arm from being counted. Do not trust the figures; find out why first."
            )
        tried = self.standings[1:]
        if not any(one.interval.is_known for one in tried):
            return _("Too few people have been followed to their end to say anything.")
        better = [one for one in tried if one.is_better]
        if better:
            best = max(better, key=lambda one: one.interval.value)
            return _("Arm %(arm)s is better than the first.") % {"arm": best.arm.letter}
        if all(one.is_worse for one in tried):
            return _("The first arm is better.")
        return _("Nothing is decided: the difference may still be none.")


def judged(experiment: Experiment) -> Judged:
    """Two queries."""
    arms = list(experiment.arms.order_by("place").select_related("run"))
    days: dict[date, dict[int, ArmDay]] = defaultdict(dict)
    for day in ArmDay.objects.filter(arm__in=arms).order_by("day"):
        days[day.day][day.arm_id] = day
    found = Judged(experiment, [Standing(arm) for arm in arms])
    if experiment.is_interleaved:
        return _interleaved(found, days)
    return _split(found, days)


def look_after(*, now: datetime | None = None) -> list[str]:
    """Count all that run, stop what has to be; says what was done. Again changes nothing."""
    now = now or timezone.now()
    said = []
    begun = Experiment.objects.exclude(started_at=None)
    for experiment in begun.exclude(stopped_at__lt=now - 2 * outcomes.FIRST).order_by("pk"):
        people = outcomes.sum_up(experiment, now=now)
        said.append(f"{experiment}: {people}")
        if experiment.is_running:
            said += _stop_what_has_to_be(experiment, now=now)
    return said


def _split(found: Judged, days: dict[date, dict[int, ArmDay]]) -> Judged:
    experiment = found.experiment
    is_ratio, error = experiment.per == "seen", ERROR / max(len(found.standings) - 1, 1)
    so_far = {one.arm.pk: Sums() for one in found.standings}
    counts, even_until = [], _even_until(found)
    for day, rows in days.items():
        for pk, row in rows.items():
            so_far[pk] += outcomes.sums_of(row, experiment.metric)
        first = so_far[found.standings[0].arm.pk]
        for one in found.standings:
            own = so_far[one.arm.pk]
            one.people, one.value = own.people, own.value(is_ratio=is_ratio)
            if one is not found.standings[0]:
                one.interval = difference(own, first, is_ratio=is_ratio, error=error)
                one.by_day.append((day, one.interval))
        if even_until is None or day < even_until:
            counts.append([so_far[one.arm.pk].people for one in found.standings])
    found.unevenness = mismatch(counts)
    return found


def _even_until(found: Judged) -> date | None:
    """From this day on an arm that was stopped has fewer people, as it should; None: never."""
    stops = [one.arm.stopped_at for one in found.standings if one.arm.stopped_at]
    if not stops:
        return None
    return timezone.localdate(min(stops) - found.experiment.window - CREDIT)


def _interleaved(found: Judged, days: dict[date, dict[int, ArmDay]]) -> Judged:
    first, second = found.standings[:2]
    wins = losses = draws = people = 0
    for day, rows in days.items():
        row = rows.get(second.arm.pk)
        if row is None or not row.people:
            continue
        won, lost, drawn = row.sums.get("signs", (0, 0, 0))
        wins, losses, draws = wins + won, losses + lost, draws + drawn
        people += row.people
        share = Signs(wins, losses).share()
        if wins + losses:
            second.interval = Interval(share.value - 0.5, share.low - 0.5, share.high - 0.5)
            second.by_day.append((day, second.interval))
    found.signs, found.draws = Signs(wins, losses), draws
    first.people = second.people = people
    if wins + losses:
        first.value, second.value = losses / (wins + losses), wins / (wins + losses)
    return found


def _stop_what_has_to_be(experiment: Experiment, *, now: datetime) -> list[str]:
    done = []
    for arm, reason in broken_guards(experiment):
        if running.stop_arm(arm, reason, now=now):
            done.append(reason)
    left = experiment.arms.filter(stopped_at__isnull=True).count()
    ends_at = experiment.ends_at
    reason = ""
    if left < 2:
        reason = _("No arm is left to compare with the first.")
    elif ends_at is not None and now >= ends_at:
        reason = _("It ran for four weeks. %(said)s") % {"said": judged(experiment).sentence}
    if reason:
        running.stop(experiment, reason, by=None, now=now)
        done.append(reason)
    return done


def broken_guards(experiment: Experiment) -> list[tuple[Arm, str]]:
    """Arms that have to be stopped, each with the reason in words."""
    arms = list(experiment.arms.filter(stopped_at__isnull=True).order_by("place"))
    broken = [
        (arm, _("Its model cannot be served."))
        for arm in arms[1:]
        if arm.run is not None and (arm.run.artifact_problem or not arm.run.artifact)
    ]
    if experiment.is_interleaved or not arms:
        return broken
    error = ERROR / max(len(arms) - 1, 1)
    first, *others = arms
    for arm in others:
        for name, is_on in (
            ("dismissed", experiment.guards_dismissals),
            ("seen", experiment.guards_seen),
        ):
            said = _broken(name, _guarded(arm, name), _guarded(first, name), error) if is_on else ""
            if said and arm not in [known for known, _said in broken]:
                broken.append((arm, said))
    return broken


def _broken(name: str, own: Sums, first: Sums, error: float) -> str:
    found = difference(own, first, error=error)
    values = {"own": own.value(is_ratio=False), "first": first.value(is_ratio=False)}
    if name == "dismissed" and found.is_known and found.low > 0:
        return (
            _(
                "People dismiss more: %(own).2f items in their first day, %(first).2f in the "
                "first arm."
            )
            % values
        )
    if name == "seen" and found.is_known and found.high < -MARGIN * values["first"]:
        return (
            _("People see less: %(own).1f items in their first day, %(first).1f in the first arm.")
            % values
        )
    return ""


def _guarded(arm: Arm, name: str) -> Sums:
    days: Sequence[ArmDay] = list(arm.days.all())
    return sum((outcomes.sums_of(day, name) for day in days), Sums())
