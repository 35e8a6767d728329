"""A new model is tried on a share of people, and promoted or dropped by what they do.

Who gets the canary is drawn by lot (`engine.in_canary`), so its group and the others differ in
nothing but the model. What is compared is how many items a person takes up (views, shelves, rates)
within a day of their first event since the trial began: it needs no record of what was shown, and
is settled once the day is over. The interval of the difference is one that holds however often it
is looked at, so a trial may be judged every hour. `judge_canary` says what it did in a sentence.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean, pvariance

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from recommendations import dataset, engine, services
from recommendations.models import ModelRun

MOST_SHARE = 50
WINDOW = timedelta(days=1)
LONGEST = timedelta(days=14)
LEAST_PEOPLE = 200
"""In each group, before anything is decided."""
MOST_ITEMS = 20
"""A person's count stops here: one who takes up a thousand items would say nothing of the rest."""
MARGIN = 0.05
"""The share of what the live model's group takes up, whose loss is no reason to keep it."""
ERROR = 0.05
PLANNED = 200.0
"""The interval is narrowest at about so many people (one over the sum of one over each group)."""
Times = dict[int, list[tuple[datetime, int]]]


@dataclass(frozen=True)
class Group:
    """What the people of one model did."""

    people: int
    mean: float
    variance: float

    @classmethod
    def of(cls, counts: list[int]) -> Group:
        if not counts:
            return cls(0, 0.0, 0.0)
        return cls(len(counts), fmean(counts), pvariance(counts))


@dataclass(frozen=True)
class Trial:
    """The canary's group, that of the live model, and the interval of their difference."""

    canary: Group
    live: Group

    @property
    def difference(self) -> float:
        return self.canary.mean - self.live.mean

    @property
    def half_width(self) -> float:
        """Robbins' normal mixture: at 95 %, the truth is never outside, at any look."""
        if not self.canary.people or not self.live.people:
            return math.inf
        share = 1 / self.canary.people + 1 / self.live.people
        spread = (
            self.canary.variance / self.canary.people + self.live.variance / self.live.people
        ) / share
        n = 1 / share
        bound = (n + PLANNED) * math.log((n + PLANNED) / (PLANNED * ERROR**2))
        return math.sqrt(spread * bound) / n

    @property
    def is_enough(self) -> bool:
        return min(self.canary.people, self.live.people) >= LEAST_PEOPLE

    def sentence(self) -> str:
        if math.isinf(self.half_width):
            return _("Nobody of one of the two groups has been here for a day yet.")
        return _(
            "%(people)d people of the canary took up %(mean).2f items each, %(others)d others "
            "%(other_mean).2f: a difference of %(difference)+.2f, between %(low)+.2f and "
            "%(high)+.2f."
        ) % {
            "people": self.canary.people,
            "mean": self.canary.mean,
            "others": self.live.people,
            "other_mean": self.live.mean,
            "difference": self.difference,
            "low": self.difference - self.half_width,
            "high": self.difference + self.half_width,
        }


def start_canary(run: ModelRun, *, share: int) -> None:
    """Serve this run's model to `share` % of people; CannotServe where that makes no sense."""
    if not 1 <= share <= MOST_SHARE:
        raise services.CannotServe(
            _("A canary takes 1 to %(most)d %% of people.") % {"most": MOST_SHARE}
        )
    if run == ModelRun.objects.live():
        raise services.CannotServe(_("%(run)s is live already.") % {"run": run})
    if ModelRun.objects.live() is None:
        raise services.CannotServe(_("No model is live to compare it with."))
    services.check_servable(run)
    with transaction.atomic():
        ModelRun.objects.end_canary(_("Another model is tried instead."))
        ModelRun.objects.filter(pk=run.pk).update(
            canary_share=share,
            canary_since=timezone.now(),
            canary_outcome="",
            artifact_problem="",
        )


def promote_canary(reason: str = "") -> ModelRun:
    """The canary is live for all; CannotServe where there is none, or it is damaged."""
    run = ModelRun.objects.canary()
    if run is None:
        raise services.CannotServe(_("No model is being tried."))
    services.make_live(run)
    if reason:
        ModelRun.objects.filter(pk=run.pk).update(canary_outcome=reason)
    return run


def drop_canary(reason: str) -> bool:
    """Nobody gets the canary any more; its run says why. False where there is none."""
    return ModelRun.objects.end_canary(reason)


def judge_canary(*, now: datetime | None = None) -> str:
    """Promote it, drop it, or let it go on; says which, and why."""
    run = ModelRun.objects.canary()
    if run is None or run.canary_since is None:
        return _("No model is being tried.")
    if run.artifact_problem:
        outcome = _("Dropped: its model cannot be served.")
        ModelRun.objects.end_canary(outcome, run_id=run.pk)
        return outcome
    now = now or timezone.now()
    trial = figures(run, now=now)
    return _act(run, trial, is_over=now - run.canary_since >= LONGEST)


def figures(run: ModelRun, *, now: datetime | None = None) -> Trial:
    """How a trial stands: people whose first day since it began is over."""
    assert run.canary_since is not None
    since, now = run.canary_since, now or timezone.now()
    groups: dict[bool, list[int]] = {True: [], False: []}
    for person_id, count in _taken_up(since, until=now):
        groups[engine.in_canary(run, person_id)].append(count)
    return Trial(canary=Group.of(groups[True]), live=Group.of(groups[False]))


def _act(run: ModelRun, trial: Trial, *, is_over: bool) -> str:
    low, high = trial.difference - trial.half_width, trial.difference + trial.half_width
    said = trial.sentence()
    if trial.is_enough and high < 0:
        outcome = _("Dropped: it is worse. %(figures)s") % {"figures": said}
    elif trial.is_enough and low > -MARGIN * trial.live.mean:
        outcome = _("Promoted: it is no worse. %(figures)s") % {"figures": said}
        try:
            promote_canary(outcome)
        except services.CannotServe as reason:
            outcome = str(reason)
        else:
            return outcome
    elif is_over:
        outcome = _("Dropped: two weeks have decided nothing. %(figures)s") % {"figures": said}
    else:
        return _("It goes on. %(figures)s") % {"figures": said}
    ModelRun.objects.end_canary(outcome, run_id=run.pk)
    return outcome


def _taken_up(since: datetime, *, until: datetime) -> Iterable[tuple[int, int]]:
    """(person, items within a day of their first event since then), where that day is over."""
    met: Times = {}
    for source in dataset.SOURCES:
        new = source.counted(**{f"{source.at}__gte": since, f"{source.at}__lt": until})
        rows = new.values_list("person_id", source.at, "item_id")
        for person_id, at, item_id in rows.iterator(chunk_size=5000):
            met.setdefault(person_id, []).append((at, item_id))
    for person_id, events in met.items():
        first = min(at for at, _item in events)
        if first + WINDOW <= until:
            items = {item_id for at, item_id in events if at < first + WINDOW}
            yield person_id, min(len(items), MOST_ITEMS)
