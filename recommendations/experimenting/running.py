"""Every change of an experiment: started, ramped up, stopped, its winner applied. Each is kept with
who made it and when; CannotRun says in a sentence why one cannot be made.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import User
from recommendations import services
from recommendations.experiments.checking import problems_of_arms
from recommendations.experiments.model import RAMP, Arm, Experiment, ExperimentChange
from recommendations.models import Placement


class CannotRun(Exception):
    """What was asked of an experiment makes no sense now; the message says why."""


def note(experiment: Experiment, said: str, *, by: User | None = None) -> None:
    ExperimentChange.objects.create(experiment=experiment, by=by, said=said)


def put_in_order(experiment: Experiment) -> None:
    """Arms that follow one another, also where one was taken out; only before it starts."""
    for place, arm in enumerate(experiment.arms.order_by("place")):
        if arm.place != place:
            arm.place = place
            arm.save(update_fields=["place"])


@transaction.atomic
def delete(experiment: Experiment) -> None:
    """Only before it starts: what was tried on people is kept."""
    known = Experiment.objects.select_for_update().get(pk=experiment.pk)
    if known.started_at is not None:
        raise CannotRun(_("It was started, so it is kept; stop it instead."))
    known.delete()


def start(
    experiment: Experiment, *, by: User | None, share: int = RAMP[0], now: datetime | None = None
) -> None:
    """It runs from now on, on a share of people."""
    if experiment.started_at is not None:
        raise CannotRun(_("It was started already; write a new experiment to try again."))
    arms = list(experiment.arms.order_by("place").select_related("run"))
    _check_share(share)
    if said := problems_of_arms(arms, is_interleaved=experiment.is_interleaved):
        raise CannotRun(said)
    try:
        experiment.clean()
        for arm in arms:
            arm.clean()
            _changed(experiment.surface, arm.changes)
            if arm.run is not None:
                services.check_servable(arm.run)
    except (ValidationError, services.CannotServe) as error:
        raise CannotRun(" ".join(getattr(error, "messages", [str(error)]))) from error
    try:
        with transaction.atomic():
            experiment.started_at, experiment.share = now or timezone.now(), share
            experiment.save(update_fields=["started_at", "share"])
            note(experiment, _("Started on %(share)d %% of people.") % {"share": share}, by=by)
    except IntegrityError as error:
        experiment.started_at, experiment.share = None, 0
        other = Experiment.objects.running().filter(surface=experiment.surface).first()
        raise CannotRun(
            _(
                "“%(other)s” runs on %(surface)s already: two at once would disturb each other. "
                "Stop it first."
            )
            % {"other": other, "surface": experiment.get_surface_display()}
        ) from error


def ramp(experiment: Experiment, *, share: int, by: User | None) -> None:
    """More people take part; those who do already stay in their arms."""
    _check_share(share)
    with _running(experiment) as known:
        if share <= known.share:
            raise CannotRun(
                _(
                    "It runs on %(share)d %% of people already: a share only grows, so that who is "
                    "in it stays in it. Stop it to have fewer."
                )
                % {"share": known.share}
            )
        said = _("From %(before)d %% of people to %(after)d %%.")
        note(known, said % {"before": known.share, "after": share}, by=by)
        known.share = experiment.share = share
        known.save(update_fields=["share"])


def stop(
    experiment: Experiment, reason: str, *, by: User | None, now: datetime | None = None
) -> None:
    """Everybody gets the default again."""
    with _running(experiment) as known:
        known.stopped_at = experiment.stopped_at = now or timezone.now()
        known.outcome = experiment.outcome = reason
        known.save(update_fields=["stopped_at", "outcome"])
        note(known, _("Stopped: %(reason)s") % {"reason": reason}, by=by)


def stop_arm(arm: Arm, reason: str, *, now: datetime | None = None) -> bool:
    """Its people get the default; False where it was stopped before."""
    with transaction.atomic():
        known = Arm.objects.select_for_update().get(pk=arm.pk)
        if known.stopped_at is not None or known.place == 0:
            return False
        known.stopped_at, known.stopped_because = now or timezone.now(), reason
        known.save(update_fields=["stopped_at", "stopped_because"])
        said = _("Arm %(arm)s was stopped: %(reason)s") % {"arm": known.letter, "reason": reason}
        note(known.experiment, said)
    return True


def apply(arm: Arm, *, by: User | None) -> str:
    """An arm is how lists are made for everybody from now on: its settings are the surface's, its
    model is live. Nothing is changed where either cannot be."""
    experiment = arm.experiment
    if experiment.started_at is None:
        raise CannotRun(_("It never ran: nothing is known of its arms."))
    said = _("Arm %(arm)s was applied.") % {"arm": arm}
    with transaction.atomic():
        if experiment.is_running:
            stop(experiment, said, by=by)
        try:
            if arm.changes:
                _changed(experiment.surface, arm.changes).save()
            if arm.run is not None:
                services.make_live(arm.run)
        except (services.CannotServe, ValidationError) as error:
            raise CannotRun(" ".join(getattr(error, "messages", [str(error)]))) from error
        Experiment.objects.filter(pk=experiment.pk).update(winner=arm)
        note(experiment, said, by=by)
    experiment.refresh_from_db()
    return said


def _changed(surface: str, changes: Mapping[str, Any]) -> Placement:
    """The surface with these settings, not saved; ValidationError where they make no sense."""
    placement = Placement.objects.get(pk=surface)
    for name, value in changes.items():
        setattr(placement, name, value)
    placement.full_clean()
    return placement


def _check_share(share: int) -> None:
    if share not in RAMP:
        raise CannotRun(
            _("A share is one of %(steps)s %% of people.") % {"steps": ", ".join(map(str, RAMP))}
        )


class _running:
    """The experiment, locked; CannotRun where it does not run."""

    def __init__(self, experiment: Experiment) -> None:
        self.pk = experiment.pk
        self.block = transaction.atomic()

    def __enter__(self) -> Experiment:
        self.block.__enter__()
        try:
            known = Experiment.objects.select_for_update().get(pk=self.pk)
            if not known.is_running:
                raise CannotRun(_("It does not run."))
        except BaseException as error:
            self.block.__exit__(type(error), error, error.__traceback__)
            raise
        return known

    def __exit__(self, *raised: object) -> None:
        self.block.__exit__(*raised)  # type: ignore[arg-type]
